/** The journal of `issueMany`: what a run stores about its items, so that a later run can resume it. */
import { invalid } from "./errors.js";
import { JOURNAL_LINE, JOURNAL_TEXT } from "./rules.js";

/**
 * What a run remembers about one item. It holds no name and no address: `key` is a SHA-256 of the item (which whoever
 * knows the item can compute, so protect it like the list).
 *
 * @category Issuing to many
 */
export interface IssueJournalEntry {
  /** SHA-256 of the item, in hexadecimal. Later entries of the same key replace earlier ones. */
  key: string;
  /** SHA-256 of the recipient's address and the group: a credential that is found for a lost item must not be another's. */
  lane: string;
  /**
   * `started`: a request may be in flight. `issued`, `exists`: done. `failed`: not done, unless `uncertain`. The last
   * entry of a key counts.
   */
  state: "started" | "issued" | "exists" | "failed";
  /** When the first request for it was about to be sent, in milliseconds since 1970. */
  at: number;
  /** Id of the credential that was issued. */
  document_id?: string;
  /** `code` of the error of a failure. */
  code?: string;
  /** It failed, and may have taken effect all the same. */
  uncertain?: boolean;
}

/** Whether the value is as a hash may be written: a damaged one is that of no item, and its item would be issued again. */
const isHash = (value: unknown): boolean => typeof value === "string" && /^[!-~]+$/.test(value);

const STATES: readonly unknown[] = ["started", "issued", "exists", "failed"];

/**
 * Returns whether the value has the members of an entry. One of an unknown state would have its item issued again.
 *
 * @internal
 */
export const isJournalEntry = (value: unknown): value is IssueJournalEntry => {
  const { key, lane, state, at } = Object(value) as Partial<IssueJournalEntry>;
  const isTime = Number.isSafeInteger(at) && (at as number) >= 0;
  return isTime && isHash(key) && isHash(lane) && STATES.includes(state);
};

/**
 * Returns whether the item may have taken effect without the run knowing.
 *
 * @internal
 */
export const isOpen = (entry: IssueJournalEntry): boolean =>
  entry.state === "started" || entry.uncertain === true;

const OPERATION = "readIssueJournal";

/** The encoding that the first bytes of a file show. An entry begins with ASCII. */
const encodingOf = ([first, second]: Uint8Array): string => {
  if ((first === 0xff && second === 0xfe) || second === 0) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || first === 0) return "utf-16be";
  return "utf-8";
};

const NUL = "\0";
/** A byte order mark that was read as another encoding, at most as long as that of UTF-8 in Latin-1. */
const MISREAD_MARK = /^[^{\n\0]{0,3}/;

/** Whether every second character is NUL and all others are not, from one with that place on. */
const isEverySecondNul = (text: string, place: 0 | 1): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    if ((text.charAt(index) === NUL) !== (index % 2 === place)) return false;
  }
  return true;
};

/** Returns the text of UTF-16 that was read as another encoding; any other text is returned as it is. */
const withoutMisreadNuls = (text: string): string => {
  if (!text.includes(NUL)) return text;
  const content = text.replace(MISREAD_MARK, "");
  return isEverySecondNul(content, 0) || isEverySecondNul(content, 1) ? content.replaceAll(NUL, "") : text;
};

/** Returns the text of a journal. */
const decode = (journal: unknown): string => {
  if (typeof journal === "string") return withoutMisreadNuls(journal);
  const isBytes = ArrayBuffer.isView(journal) || journal instanceof ArrayBuffer;
  if (!isBytes) throw invalid(OPERATION, "journal", JOURNAL_TEXT);
  const bytes = ArrayBuffer.isView(journal)
    ? new Uint8Array(journal.buffer, journal.byteOffset, journal.byteLength)
    : new Uint8Array(journal);
  const encoding = encodingOf(bytes);
  // Half a unit of UTF-16 at the end was cut off.
  const length = encoding === "utf-8" ? bytes.length : bytes.length - (bytes.length % 2);
  return new TextDecoder(encoding).decode(bytes.subarray(0, length));
};

/** How an entry begins, as `JSON.stringify` writes it. */
const BEGINNING = '{"key":"';
/** What an entry has only once, or not at all: with more, several entries have become one line. */
const BRACE_OR_CONTROL = /[{\p{Cc}]/u;
/** A character whose bytes are incomplete. */
const CUT_CHARACTER = /\ufffd{1,3}$/;

/** Whether the line is the beginning of one entry, whose process ended while it wrote. */
const isCutOff = (line: string): boolean => {
  const text = line.replace(CUT_CHARACTER, "");
  const isBeginning = text.startsWith(BEGINNING) || BEGINNING.startsWith(text);
  return isBeginning && !text.endsWith("}") && !BRACE_OR_CONTROL.test(text.slice(1));
};

/**
 * Reads a journal that was written entry by entry, each as a line break and its JSON. A last line that was cut off by the
 * end of its process is left out: by then nothing had been sent for it, or the entry before says that it was, and the run
 * that resumes searches the account. Write what is returned to a new file before you append to it, or the entry that follows
 * would be lost in the line that was cut off.
 *
 * @param journal - The whole file: its text, or its bytes in UTF-8 or UTF-16.
 * @throws {@link ValidationError} for any other line that is not an entry, also one that is cut off, damaged or has become one
 * with the next: what it said may be that an item was issued. The path has its index, from 0: `journal[2]`.
 * @category Issuing to many
 */
export const readIssueJournal = (journal: string | ArrayBuffer | ArrayBufferView): IssueJournalEntry[] => {
  const lines = decode(journal)
    .replace(/^\ufeff/, "")
    .split("\n")
    .map((text, index) => ({ line: text.trim(), index }))
    .filter(({ line }) => line !== "");
  return lines.flatMap(({ line, index }, place) => {
    if (place === lines.length - 1 && isCutOff(line)) return [];
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      // Reported below.
    }
    if (!isJournalEntry(entry)) throw invalid(OPERATION, `journal[${index}]`, JOURNAL_LINE);
    return [entry];
  });
};
