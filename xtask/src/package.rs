//! Owns what the npm package folder `pkg/` holds and that it is fit to publish; where its wasm comes from, `wasm` knows.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Task};
use crate::tools::remove_folder;
use crate::wasm;
use crate::workspace::Workspace;

/// The wasm file's name inside the package, by which the entries refer to it.
const WASM_FILE: &str = "hyperstack_credentials_bg.wasm";
/// What the template says instead of the version, which only `Cargo.toml` holds.
const VERSION_PLACEHOLDER: &str = "\"version\": \"0.0.0\"";

/// One bundled entry of the package.
struct Entry {
    /// Which file of `pkg-template/src/load` brings the wasm in.
    load: &'static str,
    format: &'static str,
    file: &'static str,
    /// Whether the wasm's bytes are inside the script.
    inline: bool,
}

const ENTRIES: [Entry; 5] = [
    Entry { load: "inline", format: "esm", file: "index.js", inline: true },
    Entry { load: "inline", format: "cjs", file: "index.cjs", inline: true },
    Entry { load: "workerd", format: "esm", file: "workerd.js", inline: false },
    Entry { load: "edge", format: "esm", file: "edge.js", inline: false },
    Entry { load: "external", format: "esm", file: "external.js", inline: false },
];

/// The step that composes `pkg/`.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    // Built beside and renamed: nobody sees, and no failure leaves, half a package.
    let unfinished = workspace.path("pkg.unfinished");
    compose(workspace, task, &wasm::SHIPPED, &unfinished)?;
    let place = workspace.path("pkg");
    remove_folder(&place)?;
    fs::rename(&unfinished, &place)?;
    link_for_node(workspace)?;
    Ok(Outcome::Done)
}

/// Makes the whole package of a core in `package`.
pub(crate) fn compose(workspace: &Workspace, task: &Task, core: &wasm::Core, package: &Path) -> Result<()> {
    remove_folder(package)?;
    let dist = package.join("dist");
    fs::create_dir_all(&dist)?;
    copy_texts(workspace, package)?;
    let module = core.module(workspace);
    if !module.exists() {
        bail!("{} is missing: the wasm was not built", workspace.show(&module));
    }
    fs::copy(&module, dist.join(WASM_FILE))?;
    write_integrity(&dist)?;
    declare_wasm(&dist)?;
    for entry in &ENTRIES {
        bundle(workspace, task, core, entry, &dist)?;
    }
    declarations(workspace, task, &dist)?;
    check(workspace, task, &dist)?;
    check_exports(package)
}

/// Writes the entry `./integrity`: what a page has to say to get this very wasm file and no other.
fn write_integrity(dist: &Path) -> Result<()> {
    const HASH: &str = "const { readFileSync } = require('fs'); const { createHash } = require('crypto'); \
         process.stdout.write(createHash('sha384').update(readFileSync(process.argv[1])).digest('base64'))";
    // Node is there anyway; a crate for this one hash would have to be compiled by every newcomer.
    let hash = process::output(Command::new(npm::node()?).args(["-e", HASH]).arg(dist.join(WASM_FILE)))?;
    let declaration = format!(
        "/** Subresource integrity of `{WASM_FILE}`, for `fetch` and `<link rel=\"preload\">`. */\n\
         export declare const wasmIntegrity: string;\n"
    );
    for (file, text) in [
        ("integrity.js", format!("export const wasmIntegrity = \"sha384-{hash}\";\n")),
        ("integrity.cjs", format!("exports.wasmIntegrity = \"sha384-{hash}\";\n")),
        ("integrity.d.ts", declaration.clone()),
        ("integrity.d.cts", declaration),
    ] {
        fs::write(dist.join(file), text)?;
    }
    Ok(())
}

/// Declares the wasm file as something to import: a module, an address or exports, as the importer's tool has it.
fn declare_wasm(dist: &Path) -> Result<()> {
    for (ending, export) in [("ts", "export default"), ("cts", "export =")] {
        let text = format!(
            "/** What your tool makes of a wasm file: `init` takes a module or bytes, and `fetch` an address. */\n\
             declare const wasm: unknown;\n{export} wasm;\n"
        );
        fs::write(dist.join(format!("{WASM_FILE}.d.{ending}")), text)?;
    }
    Ok(())
}

