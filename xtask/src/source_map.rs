//! Rewrites esbuild's source maps for the package: identical on every machine, with the sources, without the wasm.
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::package::is_generated;

/// The part of esbuild's paths before a source of the facade.
const FACADE: &str = "pkg-template/src/";

/// The part of esbuild's paths before a bundled library.
const LIBRARIES: &str = "node_modules/";

/// Replaces the text of a wasm module. Without content, some tools look for the source file, and warn.
const LEFT_OUT: &str = "// The WebAssembly module as text is left out of this source map.\n";

/// Rewrites a map: sources of the facade become `../src/…`, bundled libraries `../libraries/…`, generated files
/// `../generated/…`. The text of a wasm module is left out.
pub(crate) fn for_package(map: &str) -> Result<String> {
    let mut map: Value = serde_json::from_str(map).context("esbuild's source map is not JSON")?;
    let sources = map.get_mut("sources").and_then(Value::as_array_mut).context("a source map lists sources")?;
    let mut without_text = Vec::new();
    for source in sources {
        let place = source.as_str().context("a source is a path")?;
        let file = place.rsplit('/').next().unwrap_or_default();
        without_text.push(file.ends_with("_bg.wasm.js"));
        let name = if let Some((_, file)) = place.split_once(FACADE) {
            format!("../src/{file}")
        } else if let Some((_, file)) = place.split_once(LIBRARIES) {
            format!("../libraries/{file}")
        } else if is_generated(file) {
            format!("../generated/{file}")
        } else {
            bail!("the source map names {place}, which is neither the facade's nor a library's nor generated")
        };
        *source = json!(name);
    }
    let contents =
        map.get_mut("sourcesContent").and_then(Value::as_array_mut).context("a source map has its sources")?;
    for (content, is_wasm) in contents.iter_mut().zip(without_text) {
        if is_wasm {
            *content = json!(LEFT_OUT);
        }
    }
    Ok(map.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_sources_the_same_names_everywhere_and_leaves_the_wasm_out() {
        let map = |target: &str| {
            json!({
                "version": 3,
                "sources": ["../../pkg-template/src/load/text.ts", format!("{target}/client_glue.js"), format!("{target}/client_bg.wasm.js")],
                "sourcesContent": ["text", "glue", "wasm"],
                "mappings": "A",
            })
            .to_string()
        };
        let rewritten = for_package(&map("../wasm")).unwrap();
        assert_eq!(rewritten, for_package(&map("../../../elsewhere")).unwrap());
        let json: Value = serde_json::from_str(&rewritten).unwrap();
        let sources = json!(["../src/load/text.ts", "../generated/client_glue.js", "../generated/client_bg.wasm.js"]);
        assert_eq!((&json["sources"], &json["sourcesContent"]), (&sources, &json!(["text", "glue", LEFT_OUT])));
        let library = for_package(r#"{"sources":["../../node_modules/a/b.js"],"sourcesContent":["b"]}"#).unwrap();
        assert!(library.contains("\"../libraries/a/b.js\""), "{library}");
        assert!(for_package(r#"{"sources":["/home/ada/x.ts"],"sourcesContent":[""]}"#).is_err());
    }
}
