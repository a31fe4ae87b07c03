/** Tests examples/react, built by Vite, in Chromium under the verify page's policy: the input, and what React shows. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startTestBrowser, until } from "../support/any-browser.mjs";
import { serve, verifyingService, wasmIn } from "../support/consumers.mjs";
import { exampleProject, npmRun } from "../support/examples.mjs";
import { securityHeaders } from "../support/headers.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = exampleProject("react");
const dist = join(cwd, "dist");
let sandbox;
let site;
let browser;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  await npmRun(cwd, "build");
  const verify = await verifyingService("examples/react", sandbox);
  site = await serve({ folders: [dist], headers: securityHeaders, verify });
  browser = await startTestBrowser();
});
after(async () => {
  await browser?.stop();
  await site?.stop();
  await sandbox?.stop();
});

test("type-checks", () => npmRun(cwd, "check"));

test("shows the element's results in React", async () => {
  const { driver } = browser;
  await driver.get(`${site.url}/`);
  const inElement = (selector) =>
    driver.executeScript(
      "return document.querySelector('hyperstack-verify')?.shadowRoot?.querySelector(arguments[0])",
      selector,
    );
  const shown = () =>
    driver.executeScript("return [...document.querySelectorAll('li')].map((item) => item.textContent)");
  const check = async (link, count) => {
    const field = await until("the field", () => inElement("[part~=input]"));
    await field.clear();
    await field.sendKeys(link);
    await (await inElement("[part~=button]")).click();
    return until("a result", async () => (await shown()).length === count && (await shown())[0]);
  };
  const link = (id) => `https://hyperstack.id/credential/${id}`;
  assert.match(await check(link("DemoValid00000000000000000000001"), 1), /^Valid: ./);
  assert.equal(await check(link("DemoRevoked000000000000000000005"), 2), "Not valid: revoked");
  assert.deepEqual(await browser.complaints(), []);
});

test("contains the wasm once", () => assert.deepEqual(wasmIn(dist), { files: 0, inside: 1 }));
