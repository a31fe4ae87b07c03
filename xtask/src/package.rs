//! Builds the npm package folder `pkg/` and checks that it can be published. `wasm` builds the modules in it.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::npm;
use crate::process;
use crate::progress::{Outcome, Task};
use crate::project::Project;
use crate::source_map;
use crate::stamp::Fingerprint;
use crate::tools::remove_folder;
use crate::wasm;
use crate::workspace::Workspace;

/// The texts of the element, generated for its bundle.
const ELEMENT_TEXTS: &str = "element-texts.json";
/// The version in the template; the real one is only in `Cargo.toml`.
const VERSION_PLACEHOLDER: &str = "\"version\": \"0.0.0\"";

/// The public entries: their sources, after which the declarations are named, and their scripts.
const PUBLIC_ENTRIES: [(&str, &str); 4] =
    [("index", "index"), ("verifier-entry", "verifier"), ("element", "element"), ("exports", "exports")];

/// The public entries that contain only types. They have an empty script, for programs that import them anyway.
const TYPE_ENTRIES: [&str; 3] = ["element-react", "element-preact", "element-solid"];

/// The core that `Verifier` and link parsing use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum VerifierCore {
    /// The client's: a server loads one module for everything.
    Client,
    /// A smaller one: a page downloads only what it uses.
    Own,
}

/// How a script gets its wasm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    /// As text inside the script.
    Inline,
    /// Fetched from beside the script.
    External,
    /// Imported as a module, because Workers forbid compiling bytes.
    Workerd,
    /// The same for edge functions, whose tools require `?module` on the import.
    Edge,
}

