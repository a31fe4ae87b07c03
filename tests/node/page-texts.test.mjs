/**
 * The texts of the verify page against its contract: every verdict, reason, check, state and code that
 * pkg-template/src/types.ts names, and every withheld field and parameter that the core names, has its texts in
 * www/public/messages/en.json, no text is left over, and what index.html says in words is what the messages say.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
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

/** The text of `export type <name> = …;` */
function declaration(name) {
  const found = new RegExp(`export type ${name} =([^;]*);`).exec(types);
  assert.ok(found, `types.ts declares ${name}`);
  return found[1];
}

/** The members of a union of string literals. */
const members = (text) =>
  [...text.replaceAll(/\/\/.*/g, "").matchAll(/"(\w+)"/g)].map(([, member]) => member);

const verdicts = members(declaration("Verdict"));
const reasons = members(declaration("IndeterminateReason"));
const checks = members(declaration("CheckId"));
const states = members(declaration("CheckState"));
const parseCodes = members(declaration("ParseCode"));

/**
 * The codes of each check, from the comments that head them in CheckCode. A parenthesis "(fails with "x")" adds a
 * code that stands under another check; what stands under no check can come with any.
 */
function codesByCheck() {
  const codes = [];
  let heading = null;
  for (const line of declaration("CheckCode").split("\n")) {
    const comment = /^\s*\/\/ (\w+)(.*)/.exec(line);
    if (comment) {
      heading = checks.includes(comment[1]) ? comment[1] : "any";
      for (const code of members(comment[2])) codes.push(`code.${heading}.${code}`);
    } else {
      for (const code of members(line)) codes.push(`code.${heading}.${code}`);
    }
  }
  return codes;
}

/** What the core names itself, in no type: fields it can withhold, and parameters of its checks. */
const core = read("src/verification.rs");
const named = (pattern) => [...new Set([...core.matchAll(pattern)].map(([, name]) => name))];
const withheld = named(/\b(?:withheld\.push|keep)\(\s*"([\w.]+)"/g);
const params = named(/\bparams\.\w+\(\s*"(\w+)"/g);

/** Everything the contract demands, by the part of the key before the first dot. */
const demanded = {
  verdict: verdicts.flatMap((verdict) =>
    ["title", "meaning", "limits", "advice"].map((part) => `verdict.${verdict}.${part}`),
  ),
  reason: [...reasons, "page_fault"].map((reason) => `reason.${reason}`),
  check: checks.map((check) => `check.${check}`),
  state: [...states, "pending"].map((state) => `state.${state}`),
  parse: parseCodes.flatMap((code) => [`parse.${code}`, `parse.${code}.todo`]),
  code: [...codesByCheck(), "code.unknown"],
  withheld: withheld.map((field) => `withheld.${field}`),
  param: params.map((name) => `param.${name}`),
  sample: [...verdicts, "valid_private"].map((name) => `sample.${name}`),
};

test("types.ts and verification.rs are read as they are meant", () => {
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
  const used = (key) => sources.includes(`"${key}"`) || html.includes(`data-text="${key}"`);
  const surplus = Object.keys(messages).filter(
    (key) =>
      !(key.split(".")[0] in demanded) &&
      !key.startsWith("checks.count_") &&
      key !== "page.description" &&
      !used(key),
  );
  assert.deepEqual(surplus, []);
});

test("no text is empty, given twice or marked up", () => {
  for (const [key, text] of Object.entries(messages)) {
    assert.equal(text, text.trim(), key);
    assert.notEqual(text, "", key);
    assert.doesNotMatch(text, /[<>]|&\w+;/, key);
  }
  const written = [...read("www/public/messages/en.json").matchAll(/^\s*"([\w.]+)":/gm)].map(
    ([, key]) => key,
  );
  assert.deepEqual(written, Object.keys(messages));
});

test("the words in index.html are the texts of their keys", () => {
  const places = [...html.matchAll(/<(\w+)[^>]*\sdata-text="([^"]+)"[^>]*>([^<]*)<\/\1>/g)];
  assert.equal(
    places.length,
    html.match(/\sdata-text="/g)?.length,
    "data-text only on elements that hold text alone",
  );
  for (const [, , key, text] of places) assert.equal(text, messages[key], key);
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
