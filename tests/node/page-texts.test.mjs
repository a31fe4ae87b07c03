/**
 * The texts of the verify page against its contract: every verdict, reason, check, state, code, parameter and withheld field
 * has its texts in www/public/messages/en.json, no text is left over, what index.html says in words is what the messages
 * say, and every other language has the same texts.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { loadCases } from "../support/cases.mjs";
import { importSource } from "../support/source.mjs";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");

const messages = JSON.parse(read("www/public/messages/en.json"));
const html = read("www/public/index.html");
const sources = readdirSync(new URL("www/src/", root))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => read(`www/src/${name}`))
  .join("\n");

const { verdicts, reasons, checks, states, params } = JSON.parse(read("tests/vectors/codes.json"));
const expectations = loadCases().map(({ expected }) => expected);
const occurring = expectations.flatMap((expected) => expected.checks);
/** Why an input is not a credential link. */
const parseCodes = [
  ...new Set(
    occurring
      .filter(
        ({ id, state }) => state === "fail" && ["input_parse", "host_trusted", "id_format"].includes(id),
      )
      .map(({ code }) => code),
  ),
];
/** The codes of each check, as the cases show them: every code occurs in some case. */
const codesByCheck = [
  ...new Set(
    occurring
      .filter(({ code }) => !parseCodes.includes(code) && !reasons.includes(code))
      .map(({ id, code }) => `code.${code === "not_reached" ? "any" : id}.${code}`),
  ),
];
const withheld = [...new Set(expectations.flatMap((expected) => expected.withheld))];

/** The details that a badge draft can lack. */
const { toOpenBadgeDraft } = await importSource("pkg-template/src/open-badge.ts");
const now = Date.parse("2026-01-01T00:00:00Z");
const verified = expectations.find(({ verdict }) => verdict === "valid");
const bare = {
  ...verified,
  issuer_label: null,
  checked_at: new Date(now).toISOString(),
  credential: {
    ...verified.credential,
    valid_until: null,
    recipient: null,
    group: { title: null, code: null },
  },
};
const missing = [...new Set(toOpenBadgeDraft(bare, { now }).missing.map(({ detail }) => detail))];

/** Everything the contract demands, by the part of the key before the first dot. */
const demanded = {
  verdict: verdicts.flatMap((verdict) =>
    ["title", "meaning", "limits", "more", "advice"].map((part) => `verdict.${verdict}.${part}`),
  ),
  reason: [...reasons, "page_fault"].map((reason) => `reason.${reason}`),
  check: checks.map((check) => `check.${check}`),
  state: states.map((state) => `state.${state}`),
  parse: parseCodes.flatMap((code) => [`parse.${code}`, `parse.${code}.todo`]),
  // One line says it for all that were not reached.
  code: [...codesByCheck.filter((key) => key !== "code.any.not_reached"), "code.unknown"],
  withheld: withheld.map((field) => `withheld.${field}`),
  param: params.map((name) => `param.${name}`),
  missing: missing.map((detail) => `missing.${detail}`),
  sample: [...verdicts, "valid_private"].map((name) => `sample.${name}`),
};

test("the cases cover the codes of the texts", () => {
  assert.ok(withheld.includes("recipient.email") && withheld.includes("credential"), withheld.join());
  assert.ok(params.includes("valid_until") && params.includes("http_status"), params.join());
  assert.ok(verdicts.includes("valid") && verdicts.includes("indeterminate"));
  assert.ok(missing.includes("achievement.criteria"), missing.join());
  for (const key of ["code.status.revoked", "code.validity_period.expired"]) {
    assert.ok(demanded.code.includes(key), key);
  }
});

for (const [family, keys] of Object.entries(demanded)) {
  test(`texts ${family}.* are complete and none is unused`, () => {
    const present = Object.keys(messages).filter((key) => key.startsWith(`${family}.`));
    assert.deepEqual(present.sort(), [...new Set(keys)].sort());
  });
}

test("every state has a count in words", () => {
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

test("every language of the page has a file, and every file is a language of the page", async () => {
  const { languages } = await importSource("www/src/messages.ts");
  assert.deepEqual(Object.keys(languages).sort(), Object.keys(catalogues).sort());
  const directions = Object.values(languages).map(({ direction }) => direction);
  assert.ok(directions.includes("rtl"), "one of them is written from right to left");
});

for (const [language, source] of Object.entries(catalogues)) {
  test(`${language}: no text is empty, duplicate or has markup`, () => {
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

  test(`${language}: every verdict has its own title`, () => {
    const texts = JSON.parse(source);
    const titles = verdicts.map((verdict) => texts[`verdict.${verdict}.title`]);
    assert.equal(new Set(titles).size, verdicts.length, titles.join());
  });
}

test("the words in index.html are those of their keys", () => {
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

test("the page uses nothing that its Content-Security-Policy forbids", () => {
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|="javascript:|<script(?![^>]*\ssrc=)/i);
  assert.doesNotMatch(
    sources,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b|\beval\(|new Function/,
  );
});

test("no name of a check contradicts its failure", () => {
  // "The account answered: failed" is about a credential that the account does not have.
  for (const check of checks)
    assert.doesNotMatch(messages[`check.${check}`], /respond|answer|passed/i, check);
});

test("texts never call a credential fake, except to deny it", () => {
  for (const [key, text] of Object.entries(messages)) {
    if (/\bfakes?\b/i.test(text)) assert.match(text, /does not mean|not mean that/, key);
  }
});

test("third-party.txt lists the bundled packages in their installed versions", () => {
  const notice = read("www/public/third-party.txt");
  const licences = { uqr: "LICENSE", qr: "LICENSE-MIT" };
  for (const [name, licence] of Object.entries(licences)) {
    const { version } = JSON.parse(read(`node_modules/${name}/package.json`));
    assert.ok(notice.includes(` ${name} ${version} `), name);
    assert.ok(notice.includes(read(`node_modules/${name}/${licence}`).trim()), name);
  }
  const bundled = [...sources.matchAll(/from "([^."/][^"/]*)/g)].map(([, from]) => from);
  assert.deepEqual(
    [...new Set(bundled)].filter((from) => from !== "hyperstack-credentials").sort(),
    Object.keys(licences).sort(),
  );
});
