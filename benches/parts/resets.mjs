/** (f) Memory of a Worker after requests that their clients reset. */
import { CLIENTS, measureResets } from "../../tests/support/resets.mjs";
import { configuration } from "../../tests/support/worker-module.mjs";
import { table, whole } from "../lib/markdown.mjs";

const MIB = 2 ** 20;
/** A page of wasm memory, in bytes. */
const PAGE_BYTES = 2 ** 16;
const ROUNDS = 3;
/** Bytes by which the process may grow in a later round, because garbage is not always collected at the same time. */
const SLACK_BYTES = 8 * MIB;
const DATES = ["2023-03-01", configuration().compatibility_date];

export async function measure({ quick, say }) {
  const resets = quick ? 50 : 5_000;
  const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
  const more = (bytes) => `${bytes < 0 ? "" : "+"}${mib(bytes)}`;
  const goals = [];
  const rows = [];
  for (const compatibilityDate of quick ? DATES.slice(-1) : DATES) {
    const added = {};
    for (const kind of ["package", "manual"]) {
      const samples = await measureResets(kind, { resets, rounds: ROUNDS, compatibilityDate });
      const addedIn = (part) =>
        samples.slice(1).map((sample, previous) => sample[part] - samples[previous][part]);
      added[kind] = { wasm: addedIn("wasmBytes"), resident: addedIn("residentBytes") };
      rows.push([
        kind === "package" ? "this package" : "handwritten",
        compatibilityDate,
        ...["wasmBytes", "residentBytes"].map((part) => samples.map((each) => mib(each[part])).join(", ")),
      ]);
      say(rows.at(-1).join(" | "));
    }
    const { package: own, manual } = added;
    const compared = ({ resident }, round) =>
      resident[round] <= Math.max(manual.resident[round], 0) + SLACK_BYTES;
    goals.push(
      {
        what: `memory that the second ${whole(resets)} reset requests add in workerd, compatibility date ${compatibilityDate}`,
        goal: "none",
        measured: `wasm ${more(own.wasm[1])}, resident ${more(own.resident[1])} (handwritten ${more(manual.resident[1])})`,
        met: own.wasm[1] <= PAGE_BYTES && own.wasm[2] === 0 && compared(own, 1) ? "yes" : "no",
      },
      {
        what: `the same of the first ${whole(resets)}`,
        goal: "as handwritten",
        measured: `resident ${more(own.resident[0])}, of which wasm ${more(own.wasm[0])} (handwritten ${more(manual.resident[0])})`,
        met: own.resident[0] <= Math.max(manual.resident[0], 0) ? "yes" : "no",
      },
    );
  }
  const text = [
    `Requests to a Worker in workerd, ${ROUNDS} rounds of ${whole(resets)}, ${CLIENTS} at a time, each reset by its client while the Worker waits for the`,
    "API, and all of a round within the deadline of the calls. Memory before the first round, and after each round, when the deadlines have",
    "passed, later calls were made and garbage was collected. The Worker verifies a credential, with this package or (handwritten) with",
    "`fetch` and `AbortSignal.timeout`. A Worker ends such a request without notice, so this package holds its call, 3 kB of wasm and some",
    'JavaScript objects, until its deadline. "None" allows one page of wasm, 64 KiB, in the second round: the allocator packs a used heap',
    "less tightly than a new one.",
    "",
    table(["Worker", "compatibility date", "wasm", "resident"], rows),
  ].join("\n");
  return { title: "(f) Requests that their clients reset", programs: ["workerd"], goals, text, rows };
}
