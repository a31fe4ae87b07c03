/**
 * The package in a page of somebody else's: a plain `<script type="module">`, no bundler, under a strict policy, with a
 * verdict from the sandbox over CORS.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { RECEIPT } from "../consumers/shared/receipts.js";
import { browserName, startBrowser, until } from "../support/browser.mjs";
import { startSandbox } from "../support/processes.mjs";

const dist = new URL("../../pkg/dist/", import.meta.url);
const shared = new URL("../consumers/shared/", import.meta.url);
const TYPES = { js: "text/javascript", wasm: "application/wasm", html: "text/html" };

/** What the page does: reads a link, asks the API with a token that it was told to hold, shows both. */
const script = (entry, sandbox) => `
  import { Hyperstack, isVerified, parseCredentialUrl } from "./${entry}";
  const link = "https://hyperstack.id/credential/DemoValid00000000000000000000001";
  const { id } = await parseCredentialUrl(link + "?view=recipient");
  const options = { token: ${JSON.stringify(sandbox.token)}, baseUrl: ${JSON.stringify(sandbox.url)} };
  let guarded = "not guarded";
  try { new Hyperstack(options); } catch (error) { guarded = error.issues[0].rule; }
  const hyperstack = new Hyperstack({ ...options, dangerouslyAllowBrowser: true });
  const verification = await hyperstack.verify(link);
  document.title = [id, guarded, verification.verdict, isVerified(verification)].join(" ");`;

/** What it does for a receipt. */
const receiptScript = (sandbox) => `
  import * as api from "./index.js";
  import { roundTrip } from "./receipts.js";
  const { token, url: baseUrl } = ${JSON.stringify({ token: sandbox.token, url: sandbox.url })};
  const hyperstack = new api.Hyperstack({ token, baseUrl, dangerouslyAllowBrowser: true });
  const verification = await hyperstack.verify("DemoValid00000000000000000000001");
  document.title = await roundTrip(api, verification).catch((error) => error.code);`;

/** Reports whether the stack of an error contains the caller. */
const STACK_SCRIPT = `
  import { Hyperstack } from "./index.js";
  const hyperstack = new Hyperstack({ token: "t", dangerouslyAllowBrowser: true });
  async function callsView() {
    await hyperstack.credentials.view("no id");
  }
  document.title = await callsView().catch(({ name, stack }) => name + " " + /callsView.*script-stack/.test(stack));`;

/** The scripts of the other pages. */
const SCRIPTS = { "script-receipt": receiptScript, "script-stack": () => STACK_SCRIPT };

let sandbox;
let browser;
let server;
let origin;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  browser = await startBrowser();
  server = createServer(async (request, response) => {
    const name = request.url.slice(1);
    const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${sandbox.url}`;
    try {
      const [entry] = name.split("/").slice(-1);
      const body = name.startsWith("page-")
        ? `<!doctype html><title>waiting</title><script type="module" src="script-${name.slice(5)}"></script>`
        : name.startsWith("script-")
          ? (SCRIPTS[name]?.(sandbox) ?? script(name.slice(7), sandbox))
          : await readFile(new URL(entry, entry === "receipts.js" ? shared : dist));
      const ending = name.startsWith("page-") ? "html" : name in SCRIPTS ? "js" : name.split(".").at(-1);
      response
        .writeHead(200, { "content-type": TYPES[ending] ?? "text/plain", "content-security-policy": policy })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(async () => {
  await browser?.stop();
  await sandbox?.stop();
  server?.close();
});

for (const entry of ["index.js", "external.js"]) {
  test(`${entry} by a plain script`, async () => {
    await browser.driver.get(`${origin}/page-${entry}`);
    const title = await until("the verdict", async () => {
      const now = await browser.driver.getTitle();
      return now !== "waiting" && now;
    });
    assert.equal(title, "DemoValid00000000000000000000001 not_in_browser valid true");
  });
}

test("signs and verifies a receipt in the browser", async () => {
  await browser.driver.get(`${origin}/page-receipt`);
  const title = await until("the receipt", async () => {
    const now = await browser.driver.getTitle();
    return now !== "waiting" && now;
  });
  assert.equal(title, RECEIPT);
});

// Firefox's stacks end at an await.
if (browserName === "chromium") {
  test("the stack of an error contains the caller's line", async () => {
    await browser.driver.get(`${origin}/page-stack`);
    const title = await until("the error", async () => {
      const now = await browser.driver.getTitle();
      return now !== "waiting" && now;
    });
    assert.equal(title, "ValidationError true");
  });
}
