/** examples/worker in workerd: its verify route and its webhook. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { wasmIn } from "../support/consumers.mjs";
import { assertVerifies, exampleProject, npmRun, SAMPLES } from "../support/examples.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { dryRun } from "../support/workerd.mjs";

const cwd = exampleProject("worker");
let sandbox;
let worker;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  worker = await startWorker({
    cwd,
    args: ["--config", join(cwd, "wrangler.jsonc")],
    vars: { HYPERSTACK_API_BASE: sandbox.url },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
});
after(async () => {
  await worker?.stop();
  await sandbox?.stop();
});

test("type-checks", () => npmRun(cwd, "check"));

test("verifies", () => assertVerifies(`${worker.url}/api/verify`));

test("acknowledges a webhook, then confirms it", async () => {
  const deliver = (body) => {
    const headers = { "content-type": "application/json" };
    return fetch(`${worker.url}/webhook`, { method: "POST", headers, body });
  };
  const [id] = Object.keys(SAMPLES);
  const delivery = JSON.stringify({ event: "credential.issued", data: { document_id: id } });
  assert.equal((await deliver(delivery)).status, 202);
  const deadline = Date.now() + 10_000;
  while (!worker.logs().includes(`issued ${id}`)) {
    assert.ok(Date.now() < deadline, worker.logs());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal((await deliver("no JSON")).status, 400);
});

test("passes a dry-run deployment with its own wrangler", async () => {
  const out = join(cwd, "out");
  await dryRun(out, { cwd, wrangler: join(cwd, "node_modules/wrangler/bin/wrangler.js") });
  assert.deepEqual(wasmIn(out), { files: 1, inside: 0 });
});
