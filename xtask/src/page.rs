//! Bundles the verify page into `www/dist`. Its sources and its Worker are in `www/`.
use std::fs;

use anyhow::{Result, bail};

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Task};
use crate::tools::{copy_folder, remove_folder};
use crate::wasm;
use crate::workspace::Workspace;

/// The step that builds the page from the package in `pkg/`.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let app = workspace.path("www/src/app.ts");
    if !app.exists() {
        bail!("{} is missing", workspace.show(&app));
    }
    let external = workspace.path("pkg/dist/external.js");
    if !external.exists() {
        bail!("{} is missing: the package was not built", workspace.show(&external));
    }
    let unfinished = workspace.path("www/dist.unfinished");
    remove_folder(&unfinished)?;
    fs::create_dir_all(&unfinished)?;
    copy_folder(&workspace.path("www/public"), &unfinished)?;
    process::run(
        task,
        npm::command(workspace, "esbuild")
            .arg(&app)
            .args(["--bundle", "--format=esm", "--platform=browser", "--target=es2022"])
            .args(["--minify", "--charset=utf8", "--log-level=warning"])
            // An explicit path, so that another package of this name is never used.
            .arg(format!("--alias:hyperstack-credentials/external={}", external.display()))
            .arg(format!("--alias:hyperstack-credentials/exports={}", workspace.path("pkg/dist/exports.js").display()))
            .arg(format!("--outfile={}", unfinished.join("app.js").display())),
    )?;
    // Loaded only where a browser cannot read QR codes itself.
    process::run(
        task,
        npm::command(workspace, "esbuild")
            .arg(workspace.path("www/src/qr-decoder.ts"))
            .args(["--bundle", "--format=esm", "--platform=browser", "--target=es2022"])
            .args(["--minify", "--charset=utf8", "--log-level=warning"])
            .arg(format!("--outfile={}", unfinished.join("qr-decoder.js").display())),
    )?;
    // The script fetches the wasm from beside itself.
    let wasm = wasm::VERIFIER.file_name();
    fs::copy(workspace.path("pkg/dist").join(&wasm), unfinished.join(&wasm))?;

    let place = workspace.path("www/dist");
    remove_folder(&place)?;
    fs::rename(&unfinished, &place)?;
    Ok(Outcome::Done)
}
