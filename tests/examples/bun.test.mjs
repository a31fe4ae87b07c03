/** Tests examples/bun in Bun: a list of links, and the same list while the API is down. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { run } from "../support/consumers.mjs";
import { account, exampleProject, npmRun, programOf } from "../support/examples.mjs";
import { startSandbox } from "../support/processes.mjs";

const cwd = exampleProject("bun");
const bun = programOf("runtimes", "bun");
let sandbox;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
});
after(() => sandbox?.stop());

test("type-checks", () => npmRun(cwd, "check"));

test("prints a verdict for each link", async () => {
  const output = await run(cwd, bun, ["verify-list.ts", "links.txt"], account(sandbox));
  assert.equal(
    output,
    "valid\thttps://hyperstack.id/credential/DemoValid00000000000000000000001\n" +
      "revoked\thttps://hyperstack.id/credential/DemoRevoked000000000000000000005\n",
  );
});

test("exits with 2 if a link could not be checked, and with 64 without a file", async () => {
  const unreachable = { HYPERSTACK_API_TOKEN: "x", HYPERSTACK_API_BASE: "http://127.0.0.1:9" };
  await assert.rejects(run(cwd, bun, ["verify-list.ts", "links.txt"], unreachable), /network\thttps:/);
  await assert.rejects(run(cwd, bun, ["verify-list.ts"], unreachable), /usage: bun verify-list\.ts/);
});
