/** The fault table (tests/faults) in workerd: a Worker that bundles the package as Workers do. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import rows from "../faults/table.mjs";
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

rows.forEach(({ name }, at) => {
  test(name, async () => {
    const answer = await fetch(worker.url, {
      method: "POST",
      body: JSON.stringify({ at, world: faults.world }),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    assert.deepEqual(JSON.parse(text).found, []);
  });
});

test("the logs of the servers and of the Worker hold nothing secret", () => {
  faults.assertNoSecretIn(faults.logs() + worker.logs());
});
