/**
 * The packed package in Next, as `next build` makes and `next start` serves it, without a configuration: a component in
 * the browser, a component on the server, a route in the edge runtime.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startTestBrowser, until } from "../support/any-browser.mjs";
import { project, run, toolEnvironment, VERDICTS, wasmIn } from "../support/consumers.mjs";
import { freePort, startProgram, startSandbox } from "../support/processes.mjs";

const cwd = project("next");
const NEXT = "next/dist/bin/next";
let sandbox;
let next;
let address;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  rmSync(join(cwd, ".next"), { recursive: true, force: true });
  const quiet = { NEXT_TELEMETRY_DISABLED: "1" };
  await run(cwd, NEXT, ["build"], quiet);
  const port = await freePort();
  const account = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
  const args = ["start", "--hostname", "127.0.0.1", "--port", String(port)];
  next = await startProgram("next", join(cwd, "node_modules", NEXT), args, {
    cwd,
    env: toolEnvironment({ ...quiet, ...account }),
    ready: (logs) => logs.includes("Ready in"),
  });
  // An edge route is told this name, whichever was used; another one would be another origin to the service.
  address = `http://localhost:${port}`;
});
after(async () => {
  await next?.stop();
  await sandbox?.stop();
});

test("a component on the server", async () => {
  const page = await (await fetch(`${address}/server`)).text();
  assert.equal(/<output>([^<]*)/.exec(page)[1], VERDICTS);
});

test("a component in the browser, answered by a route in the edge runtime", async () => {
  const browser = await startTestBrowser();
  try {
    await browser.driver.get(address);
    const verdicts = await until("a verdict", async () => {
      const text = await browser.driver.executeScript("return document.querySelector('output')?.textContent");
      return text !== "waiting" && text;
    });
    assert.equal(verdicts, VERDICTS);
  } finally {
    await browser.stop();
  }
});

test("the wasm is once in what the browser gets, and once in what the edge gets", () => {
  assert.deepEqual(wasmIn(join(cwd, ".next/static")), { files: 0, inside: 1 });
  assert.deepEqual(wasmIn(join(cwd, ".next/server/edge")), { files: 1, inside: 0 });
});

test("the wasm is once for each page that the server renders with it", () => {
  // Next gives every page chunks of its own, and `/` is rendered ahead of the browser.
  assert.deepEqual(wasmIn(join(cwd, ".next/server/chunks")), { files: 0, inside: 2 });
});
