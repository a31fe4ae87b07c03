//! Decides whether a build is up to date: fingerprints of its input files, stored in stamp files.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A fingerprint over names and contents (64-bit FNV-1a).
///
/// It detects a forgotten rebuild, not an attack. Unlike std's hasher it is the same in every compiler release.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds one labelled value; the lengths keep two neighbours from running together.
    pub(crate) fn add(&mut self, label: &str, value: &[u8]) {
        for part in [label.as_bytes(), value] {
            self.bytes(&(part.len() as u64).to_le_bytes());
            self.bytes(part);
        }
    }

    /// Adds a file, or every file below a folder in a fixed order; a missing path counts as such.
    pub(crate) fn add_path(&mut self, path: &Path) -> Result<()> {
        if path.is_dir() {
            for file in files_below(path)? {
                self.add_path(&file)?;
            }
            return Ok(());
        }
        let label = path.display().to_string();
        if path.exists() {
            let content = fs::read(path).with_context(|| format!("cannot read {label}"))?;
            self.add(&label, &content);
        } else {
            self.add(&label, b"(missing)");
        }
        Ok(())
    }

    /// The text that a stamp file holds.
    pub(crate) fn text(&self) -> String {
        format!("{:016x}\n", self.0)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Whether the stamp file holds this fingerprint.
pub(crate) fn is_fresh(stamp: &Path, fingerprint: &Fingerprint) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == fingerprint.text())
}

/// Writes the stamp. Call it after the work that it confirms.
pub(crate) fn write(stamp: &Path, fingerprint: &Fingerprint) -> Result<()> {
    if let Some(parent) = stamp.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(stamp, fingerprint.text()).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Every file below `folder`, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src/inner")).unwrap();
        fs::write(folder.join("src/a.rs"), "a").unwrap();
        fs::write(folder.join("src/inner/b.rs"), "b").unwrap();
        folder
    }

    fn of(folder: &Path) -> Fingerprint {
        let mut fingerprint = Fingerprint::new();
        fingerprint.add_path(folder).unwrap();
        fingerprint
    }

    #[test]
    fn a_stamp_is_fresh_until_a_file_is_changed_added_or_removed() {
        let folder = scratch("fresh");
        let (src, stamp) = (folder.join("src"), folder.join("out/stamp"));
        assert!(!is_fresh(&stamp, &of(&src)), "no stamp yet");
        write(&stamp, &of(&src)).unwrap();
        assert!(is_fresh(&stamp, &of(&src)));

        fs::write(src.join("inner/b.rs"), "changed").unwrap();
        assert!(!is_fresh(&stamp, &of(&src)), "changed");
        fs::write(src.join("inner/b.rs"), "b").unwrap();
        assert!(is_fresh(&stamp, &of(&src)), "changed back");
        fs::write(src.join("c.rs"), "").unwrap();
        assert!(!is_fresh(&stamp, &of(&src)), "one more");
        fs::remove_file(src.join("c.rs")).unwrap();
        fs::remove_file(src.join("a.rs")).unwrap();
        assert!(!is_fresh(&stamp, &of(&src)), "one less");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn values_do_not_run_together() {
        let two = |a: &str, b: &str| {
            let mut fingerprint = Fingerprint::new();
            fingerprint.add("x", a.as_bytes());
            fingerprint.add("x", b.as_bytes());
            fingerprint.text()
        };
        assert_ne!(two("ab", "c"), two("a", "bc"));
    }
}
