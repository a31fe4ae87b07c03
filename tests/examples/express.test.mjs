/** examples/express with Node: its verify route behind a body parser, and issuing. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { steer } from "../support/control.mjs";
import { account, assertVerifies, exampleProject, npmRun, startServer } from "../support/examples.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = exampleProject("express");
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

test("verifies", () => assertVerifies(`${server.url}/api/verify`));

const complete = (group, recipient) =>
  fetch(`${server.url}/courses/${group}/completed`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(recipient),
  });

test("issues a certificate", async () => {
  const group = "Rust101";
  await steer(sandbox).group(group, {});
  const response = await complete(group, { name: "Zoë Larsson", email: "zoe@example.com" });
  assert.equal(response.status, 201);
  assert.match((await response.json()).link, /^https:\/\/hyperstack\.id\/credential\/\w{32}$/);
});

test("reports an error by its code, without the address", async () => {
  const failed = async (email) => {
    const response = await complete("GroupThatIsNotThere", { name: "Zoë Larsson", email });
    return [response.status, await response.json()];
  };
  assert.deepEqual(await failed("zoe.example.com"), [422, { code: "invalid_request" }]);
  assert.deepEqual(await failed("zoe@example.com"), [502, { code: "group_not_found" }]);
  assert.match(server.logs(), /credentials\.issue group_not_found/);
  assert.ok(!server.logs().includes("zoe") && !server.logs().includes(sandbox.token));
});
