//! Owns building and running the benchmarks; what they measure lies in `benches/`.
use std::process::Command;

use anyhow::{Context, Result};

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Step, Task};
use crate::sandbox;
use crate::tools;
use crate::wasm;
use crate::workspace::Workspace;

/// The decoders of `benches/decoder`, by feature.
const DECODERS: [&str; 3] = ["tables", "serde_json", "serde_wasm_bindgen"];
/// The optimization levels that they are built at.
const LEVELS: [&str; 3] = ["3", "s", "z"];

/// The step that builds every decoder at every level.
pub(crate) fn build() -> Step {
    Step::new("bench-build", "the decoders of benches/decoder, at three optimization levels", build_decoders)
}

fn build_decoders(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let bindgen = tools::wasm_bindgen(workspace)?.program()?;
    for decoder in DECODERS {
        for level in LEVELS {
            let out = workspace.target(&format!("decoders/{decoder}-{level}"));
            process::run(
                task,
                tools::cargo()
                    .args(["build", "--release", "--package", "decoder-bench", "--no-default-features"])
                    .args(["--features", decoder])
                    .args(["--target", tools::WASM_TARGET])
                    .args(["--config", &at_level("profile.release", level)])
                    // The decoder's own crate has a level of its own, which would stand.
                    .args(["--config", &at_level("profile.release.package.hyperstack-decode", level)])
                    .current_dir(workspace.root()),
            )?;
            let compiled = workspace.target(&format!("{}/release/decoder_bench.wasm", tools::WASM_TARGET));
            process::run(
                task,
                Command::new(&bindgen)
                    .args(["--target", "web", "--omit-default-module-path", "--no-typescript", "--out-dir"])
                    .arg(&out)
                    .arg(&compiled),
            )?;
            wasm::optimize(workspace, task, &out.join("decoder_bench_bg.wasm"), &format!("-O{level}"))?;
            process::run(
                task,
                npm::command(workspace, "esbuild")
                    .arg(out.join("decoder_bench.js"))
                    .args(["--minify", "--log-level=error"])
                    .arg(format!("--outfile={}", out.join("decoder_bench.min.js").display())),
            )?;
        }
    }
    // Node reads the generated glue as what it is.
    std::fs::write(workspace.target("decoders/package.json"), "{\"type\":\"module\"}\n")?;
    Ok(Outcome::Done)
}

/// cargo wants numbers as numbers and letters as strings.
fn at_level(profile: &str, level: &str) -> String {
    if level.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{profile}.opt-level={level}")
    } else {
        format!("{profile}.opt-level={level:?}")
    }
}

/// Runs them side by side and prints the tables.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let names = DECODERS.iter().flat_map(|decoder| LEVELS.iter().map(move |level| format!("{decoder}-{level}")));
    let status = Command::new(npm::node()?)
        .arg(workspace.path("benches/decoder/run.mjs"))
        .arg(workspace.target("decoders"))
        .args(names)
        .status()
        .context("cannot start node")?;
    anyhow::ensure!(status.success(), "the benchmark ended with {status}");
    let status = Command::new(npm::node()?)
        .arg(workspace.path("benches/calls.mjs"))
        .env("HYPERSTACK_SANDBOX_BIN", sandbox::program(workspace))
        .status()
        .context("cannot start node")?;
    anyhow::ensure!(status.success(), "the benchmark of calls ended with {status}");
    Ok(())
}
