/** (e) Memory over a million calls. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundle } from "../lib/bundle.mjs";
import { table, whole } from "../lib/markdown.mjs";

const MIB = 2 ** 20;
/** What may come and go after the first tenth without anything being kept; a leak of 10 bytes a call is more. */
const HEAP_SLACK = 4 * MIB;
/** The allocator's and the collector's own; the heap above says what is kept. */
const RSS_SLACK = 32 * MIB;

/** What grew, between the first sample after a tenth of the calls and the last. */
export function growth(samples) {
  const total = samples.at(-1).calls;
  const early = samples.find(({ calls }) => calls >= total / 10);
  const late = samples.at(-1);
  const grown = (name) => late[name] - early[name];
  return {
    early,
    late,
    heap: grown("heapUsed"),
    rss: grown("rss"),
    wasm: grown("wasm"),
    flat: grown("wasm") === 0 && grown("heapUsed") <= HEAP_SLACK && grown("rss") <= RSS_SLACK,
  };
}

export async function measure({ quick, say }) {
  const [total, step] = quick ? [10_000, 1_000] : [1_000_000, 50_000];
  const folder = await bundle("memory", { calls: "memory/calls.mjs" }, "node");
  const args = ["--expose-gc", join(folder, "calls.mjs"), String(total), String(step)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const samples = [];
  for await (const line of createInterface({ input: child.stdout })) {
    samples.push(JSON.parse(line));
    say(`${samples.at(-1).calls} calls`);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`the calls ended with ${code}`);
  const { late, heap, rss, wasm, flat } = growth(samples);
  const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
  const shown = samples.filter(({ calls }) => calls === 1 || calls % (total / 10) === 0);
  const grew = `heap ${heap < 0 ? "" : "+"}${mib(heap)}, resident ${rss < 0 ? "" : "+"}${mib(rss)}, wasm +${mib(wasm)}`;
  const goals = [
    {
      what: `memory from ${whole(total / 10)} to ${whole(total)} calls`,
      goal: "flat",
      measured: grew,
      met: flat ? "yes" : "no",
    },
  ];
  const text = [
    `${whole(total)} calls, half \`view\`, half \`verify\`, 16 in flight, in Node with a fetch that responds at once; after a full collection each`,
    `time. ${whole(late.well)} went well, ${whole(late.failed)} failed with an error, ${whole(late.aborted)} were aborted in flight, ${whole(late.indeterminate)} could not be decided,`,
    `${whole(late.not_found)} were not found. "Flat" is: the wasm's memory does not grow at all after the first tenth, the heap by at most`,
    `${HEAP_SLACK / MIB} MiB, the process by at most ${RSS_SLACK / MIB}.`,
    "",
    table(
      ["calls", "heap used", "array buffers", "resident", "wasm"],
      shown.map((sample) => [
        whole(sample.calls),
        ...["heapUsed", "arrayBuffers", "rss", "wasm"].map((name) => mib(sample[name])),
      ]),
    ),
  ].join("\n");
  return { title: "(e) Memory", programs: ["node"], goals, text, samples };
}
