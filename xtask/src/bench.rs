//! Owns building and running the benchmarks; what they measure lies in `benches/`.
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::browsers::{self, Browser};
use crate::npm;
use crate::process;
use crate::progress::{Outcome, Step, Task};
use crate::sandbox;
use crate::stamp::{self, Fingerprint};
use crate::tools;
use crate::wasm;
use crate::workspace::Workspace;

/// What is compared with, in versions of its own.
const FOLDER: &str = "benches";
/// The parts, as `benches/run.mjs` knows them, with what each measures.
pub(crate) const PARTS: [(&str, &str, &str); 6] = [
    ("size", "bench-size", "(a) bytes that a user downloads"),
    ("validate", "bench-validate", "(b) from text to checked objects, in Node, Chromium and workerd"),
    ("decoder", "bench-decoder", "(b) the ways of decoding that were weighed, in Node"),
    ("cold", "bench-cold", "(c) from nothing to the first verdict"),
    ("requests", "bench-requests", "(d) calls and the Worker, against a local server"),
    ("memory", "bench-memory", "(e) memory over a million calls"),
];

/// The decoders of `benches/decoder`, by feature.
const DECODERS: [&str; 3] = ["tables", "serde_json", "serde_wasm_bindgen"];
/// The optimization levels that they are built at.
const LEVELS: [&str; 3] = ["3", "s", "z"];
/// The product's decoder as the product is built.
const SHIPPED: (&str, Option<&str>) = ("tables", None);

/// The step that brings what is compared with.
pub(crate) fn setup() -> Step {
    Step::new("setup-npm-benches", "what the benchmarks compare with (npm ci)", |workspace, task| {
        npm::ensure_packages_of(workspace, task, FOLDER)
    })
}

/// Builds the product's decoder alone.
pub(crate) fn build_shipped(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    build_decoders(workspace, task, &[SHIPPED])
}

/// The step that builds every decoder at every level.
pub(crate) fn build_all() -> Step {
    Step::new("build-decoders", "the decoders of benches/decoder, at three optimization levels", |workspace, task| {
        let all: Vec<_> =
            DECODERS.iter().flat_map(|decoder| LEVELS.iter().map(|level| (*decoder, Some(*level)))).collect();
        build_decoders(workspace, task, &all)
    })
}

/// The step that builds a sandbox that is not what is waited for.
pub(crate) fn build_sandbox() -> Step {
    Step::new("build-fast-sandbox", "the sandbox server, optimized for speed", sandbox::build_fast)
}

fn build_decoders(workspace: &Workspace, task: &Task, which: &[(&str, Option<&str>)]) -> Result<Outcome> {
    let bindgen = tools::wasm_bindgen(workspace)?.program()?;
    let fingerprint = inputs(workspace)?;
    let mut all_fresh = true;
    for (decoder, level) in which {
        let out = decoder_folder(workspace, decoder, *level);
        // In the folder: it goes when that goes.
        let stamp = out.join("stamp");
        if stamp::is_fresh(&stamp, &fingerprint) {
            continue;
        }
        all_fresh = false;
        tools::remove_folder(&out)?;
        let mut build = tools::cargo();
        build.args(["build", "--release", "--package", "decoder-bench", "--no-default-features"]).args([
            "--features",
            decoder,
            "--target",
            tools::WASM_TARGET,
        ]);
        if let Some(level) = level {
            // The decoder's own crate has a level of its own, which would stand.
            for profile in ["profile.release", "profile.release.package.hyperstack-decode"] {
                build.args(["--config", &at_level(profile, level)]);
            }
        }
        process::run(task, build.current_dir(workspace.root()))?;
        let compiled = workspace.target(&format!("{}/release/decoder_bench.wasm", tools::WASM_TARGET));
        process::run(
            task,
            Command::new(&bindgen)
                .args(["--target", "web", "--omit-default-module-path", "--no-typescript", "--out-dir"])
                .arg(&out)
                .arg(&compiled),
        )?;
        let optimize = level.map_or_else(|| wasm::OPTIMIZE.to_owned(), |level| format!("-O{level}"));
        wasm::optimize(workspace, task, &out.join("decoder_bench_bg.wasm"), &[&optimize])?;
        process::run(
            task,
            npm::command(workspace, "esbuild")
                .arg(out.join("decoder_bench.js"))
                .args(["--minify", "--log-level=error"])
                .arg(format!("--outfile={}", out.join("decoder_bench.min.js").display())),
        )?;
        stamp::write(&stamp, &fingerprint)?;
    }
    // Node reads the generated glue as what it is.
    std::fs::write(workspace.target("decoders/package.json"), "{\"type\":\"module\"}\n")?;
    Ok(if all_fresh { Outcome::Already("sources and tools unchanged".to_owned()) } else { Outcome::Done })
}

/// What a built decoder depends on.
fn inputs(workspace: &Workspace) -> Result<Fingerprint> {
    let mut fingerprint = Fingerprint::new();
    for path in ["benches/decoder", "src/decode", "Cargo.toml", "Cargo.lock", ".cargo", "xtask/src/bench.rs"] {
        fingerprint.add_path(&workspace.path(path))?;
    }
    fingerprint.add("rustc", tools::rustc_version()?.as_bytes());
    fingerprint.add("wasm-bindgen", tools::wasm_bindgen(workspace)?.version().as_bytes());
    fingerprint.add("wasm-opt", wasm::OPTIMIZE.as_bytes());
    fingerprint.add_path(&workspace.path("node_modules/binaryen/package.json"))?;
    Ok(fingerprint)
}

fn decoder_folder(workspace: &Workspace, decoder: &str, level: Option<&str>) -> PathBuf {
    workspace.target(&format!("decoders/{decoder}-{}", level.unwrap_or("shipped")))
}

/// cargo wants numbers as numbers and letters as strings.
fn at_level(profile: &str, level: &str) -> String {
    if level.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{profile}.opt-level={level}")
    } else {
        format!("{profile}.opt-level={level:?}")
    }
}

/// A step for each part that is wanted; each writes its own section of docs/benchmarks.md, unless it is `quick`.
pub(crate) fn parts(only: &[String], quick: bool) -> Result<Vec<Step>> {
    for name in only {
        anyhow::ensure!(
            PARTS.iter().any(|(part, ..)| part == name),
            "there is no part `{name}`; there are {}",
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

/// What the parts find servers and browsers by.
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

    #[test]
    fn levels_are_written_as_cargo_wants_them() {
        assert_eq!(at_level("profile.release", "3"), "profile.release.opt-level=3");
        assert_eq!(at_level("profile.release", "z"), "profile.release.opt-level=\"z\"");
    }
}
