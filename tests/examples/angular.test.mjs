/** examples/angular, built by Angular's CLI, in Chromium: calls resolve although zone.js replaces promises. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startTestBrowser, until } from "../support/any-browser.mjs";
import { serve, verifyingService, wasmIn } from "../support/consumers.mjs";
import { exampleProject, npmRun } from "../support/examples.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = exampleProject("angular");
const dist = join(cwd, "dist/browser");
let sandbox;
let site;
let browser;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  // It also checks the types in templates.
  await npmRun(cwd, "build", [], { CI: "true" });
  const verify = await verifyingService("examples/angular", sandbox);
  site = await serve({ folders: [dist], verify });
  browser = await startTestBrowser();
});
after(async () => {
  await browser?.stop();
  await site?.stop();
  await sandbox?.stop();
});

test("shows a verdict under zone.js", async () => {
  const { driver } = browser;
  await driver.get(`${site.url}/`);
  const check = async (id, expected) => {
    const field = await until("the field", async () => (await driver.findElements({ name: "link" }))[0]);
    await field.clear();
    await field.sendKeys(`https://hyperstack.id/credential/${id}`);
    await driver.findElement({ css: "button" }).click();
    return until(String(expected), async () => {
      const text = await driver.executeScript("return document.querySelector('output')?.textContent");
      return expected.test(text) && text;
    });
  };
  assert.equal(await driver.executeScript("return typeof Zone"), "function");
  await check("DemoValid00000000000000000000001", /^Valid: ./);
  await check("DemoRevoked000000000000000000005", /^Not valid: revoked$/);
  assert.deepEqual(await browser.complaints(), []);
});

test("contains the wasm once", () => assert.deepEqual(wasmIn(dist), { files: 0, inside: 1 }));
