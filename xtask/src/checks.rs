//! The list of steps behind every command, and what each check runs; `progress` shows them.
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::browsers::{self, Browser};
use crate::progress::{Outcome, Step, Task};
use crate::sandbox::{self, Sandbox};
use crate::workspace::Workspace;
use crate::{bench, consumers, jsr, npm, package, page, process, python, site, size, tools, wasm};

/// The token of the wasm tests; it is valid only for the sandbox that is started for them.
const WASM_TEST_TOKEN: &str = "wasm-test-token";
/// The port of the wasm tests' sandbox, if it is free: the address is compiled into the tests, so a new one at every run
/// would recompile them at every run.
const WASM_TEST_PORT: u16 = 18_790;

/// The library, which is compiled for this machine and for wasm.
const LIBRARY: &str = "hyperstack-credentials";
/// The crates that are compiled for wasm only.
const WASM_ONLY: [&str; 3] = ["hyperstack-interop", "hyperstack-wasm-client", "hyperstack-wasm-verifier"];
/// The crates that are built as modules.
const WASM_MODULES: [&str; 2] = ["wasm/client", "wasm/verifier"];
/// A custom module, which users read as an example.
const WASM_EXAMPLE: (&str, &str) = ("hyperstack-example", "examples/plain-wasm");
/// Their features that are for tests only.
const WASM_FEATURES: &str =
    "hyperstack-wasm-client/trap,hyperstack-wasm-client/sandbox,hyperstack-wasm-verifier/sandbox";

/// The setup that building and running need.
pub(crate) fn setup_to_build() -> Vec<Step> {
    vec![
        Step::new("setup-target", "the wasm32-unknown-unknown target (rustup)", tools::ensure_target),
        Step::new("setup-npm", "Node and the packages of package-lock.json (npm ci)", npm::ensure_packages),
        Step::new(
            "setup-wasm-bindgen",
            "wasm-bindgen of the lock file's version (cargo install)",
            tools::ensure_wasm_bindgen,
        ),
    ]
}

/// The setup that checking the sources needs.
fn setup_to_lint() -> Vec<Step> {
    vec![
        Step::new("setup-target", "the wasm32-unknown-unknown target (rustup)", tools::ensure_target),
        setup_components(),
        Step::new("setup-npm", "Node and the packages of package-lock.json (npm ci)", npm::ensure_packages),
    ]
}

fn setup_components() -> Step {
    Step::new("setup-components", "clippy and rustfmt (rustup)", tools::ensure_components)
}

/// The setup that everything needs.
pub(crate) fn setup() -> Vec<Step> {
    let mut steps = setup_to_build();
    steps.push(setup_components());
    steps.push(Step::new("setup-browsers", "Chromium, its driver and Firefox (apt-get)", browsers::ensure));
    steps.push(Step::new(
        "setup-test-tools",
        "wasm-pack and Firefox's driver (cargo install)",
        tools::ensure_test_tools,
    ));
    steps.push(Step::new(
        "setup-schemathesis",
        "schemathesis in a Python virtual environment (pip)",
        python::ensure_schemathesis,
    ));
    steps.push(site::setup());
    steps.push(bench::setup());
    steps
}

/// The setup that measuring needs.
pub(crate) fn setup_to_bench() -> Vec<Step> {
    let mut steps = setup_to_build();
    steps.push(Step::new("setup-browsers", "Chromium, its driver and Firefox (apt-get)", browsers::ensure));
    steps.push(bench::setup());
    steps
}

/// The steps of the documentation.
pub(crate) fn docs() -> Vec<Step> {
    vec![site::setup(), test_docs()]
}

fn test_docs() -> Step {
    Step::new("test-docs", "the documentation: complete, no broken links (typedoc, linkinator)", site::build)
}

/// The package and the page.
pub(crate) fn build() -> Vec<Step> {
    vec![
        Step::new("build-wasm", "the wasm modules (cargo, wasm-bindgen, wasm-opt)", wasm::build),
        Step::new("build-package", "the npm package, pkg/ (esbuild, tsc)", package::build),
        Step::new("build-page", "the verify page, www/dist/", page::build),
    ]
}

/// The package as it would be published.
pub(crate) fn build_tarball() -> Step {
    Step::new("build-tarball", "the npm package as a tarball, target/package/ (npm pack)", package::build_tarball)
}