impl Load {
    /// The suffix of its files in `pkg-template/src/load`.
    fn name(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::External => "external",
            Self::Workerd => "workerd",
            Self::Edge => "edge",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// ES modules. Entries of one bundle share chunks, so that two of them in one page share classes and wasm.
    Esm,
    CommonJs,
}

/// Scripts that one run of esbuild writes.
struct Bundle {
    /// Names in `pkg-template/src`, and in `dist`.
    entries: &'static [(&'static str, &'static str)],
    format: Format,
    load: Load,
    verifier_core: VerifierCore,
}

const BUNDLES: [Bundle; 7] = [
    Bundle { entries: &PUBLIC_ENTRIES, format: Format::Esm, load: Load::Inline, verifier_core: VerifierCore::Own },
    Bundle {
        entries: &[("index", "external")],
        format: Format::Esm,
        load: Load::External,
        verifier_core: VerifierCore::Own,
    },
    NODE,
    WORKERD,
    Bundle {
        entries: &[("index", "edge")],
        format: Format::Esm,
        load: Load::Edge,
        verifier_core: VerifierCore::Client,
    },
    Bundle {
        entries: &[("index", "index")],
        format: Format::CommonJs,
        load: Load::Inline,
        verifier_core: VerifierCore::Client,
    },
    Bundle {
        entries: &[("verifier-entry", "verifier"), ("element", "element"), ("exports", "exports")],
        format: Format::CommonJs,
        load: Load::Inline,
        verifier_core: VerifierCore::Own,
    },
];

/// The main entry for Node, Deno and Bun.
const NODE: Bundle = Bundle {
    entries: &[("index", "node")],
    format: Format::Esm,
    load: Load::Inline,
    verifier_core: VerifierCore::Client,
};

/// The main entry for Workers.
const WORKERD: Bundle = Bundle {
    entries: &[("index", "workerd")],
    format: Format::Esm,
    load: Load::Workerd,
    verifier_core: VerifierCore::Client,
};

/// The modules that a package is made of.
struct Modules {
    client: &'static wasm::Module,
    verifier: &'static wasm::Module,
}

const SHIPPED: Modules = Modules { client: &wasm::CLIENT, verifier: &wasm::VERIFIER };
const TRAPPING: Modules = Modules { client: &wasm::TRAPPING_CLIENT, verifier: &wasm::VERIFIER };

/// The step that composes `pkg/`.
pub(crate) fn build(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    // Built beside `pkg/` and renamed, so that a failure leaves no half-built package.
    let unfinished = workspace.path("pkg.unfinished");
    compose(workspace, task, &unfinished)?;
    let place = workspace.path("pkg");
    remove_folder(&place)?;
    fs::rename(&unfinished, &place)?;
    link_for_node(workspace)?;
    Ok(Outcome::Done)
}

/// Builds the whole package in `package`.
fn compose(workspace: &Workspace, task: &Task, package: &Path) -> Result<()> {
    remove_folder(package)?;
    let dist = package.join("dist");
    fs::create_dir_all(&dist)?;
    copy_texts(workspace, package)?;
    for module in wasm::SHIPPED {
        let wasm = module.wasm(workspace);
        ensure!(wasm.exists(), "{} is missing: the wasm was not built", workspace.show(&wasm));
        fs::copy(&wasm, dist.join(module.file_name()))?;
        declare_wasm(&dist, &module.file_name())?;
    }
    write_integrity(&dist)?;
    for entry in TYPE_ENTRIES {
        fs::write(dist.join(format!("{entry}.js")), "export {};\n")?;
        fs::write(dist.join(format!("{entry}.cjs")), "\"use strict\";\n")?;
    }
    for bundle in &BUNDLES {
        write_bundle(workspace, task, bundle, &SHIPPED, &dist)?;
    }
    write_command_line(workspace, task, &dist)?;
    declarations(workspace, task, &dist)?;
    check(workspace, task, &dist)?;
    check_exports(package)
}

/// Writes the entry `./integrity`: the hashes with which a page loads exactly these wasm files.
fn write_integrity(dist: &Path) -> Result<()> {
    let mut constants = Vec::new();
    for (name, module) in [("wasmIntegrity", &wasm::CLIENT), ("verifierIntegrity", &wasm::VERIFIER)] {
        let file = module.file_name();
        let hash = sha384(&dist.join(&file))?;
        constants.push((name, file, format!("\"sha384-{hash}\"")));
    }
    let lines = |line: &dyn Fn(&str, &str, &str) -> String| -> String {
        constants.iter().map(|(name, file, value)| line(name, file, value)).collect()
    };
    let declaration = lines(&|name, file, _| {
        format!(
            "/** Subresource integrity of `{file}`, for `fetch` and `<link rel=\"preload\">`. */\n\
             export declare const {name}: string;\n"
        )
    });
    for (file, text) in [
        ("integrity.js", lines(&|name, _, value| format!("export const {name} = {value};\n"))),
        ("integrity.cjs", lines(&|name, _, value| format!("exports.{name} = {value};\n"))),
        ("integrity.d.ts", declaration.clone()),
        ("integrity.d.cts", declaration),
    ] {
        fs::write(dist.join(file), text)?;
    }
    Ok(())
}

/// The hash of a file in base64. Uses Node, which is installed anyway, instead of another crate to compile.
fn sha384(file: &Path) -> Result<String> {
    const HASH: &str = "const { readFileSync } = require('fs'); const { createHash } = require('crypto'); \
         process.stdout.write(createHash('sha384').update(readFileSync(process.argv[1])).digest('base64'))";
    process::output(Command::new(npm::node()?).args(["-e", HASH]).arg(file))
}

/// Declares a wasm file for importers; whether it is a module, an address or exports depends on their tool.
fn declare_wasm(dist: &Path, file: &str) -> Result<()> {
    for (ending, export) in [("ts", "export default"), ("cts", "export =")] {
        let text = format!(
            "/** What your tool makes of a wasm file: `init` takes a module or bytes, and `fetch` an address. */\n\
             declare const wasm: unknown;\n{export} wasm;\n"
        );
        fs::write(dist.join(format!("{file}.d.{ending}")), text)?;
    }
    Ok(())
}

/// The step that packs `pkg/`, as `npm publish` would.
pub(crate) fn build_tarball(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    pack(task, &workspace.path("pkg"), &tarball(workspace)?)?;
    Ok(Outcome::Done)
}

/// The path of the packed package.
pub(crate) fn tarball(workspace: &Workspace) -> Result<PathBuf> {
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    Ok(workspace.target(&format!("package/hyperstack-credentials-{}.tgz", version_of(&manifest)?)))
}

/// Packs the package. npm chooses the tarball's name; `to` is the expected path.
fn pack(task: &Task, package: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("the tarball's path has no folder")?;
    remove_folder(folder)?;
    fs::create_dir_all(folder)?;
    let mut npm = Command::new("npm");
    process::run(task, npm.args(["pack", "--pack-destination"]).arg(folder).current_dir(package))?;
    if !to.exists() {
        bail!("npm pack did not write {}", to.display());
    }
    Ok(())
}

/// The step that builds everything a second time in another folder and compares the tarballs.
pub(crate) fn test_reproducible(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    let again = workspace.building_in(workspace.target("again"));
    wasm::build(&again, task)?;
    let package = again.target("pkg");
    compose(&again, task, &package)?;
    let (first, second) = (tarball(workspace)?, tarball(&again)?);
    pack(task, &package, &second)?;
    if fs::read(&first)? != fs::read(&second)? {
        bail!("two builds differ: compare {} and {}", workspace.show(&first), workspace.show(&second));
    }
    Ok(Outcome::Done)
}

fn copy_texts(workspace: &Workspace, package: &Path) -> Result<()> {
    for (from, to) in [
        ("LICENSE-MIT", "LICENSE-MIT"),
        ("LICENSE-APACHE", "LICENSE-APACHE"),
        ("CHANGELOG.md", "CHANGELOG.md"),
        ("pkg-template/README.md", "README.md"),
    ] {
        let source = workspace.path(from);
        fs::copy(&source, package.join(to))
            .with_context(|| format!("the package needs {from}, which cannot be read"))?;
    }
    let template = fs::read_to_string(workspace.path("pkg-template/package.json"))
        .context("the package needs pkg-template/package.json, which cannot be read")?;
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    let text = with_version(&template, version_of(&manifest)?)?;
    let project = Project::read(workspace)?;
    fs::write(package.join("package.json"), with_repository(&text, &project.manifest_fields())?)?;
    let guide = fs::read_to_string(workspace.path("llms.txt")).context("the package needs llms.txt")?;
    fs::write(package.join("llms.txt"), project.for_package(&guide, |path| package.join(path).exists()))?;
    Ok(())
}

/// The version in the text of the workspace's `Cargo.toml`.
pub(crate) fn version_of(manifest: &str) -> Result<&str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[workspace.package]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("version = \"")?.trim_end().strip_suffix('"'))
        .context("Cargo.toml has no version under [workspace.package]")
}

