//! Compares the committed files that are generated from the Rust types with those types:
//! `pkg-template/src/types.ts` (only with the feature `typescript`) and the lists in `tests/vectors`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "this is a test")]

mod lists;
#[cfg(feature = "typescript")]
mod typescript;

use std::path::{Path, PathBuf};

/// Writes the files instead of comparing them.
const COMMAND: &str = "UPDATE_GENERATED=1 cargo test --features typescript --test generated";

/// Fails unless the committed file holds this text. With the environment variable `UPDATE_GENERATED` it writes the file.
fn compare(path: &str, expected: &str) {
    if is_update() {
        std::fs::write(in_repository(path), expected).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(in_repository(path)).unwrap_or_default();
    let first_difference =
        committed.lines().zip(expected.lines()).position(|(committed, expected)| committed != expected);
    let line = first_difference.unwrap_or_else(|| committed.lines().count().min(expected.lines().count()));
    assert!(
        committed == expected,
        "{path} is out of date from line {}:\n  committed: {}\n  generated: {}\nWrite it with: {COMMAND}",
        line + 1,
        committed.lines().nth(line).unwrap_or("(end)"),
        expected.lines().nth(line).unwrap_or("(end)"),
    );
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_GENERATED").is_some()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(in_repository(path)).unwrap()
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