/// The step that packs `pkg/`, as `npm publish` would.
pub(crate) fn build_tarball(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    pack(task, &workspace.path("pkg"), &tarball(workspace)?)?;
    Ok(Outcome::Done)
}

/// Where the packed package lies.
pub(crate) fn tarball(workspace: &Workspace) -> Result<PathBuf> {
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    Ok(workspace.target(&format!("package/hyperstack-credentials-{}.tgz", version_of(&manifest)?)))
}

/// npm names the tarball by itself; `to` says where that will be.
fn pack(task: &Task, package: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a tarball lies in a folder")?;
    remove_folder(folder)?;
    fs::create_dir_all(folder)?;
    let mut npm = Command::new("npm");
    process::run(task, npm.args(["pack", "--pack-destination"]).arg(folder).current_dir(package))?;
    if !to.exists() {
        bail!("npm pack did not write {}", to.display());
    }
    Ok(())
}

/// The step that makes everything once more, in a place of its own, and compares the tarballs.
pub(crate) fn test_reproducible(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let again = workspace.building_in(workspace.target("again"));
    wasm::SHIPPED.build(&again, task)?;
    let package = again.target("pkg");
    compose(&again, task, &wasm::SHIPPED, &package)?;
    let (first, second) = (tarball(workspace)?, tarball(&again)?);
    pack(task, &package, &second)?;
    if fs::read(&first)? != fs::read(&second)? {
        bail!("two builds differ: compare {} and {}", workspace.show(&first), workspace.show(&second));
    }
    Ok(Outcome::Done)
}

fn copy_texts(workspace: &Workspace, package: &Path) -> Result<()> {
    for (from, to) in
        [("LICENSE-MIT", "LICENSE-MIT"), ("LICENSE-APACHE", "LICENSE-APACHE"), ("pkg-template/README.md", "README.md")]
    {
        let source = workspace.path(from);
        fs::copy(&source, package.join(to))
            .with_context(|| format!("the package needs {from}, which cannot be read"))?;
    }
    let template = fs::read_to_string(workspace.path("pkg-template/package.json"))
        .context("the package needs pkg-template/package.json, which cannot be read")?;
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    let text = with_version(&template, version_of(&manifest)?)?;
    fs::write(package.join("package.json"), text)?;
    Ok(())
}

/// The version in the text of the workspace's `Cargo.toml`.
fn version_of(manifest: &str) -> Result<&str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[workspace.package]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("version = \"")?.trim_end().strip_suffix('"'))
        .context("Cargo.toml names no version under [workspace.package]")
}

/// Replaced as text, so that the order of `exports`, which has a meaning, stays as it was written.
fn with_version(template: &str, version: &str) -> Result<String> {
    if template.matches(VERSION_PLACEHOLDER).count() != 1 {
        bail!("pkg-template/package.json must hold {VERSION_PLACEHOLDER} exactly once");
    }
    Ok(template.replace(VERSION_PLACEHOLDER, &format!("\"version\": \"{version}\"")))
}

/// The facade's own code for a call, as a script that defines `driver`: the tests of the wasm in browsers run on it.
pub(crate) fn driver(workspace: &Workspace) -> Result<String> {
    let mut command = npm::command(workspace, "esbuild");
    command.arg(workspace.path("pkg-template/src/call.ts"));
    process::output(command.args(["--bundle", "--minify", "--format=iife", "--global-name=driver", "--target=es2022"]))
}

/// The step that makes the package's main entry with the core that fails on purpose.
pub(crate) fn build_trapping(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    wasm::TRAPPING.build(workspace, task)?;
    let [entry, ..] = &ENTRIES;
    bundle(workspace, task, &wasm::TRAPPING, entry, &wasm::TRAPPING.folder(workspace))?;
    Ok(Outcome::Done)
}

