/** Measures validation in every runtime; its three entries differ in the source of the decoder's wasm. */
import * as glue from "#decoder";
import { sample } from "../lib/measure.mjs";
import { pageCallers } from "./callers.mjs";
import { BAD, GOOD, page } from "./documents.mjs";
import { OURS } from "./names.mjs";
import { validators } from "./validators.mjs";

/** `module` is the decoder's wasm, compiled. */
export function prepare(module, { codeGeneration }) {
  glue.initSync({ module });
  const candidates = validators({ [OURS]: glue.decode }, { codeGeneration });
  const encoder = new TextEncoder();
  /** Runs that take a page to its objects, by what they start from. */
  const runners = (count, from) => {
    const text = page(count);
    if (from === "call") return pageCallers(text);
    const bytes = encoder.encode(text);
    return Object.fromEntries(
      Object.entries(candidates).map(([name, { fromText, fromBytes }]) => [
        name,
        from === "text" ? () => fromText(text) : () => fromBytes(bytes),
      ]),
    );
  };
  return {
    runners,
    measure: ({ count, from, ...how }) => sample(runners(count, from), how),
    /** What each candidate makes of each document: `kept` (all of it), `refused`, or that something is missing. */
    judge() {
      const verdict = (run, text) => {
        try {
          return JSON.stringify(run(text)) === JSON.stringify(JSON.parse(text)) ? "kept" : "changed";
        } catch {
          return "refused";
        }
      };
      const all = (documents, run) =>
        Object.fromEntries(Object.entries(documents).map(([name, text]) => [name, verdict(run, text)]));
      const whole = (run) => ({
        good: all(GOOD, run),
        bad: Object.fromEntries(
          Object.entries(BAD).map(([check, documents]) => [check, all(documents, run)]),
        ),
      });
      return Object.fromEntries(
        Object.entries(candidates).map(([name, { fromText, fromBytes }]) => [
          name,
          { fromText: whole(fromText), fromBytes: whole((text) => fromBytes(encoder.encode(text))) },
        ]),
      );
    },
  };
}
