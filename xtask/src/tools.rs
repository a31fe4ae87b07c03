//! Installs the Rust tools: rustup's target and components, and the wasm tools in the per-user cache.
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::lockfile::{self, version_in};
use crate::process;
use crate::progress::{Outcome, Task};
use crate::stamp::files_below;
use crate::workspace::Workspace;

/// The target everything is compiled to.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";
const WASM_PACK_VERSION: &str = "0.15.1";
const GECKODRIVER_VERSION: &str = "0.37.1";

/// A program that cargo installs.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    krate: &'static str,
    version: String,
    /// Its programs; the first one reports the version.
    programs: &'static [&'static str],
}

/// wasm-bindgen's CLI, in exactly the version of the library: the two share a private format.
pub(crate) fn wasm_bindgen(workspace: &Workspace) -> Result<Tool> {
    Ok(Tool {
        krate: "wasm-bindgen-cli",
        version: lockfile::locked(workspace, "wasm-bindgen")?,
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    })
}

/// wasm-pack, which drives the build and the tests in browsers.
pub(crate) fn wasm_pack() -> Tool {
    Tool { krate: "wasm-pack", version: WASM_PACK_VERSION.to_owned(), programs: &["wasm-pack"] }
}

/// Firefox's `WebDriver`, which Debian does not package.
pub(crate) fn geckodriver() -> Tool {
    Tool { krate: "geckodriver", version: GECKODRIVER_VERSION.to_owned(), programs: &["geckodriver"] }
}

impl Tool {
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The folder with the tool's programs: from `PATH` if the version is right, else from the cache.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        self.find_in_place().with_context(|| {
            format!("{} {} is not installed; `cargo xtask setup` installs it", self.krate, self.version)
        })
    }

    /// The path of the tool's main program.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        Ok(self.find()?.join(self.programs[0]))
    }

    fn find_in_place(&self) -> Option<PathBuf> {
        let on_path = process::on_path(self.programs[0]).and_then(|program| program.parent().map(Path::to_path_buf));
        let cached = tools_folder().ok().map(|folder| self.bin_in(&folder));
        on_path.into_iter().chain(cached).find(|folder| self.is_in(folder))
    }

    fn bin_in(&self, tools: &Path) -> PathBuf {
        tools.join(self.folder_name()).join("bin")
    }

    fn folder_name(&self) -> String {
        format!("{}-{}", self.krate, self.version)
    }

    fn is_in(&self, folder: &Path) -> bool {
        let all_there = self.programs.iter().all(|program| process::is_executable(&folder.join(program)));
        all_there
            && process::output(Command::new(folder.join(self.programs[0])).arg("--version"))
                .is_ok_and(|text| version_in(&text) == Some(self.version.as_str()))
    }

    /// Installs the tool into the cache unless it is there.
    fn ensure(&self, task: &Task) -> Result<bool> {
        if let Some(folder) = self.find_in_place() {
            task.line(&format!("{} {}: {}", self.krate, self.version, folder.display()));
            return Ok(false);
        }
        let is_in = |place: &Path| self.is_in(&place.join("bin"));
        ensure_cached(task, &self.folder_name(), is_in, |unfinished| {
            task.note(&format!("cargo install {} {} (once per user, some minutes)", self.krate, self.version));
            process::run(task, cargo().args(self.install_args(unfinished)).current_dir(tools_folder()?))
        })
    }

    /// Without `--locked`: the versions that a tool was published with may have been withdrawn since.
    fn install_args(&self, into: &Path) -> Vec<String> {
        ["install", "--root", &into.to_string_lossy(), self.krate, "--version", &format!("={}", self.version)]
            .map(str::to_owned)
            .to_vec()
    }
}

