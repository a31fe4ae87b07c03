/**
 * What would be deployed: wrangler's own bundle of the Worker, made without deploying it, and the files beside it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "target/wrangler/bundle");
const token = "this-token-must-not-be-bundled";

const bytesOf = (path) => readFileSync(join(root, path));
const filesBelow = (path) =>
  readdirSync(join(root, path), { recursive: true })
    .map((name) => join(path, name))
    .filter((name) => statSync(join(root, name)).isFile());

describe("the Worker as it is deployed", () => {
  let output;
  let script;
  before(async () => {
    rmSync(folder, { recursive: true, force: true });
    const { PATH, HOME } = process.env;
    const { stdout, stderr } = await promisify(execFile)(
      process.env.WRANGLER_NODE ?? join(root, "node_modules/.bin/node"),
      [
        join(root, "node_modules/wrangler/bin/wrangler.js"),
        ...["deploy", "--dry-run", "--config", join(root, "www/wrangler.jsonc"), "--outdir", folder],
      ],
      {
        cwd: root,
        env: {
          PATH,
          HOME,
          NO_COLOR: "1",
          WRANGLER_SEND_METRICS: "false",
          WRANGLER_LOG_PATH: join(root, "target/wrangler/logs"),
          HYPERSTACK_API_TOKEN: token,
          SOMETHING_ELSE: token,
        },
      },
    );
    output = stdout + stderr;
    script = readFileSync(join(folder, "worker.js"), "utf8");
  });

  test("holds the wasm once, as a module that is the package's file", () => {
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
    // The start of any wasm file, as the inlined entry holds it and in base64, and how else one gets at it.
    const inlined = /# \* \} 6\$###|AGFzbQ|\batob\(|DecompressionStream/;
    assert.match(bytesOf("pkg/dist/index.js").toString("latin1"), inlined);
    assert.doesNotMatch(script, inlined);
    assert.ok(script.length < 100_000, `${script.length} bytes`);
  });

  test("has exactly the bindings of wrangler.jsonc, and no token", () => {
    const bindings = [...output.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name).sort();
    assert.deepEqual(bindings, [
      "ALLOWED_ORIGINS",
      "ASSETS",
      "HYPERSTACK_ALLOW_METADATA",
      "HYPERSTACK_API_BASE",
      "HYPERSTACK_COMPARE_NAMES",
      "HYPERSTACK_HOSTS",
      "HYPERSTACK_ISSUER_LABEL",
      "VERIFY_LIMIT",
    ]);
    assert.ok(!output.includes(token) && !script.includes(token));
  });
});

test("no token, and nothing to send one with, is in the page's files", () => {
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
