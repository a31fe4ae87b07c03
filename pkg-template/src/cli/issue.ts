/** The command `issue`: judges a list, asks, issues with a journal, and reports every row. */
import type { Hyperstack, IssueResult } from "hyperstack-credentials";
import { CliError, usageError } from "./cli-error.js";
import { baseUrlOf, type ClientOptions, createClient, createOfflineClient } from "./client.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { readInput, requireWritable, STANDARD_INPUT } from "./files.js";
import { Interruption } from "./interruption.js";
import { type IssuePaths, issuePaths } from "./issue-paths.js";
import { JournalFile } from "./journal-file.js";
import { type Finding, type Judgement, judge, repeatText } from "./judge.js";
import { type ColumnChoices, isOpenInReport, type People, type Person, readPeople } from "./people.js";
import { Progress, type Tally } from "./progress.js";
import { canAsk, confirm } from "./question.js";
import { writeReport } from "./report.js";
import type { RowReport } from "./report-columns.js";
import { endReason, NOT_REACHED, reportOf } from "./result-report.js";
import { messages, output, printable } from "./terminal.js";

/** Options of `issue`. */
export interface IssueCommandOptions extends ClientOptions {
  group: string;
  draft?: boolean;
  dryRun?: boolean;
  onlyFailed?: boolean;
  skipInvalid?: boolean;
  yes?: boolean;
  journal?: string;
  report?: string;
  columns?: ColumnChoices;
  concurrency: number;
}

/** A list that was read and judged. */
interface JudgedList {
  readonly file: string;
  readonly people: People;
  readonly judgement: Judgement;
}

const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

const findingLine = ({ line, column, kind, code, message }: Finding): string => {
  const cells = [String(line), column, kind, code, message].map(printable);
  if (!output.isTerminal) return cells.join("\t");
  const { red, yellow } = output.colors;
  const color = kind === "invalid" ? red : yellow;
  const place = column ? `line ${line}, column ${printable(column)}` : `line ${line}`;
  return `${color(place)}: ${printable(message)}`;
};

const summaryOf = ({ valid, counts }: Judgement): string =>
  [
    `${count(valid.length, "row")} to issue`,
    `${count(counts.invalid, "faulty row")}`,
    `${count(counts.duplicate, "duplicate")}`,
    `${count(counts.shared_address, "shared address", "shared addresses")}`,
  ].join(", ");

const readList = async (
  file: string,
  options: IssueCommandOptions,
  client: Hyperstack,
): Promise<JudgedList> => {
  const people = readPeople(file, await readInput(file), options.columns ?? new Map());
  if (people.isReport && !options.onlyFailed) {
    throw usageError(`${file} is the report of a run; add --only-failed to issue what is not issued yet.`);
  }
  if (!people.isReport && options.onlyFailed) {
    throw usageError(
      `--only-failed needs the report of a run, and ${file} is none; leave the option out for a list.`,
    );
  }
  const rows = people.isReport ? people.rows.filter(isOpenInReport) : people.rows;
  return { file, people, judgement: await judge(client, people, rows, options.group) };
};

/** Refuses a run that would leave out faulty rows without being told to. */
const requireDecision = ({ judgement }: JudgedList, options: IssueCommandOptions): void => {
  const { invalid } = judgement.counts;
  if (invalid > 0 && !options.skipInvalid && (options.yes || !canAsk())) {
    const problem = `${count(invalid, "faulty row")} (above); nothing was sent`;
    throw new CliError(EXIT.DATA, `${problem}. Correct the file, or leave them out with --skip-invalid.`);
  }
  if (!options.yes && !canAsk()) {
    throw usageError(
      "issue asks before it sends anything, and there is no terminal; add --yes, or --dry-run to only check.",
    );
  }
};

/** Asks before anything is sent, unless the command line did answer. */
const mayStart = async (
  { judgement }: JudgedList,
  options: IssueCommandOptions,
  { title, done }: { title: string; done: number },
): Promise<boolean> => {
  if (options.yes) return true;
  const what = options.draft ? "draft" : "credential";
  const effect = options.draft ? "Drafts mail nobody." : "The recipients get e-mails.";
  const left =
    judgement.counts.invalid > 0 ? ` ${count(judgement.counts.invalid, "faulty row")} will be left out.` : "";
  const resumed =
    done > 0 ? ` By the journal, ${count(done, "of them is", "of them are")} done already.` : "";
  const question = `Create ${count(judgement.valid.length, what)} of the group “${printable(title)}”? ${effect}${left}${resumed}`;
  return confirm(question);
};

/** How a run ended. */
interface RunEnd {
  readonly reports: ReadonlyMap<number, RowReport>;
  readonly tally: Tally;
  /** What it threw. */
  readonly thrown: unknown;
  readonly isInterrupted: boolean;
  /** Why an earlier row ended the run, in words. */
  readonly reason: string | undefined;
}

/** The reports of the rows before any is sent. */
const initialReports = ({ people, judgement }: JudgedList): Map<number, RowReport> => {
  const reports = new Map<number, RowReport>();
  for (const { line } of judgement.valid) reports.set(line, { status: "not_sent", ...NOT_REACHED });
  // Rows are named by their line in the list, also if the file is a report.
  const listLines = new Map(people.rows.map(({ line, reported }) => [line, reported?.[0] ?? String(line)]));
  for (const { line, column, kind, code, message, repeats } of judgement.findings) {
    if (kind === "shared_address") continue;
    const text = repeats === undefined ? message : repeatText(listLines.get(repeats) ?? repeats);
    const reason = column ? `${column}: ${text}` : text;
    const before = reports.get(line);
    reports.set(
      line,
      before ? { ...before, reason: `${before.reason}; ${reason}` } : { status: kind, code, reason },
    );
  }
  return reports;
};

