//! Builds and runs the benchmarks in `benches/`.
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::browsers::{self, Browser};
use crate::npm;
use crate::process;
use crate::progress::{Outcome, Step, Task};
use crate::sandbox;
use crate::workspace::Workspace;

/// The libraries that are compared, in pinned versions.
const FOLDER: &str = "benches";
/// The parts, as `benches/run.mjs` knows them, with what each measures.
pub(crate) const PARTS: [(&str, &str, &str); 6] = [
    ("size", "bench-size", "(a) bytes that a user downloads"),
    ("validate", "bench-validate", "(b) from a page's bytes to checked objects, in Node, Chromium and workerd"),
    ("cold", "bench-cold", "(c) from nothing to the first verdict"),
    ("requests", "bench-requests", "(d) calls and the Worker, against a local server"),
    ("memory", "bench-memory", "(e) memory over a million calls"),
    ("resets", "bench-resets", "(f) memory of a Worker after requests that their clients reset"),
];

/// The step that installs the libraries that are compared.
pub(crate) fn setup() -> Step {
    Step::new("setup-npm-benches", "what the benchmarks compare with (npm ci)", |workspace, task| {
        npm::ensure_packages_of(workspace, task, FOLDER)
    })
}

/// The step that builds a sandbox fast enough not to be what is measured.
pub(crate) fn build_sandbox() -> Step {
    Step::new("build-fast-sandbox", "the sandbox server, optimized for speed", sandbox::build_fast)
}

/// A step for each selected part; each writes its own section of docs/benchmarks.md, unless it is `quick`.
pub(crate) fn parts(only: &[String], quick: bool) -> Result<Vec<Step>> {
    for name in only {
        anyhow::ensure!(
            PARTS.iter().any(|(part, ..)| part == name),
            "unknown part `{name}`; the parts are {}",
            PARTS.map(|(part, ..)| part).join(", ")
        );
    }
    let wanted = PARTS.into_iter().filter(|(part, ..)| only.is_empty() || only.iter().any(|name| name == part));
    Ok(wanted
        .map(|(part, step, about)| Step::new(step, about, move |workspace, task| measure(workspace, task, part, quick)))
        .collect())
}

fn measure(workspace: &Workspace, task: &Task, part: &str, quick: bool) -> Result<Outcome> {
    let mut command = Command::new(npm::wrangler_node(workspace)?);
    command.args(["benches/run.mjs", part]).args(quick.then_some("--quick")).current_dir(workspace.root());
    process::run(task, command.env("NO_COLOR", "1").envs(environment(workspace)?))?;
    Ok(Outcome::Done)
}

/// The environment variables by which the parts find servers and browsers.
fn environment(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>> {
    Ok(vec![
        ("HYPERSTACK_SANDBOX_BIN", sandbox::fast_program(workspace)),
        ("CHROMIUM", Browser::Chromium.program()?),
        ("CHROMEDRIVER", browsers::chromedriver()?),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen_by_name() {
        let names = |only: &[&str]| {
            let only: Vec<_> = only.iter().map(|&name| name.to_owned()).collect();
            parts(&only, true).map(|steps| steps.iter().map(|step| step.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap().len(), PARTS.len());
        assert_eq!(names(&["memory", "size"]).unwrap(), ["bench-size", "bench-memory"]);
        assert!(names(&["speed"]).is_err());
    }

    #[test]
    fn the_program_knows_the_same_parts() {
        let workspace = Workspace::locate().unwrap();
        let program = std::fs::read_to_string(workspace.path("benches/run.mjs")).unwrap();
        let listed = format!("const PARTS = [{}];", PARTS.map(|(part, ..)| format!("\"{part}\"")).join(", "));
        assert!(program.contains(&listed), "benches/run.mjs must hold: {listed}");
    }
}
