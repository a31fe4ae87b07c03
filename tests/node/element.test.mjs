/** `<hyperstack-verify>` where there are no elements, and what is in its script. How it behaves: tests/element. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { wasmInText } from "../support/consumers.mjs";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const script = read("pkg/dist/element.js");

test("it can be imported on a server, and defines nothing by that", async () => {
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

test("it has no core of its own: it imports the main entry, and nothing else", () => {
  assert.deepEqual(
    [...script.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from),
    ["./index.js"],
  );
  assert.deepEqual(
    [...read("pkg/dist/element.cjs").matchAll(/\brequire\("(.*?)"\)/g)].map(([, from]) => from),
    ["./index.cjs"],
  );
  // What is looked for is what the entry with the wasm has.
  assert.equal(wasmInText(read("pkg/dist/index.js")), 1);
  assert.equal(wasmInText(script), 0);
  assert.doesNotMatch(script, /WebAssembly/);
});

test("a page that uses both entries gets one wasm", async () => {
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

test("it keeps to a strict policy by construction", () => {
  assert.doesNotMatch(
    script,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b|<style|\beval\(|new Function/,
  );
});

test("it has the verify page's texts, in all its languages, as far as it shows them", () => {
  const [, literal] = /var element_texts_default = (\{[\s\S]*?\n\});/.exec(script);
  const built = new Function(`return ${literal}`)();
  const files = readdirSync(new URL("www/public/messages", root));
  assert.deepEqual(Object.keys(built).sort(), files.map((name) => name.replace(".json", "")).sort());
  const source = read("pkg-template/src/element.ts");
  const [, union] = /export type HyperstackVerifyTextKey =([^;]*);/.exec(source);
  const named = [...union.matchAll(/^ +\| "([\w.]+)"/gm)].map(([, key]) => key);
  assert.ok(named.includes("form.verify") && named.length > 40);
  for (const [language, texts] of Object.entries(built)) {
    const all = JSON.parse(read(`www/public/messages/${language}.json`));
    for (const [key, text] of Object.entries(texts)) assert.equal(text, all[key], key);
    for (const key of [...named, "verdict.valid.title", "parse.empty.todo", "reason.page_fault"]) {
      assert.equal(typeof texts[key], "string", `${language}: ${key}`);
    }
  }
});

test("docs/element.md names its attributes, parts, slots, variables and events, and no others", () => {
  const source = read("pkg-template/src/element.ts");
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
  assert.deepEqual(
    firstCells(section("## Attributes", "## Events"), /`([\w-]+)`/g),
    [
      ...found(source, /(?:get|has|set|toggle)Attribute\("(auto|endpoint|heading-level|hosts)"/g),
      "lang",
      "value",
    ].sort(),
  );
  assert.deepEqual(
    firstCells(section("## Events", "## Slots"), /`(hyperstack-\w+)`/g),
    found(source, /#tell\("(hyperstack-\w+)"/g),
  );
  const styling = section("## Slots", "## In frameworks");
  const tones = ["verified", "caution", "alarm", "neutral"].map((tone) => `card-${tone}`);
  assert.deepEqual(
    firstCells(styling.slice(0, styling.indexOf("| variable")), /`([\w-]+)`/g),
    [...found(source, /\bpart: ["`](\w+)/g), ...tones].sort(),
  );
  assert.deepEqual(
    found(/Slots[^|]*/.exec(styling)[0], /`(\w+)`/g),
    found(source, /(?:slot\(|^ +\[)"(label|hint|submit)"/gm),
  );
  assert.deepEqual(
    firstCells(styling.slice(styling.indexOf("| variable")), /`(--hyperstack-[\w-]+)`/g),
    found(read("pkg-template/src/element-style.ts"), /var\((--hyperstack-[\w-]+)/g),
  );
});
