/** Writes the report of a run: the columns of the list, and the result of each row. */
import { stringify } from "csv-stringify/sync";
import { replaceFile } from "./files.js";
import type { People, Person } from "./people.js";
import {
  escapeFormula,
  REPORT_COLUMNS,
  REPORT_FIELDS,
  type ReportCells,
  type RowReport,
} from "./report-columns.js";

/** Returns the cells that a report adds to a row. */
const addedCells = ({ line, reported }: Person, row: RowReport | undefined): readonly string[] => {
  // This run did not select the row: the cells of the earlier report stay.
  if (!row) return reported ? REPORT_FIELDS.map((field) => reported[field]) : [];
  const cells: ReportCells = {
    line: reported?.line ?? String(line),
    status: row.status,
    credential: row.credential ?? "",
    code: row.code ?? "",
    reason: row.reason ?? "",
  };
  return REPORT_FIELDS.map((field) => cells[field]);
};

/**
 * Writes a report, replacing the file atomically. The byte order mark tells spreadsheets that it is UTF-8.
 *
 * @param reports - By line of the list.
 */
export const writeReport = (file: string, people: People, reports: ReadonlyMap<number, RowReport>): void => {
  const width = people.headings.length;
  const rows = people.rows.map((person) => {
    // Cells without a heading go after the added columns, so that all other cells stay under their headings.
    const own = person.cells.slice(0, width);
    const padding = Array.from({ length: width - own.length }, () => "");
    const extra = person.cells.slice(width);
    return [...own, ...padding, ...addedCells(person, reports.get(person.line)), ...extra].map(escapeFormula);
  });
  const headings = [
    ...people.headings.map(escapeFormula),
    ...REPORT_FIELDS.map((field) => REPORT_COLUMNS[field]),
  ];
  const options = { bom: true, delimiter: people.delimiter, record_delimiter: "\r\n" };
  replaceFile(file, stringify([headings, ...rows], options));
};
