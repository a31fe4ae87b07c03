/**
 * Estimates when a run of a list ends. A service with a limit lets a number of rows through, then asks for a pause: after the
 * first pause, the estimate expects the next ones at the same distance.
 */

/** Rows from which the pace is known well enough. */
const leastForPace = 8;

/** The pace of one run. Instants and durations are in milliseconds; rows are counted from the start of the run. */
export class TimeLeft {
  readonly #startedAt: number;
  #pauses = 0;
  /** The time that all pauses take, one that is not over yet included. */
  #paused = 0;
  /** When the last pause ends, and the rows that were done before it. */
  #lastPause: { until: number; done: number } | null = null;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** Notes a pause that begins now. */
  pause(now: number, until: number, done: number): void {
    this.#pauses += 1;
    this.#paused += Math.max(0, until - now);
    this.#lastPause = { until, done };
  }

  /** The seconds until `remaining` rows are done; `null` until the pace is known. */
  seconds(now: number, done: number, remaining: number): number | null {
    const rest = Math.max(0, (this.#lastPause?.until ?? now) - now);
    const worked = now - this.#startedAt - (this.#paused - rest);
    if (done < leastForPace || worked <= 0) return null;
    const perRow = worked / done;
    return (rest + remaining * perRow + this.#pausesToCome(done, remaining)) / 1000;
  }

  /** The time of the pauses that are still to begin, if each comes after as many rows as those before. */
  #pausesToCome(done: number, remaining: number): number {
    if (this.#lastPause === null || this.#lastPause.done === 0) return 0;
    const rowsBetween = this.#lastPause.done / this.#pauses;
    const sinceLast = done - this.#lastPause.done;
    const toCome = Math.ceil((sinceLast + remaining) / rowsBetween) - 1;
    return Math.max(0, toCome) * (this.#paused / this.#pauses);
  }
}
