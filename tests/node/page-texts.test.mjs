/**
 * The texts of the verify page: every verdict, reason, check and state that pkg-template/src/types.ts names, and every code,
 * parameter and withheld field of the expected verifications (tests/vectors) has its text in www/public/messages/en.json.
 * No text is left over, index.html has the words of the messages, and every other language has the same texts.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");

const messages = JSON.parse(read("www/public/messages/en.json"));
const types = read("pkg-template/src/types.ts");
const html = read("www/public/index.html");
const sources = readdirSync(new URL("www/src/", root))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => read(`www/src/${name}`))
  .join("\n");

/** The text of `export type <name> = …;` without its comments. */
function declaration(name) {
  const found = new RegExp(`export type ${name} =([^;]*);`).exec(
    types.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""),
  );
  assert.ok(found, `types.ts declares ${name}`);
  return found[1];
}

/** The members of a union of string literals. */
const members = (text) => [...text.matchAll(/"(\w+)"/g)].map(([, member]) => member);

const verdicts = members(declaration("Verdict"));
const reasons = members(declaration("IndeterminateReason"));
const checks = members(declaration("CheckId"));
const states = members(declaration("CheckState"));
const parseCodes = members(declaration("ParseCode"));

/** The verification that each vector expects. */
const vectors = readdirSync(new URL("tests/vectors/", root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `tests/vectors/${name}/expected.json`)
  .filter((path) => existsSync(new URL(path, root)))
  .map((path) => JSON.parse(read(path)));
const allChecks = vectors.flatMap((verification) => verification.checks);

/** The codes of each check. What ends a check early is explained by the text of the input's fault or of the reason. */
const codes = allChecks
  .filter(({ code }) => ![...parseCodes, ...reasons, "not_reached"].includes(code))
  .map(({ id, code }) => `code.${id}.${code}`);
const withheld = vectors.flatMap((verification) => verification.withheld);
const params = [
  ...allChecks.flatMap((check) => Object.keys(check.params)),
  // What the runtime says of a lost connection, which no vector can hold.
  "cause",
];

/** Everything the contract demands, by the part of the key before the first dot. */
const demanded = {
  verdict: verdicts.flatMap((verdict) =>
    ["title", "meaning", "limits", "advice"].map((part) => `verdict.${verdict}.${part}`),
  ),
  reason: [...reasons, "page_fault"].map((reason) => `reason.${reason}`),
  check: checks.map((check) => `check.${check}`),
  state: [...states, "pending"].map((state) => `state.${state}`),
  parse: parseCodes.flatMap((code) => [`parse.${code}`, `parse.${code}.todo`]),
  code: [...codes, "code.any.not_reached", "code.unknown"],
  withheld: withheld.map((field) => `withheld.${field}`),
  param: params.map((name) => `param.${name}`),
  // What the package may ask for before a badge draft is signed.
  missing: [
    ...read("pkg-template/src/exports.ts").matchAll(/\bask\(\s*.*?,\s*["`][^"`]*["`],\s*"([\w.]+)"/gs),
  ].map(([, detail]) => `missing.${detail}`),
  sample: [...verdicts, "valid_private"].map((name) => `sample.${name}`),
};

test("types and vectors are read as they are meant", () => {
  assert.ok(withheld.includes("recipient.email") && withheld.includes("credential"), withheld.join());
  assert.ok(params.includes("valid_until") && params.includes("http_status"), params.join());
  assert.equal(checks.length, 13);
  assert.ok(verdicts.includes("valid") && verdicts.includes("indeterminate"));
  for (const key of ["code.status.revoked", "code.validity_period.expired", "code.any.not_reached"]) {
    assert.ok(demanded.code.includes(key), key);
  }
});

for (const [family, keys] of Object.entries(demanded)) {
  test(`texts ${family}.* are those of the contract, none missing and none left over`, () => {
    const present = Object.keys(messages).filter((key) => key.startsWith(`${family}.`));
    assert.deepEqual(present.sort(), [...new Set(keys)].sort());
  });
}

test("every state is counted in words", () => {
  for (const state of states) assert.ok(messages[`checks.count_${state}`], state);
});

test("every other text is used by the page", () => {
  const used = (key) =>
    sources.includes(`"${key}"`) ||
    html.includes(`data-text="${key}"`) ||
    html.includes(`data-label="${key}"`) ||
    // One for each column and each group of rows, by the names that the sources have for them.
    /^list\.(column|show)_/.test(key);
  const surplus = Object.keys(messages).filter(
    (key) => !(key.split(".")[0] in demanded) && !key.startsWith("checks.count_") && !used(key),
  );
  assert.deepEqual(surplus, []);
});

/** Every catalogue by its language. */
const catalogues = Object.fromEntries(
  readdirSync(new URL("www/public/messages/", root)).map((file) => [
    file.replace(/\.json$/, ""),
    read(`www/public/messages/${file}`),
  ]),
);

test("every language of the page has a file, and every file is a language of the page", () => {
  const declared = /export const languages = \{([^;]*)\} as const/.exec(read("www/src/messages.ts"));
  const codes = [...declared[1].matchAll(/^ {2}(\w+): \{ name: "([^"]+)", direction: "(ltr|rtl)" \}/gm)];
  assert.deepEqual(codes.map(([, code]) => code).sort(), Object.keys(catalogues).sort());
  assert.ok(
    codes.some(([, , , direction]) => direction === "rtl"),
    "one of them is written from right to left",
  );
});

for (const [language, source] of Object.entries(catalogues)) {
  test(`${language}: no text is empty, given twice or marked up`, () => {
    for (const [key, text] of Object.entries(JSON.parse(source))) {
      assert.equal(text, text.trim(), key);
      assert.notEqual(text, "", key);
      assert.doesNotMatch(text, /[<>]|&\w+;/, key);
      // Direction is the markup's; an invisible mark in a text would be an accident.
      assert.doesNotMatch(text, /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u, key);
    }
    const written = [...source.matchAll(/^\s*"([\w.]+)":/gm)].map(([, key]) => key);
    assert.deepEqual(written, Object.keys(JSON.parse(source)));
  });

  if (language === "en") continue;
  test(`${language}: the same texts as in English, in the same order, with the same placeholders`, () => {
    const texts = JSON.parse(source);
    assert.deepEqual(Object.keys(texts), Object.keys(messages));
    const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g))].sort();
    for (const [key, text] of Object.entries(texts)) {
      assert.deepEqual(placeholders(text), placeholders(messages[key]), key);
    }
    // What a language leaves as it is in English, it does on purpose.
    const same = Object.keys(texts).filter((key) => texts[key] === messages[key]);
    assert.ok(same.length <= 8, same.join());
  });

  test(`${language}: verdicts are told apart by their titles`, () => {
    const texts = JSON.parse(source);
    const titles = verdicts.map((verdict) => texts[`verdict.${verdict}.title`]);
    assert.equal(new Set(titles).size, verdicts.length, titles.join());
  });
}

