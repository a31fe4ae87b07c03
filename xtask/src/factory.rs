//! Turns wasm-bindgen's glue into a factory, so that each instance of a module has its own copy of it. After a trap, the
//! old copy belongs to a dead instance whose timers and promises still call it.
//!
//! This relies on how one version of wasm-bindgen writes `--target bundler` glue. Any other form fails the build.
use std::fmt::Write;

use anyhow::{Result, bail, ensure};

/// The version of wasm-bindgen whose glue this was written for; `Cargo.toml` pins the library to it.
pub(crate) const WASM_BINDGEN: &str = "0.2.130";

/// The code with which the glue receives its instance.
const SET_WASM: &str = "\nlet wasm;\nexport function __wbg_set_wasm(val) {\n    wasm = val;\n}\n";
/// The code that starts an instance, in the script that wasm-bindgen writes beside the glue; the loader does the same.
const START: &str = "\n__wbg_set_wasm(wasm);\nwasm.__wbindgen_start();\n";

/// Returns the script of a factory: `factory.createGlue()` returns what `glue` exports, and `factory.importName` is
/// the name under which the wasm imports it. `entry` is the script that wasm-bindgen wrote beside the glue.
pub(crate) fn create(glue: &str, entry: &str, import_name: &str) -> Result<String> {
    ensure!(
        glue.matches(SET_WASM).count() == 1 && entry.contains(START) && entry.contains(import_name),
        "wasm-bindgen's glue for {import_name} does not start an instance as xtask/src/factory.rs expects"
    );
    let (mut imports, mut body, mut names) = (String::new(), String::new(), Vec::new());
    for line in glue.lines() {
        if line.starts_with("import ") {
            // Snippets: they are shared by all instances.
            writeln!(imports, "{line}")?;
        } else if let Some(declaration) = line.strip_prefix("export ") {
            names.push(declared_name(declaration)?);
            writeln!(body, "{declaration}")?;
        } else {
            writeln!(body, "{line}")?;
        }
    }
    Ok(format!(
        "{imports}const createGlue = () => {{\n{body}return {{ {} }};\n}};\n\
         export const factory = {{ importName: \"{import_name}\", createGlue }};\n",
        names.join(", ")
    ))
}

/// The name of an exported declaration.
fn declared_name(declaration: &str) -> Result<&str> {
    let rest = ["function ", "async function ", "class ", "const ", "let "]
        .iter()
        .find_map(|keyword| declaration.strip_prefix(keyword));
    let Some(rest) = rest else {
        bail!("wasm-bindgen's glue has an export that xtask/src/factory.rs does not expect: {declaration}");
    };
    let is_word = |found: char| found.is_ascii_alphanumeric() || found == '_' || found == '$';
    Ok(rest.split(|found| !is_word(found)).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "import { snippet } from './snippets/a.js';\nexport function view(config) {\n    \
                        return wasm.view(config);\n}\nexport class Client {\n}\nfunction inner() {}\n\nlet wasm;\n\
                        export function __wbg_set_wasm(val) {\n    wasm = val;\n}\n";
    const ENTRY: &str = "import * as wasm from \"./a_bg.wasm\";\nimport { __wbg_set_wasm } from \"./a_bg.js\";\n\n\
                         __wbg_set_wasm(wasm);\nwasm.__wbindgen_start();\n";

    #[test]
    fn moves_everything_but_imports_into_the_factory() {
        let script = create(GLUE, ENTRY, "./a_bg.js").unwrap();
        assert_eq!(
            script,
            "import { snippet } from './snippets/a.js';\n\
             const createGlue = () => {\n\
             function view(config) {\n    return wasm.view(config);\n}\nclass Client {\n}\nfunction inner() {}\n\n\
             let wasm;\nfunction __wbg_set_wasm(val) {\n    wasm = val;\n}\n\
             return { view, Client, __wbg_set_wasm };\n};\n\
             export const factory = { importName: \"./a_bg.js\", createGlue };\n"
        );
    }

    #[test]
    fn refuses_glue_of_another_form() {
        for (glue, entry) in [
            (GLUE.replace("let wasm;", "let wasm = imported;"), ENTRY.to_owned()),
            (GLUE.replace("export class Client {", "export default class {"), ENTRY.to_owned()),
            (format!("{GLUE}export {{ inner }};\n"), ENTRY.to_owned()),
            (GLUE.to_owned(), ENTRY.replace("wasm.__wbindgen_start();\n", "")),
            (GLUE.to_owned(), ENTRY.replace("./a_bg.js", "./b_bg.js")),
        ] {
            assert!(create(&glue, &entry, "./a_bg.js").is_err(), "{glue}{entry}");
        }
    }
}
