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

const FIRST_WAIT = constant("src/retry.rs", "FIRST_BACKOFF_MS");
const LONGEST_WAIT = constant("src/retry.rs", "LONGEST_BACKOFF_MS");
const LONGEST_OBEYED = constant("src/retry.rs", "LONGEST_WAIT_MS");
const QUOTA = constant("src/retry.rs", "QUOTA");
const PRICE = constant("src/retry.rs", "PRICE");
const SKEW = constant("src/reconcile.rs", "SKEW_MS");
const PAGES = constant("src/reconcile.rs", "MAX_PAGES");
const HOLDS = constant("pkg-template/src/issue-many.ts", "MOST_HOLDS");
const grouped = (ms) => String(ms).replace(/\B(?=(\d{3})+$)/g, " ");

test("every operation stands in the table as the core repeats it", () => {
  const kinds = {
    read: "Safe",
    overwrite: "Safe",
    publish: "Publish",
    "makes, can be looked for": "Reconcile",
    "makes, cannot be looked for": "Never",
  };
  const after = {
    Safe: /^sent again$/,
    Publish: /^sent again; /,
    Reconcile: /^looked for; /,
    Never: /^never; /,
  };
  const source = read("src/operations.rs").split("#[cfg(test)]")[0];
  const operations = [...source.matchAll(/row! \{\s*"([\w.]+)" \w+ "[^"]*" (\w+) /g)].map(
    ([, name, repeat]) => [name, repeat],
  );
  assert.ok(operations.length > 0);
  const table = rows("operation");
  for (const [name, kind, lost, refused] of table) {
    assert.match(lost, after[kinds[kind]], name);
    assert.equal(refused, "sent again", name);
  }
  const said = table.map(([name, kind]) => [name.replaceAll("`", ""), kinds[kind]]);
  assert.deepEqual(said.sort(), operations.sort());
});

test("the statuses are those of the core", () => {
  const [from, to] = value("src/retry.rs", "matches!\\(error\\.status, Some\\(([\\d.=]+)\\)\\)").split("..=");
  assert.deepEqual([Number(from), Number(to)], [502, 504]);
  assert.ok(page.includes("| connection lost, `timeout`, 502, 503, 504 | 429 |"));
});

test("the numbers of the table are those of the code", () => {
  const settings = (name) => number("src/settings.rs", `number\\("${name}", ([\\d_]+)\\)`);
  const publication = "pkg-template/src/publication.ts";
  const expected = [
    [settings("timeoutMs"), "ms"],
    [settings("totalTimeoutMs"), "ms"],
    [settings("maxRetries")],
    [FIRST_WAIT, "ms"],
    [LONGEST_WAIT, "ms"],
    [LONGEST_OBEYED, "ms"],
    [SKEW, "ms"],
    [PAGES],
    [QUOTA],
    [PRICE],
    [number("src/retry.rs", "\\* PRICE\\)\\.max\\((\\d+)\\)")],
    [number("pkg-template/src/issue-many.ts", "const \\{ concurrency = (\\d+), onJournal")],
    [constant("pkg-template/src/issue-many.ts", "LONGEST_HOLD_MS"), "ms"],
    [HOLDS],
    [constant(publication, "FIRST_DELAY_MS"), "ms"],
    [constant(publication, "LONGEST_DELAY_MS"), "ms"],
    [number(publication, "\\blimitMs = ([\\d_]+)"), "ms"],
  ].map(([amount, ...unit]) => [grouped(amount), ...unit].join(" "));
  assert.deepEqual(
    rows("what").map(([, said]) => said),
    expected,
  );
  const most = number("pkg-template/src/issue-many.ts", "concurrency > (\\d+)");
  assert.ok(page.includes(`\`concurrency\`, at most ${most} |`));
});

test("the numbers of the prose are those of the code", () => {
  const words = { 5: "five", 10: "ten" };
  for (const said of [
    `min(${grouped(FIRST_WAIT)} ms · 2ⁿ, ${grouped(LONGEST_WAIT)} ms)`,
    `One of more than ${grouped(LONGEST_OBEYED)} ms is left to you`,
    `no earlier than ${words[SKEW / 60_000]} minutes before the call`,
    `from ${words[SKEW / 60_000]} minutes before that time`,
    `more than ${words[SKEW / 60_000]} minutes behind yours`,
    `If up to ${PAGES} pages of the search`,
    `where more than ${PAGES} pages match`,
    `one account of ${QUOTA}, ${PRICE} a repeat`,
    `gets ${QUOTA / PRICE} repeats from a client`,
    `up to ${words[HOLDS]} times an item`,
  ]) {
    assert.ok(prose.includes(said), `docs/retries.md does not say: ${said}`);
  }
});
