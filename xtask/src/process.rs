//! Starts programs, and ends them with everything that they started.
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::Task;

/// How long a program may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Set while a signal is handled, so that the programs it ended are not reported as failed.
static STOPPING: AtomicBool = AtomicBool::new(false);
/// Set if Ctrl-C is the normal way to end.
static CTRL_C_IS_SUCCESS: AtomicBool = AtomicBool::new(false);

/// Handles Ctrl-C, SIGTERM and SIGHUP: everything that was started ends before this process does.
pub(crate) fn end_everything_on_signals() -> Result<()> {
    // Orphans of a program that crashed (a browser whose driver was killed, say) then become our
    // children instead of init's, and are found among our descendants.
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).context("cannot adopt orphaned processes")?;
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            STOPPING.store(true, Ordering::SeqCst);
            println!("\nstopping …");
            end_descendants();
            println!("stopped");
            let ordinary = CTRL_C_IS_SUCCESS.load(Ordering::SeqCst) && signal != SIGHUP;
            std::process::exit(if ordinary { 0 } else { 128 + signal });
        }
    });
    Ok(())
}

/// From now on, Ctrl-C and SIGTERM end this command successfully.
pub(crate) fn ctrl_c_is_success() {
    CTRL_C_IS_SUCCESS.store(true, Ordering::SeqCst);
}

/// Ends everything that this process started and that is still running.
pub(crate) fn end_descendants() {
    end(|| descendants(std::process::id()));
}

