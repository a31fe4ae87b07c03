/** Chooses the default paths of a run's journal and report. */
import { existsSync, statSync } from "node:fs";
import { CliError, usageError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";
import { isSameFile } from "./files.js";

const JOURNAL_SUFFIX = ".journal.ndjson";
const REPORT_SUFFIX = ".report.csv";

interface PathOptions {
  journal?: string;
  report?: string;
  draft?: boolean;
}

/** The two files of a run. */
export interface IssuePaths {
  readonly journal: string;
  readonly report: string;
}

/** Returns the paths for a list. Drafts and the sandbox have separate files, because a journal is for one account. */
const pathsOfList = (
  file: string,
  { draft = false }: PathOptions,
  baseUrl: string | undefined,
): IssuePaths => {
  const host = baseUrl === undefined ? "" : `.${hostOf(baseUrl)}`;
  const stem = `${file}${draft ? ".draft" : ""}${host}`;
  return { journal: stem + JOURNAL_SUFFIX, report: stem + REPORT_SUFFIX };
};

const DEFAULT_HOST = "api.thehyperstack.com";

/** Describes what a run creates and where. A journal is for one such target. */
export const targetOf = ({ draft = false }: PathOptions, baseUrl: string | undefined): string =>
  `${draft ? "drafts" : "credentials"} at ${baseUrl === undefined ? DEFAULT_HOST : hostOf(baseUrl)}`;

/** Returns the host of a URL in a form that file names allow. */
const hostOf = (baseUrl: string): string =>
  baseUrl
    .replace(/^\w+:\/\//, "")
    .replace(/[^\w.-]+/g, "-")
    .replace(/-$/, "");

/** Returns the paths for a report: those of the run that wrote it. */
const pathsOfReport = (file: string, { journal }: PathOptions): IssuePaths => {
  const derived = file.endsWith(REPORT_SUFFIX)
    ? file.slice(0, -REPORT_SUFFIX.length) + JOURNAL_SUFFIX
    : undefined;
  const path = journal ?? derived;
  if (path === undefined || !existsSync(path)) {
    const problem = `the journal of the run that wrote ${file} was not found${path === undefined ? "" : ` (${path})`}`;
    throw new CliError(EXIT.NO_INPUT, `${problem}; name it with --journal. It prevents second e-mails.`);
  }
  return { journal: path, report: file };
};

/** Refuses a report that would replace the list, or the journal that prevents second e-mails. */
const requireSeparateReport = (file: string, isReport: boolean, { journal, report }: IssuePaths): void => {
  const replaced = [journal, ...(isReport ? [] : [file])].find((other) => isSameFile(report, other));
  if (replaced !== undefined) {
    throw usageError(`--report: ${report} would replace ${replaced}; give the report another name.`);
  }
};

/** Refuses to issue a list again whose journal was deleted. A run writes the report only after the journal. */
const requireJournal = ({ journal, report }: IssuePaths): void => {
  const size = statSync(report, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0 || existsSync(journal)) return;
  const fix =
    "restore it, or name it with --journal. Without it, everybody would get a second e-mail; if that is what you want, delete the report too";
  throw new CliError(
    EXIT.NO_INPUT,
    `the list was issued before, by the report ${report}, but the journal ${journal} is missing; ${fix}.`,
  );
};

/** Returns the paths of a run's journal and report. */
export const issuePaths = (
  { file, isReport }: { file: string; isReport: boolean },
  options: PathOptions,
  baseUrl: string | undefined,
): IssuePaths => {
  const paths = isReport ? pathsOfReport(file, options) : pathsOfList(file, options, baseUrl);
  const chosen = { journal: options.journal ?? paths.journal, report: options.report ?? paths.report };
  requireSeparateReport(file, isReport, chosen);
  // A report that was named may be that of another list.
  if (!isReport && options.report === undefined) requireJournal(chosen);
  return chosen;
};
