/**
 * Parses a list: the rows of a pasted text or a file, and the link or id of each. The package decides whether a link is
 * valid.
 */

import { shownInput, withoutAddresses } from "./addresses.ts";

/** More rows than this are refused as a whole. */
export const mostRows = 500;

/** Characters of the longest text that is read; a longer one is not a list of links. */
export const mostCharacters = 1_000_000;

/** An entry to check. */
export interface ListEntry {
  /** The line of the text on which its record begins, from 1. */
  line: number;
  /** The link or id as written in the text; `null` if the record has none. */
  link: string | null;
  /** The record as it is, for a suggestion; it is never shown. */
  text: string;
  /** What was written in the place of `link`, if that is a suggestion; without e-mail addresses. */
  correctedFrom: string | null;
  /** What identifies the row for a reader: the link, else the beginning of the record; without e-mail addresses. */
  shown: string;
}

/** The result of parsing a text. */
export type ListReading =
  | { kind: "list"; entries: readonly ListEntry[]; headerSkipped: boolean }
  | { kind: "too_many"; count: number }
  | { kind: "too_large" }
  | { kind: "nothing" };

/** Characters of a record without a link that are shown. */
const shownCharacters = 80;

/** Characters of a cell without a link that are examined. */
const longestCell = 400;

/** Parses a list from lines, running text or a table (RFC 4180, separated by commas, semicolons or tabs). */
export function readList(text: string): ListReading {
  if (text.length > mostCharacters) return { kind: "too_large" };
  const plain = text.replace(/^\ufeff/, "");
  // A spreadsheet's own note of the separator.
  const [note = "", noted] = /^sep=([,;\t])(?:\r\n|\r|\n|$)/i.exec(plain) ?? [];
  const table = plain.slice(note.length);
  const separator = (noted as Separator | undefined) ?? separatorOf(table);
  const records = readRecords(table, separator, note === "" ? 1 : 2).filter(({ cells }) =>
    cells.some((cell) => cell.trim() !== ""),
  );
  const read = records.map(({ line, cells }) => ({ line, cells, links: linksIn(cells) }));
  // Headings are a first row of several cells, or one above rows most of which hold something.
  const [first, ...rest] = read;
  const headerSkipped =
    first !== undefined &&
    first.links.length === 0 &&
    rest.length > 0 &&
    (first.cells.length > 1 || 2 * rest.filter(({ links }) => links.length > 0).length > rest.length);
  const entries = (headerSkipped ? rest : read).flatMap(({ line, cells, links }): ListEntry[] =>
    links.length === 0
      ? [{ line, link: null, text: cells.join("\n"), correctedFrom: null, shown: beginning(cells) }]
      : links.map((link) => ({ line, link, text: link, correctedFrom: null, shown: shownInput(link) })),
  );
  // Whether a shorter one has none either is known after suggestions.
  const tooMany = entries.length > mostRows;
  if (entries.length === 0 || (tooMany && entries.every(({ link }) => link === null)))
    return { kind: "nothing" };
  if (tooMany) return { kind: "too_many", count: entries.length };
  return { kind: "list", entries, headerSkipped };
}

/** The text of a file: UTF-8, or UTF-16 where its first bytes say so, as spreadsheets write it. */
export function decodeFile(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const utf16 =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : null;
  // What is not UTF-8 becomes a replacement character, which no valid link contains.
  return new TextDecoder(utf16 ?? "utf-8").decode(bytes);
}

/** The kind of a file that is not text, by its first bytes. */
export function foreignFormat(bytes: Uint8Array): "spreadsheet" | "pdf" | null {
  const begins = (...first: number[]) => first.every((byte, at) => bytes[at] === byte);
  // ZIP, which holds today's spreadsheets, and the older compound file.
  if (begins(0x50, 0x4b, 0x03, 0x04) || begins(0xd0, 0xcf, 0x11, 0xe0)) return "spreadsheet";
  return begins(0x25, 0x50, 0x44, 0x46) ? "pdf" : null;
}

function beginning(cells: readonly string[]): string {
  const text = cells
    .map((cell) => withoutAddresses(cell.trim().slice(0, longestCell)))
    .filter((cell) => cell !== "")
    .join(" · ")
    .replace(/\s+/g, " ");
  const characters = Array.from(text);
  return characters.length <= shownCharacters ? text : `${characters.slice(0, shownCharacters).join("")}…`;
}

