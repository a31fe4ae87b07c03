//! Composes the package for JSR, and checks it with a dry run of publishing.
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::consumers;
use crate::package;
use crate::process;
use crate::progress::{Outcome, Task};
use crate::stamp::files_below;
use crate::tools::remove_folder;
use crate::workspace::Workspace;

/// JSR requires a scope. None is registered yet; the dry run does not check it.
const NAME: &str = "@hyperstack-credentials/client";
/// The entry for Node, Deno and Bun: one script, with the wasm inside.
const ENTRY: &str = "dist/node.js";
const TYPES: &str = "index.d.ts";
/// The consumer whose project contains Deno.
const DENO_CONSUMER: &str = "runtimes";

/// Writes the package's script, its declarations with file extensions in imports, and `jsr.json`. Returns the folder.
fn compose(workspace: &Workspace) -> Result<PathBuf> {
    let package = workspace.path("pkg");
    // Outside the repository, because Deno does not publish files that git ignores.
    let place = consumers::folder(workspace)?.join("jsr");
    remove_folder(&place)?;
    for file in files_below(&package)? {
        let name = file.strip_prefix(&package)?.to_string_lossy().into_owned();
        let text = || fs::read_to_string(&file).with_context(|| format!("cannot read {name}"));
        let text = if name == ENTRY {
            format!("/* @ts-self-types=\"./{TYPES}\" */\n{}", text()?)
        } else if name.ends_with(".d.ts") {
            package::with_module_extension(&text()?, "d.ts")
        } else if ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"].contains(&name.as_str()) {
            text()?
        } else {
            continue;
        };
        let to = place.join(&name);
        fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        fs::write(to, text)?;
    }
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    let manifest = json!({
        "name": NAME,
        "version": package::version_of(&manifest)?,
        "license": "MIT OR Apache-2.0",
        "exports": format!("./{ENTRY}"),
    });
    fs::write(place.join("jsr.json"), serde_json::to_string_pretty(&manifest)?)?;
    Ok(place)
}

/// Composes the package and runs `deno publish --dry-run`, which checks its types.
pub(crate) fn test(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    consumers::prepare(workspace, task, DENO_CONSUMER)?;
    let deno = consumers::folder(workspace)?.join(DENO_CONSUMER).join("node_modules/.bin/deno");
    let place = compose(workspace)?;
    process::run(task, Command::new(deno).args(["publish", "--dry-run", "--allow-dirty"]).current_dir(place))?;
    Ok(Outcome::Done)
}
