/** Writes to standard output and standard error. Colours only on a terminal, and survives a closed pipe. */
import process from "node:process";
import picocolors from "picocolors";

type Stream = NodeJS.WriteStream;

/** Characters that move the cursor, colour the terminal or reorder the text. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Makes untrusted text safe to print: it stays on its line and cannot control the terminal. */
export const printable = (text: string): string => text.replace(UNSAFE, "\ufffd");

/** Formats a value as one line of JSON that cannot control the terminal. It parses to the same value. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const colorsFor = (stream: Stream) => {
  const { NO_COLOR, TERM } = process.env;
  return picocolors.createColors(stream.isTTY === true && !NO_COLOR && TERM !== "dumb");
};

/** One of the two outputs of the process. */
export class Output {
  readonly #stream: Stream;
  /** Colours. They have no effect unless this is a terminal. */
  readonly colors: ReturnType<typeof picocolors.createColors>;
  /** Whether nothing more can be written. */
  isClosed = false;
  /** Why, unless the reader closed its end: for example a full disk. */
  failure: unknown;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.colors = colorsFor(stream);
    stream.on("error", (error) => this.#close(error));
  }

  #close(error: NodeJS.ErrnoException): void {
    this.isClosed = true;
    // EIO: the terminal was closed.
    if (error.code !== "EPIPE" && error.code !== "EIO") this.failure ??= error;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  get stream(): Stream {
    return this.#stream;
  }

  /** Writes a line, and waits until the stream accepts more. */
  async line(text: string): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>((resolve) => {
      this.#stream.write(`${text}\n`, (error) => {
        if (error) this.#close(error);
        resolve();
      });
    });
  }
}

/** Standard output: results, for people and programs. */
export const output = new Output(process.stdout);
/** Standard error: progress, questions and errors. */
export const messages = new Output(process.stderr);