/// Blocks the main thread while a signal ends everything.
fn wait_if_stopping() {
    while STOPPING.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs a program to its end and writes its output to the task; an exit code other than 0 is an error.
pub(crate) fn run(task: &Task, command: &mut Command) -> Result<()> {
    let shown = show(command);
    task.line(&format!("$ {shown}"));
    let (reader, writer) = std::io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        // A separate group, so that a terminal's Ctrl-C reaches it through us, in order.
        .process_group(0);
    let mut child = command.spawn().with_context(|| format!("cannot run {}", program(command)))?;
    // Our ends of the pipe would keep the reader below waiting forever.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    // A background process that the program leaves behind keeps the pipe open. Only the program's own
    // end counts, so a thread reads on and is awaited for a limited time.
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || each_line(reader, |line| sender.send(line).is_ok()));
    let status = loop {
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => task.line(&line),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if let Some(status) = child.try_wait()? {
                    break status;
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break child.wait()?,
        }
    };
    wait_if_stopping();
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a short program and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command
        .stdin(Stdio::null())
        .process_group(0)
        .output()
        .with_context(|| format!("cannot run {}", program(command)))?;
    wait_if_stopping();
    if !output.status.success() {
        bail!("`{shown}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program runs and succeeds, whatever it prints.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok()
}

/// A program that runs in the background until it is dropped.
pub(crate) struct Background {
    name: String,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Background {
    /// Starts it and writes its output to `log`.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        if let Some(parent) = log.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let (reader, writer) = std::io::pipe()?;
        let child = command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot run {}", program(command)))?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            each_line(reader, |line| {
                let _ = writeln!(log, "{line}");
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                // Enough to find an address or an error; the log has the rest.
                if kept.len() < 1_000 {
                    kept.push(line);
                }
                true
            });
        });
        Ok(Self { name: name.to_owned(), child, lines })
    }

    /// Waits until `ready` returns a value for the output so far.
    pub(crate) fn wait_until<T>(
        &mut self,
        within: Duration,
        mut ready: impl FnMut(&[String]) -> Option<T>,
    ) -> Result<T> {
        let started = Instant::now();
        loop {
            let lines = self.lines();
            if let Some(found) = ready(&lines) {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                wait_if_stopping();
                bail!("{} ended at once with {status}:\n{}", self.name, self.lines().join("\n"));
            }
            if started.elapsed() > within {
                bail!("{} was not ready within {} s:\n{}", self.name, within.as_secs(), lines.join("\n"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for its end, which is an error: it should keep running.
    pub(crate) fn wait_for_end(&mut self) -> Result<()> {
        let status = self.child.wait()?;
        wait_if_stopping();
        let lines = self.lines();
        let last = &lines[lines.len().saturating_sub(20)..];
        bail!("{} ended by itself with {status}:\n{}", self.name, last.join("\n"));
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let id = self.child.id();
        end(|| {
            let mut all = descendants(id);
            all.insert(id);
            all
        });
        let _ = self.child.wait();
    }
}

/// Asks processes to end, group by group, and kills what is left after a while.
fn end(find: impl Fn() -> HashSet<u32>) {
    // Remembered, because a child of a process that ended is no longer found below it.
    let mut known = find();
    signal_all(&known, Signal::TERM);
    let started = Instant::now();
    while started.elapsed() < GRACE {
        known.extend(find());
        known.retain(|id| is_alive(*id));
        if known.is_empty() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    signal_all(&known, Signal::KILL);
    // Until the kernel has removed them.
    let started = Instant::now();
    while known.iter().any(|id| is_alive(*id)) && started.elapsed() < GRACE {
        thread::sleep(Duration::from_millis(20));
    }
}

fn signal_all(ids: &HashSet<u32>, signal: Signal) {
    for id in ids {
        if let Some(pid) = i32::try_from(*id).ok().and_then(Pid::from_raw) {
            // The first call fails if it leads no group, both fail if it has ended: nothing to do.
            let _ = kill_process_group(pid, signal);
            let _ = kill_process(pid, signal);
        }
    }
}

/// The state letter and the parent of a process.
fn state(id: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    parse_stat(&stat)
}

/// Reads `pid (name) state ppid …`; a name may contain blanks and brackets.
fn parse_stat(stat: &str) -> Option<(char, u32)> {
    let mut rest = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = rest.next()?.chars().next()?;
    Some((state, rest.next()?.parse().ok()?))
}

fn is_alive(id: u32) -> bool {
    // A zombie has ended; it only waits for its parent to notice.
    state(id).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// All running processes below `root`, without `root`.
fn descendants(root: u32) -> HashSet<u32> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some(id) = id
            && let Some((_, parent)) = state(id)
        {
            parents.push((id, parent));
        }
    }
    let mut found = HashSet::from([root]);
    loop {
        let before = found.len();
        for (id, parent) in &parents {
            if found.contains(parent) {
                found.insert(*id);
            }
        }
        if found.len() == before {
            break;
        }
    }
    found.remove(&root);
    found.retain(|id| is_alive(*id));
    found
}

fn each_line(reader: impl std::io::Read, mut take: impl FnMut(String) -> bool) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                if !take(text.trim_end_matches('\n').to_owned()) {
                    return;
                }
            }
        }
    }
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// A command line for display, without the environment, which may hold a token.
fn show(command: &Command) -> String {
    // The name is enough: the path of cargo or node would fill the line.
    let mut shown =
        Path::new(command.get_program()).file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    for arg in command.get_args() {
        let arg = arg.to_string_lossy();
        let quote = if arg.is_empty() || arg.contains([' ', '"', '{']) { "'" } else { "" };
        shown.extend([" ", quote, &arg, quote]);
    }
    shown
}

/// The first program of that name in the folders of `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// Whether this is an executable file.
pub(crate) fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// `PATH` with folders before it.
pub(crate) fn path_with<P: AsRef<OsStr>>(folders: &[P]) -> Result<std::ffi::OsString> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().map(PathBuf::from).chain(std::env::split_paths(&rest));
    std::env::join_paths(all).context("a folder's name contains a colon")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_parent_whatever_the_name() {
        assert_eq!(parse_stat("12 (sh) S 7 12 12 0"), Some(('S', 7)));
        assert_eq!(parse_stat("12 (a) b (c) Z 7 12"), Some(('Z', 7)));
        assert_eq!(parse_stat("nonsense"), None);
    }

    #[test]
    fn shows_arguments_with_blanks_quoted() {
        let mut command = Command::new("tool");
        command.args(["--a", "b c", ""]);
        command.env("TOKEN", "secret");
        assert_eq!(show(&command), "tool --a 'b c' ''");
    }

    #[test]
    fn dropping_a_background_program_ends_its_descendants_in_other_groups_too() {
        let log = std::env::temp_dir().join(format!("xtask-process-{}.log", std::process::id()));
        let mut background = Background::start(
            "sleeper",
            // The inner one ignores SIGTERM and is not the direct child.
            Command::new("sh").args(["-c", "sh -c 'trap \"\" TERM; echo up $$; while :; do sleep 0.1; done' & wait"]),
            &log,
        )
        .unwrap();
        let inner: u32 = background
            .wait_until(Duration::from_secs(10), |lines| lines.first()?.strip_prefix("up ")?.parse().ok())
            .unwrap();
        assert!(is_alive(inner));
        drop(background);
        assert!(!is_alive(inner));
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_program_that_ends_early_is_an_error_with_its_output() {
        let log = std::env::temp_dir().join(format!("xtask-early-{}.log", std::process::id()));
        let mut background =
            Background::start("early", Command::new("sh").args(["-c", "echo the reason; exit 3"]), &log).unwrap();
        let error = background.wait_until(Duration::from_secs(10), |_| None::<()>).unwrap_err().to_string();
        assert!(error.starts_with("early ended at once"), "{error}");
        assert!(error.contains("exit status: 3"), "{error}");
        fs::remove_file(log).unwrap();
    }
}
