/** The commands, their options and their help: the single source of what `--help` and docs/cli.md say. */
import { Command, Option } from "commander";
import { wholeNumber } from "./arguments.js";
import type { ExitCode } from "./exit-codes.js";
import { type IssueCommandOptions, issue } from "./issue.js";
import { parseColumns } from "./people.js";
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

const addIssue = (program: Command, finish: Finish): void => {
  withClientOptions(
    program
      .command("issue")
      .summary("issue credentials to the people of a CSV file")
      .description(
        "Issues a credential to each person of a CSV file (UTF-8 or UTF-16, separated by “;”, “,” or tabs), once. Checks all " +
          "rows first, then asks. The columns name and email are found by their headings; columns custom_… become custom " +
          "attributes; white space around names and addresses is removed. Findings and the summary are printed to standard " +
          "output, progress and questions to standard error.",
      )
      .argument("<recipients.csv>", "the list, or with --only-failed the report of an earlier run")
      .requiredOption("--group <key>", "key of the group, as `groups list` shows it")
      .option("--draft", "create drafts, which mail nobody; `credentials publish` publishes one")
      .option("--dry-run", "check all rows and list every finding; sends nothing and needs no token")
      .option(
        "--columns <fields>",
        'headings of other columns: "name=Full name,email=Mail,custom_grade=Grade"',
        parseColumns,
      )
      .option("--skip-invalid", "leave out faulty rows; the report explains them")
      .option("--only-failed", "issue what is invalid, failed or not sent by a report, and update the report")
      .option(
        "--journal <file>",
        "journal of the run, by which it can be resumed (default: recipients.csv.journal.ndjson)",
      )
      .option(
        "--report <file>",
        "CSV with the list and how each row ended (default: recipients.csv.report.csv)",
      )
      .option("-y, --yes", "do not ask; without a terminal, nothing is sent otherwise")
      .addOption(concurrencyOption()),
  )
    .addHelpText(
      "after",
      `
Ctrl-C ends the run cleanly: requests in flight are awaited. The same command resumes it, and nobody gets a second e-mail.

Exit codes:
  0   every row has its credential, except those left out; with --dry-run: no faulty row
  1   a row failed
  2   not finished: interrupted, declined, no credits, token refused
  64  wrong use of the command line
  65  the file cannot be read as CSV, or has faulty rows (nothing was sent)
  66  the file is missing
  73  journal or report cannot be written
  130 ended by a second Ctrl-C

Examples:
  ${NAME} issue recipients.csv --group Rehearsal001 --dry-run
  ${NAME} issue recipients.csv --group Rehearsal001
  ${NAME} issue recipients.csv --group Rehearsal001 --columns "name=Full name,email=Mail" --skip-invalid --yes
  ${NAME} issue recipients.csv.report.csv --group Rehearsal001 --only-failed`,
    )
    .action(async (file: string, options: IssueCommandOptions) => finish(await issue(file, options)));
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
  addIssue(program, finish);
  return program;
};
