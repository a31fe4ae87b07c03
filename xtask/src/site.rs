//! Builds the documentation as a site with typedoc: the pages of `docs/README.md` and the reference from the facade's comments.
use std::process::Command;

use anyhow::Result;

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Step, Task};
use crate::workspace::Workspace;

/// The configuration and packages of typedoc. They are separate, because it does not support the TypeScript version of the rest.
const FOLDER: &str = "docs/reference";
/// In `target/`.
const OUTPUT: &str = "docs";
/// Links that leave the site. linkinator serves it on localhost.
const EXTERNAL_LINKS: &str = "^https?://(?!localhost)";

/// The step that installs typedoc.
pub(crate) fn setup() -> Step {
    Step::new("setup-npm-docs", "typedoc, a TypeScript that it supports, linkinator (npm ci)", |workspace, task| {
        npm::ensure_packages_of(workspace, task, FOLDER)
    })
}

/// Builds the site and follows every link and anchor. A symbol, member, parameter or option without a comment is an error, and so is
/// a broken link.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let node = npm::node()?;
    let folder = workspace.path(FOLDER);
    let output = workspace.target(OUTPUT);
    let mut typedoc = Command::new(&node);
    typedoc.arg("node_modules/typedoc/bin/typedoc").arg("--out").arg(&output).current_dir(&folder);
    process::run(task, &mut typedoc)?;
    let mut linkinator = Command::new(&node);
    linkinator
        .arg(folder.join("node_modules/linkinator/build/src/cli.js"))
        .args([".", "--recurse", "--check-fragments", "--skip", EXTERNAL_LINKS, "--verbosity", "error"])
        .current_dir(&output);
    process::run(task, &mut linkinator)?;
    Ok(Outcome::Done)
}

/// Prints the path of the site.
pub(crate) fn announce(workspace: &Workspace) {
    println!("\nthe documentation: {}", workspace.target(OUTPUT).join("index.html").display());
}
