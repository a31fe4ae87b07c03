/** (c) From import to the first verdict, with nothing warm: a process of its own each time. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startBrowser } from "../../tests/support/browser.mjs";
import { bundle } from "../lib/bundle.mjs";
import { spread, table, time } from "../lib/markdown.mjs";
import { quarters } from "../lib/measure.mjs";
import { benches, root } from "../lib/paths.mjs";
import { serve } from "../lib/serve.mjs";
import { listens, prepareWorker } from "../lib/workerd.mjs";

const WORDS = {
  inline: "this package, default entry",
  external: "this package, `/external`",
  handwritten: "hand-written client, zod 4",
  nothing: "no library",
  response: "nothing: a `Response` and `json()`",
  wasm: "nothing: the same after an empty wasm",
};
const GOAL_MS = 10;

/** Rounds of all candidates in turn. */
async function inTurn(names, rounds, once, say) {
  const found = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) found[name].push(await once(name));
    say(`round ${round + 1} of ${rounds}`);
  }
  return found;
}

async function inChromium(rounds, say) {
  const names = ["inline", "external", "handwritten", "response", "wasm"];
  const entries = Object.fromEntries(names.map((name) => [name, `cold/${name}.mjs`]));
  const folder = await bundle("cold-browser", entries, "browser");
  await copyFile(
    join(root, "pkg/dist/hyperstack_credentials_bg.wasm"),
    join(folder, "hyperstack_credentials_bg.wasm"),
  );
  const server = await serve(folder, { "/": "<!doctype html><title>ready</title>" });
  const look = async (name) => {
    // A new profile each time: nothing compiled is left of the last one.
    const browser = await startBrowser({ watchNetwork: false });
    try {
      await browser.driver.get(`${server.url}/`);
      return await browser.run(
        `return (async () => {
          const started = performance.now();
          const { ask } = await import("/${name}.mjs");
          const imported = performance.now();
          if (!(await ask())) throw new Error("not verified");
          const done = performance.now();
          return { import: imported - started, verdict: done - imported, whole: done - started };
        })()`,
      );
    } finally {
      await browser.stop();
    }
  };
  try {
    return await inTurn(names, rounds, look, (text) => say(`Chromium, ${text}`));
  } finally {
    await server.stop();
  }
}

async function inNode(rounds, say) {
  const names = ["inline", "handwritten", "response", "wasm"];
  const entries = Object.fromEntries(names.map((name) => [name, `cold/${name}.mjs`]));
  const folder = await bundle("cold-node", entries, "node");
  const run = promisify(execFile);
  const look = async (name) => {
    const { stdout } = await run(process.execPath, [
      join(benches, "cold/node.mjs"),
      join(folder, `${name}.mjs`),
    ]);
    return JSON.parse(stdout);
  };
  return inTurn(names, rounds, look, (text) => say(`Node, ${text}`));
}

/** Outside of workerd, whose clock stands still: from the start of the process, and of a request that is the first. */
async function inWorkerd(rounds, say) {
  const names = ["nothing", "inline", "handwritten"];
  const workers = {};
  for (const name of names) {
    const folder = await bundle(`cold-workerd-${name}`, { worker: `cold/worker-${name}.mjs` }, "workerd");
    workers[name] = await prepareWorker(folder, "worker.mjs");
  }
  const look = async (name) => {
    const { program, args, url } = workers[name];
    const started = performance.now();
    const child = spawn(program, args, { stdio: "ignore", env: { PATH: process.env.PATH } });
    try {
      const deadline = started + 20_000;
      while (!(await listens(new URL(url).port))) {
        if (performance.now() > deadline || child.exitCode !== null)
          throw new Error("workerd does not start");
      }
      const listening = performance.now();
      const ask = async () => {
        if ((await (await fetch(url)).text()) !== "true") throw new Error("not verified");
      };
      await ask();
      const first = performance.now();
      await ask();
      const second = performance.now();
      return {
        import: listening - started,
        verdict: first - listening,
        whole: first - started,
        again: second - first,
      };
    } finally {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  };
  // The client's own first connection is not what is measured.
  await look("nothing");
  return inTurn(names, rounds, look, (text) => say(`workerd, ${text}`));
}

const ms = (value) => time(value * 1e6);
const list = (samples, what) => samples.map((each) => each[what]);

export async function measure({ quick, say }) {
  const node = await inNode(quick ? 2 : 25, say);
  const workerd = await inWorkerd(quick ? 2 : 25, say);
  const chromium = await inChromium(quick ? 1 : 9, say);
  /** What is added to a Worker without a library, round by round. */
  const added = (name, what) =>
    list(workerd[name], what).map((value, at) => value - workerd.nothing[at][what]);
  const row = (name, samples, columns) => [
    WORDS[name],
    ...columns.map((column) => spread(list(samples, column), ms)),
  ];
  const goal = (what, samples) => {
    const [, median] = quarters(samples);
    return {
      what,
      goal: `< ${GOAL_MS} ms`,
      measured: spread(samples, ms),
      met: median < GOAL_MS ? "yes" : `no, by ${ms(median - GOAL_MS)}`,
    };
  };
  const goals = [
    goal("import to first verdict, Chromium, default entry", list(chromium.inline, "whole")),
    goal("import to first verdict, Chromium, `/external`", list(chromium.external, "whole")),
    goal("process start to first verdict, added to an empty Worker, workerd", added("inline", "whole")),
  ];
  const head = ["", "import", "then, first verdict", "together"];
  const rows = (found) =>
    Object.entries(found).map(([name, samples]) => row(name, samples, ["import", "verdict", "whole"]));
  const text = [
    "The upstream is a fetch that responds at once. Import is loading from this machine and evaluating; the first verdict",
    "compiles, instantiates and verifies. The rows of nothing run no client: they are the floor of the others.",
    "\n**Chromium**, a browser with a new profile each time, files over loopback, never cached\n",
    table(head, rows(chromium)),
    "\n**Node**, a process each time, a bundle in one file\n",
    table(head, rows(node)),
    "\n**workerd**, a process each time, timed from outside: its start until it listens, then the first and the second answer\n",
    table(
      ["", "start", "first answer", "together", "more than no library", "second answer"],
      Object.entries(workerd).map(([name, samples]) => [
        ...row(name, samples, ["import", "verdict", "whole"]),
        spread(added(name, "whole"), ms),
        spread(list(samples, "again"), ms),
      ]),
    ),
  ].join("\n");
  return {
    title: "(c) Cold start",
    programs: ["node", "chromium", "workerd"],
    goals,
    text,
    chromium,
    node,
    workerd,
  };
}
