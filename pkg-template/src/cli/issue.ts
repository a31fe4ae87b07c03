/** The command `issue`: validates a list, asks for confirmation, issues with a journal, and reports every row. */
import type { Hyperstack, IssueResult } from "hyperstack-credentials";
import { CliError, usageError } from "./cli-error.js";
import { baseUrlOf, type ClientOptions, createClient, createOfflineClient } from "./client.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { hasChanged, isSameFile, readInput, requireWritable, STANDARD_INPUT } from "./files.js";
import { Interruption } from "./interruption.js";
import { type IssuePaths, issuePaths, targetOf } from "./issue-paths.js";
import { JournalFile } from "./journal-file.js";
import { type ColumnChoices, isOpenInReport, type People, type Person, readPeople } from "./people.js";
import { Progress, type Tally } from "./progress.js";
import { canAsk, confirm } from "./question.js";
import { writeReport } from "./report.js";
import type { RowReport } from "./report-columns.js";
import { endReason, isRefusedForOther, NOT_REACHED, reportOf } from "./result-report.js";
import { messages, output, printable } from "./terminal.js";
import { type Finding, type ListValidation, repeatText, validateRows } from "./validate.js";

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

/** A list with the result of its validation. */
interface ValidatedList {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly people: People;
  readonly validation: ListValidation;
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

const summaryOf = ({ valid, counts }: ListValidation): string =>
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
): Promise<ValidatedList> => {
  const bytes = await readInput(file);
  const people = readPeople(file, bytes, options.columns ?? new Map());
  if (people.isReport && !options.onlyFailed) {
    throw usageError(`${file} is the report of a run; add --only-failed to issue what is not issued yet.`);
  }
  if (!people.isReport && options.onlyFailed) {
    throw usageError(`--only-failed needs the report of a run, and ${file} is a list: leave the option out.`);
  }
  const rows = people.isReport ? people.rows.filter(isOpenInReport) : people.rows;
  return { file, bytes, people, validation: await validateRows(client, people, rows, options.group) };
};

