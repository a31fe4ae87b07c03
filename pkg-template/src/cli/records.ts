/** Prints records of the API as JSON, as a table (on a terminal) or as lines with tabs. */
import Table from "cli-table3";
import { jsonLine, output, printable } from "./terminal.js";

/** Options of every command that prints records. */
export interface RecordOptions {
  json?: boolean;
}

/** A column of a table, and how it is read from a record. */
export interface Column<T> {
  readonly heading: string;
  readonly cell: (record: T) => unknown;
}

const text = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
};

/** Removes every line of the table. */
const BORDERLESS = Object.fromEntries(
  ["top", "bottom", "left", "right"]
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat("mid", "mid-mid", "middle")
    .map((part) => [part, ""]),
);

const tableOf = <T>(records: readonly T[], columns: readonly Column<T>[]): string => {
  const { bold } = output.colors;
  const table = new Table({
    chars: BORDERLESS,
    head: columns.map(({ heading }) => bold(heading)),
    style: { border: [], head: [], "padding-left": 0, "padding-right": 2 },
  });
  for (const record of records) table.push(columns.map(({ cell }) => text(cell(record))));
  return table.toString().replace(/ +$/gm, "");
};

/** Prints a list. Without a terminal, prints no headings, and each record as soon as it arrives. */
export const printList = async <T>(
  records: AsyncIterable<T>,
  columns: readonly Column<T>[],
  { json, limit }: RecordOptions & { limit: number | undefined },
): Promise<void> => {
  const shown: T[] = [];
  let number = 0;
  for await (const record of records) {
    if (json) await output.line(jsonLine(record));
    else if (output.isTerminal) shown.push(record);
    else await output.line(columns.map(({ cell }) => text(cell(record))).join("\t"));
    number += 1;
    if (number === limit || output.isClosed) break;
  }
  if (shown.length > 0) await output.line(tableOf(shown, columns));
};

/** Prints one record, a line for each field. */
export const printRecord = async <T extends object>(
  record: T,
  fields: readonly Column<T>[],
  { json }: RecordOptions,
): Promise<void> => {
  if (json) return output.line(jsonLine(record));
  const width = Math.max(...fields.map(({ heading }) => heading.length));
  for (const { heading, cell } of fields) {
    const { bold } = output.colors;
    await output.line(
      output.isTerminal
        ? `${bold(heading.padEnd(width))}  ${text(cell(record))}`
        : `${heading}\t${text(cell(record))}`,
    );
  }
};
