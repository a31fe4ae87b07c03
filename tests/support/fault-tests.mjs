/** Runs the rows of the fault table as tests in Node, in parts that run in parallel. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import * as api from "hyperstack-credentials";
import { runRow } from "../faults/run.mjs";
import rows from "../faults/table.mjs";
import { startFaultWorld } from "./fault-world.mjs";

/** The operations of each part that has its own. All others are in the part `OTHER`. */
const PARTS = {
  generate: ["credentials.generate"],
  issue: ["credentials.issue", "credentials.publish"],
  read: ["credentials.view", "verify", "account.get"],
};
const OTHER = "other";

export const partNames = [...Object.keys(PARTS), OTHER];

const partOf = ({ name }) =>
  Object.keys(PARTS).find((part) => PARTS[part].some((operation) => name.startsWith(operation))) ?? OTHER;

/** The rows of a part. They run one by one, because each checks that it leaves nothing behind in the process. */
export const rowsOf = (part) => rows.filter((row) => partOf(row) === part);

/** Registers the tests of a part. */
export function testRowsOf(part) {
  let faults;
  before(async () => {
    faults = await startFaultWorld();
  });
  after(() => faults?.stop());

  for (const row of rowsOf(part)) {
    test(row.name, async () => {
      const { found } = await runRow(row, { ...faults.world, runtime: "node", api, inspect });
      assert.deepEqual(found, []);
    });
  }

  test("the servers' logs contain no secret", () => faults.assertNoSecretIn(faults.logs()));
}
