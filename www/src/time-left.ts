/**
 * Estimates the time left in a run of a list. A service with a rate limit accepts a number of rows, then requires a pause. After
 * the first pause, the estimate expects further pauses at the same interval.
 */

/** Rows that must be done before there is an estimate. */
const msPerSecond = 1000;
/** Rows that must be done before there is an estimate. */
const minRowsForEstimate = 8;

/** The progress of one run. Times and durations are in milliseconds; `done` counts rows from the start of the run. */
export class TimeLeft {
  readonly #startedAt: number;
  #pauses = 0;
  /** The duration of all pauses, including the rest of the current one. */
  #paused = 0;
  /** The end of the last pause, and the rows done before it. */
  #lastPause: { until: number; done: number } | null = null;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** Records a pause that begins now. */
  pause({ now, until, done }: { now: number; until: number; done: number }): void {
    this.#pauses += 1;
    this.#paused += Math.max(0, until - now);
    this.#lastPause = { until, done };
  }

  /** Returns the seconds until the `remaining` rows are done, or `null` if it is too early for an estimate. */
  seconds({ now, done, remaining }: { now: number; done: number; remaining: number }): number | null {
    const rest = Math.max(0, (this.#lastPause?.until ?? now) - now);
    const worked = now - this.#startedAt - (this.#paused - rest);
    if (done < minRowsForEstimate || worked <= 0) return null;
    const perRow = worked / done;
    return (rest + remaining * perRow + this.#pausesToCome(done, remaining)) / msPerSecond;
  }

  /** Returns the duration of the pauses still to come, if each comes after as many rows as the earlier ones. */
  #pausesToCome(done: number, remaining: number): number {
    if (this.#lastPause === null || this.#lastPause.done === 0) return 0;
    const rowsBetween = this.#lastPause.done / this.#pauses;
    const sinceLast = done - this.#lastPause.done;
    const toCome = Math.ceil((sinceLast + remaining) / rowsBetween) - 1;
    return Math.max(0, toCome) * (this.#paused / this.#pauses);
  }
}
