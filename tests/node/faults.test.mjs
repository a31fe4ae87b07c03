/** Tests the fault table (tests/faults) as a whole. `faults-*.test.mjs` run its rows. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import rows from "../faults/table.mjs";
import { partNames, rowsOf } from "../support/fault-tests.mjs";

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

test("row names are unique, and each row is in exactly one part", () => {
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  const inParts = partNames.flatMap((part) => rowsOf(part));
  assert.deepEqual(new Set(inParts), new Set(rows));
  assert.equal(inParts.length, rows.length);
  for (const part of partNames) {
    assert.ok(rowsOf(part).length > 0, part);
    assert.ok(existsSync(new URL(`faults-${part}.test.mjs`, import.meta.url)), `faults-${part}.test.mjs`);
  }
});
