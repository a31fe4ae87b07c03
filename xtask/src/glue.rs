//! Owns the glue between the facade and an instance of the core: `pkg-template/src/glue.js`, fitted to the module.
//!
//! wasm-bindgen's own glue is four times as long, and makes one instance for ever; ours is a factory. A trap leaves an
//! instance that must not be entered again, while timers and promises still hold functions of it. How values cross is
//! wasm-bindgen's to say, so what it generates is read, and whatever differs from what ours does fails the build.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Where the template wants the functions that the core imports.
const IMPORTS: &str = "IMPORTS";

/// How values cross, in wasm-bindgen's words: all that `glue.js` relies on.
const CROSSINGS: [&str; 10] = [
    "const ret = wasm.begin(val3, ptr0, len0, ptr1, len1);",
    "ptr0 = passStringToWasm0(asked, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);",
    "ptr1 = isLikeNone(argument) ? 0 : passStringToWasm0(argument, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);",
    "const ret = wasm.step(val3, ptr0, len0, ptr1, len1, val4, val5, val6);",
    "ptr1 = passStringToWasm0(body, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);",
    "return getStringFromWasm0(ret[0], ret[1]);",
    "const ret = wasm.quota(place);",
    "const ret = wasm.enter(arena);",
    "wasm.leave(arena);",
    "wasm.__wbindgen_start();",
];
/// The same of an imported function from text to text.
const TEXT_TO_TEXT: [&str; 3] = [
    "(getStringFromWasm0(arg1, arg2));",
    "getDataViewMemory0().setInt32(arg0 + 4 * 1, len1, true);",
    "getDataViewMemory0().setInt32(arg0 + 4 * 0, ptr1, true);",
];

/// What the core may import, by how wasm-bindgen's names begin, and what `glue.js` has for it.
const IMPORTED: [(&str, &str); 4] = [
    ("__wbg_foldName_", "passing(foldName)"),
    ("__wbg___wbindgen_throw_", "refuse"),
    // Values of JavaScript do not cross, so their table is not used.
    ("__wbindgen_init_externref_table", "nothing"),
    // Only with the feature `trap`.
    ("__wbg_hyperstackTrap_", "passing((place) => globalThis.hyperstackTrap(place))"),
];

/// Fits `template` to a module whose imports and exports wasm-opt has renamed (all modules to `a`), as it told in
/// `renamed`; `generated` is wasm-bindgen's glue for it. The long names, half of them hashes, are the least compressible
/// part of both files.
pub(crate) fn fit(template: &str, generated: &str, renamed: &str) -> Result<String> {
    let generated = generated.replace("arg0 >>> 0", "arg0").replace("(arg0) ", "arg0 ");
    for crossing in CROSSINGS.iter().chain(&TEXT_TO_TEXT) {
        if !generated.contains(crossing) {
            bail!("values do not cross as glue.js has it: wasm-bindgen's glue does not say {crossing}");
        }
    }
    let renamed: Value = serde_json::from_str(renamed).context("wasm-opt told no names")?;
    let mut imports = String::from("a: {");
    for (long, short) in pairs(&renamed["imports"]) {
        let given = IMPORTED.iter().find_map(|(begin, given)| long.starts_with(begin).then_some(given));
        let given = given.with_context(|| format!("glue.js has nothing for the import {long}"))?;
        write!(imports, " {short}: {given},")?;
    }
    imports.push_str(" }");
    if template.matches(IMPORTS).count() != 1 {
        bail!("glue.js must say {IMPORTS} once");
    }
    let exports = pairs(&renamed["exports"]);
    let mut parts = template.split("wasm.");
    let mut fitted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (word, after) = part.split_at(part.find(|found| !is_word(found)).unwrap_or(part.len()));
        let short = exports.get(word).with_context(|| format!("glue.js uses {word}, which is no export"))?;
        fitted.extend(["wasm.", short, after]);
    }
    Ok(fitted.replace(IMPORTS, &imports))
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

    const TEMPLATE: &str = "const f = { IMPORTS };\nwasm.run(wasm.run_all);\n";
    const RENAMED: &str = r#"{"imports":[["./x.js","__wbg_foldName_1f","$"]],"exports":[["run","b"],["run_all","c"]]}"#;

    fn generated() -> String {
        let all: Vec<_> = CROSSINGS.into_iter().chain(TEXT_TO_TEXT).collect();
        all.join("\n").replace("setInt32(arg0 + 4", "setInt32((arg0 >>> 0) + 4")
    }

    #[test]
    fn names_are_the_modules() {
        let fitted = fit(TEMPLATE, &generated(), RENAMED).unwrap();
        assert_eq!(fitted, "const f = { a: { $: passing(foldName), } };\nwasm.b(wasm.c);\n");
        assert!(fit(&TEMPLATE.replace("wasm.run(", "wasm.other("), &generated(), RENAMED).is_err());
        assert!(fit(&TEMPLATE.replace("IMPORTS", ""), &generated(), RENAMED).is_err());
        assert!(fit(TEMPLATE, &generated(), &RENAMED.replace("foldName", "now")).is_err());
    }

    #[test]
    fn another_wasm_bindgen_fails_the_build() {
        for line in generated().lines() {
            let other = generated().replace(line, "");
            assert!(fit(TEMPLATE, &other, RENAMED).is_err(), "{line}");
        }
    }
}
