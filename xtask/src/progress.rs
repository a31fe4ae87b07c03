//! Runs steps and shows their progress: numbering, elapsed time, logs, the summary.
use std::fs::{self, File};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// How a successful step ended.
pub(crate) enum Outcome {
    /// It did its work.
    Done,
    /// There was nothing to do, and why.
    Already(String),
}

type Work = Box<dyn Fn(&Workspace, &Task) -> Result<Outcome>>;

/// A numbered step of a run.
pub(crate) struct Step {
    /// Short, unique, usable with `--only` and as the log's file name.
    pub(crate) name: &'static str,
    /// A description of the step.
    pub(crate) about: &'static str,
    work: Work,
}

impl Step {
    pub(crate) fn new(
        name: &'static str,
        about: &'static str,
        work: impl Fn(&Workspace, &Task) -> Result<Outcome> + 'static,
    ) -> Self {
        Self { name, about, work: Box::new(work) }
    }
}

/// The running step: the destination of its output.
pub(crate) struct Task {
    log: Mutex<File>,
    status: Arc<Status>,
}

struct Status {
    headline: String,
    started: Instant,
    last_line: Mutex<String>,
    terminal: bool,
}

impl Task {
    /// Writes a line of a program's output to the log, and to the terminal if it is a test summary.
    pub(crate) fn line(&self, line: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not hide the step's own result.
        let _ = writeln!(log, "{line}");
        let plain = without_escapes(line);
        let plain = plain.trim();
        if is_summary(plain) {
            self.status.say(&format!("      {plain}"));
        }
        if !plain.is_empty() {
            plain.clone_into(&mut self.status.lock_line());
        }
    }

    /// Shows a message on the terminal and writes it to the log.
    pub(crate) fn note(&self, text: &str) {
        self.status.say(&format!("      {text}"));
        self.line(text);
    }
}

impl Status {
    fn lock_line(&self) -> std::sync::MutexGuard<'_, String> {
        self.last_line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, text: &str) {
        if self.terminal {
            // Removes the status line first.
            println!("\r\x1b[K{text}");
        } else {
            println!("{text}");
        }
    }

    fn tick(&self) {
        let elapsed = self.started.elapsed();
        if self.terminal {
            let line = format!("{}  {}  {}", self.headline, seconds(elapsed), self.lock_line());
            // A line wider than the terminal would wrap and could not be removed.
            let line: String = line.chars().take(78).collect();
            print!("\r\x1b[K{line}");
            let _ = std::io::stdout().flush();
        } else {
            println!("      … still running, {} ({})", seconds(elapsed), self.lock_line());
        }
    }
}

/// Runs the steps in order. Stops at the first that fails, and prints its output.
pub(crate) fn run(workspace: &Workspace, title: &str, steps: &[Step]) -> Result<()> {
    let started = Instant::now();
    let mut rows: Vec<(&str, &str, Duration)> = Vec::new();
    let mut failure = None;
    println!("{title}: {} steps", steps.len());
    for (index, step) in steps.iter().enumerate() {
        let (took, result) = run_one(workspace, step, index + 1, steps.len())?;
        match result {
            Ok(Outcome::Done) => rows.push((step.name, "ok", took)),
            Ok(Outcome::Already(_)) => rows.push((step.name, "ok (up to date)", took)),
            Err(error) => {
                rows.push((step.name, "FAILED", took));
                failure = Some((step.name, error));
                break;
            }
        }
    }
    print_summary(&rows, steps.len());
    if let Some((name, error)) = failure {
        bail!("{name} failed: {error:#}");
    }
    println!("all {} steps passed in {}", steps.len(), seconds(started.elapsed()));
    Ok(())
}

