/** Shows the progress of a run on a terminal: rows done, rate, time left and results. */
import { SingleBar } from "cli-progress";
import { messages } from "./terminal.js";

/** Numbers of rows so far, by result. */
export interface Tally {
  /** All rows with a result. */
  done: number;
  /** Those for which a request was sent. */
  sent: number;
  issued: number;
  exists: number;
  failed: number;
}

/** In characters. */
const BAR_WIDTH = 24;
const FORMAT =
  "{bar} {percentage}% {value}/{total}, {rate}/s, {left} left: issued {issued}, exists {exists}, failed {failed}";

const minutesAndSeconds = (seconds: number): string =>
  Number.isFinite(seconds)
    ? `${Math.floor(seconds / 60)}:${String(Math.ceil(seconds % 60)).padStart(2, "0")}`
    : "–";

/** A progress bar on standard error. */
export class Progress {
  readonly #bar: SingleBar | undefined;
  readonly #total: number;
  readonly #start = performance.now();

  constructor(total: number) {
    this.#total = total;
    if (!messages.isTerminal) return;
    this.#bar = new SingleBar({
      stream: messages.stream,
      format: FORMAT,
      barsize: BAR_WIDTH,
      hideCursor: true,
      // `Interruption` handles Ctrl-C.
      gracefulExit: false,
    });
    this.#bar.start(total, 0, this.#texts({ done: 0, sent: 0, issued: 0, exists: 0, failed: 0 }));
  }

  update(tally: Tally): void {
    this.#bar?.update(tally.done, this.#texts(tally));
  }

  /** Leaves the bar as it is and ends its line. */
  stop(): void {
    this.#bar?.stop();
  }

  #texts(tally: Tally) {
    const rate = tally.sent / ((performance.now() - this.#start) / 1000);
    const left = minutesAndSeconds((this.#total - tally.done) / rate);
    return { ...tally, rate: Number.isFinite(rate) ? rate.toFixed(1) : "0", left };
  }
}
