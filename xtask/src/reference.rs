//! Builds the API reference with typedoc from the facade's comments.
use std::process::Command;

use anyhow::Result;

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Step, Task};
use crate::workspace::Workspace;

/// Its configuration, its packages and its first page. The packages are separate, because typedoc does not support the
/// TypeScript version of everything else.
const FOLDER: &str = "docs/reference";
/// Below `target/`.
const PLACE: &str = "docs/api";

/// The step that installs typedoc.
pub(crate) fn setup() -> Step {
    Step::new("setup-npm-docs", "typedoc and a TypeScript that it supports (npm ci)", |workspace, task| {
        npm::ensure_packages_of(workspace, task, FOLDER)
    })
}

/// Builds it. A symbol, member, parameter or option without a comment is an error, and so is a link that leads nowhere.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let folder = workspace.path(FOLDER);
    let mut command = Command::new(npm::node()?);
    command.arg("node_modules/typedoc/bin/typedoc").arg("--out").arg(workspace.target(PLACE)).current_dir(folder);
    process::run(task, &mut command)?;
    Ok(Outcome::Done)
}

/// Prints its path.
pub(crate) fn announce(workspace: &Workspace) {
    println!("\nthe API reference: {}", workspace.target(PLACE).join("index.html").display());
}
