/** `docs/retries.md` against the code: its operations and numbers, from the lists that the core's tests write and from modules. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { importSource } from "../support/source.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/retries.md");
/** Without line breaks, so that sentences can be found. */
const prose = page.replace(/\s+/g, " ");

/** The rows of the table that begins with this head, as cells. */
const rows = (head) => {
  const at = page.indexOf(`\n| ${head} |`);
  assert.ok(at >= 0, `docs/retries.md has no table that begins with ${head}`);
  const [, , ...lines] = page
    .slice(at + 1)
    .split("\n\n")[0]
    .split("\n");
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
};

const list = (name) => JSON.parse(read(`tests/vectors/${name}.json`));
const limits = list("limits");
const issueMany = await importSource("pkg-template/src/issue-many.ts");
const publication = await importSource("pkg-template/src/publication.ts");
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, " ");
const ms = (number) => `${grouped(number)} ms`;

test("the table of operations is that of the core", () => {
  const kinds = {
    read: "safe",
    overwrite: "safe",
    publish: "publish",
    creation: "reconcile",
    "creation without search": "never",
  };
  const afterLoss = {
    safe: /^retry$/,
    publish: /^retry; /,
    reconcile: /^reconcile: /,
    never: /^no retry; /,
  };
  const table = rows("operation");
  for (const [name, kind, lost, rateLimited] of table) {
    assert.match(lost, afterLoss[kinds[kind]], name);
    assert.equal(rateLimited, "retry", name);
  }
  const documented = table.map(([name, kind]) => [name.replaceAll("`", ""), kinds[kind]]);
  const operations = list("operations").map(({ name, retry }) => [name, retry]);
  assert.deepEqual(documented.sort(), operations.sort());
});

test("the temporary statuses are those of the core", () => {
  const [, sentence] = /Temporary statuses are ([^.]*)\./.exec(prose);
  const documented = [...sentence.matchAll(/(\d+)(?: to (\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: last - first + 1 }, (_, index) => Number(first) + index),
  );
  assert.deepEqual(documented, limits.temporary_statuses);
});

test("the numbers of the table are those of the code", () => {
  const expected = [
    ms(limits.timeout_ms),
    ms(limits.total_timeout_ms),
    limits.max_retries,
    ms(limits.first_backoff_ms),
    ms(limits.longest_backoff_ms),
    ms(limits.longest_wait_ms),
    ms(limits.skew_ms),
    ms(limits.near_match_ms),
    limits.max_pages,
    limits.quota,
    limits.retry_cost,
    limits.min_refund,
    issueMany.DEFAULT_CONCURRENCY,
    ms(issueMany.MAX_RATE_LIMIT_WAIT_MS),
    issueMany.MAX_RATE_LIMIT_WAITS,
    ms(publication.FIRST_DELAY_MS),
    ms(publication.MAX_DELAY_MS),
    ms(publication.DEFAULT_LIMIT_MS),
  ];
  assert.deepEqual(
    rows("what").map(([, value]) => value),
    expected.map(String),
  );
  assert.ok(page.includes(`\`concurrency\`, at most ${issueMany.MAX_CONCURRENCY} |`));
});

test("the numbers of the sentences are those of the code", () => {
  const words = { 5: "five", 10: "ten" };
  const minutes = words[limits.skew_ms / 60_000];
  for (const sentence of [
    `min(${ms(limits.first_backoff_ms)} · 2ⁿ, ${ms(limits.longest_backoff_ms)})`,
    `If it is more than ${ms(limits.longest_wait_ms)}, the call rejects at once`,
    `no earlier than ${minutes} minutes before the call`,
    `from ${minutes} minutes before that time`,
    `if up to ${limits.max_pages} pages of the search`,
    `if more than ${limits.max_pages} pages match`,
    `a quota of ${limits.quota} tokens; a retry costs ${limits.retry_cost}`,
    `gets ${limits.quota / limits.retry_cost} retries from a client`,
    `up to ${words[issueMany.MAX_RATE_LIMIT_WAITS]} times per item`,
  ]) {
    assert.ok(prose.includes(sentence), `docs/retries.md does not say: ${sentence}`);
  }
});
