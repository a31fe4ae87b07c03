/**
 * `docs/retries.md` against the operations of the core and the numbers of the JavaScript package. Those of the core are
 * compared by src/client/documented.rs.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { importSource } from "../support/source.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/retries.md");
/** Without line breaks, so that prose can be searched. */
const prose = page.replace(/\s+/g, " ");
const issueMany = await importSource("pkg-template/src/issue-many.ts");
const publication = await importSource("pkg-template/src/publication.ts");

/** The rows of the table that begins with this head, as cells. */
const rows = (head) => {
  const begin = page.indexOf(`\n| ${head} |`);
  assert.ok(begin >= 0, `docs/retries.md has no table that begins with ${head}`);
  const [, , ...lines] = page
    .slice(begin + 1)
    .split("\n\n")[0]
    .split("\n");
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
};
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, " ");

test("every operation is in the table, and those that are retried alike are described alike", () => {
  const operations = JSON.parse(read("tests/vectors/operations.json"));
  const table = new Map(
    rows("operation").map(([name, kind, lost]) => [name.replaceAll("`", ""), { kind, lost }]),
  );
  assert.deepEqual([...table.keys()].sort(), operations.map(({ name }) => name).sort());
  const kinds = new Map();
  for (const { name, retry } of operations) {
    const { kind } = table.get(name);
    assert.equal(kinds.get(kind) ?? retry, retry, `${name}: ${kind}`);
    kinds.set(kind, retry);
  }
});

test("the table of values ends with those of the package", () => {
  const expected = [
    grouped(issueMany.DEFAULT_CONCURRENCY),
    `${grouped(issueMany.MAX_RATE_LIMIT_WAIT_MS)} ms`,
    grouped(issueMany.MAX_RATE_LIMIT_WAITS),
    `${grouped(publication.FIRST_DELAY_MS)} ms`,
    `${grouped(publication.MAX_DELAY_MS)} ms`,
    `${grouped(publication.DEFAULT_LIMIT_MS)} ms`,
  ];
  const values = rows("what").map(([, value]) => value);
  assert.deepEqual(values.slice(-expected.length), expected);
  assert.ok(page.includes(`\`concurrency\`, at most ${issueMany.MAX_CONCURRENCY} |`));
  assert.equal(issueMany.MAX_RATE_LIMIT_WAITS, 10);
  assert.match(prose, /up to ten times an item|up to ten times per item/);
});
