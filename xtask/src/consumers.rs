//! Creates the projects in which the packed package is tested: one for each folder of `tests/consumers` and of `examples`, and
//! the template, with their tools and the tarball installed by npm.
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::npm;
use crate::package;
use crate::process;
use crate::progress::Task;
use crate::stamp::{self, Fingerprint, files_below};
use crate::tools::{self, copy_folder, remove_folder};
use crate::workspace::Workspace;

/// The versions and hashes of a project's tools. Only the template has none: its users get the newest ones.
const LOCK_FILE: &str = "package-lock.json";

/// What npm keeps in a project; it stays there when the files are updated.
const KEPT: [&str; 2] = ["node_modules", LOCK_FILE];

/// The helpers of the consumers, a folder of `tests/consumers` and of each project.
const SHARED: &str = "shared";

/// Folders that tools create in a project.
const WRITTEN_BY_TOOLS: [&str; 5] = ["node_modules", ".next", ".angular", ".wrangler", "dist"];

/// Where they are: not below the repository, because tools look for configuration in the folders above (Bun takes the
/// paths of a tsconfig.json there), and there are none of ours above a user's project.
pub(crate) fn folder(workspace: &Workspace) -> Result<PathBuf> {
    let mut clone = Fingerprint::new();
    clone.add("root", workspace.root().as_os_str().as_encoded_bytes());
    Ok(tools::cache_folder()?.join("consumers").join(clone.text().trim()))
}

/// The template that users start from.
const TEMPLATE: &str = "template";
/// The folder of the example projects.
const EXAMPLES: &str = "examples/";

/// The folder with a project's files: a folder of `tests/consumers`, unless its name is a path.
pub(crate) fn source(workspace: &Workspace, name: &str) -> PathBuf {
    if name == TEMPLATE || name.starts_with(EXAMPLES) {
        workspace.path(name)
    } else {
        workspace.path("tests/consumers").join(name)
    }
}

/// The folders whose files a project consists of. Examples stand alone; a folder of `tests/examples` with the name of one adds pages
/// to its project, so that they are built together.
fn sources(workspace: &Workspace, name: &str) -> Vec<PathBuf> {
    let mut folders = vec![source(workspace, name)];
    let more = workspace.path("tests").join(name);
    let is_example = name.starts_with(EXAMPLES);
    if is_example && more.exists() {
        folders.push(more.clone());
    }
    if !is_example || more.exists() {
        folders.push(workspace.path("tests/consumers").join(SHARED));
    }
    folders
}

