//! Measures what a user downloads and compares it with the size budgets.
use std::fs;
use std::io::Write;
use std::process::Command;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::process;
use crate::progress::{Outcome, Task};
use crate::wasm;
use crate::workspace::Workspace;

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

/// A size budget, in bytes of brotli.
struct Budget {
    /// The step fails above it: the size when it was set, and 8 %. It is above the gate while the gate is missed, and may
    /// only be lowered.
    bound: usize,
    /// The design's gate. Every run says whether it is met.
    gate: usize,
    goal: usize,
}

/// A use of the package, as a user's bundler builds it.
struct Use {
    about: &'static str,
    /// What is imported, and from which script of the package.
    takes: &'static str,
    from: &'static str,
    /// The wasm file beside the script; `None` if it is inside.
    wasm: Option<&'static wasm::Module>,
    /// Words that only unused code contains.
    without: &'static [&'static str],
    budget: Option<Budget>,
}

const WEBHOOKS: &str = "whsec_";
const HANDLER: &str = "application/problem+json";
const ISSUING: &str = "credentials.issueMany";

const USES: [Use; 7] = [
    Use {
        about: "browser, Verifier alone: wasm + script",
        takes: "{ Verifier }",
        from: "external.js",
        wasm: Some(&wasm::VERIFIER),
        without: &[WEBHOOKS, HANDLER, ISSUING],
        budget: Some(Budget { bound: 53_000, gate: 30_000, goal: 24_000 }),
    },
    Use {
        about: "server, Hyperstack: wasm + script",
        takes: "{ Hyperstack }",
        from: "workerd.js",
        wasm: Some(&wasm::CLIENT),
        without: &[WEBHOOKS, HANDLER],
        budget: Some(Budget { bound: 122_000, gate: 76_000, goal: 62_000 }),
    },
    Use {
        about: "server, everything: wasm + script",
        takes: "*",
        from: "workerd.js",
        wasm: Some(&wasm::CLIENT),
        without: &[],
        budget: None,
    },
    Use {
        about: "Verifier alone, wasm inside the script",
        takes: "{ Verifier }",
        from: "index.js",
        wasm: None,
        without: &[WEBHOOKS, HANDLER, ISSUING],
        budget: None,
    },
    Use {
        about: "the element, wasm inside the script",
        takes: "*",
        from: "element.js",
        wasm: None,
        without: &[WEBHOOKS, HANDLER, ISSUING],
        budget: None,
    },
    Use {
        about: "Hyperstack in Node, wasm inside the script",
        takes: "{ Hyperstack }",
        from: "node.js",
        wasm: None,
        without: &[WEBHOOKS, HANDLER],
        budget: None,
    },
    Use {
        about: "both in a page, wasm inside the script",
        takes: "{ Hyperstack, Verifier }",
        from: "index.js",
        wasm: None,
        without: &[WEBHOOKS, HANDLER],
        budget: None,
    },
];

/// The size of a use: the bundled script, and the wasm beside it.
struct Measured {
    used: &'static Use,
    script: Size,
    wasm: Size,
}

impl Measured {
    fn whole(&self) -> Size {
        self.script.plus(self.wasm)
    }

    /// The sentence about the budget, and whether the bound holds.
    fn verdict(&self) -> Option<(String, bool)> {
        let Budget { bound, gate, goal } = self.used.budget.as_ref()?;
        let brotli = self.whole().brotli;
        let distance = |name: &str, limit: usize| match brotli.checked_sub(limit) {
            Some(above @ 1..) => format!("{name} {limit} MISSED by {above}"),
            _ => format!("{name} {limit} met"),
        };
        let verdict = format!("bound {bound}, {}, {}", distance("gate", *gate), distance("goal", *goal));
        Some((verdict, brotli <= *bound))
    }
}

fn measure(workspace: &Workspace, used: &'static Use) -> Result<Measured> {
    let wasm = match used.wasm {
        Some(module) => Size::of(&wasm_file(workspace, module)?)?,
        None => Size::default(),
    };
    Ok(Measured { used, script: Size::of(bundled(workspace, used)?.as_bytes())?, wasm })
}

