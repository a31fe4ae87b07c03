//! Owns making the WebAssembly module and its glue in `target/wasm-pack`; what an npm package is, `package` knows.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::glue;
use crate::npm;
use crate::order;
use crate::process;
use crate::progress::{Outcome, Task};
use crate::stamp::{self, Fingerprint};
use crate::tools;
use crate::workspace::Workspace;

/// The name of the generated files, without their endings.
pub(crate) const OUT_NAME: &str = "hyperstack_credentials";

/// What stands between the facade and an instance; `glue` fits it to the module.
const GLUE: &str = "pkg-template/src/glue.js";

/// What the engines we support all have, named one by one: `--all-features` would let wasm-opt
/// write instructions that some of them refuse.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// Names, producers and the list of features are for us and our tools, not for those who download it: engines see for themselves.
const STRIP: [&str; 3] = ["--strip-debug", "--strip-producers", "--strip-target-features"];
pub(crate) const OPTIMIZE: &str = "-Oz";
/// What wasm-bindgen exports for glue of its own. A function that ours comes to need fails the build, which finds no export.
const UNUSED: &str =
    "--remove-exports=__abort_handler,__instance_terminated,__wbindgen_externrefs,__wbindgen_free,__wbindgen_realloc";
/// What brotli gains from, each worth at least 50 bytes of it; docs/decisions/0013-size.md
const FOR_BROTLI: [&str; 3] = [
    // How loads and stores are aligned is a hint that engines do not heed: all have the same.
    "--dealign",
    // Allows it to fold small constants into the offsets of loads and stores. What it has to be told is true: the first KiB of
    // memory is the far end of the stack (`STACK`), and whatever went there by mistake would trap.
    "--low-memory-unused",
    // It would cut zeros out of the data; the headers of the pieces are longer than what brotli makes of zeros.
    "--skip-pass=memory-packing",
];

/// Bytes of the stack, which lies before the data: one that overflows traps. No call needs more than 12 KiB: frames add up to
/// 2 KiB, and what is recursive follows JSON or shapes (of either at most `MAX_DEPTH` levels) or comes to the end of a search,
/// once. With rustc's MiB every address of data would be a byte longer, and every instance a MiB larger.
const STACK: u32 = 64 << 10;

/// One compilation of the core.
pub(crate) struct Core {
    /// Its folder in `target/`.
    folder: &'static str,
    features: &'static str,
}

/// The core of the package, without std (docs/decisions/0002-no-std.md).
pub(crate) const SHIPPED: Core = Core { folder: "wasm-pack", features: "standalone" };
/// One that fails where a test says, for the tests of recovery.
pub(crate) const TRAPPING: Core = Core { folder: "wasm-trap", features: "standalone,trap" };

impl Core {
    pub(crate) fn folder(&self, workspace: &Workspace) -> PathBuf {
        workspace.target(self.folder)
    }

    /// The glue, as a factory of instances.
    pub(crate) fn glue(&self, workspace: &Workspace) -> PathBuf {
        self.folder(workspace).join(format!("{OUT_NAME}.js"))
    }

    /// The optimized module.
    pub(crate) fn module(&self, workspace: &Workspace) -> PathBuf {
        self.folder(workspace).join(format!("{OUT_NAME}_bg.wasm"))
    }

    /// The module as a script that holds it as text.
    pub(crate) fn text(&self, workspace: &Workspace) -> PathBuf {
        self.folder(workspace).join(format!("{OUT_NAME}_bg.wasm.js"))
    }

    /// The module before it was optimized, with the names of its functions.
    fn unoptimized(&self, workspace: &Workspace) -> PathBuf {
        self.folder(workspace).join(format!("{OUT_NAME}_bg.unoptimized.wasm"))
    }

