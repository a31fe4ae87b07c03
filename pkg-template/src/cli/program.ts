/** Defines the commands, their options and their help. docs/cli.md must list the same options. */
import addCompletion from "@bomb.sh/tab/commander";
import { Command, Option } from "commander";
import { account } from "./account.js";
import { positiveNumber, wholeNumber } from "./arguments.js";
import type { ClientOptions } from "./client.js";
import {
  type PublishOptions,
  publishCredentials,
  type SearchOptions,
  searchCredentials,
  viewCredential,
} from "./credentials.js";
import type { ExitCode } from "./exit-codes.js";
import {
  type CreateGroupOptions,
  createGroup,
  type ListGroupsOptions,
  listGroups,
  viewGroup,
} from "./groups.js";
import { type IssueCommandOptions, issue } from "./issue.js";
import { parseColumns } from "./people.js";
import type { RecordOptions } from "./records.js";
import { type VerifyCommandOptions, verify } from "./verify.js";

const COMMAND_NAME = "hyperstack-credentials";
const DEFAULT_CONCURRENCY = 5;
const MAX_CONCURRENCY = 100;
const MAX_LIMIT = 1_000_000;

/** Adds the options of every command that talks to the API. */
const withClientOptions = (command: Command): Command =>
  command
    .option(
      "--token-file <file>",
      "file that holds the API token (default: the variable HYPERSTACK_API_TOKEN, or the file that HYPERSTACK_API_TOKEN_FILE names)",
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

/** Rejects the option `--token`. */
export class RefusedToken extends Error {
  override message =
    "--token is refused: other users of this machine can see arguments, and the shell stores them. " +
    "Set HYPERSTACK_API_TOKEN, or use --token-file FILE.";
}

const concurrencyOption = (): Option =>
  new Option("--concurrency <n>", `requests at once, 1 to ${MAX_CONCURRENCY}`)
    .default(DEFAULT_CONCURRENCY)
    .argParser(wholeNumber({ min: 1, max: MAX_CONCURRENCY }));

/** Receives the exit code of the command that ran. */
export type Finish = (exitCode: ExitCode) => void;

const addVerify = (program: Command, finish: Finish): void => {
  withClientOptions(
    program
      .command("verify")
      .summary("verify credential links")
      .description(
        "Verifies credential links or ids against the account of the token. Prints one line per link: outcome, verdict " +
          "(or why the link could not be checked), link, group, name of the recipient if public. Without a terminal, tabs separate them.",
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
  73  standard output cannot be written

Examples:
  ${COMMAND_NAME} verify https://hyperstack.id/credential/0123456789abcdef0123456789abcdef
  ${COMMAND_NAME} verify --file links.csv --column "Certificate" --json > report.ndjson
  cut -f3 links.tsv | ${COMMAND_NAME} verify -`,
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
  73  journal, report or standard output cannot be written
  130 ended by a second Ctrl-C

Examples:
  ${COMMAND_NAME} issue recipients.csv --group DemoFirstAid --dry-run
  ${COMMAND_NAME} issue recipients.csv --group DemoFirstAid
  ${COMMAND_NAME} issue recipients.csv --group DemoFirstAid --columns "name=Full name,email=Mail" --skip-invalid --yes
  ${COMMAND_NAME} issue recipients.csv.report.csv --group DemoFirstAid --only-failed`,
    )
    .action(async (file: string, options: IssueCommandOptions) => finish(await issue(file, options)));
};

const EXIT_CODES_OF_REQUESTS = `
Exit codes:
  0   done
  1   the API refused the request, for example because the group or credential does not exist
  2   no response that says whether it succeeded
  64  wrong use of the command line
  73  standard output cannot be written`;

const limitOption = (): Option =>
  new Option("--limit <n>", "print at most this many (default: all)").argParser(
    wholeNumber({ min: 1, max: MAX_LIMIT }),
  );

const withJson = (command: Command): Command =>
  command.option("--json", "print JSON as the API returned it, one object per line");

const addGroups = (program: Command, finish: Finish): void => {
  const groups = program
    .command("groups")
    .summary("list, create and view groups")
    .description("Lists, creates and views groups: the templates of courses and programmes.");
  withClientOptions(
    withJson(
      groups
        .command("list")
        .summary("list all groups")
        .description("Lists groups: key, title, code. Without a terminal, tabs separate them.")
        .option("--keyword <text>", "only groups whose title contains this")
        .addOption(limitOption()),
    ),
  )
    .addHelpText(
      "after",
      `${EXIT_CODES_OF_REQUESTS}\n\nExamples:\n  ${COMMAND_NAME} groups list\n  ${COMMAND_NAME} groups list --keyword Engines --json`,
    )
    .action(async (options: ListGroupsOptions) => finish(await listGroups(options)));
  withClientOptions(
    withJson(
      groups
        .command("create")
        .summary("create a group")
        .description(
          "Creates a group, and prints its key. Never retried after a lost connection: see `groups list` first.",
        )
        .requiredOption("--title <text>", "title, as printed on the credentials")
        .requiredOption("--description <text>", "description")
        .option(
          "--certificate-template <key>",
          "template of the certificate; it or --badge-template is required",
        )
        .option("--badge-template <key>", "template of the badge")
        .option("--url <url>", "page of the course")
        .option("--tags <tags...>", "tags")
        .option("--code <code>", "human-readable code: letters, digits, hyphens and spaces")
        .addOption(
          new Option("--valid-years <n>", "years until the credentials expire (default: never)").argParser(
            positiveNumber,
          ),
        )
        .option("--blockchain", "anchor the credentials on a blockchain"),
    ),
  )
    .addHelpText(
      "after",
      `${EXIT_CODES_OF_REQUESTS}\n\nExamples:\n  ${COMMAND_NAME} groups create --title "Analytical Engines" --description "Two days" --certificate-template T1 --valid-years 2`,
    )
    .action(async (options: CreateGroupOptions) => finish(await createGroup(options)));
  withClientOptions(
    withJson(
      groups
        .command("view")
        .summary("view a group")
        .description("Prints a group, a line for each field.")
        .argument("<key>", "key of the group"),
    ),
  )
    .addHelpText(
      "after",
      `${EXIT_CODES_OF_REQUESTS}\n\nExamples:\n  ${COMMAND_NAME} groups view DemoFirstAid`,
    )
    .action(async (key: string, options: ClientOptions & RecordOptions) =>
      finish(await viewGroup(key, options)),
    );
};

const addCredentials = (program: Command, finish: Finish): void => {
  const credentials = program
    .command("credentials")
    .summary("view, publish and search credentials")
    .description("Views, publishes and searches credentials.");
  withClientOptions(
    withJson(
      credentials
        .command("view")
        .summary("view a credential")
        .description(
          "Prints a credential of the account, with its recipient: personal data. `verify` prints a verdict without them.",
        )
        .argument("<link>", "link or id of the credential"),
    ),
  )
    .addHelpText(
      "after",
      `${EXIT_CODES_OF_REQUESTS}\n\nExamples:\n  ${COMMAND_NAME} credentials view 0123456789abcdef0123456789abcdef`,
    )
    .action(async (link: string, options: ClientOptions & RecordOptions) =>
      finish(await viewCredential(link, options)),
    );
  withClientOptions(
    credentials
      .command("publish")
      .summary("publish drafts")
      .description(
        "Publishes drafts, which mails their recipients. Asks first. Prints a line for each: queued, published or failed.",
      )
      .argument("<link...>", "links or ids of the drafts")
      .option("--wait", "wait until each is published, for at most 120 s")
      .option("-y, --yes", "do not ask; without a terminal, nothing is sent otherwise"),
  )
    .addHelpText(
      "after",
      `${EXIT_CODES_OF_REQUESTS}\n\nExamples:\n  ${COMMAND_NAME} credentials publish 0123456789abcdef0123456789abcdef --wait`,
    )
    .action(async (links: string[], options: PublishOptions) =>
      finish(await publishCredentials(links, options)),
    );
  withClientOptions(
    withJson(
      credentials
        .command("search")
        .summary("search credentials")
        .description(
          "Searches credentials; parts of names, addresses and keys match. Prints recipients: personal data.",
        )
        .option("--name <text>", "part of the recipient's name")
        .option("--email <text>", "part of the recipient's address")
        .option("--group <key>", "part of the group's key")
        .option("--id <id>", "part of the credential's id")
        .option("--from <day>", "issued on or after this day, YYYY/MM/DD")
        .option("--to <day>", "issued on or before this day, YYYY/MM/DD; only with --from")
        .addOption(limitOption()),
    ),
  )
    .addHelpText(
      "after",
      `${EXIT_CODES_OF_REQUESTS}\n\nExamples:\n  ${COMMAND_NAME} credentials search --group DemoFirstAid --from 2026/01/01 --limit 20\n  ${COMMAND_NAME} credentials search --name Lovelace --json`,
    )
    .action(async (options: SearchOptions) => finish(await searchCredentials(options)));
};

const addAccount = (program: Command, finish: Finish): void => {
  withClientOptions(
    withJson(
      program
        .command("account")
        .summary("print the account of the token")
        .description("Prints the account that the token belongs to: a safe way to test a token."),
    ),
  )
    .addHelpText("after", `${EXIT_CODES_OF_REQUESTS}\n\nExamples:\n  ${COMMAND_NAME} account`)
    .action(async (options: ClientOptions & RecordOptions) => finish(await account(options)));
};

/** Describes the command that the completion library adds. */
const describeCompletion = (program: Command): void => {
  const isCompletion = (command: Command): boolean => command.name() === "complete";
  program.commands
    .find(isCompletion)
    ?.summary("print a script for shell completion")
    .description("Prints a script that lets a shell complete commands and options.")
    .addHelpText(
      "after",
      `
Examples (the shell finds the command if it is installed with npm install --global):
  ${COMMAND_NAME} complete bash >> ~/.bashrc
  ${COMMAND_NAME} complete zsh >> ~/.zshrc
  ${COMMAND_NAME} complete fish > ~/.config/fish/completions/${COMMAND_NAME}.fish`,
    );
};

/** Creates the program. */
export const createProgram = (version: string, finish: Finish): Command => {
  const program = new Command(COMMAND_NAME)
    .description("Verifies and issues Hyperstack digital credentials.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  addVerify(program, finish);
  addIssue(program, finish);
  addGroups(program, finish);
  addCredentials(program, finish);
  addAccount(program, finish);
  addCompletion(program);
  describeCompletion(program);
  program.addHelpText(
    "after",
    `
The API token is read from --token-file, or from the variable HYPERSTACK_API_TOKEN or HYPERSTACK_API_TOKEN_FILE (the name of
a file), never from an argument.

Examples:
  ${COMMAND_NAME} verify https://hyperstack.id/credential/0123456789abcdef0123456789abcdef
  ${COMMAND_NAME} issue recipients.csv --group DemoFirstAid --dry-run
  ${COMMAND_NAME} issue --help`,
  );
  return program;
};
