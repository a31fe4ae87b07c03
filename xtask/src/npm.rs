//! Finds Node, installs the npm packages (`npm ci`), and checks that their programs run.
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::lockfile::{at_least, version_in};
use crate::process;
use crate::progress::{Outcome, Task};
use crate::stamp::{self, Fingerprint};
use crate::workspace::Workspace;

const LEAST_NODE: &str = "20.0.0";
/// The oldest Node on which wrangler starts.
const LEAST_NODE_FOR_WRANGLER: &str = "22.12.0";
/// The packages whose programs are put in place by an install script.
const WITH_SCRIPTS: [&str; 3] = ["node", "esbuild", "workerd"];

/// The step that brings `node_modules` in line with `package-lock.json`.
pub(crate) fn ensure_packages(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    install(workspace.root(), task, || ensure_programs_run(workspace, task))
}

/// The same for a folder with its own packages, which need no install scripts.
pub(crate) fn ensure_packages_of(workspace: &Workspace, task: &Task, folder: &str) -> Result<Outcome> {
    install(&workspace.path(folder), task, || Ok(()))
}

/// Runs `npm ci` in `folder` unless its packages are those of its lock file. They count as installed when `check` succeeds.
fn install(folder: &Path, task: &Task, check: impl FnOnce() -> Result<()>) -> Result<Outcome> {
    let node = node()?;
    task.line(&format!("node: {}", node.display()));
    let stamp = folder.join("node_modules/.xtask-stamp");
    let mut fingerprint = Fingerprint::new();
    fingerprint.add_path(&folder.join("package.json"))?;
    fingerprint.add_path(&folder.join("package-lock.json"))?;
    // Install scripts choose binaries by the system's Node.
    fingerprint.add("node", process::output(Command::new(&node).arg("--version"))?.as_bytes());
    if stamp::is_fresh(&stamp, &fingerprint) {
        return Ok(Outcome::Already("already there".to_owned()));
    }
    if process::on_path("npm").is_none() {
        bail!("npm is not installed; it comes with Node (Debian: apt-get install npm)");
    }
    process::run(task, Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    check()?;
    stamp::write(&stamp, &fingerprint)?;
    Ok(Outcome::Done)
}

/// Runs the install scripts of programs without a binary: npm may be configured not to run them.
fn ensure_programs_run(workspace: &Workspace, task: &Task) -> Result<()> {
    if broken_programs(workspace).is_empty() {
        return Ok(());
    }
    task.note("some install scripts did not run, running them");
    process::run(
        task,
        Command::new("npm")
            .arg("rebuild")
            .args(["--ignore-scripts=false", "--foreground-scripts"])
            .args(WITH_SCRIPTS)
            .current_dir(workspace.root()),
    )?;
    let broken = broken_programs(workspace);
    if !broken.is_empty() {
        bail!(
            "these npm packages do not run: {}; allow their install scripts and run \
             `npm rebuild {}`",
            broken.join(", "),
            broken.join(" ")
        );
    }
    Ok(())
}

fn broken_programs(workspace: &Workspace) -> Vec<&'static str> {
    WITH_SCRIPTS
        .into_iter()
        .filter(|name| {
            // A system Node that is new enough replaces the npm package.
            let stand_in = *name == "node" && wrangler_node(workspace).is_ok();
            !stand_in && !process::succeeds(Command::new(workspace.npm_bin(name)).arg("--version"))
        })
        .collect()
}

/// The system's Node, if it is new enough.
pub(crate) fn node() -> Result<PathBuf> {
    let node = process::on_path("node").context(
        "Node is not installed; version 20 or newer is needed (https://nodejs.org, or Debian's nodejs and npm)",
    )?;
    let text = process::output(Command::new(&node).arg("--version"))?;
    let version = version_in(&text).unwrap_or("an unknown version");
    if !at_least(version, LEAST_NODE) {
        bail!("Node {version} ({}) is too old: 20 or newer is needed", node.display());
    }
    Ok(node)
}

/// A Node that wrangler and selenium accept: the one from npm, else the system's if it is new enough.
pub(crate) fn wrangler_node(workspace: &Workspace) -> Result<PathBuf> {
    let candidates = [Some(workspace.npm_bin("node")), process::on_path("node")];
    for node in candidates.into_iter().flatten() {
        if let Ok(text) = process::output(Command::new(&node).arg("--version"))
            && version_in(&text).is_some_and(|version| at_least(version, LEAST_NODE_FOR_WRANGLER))
        {
            return Ok(node);
        }
    }
    bail!("wrangler needs Node {LEAST_NODE_FOR_WRANGLER} or newer; `cargo xtask setup` installs it")
}

/// A command that runs a program from `node_modules/.bin`, in the repository's root.
pub(crate) fn command(workspace: &Workspace, program: &str) -> Command {
    let mut command = Command::new(workspace.npm_bin(program));
    command.current_dir(workspace.root());
    command
}