/** Yields the items until the run is interrupted; what is in flight then ends as usual. */
function* itemsOf(rows: readonly Person[], interruption: Interruption) {
  for (const { item } of rows) {
    if (interruption.isRequested) return;
    yield item;
  }
}

const addTo = (tally: Tally, result: IssueResult): void => {
  tally.done += 1;
  const isIssued = result.status === "issued" || result.reason === "done";
  if (isIssued) tally.issued += 1;
  if (result.status === "exists" || result.status === "failed") tally[result.status] += 1;
  if (result.credential || (result.error && result.error.attempts > 0)) tally.sent += 1;
};

/** Issues the valid rows. */
const run = async (
  client: Hyperstack,
  list: JudgedList,
  journal: JournalFile,
  options: IssueCommandOptions,
): Promise<RunEnd> => {
  const { valid } = list.judgement;
  const reports = initialReports(list);
  const tally: Tally = { done: 0, sent: 0, issued: 0, exists: 0, failed: 0 };
  const progress = new Progress(valid.length);
  const interruption = new Interruption(() => {
    progress.stop();
    void messages.line("Ending: waiting for the requests in flight. Press Ctrl-C again to end at once.");
  });
  let reason: string | undefined;
  let thrown: unknown;
  try {
    const results = client.credentials.issueMany(itemsOf(valid, interruption), {
      concurrency: options.concurrency,
      draft: options.draft,
      group_key: options.group,
      journal: journal.entries,
      onJournal: (entry) => journal.append(entry),
    });
    for await (const result of results) {
      addTo(tally, result);
      reports.set(result.line as number, await reportOf(result));
      reason ??= endReason(result);
      if (!interruption.isRequested) progress.update(tally);
    }
  } catch (error) {
    thrown = error;
  } finally {
    progress.stop();
    interruption.close();
  }
  return { reports, tally, thrown, reason, isInterrupted: interruption.isRequested };
};

const exitCodeOf = ({ tally, isInterrupted, reason }: RunEnd, total: number): ExitCode => {
  if (reason !== undefined || (isInterrupted && tally.done < total)) return EXIT.UNFINISHED;
  return tally.failed > 0 ? EXIT.NEGATIVE : EXIT.OK;
};

/** Says how the run ended, and what to do next. */
const conclude = async (end: RunEnd, { judgement }: JudgedList, paths: IssuePaths): Promise<ExitCode> => {
  const { tally, reason } = end;
  const total = judgement.valid.length;
  const left = total - tally.issued - tally.exists - tally.failed;
  const parts = [`issued ${tally.issued}`, `exists ${tally.exists}`, `failed ${tally.failed}`];
  if (left > 0) parts.push(`not sent ${left}`);
  const { invalid, duplicate } = judgement.counts;
  if (invalid + duplicate > 0)
    parts.push(`left out ${invalid + duplicate} (${invalid} faulty, ${duplicate} duplicate)`);
  await output.line(`${parts.join(", ")}. Report: ${paths.report}`);
  const exitCode = exitCodeOf(end, total);
  if (exitCode === EXIT.UNFINISHED) {
    const cause = reason ?? "Interrupted.";
    await messages.line(
      `${cause} To resume, run the same command again; the journal ${paths.journal} prevents second e-mails.`,
    );
  } else if (tally.failed + invalid > 0) {
    await messages.line(
      `To issue the rest, correct the rows in the report and run: hyperstack-credentials issue ${JSON.stringify(paths.report)} --only-failed --journal ${JSON.stringify(paths.journal)} with the same --group.`,
    );
  }
  return exitCode;
};

/** Issues a judged list: question, journal, run, report. */
const issueList = async (list: JudgedList, options: IssueCommandOptions): Promise<ExitCode> => {
  requireDecision(list, options);
  const paths = issuePaths(list.file, list.people.isReport, options, baseUrlOf(options));
  requireWritable(paths.report);
  const client = createClient(options);
  const { title } = await client.groups.view(options.group);
  const journal = await JournalFile.open(paths.journal);
  let end: RunEnd;
  try {
    const done = new Set(
      journal.entries.filter(({ state }) => state === "issued" || state === "exists").map(({ key }) => key),
    );
    if (!(await mayStart(list, options, { title, done: done.size }))) {
      await messages.line("Nothing was sent.");
      return EXIT.UNFINISHED;
    }
    end = await run(client, list, journal, options);
  } finally {
    await journal.close();
  }
  writeReport(paths.report, list.people, end.reports);
  if (end.thrown) throw end.thrown;
  return conclude(end, list, paths);
};

/** Runs `issue`. */
export const issue = async (file: string, options: IssueCommandOptions): Promise<ExitCode> => {
  if (file === STANDARD_INPUT)
    throw usageError("issue reads a file, beside which it stores its journal and report; “-” is not one.");
  const list = await readList(file, options, createOfflineClient(options));
  for (const finding of list.judgement.findings) await output.line(findingLine(finding));
  await messages.line(`${file}: ${summaryOf(list.judgement)}.${options.dryRun ? " Nothing was sent." : ""}`);
  if (options.dryRun) return list.judgement.counts.invalid > 0 ? EXIT.DATA : EXIT.OK;
  return issueList(list, options);
};