test("the words in index.html are the texts of their keys", () => {
  const places = [...html.matchAll(/<(\w+)[^>]*\sdata-text="([^"]+)"[^>]*>([^<]*)<\/\1>/g)];
  assert.equal(
    places.length,
    html.match(/\sdata-text="/g)?.length,
    "data-text only on elements that hold text alone",
  );
  for (const [, , key, text] of places) assert.equal(text, messages[key], key);
  const labels = [...html.matchAll(/aria-label="([^"]*)"\s+data-label="([^"]+)"/g)];
  assert.equal(labels.length, html.match(/\sdata-label="/g)?.length, "aria-label stands before data-label");
  for (const [, text, key] of labels) assert.equal(text, messages[key], key);
  const description = /<meta name="description" content="([^"]*)"/.exec(html);
  assert.equal(description?.[1], messages["page.description"]);
});

test("the page keeps to its Content-Security-Policy by construction", () => {
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|="javascript:|<script(?![^>]*\ssrc=)/i);
  assert.doesNotMatch(
    sources,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b|\beval\(|new Function/,
  );
});

test("texts never call a credential fake except to say that this is not meant", () => {
  for (const [key, text] of Object.entries(messages)) {
    if (/\bfakes?\b/i.test(text)) assert.match(text, /does not mean|not mean that/, key);
  }
});

test("what the page bundles from others stands in third-party.txt, in the version that is installed", () => {
  const { name, version } = JSON.parse(read("node_modules/uqr/package.json"));
  const notice = read("www/public/third-party.txt");
  assert.ok(notice.includes(`${name} ${version} `), notice.split("\n")[0]);
  assert.ok(notice.includes(read("node_modules/uqr/LICENSE").trim()));
  const bundled = [...sources.matchAll(/from "([^."][^"]*)"/g)].map(([, from]) => from);
  assert.deepEqual(
    [...new Set(bundled)].filter((from) => !from.startsWith("hyperstack-credentials")),
    [name],
  );
});
