/**
 * The packed package in pages that nobody bundled: a plain `<script type="module">`, with an import map or with the
 * files' addresses, under the policy that the verify page has; and the wasm held to its hash.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startTestBrowser, until } from "../support/any-browser.mjs";
import { FORBIDDEN_WASM, wrongHash } from "../support/complaints.mjs";
import { project, serve, VERDICTS, verifyingService } from "../support/consumers.mjs";
import { securityHeaders } from "../support/headers.mjs";
import { startSandbox } from "../support/processes.mjs";

const folder = project("pages");
const dist = join(folder, "node_modules/hyperstack-credentials/dist");
const WASM = "/hyperstack_verifier_bg.wasm";
const html = (head) => `<!doctype html><link rel="icon" href="data:,"><title>waiting</title>${head}`;
const MODULE = '<script type="module" src="/main.js"></script>';

let sandbox;
let verify;
let browser;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  verify = await verifyingService("pages", sandbox);
  browser = await startTestBrowser();
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

/** Opens a page, and returns its title, its complaints (those of `provokes` are required) and its requests. */
async function open({ page = html(MODULE), files = {}, headers = securityHeaders, provokes }) {
  const server = await serve({ folders: [folder, dist], files, verify, headers, page });
  try {
    await browser.driver.get(`${server.url}/`);
    const title = await until("a verdict", async () => {
      const now = await browser.driver.getTitle();
      return now !== "waiting" && now !== "" && now;
    });
    const complaints = await (provokes ? browser.provoked(provokes) : browser.complaints());
    return { title, complaints, requests: server.requests() };
  } finally {
    await server.stop();
  }
}

/** A script of the project with the addresses of the package's files in place of its names. */
const addressed = (name, entries) =>
  Object.entries(entries).reduce(
    (text, [specifier, file]) => text.replace(`"${specifier}"`, `"/${file}"`),
    readFileSync(join(folder, name), "utf8"),
  );

const wasmRequests = ({ requests }) => requests.filter((path) => path.endsWith(".wasm")).length;

for (const [entry, fetched] of [
  ["index.js", 0],
  ["external.js", 1],
]) {
  const files = () => ({ "/main.js": addressed("main.js", { "hyperstack-credentials": entry }) });

  test(`${entry} works under the strict policy`, async () => {
    const seen = await open({ files: files() });
    assert.equal(seen.title, VERDICTS);
    assert.deepEqual(seen.complaints, []);
    assert.equal(wasmRequests(seen), fetched);
  });

  test(`${entry} fails with an error if the policy allows no wasm`, async () => {
    const policy = securityHeaders["content-security-policy"].replace(" 'wasm-unsafe-eval'", "");
    const { title } = await open({
      files: files(),
      headers: { ...securityHeaders, "content-security-policy": policy },
      provokes: FORBIDDEN_WASM,
    });
    assert.match(title, /^failed: InternalError: init: the WebAssembly core could not be loaded/);
    assert.match(title, /'wasm-unsafe-eval'/);
  });
}

test("works with an import map", async () => {
  const imports = { "hyperstack-credentials": "/node_modules/hyperstack-credentials/dist/index.js" };
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  // A map is an inline script, which the strict policy forbids.
  const { title, complaints } = await open({ page: html(map + MODULE), headers: {} });
  assert.equal(title, VERDICTS);
  assert.deepEqual(complaints, []);
});

/** The package's wasm, and one that differs in its last byte. */
const wasm = readFileSync(join(dist, WASM));
const other = Buffer.from(wasm);
other[other.length - 1] ^= 1;

test("loads the wasm from another address, checked by its hash", async () => {
  const main = addressed("own-wasm.js", {
    "hyperstack-credentials/external": "external.js",
    "hyperstack-credentials/integrity": "integrity.js",
  });
  const right = await open({ files: { "/main.js": main, "/elsewhere.wasm": wasm } });
  assert.equal(right.title, VERDICTS);
  assert.deepEqual(right.complaints, []);
  assert.ok(right.requests.includes("/elsewhere.wasm") && !right.requests.includes(WASM));
  const wrong = await open({
    files: { "/main.js": main, "/elsewhere.wasm": other },
    provokes: wrongHash(),
  });
  assert.equal(wrong.title, "failed: wasm_unavailable");
});

test("external.js accepts only the wasm of its own build", async () => {
  const main = addressed("main.js", { "hyperstack-credentials": "external.js" });
  const { title } = await open({ files: { "/main.js": main, [WASM]: other }, provokes: wrongHash() });
  assert.match(title, /^failed: InternalError/);
});
