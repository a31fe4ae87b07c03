/** The fault table (tests/faults) in Node. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import * as api from "hyperstack-credentials";
import { runRow } from "../faults/run.mjs";
import rows from "../faults/table.mjs";
import { startFaultWorld } from "../support/fault-world.mjs";

let faults;
before(async () => {
  faults = await startFaultWorld();
});
after(() => faults?.stop());

for (const row of rows) {
  test(row.name, async () => {
    const { found } = await runRow(row, { ...faults.world, runtime: "node", api, inspect });
    assert.deepEqual(found, []);
  });
}

test("a lasting fault is neither a yes nor a no", () => {
  const verifications = rows.filter(({ name }) => name.startsWith("verify"));
  const lasting = verifications.filter(({ expect }) => expect.result.outcome !== "verified");
  assert.ok(lasting.length >= 60 && lasting.length < verifications.length);
  for (const { name, expect } of lasting) {
    // The API's own 404 is an answer, not a fault.
    const own = /: 404 with|: no such credential$/.test(name);
    assert.equal(expect.result.outcome, own ? "not_verified" : "indeterminate", name);
    assert.equal(expect.result.reason === null, own, name);
  }
  // A yes follows only where a repeat got over it.
  for (const { name, expect } of verifications.filter((row) => !lasting.includes(row)))
    assert.ok(expect.requests > 1, name);
});

test("row names are unique, and the servers' logs contain no secret", () => {
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  faults.assertNoSecretIn(faults.logs());
});
