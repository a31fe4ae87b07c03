/** The Worker in development: every secret of a .dev.vars reaches it, the optional ones too. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { configuration } from "../support/worker-module.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const healthKey = "health-key-of-at-least-32-characters";
const RECEIPT_KEY = {
  kty: "OKP",
  crv: "Ed25519",
  // RFC 8037, appendix A.1.
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  kid: "dev",
};

let folder;
let sandbox;
let worker;
before(async () => {
  sandbox = await startSandbox();
  // wrangler looks for .dev.vars beside the configuration, so the shipped one is used from a folder of its own.
  mkdirSync(join(root, "target"), { recursive: true });
  folder = mkdtempSync(join(root, "target/dev-vars-"));
  const below = (path) => relative(folder, join(root, "www", path));
  const { $schema: _, build: __, ...shipped } = configuration();
  const config = join(folder, "wrangler.jsonc");
  writeFileSync(
    config,
    JSON.stringify({
      ...shipped,
      main: below(shipped.main),
      tsconfig: below("tsconfig.json"),
      assets: { ...shipped.assets, directory: below("dist") },
    }),
  );
  writeFileSync(
    join(folder, ".dev.vars"),
    [
      `HYPERSTACK_API_TOKEN="${sandbox.token}"`,
      `HYPERSTACK_HEALTH_KEY="${healthKey}"`,
      `HYPERSTACK_RECEIPT_KEY='${JSON.stringify(RECEIPT_KEY)}'`,
    ].join("\n"),
  );
  worker = await startWorker({
    cwd: folder,
    args: ["--config", config],
    vars: { HYPERSTACK_API_BASE: sandbox.url },
    devVars: true,
  });
});
after(async () => {
  await worker?.stop();
  await sandbox?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

test("has the token and the health key", async () => {
  const headers = { authorization: `Bearer ${healthKey}` };
  const answer = await fetch(`${worker.url}/healthz/accounts`, { headers });
  assert.deepEqual(await answer.json(), { status: "ok", accounts: [{ label: null, status: "ok" }] });
});

test("has the receipt key", async () => {
  const { keys } = await (await fetch(`${worker.url}/.well-known/jwks.json`)).json();
  assert.deepEqual(
    keys.map(({ kid, x }) => [kid, x]),
    [["dev", RECEIPT_KEY.x]],
  );
  assert.equal((await (await fetch(`${worker.url}/healthz`)).json()).receipts, true);
});