/// The sandbox server.
pub(crate) fn build_sandbox() -> Step {
    Step::new("build-sandbox", "the sandbox server", sandbox::build)
}

/// The static checks; `--fix` makes them fix what they can.
fn lint_steps(fix: bool) -> Vec<Step> {
    vec![
        Step::new("lint-fmt", "cargo fmt", move |workspace, task| {
            let mut command = tools::cargo();
            command.args(["fmt", "--all"]);
            if !fix {
                command.arg("--check");
            }
            in_root(workspace, task, &mut command)
        }),
        Step::new("lint-clippy", "clippy, the crates for this machine", move |workspace, task| {
            let mut command = clippy(fix);
            command.args(host_crates()).args(["--all-targets", "--", "-D", "warnings"]);
            in_root(workspace, task, &mut command)
        }),
        Step::new("lint-clippy-wasm", "clippy, the crates for wasm, tests and examples too", move |workspace, task| {
            let library = ["--package", LIBRARY, "--package", WASM_EXAMPLE.0, "--lib"];
            for args in [&library[..], &wasm_crates_with_tests()] {
                let mut command = clippy(fix);
                command.args(args).args(["--target", tools::WASM_TARGET, "--", "-D", "warnings"]);
                in_root(workspace, task, &mut command)?;
            }
            Ok(Outcome::Done)
        }),
        Step::new("lint-rustdoc", "cargo doc, on this machine and for wasm: no warning", rustdoc),
        Step::new("lint-biome", "biome, TypeScript and the page", move |workspace, task| {
            let mut command = npm::command(workspace, "biome");
            command.args(["check", "--error-on-warnings", "--colors=off"]);
            if fix {
                command.arg("--write");
            }
            in_root(workspace, task, &mut command)
        }),
        Step::new("lint-types", "tsc, every TypeScript file", |workspace, task| {
            // The command line uses Node's types, which the rest of the package must not.
            for project in ["tsconfig.json", "pkg-template/src/cli/tsconfig.json"] {
                let mut command = npm::command(workspace, "tsc");
                command.args(["--noEmit", "--pretty", "false", "-p", project]);
                in_root(workspace, task, &mut command)?;
            }
            Ok(Outcome::Done)
        }),
        Step::new("lint-openapi", "openapi.yaml (redocly)", |workspace, task| {
            // It is a script, for a Node that may be newer than the system's.
            let mut command = Command::new(npm::wrangler_node(workspace)?);
            command.args(["node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.yaml"]);
            // Its configuration turns off telemetry; the check for a newer version can be turned off only here.
            in_root(workspace, task, command.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"))
        }),
    ]
}

/// The steps of `cargo xtask lint`.
pub(crate) fn lint(fix: bool) -> Vec<Step> {
    let mut steps = setup_to_lint();
    steps.extend(lint_steps(fix));
    steps
}

/// The steps of `cargo xtask check`, which find most mistakes in a few minutes.
pub(crate) fn check() -> Vec<Step> {
    let mut steps = setup_to_build();
    steps.push(setup_components());
    steps.extend(lint_steps(false));
    steps.push(test_rust());
    steps.extend(build());
    steps.push(build_sandbox());
    steps.push(build_trapping());
    steps.push(test_node());
    steps
}

fn test_rust() -> Step {
    Step::new("test-rust", "cargo test: cases, doctests, the TypeScript types", |workspace, task| {
        let mut command = tools::cargo();
        // The feature adds the test that compares the generated types.
        command.arg("test").args(host_crates()).args(["--features", "hyperstack-credentials/typescript"]);
        in_root(workspace, task, &mut command)
    })
}

fn build_trapping() -> Step {
    Step::new("build-trapping", "a client that traps on purpose, for the tests", package::build_trapping)
}

fn test_node() -> Step {
    Step::new("test-node", "the package in Node", |workspace, task| {
        node_tests(workspace, task, "tests/node", &npm::node()?, Vec::new())
    })
}

/// The steps of `cargo xtask test`.
pub(crate) fn test() -> Vec<Step> {
    let mut steps = setup();
    steps.extend(lint_steps(false));
    steps.push(test_rust());
    steps.push(test_docs());
    steps.extend(build());
    steps.push(Step::new("test-size", "what a user downloads, against its bounds", size::check));
    steps.push(build_tarball());
    steps.push(build_sandbox());
    steps.push(build_trapping());
    steps.extend(wasm_pack_steps());
    steps.push(test_node());
    steps.push(Step::new("test-cli-node-20", "the command line, Node 20", |workspace, task| {
        node_tests(workspace, task, "tests/cli", &npm::node()?, Vec::new())
    }));
    steps.push(Step::new("test-cli-node-lts", "the command line, current Node", |workspace, task| {
        node_tests(workspace, task, "tests/cli", &npm::wrangler_node(workspace)?, Vec::new())
    }));
    steps.push(Step::new(
        "test-documents",
        "the documents: links, leftovers, programs, lock files",
        |workspace, task| node_tests(workspace, task, "tests/docs", &npm::wrangler_node(workspace)?, Vec::new()),
    ));
    steps.push(Step::new("test-contract", "openapi.yaml: its examples, the client, the sandbox", |workspace, task| {
        let environment = vec![("SCHEMATHESIS_PYTHON", python::schemathesis(workspace)?.into())];
        node_tests(workspace, task, "tests/contract", &npm::wrangler_node(workspace)?, environment)
    }));
    steps.push(Step::new("test-workerd", "the Worker in workerd", |workspace, task| {
        let node = npm::wrangler_node(workspace)?;
        node_tests(workspace, task, "tests/workerd", &node, Vec::new())
    }));
    steps.push(Step::new(
        "test-load",
        "the Worker at saturation, a minute of a failing upstream",
        |workspace, task| {
            let node = npm::wrangler_node(workspace)?;
            node_tests(workspace, task, "tests/load", &node, vec![("LOAD_SECONDS", "60".into())])
        },
    ));
    steps.push(Step::new("test-page-chromium", "the verify page in Chromium", |workspace, task| {
        page_tests(workspace, task, "tests/page", Browser::Chromium)
    }));
    steps.push(Step::new("test-page-firefox", "the verify page in Firefox", |workspace, task| {
        page_tests(workspace, task, "tests/page", Browser::Firefox)
    }));
    steps.push(Step::new("test-element-chromium", "the element in others' pages, Chromium", |workspace, task| {
        page_tests(workspace, task, "tests/element", Browser::Chromium)
    }));
    steps.push(Step::new("test-element-firefox", "the element in others' pages, Firefox", |workspace, task| {
        page_tests(workspace, task, "tests/element", Browser::Firefox)
    }));
    steps.push(Step::new(
        "test-benches",
        "the benchmarks, each for a moment: is what they run right?",
        |workspace, task| {
            node_tests(
                workspace,
                task,
                "tests/benches",
                &npm::wrangler_node(workspace)?,
                browser_environment(Browser::Chromium)?,
            )
        },
    ));
    steps.push(Step::new(
        "test-package-again",
        "the package, built twice, is the same to the byte",
        package::test_reproducible,
    ));
    steps.push(Step::new(
        "test-package-jsr",
        "the package as JSR takes it: a dry run of publishing it (deno)",
        jsr::test,
    ));
    steps.extend(CONSUMERS.iter().map(|consumer| {
        Step::new(consumer.step, consumer.about, move |workspace, task| consumer_tests(workspace, task, consumer))
    }));
    steps
}

/// A consumer of the packed package: a folder of `tests/consumers`, an example or the template, and the test of that name.
struct Consumer {
    step: &'static str,
    about: &'static str,
    name: &'static str,
    browser: Shown,
    /// The consumer whose project contains the program that runs this one.
    tools: Option<&'static str>,
}

impl Consumer {
    /// The path of its test file. The tests of examples are not beside them, because users copy those folders.
    fn test(&self) -> String {
        let folder = if self.name.contains('/') { "tests" } else { "tests/consumers" };
        format!("{folder}/{}.test.mjs", self.name)
    }
}

/// The browsers in which the consumer's pages are opened.
enum Shown {
    Nowhere,
    In(Browser),
    InWebKit,
}

/// A folder of `examples` that needs no browser.
const fn example(step: &'static str, name: &'static str, about: &'static str) -> Consumer {
    Consumer { step, about, name, browser: Shown::Nowhere, tools: None }
}

const CONSUMERS: [Consumer; 21] = [
    Consumer {
        step: "test-package-manifest",
        about: "the tarball: publint, are-the-types-wrong, its files",
        name: "manifest",
        browser: Shown::Nowhere,
        tools: None,
    },
    Consumer {
        step: "test-package-types",
        about: "the tarball's types, oldest and newest TypeScript",
        name: "types",
        browser: Shown::Nowhere,
        tools: None,
    },
    Consumer {
        step: "test-package-runtimes",
        about: "the tarball in Node 20 and its LTS, Deno, Bun",
        name: "runtimes",
        browser: Shown::Nowhere,
        tools: None,
    },
    Consumer {
        step: "test-package-workerd",
        about: "the tarball in workerd, new and old compatibility date",
        name: "workerd",
        browser: Shown::Nowhere,
        tools: None,
    },
    Consumer {
        step: "test-package-zone",
        about: "the tarball under zone.js, which replaces promises",
        name: "zone",
        browser: Shown::Nowhere,
        tools: None,
    },
    Consumer {
        step: "test-package-template",
        about: "the template of a verify service, with the tarball",
        name: "template",
        browser: Shown::Nowhere,
        tools: None,
    },
    Consumer {
        step: "test-package-next-14",
        about: "the tarball in Next 14: no verdict out of its cache",
        name: "next-14",
        browser: Shown::Nowhere,
        tools: None,
    },
    Consumer {
        step: "test-package-pages-chromium",
        about: "the tarball in plain pages, Chromium",
        name: "pages",
        browser: Shown::In(Browser::Chromium),
        tools: None,
    },
    Consumer {
        step: "test-package-pages-firefox",
        about: "the tarball in plain pages, Firefox",
        name: "pages",
        browser: Shown::In(Browser::Firefox),
        tools: None,
    },
    Consumer {
        step: "test-package-pages-webkit",
        about: "the tarball in plain pages, WebKit if there is one",
        name: "pages",
        browser: Shown::InWebKit,
        tools: None,
    },
    Consumer {
        step: "test-package-bundlers-chromium",
        about: "the tarball through bundlers, Chromium",
        name: "bundlers",
        browser: Shown::In(Browser::Chromium),
        tools: None,
    },
    Consumer {
        step: "test-package-bundlers-firefox",
        about: "the tarball through bundlers, Firefox",
        name: "bundlers",
        browser: Shown::In(Browser::Firefox),
        tools: None,
    },
    Consumer {
        step: "test-package-bundlers-webkit",
        about: "the tarball through bundlers, WebKit if there is one",
        name: "bundlers",
        browser: Shown::InWebKit,
        tools: None,
    },
    example("test-example-worker", "examples/worker", "the example of a Worker, in workerd"),
    example("test-example-hono", "examples/hono", "the example of Hono, with Node"),
    example("test-example-express", "examples/express", "the example of Express, with Node"),
    Consumer {
        tools: Some("runtimes"),
        ..example("test-example-deno", "examples/deno", "the example of a server with Deno")
    },
    Consumer {
        tools: Some("runtimes"),
        ..example("test-example-bun", "examples/bun", "the example of a program with Bun")
    },
    Consumer {
        browser: Shown::In(Browser::Chromium),
        ..example("test-example-react", "examples/react", "the example of a page with React and the element")
    },
    Consumer {
        browser: Shown::In(Browser::Chromium),
        ..example("test-example-angular", "examples/angular", "the example of Angular with zone.js")
    },
    Consumer {
        browser: Shown::In(Browser::Chromium),
        ..example("test-example-next", "examples/next", "the example of Next, with more pages: browser, server, edge")
    },
];

fn consumer_tests(workspace: &Workspace, task: &Task, consumer: &Consumer) -> Result<Outcome> {
    let mut environment = match consumer.browser {
        Shown::Nowhere => Vec::new(),
        Shown::In(browser) => browser_environment(browser)?,
        Shown::InWebKit => {
            let Some(webkit) = browsers::webkit() else {
                let packages = browsers::WEBKIT_PACKAGES.join(" ");
                return Ok(Outcome::Already(format!("SKIPPED, WebKit is not installed: apt-get install {packages}")));
            };
            vec![
                ("BROWSER", "webkit".into()),
                ("WEBKIT", webkit.program.into()),
                ("WEBKIT_DRIVER", webkit.driver.into()),
            ]
        }
    };
    for name in consumer.tools.iter().chain([&consumer.name]) {
        consumers::prepare(workspace, task, name)?;
    }
    environment.push(("HYPERSTACK_CONSUMERS", consumers::folder(workspace)?.into()));
    environment.push(("HYPERSTACK_TARBALL", package::tarball(workspace)?.into()));
    let test = workspace.path(&consumer.test());
    // Several of the tools need a newer Node than the system may have.
    run_node_tests(workspace, task, &npm::wrangler_node(workspace)?, ONE_BY_ONE, &[test], environment)
}

/// The selected steps of `test`, by the start of their names, and the steps that they need.
pub(crate) fn select(steps: Vec<Step>, prefixes: &[String]) -> Result<Vec<Step>> {
    if prefixes.is_empty() {
        return Ok(steps);
    }
    let wanted = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    for prefix in prefixes {
        if !steps.iter().any(|step| step.name.starts_with(prefix.as_str())) {
            bail!("no step's name starts with `{prefix}`; `cargo xtask test --list` shows them");
        }
    }
    let needs_build = steps.iter().any(|step| wanted(step.name) && uses_build(step.name));
    Ok(steps
        .into_iter()
        .filter(|step| {
            wanted(step.name) || step.name.starts_with("setup-") || (needs_build && step.name.starts_with("build-"))
        })
        .collect())
}

/// Whether a step uses the output of the build steps.
fn uses_build(name: &str) -> bool {
    name.starts_with("build-") || (name.starts_with("test-") && !["test-rust", "test-docs"].contains(&name))
}

fn in_root(workspace: &Workspace, task: &Task, command: &mut Command) -> Result<Outcome> {
    process::run(task, command.current_dir(workspace.root()))?;
    Ok(Outcome::Done)
}

/// Selects the crates that run on this machine.
fn host_crates() -> Vec<&'static str> {
    let mut args = vec!["--workspace"];
    args.extend(WASM_ONLY.iter().flat_map(|name| ["--exclude", name]));
    args
}

