/** (b) From a page's text, or bytes, to its checked objects, in three runtimes. */
import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { startBrowser } from "../../tests/support/browser.mjs";
import { bundle } from "../lib/bundle.mjs";
import { version } from "../lib/machine.mjs";
import { ratio, spread, table, time } from "../lib/markdown.mjs";
import { nextTimes, quarters, ratios } from "../lib/measure.mjs";
import { root } from "../lib/paths.mjs";
import { serve } from "../lib/serve.mjs";
import { prepareWorker } from "../lib/workerd.mjs";
import { BAD, EXCEPTIONS } from "../validate/documents.mjs";
import { BARE, BASE, HANDWRITTEN, OURS, PACKAGE } from "../validate/names.mjs";
import { ajvStandalone } from "../validate/standalone.mjs";

const ZOD = "JSON.parse + zod 4";
const ZOD_WITHOUT = "JSON.parse + zod 4, no code generation";
const VALIBOT = "JSON.parse + valibot";
const RUNTIMES = { node: "Node", browser: "Chromium", workerd: "workerd" };

const decoder = `${root}target/decoders/tables-shipped`;
/** workerd imports it; elsewhere it is looked for beside the script. */
const wasm = `${decoder}/decoder_bench_bg.wasm`;
const prepared = {
  alias: { "#decoder": `${decoder}/decoder_bench.js`, "#decoder-wasm": wasm },
  plugins: [ajvStandalone],
};

async function startNode() {
  const folder = await bundle("validate-node", { validate: "validate/node.mjs" }, "node", prepared);
  await copyFile(wasm, join(folder, basename(wasm)));
  const { bench } = await import(`${folder}/validate.mjs`);
  return { judge: bench.judge, measure: bench.measure, stop: async () => {} };
}

async function startChromium() {
  const folder = await bundle("validate-browser", { validate: "validate/browser.mjs" }, "browser", prepared);
  await copyFile(wasm, join(folder, basename(wasm)));
  const html = '<!doctype html><title>waiting</title><script type="module" src="/validate.mjs"></script>';
  const server = await serve(folder, { "/": html });
  const browser = await startBrowser({ watchNetwork: false });
  await browser.driver.manage().setTimeouts({ script: 600_000 });
  await browser.driver.get(`${server.url}/`);
  await browser.driver.wait(async () => (await browser.driver.getTitle()) === "ready", 20_000);
  return {
    judge: () => browser.run("return bench.judge()"),
    measure: (options) => browser.run("return bench.measure(arguments[0])", options),
    async stop() {
      await browser.stop();
      await server.stop();
    },
  };
}

