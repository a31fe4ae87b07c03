//! Builds the wasm modules and their glue in `target/`. `package` puts them into the npm package.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::factory;
use crate::npm;
use crate::process;
use crate::progress::{Outcome, Task};
use crate::stamp::{self, Fingerprint};
use crate::tools;
use crate::workspace::Workspace;

/// WebAssembly features that every supported engine has, named one by one: `--all-features` would let wasm-opt write
/// instructions that some of them refuse.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// Only development tools read these custom sections.
const STRIP: [&str; 3] = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/// A wasm module: a cdylib crate and how it is compiled.
pub(crate) struct Module {
    package: &'static str,
    features: &'static [&'static str],
    /// The name of the generated files, without their endings.
    name: &'static str,
    /// The module's folder in `target/`.
    folder: &'static str,
    /// rustc's `opt-level`.
    opt_level: &'static str,
    /// wasm-opt's.
    wasm_opt_level: &'static str,
}

/// The API client, verification and link parsing. It runs on servers, where speed matters more than bytes: with `z`, it is 12 kB
/// smaller (brotli), and a page of 1 000 credentials takes a fifth longer.
pub(crate) const CLIENT: Module = Module {
    package: "hyperstack-wasm-client",
    features: &[],
    name: "hyperstack_credentials",
    folder: "wasm-client",
    opt_level: "s",
    wasm_opt_level: "-Oz",
};

/// Remote verification and link parsing. Pages download it.
pub(crate) const VERIFIER: Module = Module {
    package: "hyperstack-wasm-verifier",
    features: &[],
    name: "hyperstack_verifier",
    folder: "wasm-verifier",
    opt_level: "z",
    wasm_opt_level: "-Oz",
};

/// A client that traps where a test says so.
pub(crate) const TRAPPING_CLIENT: Module = Module { features: &["trap"], folder: "wasm-trap", ..CLIENT };

/// All modules of the package.
pub(crate) const SHIPPED: [&Module; 2] = [&CLIENT, &VERIFIER];

impl Module {
    fn path(&self, workspace: &Workspace, ending: &str) -> PathBuf {
        workspace.target(self.folder).join(format!("{}{ending}", self.name))
    }

    /// The module's folder.
    pub(crate) fn folder(&self, workspace: &Workspace) -> PathBuf {
        workspace.target(self.folder)
    }

    /// The wasm file's name.
    pub(crate) fn file_name(&self) -> String {
        format!("{}_bg.wasm", self.name)
    }

    /// The optimized module.
    pub(crate) fn wasm(&self, workspace: &Workspace) -> PathBuf {
        self.path(workspace, "_bg.wasm")
    }

    /// The module as a script that holds it as text.
    pub(crate) fn text(&self, workspace: &Workspace) -> PathBuf {
        self.path(workspace, "_bg.wasm.js")
    }

    /// The glue, as a factory.
    pub(crate) fn glue(&self, workspace: &Workspace) -> PathBuf {
        self.path(workspace, "_glue.js")
    }

    /// Compiles, generates the glue and optimizes.
    pub(crate) fn build(&self, workspace: &Workspace, task: &Task) -> Result<Outcome> {
        let stamp = workspace.target(&format!("xtask-stamps/{}", self.folder));
        let fingerprint = self.inputs(workspace)?;
        let outputs = [self.glue(workspace), self.wasm(workspace), self.text(workspace)];
        if outputs.iter().all(|file| file.exists()) && stamp::is_fresh(&stamp, &fingerprint) {
            return Ok(Outcome::Already("sources and tools unchanged".to_owned()));
        }
        // An interrupted build must not leave an old module under a stamp that fits.
        if stamp.exists() {
            fs::remove_file(&stamp)?;
        }
        let out = self.folder(workspace);
        tools::remove_folder(&out)?;
        self.compile(workspace, task)?;
        self.generate_glue(workspace, task, &out)?;
        self.optimize(workspace, task)?;
        let text = as_text(&fs::read(self.wasm(workspace))?);
        fs::write(self.text(workspace), format!("export default \"{text}\";\n"))?;
        stamp::write(&stamp, &fingerprint)?;
        Ok(Outcome::Done)
    }

    fn compile(&self, workspace: &Workspace, task: &Task) -> Result<()> {
        let mut cargo = tools::cargo();
        cargo
            .args(["build", "--release", "--package", self.package, "--target", tools::WASM_TARGET])
            .arg("--target-dir")
            .arg(workspace.target(""))
            .args(self.cargo_args(workspace))
            .current_dir(workspace.root());
        process::run(task, &mut cargo)
    }

    fn generate_glue(&self, workspace: &Workspace, task: &Task, out: &Path) -> Result<()> {
        let bindgen = tools::wasm_bindgen(workspace)?;
        ensure!(
            bindgen.version() == factory::WASM_BINDGEN,
            "xtask/src/factory.rs was written for wasm-bindgen {}, Cargo.lock has {}: compare their glue first",
            factory::WASM_BINDGEN,
            bindgen.version()
        );
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        let mut command = Command::new(bindgen.program()?);
        command
            .args(["--target", "bundler", "--no-typescript", "--out-name", self.name, "--out-dir"])
            .arg(out)
            .arg(workspace.target(&format!("{}/release/{file}", tools::WASM_TARGET)))
            .current_dir(workspace.root());
        process::run(task, &mut command)?;
        let read = |ending| {
            let path = self.path(workspace, ending);
            fs::read_to_string(&path).with_context(|| format!("wasm-bindgen did not write {}", workspace.show(&path)))
        };
        let import_name = format!("./{}_bg.js", self.name);
        let script = factory::create(&read("_bg.js")?, &read(".js")?, &import_name)?;
        Ok(fs::write(self.glue(workspace), script)?)
    }

