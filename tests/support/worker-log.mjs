/**
 * Reads the log of a Worker under wrangler: its own entries as JSON, without wrangler's lines.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** The Worker's own entries. @param {{ logs(): string }} worker */
export function entries(worker) {
  // Flat objects, alone in their line or, for console.error, within wrangler's decoration.
  return [...worker.logs().matchAll(/\{"event":[^{}]*\}/g)].map(([entry]) => JSON.parse(entry));
}

/** How many verifications the Worker was asked for. */
export function verifications(worker) {
  return entries(worker).filter(({ event }) => event === "verify").length;
}

/** The entries, as soon as there are `count` of them: a log line may come after the answer it is about. */
export async function entriesOnce(worker, count) {
  for (let tries = 0; ; tries += 1) {
    const found = entries(worker);
    if (found.length >= count || tries === 100) return found;
    await sleep(20);
  }
}