fn run_one(workspace: &Workspace, step: &Step, number: usize, of: usize) -> Result<(Duration, Result<Outcome>)> {
    let log_path = workspace.target(&format!("xtask-logs/{}.log", step.name));
    let terminal = std::io::stdout().is_terminal() && std::env::var_os("CI").is_none();
    let status = Arc::new(Status {
        headline: format!("[{number}/{of}] {}", step.name),
        started: Instant::now(),
        last_line: Mutex::new("starting".to_owned()),
        terminal,
    });
    let task = Task { log: Mutex::new(create_log(&log_path)?), status: Arc::clone(&status) };
    println!("[{number}/{of}] {}: {}", step.name, step.about);

    let (end, ended) = mpsc::channel::<()>();
    let ticker = {
        let status = Arc::clone(&status);
        // A terminal shows the seconds; a log file gets a line well within a minute.
        let every = Duration::from_secs(if terminal { 1 } else { 30 });
        thread::spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(every) {
                status.tick();
            }
        })
    };
    let result = (step.work)(workspace, &task);
    drop(end);
    let _ = ticker.join();

    let took = status.started.elapsed();
    match &result {
        Ok(Outcome::Done) => status.say(&format!("      done in {}", seconds(took))),
        Ok(Outcome::Already(why)) => status.say(&format!("      {why} ({})", seconds(took))),
        Err(error) => {
            status.say(&format!("      FAILED after {}: {error:#}", seconds(took)));
            show_log(&log_path);
            println!("      whole log: {}", workspace.show(&log_path));
        }
    }
    Ok((took, result))
}

fn create_log(path: &Path) -> Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

/// Prints the output of a failed step, or the end of a very long one.
fn show_log(path: &PathBuf) {
    const MOST: usize = 400;
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(MOST);
    println!("---------- output ----------");
    if skipped > 0 {
        println!("({skipped} lines before this are in the log only)");
    }
    for line in &lines[skipped..] {
        println!("{line}");
    }
    println!("----------------------------");
}

fn print_summary(rows: &[(&str, &str, Duration)], planned: usize) {
    println!();
    for (name, state, took) in rows {
        println!("  {name:<30} {state:<16} {:>9}", seconds(*took));
    }
    let left = planned - rows.len();
    if left > 0 {
        println!("  ({left} steps were not run)");
    }
    println!();
}

/// Formats a duration for people.
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole >= 60 {
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// The beginnings of the summary lines of cargo test, wasm-bindgen-test and node:test.
fn is_summary(line: &str) -> bool {
    const STARTS: [&str; 9] = [
        "test result: ",
        "Running unittests ",
        "Running tests/",
        "Doc-tests ",
        "Running headless tests in ",
        "ℹ tests ",
        "ℹ pass ",
        "ℹ fail ",
        "ℹ skipped ",
    ];
    STARTS.iter().any(|start| line.starts_with(start))
}

/// The line without terminal colours and after its last carriage return.
fn without_escapes(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            // CSI sequences end at the first letter.
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_lines_of_the_test_runners_are_seen() {
        for line in [
            "test result: ok. 12 passed; 0 failed; 0 ignored",
            "Running unittests src/lib.rs (target/debug/deps/x)",
            "ℹ tests 5",
            "ℹ fail 0",
        ] {
            assert!(is_summary(line), "{line}");
        }
        assert!(!is_summary("Compiling test result: no"));
        assert!(!is_summary("test json::tests::a ... ok"));
    }

    #[test]
    fn removes_colours_and_overwritten_text() {
        assert_eq!(without_escapes("\x1b[34mℹ tests 5\x1b[39m"), "ℹ tests 5");
        assert_eq!(without_escapes("10 %\r20 %\r"), "20 %");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn stops_at_the_first_failure_and_says_which() {
        let root = std::env::temp_dir().join(format!("xtask-progress-{}", std::process::id()));
        let workspace = Workspace::at(&root);
        let steps = [
            Step::new("one", "passes", |_, _| Ok(Outcome::Done)),
            Step::new("two", "fails", |_, task| {
                task.line("the reason");
                bail!("no luck")
            }),
            Step::new("three", "never runs", |_, _| panic!("must not run")),
        ];
        let error = run(&workspace, "demo", &steps).unwrap_err().to_string();
        assert_eq!(error, "two failed: no luck");
        let log = fs::read_to_string(workspace.target("xtask-logs/two.log")).unwrap();
        assert_eq!(log, "the reason\n");
        fs::remove_dir_all(root).unwrap();
    }
}
