/**
 * Checks the rows of a list: a few at a time, with the pauses that the service asks for, until all have a result or the
 * run is stopped. A fault affects one row only.
 */
import { type Finding, headlineOf } from "./finding.ts";
import { isOpen, type ListRow, type RowState } from "./list-model.ts";
import { rest } from "./rest.ts";

/** How a run ended. `gave_up`: the service asked for several pauses in a row without any result. */
export type RunEnd = "done" | "stopped" | "gave_up";

/** What a run needs, and its callbacks. */
export interface RunOptions {
  /** Verifies one link. Rejects with a fault of the page, or with the signal's reason. */
  ask: (link: string, signal: AbortSignal) => Promise<Finding>;
  signal: AbortSignal;
  /** Called at each change of a row. */
  onRow: (row: ListRow) => void;
  /** Called when the run pauses until an instant (milliseconds of `now`), and with `null` when it continues. */
  onPause: (until: number | null) => void;
  /** Checks in flight at once. Default 4. */
  atOnce?: number;
  now?: () => number;
  /** Resolves after a time, or at once when the signal aborts. */
  sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Seconds of a pause if the service refused without a `Retry-After`. A value of 0 counts as absent, because it would retry without end. */
const unnamedPauseS = 5;

/** Seconds of the longest pause; a longer one ends the run. */
const longestPauseS = 300;

/** Pauses in a row without a result, after which the run gives up. */
const mostFruitlessPauses = 3;

/** Checks every open row of the list. */
export async function runList(rows: readonly ListRow[], options: RunOptions): Promise<RunEnd> {
  const { ask, signal, onRow, onPause, atOnce = 4, now = Date.now, sleep = rest } = options;
  const queue = rows.filter(isOpen);
  const inFlight = new Set<Promise<void>>();
  let pausedUntil = 0;
  let fruitless = 0;
  let gotResult = true;
  let gaveUp = false;

  const set = (row: ListRow, state: RowState): void => {
    row.state = state;
    onRow(row);
  };
  for (const row of queue) {
    if (row.state.kind !== "ready" || row.state.stopped) set(row, { kind: "ready", stopped: false });
  }

  /** Applies the pause that a result asks for; returns whether the row is checked again. */
  const applyPause = (finding: Finding): "keep" | "ask_again" => {
    const refused = headlineOf(finding).reason === "rate_limited";
    const named = finding.kind === "verification" ? finding.verification.retry_after_s : null;
    if (!refused) gotResult = true;
    const pauseS = named || (refused ? unnamedPauseS : 0);
    if (pauseS > longestPauseS) {
      gaveUp = true;
    } else if (pauseS > 0) {
      pausedUntil = Math.max(pausedUntil, now() + pauseS * 1000);
    }
    return refused && !gaveUp ? "ask_again" : "keep";
  };

  const check = async (row: ListRow): Promise<void> => {
    set(row, { kind: "running" });
    let finding: Finding;
    try {
      finding = await ask(row.entry.link ?? "", signal);
    } catch {
      finding = { kind: "page_fault", at: new Date(now()).toISOString() };
    }
    if (signal.aborted) {
      set(row, { kind: "ready", stopped: true });
    } else if (applyPause(finding) === "ask_again") {
      set(row, { kind: "ready", stopped: false });
      queue.unshift(row);
    } else {
      set(row, { kind: "found", finding });
    }
  };

  while (!signal.aborted && !gaveUp && (queue.length > 0 || inFlight.size > 0)) {
    if (pausedUntil > now() && queue.length > 0) {
      fruitless = gotResult ? 1 : fruitless + 1;
      gotResult = false;
      if (fruitless > mostFruitlessPauses) {
        gaveUp = true;
        break;
      }
      onPause(pausedUntil);
      // A check in flight may still ask for a longer pause.
      await Promise.all(inFlight);
      while (pausedUntil > now() && !signal.aborted) await sleep(pausedUntil - now(), signal);
      onPause(null);
      continue;
    }
    if (queue.length > 0 && inFlight.size < atOnce) {
      const row = queue.shift() as ListRow;
      const task: Promise<void> = check(row).finally(() => inFlight.delete(task));
      inFlight.add(task);
      continue;
    }
    await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  for (const row of queue) set(row, { kind: "ready", stopped: true });
  if (signal.aborted) return "stopped";
  return gaveUp ? "gave_up" : "done";
}
