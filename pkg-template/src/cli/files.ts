/** Reads files and standard input, and replaces files atomically. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";

/** The argument that means standard input. */
export const STANDARD_INPUT = "-";
/** Mode of new files: lists contain personal data. */
export const OWNER_ONLY = 0o600;

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file",
  ENOSPC: "the disk is full",
  ENOTDIR: "there is no such folder",
  EROFS: "the disk is read-only",
};

/** Describes why a file operation failed. */
export const causeOf = (error: unknown): string => {
  const { code = "", message = String(error) } = Object(error) as Partial<NodeJS.ErrnoException>;
  return CAUSES[code] ?? (code || message);
};

/** Returns the name of a file for messages. */
export const displayName = (file: string): string => (file === STANDARD_INPUT ? "standard input" : file);

/** Reads a file, or standard input. */
export const readInput = async (file: string): Promise<Uint8Array> => {
  try {
    if (file !== STANDARD_INPUT) return readFileSync(file);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } catch (error) {
    throw new CliError(EXIT.NO_INPUT, `${displayName(file)} cannot be read: ${causeOf(error)}.`);
  }
};

/** The file that is written first and renamed when it is complete. */
const unfinishedName = (file: string): string => `${file}.new`;

const cannotWrite = (file: string, error: unknown): CliError =>
  new CliError(EXIT.CANNOT_WRITE, `${file} cannot be written: ${causeOf(error)}.`);

/** Whether two paths lead to the same file, which need not exist. */
export const isSameFile = (one: string, other: string): boolean => {
  if (resolve(one) === resolve(other)) return true;
  const [first, second] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
};

/** Whether a file has another content than was read. One that was deleted has none to lose. */
export const hasChanged = (file: string, bytes: Uint8Array): boolean => {
  try {
    return Buffer.compare(readFileSync(file), bytes) !== 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
};

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Checks that `replaceFile` will be able to write a file. */
export const requireWritable = (file: string): void => {
  try {
    if (isFolder(file)) throw Object.assign(new Error(), { code: "EISDIR" });
    closeSync(openSync(unfinishedName(file), "w", OWNER_ONLY));
    rmSync(unfinishedName(file));
  } catch (error) {
    throw cannotWrite(file, error);
  }
};

/** Replaces a file atomically: after a crash it has the old content or the new. Only its owner can read a new file. */
export const replaceFile = (file: string, text: string): void => {
  const unfinished = unfinishedName(file);
  try {
    const descriptor = openSync(unfinished, "w", OWNER_ONLY);
    try {
      // `writeSync` may write only part of the bytes.
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
  } catch (error) {
    throw cannotWrite(file, error);
  }
};
