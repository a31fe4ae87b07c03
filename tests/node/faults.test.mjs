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

test("names are told apart, and the servers' logs hold nothing secret", () => {
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  faults.assertNoSecretIn(faults.logs());
});
