//! Owns what becomes of wasm-bindgen's glue: a factory of instances instead of one for ever.
//!
//! A trap leaves an instance that must not be entered again, while timers and promises still hold functions of it. As
//! every instance has glue of its own, those keep to theirs, and the next call gets a fresh one. The loading code is
//! cut off: `pkg-template/src/core.ts` does that for every way an entry brings the wasm.

use anyhow::{Context, Result, bail};

/// Where wasm-bindgen's own loading begins; it goes on to the end of the file.
const LOADING: &str = "\nlet wasmModule, wasmInstance, wasm;\n";

/// The glue as a module that exports `createGlue`. Exact about what it finds, so that another version of wasm-bindgen
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
                let name = exported.strip_prefix("function ").and_then(|rest| rest.split('(').next());
                exports.push(name.with_context(|| format!("the glue exports what is no function: {line}"))?);
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
        "export const createGlue = () => {{\nlet wasm;\n{inner}\
         const attach = (exports) => {{ wasm = exports; wasm.__wbindgen_start(); }};\n\
         return {{ imports: __wbg_get_imports(), attach, {exports} }};\n}};\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADER: &str = "\nlet wasmModule, wasmInstance, wasm;\nfunction f() { wasm = instance.exports;\nwasm.__wbindgen_start(); }\nexport { f as default };\n";

    #[test]
    fn exports_become_members_and_the_loader_goes() {
        let glue =
            format!("/** A. */\nexport function run(a) {{\n    return wasm.run(a);\n}}\nfunction other() {{}}{LOADER}");
        let made = as_factory(&glue).unwrap();
        assert!(made.starts_with("export const createGlue = () => {\nlet wasm;\n/** A. */\nfunction run(a) {\n"));
        assert!(made.ends_with("attach, run };\n};\n"), "{made}");
        assert!(!made.contains("default"));
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
