/** Where a run keeps its journal and its report, unless the command line says otherwise. */
import { existsSync } from "node:fs";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";

const JOURNAL = ".journal.ndjson";
const REPORT = ".report.csv";

/** What decides the paths. */
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

/** Returns the paths for a list. Drafts, and another API (the sandbox), have their own: a journal is about one account. */
const pathsOfList = (
  file: string,
  { draft = false }: PathOptions,
  baseUrl: string | undefined,
): IssuePaths => {
  const host = baseUrl === undefined ? "" : `.${hostOf(baseUrl)}`;
  const stem = `${file}${draft ? ".draft" : ""}${host}`;
  return { journal: stem + JOURNAL, report: stem + REPORT };
};

/** Returns the host of an address as a part of a file name. */
const hostOf = (baseUrl: string): string =>
  baseUrl
    .replace(/^\w+:\/\//, "")
    .replace(/[^\w.-]+/g, "-")
    .replace(/-$/, "");

/** Returns the paths for a report, which are those of the run that wrote it. */
const pathsOfReport = (file: string, { journal }: PathOptions): IssuePaths => {
  const derived = file.endsWith(REPORT) ? file.slice(0, -REPORT.length) + JOURNAL : undefined;
  const path = journal ?? derived;
  if (path === undefined || !existsSync(path)) {
    const problem = `the journal of the run that wrote ${file} was not found${path === undefined ? "" : ` (${path})`}`;
    throw new CliError(
      EXIT.NO_INPUT,
      `${problem}; name it with --journal. It prevents that somebody gets two e-mails.`,
    );
  }
  return { journal: path, report: file };
};

/** Returns where journal and report of a run are. */
export const issuePaths = (
  file: string,
  isReport: boolean,
  options: PathOptions,
  baseUrl: string | undefined,
): IssuePaths => {
  const paths = isReport ? pathsOfReport(file, options) : pathsOfList(file, options, baseUrl);
  return { journal: options.journal ?? paths.journal, report: options.report ?? paths.report };
};
