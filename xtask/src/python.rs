//! Installs schemathesis in a Python virtual environment in the per-user cache.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::lockfile::{at_least, version_in};
use crate::process;
use crate::progress::{Outcome, Task};
use crate::tools;
use crate::workspace::Workspace;

/// Everything in the environment, with its version.
const REQUIREMENTS: &str = "tests/contract/requirements.txt";
const LEAST_PYTHON: &str = "3.10.0";
const PACKAGES: [&str; 2] = ["python3", "python3-venv"];

/// The Python that has schemathesis; it is run as `python -m schemathesis.cli`, because the other programs of
/// an environment stop working when it is moved.
pub(crate) fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = requirements(workspace)?;
    let place = tools::tools_folder()?.join(folder_name(&requirements)?);
    if !is_environment(&place, &requirements) {
        bail!("schemathesis is not installed; `cargo xtask setup` installs it");
    }
    Ok(python_in(&place))
}

/// The step that installs it.
pub(crate) fn ensure_schemathesis(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let requirements = requirements(workspace)?;
    let is_right = |place: &Path| is_environment(place, &requirements);
    let installed = tools::ensure_cached(task, &folder_name(&requirements)?, is_right, |unfinished| {
        ensure_python(task)?;
        process::run(task, Command::new("python3").args(["-m", "venv"]).arg(unfinished))?;
        process::run(
            task,
            Command::new(python_in(unfinished))
                .args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--requirement"])
                .arg(workspace.path(REQUIREMENTS)),
        )?;
        // Written last: it shows that the environment is complete, and with which versions.
        fs::write(unfinished.join("requirements.txt"), &requirements)?;
        Ok(())
    })?;
    Ok(tools::outcome(installed))
}

fn ensure_python(task: &Task) -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    apt::install(task, &PACKAGES, &missing)?;
    let still = self::missing();
    if !still.is_empty() {
        bail!("installed, but still not found: {}", still.join("; "));
    }
    Ok(())
}

fn missing() -> Vec<String> {
    let version = process::output(Command::new("python3").arg("--version")).unwrap_or_default();
    if !version_in(&version).is_some_and(|version| at_least(version, LEAST_PYTHON)) {
        return vec![format!("Python {LEAST_PYTHON} or newer")];
    }
    // Debian has the second in a separate package.
    let complete = process::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]));
    if complete { Vec::new() } else { vec!["Python's venv and ensurepip".to_owned()] }
}

fn requirements(workspace: &Workspace) -> Result<String> {
    fs::read_to_string(workspace.path(REQUIREMENTS)).with_context(|| format!("cannot read {REQUIREMENTS}"))
}

fn folder_name(requirements: &str) -> Result<String> {
    let version = requirements.lines().find_map(|line| line.strip_prefix("schemathesis=="));
    let version = version.with_context(|| format!("{REQUIREMENTS} does not pin schemathesis"))?;
    Ok(format!("schemathesis-{}", version.trim()))
}

fn python_in(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

fn is_environment(place: &Path, requirements: &str) -> bool {
    fs::read_to_string(place.join("requirements.txt")).is_ok_and(|text| text == requirements)
        // It links to the system's Python, which may have been removed.
        && process::succeeds(Command::new(python_in(place)).args(["-c", "import schemathesis"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_named_after_the_pinned_version() {
        assert_eq!(folder_name("rich==15.0.0\nschemathesis==4.32.5\n").unwrap(), "schemathesis-4.32.5");
        assert!(folder_name("schemathesis>=4\n").is_err());
    }

    #[test]
    fn other_requirements_make_another_environment() {
        let place = std::env::temp_dir().join(format!("xtask-python-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("requirements.txt"), "schemathesis==1\n").unwrap();
        assert!(!is_environment(&place, "schemathesis==1\nrich==2\n"));
        // A folder without a Python is not an environment either.
        assert!(!is_environment(&place, "schemathesis==1\n"));
        fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn every_requirement_is_pinned() {
        let text = requirements(&Workspace::locate().unwrap()).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.contains("=="), "{line}");
        }
    }
}
