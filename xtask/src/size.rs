//! Owns measuring what a user downloads; making it small is the build's work.
use std::fs;
use std::io::Write;
use std::process::Command;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::process;
use crate::workspace::Workspace;

/// The scripts of the package and the one that is left to measure the wasm.
const SCRIPTS: [&str; 4] = ["external.js", "workerd.js", "index.js", "index.cjs"];
const WASM: &str = "hyperstack_credentials_bg.wasm";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Size {
    fn of(bytes: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        let params = brotli::enc::BrotliEncoderParams { quality: 11, size_hint: bytes.len(), ..Default::default() };
        let mut compressed = Vec::new();
        brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &params)?;
        Ok(Self { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: compressed.len() })
    }

    fn plus(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

/// Prints the table for the package in `pkg/`.
pub(crate) fn print(workspace: &Workspace) -> Result<()> {
    let dist = workspace.path("pkg/dist");
    let wasm = Size::of(&fs::read(dist.join(WASM)).context("the package has no wasm")?)?;
    println!("{}", row("bytes", ["raw", "gzip", "brotli"]));
    println!("{}", size_row(WASM, wasm));
    let mut external = Size::default();
    let mut inline = Size::default();
    for script in SCRIPTS {
        let minified = workspace.target(&format!("size/{script}"));
        // As a user's bundler would: the package itself stays readable.
        process::output(
            Command::new(workspace.npm_bin("esbuild"))
                .arg(dist.join(script))
                .args(["--minify", "--charset=utf8", "--target=es2022"])
                .args(["--legal-comments=none", "--log-level=error"])
                .arg(format!("--outfile={}", minified.display())),
        )?;
        let size = Size::of(&fs::read(&minified)?)?;
        println!("{}", size_row(&format!("{script} (minified)"), size));
        match script {
            "external.js" => external = size,
            "index.js" => inline = size,
            _ => {}
        }
    }
    println!();
    println!("{}", size_row("external: wasm + js", wasm.plus(external)));
    println!("{}", size_row("inline", inline));
    Ok(())
}

fn size_row(name: &str, size: Size) -> String {
    let [raw, gzip, brotli] = [size.raw, size.gzip, size.brotli].map(|bytes| bytes.to_string());
    row(name, [&raw, &gzip, &brotli])
}

fn row(name: &str, [raw, gzip, brotli]: [&str; 3]) -> String {
    format!("{name:<32} {raw:>9} {gzip:>9} {brotli:>9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_measured() {
        let text = "the same words again and again, ".repeat(200);
        let size = Size::of(text.as_bytes()).unwrap();
        assert_eq!(size.raw, text.len());
        assert!(size.brotli < size.gzip && size.gzip < size.raw / 10, "{size:?}");
    }

    #[test]
    fn rows_line_up() {
        let size = Size { raw: 1, gzip: 22, brotli: 333 };
        assert_eq!(size_row("a", size).len(), row("bytes", ["raw", "gzip", "brotli"]).len());
    }
}