/// Fills a folder of the cache unless it is complete; `install` receives the folder to install into.
pub(crate) fn ensure_cached(
    task: &Task,
    name: &str,
    is_right: impl Fn(&Path) -> bool,
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<bool> {
    let tools = tools_folder()?;
    fs::create_dir_all(&tools).with_context(|| format!("cannot create {}", tools.display()))?;
    // Two runs at once (two clones, say): the second waits, and then finds the tool.
    let lock = File::create(tools.join(format!("{name}.lock")))?;
    if lock.try_lock().is_err() {
        task.note(&format!("another run is installing {name}, waiting for it …"));
        lock.lock()?;
    }
    let place = tools.join(name);
    if is_right(&place) {
        return Ok(false);
    }
    task.line(&format!("into {}", place.display()));
    // Renamed only when complete: an interrupted install must not look like a finished one.
    let unfinished = tools.join(format!("{name}.unfinished"));
    remove_folder(&unfinished)?;
    install(&unfinished)?;
    remove_folder(&place)?;
    fs::rename(&unfinished, &place)?;
    if !is_right(&place) {
        bail!("{name} was installed but does not run");
    }
    Ok(true)
}

/// The step that installs wasm-bindgen's CLI.
pub(crate) fn ensure_wasm_bindgen(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    Ok(outcome(wasm_bindgen(workspace)?.ensure(task)?))
}

/// The step that installs what only tests need.
pub(crate) fn ensure_test_tools(_: &Workspace, task: &Task) -> Result<Outcome> {
    let mut installed = wasm_pack().ensure(task)?;
    installed |= geckodriver().ensure(task)?;
    Ok(outcome(installed))
}

/// The step that adds the wasm target to the toolchain.
pub(crate) fn ensure_target(_: &Workspace, task: &Task) -> Result<Outcome> {
    if has_target()? {
        return Ok(outcome(false));
    }
    rustup(task, &["target", "add", WASM_TARGET])?;
    Ok(outcome(true))
}

/// The step that adds clippy and rustfmt to the toolchain.
pub(crate) fn ensure_components(_: &Workspace, task: &Task) -> Result<Outcome> {
    let mut added = false;
    for (component, command) in [("clippy", "clippy"), ("rustfmt", "fmt")] {
        if !process::succeeds(cargo().args([command, "--version"])) {
            rustup(task, &["component", "add", component])?;
            added = true;
        }
    }
    Ok(outcome(added))
}

pub(crate) fn outcome(installed: bool) -> Outcome {
    if installed { Outcome::Done } else { Outcome::Already("already there".to_owned()) }
}

/// Queries the compiler, not rustup: a toolchain that was installed otherwise works as well.
fn has_target() -> Result<bool> {
    let folder = process::output(rustc().args(["--print", "target-libdir", "--target", WASM_TARGET]))?;
    let Ok(entries) = fs::read_dir(folder.trim()) else {
        return Ok(false);
    };
    Ok(entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-")))
}

fn rustup(task: &Task, args: &[&str]) -> Result<()> {
    let wanted = args.join(" ");
    if process::on_path("rustup").is_none() {
        bail!(
            "this Rust toolchain was not installed by rustup, so it cannot be completed from here; \
             install what `rustup {wanted}` would, or rustup itself (https://rustup.rs)"
        );
    }
    process::run(task, Command::new("rustup").args(args)).with_context(|| format!("run it manually: rustup {wanted}"))
}

/// The cargo that runs this command.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set for this crate by the cargo that started us; they would only make other builds differ.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// The version text of the compiler, for fingerprints.
pub(crate) fn rustc_version() -> Result<String> {
    process::output(rustc().arg("-vV"))
}

/// The cache of tools: per user, so that a second clone does not build them again.
pub(crate) fn tools_folder() -> Result<PathBuf> {
    Ok(cache_folder()?.join("tools"))
}

/// This project's folder in the user's cache.
pub(crate) fn cache_folder() -> Result<PathBuf> {
    cache_in(std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from), std::env::var_os("HOME").map(PathBuf::from))
}

fn cache_in(xdg: Option<PathBuf>, home: Option<PathBuf>) -> Result<PathBuf> {
    // The XDG specification wants relative and empty values ignored.
    let base = xdg
        .filter(|path| path.is_absolute())
        .or_else(|| home.map(|home| home.join(".cache")))
        .context("set HOME or XDG_CACHE_HOME, so that tools can be stored there")?;
    Ok(base.join("hyperstack-credentials"))
}

/// Removes a folder that may not exist.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Copies every file below `from` to the same place below `to`.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for file in files_below(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_tools_per_user_and_version() {
        let home = Some(PathBuf::from("/home/ada"));
        let folder = cache_in(None, home.clone()).unwrap();
        assert_eq!(
            geckodriver().bin_in(&folder.join("tools")),
            Path::new("/home/ada/.cache/hyperstack-credentials/tools/geckodriver-0.37.1/bin")
        );
        let xdg = cache_in(Some("/var/cache/ada".into()), home.clone()).unwrap();
        assert_eq!(xdg, Path::new("/var/cache/ada/hyperstack-credentials"));
        assert_eq!(cache_in(Some("relative".into()), home).unwrap(), folder);
        assert!(cache_in(None, None).is_err());
    }

    #[test]
    fn installs_exactly_the_version_and_without_its_old_lock() {
        let args = wasm_pack().install_args(Path::new("/cache/x.unfinished"));
        assert_eq!(args.join(" "), "install --root /cache/x.unfinished wasm-pack --version =0.15.1");
    }
}
