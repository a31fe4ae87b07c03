/** Chooses the default paths of a run's journal and report. */
import { existsSync } from "node:fs";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";

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

/** Returns the paths of a run's journal and report. */
export const issuePaths = (
  { file, isReport }: { file: string; isReport: boolean },
  options: PathOptions,
  baseUrl: string | undefined,
): IssuePaths => {
  const paths = isReport ? pathsOfReport(file, options) : pathsOfList(file, options, baseUrl);
  return { journal: options.journal ?? paths.journal, report: options.report ?? paths.report };
};
