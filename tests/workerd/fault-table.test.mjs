/** The fault table (tests/faults) in workerd: a Worker that bundles the package as Workers do. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import rows from "../faults/table.mjs";
import wrong, { missed } from "../faults/wrong.mjs";
import { startFaultWorld } from "../support/fault-world.mjs";
import { startWorker } from "../support/processes.mjs";

let faults;
let worker;
before(async () => {
  faults = await startFaultWorld();
  worker = await startWorker({ config: "tests/workerd/fault-worker/wrangler.jsonc" });
});
after(async () => {
  await worker?.stop();
  await faults?.stop();
});

async function ask(table, at) {
  const answer = await fetch(worker.url, {
    method: "POST",
    body: JSON.stringify({ table, at, world: faults.world }),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text).found;
}

test("finds what is wrong with a call here, too", async () => {
  for (const [at, row] of wrong.entries()) assert.deepEqual(missed(row, await ask("wrong", at)), []);
});

rows.forEach(({ name }, at) => {
  test(name, async () => {
    assert.deepEqual(await ask("rows", at), []);
  });
});

test("the logs of the servers and the Worker contain no secret and no uncaught error", () => {
  faults.assertNoSecretIn(faults.logs() + worker.logs());
  assert.doesNotMatch(worker.logs(), /uncaught|unhandled/i);
});