/** The clock is ours, so a request that does nothing is measured too, and taken off. */
async function startWorkerd() {
  const folder = await bundle("validate-workerd", { validate: "validate/workerd.mjs" }, "workerd", prepared);
  const worker = await (await prepareWorker(folder, "validate.mjs")).start();
  const ask = async (path, query = {}) => {
    const answer = await fetch(`${worker.url}${path}?${new URLSearchParams(query)}`);
    if (!answer.ok) throw new Error(`workerd answers ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  return {
    judge: async () => (await ask("/judge")).json(),
    async measure({ count, from, rounds, milliseconds, warmUp = 4 }) {
      const names = await (await ask("/names", { count, from })).json();
      const times = Object.fromEntries(names.map((name) => [name, 1]));
      const samples = Object.fromEntries(names.map((name) => [name, []]));
      const run = async (name, many) => {
        const started = performance.now();
        await (await ask("/run", { count, from, name, times: many })).text();
        return performance.now() - started;
      };
      for (let round = -warmUp; round < rounds; round += 1) {
        for (const name of names) {
          const nothing = await run("", 0);
          const spent = (await run(name, times[name])) - nothing;
          if (round >= 0) samples[name].push((spent / times[name]) * 1e6);
          // What a request costs besides must be small against what is measured.
          else times[name] = nextTimes(times[name], spent, 3 * milliseconds);
        }
      }
      return samples;
    },
    stop: worker.stop,
  };
}

const STARTS = { node: startNode, browser: startChromium, workerd: startWorkerd };

/** What candidates did with the documents, as a table; `wrong` names what nobody may do. */
export function judged(judgements) {
  const wrong = [];
  const cells = new Map();
  for (const [runtime, byName] of Object.entries(judgements)) {
    for (const [name, byForm] of Object.entries(byName)) {
      for (const [form, { good, bad }] of Object.entries(byForm)) {
        const says = (what) => wrong.push(`${runtime}, ${name}, ${form}: ${what}`);
        for (const [document, found] of Object.entries(good))
          if (found !== "kept") says(`${document}: ${found}`);
        for (const [check, documents] of Object.entries(bad)) {
          const missed = Object.keys(documents).filter((document) => documents[document] !== "refused");
          const excused =
            (name === BASE && check !== "JSON") ||
            Object.entries(EXCEPTIONS).some(
              ([part, checks]) => name.includes(part) && checks.includes(check),
            );
          if (missed.length > 0 && !excused) says(`${check}: accepts ${missed.join(", ")}`);
          // An exception that is none any more has to go.
          if (missed.length === 0 && excused && name !== BASE) says(`${check}: refuses all, and is excused`);
          cells.set(`${name} ${check}`, missed.length === 0 ? "yes" : "no");
        }
      }
    }
  }
  const names = [...new Set(Object.values(judgements).flatMap(Object.keys))];
  const rows = Object.keys(BAD).map((check) => [
    `${check} (${Object.keys(BAD[check]).length})`,
    ...names.map((name) => cells.get(`${name} ${check}`)),
  ]);
  return { wrong, text: table(["check (bad documents)", ...names], rows) };
}

export async function measure({ quick, say }) {
  const counts = quick ? [1, 50] : [1, 50, 1000, 10_000];
  const how = quick ? { rounds: 3, milliseconds: 1 } : { rounds: 21, warmUp: 6, milliseconds: 6 };
  const judgements = {};
  const times = {};
  for (const [runtime, name] of Object.entries(RUNTIMES)) {
    const started = await STARTS[runtime]();
    try {
      judgements[name] = await started.judge();
      for (const from of ["text", "bytes", "call"]) {
        for (const count of counts) {
          say(`${name}, from ${from}, ${count}`);
          // The largest pages fill a round by themselves.
          const rounds = count > 1000 ? Math.ceil(how.rounds / 2) : how.rounds;
          times[`${runtime} ${from} ${count}`] = await started.measure({ ...how, rounds, from, count });
        }
      }
    } finally {
      await started.stop();
    }
  }
  const checks = judged(judgements);
  if (checks.wrong.length > 0)
    throw new Error(`the candidates do not check the same:\n${checks.wrong.join("\n")}`);

  const names = (from) => [
    ...new Set(Object.keys(RUNTIMES).flatMap((runtime) => Object.keys(times[`${runtime} ${from} 1`]))),
  ];
  const tables = (from, base) =>
    Object.entries(RUNTIMES).flatMap(([runtime, title]) => [
      `\n**${title}**\n`,
      table(
        ["", ...counts.flatMap((count) => [`${count}: a credential`, "×"])],
        names(from).map((name) => [
          name,
          ...counts.flatMap((count) => {
            const samples = times[`${runtime} ${from} ${count}`];
            if (!samples[name]) return ["not possible", ""];
            return [time(quarters(samples[name])[1] / count), ratio(samples[name], samples[base])];
          }),
        ]),
      ),
    ]);

  const largest = counts.includes(1000) ? 1000 : counts.at(-1);
  const against = (runtime, from, ours, other) => {
    const samples = times[`${runtime} ${from} ${largest}`];
    return ratios(samples[ours], samples[other]);
  };
  const goal = (runtime, from, ours, other, limit, words) => {
    const found = against(runtime, from, ours, other);
    const [, median] = quarters(found);
    const size = largest.toLocaleString("en").replace(",", " ");
    const start = { call: "a whole call", bytes: "from bytes", text: "from a string" }[from];
    return {
      what: `time to check ${size} credentials, ${start}, against ${other}, ${RUNTIMES[runtime]}`,
      goal: words,
      measured: spread(found, (value) => value.toFixed(2)),
      met: median <= limit ? "yes" : `no, by ${Math.round((median / limit - 1) * 100)} %`,
    };
  };
  const goals = [
    // A client gets bytes; who has a string already pays for encoding it.
    ...["bytes", "text"].flatMap((from) => [
      ...["node", "browser", "workerd"].map((runtime) => goal(runtime, from, OURS, ZOD_WITHOUT, 1, "< 1")),
      ...["node", "browser"].map((runtime) => goal(runtime, from, OURS, ZOD, 1.1, "level: ≤ 1.1")),
      ...["node", "browser", "workerd"].map((runtime) => goal(runtime, from, OURS, VALIBOT, 1, "< 1")),
    ]),
    goal("workerd", "call", PACKAGE, HANDWRITTEN, 1, "< 1"),
  ];
  const text = [
    `zod ${version("zod")}, valibot ${version("valibot")}, ajv ${version("ajv")}. Times are for one credential of a page with 1, 50, …`,
    `of them; × is the ratio to ${BASE}, or to bare fetch.`,
    "",
    "### The decoder alone",
    "",
    `From a page's text (a JavaScript string) to checked objects. "${OURS}" is the package's decoder and shape`,
    "tables, compiled as shipped, in a separate wasm: the string is encoded, copied into the wasm, checked there, and given to",
    "`JSON.parse`. Users do not call this; what they call is below. In workerd the clock stands still while a Worker computes:",
    "many runs a request, timed outside, a request that does nothing taken off.",
    ...tables("text", BASE),
    "",
    "### The same from bytes",
    "",
    "The others decode UTF-8 first, strictly; the wasm takes the bytes as they are.",
    ...tables("bytes", BASE),
    "",
    "### What users call: a page of the list, with a fetch that responds at once",
    "",
    "`credentials.list().pages()`, first page, response and stream and guards against repeated pages included, against the same in the",
    "hand-written client; bare fetch checks nothing. The difference to bare fetch is what the package costs.",
    ...tables("call", BARE),
    "",
    "### What each checks",
    "",
    "Proven in every runtime by the documents of [`benches/validate/documents.mjs`](../benches/validate/documents.mjs), each of which a",
    "candidate refuses or the run fails; every candidate gives the good ones back complete, unknown fields too. `JSON.parse` hides duplicate",
    "keys from whatever comes after it: the last one wins, and a second `status` goes unnoticed.",
    "",
    checks.text,
  ].join("\n");
  return {
    title: "(b) Validation",
    programs: ["node", "chromium", "workerd"],
    goals,
    text,
    judgements,
    times,
  };
}
