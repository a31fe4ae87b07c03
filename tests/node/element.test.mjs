/** `<hyperstack-verify>` where there are no elements, and what is in its script. How it behaves: tests/element. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { wasmInText } from "../support/consumers.mjs";
import { builtScripts, importSource } from "../support/source.mjs";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const script = read("pkg/dist/element.js");

test("importing on a server works and defines nothing", async () => {
  assert.equal(globalThis.HTMLElement, undefined);
  const defined = [];
  globalThis.customElements = { get: () => undefined, define: (name) => defined.push(name) };
  try {
    const imported = await import("hyperstack-credentials/element");
    const required = createRequire(import.meta.url)("hyperstack-credentials/element");
    for (const module of [imported, required]) {
      assert.deepEqual(Object.keys(module).sort(), ["HyperstackVerifyElement", "defineHyperstackVerify"]);
    }
    assert.deepEqual(defined, []);
    imported.defineHyperstackVerify("my-verify");
    assert.deepEqual(defined, ["my-verify"]);
  } finally {
    delete globalThis.customElements;
  }
});

test("a second copy of the package does not redefine the element", async () => {
  const defined = new Map();
  globalThis.customElements = {
    get: (name) => defined.get(name),
    define: (name, element) => {
      assert.ok(!defined.has(name), `${name} is defined twice`);
      defined.set(name, element);
    },
  };
  try {
    const imported = await import("hyperstack-credentials/element");
    const required = createRequire(import.meta.url)("hyperstack-credentials/element");
    assert.notEqual(imported.HyperstackVerifyElement, required.HyperstackVerifyElement);
    for (const copy of [imported, required, imported]) copy.defineHyperstackVerify();
    assert.deepEqual([...defined.keys()], ["hyperstack-verify"]);
    defined.set("other-element", class {});
    assert.throws(() => required.defineHyperstackVerify("other-element"), /defined twice/);
  } finally {
    delete globalThis.customElements;
  }
});

test("loads the verifier's module, not the client's", () => {
  const scripts = [...builtScripts("element.js").values()];
  assert.equal(wasmInText(scripts.join("\n")), 1);
  assert.equal(wasmInText([...builtScripts("index.js").values()].join("\n")), 2);
  assert.equal(wasmInText(read("pkg/dist/element.cjs")), 1);
  for (const text of scripts) assert.doesNotMatch(text, /hyperstack\.id\/v1|credentials\.generate/);
});

test("a page that uses both entries loads one wasm", async () => {
  const contents = `
    import { parseCredentialUrl } from "hyperstack-credentials";
    import { defineHyperstackVerify } from "hyperstack-credentials/element";
    defineHyperstackVerify();
    console.log(parseCredentialUrl);`;
  const stdin = { contents, resolveDir: fileURLToPath(root) };
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
    // Without this repository's own, whose paths lead to the sources.
    tsconfigRaw: {},
  });
  assert.equal(outputFiles.length, 1);
  assert.equal(wasmInText(outputFiles[0].text), 1);
});

test("needs nothing that a strict policy forbids", () => {
  assert.doesNotMatch(
    script,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b|<style|\beval\(|new Function/,
  );
});

test("has the texts that it shows, in all languages of the page", () => {
  const [, literal] = /var element_texts_default = (\{[\s\S]*?\n\});/.exec(script);
  const built = new Function(`return ${literal}`)();
  const files = readdirSync(new URL("www/public/messages", root));
  assert.deepEqual(Object.keys(built).sort(), files.map((name) => name.replace(".json", "")).sort());
  const keys = Object.keys(built.en).sort();
  for (const key of ["form.verify", "verdict.valid.title", "parse.empty.todo", "reason.page_fault"]) {
    assert.ok(keys.includes(key), key);
  }
  for (const [language, texts] of Object.entries(built)) {
    const all = JSON.parse(read(`www/public/messages/${language}.json`));
    assert.deepEqual(Object.keys(texts).sort(), keys, language);
    for (const [key, text] of Object.entries(texts)) assert.equal(text, all[key], key);
  }
});

test("docs/element.md lists its attributes, parts, slots, variables and events, and no others", async () => {
  const { ATTRIBUTES, EVENTS, PARTS, SLOTS } = await importSource("pkg-template/src/element-contract.ts");
  const { STYLE } = await importSource("pkg-template/src/element-style.ts");
  const page = read("docs/element.md");
  const found = (text, pattern) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort();
  const section = (from, to) => page.slice(page.indexOf(from), page.indexOf(to));
  const firstCells = (text, pattern) =>
    found(
      text
        .split("\n")
        .filter((line) => line.startsWith("| `"))
        .map((line) => line.split("|")[1])
        .join(),
      pattern,
    );
  const attributes = section("## Attributes", "## Events");
  assert.deepEqual(firstCells(attributes, /`([\w-]+)`/g), [...ATTRIBUTES].sort());
  assert.deepEqual(firstCells(section("## Events", "## Slots"), /`(hyperstack-\w+)`/g), [...EVENTS].sort());
  const styling = section("## Slots", "## In frameworks");
  const [parts, variables] = [
    styling.slice(0, styling.indexOf("| variable")),
    styling.slice(styling.indexOf("| variable")),
  ];
  assert.deepEqual(firstCells(parts, /`([\w-]+)`/g), [...PARTS].sort());
  assert.deepEqual(found(/Slots[^|]*/.exec(styling)[0], /`(\w+)`/g), [...SLOTS].sort());
  assert.deepEqual(
    firstCells(variables, /`(--hyperstack-[\w-]+)`/g),
    found(STYLE, /var\((--hyperstack-[\w-]+)/g),
  );
});