fn bundle(workspace: &Workspace, task: &Task, core: &wasm::Core, entry: &Entry, dist: &Path) -> Result<()> {
    process::run(task, npm::command(workspace, "esbuild").args(bundle_args(workspace, core, entry, dist)))?;
    let script = dist.join(entry.file);
    let text = without_places(&fs::read_to_string(&script)?);
    fs::write(&script, text).with_context(|| format!("cannot write {}", workspace.show(&script)))
}

/// esbuild says in a comment where each module was. Of what is generated that is whichever folder the builder has for
/// it: left out, the package is the same wherever it is built.
fn without_places(script: &str) -> String {
    let generated = |line: &str| {
        line.strip_prefix("// ").and_then(|place| place.rsplit('/').next()).is_some_and(|file| {
            file == format!("{}.js", wasm::OUT_NAME) || file == format!("{WASM_FILE}.js") || file == "integrity.js"
        })
    };
    script.split_inclusive('\n').filter(|line| !generated(line.trim_end())).collect()
}

fn bundle_args(workspace: &Workspace, core: &wasm::Core, entry: &Entry, dist: &Path) -> Vec<String> {
    let source = workspace.path("pkg-template/src");
    let mut args = vec![
        source.join("index.ts").display().to_string(),
        "--bundle".to_owned(),
        "--platform=neutral".to_owned(),
        "--target=es2022".to_owned(),
        "--charset=utf8".to_owned(),
        "--legal-comments=inline".to_owned(),
        "--log-level=warning".to_owned(),
        format!("--format={}", entry.format),
        format!("--alias:#glue={}", core.glue(workspace).display()),
        format!("--alias:#load={}", source.join("load").join(format!("{}.ts", entry.load)).display()),
        format!("--outfile={}", dist.join(entry.file).display()),
    ];
    if entry.inline {
        args.push(format!("--alias:#wasm={}", core.text(workspace).display()));
    } else {
        args.push(format!("--alias:#integrity={}", dist.join("integrity.js").display()));
        // Left as it is written: the runtime or the user's bundler finds the file beside the script.
        args.extend(["--external:*.wasm", "--external:*.wasm?module"].map(str::to_owned));
    }
    args
}

/// Writes `.d.ts` files for what the public entry reaches, and a `.d.cts` twin of each.
fn declarations(workspace: &Workspace, task: &Task, dist: &Path) -> Result<()> {
    let work = workspace.target("xtask-declarations");
    remove_folder(&work)?;
    fs::create_dir_all(&work)?;
    let config = work.join("tsconfig.json");
    let source = workspace.path("pkg-template/src");
    let text = serde_json::json!({
        "extends": workspace.path("tsconfig.json"),
        "compilerOptions": {
            "noEmit": false,
            "declaration": true,
            "emitDeclarationOnly": true,
            "stripInternal": true,
            "rootDir": source,
            "outDir": work.join("out"),
        },
        // Ambient declarations are not reached by imports.
        "files": [source.join("index.ts")],
        "include": [source.join("**/*.d.ts")],
    });
    fs::write(&config, text.to_string())?;
    process::run(task, npm::command(workspace, "tsc").arg("-p").arg(&config))?;
    copy_reachable(&work.join("out"), dist)
}

fn copy_reachable(from: &Path, dist: &Path) -> Result<()> {
    let mut open = vec![PathBuf::from("index.d.ts")];
    let mut seen = BTreeSet::new();
    while let Some(file) = open.pop() {
        if !seen.insert(file.clone()) {
            continue;
        }
        let text = fs::read_to_string(from.join(&file))
            .with_context(|| format!("the type checker wrote no {}", file.display()))?;
        for specifier in relative_imports(&text) {
            let folder = file.parent().unwrap_or(Path::new(""));
            open.push(declaration_of(folder, specifier));
        }
        for (module, declaration) in [("js", "ts"), ("cjs", "cts")] {
            let to = dist.join(file.with_extension(declaration));
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(to, with_module_extension(&text, module))?;
        }
    }
    Ok(())
}

