/** The columns that a report adds to those of the list, and the escaping of cells that a spreadsheet would run as formulas. */

/** The added columns, in their order. */
export const REPORT_COLUMNS = {
  line: "issue_line",
  status: "issue_status",
  credential: "issue_credential",
  code: "issue_code",
  reason: "issue_reason",
} as const;

/** How a row ended. `duplicate` and `invalid` were not sent, nor was `not_sent`, because the run ended before. */
export const ROW_STATUSES = ["issued", "exists", "duplicate", "invalid", "failed", "not_sent"] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];
/** What `--only-failed` issues. */
export const OPEN_STATUSES: readonly string[] = ["invalid", "failed", "not_sent"];

/** What a report says about a row. */
export interface RowReport {
  status: RowStatus;
  /** The link of the credential. */
  credential?: string | undefined;
  code?: string | undefined;
  reason?: string | undefined;
}

/** A cell that a spreadsheet would run, or one that looks as if it had been escaped. */
const FORMULA = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u;
const ESCAPED = /^''*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u;

/** Puts an apostrophe before a formula, so that a spreadsheet shows it as text. */
export const escapeFormula = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell);

/** Returns the cell that `escapeFormula` was called with. */
export const restoreFormula = (cell: string): string => (ESCAPED.test(cell) ? cell.slice(1) : cell);