/// Copies a project's files, without the output of tools that ran in it.
fn copy_project(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            fs::copy(entry.path(), target)?;
        } else if !WRITTEN_BY_TOOLS.iter().any(|name| entry.file_name() == *name) {
            copy_folder(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Creates the project of that name, or updates it.
pub(crate) fn prepare(workspace: &Workspace, task: &Task, name: &str) -> Result<()> {
    let project = folder(workspace)?.join(name);
    renew_files(workspace, &project, name)?;

    let mut wanted = Fingerprint::new();
    wanted.add("package.json", &fs::read(project.join("package.json"))?);
    let lock = source(workspace, name).join(LOCK_FILE);
    let has_lock = lock.exists();
    if has_lock {
        wanted.add(LOCK_FILE, &fs::read(&lock)?);
    }
    wanted.add("node", process::output(Command::new(npm::node()?).arg("--version"))?.as_bytes());
    install(task, &project, "tools", &wanted, |project| {
        if has_lock {
            return Ok(vec!["ci".into()]);
        }
        // From scratch, as for a user: the lock file of an earlier run would decide the versions.
        for kept in KEPT {
            let path = project.join(kept);
            if path.is_dir() {
                remove_folder(&path)?;
            } else if path.exists() {
                fs::remove_file(path)?;
            }
        }
        Ok(vec!["install".into()])
    })?;

    let tarball = package::tarball(workspace)?;
    let mut packed = Fingerprint::new();
    packed.add("tools", wanted.text().as_bytes());
    packed.add("tarball", &fs::read(&tarball).with_context(|| format!("cannot read {}", workspace.show(&tarball)))?);
    install(task, &project, "package", &packed, |project| {
        // npm would not notice another build of the same version.
        remove_folder(&installed(project))?;
        Ok(vec!["install".into(), "--no-save".into(), tarball.clone().into_os_string()])
    })?;
    same_files(&workspace.path("pkg"), &installed(&project))
        .with_context(|| format!("npm did not install the packed tarball in {}", project.display()))
}

fn installed(project: &Path) -> PathBuf {
    project.join("node_modules/hyperstack-credentials")
}

/// Replaces the files of the last run, and removes what tools created from them.
fn renew_files(workspace: &Workspace, project: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(project)?;
    for entry in fs::read_dir(project)? {
        let entry = entry?;
        if KEPT.iter().any(|kept| entry.file_name() == *kept) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            remove_folder(&entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    for folder in sources(workspace, name) {
        let to = if folder.ends_with(SHARED) { project.join(SHARED) } else { project.to_owned() };
        copy_project(&folder, &to)?;
    }
    leave_out_package(&project.join("package.json"))
}

/// Removes the package from the dependencies: the tarball is installed instead of a published version.
fn leave_out_package(manifest: &Path) -> Result<()> {
    let Ok(text) = fs::read_to_string(manifest) else { return Ok(()) };
    let mut json: Value = serde_json::from_str(&text).with_context(|| format!("{}", manifest.display()))?;
    let dependencies = json.get_mut("dependencies").and_then(Value::as_object_mut);
    if dependencies.and_then(|all| all.remove("hyperstack-credentials")).is_some() {
        fs::write(manifest, serde_json::to_string_pretty(&json)?)?;
    }
    Ok(())
}

/// Runs npm with the arguments that `before` returns, unless that was done already.
fn install(
    task: &Task,
    project: &Path,
    what: &str,
    fingerprint: &Fingerprint,
    before: impl Fn(&Path) -> Result<Vec<OsString>>,
) -> Result<()> {
    let stamp = project.join(format!("node_modules/.xtask-{what}"));
    if stamp::is_fresh(&stamp, fingerprint) {
        return Ok(());
    }
    if stamp.exists() {
        fs::remove_file(&stamp)?;
    }
    let args = before(project)?;
    process::run(
        task,
        Command::new("npm").args(args).args(["--no-audit", "--no-fund", "--prefer-offline"]).current_dir(project),
    )?;
    stamp::write(&stamp, fingerprint)
}

/// Fails at the first file that differs.
fn same_files(one: &Path, other: &Path) -> Result<()> {
    let names = |folder: &Path| -> Result<Vec<PathBuf>> {
        files_below(folder)?.iter().map(|file| Ok(file.strip_prefix(folder)?.to_owned())).collect()
    };
    let (here, there) = (names(one)?, names(other)?);
    if here != there {
        bail!("the files {here:?} differ from {there:?}");
    }
    for name in here {
        if fs::read(one.join(&name))? != fs::read(other.join(&name))? {
            bail!("{} differs", name.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-consumers-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn updates_files_and_keeps_what_npm_installed() {
        let root = scratch("renew");
        let workspace = Workspace::at(&root);
        write(&root.join("tests/consumers/a/in/main.js"), "new");
        write(&root.join("tests/consumers/shared/ask.js"), "ask");
        let project = root.join("project");
        for stale in ["out/main.js", "gone.js", "node_modules/x/index.js", "package-lock.json"] {
            write(&project.join(stale), "old");
        }
        renew_files(&workspace, &project, "a").unwrap();
        let names: Vec<_> = files_below(&project)
            .unwrap()
            .iter()
            .map(|file| file.strip_prefix(&project).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["in/main.js", "node_modules/x/index.js", "package-lock.json", "shared/ask.js"]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn the_package_is_left_out_of_the_templates_dependencies() {
        let root = scratch("template");
        let workspace = Workspace::at(&root);
        write(
            &root.join("template/package.json"),
            r#"{"dependencies":{"hyperstack-credentials":"^1.0.0","other":"2.0.0"}}"#,
        );
        write(&root.join("tests/consumers/shared/ask.js"), "ask");
        let project = root.join("project");
        renew_files(&workspace, &project, "template").unwrap();
        let json: Value = serde_json::from_str(&fs::read_to_string(project.join("package.json")).unwrap()).unwrap();
        assert_eq!(json, serde_json::json!({ "dependencies": { "other": "2.0.0" } }));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn detects_another_package() {
        let root = scratch("same");
        let (one, other) = (root.join("one"), root.join("other"));
        for folder in [&one, &other] {
            write(&folder.join("dist/a.js"), "a");
        }
        assert!(same_files(&one, &other).is_ok());
        write(&other.join("dist/a.js"), "b");
        assert!(same_files(&one, &other).is_err());
        write(&other.join("dist/a.js"), "a");
        write(&other.join("dist/b.js"), "a");
        assert!(same_files(&one, &other).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}