/// Replaces the version as text, because the order of `exports` matters and must stay.
fn with_version(template: &str, version: &str) -> Result<String> {
    if template.matches(VERSION_PLACEHOLDER).count() != 1 {
        bail!("pkg-template/package.json must contain {VERSION_PLACEHOLDER} exactly once");
    }
    Ok(template.replace(VERSION_PLACEHOLDER, &format!("\"version\": \"{version}\"")))
}

/// Inserts the fields of the repository where npm expects them, before the license.
fn with_repository(manifest: &str, fields: &str) -> Result<String> {
    const LICENSE: &str = "  \"license\":";
    let at = manifest.find(LICENSE).context("pkg-template/package.json must have a license")?;
    let (before, after) = manifest.split_at(at);
    Ok([before, fields, after].concat())
}

/// The step that builds the main entry for Node and for Workers, with a client that traps where a test says so.
pub(crate) fn build_trapping(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    wasm::TRAPPING_CLIENT.build(workspace, task)?;
    for bundle in [&NODE, &WORKERD] {
        write_bundle(workspace, task, bundle, &TRAPPING, &wasm::TRAPPING_CLIENT.folder(workspace))?;
    }
    Ok(Outcome::Done)
}

/// The path of that entry for Node. The one for Workers, `workerd.js`, is beside it.
pub(crate) fn trapping(workspace: &Workspace) -> PathBuf {
    wasm::TRAPPING_CLIENT.folder(workspace).join("node.js")
}

