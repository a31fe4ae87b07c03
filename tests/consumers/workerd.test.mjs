/** The packed package in workerd, through wrangler without a configuration file, for a date of today and an old one. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { project, toolEnvironment, VERDICTS, wasmIn } from "../support/consumers.mjs";
import { programs } from "../support/documents.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";

const root = new URL("../../", import.meta.url);
const cwd = project("workerd");

/** The newest date that this workerd knows is that of its release, which its version tells: 1.20261117.1. */
const { version } = JSON.parse(readFileSync(new URL("node_modules/workerd/package.json", root), "utf8"));
const [, year, month, day] = /^\d+\.(\d{4})(\d\d)(\d\d)\./.exec(version);
const dates = { newest: `${year}-${month}-${day}`, "two years old": `${year - 2}-${month}-${day}` };

let sandbox;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
});
after(() => sandbox?.stop());

for (const [name, date] of Object.entries(dates)) {
  const args = ["worker.js", "--compatibility-date", date];

  test(`${name} compatibility date, ${date}`, async () => {
    const vars = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
    const worker = await startWorker({ cwd, args, vars });
    try {
      assert.equal(await (await fetch(worker.url)).text(), VERDICTS);
    } finally {
      await worker.stop();
    }
  });

  test(`the Worker of the documentation responds, and names a missing secret (${date})`, async () => {
    writeFileSync(join(cwd, "service.ts"), programs.find((one) => one.name === "worker").code);
    const service = ["service.ts", "--compatibility-date", date];
    const ask = (worker, path = "/api/verify") =>
      fetch(new URL(path, worker.url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ input: "DemoValid00000000000000000000001" }),
      });
    const vars = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
    const worker = await startWorker({ cwd, args: service, vars });
    try {
      // Also for a second request to the same client.
      for (const _ of [1, 2]) {
        const response = await ask(worker);
        assert.deepEqual([response.status, (await response.json()).verdict], [200, "valid"]);
      }
      assert.equal((await ask(worker, "/else")).status, 404);
    } finally {
      await worker.stop();
    }
    const unset = await startWorker({ cwd, args: service });
    try {
      assert.equal((await ask(unset)).status, 500);
      assert.match(unset.logs(), /token is missing: set HYPERSTACK_API_TOKEN/);
    } finally {
      await unset.stop();
    }
  });

  test(`uploads the wasm once (${date})`, async () => {
    const out = join(cwd, "out", date);
    const wrangler = fileURLToPath(new URL("node_modules/wrangler/bin/wrangler.js", root));
    const deploy = ["deploy", ...args, "--name", "consumer", "--dry-run", "--outdir", out];
    await promisify(execFile)(process.execPath, [wrangler, ...deploy], {
      cwd,
      env: toolEnvironment({ WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(cwd, "logs") }),
    });
    assert.deepEqual(wasmIn(out), { files: 1, inside: 0 });
  });
}