/** Refuses a run that would leave out faulty rows without the user's consent. */
const requireDecision = ({ validation }: ValidatedList, options: IssueCommandOptions): void => {
  const { invalid } = validation.counts;
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

/** Asks for confirmation before anything is sent, unless `--yes` is set. */
const mayStart = async (
  { validation }: ValidatedList,
  options: IssueCommandOptions,
  { title, done }: { title: string; done: number },
): Promise<boolean> => {
  if (options.yes) return true;
  const what = options.draft ? "draft" : "credential";
  const effect = options.draft ? "Drafts mail nobody." : "The recipients get e-mails.";
  const left =
    validation.counts.invalid > 0
      ? ` ${count(validation.counts.invalid, "faulty row")} will be left out.`
      : "";
  const resumed =
    done > 0 ? ` By the journal, ${count(done, "of them is", "of them are")} done already.` : "";
  const question = `Create ${count(validation.valid.length, what)} of the group “${printable(title)}”? ${effect}${left}${resumed}`;
  return confirm(question);
};

/** How a run ended. */
interface RunEnd {
  readonly reports: ReadonlyMap<number, RowReport>;
  readonly tally: Tally;
  /** The error that ended the run. */
  readonly thrown: unknown;
  readonly isInterrupted: boolean;
  /** Why a row ended the run. */
  readonly reason: string | undefined;
}

/** Returns the reports of the rows before any is sent. */
const initialReports = ({ people, validation }: ValidatedList): Map<number, RowReport> => {
  const reports = new Map<number, RowReport>();
  for (const { line } of validation.valid) reports.set(line, { status: "not_sent", ...NOT_REACHED });
  // Messages use line numbers of the original list, even when the file is a report.
  const listLines = new Map(people.rows.map(({ line, reported }) => [line, reported?.line ?? String(line)]));
  for (const { line, column, kind, code, message, repeats } of validation.findings) {
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

/** Yields items until the run is interrupted. Requests in flight still finish. */
function* itemsOf(rows: readonly Person[], interruption: Interruption) {
  for (const { item } of rows) {
    if (interruption.isRequested) return;
    yield item;
  }
}

const addTo = (tally: Tally, result: IssueResult, sharesWith: number | undefined): void => {
  tally.done += 1;
  const isIssued = result.status === "issued" || result.reason === "done";
  if (isIssued) tally.issued += 1;
  const status = isRefusedForOther(result, sharesWith) ? "failed" : result.status;
  if (status === "exists" || status === "failed") tally[status] += 1;
  if (result.credential || (result.error && result.error.attempts > 0)) tally.sent += 1;
};

/** Returns the line that has the same address with another name, for each line of such a pair. */
const sharedLines = (findings: readonly Finding[]): ReadonlyMap<number, number> => {
  const pairs = new Map<number, number>();
  for (const { line, sharesWith } of findings) {
    if (sharesWith === undefined) continue;
    pairs.set(line, sharesWith);
    if (!pairs.has(sharesWith)) pairs.set(sharesWith, line);
  }
  return pairs;
};

/** Issues the valid rows. */
const run = async (
  client: Hyperstack,
  list: ValidatedList,
  journal: JournalFile,
  options: IssueCommandOptions,
): Promise<RunEnd> => {
  const { valid } = list.validation;
  const reports = initialReports(list);
  const shared = sharedLines(list.validation.findings);
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
      const line = result.line as number;
      addTo(tally, result, shared.get(line));
      reports.set(line, await reportOf(result, shared.get(line)));
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

/** Prints how the run ended and what to do next, and returns the exit code. */
const conclude = async (end: RunEnd, { validation }: ValidatedList, paths: IssuePaths): Promise<ExitCode> => {
  const { tally, reason } = end;
  const total = validation.valid.length;
  const left = total - tally.issued - tally.exists - tally.failed;
  const parts = [`issued ${tally.issued}`, `exists ${tally.exists}`, `failed ${tally.failed}`];
  if (left > 0) parts.push(`not sent ${left}`);
  const { invalid, duplicate } = validation.counts;
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

/** Returns where the report goes: to another file if somebody has edited the report that the run read. */
const freeReport = async (
  { file, bytes, people }: ValidatedList,
  { report }: IssuePaths,
): Promise<string> => {
  if (!people.isReport || !isSameFile(file, report) || !hasChanged(file, bytes)) return report;
  const other = `${report}.result.csv`;
  await messages.line(`${report} changed during the run and was not replaced; the results are in ${other}.`);
  return other;
};

/** Issues a validated list. */
const issueList = async (list: ValidatedList, options: IssueCommandOptions): Promise<ExitCode> => {
  requireDecision(list, options);
  const paths = issuePaths({ file: list.file, isReport: list.people.isReport }, options, baseUrlOf(options));
  requireWritable(paths.report);
  const client = createClient(options);
  const { title } = await client.groups.view(options.group);
  const journal = await JournalFile.open(paths.journal, targetOf(options, baseUrlOf(options)));
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
  const report = await freeReport(list, paths);
  writeReport(report, list.people, end.reports);
  if (end.thrown) throw end.thrown;
  return conclude(end, list, { ...paths, report });
};

/** Runs `issue`. */
export const issue = async (file: string, options: IssueCommandOptions): Promise<ExitCode> => {
  if (file === STANDARD_INPUT)
    throw usageError("issue reads a file, beside which it stores its journal and report; “-” is not one.");
  const list = await readList(file, options, createOfflineClient(options));
  for (const finding of list.validation.findings) await output.line(findingLine(finding));
  await messages.line(`${file}: ${summaryOf(list.validation)}.${options.dryRun ? " Nothing was sent." : ""}`);
  if (options.dryRun) return list.validation.counts.invalid > 0 ? EXIT.DATA : EXIT.OK;
  return issueList(list, options);
};
