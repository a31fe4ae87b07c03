/** The journal of `issueMany`: what a run stores about its items, so that a later run can resume it. */
import { invalid } from "./errors.js";
import { JOURNAL_CUT, JOURNAL_LINE, JOURNAL_TEXT, type Rule } from "./rules.js";

/**
 * What a run remembers about one item. It holds no name and no address: `key` is a SHA-256 of the item (which whoever
 * knows the item can compute, so protect it like the list). An entry belongs to the item with its `key`, even if a later run
 * has it at another `index` or `line`.
 *
 * @category Issuing to many
 */
export interface IssueJournalEntry {
  /** SHA-256 of the item, in hexadecimal. Later entries of the same key replace earlier ones, except those that are done. */
  key: string;
  /** SHA-256 of the recipient's address and the group: a credential that is found for a lost item must not be another's. */
  lane: string;
  /**
   * `started`: a request may be in flight. `issued`, `exists`: done. `failed`: not done, unless `uncertain`. The last
   * entry of a key counts, unless an earlier one is done.
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
  /** With a `ValidationError`, the field of its first issue, e.g. `recipient.email`. */
  path?: string;
  /** With a `ValidationError`, the rule that the field breaks, e.g. `required`. */
  rule?: string;
  /** The item's index in the input of the run that wrote the entry, from 0. Journals of earlier versions lack it. */
  index?: number;
  /** The item's `line`, if it has one. */
  line?: number | string;
}

/** Whether the value can be a hash. A damaged hash belongs to no item, so its item would be issued again. */
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

/**
 * Returns whether the entry replaces one of the same key. Journals may be merged in any order: what is done stays done, and
 * a failure of an earlier run does not close an item that a later one left open.
 *
 * @internal
 */
export const replaces = (entry: IssueJournalEntry, before: IssueJournalEntry): boolean => {
  const isDone = before.state === "issued" || before.state === "exists";
  const isOlder = entry.state === "failed" && entry.at < before.at;
  return !isDone && !(isOlder && isOpen(before) && !isOpen(entry));
};

const OPERATION = "readIssueJournal";

/** The encoding that the first bytes of a file show. An entry begins with ASCII. */
const encodingOf = ([first, second]: Uint8Array): string => {
  if ((first === 0xff && second === 0xfe) || second === 0) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || first === 0) return "utf-16be";
  return "utf-8";
};

const NUL = "\0";
/** A byte order mark that was read in another encoding: at most the three characters of UTF-8's in Latin-1. */
const MISREAD_MARK = /^[^{\n\0]{0,3}/;

/** Whether exactly every second character is NUL, of which the first is at the index `first`. */
const isEverySecondNul = (text: string, first: 0 | 1): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    if ((text.charAt(index) === NUL) !== (index % 2 === first)) return false;
  }
  return true;
};

/** Removes the NUL characters of UTF-16 that was read in another encoding. Returns any other text as it is. */
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
  // Leaves out half a code unit of UTF-16, which was cut off.
  const length = encoding === "utf-8" ? bytes.length : bytes.length - (bytes.length % 2);
  return new TextDecoder(encoding).decode(bytes.subarray(0, length));
};

/** How an entry begins, as `JSON.stringify` writes it. */
const BEGINNING = '{"key":"';
/**
 * Any prefix of an entry: members, the last of which may be incomplete. It does not match a second entry in the line, which
 * begins with a brace and a quotation mark.
 */
const INCOMPLETE_ENTRY =
  /^\{(?:"\w+":(?:"(?:[^"\\{\p{Cc}]|\\.|\{(?!"|$))*"|[-+.\de]+|true),)*(?:"\w*(?:"(?::(?:"(?:[^"\\{\p{Cc}]|\\.?|\{(?!"|$))*"?|[-+.\de]*|t\w*)?)?)?)?$/u;
/** What decoding makes of a last character whose bytes are incomplete. */
const CUT_CHARACTER = /\ufffd{1,3}$/;

/** Whether the line is the beginning of one entry, cut off because the process ended while it wrote. */
const isCutOff = (line: string): boolean => {
  const text = line.replace(CUT_CHARACTER, "");
  const isBeginning = text.startsWith(BEGINNING) || BEGINNING.startsWith(text);
  return isBeginning && !text.endsWith("}") && INCOMPLETE_ENTRY.test(text);
};

/**
 * Whether a last line that was cut off can be left out. It can if an entry before it has the run skip or search the item.
 * Without one, it must be the `started` of an item for which nothing was sent: only a journal that was appended to, so that
 * it begins with a line break, has that before anything else of the item.
 */
const canLeaveOut = (line: string, before: readonly IssueJournalEntry[], isAppended: boolean): boolean => {
  const key = /^\{"key":"([^"]*)"/.exec(line)?.[1];
  const last = before.findLast((entry) => entry.key === key);
  if (last && (last.state !== "failed" || isOpen(last))) return true;
  const state = /"state":"(\w*)/.exec(line)?.[1] ?? "";
  return isAppended && "started".startsWith(state);
};

/**
 * Reads a journal that was written entry by entry, each as a line break and its JSON, before the item was sent. Leaves out
 * a last line that was cut off because the process ended: nothing had been sent for it, or an entry before it says that
 * something was, and the run that resumes searches the account. Write the returned entries to a new file before you append
 * to it: what follows a line that was cut off cannot be read. Write `journal` of a run to a new file, too, and rename it.
 *
 * @param journal - The whole file: its text, or its bytes in UTF-8 or UTF-16.
 * @throws {@link ValidationError} for any other line that is not an entry, for example one that is damaged or joined with
 * the next, or a last one that may have said that an item was issued. The path has its index, from 0: `journal[2]`.
 * @example
 * ```ts
 * const journal = readIssueJournal(await readFile("journal.ndjson"));
 * const run = hyperstack.credentials.issueMany(people, { group_key, journal });
 * ```
 * @category Issuing to many
 */
export const readIssueJournal = (journal: string | ArrayBuffer | ArrayBufferView): IssueJournalEntry[] => {
  const texts = decode(journal)
    .replace(/^\ufeff/, "")
    .split("\n")
    .map((text) => text.trim());
  const last = texts.findLastIndex((line) => line !== "");
  const entries: IssueJournalEntry[] = [];
  for (const [index, line] of texts.entries()) {
    if (line === "") continue;
    const wrong = (rule: Rule) => invalid(OPERATION, `journal[${index}]`, rule);
    if (index === last && isCutOff(line)) {
      if (!canLeaveOut(line, entries, texts[0] === "")) throw wrong(JOURNAL_CUT);
      break;
    }
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      // Reported below.
    }
    if (!isJournalEntry(entry)) throw wrong(JOURNAL_LINE);
    entries.push(entry);
  }
  return entries;
};
