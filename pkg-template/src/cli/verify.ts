/** The command `verify`: prints one line per link, in the order of the input. */
import type { Hyperstack, Outcome, Verification } from "hyperstack-credentials";
import { usageError } from "./cli-error.js";
import { type ClientOptions, createClient } from "./client.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { displayName, readInput, STANDARD_INPUT } from "./files.js";
import { type Link, readLinks } from "./links.js";
import { mapInOrder } from "./map-in-order.js";
import { jsonLine, output, printable } from "./terminal.js";

/** Options of `verify`. */
export interface VerifyCommandOptions extends ClientOptions {
  file?: string;
  column?: string;
  json?: boolean;
  concurrency: number;
}

const EXIT_CODES: Readonly<Record<Outcome, ExitCode>> = {
  verified: EXIT.OK,
  not_verified: EXIT.NEGATIVE,
  indeterminate: EXIT.UNFINISHED,
};

const inputOf = async (given: readonly string[], { file, column }: VerifyCommandOptions): Promise<Link[]> => {
  const isStandardInput = given.includes(STANDARD_INPUT);
  if (isStandardInput && given.length > 1)
    throw usageError("“-” (standard input) and links exclude each other; give one of them.");
  if (file !== undefined && given.length > 0)
    throw usageError("--file and links exclude each other; give one of them.");
  const list = isStandardInput ? STANDARD_INPUT : file;
  if (list !== undefined) return readLinks(displayName(list), await readInput(list), column);
  if (given.length === 0)
    throw usageError("verify: give at least one link, --file list.csv, or “-” for standard input.");
  if (column !== undefined)
    throw usageError("--column names a column of --file or standard input; leave it out for links.");
  return given.map((text) => ({ text }));
};

const textLine = (link: Link, { outcome, verdict, reason, credential }: Verification): string => {
  const cells = [
    outcome,
    reason ?? verdict,
    link.text,
    credential?.group.title ?? "",
    credential?.recipient?.name ?? "",
  ];
  const [state = "", ...others] = cells.map(printable);
  if (!output.isTerminal) return [state, ...others].join("\t");
  const { green, red, yellow } = output.colors;
  const color = { verified: green, not_verified: red, indeterminate: yellow }[outcome];
  return [color(state.padEnd("indeterminate".length)), ...others.filter((cell) => cell !== "")].join("  ");
};

const objectLine = ({ text, line }: Link, verification: Verification): string =>
  jsonLine({ input: text, ...(line !== undefined && { line }), ...verification });

/** Verifies links, prints a line for each, and returns the highest exit code. */
const verifyAll = async (
  client: Hyperstack,
  links: readonly Link[],
  options: VerifyCommandOptions,
): Promise<ExitCode> => {
  const line = options.json ? objectLine : textLine;
  let exitCode: ExitCode = EXIT.OK;
  const verifications = mapInOrder(links, options.concurrency, async (link) => ({
    link,
    verification: await client.verify(link.text),
  }));
  for await (const { link, verification } of verifications) {
    const code = EXIT_CODES[verification.outcome];
    if (code > exitCode) exitCode = code;
    await output.line(line(link, verification));
    // The reader has gone: links without a line are not checked.
    if (output.isClosed) return EXIT.UNFINISHED;
  }
  return exitCode;
};

/** Runs `verify`. */
export const verify = async (links: readonly string[], options: VerifyCommandOptions): Promise<ExitCode> =>
  verifyAll(createClient(options), await inputOf(links, options), options);