type Separator = "\t" | ";" | ",";

/** The separator of the cells: the one in most lines, tabs before semicolons before commas. */
function separatorOf(text: string): Separator {
  const counts = new Map<Separator, number>([
    ["\t", 0],
    [";", 0],
    [",", 0],
  ]);
  // Separators inside quotes do not count.
  for (const line of text.replace(/"[^"]*"/g, '""').split(/\r\n|\r|\n/)) {
    for (const [separator, count] of counts) {
      if (line.includes(separator)) counts.set(separator, count + 1);
    }
  }
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

interface TextRecord {
  line: number;
  cells: string[];
}

/**
 * The records of a table. Cells may be quoted, with line breaks and doubled quotes in them. A quote that is never closed
 * would swallow the rest of the list: from there on, quotes are ordinary characters.
 */
function readRecords(text: string, separator: Separator, firstLine: number): TextRecord[] {
  const records: TextRecord[] = [];
  let at = 0;
  let line = firstLine;
  let quotes = true;
  let record: TextRecord = { line, cells: [] };
  while (at <= text.length) {
    let cell = "";
    if (quotes && text[at] === '"') {
      const quoted = readQuoted(text, at + 1);
      if (quoted === null) {
        quotes = false;
      } else {
        cell = quoted.content;
        line += text.slice(at, quoted.end).match(/\r\n|\r|\n/g)?.length ?? 0;
        at = quoted.end;
      }
    }
    const end = endOfCell(text, at, separator);
    cell += text.slice(at, end);
    record.cells.push(cell);
    const found = text[end];
    at = end + 1;
    if (found === separator) continue;
    if (found === "\r" && text[at] === "\n") at += 1;
    line += 1;
    records.push(record);
    record = { line, cells: [] };
  }
  return records;
}

/** The content of a quoted cell that begins at `start`, and where it ends; `null` if it never ends. */
function readQuoted(text: string, start: number): { content: string; end: number } | null {
  let from = start;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return null;
    if (text[quote + 1] !== '"') {
      return { content: text.slice(start, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    from = quote + 2;
  }
}

function endOfCell(text: string, start: number, separator: Separator): number {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return end;
}

/** The scheme of an address, with slashes or backslashes after it. */
const schemeEnd = /:[\\/]{2}/;

const schemeCharacter = /[a-z0-9+.-]/i;

const credentialPath = /[\\/]credential[\\/]/i;

/** An id as a separate word. */
const bareId = /(?<![\w/-])(?:[A-Za-z0-9]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![\w/-])/g;

/**
 * The links of a record: those with a credential's path, else any address (the package says what is wrong with it), else
 * ids. So a website in another column is not taken for a second credential.
 */
function linksIn(cells: readonly string[]): string[] {
  const addresses = cells.flatMap(addressesIn);
  const links = addresses.filter((each) => credentialPath.test(each));
  if (links.length > 0) return [...new Set(links)];
  const ids = cells.flatMap((cell) => cell.match(bareId) ?? []);
  if (addresses.length > 0 && ids.length === 0) return [...new Set(addresses)];
  return [...new Set(ids)];
}

function addressesIn(cell: string): string[] {
  const whole = cell.trim();
  // A cell that is an address is judged unchanged, to its last character.
  if (/^[a-z][a-z0-9+.-]*:[\\/]{2}\S*$/iu.test(whole)) return [whole];
  const words = whole.split(/[\s"<>]+/u);
  const found = words.map(addressIn).filter((each) => each !== null);
  if (found.length > 0) return found;
  return words
    .filter((word) => credentialPath.test(word))
    .map((word) => withoutEnd(word.replace(/^[([{'‘“«]+/u, "")));
}

/** The address in a word of running text, from its scheme on. */
function addressIn(word: string): string | null {
  const end = word.search(schemeEnd);
  let start = end;
  while (start > 0 && schemeCharacter.test(word[start - 1] ?? "")) start -= 1;
  return start < end ? withoutEnd(word.slice(start)) : null;
}

/** In running text, the punctuation behind an address is not part of it. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ".,;:!?)]}'’”»".includes(text[end - 1] ?? "")) end -= 1;
  return text.slice(0, end);
}