fn write_bundle(workspace: &Workspace, task: &Task, bundle: &Bundle, modules: &Modules, dist: &Path) -> Result<()> {
    // In a temporary folder first, because the chunks are renamed.
    let out = workspace.target("xtask-bundle");
    remove_folder(&out)?;
    let texts = write_element_texts(workspace)?;
    let args = bundle_args(workspace, bundle, modules, dist, &texts, &out);
    process::run(task, npm::command(workspace, "esbuild").args(args))?;
    let mut scripts = BTreeMap::new();
    let mut maps = BTreeMap::new();
    for file in fs::read_dir(&out)? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(file.path())?;
        match name.strip_suffix(".map") {
            Some(script) => maps.insert(script.to_owned(), source_map::for_package(&text)?),
            None => scripts.insert(name, without_places(&text)),
        };
    }
    for (old, new) in rename_chunks(&mut scripts)? {
        let map = maps.remove(&old).context("a chunk has a source map")?;
        maps.insert(new, map);
    }
    for (name, script) in scripts {
        let map = maps.remove(&name).with_context(|| format!("{name} has no source map"))?;
        fs::write(dist.join(&name), format!("{script}//# sourceMappingURL={name}.map\n"))?;
        fs::write(dist.join(format!("{name}.map")), map)?;
    }
    Ok(())
}

/// The script that `npx hyperstack-credentials` runs.
const COMMAND_LINE: &str = "cli.js";
/// The licences of the libraries in it.
const COMMAND_LINE_LICENSES: &str = "cli-licenses.txt";
/// The first lines of the script: the interpreter, and `require` for libraries that need it.
const COMMAND_LINE_BANNER: &str = "#!/usr/bin/env node\n\
     import { createRequire } from \"node:module\";\n\
     const require = createRequire(import.meta.url);";

/// Writes the command line with its libraries. It imports the client from the entry for Node.
fn write_command_line(workspace: &Workspace, task: &Task, dist: &Path) -> Result<()> {
    let metafile = workspace.target("xtask-declarations/cli-meta.json");
    fs::create_dir_all(metafile.parent().context("a file lies in a folder")?)?;
    let script = dist.join(COMMAND_LINE);
    let map = dist.join(format!("{COMMAND_LINE}.map"));
    let mut command = npm::command(workspace, "esbuild");
    command
        .arg("pkg-template/src/cli/main.ts")
        .args(["--bundle", "--platform=node", "--format=esm", "--target=node20", "--charset=utf8"])
        .args(["--main-fields=module,main", "--legal-comments=inline", "--log-level=warning"])
        .arg("--sourcemap=external")
        .args(["--alias:hyperstack-credentials=./node.js", "--external:./node.js"])
        // Optional for the tables, which have no colours.
        .arg("--external:@colors/colors")
        .arg(format!("--banner:js={COMMAND_LINE_BANNER}"))
        .arg(format!("--metafile={}", metafile.display()))
        .arg(format!("--outfile={}", script.display()));
    process::run(task, &mut command)?;
    fs::write(&map, source_map::for_package(&fs::read_to_string(&map)?)?)?;
    let text = fs::read_to_string(&script)?;
    fs::write(script, format!("{text}//# sourceMappingURL={COMMAND_LINE}.map\n"))?;
    fs::write(dist.join(COMMAND_LINE_LICENSES), licenses(workspace, &fs::read_to_string(metafile)?)?)?;
    Ok(())
}

