/**
 * `docs/errors.md` and `tests/vectors/codes.json` against the public names that can occur: those of the Rust core from the
 * lists that its tests write, those of the JavaScript package from its modules.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { importSource } from "../support/source.mjs";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const vectors = (name) => JSON.parse(read(`tests/vectors/${name}.json`));
const page = read("docs/errors.md");
const sorted = (all) => [...new Set(all)].sort();

const source = (name) => importSource(`pkg-template/src/${name}.ts`);
const failures = { ...(await source("failures")), ...(await source("core/errors")) };
const { WEBHOOK_FAULTS } = await source("webhook-error");
const { RECEIPT_FAULTS } = await source("receipt-error");
const { PROBLEMS, INDETERMINATE_STATUS, DEFAULT_INDETERMINATE_STATUS } = await source("verify-problems");
const facadeRules = Object.values(await source("rules"));

/** `code class` of every error. */
const codes = sorted([
  ...vectors("errors").codes.flatMap(({ code, classes }) => classes.map((name) => `${code} ${name}`)),
  ...Object.values(failures).map(({ code, name }) => `${code} ${name}`),
  ...Object.keys(WEBHOOK_FAULTS).map((code) => `${code} WebhookError`),
  ...Object.keys(RECEIPT_FAULTS).map((code) => `${code} ReceiptError`),
]);

/** The sentences of every rule. */
const rules = new Map();
for (const { name, message } of [...vectors("rules"), ...facadeRules]) {
  rules.set(name, sorted([...(rules.get(name) ?? []), message]));
}

/** The statuses of every problem of a verify service. */
const problems = new Map([
  ...Object.entries(PROBLEMS).map(([code, { status }]) => [code, String(status)]),
  [
    "indeterminate",
    sorted([...Object.values(INDETERMINATE_STATUS), DEFAULT_INDETERMINATE_STATUS].map(String)).join(", "),
  ],
]);

/** The rows of the tables under a heading, as cells. */
const rows = (heading) => {
  const begin = page.indexOf(`\n## ${heading}\n`);
  assert.ok(begin >= 0, `docs/errors.md has no heading ${heading}`);
  const section = page.slice(begin + 4).split("\n## ")[0];
  const cells = section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  assert.ok(cells.length > 0, `there is no table under ${heading}`);
  return cells;
};
const quoted = (cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, text]) => text);

test("the table of codes has every code with its classes, and no other", () => {
  const table = rows("Codes").flatMap(([code, names]) =>
    quoted(names).map((name) => `${quoted(code)} ${name}`),
  );
  assert.equal(new Set(table).size, table.length, "a code is in the table twice");
  assert.deepEqual(sorted(table), codes);
});

test("every row of the table of codes has a meaning and a hint", () => {
  for (const [code, , meaning, retryable, hint] of rows("Codes")) {
    assert.ok(meaning && retryable && hint?.endsWith("."), `${code} has no hint`);
  }
});

test("the table of rules has every rule with its sentences, and no other", () => {
  const table = rows("Rules of a ValidationError").map(([rule, sentences]) => [
    quoted(rule)[0],
    sorted(sentences.split(" / ")),
  ]);
  assert.deepEqual(new Map(table.sort()), new Map([...rules].sort()));
});

test("the table of reasons has every reason, and no other", () => {
  const table = rows("Reasons of an indeterminate verification");
  assert.deepEqual(sorted(table.map(([reason]) => quoted(reason)[0])), sorted(vectors("codes").reasons));
});

test("the table of problems has every problem with its status, and no other", () => {
  const table = rows("Problems of a verify service").map(([code, status]) => [quoted(code)[0], status]);
  assert.deepEqual(new Map(table.sort()), new Map([...problems].sort()));
});

test("a public name is never removed, and the snapshot has every one", () => {
  const snapshot = vectors("codes");
  const names = { codes, rules: sorted(rules.keys()), problems: sorted(problems.keys()) };
  for (const [kind, current] of Object.entries(names)) {
    const removed = snapshot[kind].filter((name) => !current.includes(name));
    assert.deepEqual(removed, [], `${kind} are append-only: programs rely on these`);
    const added = current.filter((name) => !snapshot[kind].includes(name));
    assert.deepEqual(added, [], `add these ${kind} to tests/vectors/codes.json`);
  }
});
