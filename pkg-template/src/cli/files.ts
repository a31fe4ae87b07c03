/** Reading input files and standard input, and replacing files in one step. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import process from "node:process";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";

/** The name that means standard input. */
export const STANDARD_INPUT = "-";

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file",
  ENOSPC: "the disk is full",
  ENOTDIR: "there is no such folder",
  EROFS: "the disk is read-only",
};

/** Returns why a file operation failed, in words. */
export const causeOf = (error: unknown): string => {
  const { code = "", message = String(error) } = Object(error) as Partial<NodeJS.ErrnoException>;
  return CAUSES[code] ?? (code || message);
};

/** How a file is named in messages. */
export const displayName = (file: string): string => (file === STANDARD_INPUT ? "standard input" : file);

/** Returns the bytes of a file, or of standard input. */
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

/** What is renamed when it is complete. */
const unfinishedName = (file: string): string => `${file}.new`;

const cannotWrite = (file: string, error: unknown): CliError =>
  new CliError(EXIT.CANNOT_WRITE, `${file} cannot be written: ${causeOf(error)}.`);

/** Checks that `replaceFile` will be able to write a file. */
export const requireWritable = (file: string): void => {
  try {
    closeSync(openSync(unfinishedName(file), "w", 0o600));
    rmSync(unfinishedName(file));
  } catch (error) {
    throw cannotWrite(file, error);
  }
};

/** Replaces a file in one step: after a crash it is the old one or the new one. Only its owner may read a new file. */
export const replaceFile = (file: string, text: string): void => {
  const unfinished = unfinishedName(file);
  try {
    const descriptor = openSync(unfinished, "w", 0o600);
    try {
      // `writeSync` may write a part only.
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