    /// The module as it is shipped, but for the names of its functions, which it still has, and their order.
    pub(crate) fn named(&self, workspace: &Workspace) -> Result<PathBuf> {
        let named = workspace.target("size/named.wasm");
        let mut command = npm::command(workspace, "wasm-opt");
        command.args([UNUSED, OPTIMIZE]).args(FOR_BROTLI).args(FEATURES).args([
            "-g",
            "--strip-dwarf",
            "--strip-producers",
        ]);
        process::output(command.arg(self.unoptimized(workspace)).arg("-o").arg(&named))?;
        Ok(named)
    }

    /// Compiles, generates the glue and optimizes.
    pub(crate) fn build(&self, workspace: &Workspace, task: &Task) -> Result<Outcome> {
        let stamp = workspace.target(&format!("xtask-stamps/{}", self.folder));
        let fingerprint = self.inputs(workspace)?;
        let (glue, module) = (self.glue(workspace), self.module(workspace));
        if glue.exists()
            && self.text(workspace).exists()
            && self.unoptimized(workspace).exists()
            && module.exists()
            && stamp::is_fresh(&stamp, &fingerprint)
        {
            return Ok(Outcome::Already("sources and tools unchanged".to_owned()));
        }
        // An interrupted build must not leave an old module under a stamp that fits.
        if stamp.exists() {
            fs::remove_file(&stamp)?;
        }
        let out = self.folder(workspace);
        tools::remove_folder(&out)?;
        // Not `wasm-pack build`: it runs `cargo build`, and cargo does no link-time optimization for a
        // library that is an rlib too, which ours is for its tests. docs/decisions/0002-no-std.md
        let mut rustc = tools::cargo();
        rustc
            .args(["rustc", "--lib", "--release", "--crate-type=cdylib"])
            .args(["--package", "hyperstack-credentials", "--target", tools::WASM_TARGET])
            .arg("--target-dir")
            .arg(workspace.target(""))
            .args(self.build_args(workspace))
            .current_dir(workspace.root());
        process::run(task, &mut rustc)?;
        let bindgen = tools::wasm_bindgen(workspace)?;
        let compiled = workspace.target(&format!("{}/release/{OUT_NAME}.wasm", tools::WASM_TARGET));
        let mut generate = Command::new(bindgen.program()?);
        generate
            // The package's entries say themselves where the wasm comes from; without this the glue would
            // hold a guess at it, which bundlers follow.
            .arg("--omit-default-module-path")
            .args(["--target", "web", "--no-typescript"])
            .args(["--out-name", OUT_NAME, "--out-dir"])
            .arg(&out)
            .arg(&compiled)
            .current_dir(workspace.root());
        process::run(task, &mut generate)?;
        for file in [&glue, &module] {
            if !file.exists() {
                bail!("wasm-bindgen did not write {}", workspace.show(file));
            }
        }
        fs::copy(&module, self.unoptimized(workspace))?;
        optimize(workspace, task, &module, &[UNUSED, OPTIMIZE])?;
        let renamed = shorten_names(workspace, &module)?;
        fs::write(&module, order::sort(&fs::read(&module)?)?)?;
        let template = fs::read_to_string(workspace.path(GLUE))?;
        fs::write(&glue, glue::fit(&template, &fs::read_to_string(&glue)?, &renamed)?)?;
        let text = as_text(&fs::read(&module)?);
        fs::write(self.text(workspace), format!("export default \"{text}\";\n"))?;
        stamp::write(&stamp, &fingerprint)?;
        Ok(Outcome::Done)
    }

    /// Panic messages name source files: without the builder's folders, the module is the same
    /// wherever it is built, and tells nobody where that was.
    fn build_args(&self, workspace: &Workspace) -> Vec<String> {
        let root = workspace.root().display();
        let mut flags = vec![format!("-Clink-arg=-zstack-size={STACK}"), format!("--remap-path-prefix={root}/=")];
        let home = std::env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
        if let Some(home) = home {
            flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
        }
        // By --config, because it adds to flags set elsewhere; RUSTFLAGS would take their place.
        let flags = serde_json::json!(flags);
        vec![
            format!("--features={}", self.features),
            "--config".to_owned(),
            format!("target.{}.rustflags={flags}", tools::WASM_TARGET),
        ]
    }

