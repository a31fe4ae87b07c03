/** Decodes the text files that spreadsheets write. An error gives the position of the first invalid byte. */
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";

const UTF8_MARK = [0xef, 0xbb, 0xbf];
const ENCODINGS = [
  { name: "utf-8", mark: UTF8_MARK },
  { name: "utf-16le", mark: [0xff, 0xfe] },
  { name: "utf-16be", mark: [0xfe, 0xff] },
] as const;

const EXCEL =
  "In Excel: File → Save As → “CSV UTF-8 (Comma delimited)”; in Google Sheets: File → Download → CSV.";

/** The text of a file, without its byte order mark. */
export interface DecodedText {
  readonly text: string;
  /** Returns the byte offset in the file of the character at `index`. */
  byteAt(index: number): number;
}

/** A position in a file. Lines and columns count from 1, bytes from 0. */
export interface Place {
  line: number;
  column: number;
  byte: number;
}

const LINE_BREAK = /\r\n|\r|\n/g;

/** Counts line breaks: `\n`, `\r\n` and `\r`. */
export const countLineBreaks = (text: string): number => text.match(LINE_BREAK)?.length ?? 0;

/** Returns the position of the character at `index`. */
export const placeAt = ({ text, byteAt }: DecodedText, index: number): Place => {
  const before = text.slice(0, index);
  const lineStart = Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1;
  return {
    line: countLineBreaks(before) + 1,
    column: [...before.slice(lineStart)].length + 1,
    byte: byteAt(index),
  };
};

/** Formats a position for a message. */
export const placeText = ({ line, column, byte }: Place): string =>
  `line ${line}, column ${column} (byte ${byte})`;

const startsWith = (bytes: Uint8Array, mark: readonly number[]): boolean =>
  mark.every((value, index) => bytes[index] === value);

/** Whether the bytes are invalid. An incomplete last character is valid. */
const hasError = (encoding: string, bytes: Uint8Array): boolean => {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    return false;
  } catch {
    return true;
  }
};

/** Returns the length in bytes of the longest prefix that can be decoded. */
const decodableLength = (encoding: string, bytes: Uint8Array): number => {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const isBad = middle > bytes.length || hasError(encoding, bytes.subarray(0, middle));
    if (isBad) bad = middle;
    else good = middle;
  }
  return good;
};

const invalidText = (file: string, encoding: string, content: Uint8Array, markLength: number): CliError => {
  const length = decodableLength(encoding, content);
  // `stream` drops an incomplete character before the invalid byte.
  const text = new TextDecoder(encoding).decode(content.subarray(0, length), { stream: true });
  const decoded = { text, byteAt: () => markLength + byteLength(encoding, text) };
  const place = placeText(placeAt(decoded, text.length));
  const name = encoding.toUpperCase();
  return new CliError(
    EXIT.DATA,
    `${file}, ${place}: this is not ${name}. Save the file as CSV UTF-8. ${EXCEL}`,
  );
};

const byteLength = (encoding: string, text: string): number =>
  encoding === "utf-8" ? Buffer.byteLength(text) : 2 * text.length;

const ZIP_SIGNATURE = [0x50, 0x4b, 0x03, 0x04];
/** Of the compound files that Excel wrote before 2007. */
const COMPOUND_FILE_SIGNATURE = [0xd0, 0xcf, 0x11, 0xe0];

/** Returns the kind of a file that is certainly not text. */
const otherKind = (bytes: Uint8Array): string | undefined => {
  if (startsWith(bytes, ZIP_SIGNATURE)) return "an Excel workbook or another archive";
  if (startsWith(bytes, COMPOUND_FILE_SIGNATURE)) return "an old Excel workbook";
  return undefined;
};

/**
 * Decodes a file: UTF-8 with or without a byte order mark, UTF-16 with one.
 *
 * @throws CliError with the line, column and byte of the first error.
 */
export const decodeText = (file: string, bytes: Uint8Array): DecodedText => {
  const kind = otherKind(bytes);
  if (kind) throw new CliError(EXIT.DATA, `${file} is ${kind}, not CSV. Save it as CSV UTF-8. ${EXCEL}`);
  const marked = ENCODINGS.find(({ mark }) => startsWith(bytes, mark));
  const { name, mark } = marked ?? { name: "utf-8", mark: [] };
  const content = bytes.subarray(mark.length);
  let text: string;
  try {
    text = new TextDecoder(name, { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw invalidText(file, name, content, mark.length);
  }
  const decoded = { text, byteAt: (index: number) => mark.length + byteLength(name, text.slice(0, index)) };
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const place = placeText(placeAt(decoded, nul));
    throw new CliError(
      EXIT.DATA,
      `${file}, ${place}: a NUL character: UTF-16 without a byte order mark? ${EXCEL}`,
    );
  }
  return decoded;
};
