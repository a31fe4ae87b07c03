/** Measures times and summarises them. It also runs in pages and Workers, so it imports nothing. */

/** First quarter, median, third quarter. */
export function quarters(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(part * (sorted.length - 1))]);
}

/** The value that `part` of the list is not above, 0.99 for p99. */
export function percentile(list, part) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
}

/** Each round's ratio to the base in the same round: what disturbed a round, disturbed both. */
export const ratios = (list, base) => list.map((time, round) => time / base[round]);

/**
 * How often to run next for `milliseconds` to be filled, after so many took `spent`. A time taken as a difference may be
 * nothing or less by a disturbance, so it grows tenfold at most.
 */
export const nextTimes = (times, spent, milliseconds) =>
  Math.max(1, Math.min(times * 10, Math.round((milliseconds * times) / Math.max(spent, 0.01))));

/**
 * Times runners in turn, so that a noisy second hits all alike. The first rounds warm up and say how often one has to run
 * for `milliseconds` to be filled.
 *
 * @param {Record<string, () => unknown>} runners
 * @returns {Promise<Record<string, number[]>>} Nanoseconds a run, one for each round.
 */
export async function sample(runners, { rounds, warmUp = 4, milliseconds }) {
  const names = Object.keys(runners);
  const times = Object.fromEntries(names.map((name) => [name, 1]));
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const name of names) {
      const run = runners[name];
      const started = performance.now();
      for (let time = 0; time < times[name]; time += 1) {
        const result = run();
        if (result instanceof Promise) await result;
      }
      const spent = performance.now() - started;
      if (round >= 0) samples[name].push((spent / times[name]) * 1e6);
      else times[name] = nextTimes(times[name], spent, milliseconds);
    }
  }
  return samples;
}
