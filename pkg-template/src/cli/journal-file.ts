/** Stores the journal of a run in a file: locks, reads and compacts it, then appends entries. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import process from "node:process";
import { type IssueJournalEntry, isHyperstackError, readIssueJournal } from "hyperstack-credentials";
import { CliError, usageError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";
import { causeOf, OWNER_ONLY, replaceFile } from "./files.js";

/** An entry with what its run created and where. Journals that other programs write have no target. */
type StoredEntry = IssueJournalEntry & { target?: string };

/** The line break comes first, so that an entry cut off by a crash does not run into the next. */
const lineOf = (entry: StoredEntry): string => `\n${JSON.stringify(entry)}`;

const readEntries = (file: string): StoredEntry[] => {
  if (!existsSync(file)) return [];
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CliError(EXIT.NO_INPUT, `the journal ${file} cannot be read: ${causeOf(error)}.`);
  }
  try {
    return readIssueJournal(bytes);
  } catch (error) {
    if (!isHyperstackError(error)) throw error;
    const fix = "Restore it from a backup; without it, credentials may be issued twice.";
    throw new CliError(
      EXIT.DATA,
      `${file} is not the journal of a run, or damaged: ${error.message}. ${fix}`,
    );
  }
};

/** Refuses the journal of a run that created something else, or elsewhere: its people would be taken for done. */
const requireTarget = (file: string, entries: readonly StoredEntry[], target: string): void => {
  const other = entries.find((entry) => entry.target !== undefined && entry.target !== target)?.target;
  if (other === undefined) return;
  throw usageError(
    `${file} is the journal of ${other}, and this run is about ${target}; use the same --draft and --base-url, or another list and journal.`,
  );
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
};

/** Creates the lock file. Two runs with the same journal would issue everything twice. */
const lock = (file: string): void => {
  for (;;) {
    try {
      const descriptor = openSync(file, "wx", OWNER_ONLY);
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw new CliError(EXIT.CANNOT_WRITE, `${file} cannot be written: ${causeOf(error)}.`);
      }
    }
    const owner = Number(readFileSync(file, "utf8"));
    if (owner > 0 && !isRunning(owner)) rmSync(file, { force: true });
    else
      throw new CliError(
        EXIT.USAGE,
        `another run (process ${owner}) uses this journal; if none does, delete ${file}.`,
      );
  }
};

/** An open journal. */
export class JournalFile {
  readonly file: string;
  /** The entries of earlier runs. */
  readonly entries: readonly IssueJournalEntry[];
  readonly #target: string;
  readonly #lock: string;
  readonly #handle: FileHandle;
  #unwritten = "";
  #stored: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(
    file: string,
    target: string,
    entries: readonly IssueJournalEntry[],
    lockFile: string,
    handle: FileHandle,
  ) {
    this.file = file;
    this.#target = target;
    this.entries = entries;
    this.#lock = lockFile;
    this.#handle = handle;
  }

  /**
   * Locks and opens a journal, and drops an entry that a crash cut off.
   *
   * @param target - What the run creates and where.
   */
  static async open(file: string, target: string): Promise<JournalFile> {
    const lockFile = `${file}.lock`;
    lock(lockFile);
    try {
      const entries = readEntries(file);
      requireTarget(file, entries, target);
      replaceFile(file, entries.map(lineOf).join(""));
      return new JournalFile(file, target, entries, lockFile, await open(file, "a"));
    } catch (error) {
      rmSync(lockFile, { force: true });
      throw error;
    }
  }

  /** Writes an entry to disk. Entries that arrive during a write are written together afterwards. */
  append(entry: IssueJournalEntry): Promise<void> {
    this.#unwritten += lineOf({ ...entry, target: this.#target });
    this.#next ??= this.#stored.then(() => this.#store());
    this.#stored = this.#next;
    return this.#next;
  }

  async #store(): Promise<void> {
    this.#next = undefined;
    const lines = this.#unwritten;
    this.#unwritten = "";
    try {
      await this.#handle.appendFile(lines);
      await this.#handle.datasync();
    } catch (error) {
      throw new CliError(EXIT.CANNOT_WRITE, `the journal ${this.file} cannot be written: ${causeOf(error)}.`);
    }
  }

  /** Closes the file and removes the lock. */
  async close(): Promise<void> {
    await this.#stored.catch(() => {});
    await this.#handle.close();
    rmSync(this.#lock, { force: true });
  }
}
