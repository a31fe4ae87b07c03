//! Owns what becomes of wasm-bindgen's glue: a factory of instances instead of one for ever.
//!
//! A trap leaves an instance that must not be entered again, while timers and promises still hold functions of it. As
//! every instance has glue of its own, those keep to theirs, and the next call gets a fresh one. The loading code is
//! cut off: `pkg-template/src/core.ts` does that for every way an entry brings the wasm.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Where wasm-bindgen's own loading begins; it goes on to the end of the file.
const LOADING: &str = "\nlet wasmModule, wasmInstance, wasm;\n";

/// The glue as a module that exports `createGlue`. `foldName` is what the core imports. Sessions are freed by whoever
/// carries them; a registry that frees them in their turn would go into instances that have died.
///
/// Exact about what it finds, so that another version of wasm-bindgen
/// fails the build instead of changing the package.
pub(crate) fn as_factory(glue: &str) -> Result<String> {
    let (body, loading) = glue.split_once(LOADING).context("the glue has no loading code where it is expected")?;
    if !loading.contains("wasm = instance.exports;") || !loading.contains("wasm.__wbindgen_start();") {
        bail!("the glue's loading code is not the one that core.ts stands in for");
    }
    if body.contains("import.meta") || body.contains("\nimport ") {
        bail!("the glue imports something");
    }
    let mut exports = Vec::new();
    let mut inner = String::with_capacity(body.len());
    for line in body.lines() {
        let line = match line.strip_prefix("export ") {
            Some(exported) => {
                // The class of a session is not exported: `begin` gives its objects.
                if !exported.starts_with("class ") {
                    let name = exported.strip_prefix("function ").and_then(|rest| rest.split('(').next());
                    exports.push(name.with_context(|| format!("the glue exports what is no function: {line}"))?);
                }
                exported
            }
            None => line,
        };
        inner.push_str(line);
        inner.push('\n');
    }
    if exports.is_empty() {
        bail!("the glue exports nothing");
    }
    let exports = exports.join(", ");
    Ok(format!(
        "export const createGlue = ({{ foldName }}) => {{\nlet wasm;\nconst FinalizationRegistry = undefined;\n{inner}\
         const attach = (exports) => {{ wasm = exports; wasm.__wbindgen_start(); }};\n\
         return {{ imports: __wbg_get_imports(), attach, {exports} }};\n}};\n"
    ))
}

/// The glue for a module whose imports and exports wasm-opt has renamed (all modules to `a`), as it told: their long names, half of them hashes, are the least
/// compressible part of both files.
pub(crate) fn with_short_names(glue: &str, renamed: &str) -> Result<String> {
    let renamed: Value = serde_json::from_str(renamed).context("wasm-opt told no names")?;
    let module = renamed["imports"][0][0].as_str().context("the module imports nothing")?;
    let quoted = format!("\"{module}\": ");
    if glue.matches(&quoted).count() != 1 {
        bail!("the glue does not hold the imports of {module} once");
    }
    let exports = pairs(&renamed["exports"]);
    let mut waiting = pairs(&renamed["imports"]);
    let mut short = String::with_capacity(glue.len());
    let mut rest = glue;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|found| !is_word(found)).unwrap_or(from.len()));
        short.push_str(before);
        let new = if short.ends_with("wasm.") {
            // What `wasm` has else (there is nothing) would not be an export.
            Some(*exports.get(word).with_context(|| format!("the glue uses {word}, which is no export"))?)
        } else if after.starts_with(": function") {
            waiting.remove(word)
        } else {
            None
        };
        short.push_str(new.unwrap_or(word));
        rest = after;
    }
    short.push_str(rest);
    if let Some(missing) = waiting.keys().next() {
        bail!("the glue does not give the import {missing}");
    }
    Ok(short.replace(&quoted, "\"a\": "))
}

/// Old and new names: the last two members of each entry.
fn pairs(list: &Value) -> BTreeMap<&str, &str> {
    let mut pairs = BTreeMap::new();
    for entry in list.as_array().into_iter().flatten() {
        if let Some([.., Value::String(old), Value::String(new)]) = entry.as_array().map(Vec::as_slice) {
            pairs.insert(old.as_str(), new.as_str());
        }
    }
    pairs
}

fn is_word(found: char) -> bool {
    found.is_ascii_alphanumeric() || found == '_' || found == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADER: &str = "\nlet wasmModule, wasmInstance, wasm;\nfunction f() { wasm = instance.exports;\nwasm.__wbindgen_start(); }\nexport { f as default };\n";

    #[test]
    fn exports_become_members_and_the_loader_goes() {
        let glue = format!(
            "/** A. */\nexport function run(a) {{\n    return wasm.run(a);\n}}\nfunction other() {{}}\nexport class Session {{}}{LOADER}"
        );
        let made = as_factory(&glue).unwrap();
        assert!(made.starts_with("export const createGlue = ({ foldName }) => {\nlet wasm;\n"), "{made}");
        assert!(made.contains("\n/** A. */\nfunction run(a) {\n") && made.contains("\nclass Session {}\n"), "{made}");
        assert!(made.ends_with("attach, run };\n};\n"), "{made}");
        assert!(!made.contains("default"));
    }

    #[test]
    fn names_are_shortened_where_they_are_names_of_the_module() {
        let renamed = r#"{"imports":[["./x.js","__wbg_now_1f","$"]],"exports":[["run","b"],["run_all","c"]]}"#;
        let glue = "const i = { __wbg_now_1f: function() {} };\nreturn { \"./x.js\": i };\nfunction run() { wasm.run(wasm.run_all); }\n";
        let short = with_short_names(glue, renamed).unwrap();
        assert_eq!(
            short,
            "const i = { $: function() {} };\nreturn { \"a\": i };\nfunction run() { wasm.b(wasm.c); }\n"
        );
        assert!(with_short_names(&glue.replace("__wbg_now_1f", "__wbg_now_2"), renamed).is_err());
        assert!(with_short_names(&glue.replace("wasm.run(", "wasm.other("), renamed).is_err());
        assert!(with_short_names(&glue.replace("./x.js", "./y.js"), renamed).is_err());
    }

    #[test]
    fn another_wasm_bindgen_fails_the_build() {
        for glue in [
            "export function run() {}".to_owned(),
            LOADER.to_owned(),
            format!("export const run = 1;{LOADER}"),
            format!("x\nimport a from 'b';\nexport function run() {{}}{LOADER}"),
            format!("export function run() {{}}{}", LOADER.replace("__wbindgen_start", "start")),
        ] {
            assert!(as_factory(&glue).is_err(), "{glue}");
        }
    }
}
