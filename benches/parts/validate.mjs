/** (b) From the bytes of a page to its checked objects, by a call, in three runtimes. */
import { startBrowser } from "../../tests/support/browser.mjs";
import { bundle } from "../lib/bundle.mjs";
import { version } from "../lib/machine.mjs";
import { ratio, spread, table, time, whole } from "../lib/markdown.mjs";
import { nextTimes, quarters, ratios } from "../lib/measure.mjs";
import { serve } from "../lib/serve.mjs";
import { prepareWorker } from "../lib/workerd.mjs";
import { BAD, EXCEPTIONS } from "../validate/documents.mjs";
import { BASE, HANDWRITTEN, PACKAGE, UNCHECKED, VALIBOT, ZOD, ZOD_WITHOUT } from "../validate/names.mjs";
import { ajvStandalone } from "../validate/standalone.mjs";

const RUNTIMES = { node: "Node", browser: "Chromium", workerd: "workerd" };

const prepared = { plugins: [ajvStandalone] };

async function startNode() {
  const folder = await bundle("validate-node", { validate: "validate/node.mjs" }, "node", prepared);
  const { bench } = await import(`${folder}/validate.mjs`);
  return { judge: bench.judge, measure: bench.measure, stop: async () => {} };
}

async function startChromium() {
  const folder = await bundle("validate-browser", { validate: "validate/browser.mjs" }, "browser", prepared);
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
    async measure({ count, rounds, milliseconds, warmUp = 4 }) {
      const names = await (await ask("/names", { count })).json();
      const times = Object.fromEntries(names.map((name) => [name, 1]));
      const samples = Object.fromEntries(names.map((name) => [name, []]));
      const run = async (name, many) => {
        const started = performance.now();
        await (await ask("/run", { count, name, times: many })).text();
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
    for (const [name, { good, bad }] of Object.entries(byName)) {
      const says = (what) => wrong.push(`${runtime}, ${name}: ${what}`);
      for (const [document, found] of Object.entries(good))
        if (found !== "kept") says(`${document}: ${found}`);
      for (const [check, documents] of Object.entries(bad)) {
        const missed = Object.keys(documents).filter((document) => documents[document] !== "refused");
        const unchecked = UNCHECKED.includes(name);
        const excused =
          (unchecked && check !== "JSON") ||
          Object.entries(EXCEPTIONS).some(([part, checks]) => name.includes(part) && checks.includes(check));
        if (missed.length > 0 && !excused) says(`${check}: accepts ${missed.join(", ")}`);
        // An exception that is no longer needed must be removed.
        if (missed.length === 0 && excused && !unchecked) says(`${check}: refuses all, and is excused`);
        cells.set(`${name} ${check}`, missed.length === 0 ? "yes" : "no");
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

/** Times of a page of so many are what the goals are about. */
const SIZE = 1000;
/** As ratios: `gate` at most, `goal` wanted. */
const BUDGETS = {
  [ZOD]: { gate: 1.3, goal: 1 },
  [ZOD_WITHOUT]: { gate: 0.9, goal: 0.75 },
};

export async function measure({ quick, say }) {
  const counts = quick ? [1, SIZE] : [1, 50, SIZE, 10_000];
  const how = quick ? { rounds: 3, milliseconds: 1 } : { rounds: 21, warmUp: 6, milliseconds: 6 };
  const judgements = {};
  const times = {};
  for (const [runtime, name] of Object.entries(RUNTIMES)) {
    const started = await STARTS[runtime]();
    try {
      judgements[name] = await started.judge();
      for (const count of counts) {
        say(`${name}, ${count}`);
        // The largest pages fill a round by themselves.
        const rounds = count > SIZE ? Math.ceil(how.rounds / 2) : how.rounds;
        times[`${runtime} ${count}`] = await started.measure({ ...how, rounds, count });
      }
    } finally {
      await started.stop();
    }
  }
  const checks = judged(judgements);
  if (checks.wrong.length > 0)
    throw new Error(`the candidates do not check the same:\n${checks.wrong.join("\n")}`);

  const names = Object.keys(judgements[RUNTIMES.node]);
  const tables = Object.entries(RUNTIMES).flatMap(([runtime, title]) => [
    `\n**${title}**\n`,
    table(
      ["", ...counts.flatMap((count) => [`${count}: a credential`, "×"])],
      names.map((name) => [
        name,
        ...counts.flatMap((count) => {
          const samples = times[`${runtime} ${count}`];
          if (!samples[name]) return ["not possible", ""];
          return [time(quarters(samples[name])[1] / count), ratio(samples[name], samples[BASE])];
        }),
      ]),
    ),
  ]);

  const goal = (runtime, other) => {
    const samples = times[`${runtime} ${SIZE}`];
    const found = ratios(samples[PACKAGE], samples[other]);
    const [, median] = quarters(found);
    const { gate, goal } = BUDGETS[other] ?? { gate: 1, goal: 1 };
    const over = (limit) => `no, by ${Math.ceil((median / limit - 1) * 100)} %`;
    return {
      what: `time of a call for ${whole(SIZE)} credentials against ${other}, ${RUNTIMES[runtime]}`,
      goal: gate === goal ? `≤ ${goal}` : `≤ ${goal}, at most ${gate}`,
      measured: spread(found, (value) => value.toFixed(2)),
      met: median <= goal ? "yes" : median <= gate ? `${over(goal)}; within ${gate}` : over(gate),
    };
  };
  const goals = [
    ...["node", "browser"].map((runtime) => goal(runtime, ZOD)),
    ...[ZOD_WITHOUT, VALIBOT, HANDWRITTEN].flatMap((other) =>
      Object.keys(RUNTIMES).map((runtime) => goal(runtime, other)),
    ),
  ];
  const text = [
    `zod ${version("zod")}, valibot ${version("valibot")}, ajv ${version("ajv")}. Times are for one credential of a page with 1, 50, …`,
    `of them; × is the ratio to ${BASE}.`,
    "",
    "### A page of the list, from bytes to checked objects",
    "",
    "Every candidate makes one call of a `fetch` that resolves at once to a `Response` with the bytes of the page. The package, as",
    "it is shipped, is called as users call it: first page of `credentials.list().pages()`, with its checks of the response,",
    "limits, time-outs and guards against repeated pages; the hand-written client does the same. `JSON.parse` + … awaits",
    "`response.text()`, parses it and checks the result, nothing else. In workerd the clock stands still while a Worker computes:",
    "many runs a request, timed outside, a request that does nothing taken off.",
    ...tables,
    "",
    "### What each checks",
    "",
    "Proven in every runtime by the documents of [`benches/validate/documents.mjs`](../benches/validate/documents.mjs), each of which a",
    "candidate refuses or the run fails; every candidate gives the credentials of the good ones back complete, unknown fields too.",
    "`JSON.parse` hides duplicate keys from whatever comes after it: the last one wins, and a second `status` goes unnoticed.",
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
