//! Installs Debian packages. Callers decide which ones are missing.
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::Task;

/// Installs packages; `missing` describes what they are for.
pub(crate) fn install(task: &Task, packages: &[&str], missing: &[String]) -> Result<()> {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if process::on_path("apt-get").is_none() {
        bail!(
            "not found: {}. This is no Debian, so install them your system's way \
             (on Debian: {by_hand})",
            missing.join("; ")
        );
    }
    let sudo = if is_root() {
        None
    } else if process::succeeds(Command::new("sudo").args(["-n", "true"])) {
        Some("sudo")
    } else {
        bail!("not found: {}. Installing needs root; run: sudo {by_hand}", missing.join("; "));
    };
    for args in [vec!["update"], [&["install", "-y", "--no-install-recommends"], packages].concat()] {
        process::run(task, &mut apt_get(sudo, &args)).with_context(|| format!("run it manually: {by_hand}"))?;
    }
    Ok(())
}

fn apt_get(sudo: Option<&str>, args: &[&str]) -> Command {
    // `env` passes the setting on through sudo, which drops the environment.
    let mut words: Vec<&str> = sudo.into_iter().collect();
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    words.extend(args);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_sudo_for_apt_if_needed() {
        let shown = |sudo| format!("{:?}", apt_get(sudo, &["update"]));
        assert!(shown(None).starts_with("\"env\""));
        assert!(shown(Some("sudo")).starts_with("\"sudo\" \"env\""));
    }
}
