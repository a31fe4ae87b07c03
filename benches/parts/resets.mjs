/** (f) Memory after requests to a Worker whose clients went away. */
import { measureResets } from "../../tests/support/resets.mjs";
import { configuration } from "../../tests/support/worker-module.mjs";
import { table, whole } from "../lib/markdown.mjs";

const MIB = 2 ** 20;
/** What the process may have more in the second round because memory is collected earlier or later. */
const SLACK = 8 * MIB;
const DATES = ["2023-03-01", configuration().compatibility_date];

export async function measure({ quick, say }) {
  const resets = quick ? 50 : 5_000;
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  const more = (bytes) => `${bytes < 0 ? "" : "+"}${mib(bytes)}`;
  const goals = [];
  const rows = [];
  for (const date of DATES) {
    const added = {};
    for (const kind of ["package", "manual"]) {
      const samples = await measureResets(kind, resets, date);
      const addedIn = (part, round) => samples[round][part] - samples[round - 1][part];
      added[kind] = {
        wasm: [1, 2].map((round) => addedIn("wasmBytes", round)),
        resident: [1, 2].map((round) => addedIn("residentBytes", round)),
      };
      rows.push([
        kind === "package" ? "this package" : "by hand",
        date,
        ...["wasmBytes", "residentBytes"].map((part) => samples.map((each) => mib(each[part])).join(", ")),
      ]);
      say(rows.at(-1).join(" | "));
    }
    const { package: own, manual } = added;
    const isFlat = own.wasm[1] === 0 && own.resident[1] <= Math.max(manual.resident[1], 0) + SLACK;
    goals.push(
      {
        what: `memory that the second ${whole(resets)} reset requests add in workerd, ${date}`,
        goal: "none",
        measured: `wasm ${more(own.wasm[1])}, resident ${more(own.resident[1])} (by hand ${more(manual.resident[1])})`,
        met: isFlat ? "yes" : "no",
      },
      {
        what: `memory that the first ${whole(resets)} reset requests add in workerd, ${date}`,
        goal: "as by hand",
        measured: `resident ${more(own.resident[0])}, of which wasm ${more(own.wasm[0])} (by hand ${more(manual.resident[0])})`,
        met: own.resident[0] <= Math.max(manual.resident[0], 0) ? "yes" : "no",
      },
    );
  }
  const text = [
    `Twice ${whole(resets)} requests to a Worker in workerd, 50 at a time, each reset by its client while the Worker waits for the API; all within`,
    "the deadline of the calls. Memory before, and after each round, when the deadlines have passed, a later call was made and garbage",
    "was collected. The Worker verifies a credential, with this package or by `fetch` and `AbortSignal.timeout`. A Worker ends such a",
    "request without notice: this package keeps its call until the deadline.",
    "",
    table(["Worker", "compatibility date", "wasm", "resident"], rows),
  ].join("\n");
  return { title: "(f) Requests whose clients went away", programs: ["workerd"], goals, text, rows };
}
