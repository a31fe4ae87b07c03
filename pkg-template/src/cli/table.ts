/** Reads the CSV that Excel and Google Sheets write: `;`, `,` or tab, quotes, `sep=`, any line ends, empty rows. */
import { CsvError, parse } from "csv-parse/sync";
import { CliError } from "./cli-error.js";
import { countLineBreaks, type DecodedText, decodeText, placeAt, placeText } from "./decode.js";
import { EXIT } from "./exit-codes.js";

/** A row that is not empty. */
export interface Row {
  /** The line in the file where the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of a file. */
export interface Table {
  readonly rows: readonly Row[];
  readonly delimiter: string;
}

const DELIMITERS = [";", ",", "\t"];
const LINE_ENDS = ["\r\n", "\n", "\r"];
const SEPARATOR_LINE = /^"?sep=(.)"?(?:\r\n|\r|\n|$)/i;
const BLANK_LINES = /^(?:[ \t]*(?:\r\n|\r|\n))*/;

interface ParsedRecord {
  record: string[];
  info: { bytes: number };
}

/** Messages for the parser's error codes. */
const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "this cell begins with a quotation mark that is never closed",
  CSV_INVALID_CLOSING_QUOTE:
    'something follows the closing quotation mark of this cell; write a quotation mark inside a cell twice: ""',
  INVALID_OPENING_QUOTE:
    'a quotation mark inside this cell; put the cell in quotation marks and write the inner one twice: ""',
};

const parseRecords = (text: string, delimiter: string): ParsedRecord[] =>
  parse(text, {
    delimiter,
    info: true,
    record_delimiter: LINE_ENDS,
    relax_column_count: true,
  }) as unknown as ParsedRecord[];

/** Returns the number of cells of the first record. */
const cellsOfFirst = (text: string, delimiter: string): number => {
  try {
    const [first] = parse(text, {
      delimiter,
      record_delimiter: LINE_ENDS,
      relax_column_count: true,
      relax_quotes: true,
      to: 1,
    }) as string[][];
    return first?.length ?? 0;
  } catch {
    // `parseRecords` reports the error.
    return 0;
  }
};

/** Returns the separator that divides the first record into the most cells. */
const detectDelimiter = (text: string): string => {
  const start = text.replace(BLANK_LINES, "");
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, cells: cellsOfFirst(start, delimiter) }));
  return counts.reduce((best, one) => (one.cells > best.cells ? one : best)).delimiter;
};

/** Returns the number of characters in the first `bytes` bytes. */
const charactersIn = (utf8: Buffer, bytes: number): number => utf8.subarray(0, bytes).toString("utf8").length;

/** Returns an error with the position of the cell that cannot be parsed. */
const unreadable = (
  file: string,
  decoded: DecodedText,
  { delimiter, offset }: { delimiter: string; offset: number },
  error: CsvError,
): CliError => {
  const text = decoded.text.slice(offset);
  // The parser reports the end of the cell before it.
  const { bytes = 0 } = error as CsvError & { bytes?: number };
  const end = charactersIn(Buffer.from(text), bytes);
  const start = text.startsWith(delimiter, end) ? end + delimiter.length : end;
  const place = placeText(placeAt(decoded, offset + start));
  return new CliError(EXIT.DATA, `${file}, ${place}: ${PROBLEMS[error.code] ?? error.message}.`);
};

const isEmpty = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === "");

/**
 * Reads a file as a table.
 *
 * @throws CliError with the line, column and byte of the error.
 */
export const readTable = (file: string, bytes: Uint8Array): Table => {
  const decoded = decodeText(file, bytes);
  const separatorLine = SEPARATOR_LINE.exec(decoded.text);
  const offset = separatorLine?.[0].length ?? 0;
  const text = decoded.text.slice(offset);
  const delimiter = separatorLine?.[1] ?? detectDelimiter(text);
  let records: ParsedRecord[];
  try {
    records = parseRecords(text, delimiter);
  } catch (error) {
    if (error instanceof CsvError) throw unreadable(file, decoded, { delimiter, offset }, error);
    throw error;
  }
  const utf8 = Buffer.from(text);
  const rows: Row[] = [];
  let line = separatorLine ? 2 : 1;
  let start = 0;
  for (const { record, info } of records) {
    // The parser's line numbers count `\r\n` inside quotation marks twice. Its byte offsets are correct.
    const source = utf8.subarray(start, info.bytes).toString("utf8");
    if (!isEmpty(record)) rows.push({ line, cells: record });
    line += countLineBreaks(source);
    start = info.bytes;
  }
  return { rows, delimiter };
};