/// The relative paths a declaration file imports from.
fn relative_imports(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for marker in ["from \"", "import(\"", "import \""] {
        for (at, _) in text.match_indices(marker) {
            let rest = &text[at + marker.len()..];
            if let Some(end) = rest.find('"')
                && rest.starts_with('.')
            {
                found.push(&rest[..end]);
            }
        }
    }
    found
}

fn declaration_of(folder: &Path, specifier: &str) -> PathBuf {
    let stem = specifier.strip_suffix(".ts").or_else(|| specifier.strip_suffix(".js")).unwrap_or(specifier);
    let mut path = folder.to_path_buf();
    for part in stem.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop();
            }
            name => path.push(name),
        }
    }
    path.set_file_name(format!("{}.d.ts", path.file_name().unwrap_or_default().to_string_lossy()));
    path
}

/// Relative imports of a declaration file, ending as the module system it is for wants.
fn with_module_extension(text: &str, extension: &str) -> String {
    let specifiers: BTreeSet<&str> = relative_imports(text).into_iter().collect();
    let mut changed = text.to_owned();
    for specifier in specifiers {
        let stem = specifier.strip_suffix(".ts").or_else(|| specifier.strip_suffix(".js")).unwrap_or(specifier);
        changed = changed.replace(&format!("\"{specifier}\""), &format!("\"{stem}.{extension}\""));
    }
    changed
}

/// What must hold for every build before anyone gets it.
fn check(workspace: &Workspace, task: &Task, dist: &Path) -> Result<()> {
    let mut wasm_files = Vec::new();
    let mut scripts = BTreeMap::new();
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        match path.extension().and_then(|e| e.to_str()) {
            Some("wasm") => wasm_files.push(path),
            Some("js" | "cjs") => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                scripts.insert(name, fs::read_to_string(&path)?);
            }
            _ => {}
        }
    }
    let wasm = fs::read(dist.join(WASM_FILE))?;
    if !wasm.starts_with(b"\0asm") {
        bail!("{WASM_FILE} is not a wasm file");
    }
    if wasm_files.len() != 1 {
        bail!("dist must hold one wasm file, it holds {}", wasm_files.len());
    }
    for entry in &ENTRIES {
        let script = scripts.get(entry.file).with_context(|| format!("dist/{} was not written", entry.file))?;
        if !entry.inline && holds_wasm(script) {
            bail!("dist/{} must refer to the wasm file, but the wasm's bytes are inside", entry.file);
        }
        if !entry.inline && !script.contains(WASM_FILE) {
            bail!("dist/{} does not refer to {WASM_FILE}", entry.file);
        }
        if entry.format == "esm" {
            no_top_level_await(workspace, task, &dist.join(entry.file))?;
        }
    }
    Ok(())
}

/// "\0asm\1\0\0\0" as text: how every embedded wasm starts.
fn holds_wasm(script: &str) -> bool {
    script.contains("# * } 6$###")
}

/// A module that awaits at its top level cannot be `require`d and blocks every importer.
fn no_top_level_await(workspace: &Workspace, task: &Task, script: &Path) -> Result<()> {
    // CommonJS has no top-level await, so esbuild refuses to turn such a module into it.
    process::run(
        task,
        npm::command(workspace, "esbuild")
            .arg(script)
            .args(["--format=cjs", "--log-level=error"])
            .arg(format!("--outfile={}", workspace.target("xtask-declarations/await-check.cjs").display())),
    )
    .with_context(|| {
        format!(
            "{} cannot become CommonJS; does it await at its top level?",
            script.file_name().unwrap_or_default().to_string_lossy()
        )
    })
}