/// Returns the licences of the npm packages in a bundle, from esbuild's list of inputs.
fn licenses(workspace: &Workspace, metafile: &str) -> Result<String> {
    let metafile: serde_json::Value = serde_json::from_str(metafile).context("esbuild's metafile is not JSON")?;
    let inputs = metafile["inputs"].as_object().context("esbuild's metafile has no inputs")?;
    let packages: BTreeSet<PathBuf> = inputs.keys().filter_map(|input| package_folder(input)).collect();
    let mut parts = vec!["Libraries in cli.js, and their licences.\n".to_owned()];
    for package in packages {
        let folder = workspace.root().join(&package);
        let manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?;
        let (name, version) = (manifest["name"].as_str(), manifest["version"].as_str());
        let title = format!("{} {}", name.unwrap_or_default(), version.unwrap_or_default());
        let line = "-".repeat(title.len());
        let license = license_of(&folder, &manifest)?;
        parts.push(format!("\n{title}\n{line}\n\n{}\n", license.trim()));
    }
    Ok(parts.concat())
}

/// The folder of the npm package that a path in `node_modules` belongs to.
fn package_folder(input: &str) -> Option<PathBuf> {
    let (parents, rest) = input.rsplit_once("node_modules/")?;
    let parts = if rest.starts_with('@') { 2 } else { 1 };
    let name: PathBuf = rest.split('/').take(parts).collect();
    Some(Path::new(parents).join("node_modules").join(name))
}

/// Returns the licence in a package's folder, or its name and authors if there is no licence file.
fn license_of(folder: &Path, manifest: &serde_json::Value) -> Result<String> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if name.starts_with("license") || name.starts_with("licence") {
            return Ok(fs::read_to_string(path)?);
        }
    }
    let license = manifest["license"].as_str().context("a bundled package has no licence")?;
    let repository = manifest["repository"]["url"].as_str().or(manifest["repository"].as_str()).unwrap_or_default();
    Ok(format!("{license}\n{repository}"))
}

/// Names the chunks after their contents, and returns their old and new names. esbuild's own names depend on the paths of generated
/// files, which differ between machines.
fn rename_chunks(scripts: &mut BTreeMap<String, String>) -> Result<Vec<(String, String)>> {
    let mut renamed = Vec::new();
    let mut left: Vec<String> = scripts.keys().filter(|name| name.starts_with("chunk-")).cloned().collect();
    while !left.is_empty() {
        // Chunks without imports come first: a chunk's content includes the names of the chunks that it imports.
        let imports_none = |name: &String| !left.iter().any(|other| scripts[name].contains(other.as_str()));
        let next = left.iter().position(imports_none).context("chunks import each other")?;
        let old = left.remove(next);
        let script = scripts.remove(&old).context("a chunk has no script")?;
        let mut fingerprint = Fingerprint::new();
        fingerprint.add("chunk", script.as_bytes());
        let new = format!("chunk-{}.js", fingerprint.text().trim_end());
        for other in scripts.values_mut() {
            *other = other.replace(&old, &new);
        }
        scripts.insert(new.clone(), script);
        renamed.push((old, new));
    }
    Ok(renamed)
}

fn bundle_args(
    workspace: &Workspace,
    bundle: &Bundle,
    modules: &Modules,
    dist: &Path,
    texts: &Path,
    out: &Path,
) -> Vec<String> {
    let source = workspace.path("pkg-template/src");
    let alias = |name: &str, path: PathBuf| format!("--alias:#{name}={}", path.display());
    let load = |module: &str| source.join(format!("load/{module}-{}.ts", bundle.load.name()));
    let verifier_core = match bundle.verifier_core {
        VerifierCore::Client => "client",
        VerifierCore::Own => "verifier",
    };
    let mut args: Vec<String> = bundle
        .entries
        .iter()
        .map(|(from, to)| format!("{to}={}", source.join(format!("{from}.ts")).display()))
        .collect();
    args.extend(["--bundle", "--platform=neutral", "--target=es2022", "--charset=utf8"].map(str::to_owned));
    // Without the comment that names the map: chunks get other names.
    args.extend(["--legal-comments=inline", "--log-level=warning", "--sourcemap=external"].map(str::to_owned));
    args.extend([
        format!("--outdir={}", out.display()),
        alias("client-glue", modules.client.glue(workspace)),
        alias("client-load", load("client")),
        alias("verifier-glue", modules.verifier.glue(workspace)),
        alias("verifier-load", load("verifier")),
        alias("verifier-core", source.join(format!("core/{verifier_core}.ts"))),
        alias("element-texts", texts.to_path_buf()),
    ]);
    match bundle.format {
        Format::Esm => args.extend(["--format=esm", "--splitting"].map(str::to_owned)),
        Format::CommonJs => args.extend(["--format=cjs", "--out-extension:.js=.cjs"].map(str::to_owned)),
    }
    if bundle.load == Load::Inline {
        args.push(alias("client-wasm", modules.client.text(workspace)));
        args.push(alias("verifier-wasm", modules.verifier.text(workspace)));
    } else {
        args.push(alias("integrity", dist.join("integrity.js")));
        // Left unchanged: the runtime or the user's bundler finds the file beside the script.
        args.extend(["--external:*.wasm", "--external:*.wasm?module"].map(str::to_owned));
    }
    args
}

