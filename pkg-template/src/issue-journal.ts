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

const STATES: readonly unknown[] = ["started", "issued", "exists", "failed"];

/**
 * Returns whether the value has the members of an entry. One of an unknown state would have its item issued again.
 *
 * @internal
 */
export const isJournalEntry = (value: unknown): value is IssueJournalEntry => {
  const { key, lane, state, at } = Object(value) as Partial<IssueJournalEntry>;
  const isTime = Number.isSafeInteger(at) && (at as number) >= 0;
  return isTime && typeof key === "string" && typeof lane === "string" && STATES.includes(state);
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

/** Returns the text of a journal. */
const decode = (journal: unknown): string => {
  if (typeof journal === "string") {
    // UTF-16 that was read as another encoding: every second character is NUL, and all others are ASCII.
    return journal.includes("\0") ? journal.replaceAll("\0", "").replace(/^[^{\n]{0,3}/, "") : journal;
  }
  const isBytes = ArrayBuffer.isView(journal) || journal instanceof ArrayBuffer;
  if (!isBytes) throw invalid(OPERATION, "journal", JOURNAL_TEXT);
  const bytes = ArrayBuffer.isView(journal)
    ? new Uint8Array(journal.buffer, journal.byteOffset, journal.byteLength)
    : new Uint8Array(journal);
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
};

/** How an entry begins, as `JSON.stringify` writes it. */
const BEGINNING = '{"key":"';

/** Whether the line is an entry whose end is missing, because its process ended while it wrote. */
const isCutOff = (line: string): boolean =>
  !line.endsWith("}") && (line.startsWith(BEGINNING) || BEGINNING.startsWith(line));

/**
 * Reads a journal that was written entry by entry, each as a line break and its JSON. An entry that was cut off by the
 * end of its process is left out: a run that resumes searches the account for what it would have said.
 *
 * @param journal - The whole file: its text, or its bytes in UTF-8 or UTF-16.
 * @throws {@link ValidationError} for any line that is not an entry: what cannot be read would be issued again.
 * @category Issuing to many
 */
export const readIssueJournal = (journal: string | ArrayBuffer | ArrayBufferView): IssueJournalEntry[] => {
  const lines = decode(journal)
    .replace(/^\ufeff/, "")
    .split("\n");
  return lines.flatMap((text, index) => {
    const line = text.trim();
    if (line === "" || isCutOff(line)) return [];
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
