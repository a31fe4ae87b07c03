/**
 * The packed package's declarations, with the oldest TypeScript that they support and the one of the lock file, strict
 * and without `skipLibCheck`: the uses of tests/types, and every subpath.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { project, toolEnvironment } from "../support/consumers.mjs";

const cwd = project("types");
const root = fileURLToPath(new URL("../../", import.meta.url));
/** 4.8 does not find the subpaths' declarations from CommonJS. */
const oldest = join(cwd, "node_modules/typescript-4.9/bin/tsc");
const newest = join(root, "node_modules/typescript/bin/tsc");

const modules = ["api.ts", "fixtures.ts", "subpaths.mts"];
/** In pages only: it needs the types of the DOM. */
const inPages = [...modules, "element.ts"];
const node16 = { module: "node16", moduleResolution: "node16" };
const bundler = { module: "esnext", moduleResolution: "bundler" };
const web = { lib: ["ES2022", "DOM", "DOM.Iterable"], types: [] };

before(() => cpSync(join(root, "tests/types"), cwd, { recursive: true }));

/** What a compiler says of the files. */
function check(compiler, files, options) {
  const config = join(cwd, "tsconfig.json");
  const compilerOptions = {
    target: "ES2022",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const args = [compiler, "--pretty", "false", "--listFiles", "--project", config];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env: toolEnvironment() }, (error, stdout) => {
      const lines = stdout.trim().split("\n");
      const declarations = lines.filter((line) => line.includes("node_modules/hyperstack-credentials/dist/"));
      resolve({
        failed: error !== null,
        complaints: lines.filter((line) => /error TS/.test(line)),
        declarations,
      });
    });
  });
}

for (const [name, compiler, files, options] of [
  ["4.9, modules", oldest, inPages, { ...node16, ...web }],
  ["4.9, CommonJS", oldest, ["subpaths.cts"], { ...node16, ...web }],
  ["4.9, as before `exports`", oldest, ["api.ts"], { module: "commonjs", moduleResolution: "node", ...web }],
  ["newest, modules", newest, inPages, { ...node16, ...web }],
  ["newest, CommonJS", newest, ["subpaths.cts"], { ...node16, ...web }],
  ["newest, with a bundler", newest, inPages, { ...bundler, ...web }],
  ["newest, Node without the DOM", newest, modules, { ...node16, lib: ["ES2022"], types: ["node"] }],
]) {
  test(`TypeScript ${name}`, async () => {
    const { failed, complaints, declarations } = await check(compiler, files, options);
    assert.deepEqual(complaints, []);
    assert.equal(failed, false);
    assert.ok(declarations.length > 5, "the package's declarations were not read");
  });
}

/** React 18 under the name by which it is imported. */
const react18 = {
  paths: { react: ["./node_modules/types-react-18"], "react/*": ["./node_modules/types-react-18/*"] },
};

for (const [name, file, options] of [
  ["React 19", "react.tsx", { jsx: "react-jsx" }],
  ["React 18", "react-18.tsx", { jsx: "react-jsx", ...react18 }],
  ["Preact", "preact.tsx", { jsx: "react-jsx", jsxImportSource: "preact" }],
  ["Solid", "solid.tsx", { jsx: "preserve", jsxImportSource: "solid-js" }],
]) {
  test(`${name} knows the element and its props`, async () => {
    const settings = { ...bundler, ...web, ...options };
    const { failed, complaints, declarations } = await check(newest, [file], settings);
    assert.deepEqual(complaints, []);
    assert.equal(failed, false);
    assert.ok(
      declarations.some((line) => /dist\/element-\w+\.d\.ts$/.test(line)),
      "the entry was not read",
    );
  });
}

test("TypeScript reports a mistake", async () => {
  writeFileSync(
    join(cwd, "mistake.mts"),
    'import { Hyperstack } from "hyperstack-credentials";\nnew Hyperstack({ token: 1 });\n',
  );
  for (const compiler of [oldest, newest]) {
    const { complaints } = await check(compiler, ["mistake.mts"], { ...node16, ...web });
    assert.match(complaints.join(), /mistake\.mts\(2,\d+\): error TS2322/);
  }
});
