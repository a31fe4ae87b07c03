//! The command line of `cargo xtask`. Each command is in the module named after it.
mod apt;
mod bench;
mod browsers;
mod checks;
mod consumers;
mod demo;
mod factory;
mod http;
mod jsr;
mod lockfile;
mod npm;
mod package;
mod page;
mod process;
mod progress;
mod project;
mod python;
mod sandbox;
mod site;
mod size;
mod source_map;
mod stamp;
mod tools;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::workspace::Workspace;

fn main() -> ExitCode {
    let matches = command_line().get_matches();
    match run(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Without clap's derive: it would be the only procedural macro here, and slow the first build.
fn command_line() -> Command {
    Command::new("cargo xtask")
        .bin_name("cargo xtask")
        .about("Every developer command of this repository; each sets up what it needs")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("setup")
                .about("Install everything the other commands need: wasm target, wasm tools, npm packages, browsers"),
        )
        .subcommand(Command::new("build").about("Build the npm package (pkg/) and the verify page (www/dist/)"))
        .subcommand(Command::new("pack").about("Build the npm package as it would be published, and say where it is"))
        .subcommand(
            Command::new("test")
                .about("Run every check and every test, in Chromium and Firefox too")
                .arg(
                    Arg::new("only")
                        .long("only")
                        .value_name("STEP")
                        .action(ArgAction::Append)
                        .help("Run only the steps whose names start with this, and what they need; may be repeated"),
                )
                .arg(
                    Arg::new("list")
                        .long("list")
                        .action(ArgAction::SetTrue)
                        .help("Print the steps instead of running them"),
                ),
        )
        .subcommand(
            Command::new("demo")
                .about("Start the verify page with a sandbox behind it, until Ctrl-C")
                .long_about(
                    "Start the verify page with a sandbox behind it, until Ctrl-C.\n\n\
                     With HYPERSTACK_API_TOKEN in the environment the page uses the real API instead.",
                )
                .arg(
                    Arg::new("port")
                        .long("port")
                        .value_name("PORT")
                        .default_value("8787")
                        .value_parser(value_parser!(u16).range(1..))
                        .help("Where the page is served, on 127.0.0.1"),
                ),
        )
        .subcommand(Command::new("check").about(
            "Run what finds most mistakes in a few minutes: lint, the tests in Rust, the package in Node; no browser",
        ))
        .subcommand(
            Command::new("lint").about("Run the static checks of `test`: fmt, clippy, biome, types").arg(
                Arg::new("fix").long("fix").action(ArgAction::SetTrue).help("Fix what can be fixed automatically"),
            ),
        )
        .subcommand(
            Command::new("bench")
                .about("Build and run the benchmarks, and write docs/benchmarks.md, its chart and README's summary")
                .arg(
                    Arg::new("only")
                        .long("only")
                        .value_name("PART")
                        .action(ArgAction::Append)
                        .help("Run only this part and rewrite only its section; may be repeated"),
                )
                .arg(
                    Arg::new("quick")
                        .long("quick")
                        .action(ArgAction::SetTrue)
                        .help("Run everything for a moment only, and write nothing"),
                ),
        )
        .subcommand(
            Command::new("size")
                .about("Build, and print what a user downloads (raw, gzip, brotli), against the gates and goals"),
        )
        .subcommand(
            Command::new("docs")
                .about("Build the documentation with the API reference as a site, in target/docs/ (typedoc)"),
        )
        .subcommand(
            Command::new("project")
                .about("Write what project.json says (repository, contacts) into the documents that show it"),
        )
        .subcommand(
            Command::new("release-check")
                .about("Check that a tag can be released: project.json is complete, the version and the changelog fit")
                .arg(Arg::new("tag").value_name("TAG").required(true).help("The tag, v and the version of Cargo.toml")),
        )
        .subcommand(
            Command::new("clean")
                .about("Remove what was built (pkg/, www/dist/, target/); tools and npm packages stay"),
        )
}

fn run(matches: &ArgMatches) -> Result<()> {
    let workspace = Workspace::locate()?;
    let (name, options) = matches.subcommand().unwrap_or(("", matches));
    if name == "test" && options.get_flag("list") {
        for step in checks::test() {
            println!("{:<30} {}", step.name, step.about);
        }
        return Ok(());
    }
    process::end_everything_on_signals()?;
    let result = dispatch(&workspace, name, options);
    // Nothing that was started outlives the command, however it ended.
    process::end_descendants();
    result
}

fn dispatch(workspace: &Workspace, name: &str, options: &ArgMatches) -> Result<()> {
    match name {
        "setup" => progress::run(workspace, "setup", &checks::setup()),
        "build" => {
            let steps = joined(checks::setup_to_build(), checks::build());
            progress::run(workspace, "build", &steps)
        }
        "pack" => {
            let mut steps = joined(checks::setup_to_build(), checks::build());
            steps.push(checks::build_tarball());
            progress::run(workspace, "pack", &steps)?;
            println!("{}", workspace.show(&package::tarball(workspace)?));
            Ok(())
        }
        "test" => {
            let only: Vec<String> = options.get_many("only").unwrap_or_default().cloned().collect();
            let steps = checks::select(checks::test(), &only)?;
            progress::run(workspace, "test", &steps)
        }
        "check" => progress::run(workspace, "check", &checks::check()),
        "lint" => progress::run(workspace, "lint", &checks::lint(options.get_flag("fix"))),
        "bench" => {
            let only: Vec<String> = options.get_many("only").unwrap_or_default().cloned().collect();
            let quick = options.get_flag("quick");
            let parts = bench::parts(&only, quick)?;
            let mut steps = joined(checks::setup_to_bench(), checks::build());
            steps.push(bench::build_sandbox());
            steps.extend(parts);
            progress::run(workspace, "bench", &steps)?;
            if !quick {
                println!("\nwritten: docs/benchmarks.md, docs/benchmarks.svg and the summary in README.md");
            }
            Ok(())
        }
        "docs" => {
            progress::run(workspace, "docs", &checks::docs())?;
            site::announce(workspace);
            Ok(())
        }
        "size" => {
            let steps = joined(checks::setup_to_build(), checks::build());
            progress::run(workspace, "size", &steps)?;
            println!();
            size::print(workspace)
        }
        "demo" => {
            let port = options.get_one("port").copied().unwrap_or(8787);
            demo::check_port(port)?;
            let mut steps = joined(checks::setup_to_build(), checks::build());
            steps.push(checks::build_sandbox());
            progress::run(workspace, "demo", &steps)?;
            demo::run(workspace, port)
        }
        "project" => project::write_documents(workspace),
        "release-check" => {
            let tag: &String = options.get_one("tag").context("the command line requires a tag")?;
            project::check_release(workspace, tag)
        }
        "clean" => clean(workspace),
        other => anyhow::bail!("unknown command `{other}`"),
    }
}

fn joined(mut first: Vec<progress::Step>, second: Vec<progress::Step>) -> Vec<progress::Step> {
    first.extend(second);
    first
}

fn clean(workspace: &Workspace) -> Result<()> {
    let built = ["pkg", "pkg.unfinished", "www/dist", "www/dist.unfinished", "www/.wrangler", "test-results"];
    for folder in built.map(|folder| workspace.path(folder)) {
        tools::remove_folder(&folder)?;
    }
    // This program is in target/ itself; Unix can remove a running program.
    tools::remove_folder(&workspace.target(""))?;
    tools::remove_folder(&consumers::folder(workspace)?)?;
    println!("removed what was built; tools and npm packages stay");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command_line().debug_assert();
    }

    #[test]
    fn every_command_has_a_help_text() {
        for command in command_line().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }

    #[test]
    fn accepts_only_port_numbers() {
        let parse = |port: &str| command_line().try_get_matches_from(["cargo xtask", "demo", "--port", port]);
        assert!(parse("8787").is_ok());
        assert!(parse("0").is_err() && parse("65536").is_err() && parse("x").is_err());
    }
}