    fn inputs(&self, workspace: &Workspace) -> Result<Fingerprint> {
        let mut fingerprint = Fingerprint::new();
        for path in ["src", "Cargo.toml", "Cargo.lock", ".cargo", GLUE, "xtask/src/glue.rs", "xtask/src/order.rs"] {
            fingerprint.add_path(&workspace.path(path))?;
        }
        fingerprint.add("rustc", tools::rustc_version()?.as_bytes());
        let bindgen = tools::wasm_bindgen(workspace)?;
        fingerprint.add("wasm-bindgen", bindgen.version().as_bytes());
        fingerprint.add_path(&workspace.path("node_modules/binaryen/package.json"))?;
        fingerprint.add("wasm-opt", optimize_args(&[UNUSED, OPTIMIZE]).join(" ").as_bytes());
        fingerprint.add("flags", self.build_args(workspace).join(" ").as_bytes());
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        fingerprint.add("RUSTFLAGS", flags.as_bytes());
        Ok(fingerprint)
    }
}

/// Bytes as text for a quoted string; `pkg-template/src/load/inline.ts` reads it, and says why it is so.
pub(crate) fn as_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 5 / 4);
    for byte in bytes {
        match byte / 90 {
            0 => {}
            1 => text.push(' '),
            _ => text.push('!'),
        }
        text.push(match byte % 90 + b'#' {
            b'<' => '}',
            b'\\' => '~',
            code => char::from(code),
        });
    }
    text
}

/// wasm-pack, with exactly our wasm-bindgen first on `PATH`: it would download any other.
pub(crate) fn command(workspace: &Workspace) -> Result<Command> {
    let bindgen = tools::wasm_bindgen(workspace)?;
    let mut command = Command::new(tools::wasm_pack().program()?);
    command.env("PATH", process::path_with(&[bindgen.find()?])?).current_dir(workspace.root());
    Ok(command)
}

/// Makes a module smaller in place.
pub(crate) fn optimize(workspace: &Workspace, task: &Task, module: &Path, passes: &[&str]) -> Result<()> {
    let optimized = module.with_extension("optimized");
    process::run(
        task,
        npm::command(workspace, "wasm-opt").args(optimize_args(passes)).arg(module).arg("-o").arg(&optimized),
    )?;
    let (before, after) = (fs::metadata(module)?.len(), fs::metadata(&optimized)?.len());
    fs::rename(&optimized, module)?;
    task.note(&format!("wasm-opt: {before} to {after} bytes"));
    Ok(())
}

/// Renames what a module imports and exports; gives what became what, as JSON.
fn shorten_names(workspace: &Workspace, module: &Path) -> Result<String> {
    let mut command = npm::command(workspace, "wasm-opt");
    command.args(FEATURES).arg("--minify-imports-and-exports-and-modules").arg(module).arg("-o").arg(module);
    process::output(&mut command)
}

fn optimize_args<'a>(passes: &[&'a str]) -> Vec<&'a str> {
    let mut args = passes.to_vec();
    args.extend(FOR_BROTLI);
    args.extend(FEATURES);
    args.extend(STRIP);
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_text_of_its_own_that_needs_no_quoting() {
        let texts: std::collections::BTreeSet<String> = (0..=u8::MAX).map(|byte| as_text(&[byte])).collect();
        assert_eq!(texts.len(), 256);
        assert!(texts.iter().all(|text| text.len() <= 2 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))));
        assert!(!as_text(&(0..=u8::MAX).collect::<Vec<_>>()).contains(['"', '\\', '<']));
    }

    #[test]
    fn features_are_named_one_by_one() {
        let args = optimize_args(&[OPTIMIZE]);
        assert!(!args.contains(&"--all-features"));
        assert!(args.contains(&"--enable-bulk-memory"));
        assert_eq!(args.iter().filter(|arg| arg.starts_with("--enable-")).count(), FEATURES.len());
    }
}