/// Shortens the paths of generated files in esbuild's comments, because they differ between machines. The lines stay, because the
/// source map counts them.
fn without_places(script: &str) -> String {
    script
        .split_inclusive('\n')
        .map(|line| {
            match line.strip_prefix("// ").map(|place| place.trim_end().rsplit('/').next().unwrap_or_default()) {
                Some(file) if is_generated(file) => format!("// {file}\n"),
                _ => line.to_owned(),
            }
        })
        .collect()
}

/// Whether the build wrote a source file of that name.
pub(crate) fn is_generated(file: &str) -> bool {
    let ends = |ending| file.ends_with(ending);
    ends("_glue.js") || ends("_bg.wasm.js") || file == "integrity.js" || file == ELEMENT_TEXTS
}

/// Writes the texts of the verify page that the element shows, in all its languages.
fn write_element_texts(workspace: &Workspace) -> Result<PathBuf> {
    let source = fs::read_to_string(workspace.path("pkg-template/src/element.ts"))?;
    let mut languages = BTreeMap::new();
    for entry in fs::read_dir(workspace.path("www/public/messages"))? {
        let path = entry?.path();
        let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let texts: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(&path)?)
            .with_context(|| format!("{} is not a list of strings", workspace.show(&path)))?;
        languages.insert(language, element_texts(texts, &source));
    }
    let place = workspace.target(&format!("xtask-declarations/{ELEMENT_TEXTS}"));
    fs::create_dir_all(place.parent().context("the file's path has no folder")?)?;
    fs::write(&place, serde_json::to_string_pretty(&languages)?)?;
    Ok(place)
}

/// The texts that the element's source names, and whole families whose names it composes.
fn element_texts(mut texts: BTreeMap<String, String>, source: &str) -> BTreeMap<String, String> {
    let families = ["verdict.", "reason.", "parse.", "withheld."];
    texts.retain(|key, _| {
        families.iter().any(|family| key.starts_with(family)) || source.contains(&format!("\"{key}\""))
    });
    texts
}

/// Writes `.d.ts` files for everything that the public entries import, and a `.d.cts` twin of each.
/// The entries whose types the package declares.
fn declared() -> impl Iterator<Item = &'static str> {
    PUBLIC_ENTRIES.iter().map(|(file, _)| *file).chain(TYPE_ENTRIES)
}

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
        // Ambient declarations are not imported.
        "files": declared().map(|file| source.join(format!("{file}.ts"))).collect::<Vec<_>>(),
        "include": [source.join("**/*.d.ts")],
    });
    fs::write(&config, text.to_string())?;
    process::run(task, npm::command(workspace, "tsc").arg("-p").arg(&config))?;
    copy_reachable(&work.join("out"), dist)
}

