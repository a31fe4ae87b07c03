//! Owns measuring what a user downloads; making it small is the build's work.
use std::fs;
use std::io::Write;
use std::process::Command;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::anatomy;
use crate::process;
use crate::progress::{Outcome, Task};
use crate::wasm;
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

/// What of the package a script takes, what a bundler then makes of it with the wasm apart, and what it drops.
struct Use {
    takes: &'static str,
    /// Words that only what is dropped says.
    without: &'static [&'static str],
    bound: Bound,
}

/// What is held to a bound: the last measurement, when and why it became that. More than 8 % from it, up or down, fails,
/// so that no growth goes unexplained and no bound stays behind what is possible.
struct Bound {
    what: &'static str,
    /// What docs/decisions/0013-size.md aims for, in bytes of brotli.
    goal: usize,
    /// What it must never pass, whatever the bound.
    gate: usize,
    brotli: usize,
    since: &'static str,
    because: &'static str,
}

const WEBHOOKS: &str = "whsec_";
const HANDLER: &str = "application/problem+json";
const ISSUING: &str = "credentials.issueMany";

const USES: [Use; 3] = [
    Use {
        takes: "*",
        without: &[],
        bound: Bound {
            what: "everything: wasm + js",
            goal: 25_000,
            gate: usize::MAX,
            brotli: 38_700,
            since: "2026-11-22",
            because: "texts instead of tables, one word instead of two, one way in (docs/decisions/0013-size.md)",
        },
    },
    Use {
        takes: "{ Hyperstack }",
        without: &[WEBHOOKS, HANDLER],
        bound: Bound {
            what: "the client: wasm + js",
            goal: 25_000,
            gate: 30_000,
            brotli: 29_900,
            since: "2026-11-22",
            because: "the same; 30 000 is the design's hard gate",
        },
    },
    Use {
        takes: "{ Verifier }",
        without: &[WEBHOOKS, HANDLER, ISSUING],
        bound: Bound {
            what: "Verifier: wasm + js",
            goal: 25_000,
            gate: 30_000,
            brotli: 26_500,
            since: "2026-11-22",
            because: "the same; the wasm is the same for all",
        },
    },
];
const INLINE: Bound = Bound {
    what: "inline",
    goal: 32_000,
    gate: usize::MAX,
    brotli: 39_900,
    since: "2026-11-22",
    because: "as everything; the wasm is text that brotli can read (docs/decisions/0009-package.md)",
};
const TOLERANCE_PERCENT: usize = 8;

impl Bound {
    /// What is wrong with a size, if anything.
    fn broken_by(&self, brotli: usize) -> Option<String> {
        let most = self.gate.min(self.brotli * (100 + TOLERANCE_PERCENT) / 100);
        let least = self.brotli * (100 - TOLERANCE_PERCENT) / 100;
        let Self { what, brotli: bound, since, because, .. } = self;
        ((most < brotli) || (brotli < least)).then(|| {
            format!("{what} is {brotli} bytes of brotli, its bound {bound} (± {TOLERANCE_PERCENT} %) since {since}: {because}. If that is meant, say so in xtask/src/size.rs")
        })
    }
}

/// The files of the package in `pkg/`, and what users download of it.
struct Measured {
    files: Vec<(String, Size)>,
    downloads: Vec<(&'static Bound, Size)>,
}

fn measure(workspace: &Workspace) -> Result<Measured> {
    let dist = workspace.path("pkg/dist");
    let wasm = Size::of(&fs::read(dist.join(WASM)).context("the package has no wasm")?)?;
    let mut files = vec![(WASM.to_owned(), wasm)];
    let mut downloads = Vec::new();
    for used in &USES {
        downloads.push((&used.bound, wasm.plus(bundled(workspace, used)?)));
    }
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
        if script == "index.js" {
            downloads.push((&INLINE, size));
        }
        files.push((format!("{script} (minified)"), size));
    }
    Ok(Measured { files, downloads })
}

/// The script that a bundler makes of one use.
fn bundled(workspace: &Workspace, used: &Use) -> Result<Size> {
    let folder = workspace.target("size");
    fs::create_dir_all(&folder)?;
    let (entry, bundle) = (folder.join("use.js"), folder.join("used.js"));
    let external = workspace.path("pkg/dist/external.js");
    fs::write(&entry, format!("export {} from {:?};\n", used.takes, external.display().to_string()))?;
    process::output(
        Command::new(workspace.npm_bin("esbuild"))
            .arg(&entry)
            .args(["--bundle", "--format=esm", "--external:*.wasm", "--minify", "--charset=utf8", "--target=es2022"])
            .args(["--legal-comments=none", "--log-level=error"])
            .arg(format!("--outfile={}", bundle.display())),
    )?;
    let script = fs::read_to_string(&bundle)?;
    if let Some(word) = used.without.iter().find(|word| script.contains(**word)) {
        bail!("a bundle of {} holds {word:?}, which nothing of it needs: is there a side effect?", used.takes);
    }
    Size::of(script.as_bytes())
}

/// Prints what a user downloads, and where the wasm's bytes go.
pub(crate) fn print(workspace: &Workspace) -> Result<()> {
    let measured = measure(workspace)?;
    println!("{}", row("bytes", ["raw", "gzip", "brotli"]));
    for (name, size) in &measured.files {
        println!("{}", size_row(name, *size));
    }
    println!();
    for (bound, size) in &measured.downloads {
        println!("{}   goal {}", size_row(bound.what, *size), bound.goal);
    }
    println!("\nwhere the wasm's bytes go (raw; inlined code counts where it went)");
    let parts = anatomy::of(&fs::read(wasm::SHIPPED.named(workspace)?)?)?;
    let whole: usize = parts.iter().map(|(_, bytes)| bytes).sum();
    for (part, bytes) in parts {
        let permille = bytes * 1000 / whole;
        println!("{part:<42} {bytes:>7} {:>3}.{} %", permille / 10, permille % 10);
    }
    Ok(())
}

/// The step that holds the bounds.
pub(crate) fn check(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let measured = measure(workspace)?;
    let sizes = measured.downloads;
    for (bound, size) in &sizes {
        task.note(&format!("{}: {} bytes of brotli, goal {}", bound.what, size.brotli, bound.goal));
    }
    let broken: Vec<_> = sizes.iter().filter_map(|(bound, size)| bound.broken_by(size.brotli)).collect();
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(Outcome::Done)
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
    fn bounds_hold_both_ways() {
        let bound = Bound { what: "it", goal: 1, gate: usize::MAX, brotli: 1000, since: "today", because: "so" };
        for (size, fine) in [(1000, true), (1080, true), (1081, false), (920, true), (919, false)] {
            assert_eq!(bound.broken_by(size).is_none(), fine, "{size}");
        }
        let gated = Bound { gate: 1070, ..bound };
        assert!(gated.broken_by(1070).is_none() && gated.broken_by(1071).is_some());
    }

    #[test]
    fn what_is_dropped_is_said_in_the_sources() {
        for (word, file) in [(WEBHOOKS, "webhooks"), (HANDLER, "verify-handler"), (ISSUING, "issue-many")] {
            let path = format!("{}/../pkg-template/src/{file}.ts", env!("CARGO_MANIFEST_DIR"));
            assert!(
                fs::read_to_string(path).unwrap().contains(word),
                "{word} is not in {file}.ts any more, so it proves nothing"
            );
        }
    }

    #[test]
    fn rows_line_up() {
        let size = Size { raw: 1, gzip: 22, brotli: 333 };
        assert_eq!(size_row("a", size).len(), row("bytes", ["raw", "gzip", "brotli"]).len());
    }
}