/// Every path that `exports` promises must be there.
fn check_exports(package: &Path) -> Result<()> {
    let text = fs::read_to_string(package.join("package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&text).context("pkg-template/package.json is not JSON")?;
    let mut paths = Vec::new();
    collect_paths(&manifest["exports"], &mut paths);
    for key in ["main", "module", "types"] {
        collect_paths(&manifest[key], &mut paths);
    }
    if paths.is_empty() {
        bail!("pkg-template/package.json exports nothing");
    }
    for path in paths {
        if !package.join(path).exists() {
            bail!("pkg-template/package.json names {path}, which was not built");
        }
    }
    Ok(())
}

fn collect_paths<'a>(value: &'a serde_json::Value, into: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::String(path) => into.push(path),
        serde_json::Value::Object(map) => {
            map.values().for_each(|value| collect_paths(value, into));
        }
        _ => {}
    }
}

/// Lets Node, bundlers and wrangler in this repository find the package by its name, as a user's do.
fn link_for_node(workspace: &Workspace) -> Result<()> {
    let link = workspace.path("node_modules/hyperstack-credentials");
    if fs::read_link(&link).is_ok_and(|to| to == Path::new("../pkg")) {
        return Ok(());
    }
    if link.symlink_metadata().is_ok() {
        bail!("{} is in the way of the link to pkg/; remove it", workspace.show(&link));
    }
    std::os::unix::fs::symlink("../pkg", &link).with_context(|| format!("cannot create {}", workspace.show(&link)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_comes_from_the_workspace_table() {
        let manifest =
            "[workspace]\nversion = \"9\"\n\n[workspace.package]\nversion = \"0.1.0\"\n\n[package]\nversion = \"8\"\n";
        assert_eq!(version_of(manifest).unwrap(), "0.1.0");
        assert!(version_of("[workspace.package]\n[package]\nversion = \"1\"").is_err());
    }

    #[test]
    fn the_template_takes_the_version_once() {
        let text = with_version("{\n  \"version\": \"0.0.0\"\n}", "1.2.3").unwrap();
        assert_eq!(text, "{\n  \"version\": \"1.2.3\"\n}");
        assert!(with_version("{}", "1.2.3").is_err());
    }

    #[test]
    fn only_the_inline_entries_embed_the_wasm() {
        let workspace = Workspace::at(Path::new("/repo"));
        for entry in &ENTRIES {
            let args = bundle_args(&workspace, &wasm::SHIPPED, entry, Path::new("/out"));
            let embeds = args.iter().any(|arg| arg.starts_with("--alias:#wasm="));
            let external = args.iter().any(|arg| arg == "--external:*.wasm");
            assert_eq!((embeds, external), (entry.inline, !entry.inline), "{}", entry.file);
            assert!(args.contains(&format!("--alias:#load=/repo/pkg-template/src/load/{}.ts", entry.load)));
        }
    }

    #[test]
    fn declarations_import_what_their_module_system_finds() {
        let text = "export type { A } from \"./types.ts\";\nexport * from \"./inner/b.js\";\nimport(\"./c\").D;\nimport x from \"zod\";";
        assert_eq!(relative_imports(text), ["./types.ts", "./inner/b.js", "./c"]);
        let cjs = with_module_extension(text, "cjs");
        assert!(cjs.contains("\"./types.cjs\"") && cjs.contains("\"./inner/b.cjs\""));
        assert!(cjs.contains("\"./c.cjs\"") && cjs.contains("\"zod\""));
        assert_eq!(declaration_of(Path::new("inner"), "../types.js"), Path::new("types.d.ts"));
    }

    #[test]
    fn where_the_builder_keeps_things_is_not_told() {
        let script = "// ../../cache/wasm-pack/hyperstack_credentials.js\nvar a;\n// pkg-template/src/core.ts\n\
                      // target/x/hyperstack_credentials_bg.wasm.js\nvar b; // hyperstack_credentials.js\n";
        assert_eq!(
            without_places(script),
            "var a;\n// pkg-template/src/core.ts\nvar b; // hyperstack_credentials.js\n"
        );
    }

    #[test]
    fn embedded_wasm_is_recognised() {
        assert!(holds_wasm(&format!("x({:?})", wasm::as_text(b"\0asm\x01\0\0\0\x01"))));
        assert!(!holds_wasm("import wasm from \"./a.wasm\""));
    }
}
