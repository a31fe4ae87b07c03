//! Owns the API reference: typedoc, which reads the facade's comments, and the TypeScript that it can read.
use std::process::Command;

use anyhow::Result;

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Step, Task};
use crate::workspace::Workspace;

/// Its configuration, its packages and its first page. Packages of its own, because typedoc does not know the TypeScript
/// that everything else is compiled with.
const FOLDER: &str = "docs/reference";
/// Below `target/`.
const PLACE: &str = "docs/api";

/// The step that brings typedoc.
pub(crate) fn setup() -> Step {
    Step::new("setup-npm-docs", "typedoc, with a TypeScript of its own (npm ci)", |workspace, task| {
        npm::ensure_packages_of(workspace, task, FOLDER)
    })
}

/// Makes it. A symbol, member, parameter or option without a comment is an error, and so is a link that leads nowhere.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let folder = workspace.path(FOLDER);
    let mut command = Command::new(npm::node()?);
    command.arg("node_modules/typedoc/bin/typedoc").arg("--out").arg(workspace.target(PLACE)).current_dir(folder);
    process::run(task, &mut command)?;
    Ok(Outcome::Done)
}

/// Says where it is.
pub(crate) fn announce(workspace: &Workspace) {
    println!("\nthe API reference: {}", workspace.target(PLACE).join("index.html").display());
}
