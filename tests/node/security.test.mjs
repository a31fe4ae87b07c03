/** SECURITY.md: every threat has a test or says that it is not covered, and every test that is named exists. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("SECURITY.md", root), "utf8");
const rows = [...text.matchAll(/^\| (?!threat \|)([^|]+) \| ([^|]+) \| ?([^|]*) ?\|$/gm)].map((row) =>
  row.slice(1).map((cell) => cell.trim()),
);

test("every row of the tables is read", () => {
  const lines = text.split("\n").filter((line) => line.startsWith("|") && !/^\|(?:-| threat)/.test(line));
  assert.equal(rows.length, lines.length);
  assert.ok(rows.length >= 40, `${rows.length} threats`);
});

test("every threat has a test, or says that it is not covered", () => {
  for (const [threat, does, tests] of rows) {
    assert.ok(/`[\w./-]+`/.test(tests) || does.includes("**Not covered**"), threat);
  }
});

test("every test that is named exists", () => {
  let named = 0;
  for (const [threat, , tests] of rows) {
    for (const [whole, path, titles] of tests.matchAll(/`([^`]+)`(?:: ((?:"[^"]+"(?:, )?)+))?/g)) {
      assert.ok(existsSync(new URL(path, root)), `${threat}: there is no ${path}`);
      if (!titles) {
        // A case stands for itself; of a file of many tests, one has to be named.
        assert.match(path, /^tests\/vectors\/\w+_(?:ok|fail|indeterminate)$/, `${threat}: ${whole}`);
        named += 1;
        continue;
      }
      const source = readFileSync(new URL(path, root), "utf8");
      for (const [, title] of titles.matchAll(/"([^"]+)"/g)) {
        const there = path.endsWith(".rs") ? `#[test]\n    fn ${title}()` : `test("${title}"`;
        const found = source.includes(there) || source.includes(there.replace("    fn", "fn"));
        assert.ok(found, `${threat}: ${path} has no test "${title}"`);
        named += 1;
      }
    }
  }
  assert.ok(named >= 60, `${named} tests`);
});
