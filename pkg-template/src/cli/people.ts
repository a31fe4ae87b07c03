/** Reads a list of people: finds the columns and creates one item of `issueMany` for each row. */
import type { IssueManyItem } from "hyperstack-credentials";
import { CliError, usageError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";
import { columnsNamed, listHeadings } from "./headings.js";
import {
  OPEN_STATUSES,
  REPORT_COLUMNS,
  REPORT_FIELDS,
  type ReportCells,
  ROW_STATUSES,
  restoreFormula,
} from "./report-columns.js";
import { type Row, readTable } from "./table.js";

/** A row of the list. */
export interface Person {
  /** The line in the file, from 1. */
  readonly line: number;
  /** The cells, without those that a report added. */
  readonly cells: readonly string[];
  /** The item to send. */
  readonly item: IssueManyItem & { line: number };
  /** Whether the row has more cells than headings, so that cells may be in the wrong columns. */
  readonly hasExtraCells: boolean;
  /** The cells that an earlier report added. */
  readonly reported: ReportCells | undefined;
}

/** A list of people. */
export interface People {
  readonly headings: readonly string[];
  readonly rows: readonly Person[];
  readonly delimiter: string;
  /** Whether the file is the report of an earlier run. */
  readonly isReport: boolean;
  /** Returns the heading of the column that a field of an item was read from. */
  headingOf(path: string): string;
}

/** Headings given on the command line, by field: `name`, `email` or a custom attribute. */
export type ColumnChoices = ReadonlyMap<string, string>;

const NAME_HEADINGS = ["name", "full name", "recipient", "recipient name"];
const EMAIL_HEADINGS = ["email", "mail", "email address", "mail address", "recipient email"];
const CUSTOM = /^custom_/i;
const CHOICE = /^\s*(name|email|custom_[^=]*)=(.*)$/s;

/** Parses `--columns name=…,email=…`; a comma inside a heading is part of it. */
export const parseColumns = (text: string, before: ColumnChoices = new Map()): ColumnChoices => {
  const choices = new Map(before);
  for (const part of text.split(/,(?=\s*(?:name|email|custom_[^=,]*)=)/)) {
    const [, field, heading = ""] = CHOICE.exec(part) ?? [];
    if (!field || !heading.trim()) {
      throw usageError(
        `--columns: ${JSON.stringify(part)} is not FIELD=HEADING; the fields are name, email and custom_…, for example ` +
          '--columns "name=Full name,email=Mail".',
      );
    }
    if (choices.has(field)) throw usageError(`--columns names ${field} twice; give it once.`);
    choices.set(field, heading.trim());
  }
  return choices;
};

/** Returns the index of the column for a field. */
const findColumn = (
  file: string,
  headings: readonly string[],
  { field, names, isChosen }: { field: string; names: readonly string[]; isChosen: boolean },
): number => {
  const [column, another] = columnsNamed(headings, names);
  const known = `the headings: ${listHeadings(headings)}`;
  const choose = `--columns "${field}=HEADING"`;
  if (column === undefined && isChosen) {
    throw new CliError(EXIT.DATA, `--columns: ${file} has no heading ${JSON.stringify(names[0])}; ${known}.`);
  }
  if (column === undefined) {
    const isHeadless = headings.some((heading) => heading.includes("@"));
    // The first row contains personal data, so the message does not quote it.
    if (isHeadless)
      throw new CliError(
        EXIT.DATA,
        `${file}: the first row has an address; put headings above it, for example name and email.`,
      );
    throw new CliError(EXIT.DATA, `${file} has no column for ${field}; name it with ${choose}; ${known}.`);
  }
  if (another !== undefined) {
    const problem = isChosen ? "rename one of them" : `name it with ${choose}`;
    throw new CliError(EXIT.DATA, `${file} has two columns for ${field}; ${problem}; ${known}.`);
  }
  return column;
};

/** Returns the key of a custom attribute: the heading, in lower case unless it begins with `custom_`. */
const attributeOf = (heading: string): string => {
  const key = heading.trim();
  return key.startsWith("custom_") ? key : key.toLowerCase();
};

/** Finds the column of every field. */
const findColumns = (
  file: string,
  headings: readonly string[],
  choices: ColumnChoices,
): Map<string, number> => {
  const columns = new Map<string, number>();
  for (const [field, names] of [
    ["name", NAME_HEADINGS],
    ["email", EMAIL_HEADINGS],
  ] as const) {
    const chosen = choices.get(field);
    columns.set(
      field,
      findColumn(file, headings, { field, names: chosen ? [chosen] : names, isChosen: chosen !== undefined }),
    );
  }
  const email = columns.get("email") as number;
  if (columns.get("name") === email) {
    const heading = JSON.stringify(headings[email]);
    throw new CliError(EXIT.DATA, `--columns: the column ${heading} cannot be both name and email.`);
  }
  for (const [index, heading] of headings.entries()) {
    if (!CUSTOM.test(heading.trim())) continue;
    const field = attributeOf(heading);
    if (choices.has(field)) continue;
    if (columns.has(field))
      throw new CliError(EXIT.DATA, `${file} has two columns ${field}; rename one of them.`);
    columns.set(field, index);
  }
  for (const [field, heading] of choices) {
    if (columns.has(field)) continue;
    columns.set(field, findColumn(file, headings, { field, names: [heading], isChosen: true }));
  }
  return columns;
};

/** Creates the item of a row. Leaves out attributes without a value. */
const itemOf = (
  cells: readonly string[],
  columns: ReadonlyMap<string, number>,
  line: number,
): Person["item"] => {
  const cell = (field: string): string => cells[columns.get(field) ?? -1] ?? "";
  const attributes = [...columns.keys()]
    .filter((field) => CUSTOM.test(field) && cell(field).trim() !== "")
    .map((field) => [field, cell(field)]);
  return {
    recipient: { name: cell("name"), email: cell("email") },
    ...(attributes.length > 0 && { custom_attributes: Object.fromEntries(attributes) }),
    line,
  };
};

/** Returns the field of a path in an item: `recipient.email` is `email`. */
const fieldOf = (path: string): string => path.replace(/^(recipient|custom_attributes)\./, "");

/** Throws if the status of a report's row is unknown. */
const checkStatus = (file: string, row: Row, status: string): void => {
  if ((ROW_STATUSES as readonly string[]).includes(status)) return;
  const allowed = ROW_STATUSES.join(", ");
  throw new CliError(
    EXIT.DATA,
    `${file}, line ${row.line}: ${REPORT_COLUMNS.status} must be one of ${allowed}.`,
  );
};

/** Creates the error for a report that lost columns. As a list, it would be issued again. */
const incompleteReport = (file: string, missing: readonly string[]): CliError =>
  new CliError(
    EXIT.DATA,
    `${file} is a report without the column ${missing.join(", ")}; restore it, or, if this is a new list, rename its columns issue_….`,
  );

/** Returns the cells that a report added to a row. */
const reportCellsOf = (headings: Row, { cells }: Row): ReportCells =>
  Object.fromEntries(
    REPORT_FIELDS.map((field) => [
      field,
      restoreFormula(cells[headings.cells.indexOf(REPORT_COLUMNS[field])] ?? ""),
    ]),
  ) as ReportCells;

/**
 * Reads a list of people, or the report of an earlier run.
 *
 * @throws CliError for a file that cannot be read, and for columns that cannot be found.
 */
export const readPeople = (file: string, bytes: Uint8Array, choices: ColumnChoices): People => {
  const { rows, delimiter } = readTable(file, bytes);
  const [first, ...others] = rows;
  if (!first) throw new CliError(EXIT.DATA, `${file} is empty: it needs headings and a row for each person.`);
  if (others.length === 0) throw new CliError(EXIT.DATA, `${file} has headings and no rows.`);
  const added = REPORT_FIELDS.map((field) => first.cells.indexOf(REPORT_COLUMNS[field]));
  const missing = REPORT_FIELDS.filter((_, index) => added[index] === -1).map(
    (field) => REPORT_COLUMNS[field],
  );
  const isReport = missing.length === 0;
  if (!isReport && missing.length < added.length) throw incompleteReport(file, missing);
  const own = [...first.cells.keys()].filter((index) => !isReport || !added.includes(index));
  const restore = isReport ? restoreFormula : (cell: string): string => cell;
  const headings = own.map((index) => restore(first.cells[index] ?? ""));
  const columns = findColumns(file, headings, choices);
  const people = others.map((row): Person => {
    const cells = own.map((index) => restore(row.cells[index] ?? ""));
    const reported = isReport ? reportCellsOf(first, row) : undefined;
    if (reported) checkStatus(file, row, reported.status);
    const extra = row.cells.slice(first.cells.length).map(restore);
    const hasExtraCells = extra.some((cell) => cell.trim() !== "");
    return {
      line: row.line,
      cells: hasExtraCells ? [...cells, ...extra] : cells,
      item: itemOf(cells, columns, row.line),
      hasExtraCells,
      reported,
    };
  });
  const headingOf = (path: string): string => headings[columns.get(fieldOf(path)) ?? -1]?.trim() ?? path;
  return { headings, rows: people, delimiter, isReport, headingOf };
};

/** Whether `--only-failed` issues this row of a report. */
export const isOpenInReport = ({ reported }: Person): boolean =>
  OPEN_STATUSES.includes(reported?.status ?? "");
