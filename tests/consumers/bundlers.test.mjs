/**
 * The packed package through bundlers, without a configuration of theirs, and what they make of it in a browser: each
 * output holds the wasm once and brings a verdict, under the policy that the verify page has.
 */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startTestBrowser, until } from "../support/any-browser.mjs";
import {
  project,
  run,
  serve,
  toolEnvironment,
  VERDICTS,
  verifyingService,
  wasmIn,
} from "../support/consumers.mjs";
import { securityHeaders } from "../support/headers.mjs";
import { freePort, startProgram, startSandbox } from "../support/processes.mjs";

const cwd = project("bundlers");
const INSIDE = { files: 0, inside: 1 };
const BESIDE = { files: 1, inside: 0 };

/** The command that bundles `from` into the folder `to`. */
const bundlers = {
  "Vite 8": (from, to) => ["vite/bin/vite.js", "build", from, "--outDir", to],
  "Vite 7": (from, to) => ["vite-7/bin/vite.js", "build", from, "--outDir", to],
  "webpack 5": (from, to) => [
    "webpack/bin/webpack.js",
    ...["--mode", "production", "--entry", `./${from}/main.js`, "--output-path", to],
  ],
  esbuild: (from, to) => [
    "esbuild/bin/esbuild",
    ...[`${from}/main.js`, "--bundle", "--format=esm", `--outfile=${to}/main.js`],
  ],
  Rollup: (from, to) => [
    "rollup/dist/bin/rollup",
    ...[`${from}/main.js`, "--plugin", "node-resolve", "--format", "es", "--dir", to],
  ],
};

let sandbox;
let verify;
let browser;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  verify = await verifyingService("bundlers", sandbox);
  browser = await startTestBrowser();
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

/** The title that a page ends up with. */
async function shown(address) {
  await browser.driver.get(address);
  return until("a verdict", async () => {
    const title = await browser.driver.getTitle();
    return title !== "waiting" && title !== "" && title;
  });
}

async function build(bundler, from) {
  const to = join(cwd, "out", `${from} by ${bundler}`);
  rmSync(to, { recursive: true, force: true });
  const [program, ...args] = bundlers[bundler](from, to);
  await run(cwd, program, args);
  return to;
}

/** For bundlers that know nothing of pages. */
const PAGE = readFileSync(join(cwd, "page/index.html"), "utf8");

/** Opens what was built; it must not complain of anything. */
async function open(folders, headers = securityHeaders) {
  const server = await serve({ folders, verify, headers, page: PAGE });
  try {
    assert.equal(await shown(`${server.url}/`), VERDICTS);
    assert.deepEqual(await browser.complaints(), []);
    return server.requests();
  } finally {
    await server.stop();
  }
}

describe("a page", () => {
  for (const bundler of Object.keys(bundlers)) {
    test(`${bundler}, built`, async () => {
      const folder = await build(bundler, "page");
      assert.deepEqual(wasmIn(folder), INSIDE);
      await open([folder]);
    });
  }

  for (const version of ["vite", "vite-7"]) {
    test(`${version}, dev server`, async () => {
      await inDevelopment(version, "page");
      // It bundles dependencies ahead, whole: both modules are there.
      assert.deepEqual(wasmIn(join(cwd, "node_modules/.vite")), { files: 0, inside: 2 });
    });
  }
});

describe("a page that fetches the wasm", () => {
  for (const bundler of ["Vite 8", "Vite 7", "webpack 5"]) {
    test(`${bundler}, built`, async () => {
      const folder = await build(bundler, "external");
      // Vite copies a file before it removes the code that names it, so the client's module is there, too; nobody fetches it.
      assert.deepEqual(wasmIn(folder), bundler.startsWith("Vite") ? { ...BESIDE, files: 2 } : BESIDE);
      const requests = await open([folder]);
      assert.equal(requests.filter((path) => path.endsWith(".wasm")).length, 1, requests.join());
    });
  }

  // Vite 7's looks for the file in its own cache: there the package has to be in `optimizeDeps.exclude`.
  test("vite, dev server", () => inDevelopment("vite", "external"));
});

/** Trusted types forbid a page to start any worker from an address, whatever is in it. */
const withWorkers = {
  ...securityHeaders,
  "content-security-policy": securityHeaders["content-security-policy"].replace(/; require-trusted.*/, ""),
};

describe("workers", () => {
  for (const bundler of ["Vite 8", "Vite 7", "webpack 5"]) {
    test(`a web worker, ${bundler}`, async () => {
      const folder = await build(bundler, "web-worker");
      assert.deepEqual(wasmIn(folder), INSIDE);
      await open([folder], withWorkers);
    });
  }

  test("a web worker, Vite's dev server", () => inDevelopment("vite", "web-worker"));

  test("a service worker, esbuild", async () => {
    const out = join(cwd, "out/service-worker");
    const script = ["service-worker/service-worker.js", "--bundle", `--outdir=${out}`];
    await run(cwd, "esbuild/bin/esbuild", script);
    assert.deepEqual(wasmIn(out), INSIDE);
    const requests = await open([out, join(cwd, "service-worker")], withWorkers);
    assert.ok(requests.includes("/api/verify"));
    assert.ok(!requests.includes("/verdicts"), "the worker did not answer");
  });
});

/** A page of a dev server that was never started before, with the verifying service elsewhere. */
async function inDevelopment(version, from) {
  rmSync(join(cwd, "node_modules/.vite"), { recursive: true, force: true });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const service = await serve({ folders: [], verify: await verifyingService("bundlers", sandbox, [origin]) });
  const vite = await startProgram(
    version,
    join(cwd, "node_modules", version, "bin/vite.js"),
    [from, "--host", "127.0.0.1", "--port", String(port), "--strictPort"],
    { cwd, env: toolEnvironment(), ready: (logs) => logs.includes("Local:") },
  );
  try {
    const address = `${origin}/?endpoint=${encodeURIComponent(`${service.url}/api/verify`)}`;
    assert.equal(await shown(address), VERDICTS);
    assert.deepEqual(await browser.complaints(), []);
  } finally {
    await vite.stop();
    await service.stop();
  }
}
