/** examples/deno in Deno, with the permissions of its task. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { run } from "../support/consumers.mjs";
import {
  account,
  assertVerifies,
  exampleProject,
  programOf,
  SAMPLES,
  startServer,
} from "../support/examples.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = exampleProject("deno");
const deno = programOf("runtimes", "deno");
let sandbox;
let server;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  server = await startServer(cwd, deno, ["task", "start"], account(sandbox));
});
after(async () => {
  await server?.stop();
  await sandbox?.stop();
});

test("type-checks", () => run(cwd, deno, ["task", "check"], {}));

test("verifies for pages", () => assertVerifies(`${server.url}/api/verify`));

test("responds with a verdict", async () => {
  for (const [id, verdict] of Object.entries(SAMPLES)) {
    const response = await fetch(`${server.url}/credential/${id}`);
    assert.deepEqual([response.status, await response.text()], [200, verdict]);
  }
  assert.equal((await fetch(server.url)).status, 404);
});
