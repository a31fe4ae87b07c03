/** The folder of cases (tests/vectors/README.md) in a page: the shipped wasm in the browser, which answers itself. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBrowser, until } from "../support/browser.mjs";
import { loadCases } from "../support/cases.mjs";
import { servePage } from "../support/fault-page.mjs";

let page;
let browser;
before(async () => {
  page = await servePage();
  browser = await startBrowser({ watchNetwork: false });
  await browser.driver.get(page.url);
  await until("the page", async () => (await browser.driver.getTitle()) === "ready");
});
after(async () => {
  await browser?.stop();
  page?.stop();
});

const run = (cases) => browser.run("return window.runCases(...arguments)", JSON.stringify(cases));

test("every case has its expected result, in the browser", async () => {
  const cases = loadCases();
  // Some at a time: a megabyte in one question takes the driver long.
  for (let at = 0; at < cases.length; at += 50) assert.deepEqual(await run(cases.slice(at, at + 50)), []);
});

test("finds a wrong case here, too", async () => {
  const base = loadCases().find(({ name }) => name === "link_plain_ok");
  assert.match(
    (await run([{ ...base, expected: { ...base.expected, verdict: "revoked" } }])).join(),
    /verdict is "valid"/,
  );
});