/// Selects the crates that are compiled to wasm only, with their tests.
fn wasm_crates_with_tests() -> Vec<&'static str> {
    let mut args = vec!["--all-targets", "--features", WASM_FEATURES];
    args.extend(WASM_ONLY.iter().flat_map(|name| ["--package", name]));
    args
}

/// Documents the library on this machine and, with the transport over `fetch`, for wasm.
fn rustdoc(workspace: &Workspace, task: &Task) -> Result<Outcome> {
    for target in [&[][..], &["--target", tools::WASM_TARGET]] {
        let mut command = tools::cargo();
        command.args(["doc", "--no-deps", "--package", LIBRARY]).args(target).env("RUSTDOCFLAGS", "-D warnings");
        in_root(workspace, task, &mut command)?;
    }
    Ok(Outcome::Done)
}

fn clippy(fix: bool) -> Command {
    let mut command = tools::cargo();
    command.arg("clippy");
    if fix {
        // The fixes are reviewed in a diff, so other changes in the work tree do not matter.
        command.args(["--fix", "--allow-dirty", "--allow-staged"]);
    }
    command
}

/// Returns the test files, at least one: a step that finds nothing to run must not pass.
fn files_in(workspace: &Workspace, folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let path = workspace.path(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(&path).with_context(|| format!("there is no folder {folder}"))? {
        let file = entry?.path();
        if file.is_file() && file.to_string_lossy().ends_with(ending) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The steps of wasm-pack: its own build, and the wasm-bindgen tests in browsers.
fn wasm_pack_steps() -> Vec<Step> {
    vec![
        Step::new("test-wasm-pack", "wasm-pack build --target web, and its functions in Node", |workspace, task| {
            wasm_pack_build(workspace, task)?;
            node_tests(workspace, task, "tests/wasm-pack", &npm::node()?, Vec::new())
        }),
        Step::new("test-wasm-chromium", "wasm-bindgen tests in Chromium (wasm-pack)", |workspace, task| {
            wasm_tests(workspace, task, Browser::Chromium, None)
        }),
        Step::new("test-wasm-firefox", "wasm-bindgen tests in Firefox (wasm-pack)", |workspace, task| {
            wasm_tests(workspace, task, Browser::Firefox, None)
        }),
        Step::new("test-wasm-sandbox-chromium", "the same against a sandbox, Chromium", |workspace, task| {
            wasm_tests(workspace, task, Browser::Chromium, Some(&start_wasm_sandbox(workspace)?))
        }),
        Step::new("test-wasm-sandbox-firefox", "the same against a sandbox, Firefox", |workspace, task| {
            wasm_tests(workspace, task, Browser::Firefox, Some(&start_wasm_sandbox(workspace)?))
        }),
    ]
}

/// Builds the package of each module with wasm-pack alone, for tests/wasm-pack.
fn wasm_pack_build(workspace: &Workspace, task: &Task) -> Result<()> {
    for folder in WASM_MODULES.iter().chain([&WASM_EXAMPLE.1]) {
        let mut command = wasm::wasm_pack(workspace)?;
        command.args(["build", "--target", "web", "--mode", "no-install", folder, "--out-dir"]);
        command.arg(wasm_pack_folder(workspace).join(folder));
        process::run(task, &mut command)?;
    }
    Ok(())
}

fn wasm_pack_folder(workspace: &Workspace) -> PathBuf {
    workspace.target("wasm-pack")
}

fn start_wasm_sandbox(workspace: &Workspace) -> Result<Sandbox> {
    let port = if TcpListener::bind(("127.0.0.1", WASM_TEST_PORT)).is_ok() { WASM_TEST_PORT } else { 0 };
    Sandbox::start(workspace, port, WASM_TEST_TOKEN, None)
}

/// Runs the tests of the crates in `wasm/`. Those that need a sandbox are compiled in with it.
fn wasm_tests(workspace: &Workspace, task: &Task, browser: Browser, sandbox: Option<&Sandbox>) -> Result<Outcome> {
    for folder in WASM_MODULES {
        let mut command = wasm::wasm_pack(workspace)?;
        command
            .args(wasm_test_args(browser, &driver(browser)?, folder))
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", browser.write_capabilities(workspace)?)
            // Generous, because a browser's first start on a busy machine is slow.
            .env("WASM_BINDGEN_TEST_TIMEOUT", "180")
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
        if let Some(sandbox) = sandbox {
            command.args(["--features", "sandbox"]).env("HYPERSTACK_SANDBOX_URL", sandbox.url());
        }
        process::run(task, &mut command)?;
    }
    Ok(Outcome::Done)
}

fn driver(browser: Browser) -> Result<PathBuf> {
    match browser {
        Browser::Chromium => browsers::chromedriver(),
        Browser::Firefox => tools::geckodriver().program(),
    }
}

fn wasm_test_args(browser: Browser, driver: &Path, folder: &str) -> Vec<OsString> {
    let (browser, driver_option) = match browser {
        Browser::Chromium => ("--chrome", "--chromedriver"),
        Browser::Firefox => ("--firefox", "--geckodriver"),
    };
    let mut args: Vec<OsString> = ["test", "--headless", browser, driver_option].map(OsString::from).to_vec();
    args.push(driver.into());
    args.extend(["--mode", "no-install", folder].map(OsString::from));
    args
}

fn page_tests(workspace: &Workspace, task: &Task, folder: &str, browser: Browser) -> Result<Outcome> {
    let node = npm::wrangler_node(workspace)?;
    node_tests(workspace, task, folder, &node, browser_environment(browser)?)
}

fn node_tests(
    workspace: &Workspace,
    task: &Task,
    folder: &str,
    node: &Path,
    environment: Vec<(&'static str, OsString)>,
) -> Result<Outcome> {
    let files = files_in(workspace, folder, ".test.mjs")?;
    if files.is_empty() {
        bail!("there is no test in {folder} (*.test.mjs)");
    }
    // The system's Node may be an early version 20 without a time limit.
    let options = if folder == "tests/node" { SIDE_BY_SIDE } else { ONE_BY_ONE };
    run_node_tests(workspace, task, node, options, &files, environment)
}

/// Browsers and Workers compete for two cores. A test that hangs fails, with its name, instead of stopping the whole run.
const ONE_BY_ONE: &[&str] = &["--test-concurrency=1", "--test-timeout=300000"];
/// Tests in Node mostly wait for servers of their own.
const SIDE_BY_SIDE: &[&str] = &["--test-concurrency=4"];

/// The environment variables by which tests find a browser.
fn browser_environment(browser: Browser) -> Result<Vec<(&'static str, OsString)>> {
    Ok(vec![
        ("BROWSER", browser.name().into()),
        ("CHROMIUM", Browser::Chromium.program()?.into()),
        ("CHROMEDRIVER", browsers::chromedriver()?.into()),
        ("FIREFOX", Browser::Firefox.program()?.into()),
        ("GECKODRIVER", tools::geckodriver().program()?.into()),
    ])
}

fn run_node_tests(
    workspace: &Workspace,
    task: &Task,
    node: &Path,
    options: &[&str],
    files: &[PathBuf],
    environment: Vec<(&'static str, OsString)>,
) -> Result<Outcome> {
    let mut command = Command::new(node);
    command
        .args(["--test", "--test-reporter=spec"])
        .args(options)
        .args(files)
        .current_dir(workspace.root())
        .env("HYPERSTACK_SANDBOX_BIN", sandbox::program(workspace))
        .env("HYPERSTACK_TRAPPING", package::trapping(workspace))
        .env("HYPERSTACK_WASM_PACK", wasm_pack_folder(workspace))
        .env("WRANGLER_NODE", npm::wrangler_node(workspace)?)
        .env("WRANGLER_SEND_METRICS", "false")
        .env("NO_COLOR", "1")
        .envs(environment);
    let result = process::run(task, &mut command);
    // A test file that ended badly may have left its servers behind.
    process::end_descendants();
    result?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(steps: &[Step]) -> Vec<&'static str> {
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn every_step_has_a_unique_name() {
        let steps = test();
        let all = names(&steps);
        let mut unique = all.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), all.len(), "{all:?}");
    }

    #[test]
    fn lint_is_exactly_the_lint_part_of_test() {
        let part =
            |steps: Vec<Step>| names(&steps).into_iter().filter(|name| name.starts_with("lint-")).collect::<Vec<_>>();
        assert_eq!(part(lint(false)), part(test()));
        assert_eq!(part(lint(true)), part(test()));
    }

    #[test]
    fn only_selects_the_steps_and_what_they_need() {
        let only = |prefix: &str| names(&select(test(), &[prefix.to_owned()]).unwrap());
        let page = only("test-page");
        assert!(page.contains(&"build-page") && page.contains(&"setup-browsers"));
        assert!(!page.contains(&"lint-fmt") && !page.contains(&"test-node"));
        assert!(!only("lint-fmt").contains(&"build-wasm"));
        assert!(!only("test-rust").contains(&"build-wasm"));
        assert!(!only("test-docs").contains(&"build-wasm") && only("test-docs").contains(&"setup-npm-docs"));
        assert!(select(test(), &["nonsense".to_owned()]).is_err());
        assert_eq!(names(&select(test(), &[]).unwrap()), names(&test()));
    }

    #[test]
    fn every_consumer_has_a_step_and_every_step_a_consumer() {
        let workspace = Workspace::locate().unwrap();
        let mut tests = Vec::new();
        for folder in ["tests/consumers", "tests/examples"] {
            tests.extend(files_in(&workspace, folder, ".test.mjs").unwrap());
        }
        let mut named: Vec<_> = CONSUMERS.iter().map(|consumer| workspace.path(&consumer.test())).collect();
        named.sort_unstable();
        named.dedup();
        assert_eq!(tests, named);
        for Consumer { name, .. } in &CONSUMERS {
            assert!(consumers::source(&workspace, name).join("package.json").exists(), "{name}");
        }
    }

    #[test]
    fn every_example_is_tested() {
        let workspace = Workspace::locate().unwrap();
        for entry in fs::read_dir(workspace.path("examples")).unwrap() {
            let entry = entry.unwrap();
            let name = format!("examples/{}", entry.file_name().to_string_lossy());
            if entry.path().join("package.json").exists() {
                assert!(CONSUMERS.iter().any(|consumer| consumer.name == name), "{name} has no step");
            } else if entry.path().is_dir() {
                let members = fs::read_to_string(workspace.path("Cargo.toml")).unwrap();
                assert!(members.contains(&format!("\"{name}\"")), "{name} is in no workspace");
            }
        }
    }

    #[test]
    fn wasm_pack_gets_the_driver_and_the_crate() {
        let args = wasm_test_args(Browser::Firefox, Path::new("/bin/geckodriver"), "wasm/client");
        let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        assert_eq!(
            args.join(" "),
            "test --headless --firefox --geckodriver /bin/geckodriver --mode no-install wasm/client"
        );
    }

    #[test]
    fn every_crate_of_the_workspace_is_checked() {
        let host = host_crates().join(" ");
        let wasm = wasm_crates_with_tests().join(" ");
        for name in WASM_ONLY {
            assert!(host.contains(&format!("--exclude {name}")) && wasm.contains(&format!("--package {name}")));
        }
    }
}
