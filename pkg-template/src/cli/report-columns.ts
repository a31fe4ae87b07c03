/** Defines the columns that a report adds to a list, and escapes cells that a spreadsheet would run as formulas. */

/** The headings of the added columns. */
export const REPORT_COLUMNS = {
  line: "issue_line",
  status: "issue_status",
  credential: "issue_credential",
  code: "issue_code",
  reason: "issue_reason",
} as const;
/** The cells that a report adds to a row. */
export type ReportCells = Readonly<Record<keyof typeof REPORT_COLUMNS, string>>;
/** The order of the added columns. */
export const REPORT_FIELDS = ["line", "status", "credential", "code", "reason"] as const;

/** The result of a row. Nothing was sent for `duplicate`, `invalid` and `not_sent` (the run ended first). */
export const ROW_STATUSES = ["issued", "exists", "duplicate", "invalid", "failed", "not_sent"] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];
/** The statuses of the rows that `--only-failed` issues. */
export const OPEN_STATUSES: readonly string[] = ["invalid", "failed", "not_sent"];

/** The result of a row. */
export interface RowReport {
  status: RowStatus;
  /** The link of the credential. */
  credential?: string | undefined;
  code?: string | undefined;
  reason?: string | undefined;
}

/** A cell that a spreadsheet would run as a formula, or that looks escaped already. */
const FORMULA = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u;
const ESCAPED = /^''*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u;

/** Puts an apostrophe before a formula, so that a spreadsheet shows it as text. */
export const escapeFormula = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell);

/** Reverses `escapeFormula`. */
export const restoreFormula = (cell: string): string => (ESCAPED.test(cell) ? cell.slice(1) : cell);
