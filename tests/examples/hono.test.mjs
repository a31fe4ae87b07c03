/** examples/hono with Node: its verify route and its page. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { account, assertVerifies, exampleProject, npmRun, startServer } from "../support/examples.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = exampleProject("hono");
let sandbox;
let server;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  server = await startServer(cwd, process.execPath, ["src/server.ts"], account(sandbox));
});
after(async () => {
  await server?.stop();
  await sandbox?.stop();
});

test("type-checks", () => npmRun(cwd, "check"));

test("verifies for pages", () => assertVerifies(`${server.url}/api/verify`));

test("shows a verdict", async () => {
  const shown = async (id) => {
    const response = await fetch(`${server.url}/credential/${id}`);
    return [response.status, await response.text()];
  };
  const [status, valid] = await shown("DemoValid00000000000000000000001");
  assert.equal(status, 200);
  assert.match(valid, /^<p>Valid: .+<\/p>$/);
  assert.deepEqual(await shown("DemoRevoked000000000000000000005"), [200, "<p>Not valid: revoked</p>"]);
});

test("reports a failed check while the API is down", async () => {
  await sandbox.stop();
  const response = await fetch(`${server.url}/credential/DemoValid00000000000000000000001`);
  assert.deepEqual(
    [response.status, await response.text()],
    [503, "<p>We could not check this credential (network). Try again.</p>"],
  );
});
