/** `docs/retries.md` against the sources: its operations and its numbers are those of the code. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/retries.md");
/** Without line breaks, so that prose can be looked for. */
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

/** The one value that the pattern finds in a file. */
const value = (path, pattern) => {
  const found = [...read(path).matchAll(new RegExp(pattern, "g"))];
  assert.equal(found.length, 1, `${path}: ${pattern} is there ${found.length} times`);
  return found[0][1];
};
const number = (path, pattern) => Number(value(path, pattern).replaceAll("_", ""));
const constant = (path, name) => number(path, `\\bconst ${name}(?:: \\w+)? = ([\\d_]+);`);

const retry = (name) => constant("src/client/retry.rs", name);
const reconcile = (name) => constant("src/client/reconcile.rs", name);
const FIRST_BACKOFF = retry("FIRST_BACKOFF_MS");
const LONGEST_BACKOFF = retry("LONGEST_BACKOFF_MS");
const LONGEST_WAIT = retry("LONGEST_WAIT_MS");
const QUOTA = retry("QUOTA");
const COST = retry("RETRY_COST");
const SKEW = reconcile("SKEW_MS");
const NEAR = reconcile("NEAR_MATCH_MS");
const PAGES = reconcile("MAX_PAGES");
const RATE_LIMITS = constant("pkg-template/src/issue-many.ts", "MAX_RATE_LIMIT_WAITS");
const grouped = (ms) => String(ms).replace(/\B(?=(\d{3})+$)/g, " ");

test("the table has every operation, with what the core does after a loss", () => {
  const kinds = {
    read: "safe",
    overwrite: "safe",
    publishes: "publish",
    "creates a credential": "reconcile",
    "creates a group": "never",
  };
  const afterLoss = {
    safe: /^retried$/,
    publish: /^retried; /,
    reconcile: /^reconciled: /,
    never: /^never retried; /,
  };
  const table = rows("operation");
  for (const [name, kind, lost, refused] of table) {
    assert.match(lost, afterLoss[kinds[kind]], name);
    assert.equal(refused, "retried", name);
  }
  assert.deepEqual(
    table.map(([name, kind]) => [name.replaceAll("`", ""), kinds[kind]]).sort(),
    JSON.parse(read("tests/vectors/operations.json"))
      .map(({ name, retry }) => [name, retry])
      .sort(),
  );
});

test("the temporary statuses are those of the core", () => {
  const statuses = value("src/client/retry.rs", "matches!\\(status, ([\\d |.=]+)\\)");
  assert.equal(statuses, "408 | 425 | 502..=504 | 520..=529");
  assert.ok(prose.includes("**Temporary statuses** are 408, 425, 502, 503, 504 and 520 to 529."));
});

test("the numbers of the table are those of the code", () => {
  const config = read("src/client/config.rs");
  const limit = (name) =>
    Number(new RegExp(`Self \\{[^}]*\\b${name}: ([\\d_]+)[,\\s]`).exec(config)[1].replaceAll("_", ""));
  const publication = (name) => constant("pkg-template/src/publication.ts", name);
  const many = (name) => constant("pkg-template/src/issue-many.ts", name);
  const expected = [
    [limit("timeout_ms"), "ms"],
    [limit("total_timeout_ms"), "ms"],
    [limit("max_retries")],
    [FIRST_BACKOFF, "ms"],
    [LONGEST_BACKOFF, "ms"],
    [LONGEST_WAIT, "ms"],
    [SKEW, "ms"],
    [NEAR, "ms"],
    [PAGES],
    [QUOTA],
    [COST],
    [retry("MIN_REFUND")],
    [many("DEFAULT_CONCURRENCY")],
    [many("MAX_RATE_LIMIT_WAIT_MS"), "ms"],
    [RATE_LIMITS],
    [publication("FIRST_DELAY_MS"), "ms"],
    [publication("MAX_DELAY_MS"), "ms"],
    [publication("DEFAULT_LIMIT_MS"), "ms"],
  ].map(([amount, ...unit]) => [grouped(amount), ...unit].join(" "));
  assert.deepEqual(
    rows("what").map(([, said]) => said),
    expected,
  );
  assert.ok(page.includes(`\`concurrency\`, at most ${many("MAX_CONCURRENCY")} |`));
});

test("the numbers of the prose are those of the code", () => {
  const words = { 1: "one", 5: "five", 10: "ten" };
  for (const said of [
    `min(${grouped(FIRST_BACKOFF)} ms · 2ⁿ, ${grouped(LONGEST_BACKOFF)} ms)`,
    `If it is more than ${grouped(LONGEST_WAIT)} ms, the call rejects at once`,
    `from ${words[SKEW / 60_000]} minutes before the call`,
    `from ${words[SKEW / 60_000]} minutes before that time`,
    `up to ${words[NEAR / 3_600_000]} hour earlier`,
    `at least ${FIRST_BACKOFF / 2} ms before the first retry, ${FIRST_BACKOFF} ms before the second`,
    `Search failed, or more than ${PAGES} pages`,
    `if more than ${PAGES} pages match`,
    `a retry quota of ${QUOTA}; a retry costs ${COST}`,
    `gets ${QUOTA / COST} retries from a client`,
    `up to ${words[RATE_LIMITS]} times for an item`,
  ]) {
    assert.ok(prose.includes(said), `docs/retries.md does not say: ${said}`);
  }
});
