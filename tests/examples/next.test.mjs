/**
 * The packed package in Next, as `next build` makes and `next start` serves it, without a configuration: a component in
 * the browser, a component on the server, a route in the edge runtime.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startTestBrowser, until } from "../support/any-browser.mjs";
import { project, VERDICTS, wasmIn } from "../support/consumers.mjs";
import { assertNeverStale, startNext } from "../support/next.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = project("next");
let sandbox;
let next;
let address;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  next = await startNext(cwd, sandbox);
  address = next.address;
});
after(async () => {
  await next?.stop();
  await sandbox?.stop();
});

test("verifies in a server component", async () => {
  const page = await (await fetch(`${address}/server`)).text();
  assert.equal(/<output>([^<]*)/.exec(page)[1], VERDICTS);
});

for (const path of ["/cached", "/plain"]) {
  test(`${path}: shows a revocation at the first reload`, () => assertNeverStale(address, path, sandbox));
}

test("verifies in a client component, with a route in the edge runtime", async () => {
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

test("the browser's and the edge's output contain the wasm once each", () => {
  assert.deepEqual(wasmIn(join(cwd, ".next/static")), { files: 0, inside: 1 });
  assert.deepEqual(wasmIn(join(cwd, ".next/server/edge")), { files: 1, inside: 0 });
});

test("the server pages and the prerendered page contain the wasm once each", () => {
  // Next gives every page chunks of its own, but those that are rendered on the server only share theirs. `/` is rendered
  // ahead of the browser.
  assert.deepEqual(wasmIn(join(cwd, ".next/server/chunks")), { files: 0, inside: 2 });
});
