/**
 * examples/next as `next build` builds and `next start` serves it, without a configuration, and the pages beside this file: a
 * component in the browser, components on the server, a route in the edge runtime.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startTestBrowser, until } from "../support/any-browser.mjs";
import { VERDICTS, wasmIn } from "../support/consumers.mjs";
import { assertVerifies, exampleProject } from "../support/examples.mjs";
import { assertNeverStale, startNext } from "../support/next.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = exampleProject("next");
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

test("the example's route verifies", () => assertVerifies(`${address}/api/verify`));

test("the example's page shows the current verdict", () =>
  assertNeverStale(address, "/credential", sandbox, {
    shown: (text) => />(Valid|Not valid)[:<]/.exec(text)?.[1],
    before: "Valid",
    after: "Not valid",
  }));

test("the example's form verifies in the browser", async () => {
  const browser = await startTestBrowser();
  try {
    const { driver } = browser;
    await driver.get(address);
    for (const [id, verdict] of [
      ["DemoValid00000000000000000000001", "valid"],
      ["DemoRevoked000000000000000000005", "revoked"],
    ]) {
      const field = await driver.findElement({ name: "link" });
      await field.clear();
      await field.sendKeys(`https://hyperstack.id/credential/${id}`);
      await driver.findElement({ css: "button" }).click();
      await until(`the verdict ${verdict}`, async () => {
        const text = await driver.executeScript("return document.querySelector('output')?.textContent");
        return text === verdict;
      });
    }
  } finally {
    await browser.stop();
  }
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
    await browser.driver.get(`${address}/checks`);
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

test("the server pages and each prerendered page contain the wasm once", () => {
  // Next gives every page chunks of its own, but those that are rendered on the server only share theirs. `/` and `/checks` are
  // rendered ahead of the browser.
  assert.deepEqual(wasmIn(join(cwd, ".next/server/chunks")), { files: 0, inside: 3 });
});
