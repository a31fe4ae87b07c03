/** The packed package as a file: what publint and are-the-types-wrong say of it, and what is in it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire, SourceMap } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { project, run } from "../support/consumers.mjs";

const cwd = project("manifest");
const tarball = process.env.HYPERSTACK_TARBALL;
const installed = join(cwd, "node_modules/hyperstack-credentials");
const read = (path) => readFileSync(join(installed, path));
const require = createRequire(join(cwd, "package.json"));

test("passes publint", async () => {
  assert.match(await run(cwd, ".bin/publint", ["--strict", tarball]), /All good!/);
});

test("every entry resolves correctly (are-the-types-wrong)", async () => {
  // Its exit code is 1 where it finds a problem. No rule is ignored and no entry left out.
  const { analysis, problems } = JSON.parse(await run(cwd, ".bin/attw", [tarball, "--format", "json"]));
  assert.deepEqual(problems ?? {}, {});
  assert.deepEqual(
    Object.keys(analysis.entrypoints).sort(),
    Object.keys(JSON.parse(read("package.json")).exports).sort(),
  );
});

test("contains the expected files and no others", () => {
  const files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
  const unexpected = files.filter(
    (name) =>
      !/^(package\.json|(README|CHANGELOG)\.md|llms\.txt|LICENSE-(MIT|APACHE)|dist\/cli-licenses\.txt|dist\/(resources\/)?[\w.-]+\.(js|cjs|d\.ts|d\.cts|wasm|js\.map|cjs\.map))$/.test(
        name,
      ),
  );
  assert.deepEqual(unexpected, []);
  for (const name of ["README.md", "CHANGELOG.md", "llms.txt", "LICENSE-MIT", "LICENSE-APACHE"])
    assert.ok(files.includes(name), name);
  assert.deepEqual(files.filter((name) => name.endsWith(".wasm")).sort(), [
    "dist/hyperstack_credentials_bg.wasm",
    "dist/hyperstack_verifier_bg.wasm",
  ]);
});

test("refers to no missing file", () => {
  const dist = readdirSync(join(installed, "dist"), { recursive: true, withFileTypes: true });
  for (const entry of dist.filter((entry) => entry.isFile())) {
    const name = join(entry.parentPath, entry.name).slice(join(installed, "dist").length + 1);
    const text = read(`dist/${name}`).toString("latin1");
    const [, map] = /^\/\/# sourceMappingURL=(.*)$/m.exec(text) ?? [];
    if (map !== undefined) assert.ok(existsSync(join(installed, "dist", map)), `${name}: ${map}`);
    assert.doesNotMatch(text, /["'(]\/(home|root|tmp|work|Users)\//, name);
  }
});

test("has the version of Cargo.toml", () => {
  const cargo = readFileSync(new URL("../../Cargo.toml", import.meta.url), "utf8");
  const [, version] = /\[workspace\.package\]\s+version = "([^"]+)"/.exec(cargo);
  assert.equal(JSON.parse(read("package.json")).version, version);
});

test("exports the hashes of the wasm files, in both module systems", async () => {
  const hashOf = (file) =>
    `sha384-${createHash("sha384")
      .update(read(`dist/${file}`))
      .digest("base64")}`;
  const hashes = {
    wasmIntegrity: hashOf("hyperstack_credentials_bg.wasm"),
    verifierIntegrity: hashOf("hyperstack_verifier_bg.wasm"),
  };
  const required = require("hyperstack-credentials/integrity");
  const imported = await import(require.resolve("hyperstack-credentials/integrity").replace(/cjs$/, "js"));
  assert.deepEqual([{ ...required }, { ...imported }], [hashes, hashes]);
});

test("maps every script to its TypeScript, without the wasm", () => {
  const scripts = readdirSync(join(installed, "dist")).filter((name) => /\.c?js$/.test(name));
  // These have no source: the build writes a line into them.
  const written = /^(?:integrity|element-(?:react|preact|solid))\./;
  for (const name of scripts.filter((name) => !written.test(name))) {
    const { sources, sourcesContent } = JSON.parse(read(`dist/${name}.map`));
    for (const [at, source] of sources.entries()) {
      assert.match(source, /^\.\.\/(src|libraries|generated)\/[\w./@-]+$/, name);
      const content = sourcesContent[at];
      if (source.endsWith("_bg.wasm.js")) assert.match(content, /left out/, `${name}: ${source}`);
      else assert.ok(content.length > 0, `${name}: ${source}`);
    }
  }
  // A line of the facade's source is found where the map says.
  const map = new SourceMap(JSON.parse(read("dist/node.js.map")));
  const lines = read("dist/node.js").toString().split("\n");
  const line = lines.findIndex((text) => text.includes("var Hyperstack = class"));
  const { originalSource, originalLine } = map.findEntry(line, lines[line].indexOf("class"));
  assert.match(originalSource, /\/src\/hyperstack\.ts$/);
  const source = readFileSync(new URL("../../pkg-template/src/hyperstack.ts", import.meta.url), "utf8");
  assert.match(source.split("\n")[originalLine], /class Hyperstack /);
});

test("llms.txt links only to files in the package and to the web", () => {
  const links = [
    ...read("llms.txt")
      .toString()
      .matchAll(/\]\(([^)]+)\)/g),
  ].map(([, target]) => target);
  assert.ok(links.includes("README.md") && links.includes("CHANGELOG.md"));
  for (const target of links)
    assert.ok(target.startsWith("https://") || existsSync(join(installed, target)), target);
});