fn copy_reachable(from: &Path, dist: &Path) -> Result<()> {
    let mut open: Vec<_> = declared().map(|file| PathBuf::from(format!("{file}.d.ts"))).collect();
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

/// The relative paths that a declaration file imports from.
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

/// Rewrites the relative imports of a declaration file with the ending that its module system requires.
pub(crate) fn with_module_extension(text: &str, extension: &str) -> String {
    let specifiers: BTreeSet<&str> = relative_imports(text).into_iter().collect();
    let mut changed = text.to_owned();
    for specifier in specifiers {
        let stem = specifier.strip_suffix(".ts").or_else(|| specifier.strip_suffix(".js")).unwrap_or(specifier);
        changed = changed.replace(&format!("\"{specifier}\""), &format!("\"{stem}.{extension}\""));
    }
    changed
}

/// Checks what must be true of every build.
fn check(workspace: &Workspace, task: &Task, dist: &Path) -> Result<()> {
    let (client, verifier) = (wasm::CLIENT.file_name(), wasm::VERIFIER.file_name());
    for file in [&client, &verifier] {
        ensure!(fs::read(dist.join(file))?.starts_with(b"\0asm"), "{file} is not a wasm file");
    }
    let inlined = |script: &str| -> Result<usize> {
        Ok(reachable(dist, script)?.values().map(|text| text.matches(WASM_AS_TEXT).count()).sum())
    };
    for (script, modules) in [
        ("index.js", 2),
        ("verifier.js", 1),
        ("element.js", 1),
        ("exports.js", 0),
        ("external.js", 0),
        ("node.js", 1),
        ("workerd.js", 0),
        ("edge.js", 0),
        ("index.cjs", 1),
        ("verifier.cjs", 1),
        ("element.cjs", 1),
        ("exports.cjs", 0),
        // Its core is that of `node.js`.
        ("cli.js", 1),
    ] {
        let found = inlined(script)?;
        ensure!(found == modules, "dist/{script} must contain {modules} wasm modules as text, but contains {found}");
    }
    for (script, files) in
        [("external.js", [&client, &verifier].as_slice()), ("workerd.js", &[&client]), ("edge.js", &[&client])]
    {
        let text = fs::read_to_string(dist.join(script))?;
        for file in [&client, &verifier] {
            ensure!(
                text.contains(file.as_str()) == files.contains(&file),
                "dist/{script} and {file} do not belong together"
            );
        }
    }
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js") {
            no_top_level_await(workspace, task, &path)?;
        }
    }
    Ok(())
}

/// The first bytes of every module as text: `\0asm` and version 1.
const WASM_AS_TEXT: &str = "\"# * } 6$###";

/// A script and its imports, by file name.
fn reachable(dist: &Path, script: &str) -> Result<BTreeMap<String, String>> {
    let mut scripts = BTreeMap::new();
    let mut open = vec![script.to_owned()];
    while let Some(name) = open.pop() {
        if scripts.contains_key(&name) {
            continue;
        }
        let text = fs::read_to_string(dist.join(&name)).with_context(|| format!("dist/{name} was not written"))?;
        for path in relative_imports(&text) {
            open.extend(path.strip_prefix("./").filter(|file| !file.contains(".wasm")).map(str::to_owned));
        }
        scripts.insert(name, text);
    }
    Ok(scripts)
}

