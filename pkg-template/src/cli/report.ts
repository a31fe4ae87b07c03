/** Writes the report of a run: the list's own columns, and how each row ended. */
import { stringify } from "csv-stringify/sync";
import { replaceFile } from "./files.js";
import type { People, Person } from "./people.js";
import { escapeFormula, REPORT_COLUMNS, type RowReport } from "./report-columns.js";

/** Returns the cells that a report adds to a row. */
const addedCells = ({ line, reported }: Person, row: RowReport | undefined): readonly string[] => {
  // A row that this run did not look at stays as the earlier report has it.
  if (!row) return reported ?? [];
  return [reported?.[0] ?? String(line), row.status, row.credential ?? "", row.code ?? "", row.reason ?? ""];
};

/**
 * Writes a report that spreadsheets open with its accents. It replaces the file in one step.
 *
 * @param reports - By line of the list.
 */
export const writeReport = (file: string, people: People, reports: ReadonlyMap<number, RowReport>): void => {
  const width = people.headings.length;
  const rows = people.rows.map((person) => {
    // Cells without a heading follow what is added, so that all columns stay under their headings.
    const own = person.cells.slice(0, width);
    const padding = Array.from({ length: width - own.length }, () => "");
    const extra = person.cells.slice(width);
    return [...own, ...padding, ...addedCells(person, reports.get(person.line)), ...extra].map(escapeFormula);
  });
  const headings = [...people.headings.map(escapeFormula), ...Object.values(REPORT_COLUMNS)];
  const options = { bom: true, delimiter: people.delimiter, record_delimiter: "\r\n" };
  replaceFile(file, stringify([headings, ...rows], options));
};
