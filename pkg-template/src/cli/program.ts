/** The commands, their options and their help: the single source of what `--help` and docs/cli.md say. */
import { Command, Option } from "commander";
import { wholeNumber } from "./arguments.js";
import type { ExitCode } from "./exit-codes.js";
import { type VerifyCommandOptions, verify } from "./verify.js";

/** The name under which npm installs it. */
const NAME = "hyperstack-credentials";
const DEFAULT_CONCURRENCY = 5;
const MAX_CONCURRENCY = 100;

/** Adds the options of every command that talks to the API. */
const withClientOptions = (command: Command): Command =>
  command
    .option(
      "--token-file <file>",
      "file that holds the API token (default: the variable HYPERSTACK_API_TOKEN)",
    )
    .option(
      "--base-url <url>",
      "address of the API, for the sandbox (default: the variable HYPERSTACK_API_BASE, or https://api.thehyperstack.com)",
    )
    .addOption(
      new Option("--token <token>").hideHelp().argParser(() => {
        throw new RefusedToken();
      }),
    );

/** `--token` was given. */
export class RefusedToken extends Error {
  override message =
    "--token is refused: other users of this machine can see arguments, and the shell stores them. " +
    "Set HYPERSTACK_API_TOKEN, or use --token-file FILE.";
}

const concurrencyOption = (): Option =>
  new Option("--concurrency <n>", `requests at once, 1 to ${MAX_CONCURRENCY}`)
    .default(DEFAULT_CONCURRENCY)
    .argParser(wholeNumber(1, MAX_CONCURRENCY));

/** Receives the exit code of the command that ran. */
export type Finish = (exitCode: ExitCode) => void;

const addVerify = (program: Command, finish: Finish): void => {
  withClientOptions(
    program
      .command("verify")
      .summary("verify credential links")
      .description(
        "Verifies credential links or ids against the account of the token. Prints one line per link: outcome, verdict " +
          "(or why there is none), link, group, name of the recipient if public. Without a terminal, tabs separate them.",
      )
      .argument("[link...]", "credential links or ids, or “-” for a list on standard input")
      .option(
        "--file <list>",
        "list of links: one per line, or CSV with a column of links; “-” is standard input",
      )
      .option("--column <heading>", "heading of the column of links (default: link, url, credential)")
      .option("--json", "print one JSON object per line (NDJSON): the verification with its thirteen checks")
      .addOption(concurrencyOption()),
  )
    .addHelpText(
      "after",
      `
Exit codes:
  0   every link is verified
  1   a link is not verified
  2   a link could not be checked
  64  wrong use of the command line
  65  the list cannot be read as text or CSV
  66  the list is missing

Examples:
  ${NAME} verify https://hyperstack.id/credential/0123456789abcdef0123456789abcdef
  ${NAME} verify --file links.csv --column "Certificate" --json > report.ndjson
  cut -f3 links.tsv | ${NAME} verify -`,
    )
    .action(async (links: string[], options: VerifyCommandOptions) => finish(await verify(links, options)));
};

/** Creates the program. */
export const createProgram = (version: string, finish: Finish): Command => {
  const program = new Command(NAME)
    .description("Verifies and issues Hyperstack digital credentials.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  addVerify(program, finish);
  return program;
};
