/**
 * What would be deployed: wrangler's own bundle of the Worker, made without deploying it, and the files beside it.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { configuration } from "../support/worker-module.mjs";
import { dryRun } from "../support/workerd.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "target/wrangler/bundle");
const token = "this-token-must-not-be-bundled";

const bytesOf = (path) => readFileSync(join(root, path));
const filesBelow = (path) =>
  readdirSync(join(root, path), { recursive: true })
    .map((name) => join(path, name))
    .filter((name) => statSync(join(root, name)).isFile());

describe("the deployed Worker", () => {
  let output;
  let script;
  before(async () => {
    output = await dryRun(folder, { env: { HYPERSTACK_API_TOKEN: token, SOMETHING_ELSE: token } });
    script = readFileSync(join(folder, "worker.js"), "utf8");
  });

  test("contains the wasm once, as the package's file", () => {
    const modules = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
    assert.equal(modules.length, 1, modules.join());
    assert.deepEqual(
      readFileSync(join(folder, modules[0])),
      bytesOf("pkg/dist/hyperstack_credentials_bg.wasm"),
    );
    const imports = script.match(/^import .*$/gm) ?? [];
    assert.equal(imports.filter((line) => line.includes(".wasm")).length, 1, imports.join("\n"));
  });

  test("has no wasm inside its script", () => {
    // The start of every wasm file, as text the way the inlined entry has it and in base64.
    const inlined = /# \* \} 6\$###|AGFzbQ/;
    assert.match(bytesOf("pkg/dist/index.js").toString("latin1"), inlined);
    assert.doesNotMatch(script, inlined);
    // With the wasm inside it would be more than 500 000.
    assert.ok(script.length < 200_000, `${script.length} bytes`);
  });

  test("has exactly the bindings of wrangler.jsonc, and no token", () => {
    const bindings = [...output.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name).sort();
    const variables = Object.keys(configuration().vars);
    assert.deepEqual(bindings, ["ASSETS", "VERIFY_LIMIT", "LIST_LIMIT", ...variables].sort());
    assert.ok(!output.includes(token) && !script.includes(token));
  });
});

test("the page's files contain no token and nothing that sends one", () => {
  const files = filesBelow("www/dist");
  assert.ok(files.some((name) => name.endsWith("app.js")));
  const literal = /\b(?:Bearer [\w-]{8,}|(?:test|demo)-[0-9a-f]{32,}|sandbox-token)/;
  for (const name of [...files, ...filesBelow("pkg")]) {
    const text = bytesOf(name).toString("latin1");
    assert.doesNotMatch(text, literal, name);
    if (process.env.HYPERSTACK_API_TOKEN) assert.ok(!text.includes(process.env.HYPERSTACK_API_TOKEN), name);
  }
  for (const name of files) {
    assert.doesNotMatch(
      bytesOf(name).toString("latin1"),
      /HYPERSTACK_API_TOKEN|api\.thehyperstack\.com\/v1/,
      name,
    );
  }
});
