//! Builds the documentation as a site with typedoc: the pages of `docs/README.md` and the reference from the facade's comments.
use std::process::Command;

use anyhow::Result;

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Step, Task};
use crate::workspace::Workspace;

/// Its configuration and its packages, which are separate, because typedoc does not support the TypeScript version of everything
/// else.
const FOLDER: &str = "docs/reference";
/// Below `target/`.
const PLACE: &str = "docs";
/// Links that leave the site, which is served on this machine to check it.
const ELSEWHERE: &str = "^https?://(?!localhost)";

/// The step that installs typedoc.
pub(crate) fn setup() -> Step {
    Step::new("setup-npm-docs", "typedoc, a TypeScript that it supports, linkinator (npm ci)", |workspace, task| {
        npm::ensure_packages_of(workspace, task, FOLDER)
    })
}

/// Builds it and follows every link and anchor in it. A symbol, member, parameter or option without a comment is an error, and so is
/// a link that leads nowhere.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let node = npm::node()?;
    let folder = workspace.path(FOLDER);
    let place = workspace.target(PLACE);
    let mut typedoc = Command::new(&node);
    typedoc.arg("node_modules/typedoc/bin/typedoc").arg("--out").arg(&place).current_dir(&folder);
    process::run(task, &mut typedoc)?;
    let mut linkinator = Command::new(&node);
    linkinator
        .arg(folder.join("node_modules/linkinator/build/src/cli.js"))
        .args([".", "--recurse", "--check-fragments", "--skip", ELSEWHERE, "--verbosity", "error"])
        .current_dir(&place);
    process::run(task, &mut linkinator)?;
    Ok(Outcome::Done)
}

/// Prints its path.
pub(crate) fn announce(workspace: &Workspace) {
    println!("\nthe documentation: {}", workspace.target(PLACE).join("index.html").display());
}