    fn optimize(&self, workspace: &Workspace, task: &Task) -> Result<()> {
        let wasm = self.wasm(workspace);
        let optimized = wasm.with_extension("optimized");
        let mut command = npm::command(workspace, "wasm-opt");
        process::run(task, command.args(self.wasm_opt_args()).arg(&wasm).arg("-o").arg(&optimized))?;
        let (before, after) = (fs::metadata(&wasm)?.len(), fs::metadata(&optimized)?.len());
        fs::rename(&optimized, &wasm)?;
        task.note(&format!("wasm-opt: {before} to {after} bytes"));
        Ok(())
    }

    fn wasm_opt_args(&self) -> Vec<&'static str> {
        [self.wasm_opt_level].into_iter().chain(FEATURES).chain(STRIP).collect()
    }

    /// By `--config`, because that adds to flags set elsewhere; `RUSTFLAGS` would replace them.
    fn cargo_args(&self, workspace: &Workspace) -> Vec<String> {
        // Panic messages name source files: without the builder's folders, the module is the same wherever it is built.
        let mut flags = vec![format!("--remap-path-prefix={}/=", workspace.root().display())];
        let home = std::env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
        if let Some(home) = home {
            flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
        }
        vec![
            format!("--features={}", self.features.join(",")),
            "--config".to_owned(),
            format!("target.{}.rustflags={}", tools::WASM_TARGET, serde_json::json!(flags)),
            "--config".to_owned(),
            opt_level_setting(self.opt_level),
        ]
    }

    fn inputs(&self, workspace: &Workspace) -> Result<Fingerprint> {
        let mut fingerprint = Fingerprint::new();
        for path in ["src", "wasm", "Cargo.toml", "Cargo.lock", ".cargo", "xtask/src/factory.rs"] {
            fingerprint.add_path(&workspace.path(path))?;
        }
        fingerprint.add("rustc", tools::rustc_version()?.as_bytes());
        fingerprint.add("wasm-bindgen", tools::wasm_bindgen(workspace)?.version().as_bytes());
        fingerprint.add_path(&workspace.path("node_modules/binaryen/package.json"))?;
        fingerprint.add("wasm-opt", self.wasm_opt_args().join(" ").as_bytes());
        fingerprint.add("cargo", self.cargo_args(workspace).join(" ").as_bytes());
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        fingerprint.add("RUSTFLAGS", flags.as_bytes());
        Ok(fingerprint)
    }
}

/// The step that builds the modules of the package.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let mut outcome = Outcome::Already("sources and tools unchanged".to_owned());
    for module in SHIPPED {
        if matches!(module.build(workspace, task)?, Outcome::Done) {
            outcome = Outcome::Done;
        }
    }
    Ok(outcome)
}

/// Bytes as ASCII text for a quoted string, in which brotli finds repetitions: inside a script, base64 makes a module
/// larger by three tenths. `pkg-template/src/load/text.ts` reads it. Neither `<` nor a backslash nor a quote occurs.
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

/// wasm-pack, with exactly our wasm-bindgen and wasm-opt first on `PATH`: it would download any other.
pub(crate) fn wasm_pack(workspace: &Workspace) -> Result<Command> {
    let bindgen = tools::wasm_bindgen(workspace)?.find()?;
    let mut command = Command::new(tools::wasm_pack().program()?);
    command.env("PATH", process::path_with(&[bindgen, workspace.path("node_modules/.bin")])?);
    command.current_dir(workspace.root());
    Ok(command)
}

/// Formats an opt-level for cargo: numbers as numbers, letters as strings.
fn opt_level_setting(level: &str) -> String {
    if level.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("profile.release.opt-level={level}")
    } else {
        format!("profile.release.opt-level={level:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_every_byte_its_own_text_without_quoting() {
        let texts: std::collections::BTreeSet<String> = (0..=u8::MAX).map(|byte| as_text(&[byte])).collect();
        assert_eq!(texts.len(), 256);
        assert!(texts.iter().all(|text| text.len() <= 2 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))));
        assert!(!as_text(&(0..=u8::MAX).collect::<Vec<_>>()).contains(['"', '\\', '<']));
    }

    #[test]
    fn names_features_one_by_one() {
        let args = CLIENT.wasm_opt_args();
        assert!(!args.contains(&"--all-features"));
        assert!(args.contains(&"--enable-bulk-memory"));
        assert_eq!(args.iter().filter(|arg| arg.starts_with("--enable-")).count(), FEATURES.len());
    }

    #[test]
    fn writes_opt_levels_as_cargo_wants_them() {
        assert_eq!(opt_level_setting("3"), "profile.release.opt-level=3");
        assert_eq!(opt_level_setting("z"), "profile.release.opt-level=\"z\"");
    }

    #[test]
    fn builds_each_module_in_a_separate_folder() {
        let mut folders = [&CLIENT, &VERIFIER, &TRAPPING_CLIENT].map(|module| module.folder);
        folders.sort_unstable();
        assert!(folders.windows(2).all(|pair| pair[0] != pair[1]), "{folders:?}");
    }
}