fn wasm_file(workspace: &Workspace, module: &wasm::Module) -> Result<Vec<u8>> {
    let file = format!("pkg/dist/{}", module.file_name());
    fs::read(workspace.path(&file)).with_context(|| format!("there is no {file}"))
}

/// The bundled script of one use.
fn bundled(workspace: &Workspace, used: &Use) -> Result<String> {
    let folder = workspace.target("size");
    fs::create_dir_all(&folder)?;
    let (entry, bundle) = (folder.join("use.js"), folder.join("used.js"));
    let from = workspace.path("pkg/dist").join(used.from);
    fs::write(&entry, format!("export {} from {:?};\n", used.takes, from.display().to_string()))?;
    process::output(
        Command::new(workspace.npm_bin("esbuild"))
            .arg(&entry)
            .args(["--bundle", "--format=esm", "--external:*.wasm", "--minify", "--charset=utf8", "--target=es2022"])
            .args(["--legal-comments=none", "--log-level=error"])
            .arg(format!("--outfile={}", bundle.display())),
    )?;
    let script = fs::read_to_string(&bundle)?;
    if let Some(word) = used.without.iter().find(|word| script.contains(**word)) {
        bail!("a bundle of {} contains {word:?}, which it does not need: is there a side effect?", used.takes);
    }
    Ok(script)
}

/// Prints what a user downloads.
pub(crate) fn print(workspace: &Workspace) -> Result<()> {
    println!("{}", row("bytes", ["raw", "gzip", "brotli"]));
    for module in wasm::SHIPPED {
        println!("{}", size_row(&module.file_name(), Size::of(&wasm_file(workspace, module)?)?));
        println!("{}", size_row("  its glue, minified", Size::of(minified_glue(workspace, module)?.as_bytes())?));
    }
    for used in &USES {
        let measured = measure(workspace, used)?;
        println!("\n{}", size_row(used.about, measured.whole()));
        println!("{}", size_row("  of which script", measured.script));
        if let Some((verdict, _)) = measured.verdict() {
            println!("  {verdict}");
        }
    }
    Ok(())
}

fn minified_glue(workspace: &Workspace, module: &wasm::Module) -> Result<String> {
    process::output(Command::new(workspace.npm_bin("esbuild")).arg(module.glue(workspace)).args([
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--log-level=error",
    ]))
}

/// The step that enforces the bounds and reports the gates and goals.
pub(crate) fn check(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let mut broken = Vec::new();
    for used in &USES {
        // Also without a budget, because measuring fails if the bundle contains unused code.
        let measured = measure(workspace, used)?;
        let brotli = measured.whole().brotli;
        let Some((verdict, holds)) = measured.verdict() else { continue };
        task.note(&format!("{}: {brotli} bytes of brotli, {verdict}", used.about));
        if !holds {
            broken.push(format!("{} is {brotli} bytes of brotli, {verdict}", used.about));
        }
    }
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
    format!("{name:<44} {raw:>9} {gzip:>9} {brotli:>9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_compression() {
        let text = "the same words again and again, ".repeat(200);
        let size = Size::of(text.as_bytes()).unwrap();
        assert_eq!(size.raw, text.len());
        assert!(size.brotli < size.gzip && size.gzip < size.raw / 10, "{size:?}");
    }

    #[test]
    fn a_bound_may_be_reached_but_not_passed_and_a_missed_gate_is_said() {
        let bound = USES[0].budget.as_ref().unwrap().bound;
        let of = |brotli| {
            let script = Size { raw: 0, gzip: 0, brotli };
            Measured { used: &USES[0], script, wasm: Size::default() }.verdict().unwrap()
        };
        assert_eq!(of(24_000), (format!("bound {bound}, gate 30000 met, goal 24000 met"), true));
        assert_eq!(of(30_001).0, format!("bound {bound}, gate 30000 MISSED by 1, goal 24000 MISSED by 6001"));
        assert!(of(bound).1 && !of(bound + 1).1);
    }

    #[test]
    fn the_sources_contain_the_words_of_unused_code() {
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