/// Checks for top-level await: such a module cannot be `require`d and blocks every importer.
fn no_top_level_await(workspace: &Workspace, task: &Task, script: &Path) -> Result<()> {
    // CommonJS has no top-level await, so esbuild refuses to convert such a module.
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

/// Checks that every path in `exports` exists.
fn check_exports(package: &Path) -> Result<()> {
    let text = fs::read_to_string(package.join("package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&text).context("pkg-template/package.json is not JSON")?;
    let mut paths = Vec::new();
    collect_paths(&manifest["exports"], &mut paths);
    for key in ["main", "module", "types", "bin"] {
        collect_paths(&manifest[key], &mut paths);
    }
    if paths.is_empty() {
        bail!("pkg-template/package.json exports nothing");
    }
    for path in paths {
        if !package.join(path).exists() {
            bail!("pkg-template/package.json lists {path}, which was not built");
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

/// Links `pkg/` into `node_modules`, so that Node, bundlers and wrangler in this repository find the package by its name.
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
    fn replaces_the_version_once() {
        let text = with_version("{\n  \"version\": \"0.0.0\"\n}", "1.2.3").unwrap();
        assert_eq!(text, "{\n  \"version\": \"1.2.3\"\n}");
        assert!(with_version("{}", "1.2.3").is_err());
    }

    #[test]
    fn the_package_of_a_bundled_file_is_its_folder() {
        let folder = |input| package_folder(input).map(|path| path.display().to_string());
        assert_eq!(folder("node_modules/@bomb.sh/tab/dist/x.mjs").unwrap(), "node_modules/@bomb.sh/tab");
        assert_eq!(folder("node_modules/a/node_modules/b/index.js").unwrap(), "node_modules/a/node_modules/b");
        assert_eq!(folder("pkg-template/src/cli/main.ts"), None);
    }

    #[test]
    fn chunks_are_named_after_their_contents() {
        let build = |inner: &str, outer: &str| {
            let files = [
                (format!("chunk-{inner}.js"), "export const a = 1;".to_owned()),
                (format!("chunk-{outer}.js"), format!("export * from \"./chunk-{inner}.js\";")),
                ("index.js".to_owned(), format!("import \"./chunk-{outer}.js\"; import \"./chunk-{inner}.js\";")),
            ];
            let mut scripts = BTreeMap::from(files);
            rename_chunks(&mut scripts).unwrap();
            scripts
        };
        let renamed = build("AAAAAAAA", "BBBBBBBB");
        assert_eq!(renamed, build("DDDDDDDD", "CCCCCCCC"));
        assert_eq!(renamed.len(), 3);
        let index = &renamed["index.js"];
        assert!(renamed.keys().filter(|name| *name != "index.js").all(|name| index.contains(name.as_str())));
    }

    #[test]
    fn only_inline_bundles_embed_the_wasm() {
        let workspace = Workspace::at(Path::new("/repo"));
        for bundle in &BUNDLES {
            let args =
                bundle_args(&workspace, bundle, &SHIPPED, Path::new("/dist"), Path::new("/texts"), Path::new("/out"));
            let embeds = args.iter().any(|arg| arg.starts_with("--alias:#client-wasm="));
            let external = args.iter().any(|arg| arg == "--external:*.wasm");
            assert_eq!((embeds, external), (bundle.load == Load::Inline, bundle.load != Load::Inline));
        }
    }

    #[test]
    fn servers_load_one_module() {
        let workspace = Workspace::at(Path::new("/repo"));
        let args = |bundle| {
            bundle_args(&workspace, bundle, &SHIPPED, Path::new("/dist"), Path::new("/texts"), Path::new("/out"))
        };
        let client = "--alias:#verifier-core=/repo/pkg-template/src/core/client.ts".to_owned();
        assert!(args(&NODE).contains(&client));
        assert!(!args(&BUNDLES[0]).contains(&client));
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
    fn shortens_the_paths_of_generated_files() {
        let script = "// ../../cache/wasm-client/hyperstack_credentials_glue.js\nvar a;\n// pkg-template/src/init.ts\n\
                      // target/x/hyperstack_credentials_bg.wasm.js\nvar b; // x/hyperstack_credentials_glue.js\n";
        assert_eq!(
            without_places(script),
            "// hyperstack_credentials_glue.js\nvar a;\n// pkg-template/src/init.ts\n\
             // hyperstack_credentials_bg.wasm.js\nvar b; // x/hyperstack_credentials_glue.js\n"
        );
    }

    #[test]
    fn the_element_gets_the_texts_that_it_shows() {
        let texts = ["verdict.valid.title", "form.verify", "list.title"].map(|key| (key.to_owned(), "x".to_owned()));
        let kept = element_texts(BTreeMap::from(texts), "make(\"form.verify\")");
        assert_eq!(kept.into_keys().collect::<Vec<_>>(), ["form.verify", "verdict.valid.title"]);
    }

    #[test]
    fn embedded_wasm_is_recognised() {
        assert!(format!("var x = {:?};", wasm::as_text(b"\0asm\x01\0\0\0\x01")).contains(WASM_AS_TEXT));
    }
}
