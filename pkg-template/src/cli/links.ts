/** Reads the credential links of a list: one link per line, or a CSV file with a column of links. */
import { parseCredentialUrl } from "hyperstack-credentials";
import { CliError } from "./cli-error.js";
import { decodeText } from "./decode.js";
import { EXIT } from "./exit-codes.js";
import { columnsNamed, listHeadings } from "./headings.js";
import { type Row, readTable, type Table } from "./table.js";

/** A link to verify. */
export interface Link {
  readonly text: string;
  /** Its line in the list. Links given as arguments have none. */
  readonly line?: number;
}

const LINK_HEADINGS = [
  "link",
  "url",
  "credential",
  "credential link",
  "credential url",
  "document url",
  "issue_credential",
];

const isLink = async (text: string): Promise<boolean> => (await parseCredentialUrl(text.trim())).ok;

/** Returns the links in a column. A row whose cell is empty has an empty link, which is malformed. */
const linksIn = (rows: readonly Row[], column: number): Link[] =>
  rows.map(({ cells, line }) => ({ text: (cells[column] ?? "").trim(), line }));

/** Returns the lines of a list, if its first line is a link as it stands, whatever characters separate cells elsewhere. */
const plainList = async (file: string, bytes: Uint8Array): Promise<Link[] | undefined> => {
  const lines = decodeText(file, bytes)
    .text.split(/\r\n|\r|\n/)
    .map((text, at) => ({ text: text.trim(), line: at + 1 }))
    .filter(({ text }) => text !== "");
  return lines[0] && (await isLink(lines[0].text)) ? lines : undefined;
};

/** Returns the column with the heading that `--column` names. */
const namedColumn = (file: string, headings: readonly string[], name: string): number => {
  const [column, another] = columnsNamed(headings, [name]);
  if (column === undefined) {
    const known = listHeadings(headings);
    throw new CliError(EXIT.DATA, `--column ${name}: ${file} has no such heading; its headings: ${known}.`);
  }
  if (another !== undefined) {
    throw new CliError(
      EXIT.DATA,
      `--column ${name}: ${file} has two columns of that name; rename one of them.`,
    );
  }
  return column;
};

const findLinks = async (file: string, { rows }: Table, first: Row): Promise<Link[]> => {
  const [named, another] = columnsNamed(first.cells, LINK_HEADINGS);
  if (named !== undefined && another === undefined) return linksIn(rows.slice(1), named);
  if (named === undefined && rows.every(({ cells }) => cells.length === 1)) return linksIn(rows, 0);
  const columns = await Promise.all(first.cells.map(isLink));
  const column = columns.indexOf(true);
  if (column >= 0) return linksIn(rows, column);
  const headings = listHeadings(first.cells);
  const problem =
    named === undefined ? "no column is called “link” or “url”" : "several columns may hold the links";
  throw new CliError(
    EXIT.DATA,
    `${file}: ${problem}. Name the column with --column; the headings: ${headings}.`,
  );
};

/**
 * Reads the links of a list.
 *
 * @param column - The heading that `--column` names.
 */
export const readLinks = async (
  file: string,
  bytes: Uint8Array,
  column: string | undefined,
): Promise<Link[]> => {
  const list = column === undefined ? await plainList(file, bytes) : undefined;
  if (list) return list;
  const links = await readColumn(file, readTable(file, bytes), column);
  if (links.length === 0) throw new CliError(EXIT.DATA, `${file} has headings and no links.`);
  return links;
};

const readColumn = async (file: string, table: Table, column: string | undefined): Promise<Link[]> => {
  const [first] = table.rows;
  if (!first) throw new CliError(EXIT.DATA, `${file} is empty: it needs one credential link per line.`);
  if (column !== undefined) return linksIn(table.rows.slice(1), namedColumn(file, first.cells, column));
  return findLinks(file, table, first);
};
