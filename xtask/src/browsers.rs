//! Finds browsers, the Debian packages that have them, and their `WebDriver` capabilities. `checks` decides what runs in them.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::apt::{self, is_root};
use crate::process;
use crate::progress::{Outcome, Task};
use crate::workspace::Workspace;

/// A browser that everything is tested in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    Chromium,
    Firefox,
}

const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMEDRIVER: [&str; 1] = ["chromedriver"];
const FIREFOX: [&str; 2] = ["firefox-esr", "firefox"];
const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "firefox-esr"];

impl Browser {
    /// Its name in tests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }

    /// The browser's program.
    pub(crate) fn program(self) -> Result<PathBuf> {
        first_on_path(match self {
            Self::Chromium => &CHROMIUM,
            Self::Firefox => &FIREFOX,
        })
    }

    /// The capabilities with which a driver starts it, headless.
    pub(crate) fn capabilities(self) -> Result<Value> {
        Ok(capabilities(self, &self.program()?.display().to_string(), is_root()))
    }

    /// Writes the capabilities to a file, for wasm-bindgen's test runner.
    pub(crate) fn write_capabilities(self, workspace: &Workspace) -> Result<PathBuf> {
        let path = workspace.target(&format!("webdriver/{}.json", self.name()));
        fs::create_dir_all(workspace.target("webdriver"))?;
        fs::write(&path, format!("{:#}\n", self.capabilities()?))?;
        Ok(path)
    }
}

/// Chromium's `WebDriver`.
pub(crate) fn chromedriver() -> Result<PathBuf> {
    first_on_path(&CHROMEDRIVER)
}

fn first_on_path(names: &[&str]) -> Result<PathBuf> {
    names
        .iter()
        .find_map(|name| process::on_path(name))
        .with_context(|| format!("none of these is on PATH: {}", names.join(", ")))
}

fn capabilities(browser: Browser, program: &str, root: bool) -> Value {
    match browser {
        Browser::Chromium => {
            let mut args = vec![
                "--headless=new",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                // Without these it contacts its vendor at every start, which fails slowly offline.
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                // Containers give /dev/shm 64 MB, too little for it.
                "--disable-dev-shm-usage",
            ];
            if root {
                // Its sandbox refuses to work as root; for any other user it stays on.
                args.push("--no-sandbox");
            }
            json!({ "goog:chromeOptions": { "binary": program, "args": args } })
        }
        Browser::Firefox => {
            json!({ "moz:firefoxOptions": { "binary": program, "args": ["-headless"] } })
        }
    }
}

/// Debian's `WebKit`, which is optional: its steps run only if it is installed.
pub(crate) struct WebKit {
    pub(crate) program: PathBuf,
    pub(crate) driver: PathBuf,
}

/// The packages with `WebKit`, its driver and a virtual screen.
pub(crate) const WEBKIT_PACKAGES: [&str; 2] = ["webkit2gtk-driver", "xvfb"];

/// `WebKit`, if it is installed completely.
pub(crate) fn webkit() -> Option<WebKit> {
    process::on_path("Xvfb")?;
    let driver = process::on_path("WebKitWebDriver")?;
    // Debian keeps the browser out of PATH: /usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser
    let program = folders_in("/usr/lib".as_ref())
        .flat_map(|architecture| folders_in(&architecture))
        .filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("webkit2gtk-")))
        .map(|folder| folder.join("MiniBrowser"))
        .find(|program| process::is_executable(program))?;
    Some(WebKit { program, driver })
}

fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_dir())
}

/// The step that installs what is missing of the browsers.
pub(crate) fn ensure(_: &Workspace, task: &Task) -> Result<Outcome> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(Outcome::Already("already there".to_owned()));
    }
    apt::install(task, &PACKAGES, &missing)?;
    let still = self::missing();
    if !still.is_empty() {
        bail!("installed, but still not found: {}", still.join("; "));
    }
    Ok(Outcome::Done)
}

fn missing() -> Vec<String> {
    [&CHROMIUM[..], &CHROMEDRIVER[..], &FIREFOX[..]]
        .into_iter()
        .filter(|names| first_on_path(names).is_err())
        .map(|names| names.join(" or "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chromium_args(root: bool) -> String {
        capabilities(Browser::Chromium, "/usr/bin/chromium", root)["goog:chromeOptions"]["args"].to_string()
    }

    #[test]
    fn chromium_keeps_its_sandbox_unless_started_by_root() {
        assert!(chromium_args(true).contains("--no-sandbox"));
        assert!(!chromium_args(false).contains("--no-sandbox"));
    }
}
