//! Reads versions from `Cargo.lock` and compares versions. `tools` installs them.
use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The locked version of `package`, read from the repository's `Cargo.lock`.
pub(crate) fn locked(workspace: &Workspace, package: &str) -> Result<String> {
    let path = workspace.path("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", workspace.show(&path)))?;
    locked_in(&text, package)
}

/// The version of `package` in the text of a `Cargo.lock`.
fn locked_in(text: &str, package: &str) -> Result<String> {
    // The file is written by cargo, one `key = "value"` a line, name before version:
    // that needs no TOML parser.
    let mut versions = Vec::new();
    let mut in_package = false;
    for line in text.lines() {
        if line == "[[package]]" {
            in_package = false;
        } else if let Some(name) = quoted(line, "name") {
            in_package = name == package;
        } else if let Some(version) = quoted(line, "version")
            && in_package
        {
            versions.push(version.to_owned());
        }
    }
    match versions.as_slice() {
        [version] => Ok(version.clone()),
        [] => bail!("Cargo.lock has no package `{package}`"),
        several => bail!("Cargo.lock has `{package}` more than once: {}", several.join(", ")),
    }
}

fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')
}

/// The first thing in `text` that looks like `1.2.3`, as `--version` prints it.
pub(crate) fn version_in(text: &str) -> Option<&str> {
    text.split_whitespace().map(|word| word.trim_start_matches('v')).find(|word| {
        let mut parts = word.split('.');
        let numeric = |part: Option<&str>| part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        numeric(parts.next()) && numeric(parts.next()) && parts.next().is_some()
    })
}

/// Whether `version` is `least` or newer, comparing the dotted numbers; anything after them is ignored.
pub(crate) fn at_least(version: &str, least: &str) -> bool {
    numbers(version) >= numbers(least)
}

fn numbers(version: &str) -> [u64; 3] {
    let mut found = [0; 3];
    for (slot, part) in found.iter_mut().zip(version.split('.')) {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        *slot = part[..digits].parse().unwrap_or(0);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "somewhere"
dependencies = [
 "once_cell",
]

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.999"

[[package]]
name = "twice"
version = "1.0.0"

[[package]]
name = "twice"
version = "2.0.0"
"#;

    #[test]
    fn finds_exactly_the_named_package() {
        assert_eq!(locked_in(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
    }

    #[test]
    fn a_missing_or_ambiguous_package_is_an_error_that_names_it() {
        let missing = locked_in(LOCK, "serde").unwrap_err().to_string();
        assert!(missing.contains("serde"), "{missing}");
        let twice = locked_in(LOCK, "twice").unwrap_err().to_string();
        assert!(twice.contains("1.0.0, 2.0.0"), "{twice}");
    }

    #[test]
    fn reads_what_tools_print() {
        assert_eq!(version_in("wasm-bindgen 0.2.130\n"), Some("0.2.130"));
        assert_eq!(version_in("v20.20.2"), Some("20.20.2"));
        assert_eq!(version_in("geckodriver 0.37.1 (abc 2026-01-01)"), Some("0.37.1"));
        assert_eq!(version_in("no version. here"), None);
    }

    #[test]
    fn compares_numbers_not_text() {
        assert!(at_least("20.0.0", "20.0.0"));
        assert!(at_least("100.1.0", "20.9.9"));
        assert!(!at_least("9.9.9", "20.0.0"));
        assert!(!at_least("22.11.9", "22.12.0"));
        assert!(at_least("22.12.0-rc.1", "22.12.0"));
        assert!(!at_least("nonsense", "20.0.0"));
    }
}
