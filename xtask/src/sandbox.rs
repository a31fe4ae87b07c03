//! Builds and starts the sandbox server, which is the crate `sandbox`.
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process::{self, Background};
use crate::progress::{Outcome, Task};
use crate::tools;
use crate::workspace::Workspace;

const PACKAGE: &str = "hyperstack-sandbox";

/// A running sandbox; it ends when this is dropped.
pub(crate) struct Sandbox {
    process: Background,
    url: String,
}

/// The step that builds it.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    process::run(task, tools::cargo().args(["build", "--package", PACKAGE]).current_dir(workspace.root()))?;
    Ok(Outcome::Done)
}

/// The step that builds one fast enough not to distort what is measured against it.
pub(crate) fn build_fast(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let mut command = tools::cargo();
    command.args(["build", "--release", "--package", PACKAGE]);
    // The release profile is for a small wasm; with its LTO, this would take minutes.
    for setting in ["opt-level=3", "lto=\"off\"", "codegen-units=16"] {
        command.arg("--config").arg(format!("profile.release.{setting}"));
    }
    process::run(task, command.current_dir(workspace.root()))?;
    Ok(Outcome::Done)
}

/// The path of that build.
pub(crate) fn fast_program(workspace: &Workspace) -> PathBuf {
    workspace.target(&format!("release/{PACKAGE}"))
}

/// The path of the program.
pub(crate) fn program(workspace: &Workspace) -> PathBuf {
    workspace.target(&format!("debug/{PACKAGE}"))
}

impl Sandbox {
    /// Starts one and waits for the address it prints; port 0 takes any that is free.
    pub(crate) fn start(workspace: &Workspace, port: u16, token: &str, seed: Option<&str>) -> Result<Self> {
        let mut command = Command::new(program(workspace));
        // The token is valid only for this server and is created for every run, so it may be on a
        // command line, where a real one never is.
        command.args(["--port", &port.to_string(), "--token", token]);
        if let Some(seed) = seed {
            command.args(["--seed", seed]);
        }
        let log = workspace.target("xtask-logs/sandbox-server.log");
        let mut process = Background::start("the sandbox", &mut command, &log)?;
        let url =
            process.wait_until(Duration::from_secs(20), |lines| lines.iter().find_map(|line| listening_on(line)))?;
        Ok(Self { process, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits for its end, which is an error.
    pub(crate) fn wait_for_end(&mut self) -> Result<()> {
        self.process.wait_for_end()
    }
}

fn listening_on(line: &str) -> Option<String> {
    let url = line.trim().strip_prefix("listening on ")?;
    url.starts_with("http://").then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_printed_address() {
        assert_eq!(listening_on("listening on http://127.0.0.1:4321"), Some("http://127.0.0.1:4321".to_owned()));
        assert_eq!(listening_on("warning: listening on something"), None);
    }
}
