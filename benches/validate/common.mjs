/** Measures validation in every runtime: calls with a `fetch` that resolves at once. */
import { sample } from "../lib/measure.mjs";
import { pageCallers } from "./callers.mjs";
import { BAD, GOOD, page } from "./documents.mjs";

const encoder = new TextEncoder();
/** A `fetch` whose response is what `body` gives. */
const instant = (body) => async () =>
  new Response(body(), { headers: { "content-type": "application/json" } });

export function prepare(runtime) {
  /** Each takes the bytes of a page to its objects. */
  const runners = (count) => {
    const bytes = encoder.encode(page(count));
    return pageCallers(
      instant(() => bytes),
      runtime,
    );
  };
  return {
    runners,
    measure: ({ count, ...how }) => sample(runners(count), how),
    /** What each candidate makes of each document: `kept` (all credentials), `refused`, or that something is missing. */
    async judge() {
      let bytes;
      const callers = pageCallers(
        instant(() => bytes),
        runtime,
      );
      const verdict = async (run, text) => {
        bytes = encoder.encode(text);
        try {
          const found = JSON.stringify(await run());
          return found === JSON.stringify(JSON.parse(text).credentials) ? "kept" : "changed";
        } catch {
          return "refused";
        }
      };
      const all = async (documents, run) => {
        const found = {};
        for (const [name, text] of Object.entries(documents)) found[name] = await verdict(run, text);
        return found;
      };
      const judgements = {};
      for (const [name, run] of Object.entries(callers)) {
        const bad = {};
        for (const [check, documents] of Object.entries(BAD)) bad[check] = await all(documents, run);
        judgements[name] = { good: await all(GOOD, run), bad };
      }
      return judgements;
    },
  };
}
