/** Decision records: each fits on a screen and is in the same order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { documents, repository } from "./check.mjs";

const PARTS = ["Context", "Decision", "Consequences"];
const LINES = 45;

for (const path of documents().filter((path) => path.startsWith("docs/decisions/"))) {
  test(`${path} fits on a screen and has context, decision and consequences in this order`, () => {
    const text = repository.read(path);
    const parts = [...text.matchAll(/^\*\*(\w+)/gm)]
      .map(([, name]) => name)
      .filter((name) => PARTS.includes(name));
    assert.deepEqual(parts, PARTS);
    assert.ok(text.split("\n").length <= LINES, `more than ${LINES} lines`);
  });
}
