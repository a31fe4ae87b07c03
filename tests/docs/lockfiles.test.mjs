/** Lock files: what is installed to build and to test is fixed, with hashes. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8"));
const consumers = readdirSync(new URL("tests/consumers/", root))
  .map((name) => `tests/consumers/${name}`)
  .filter((folder) => existsSync(new URL(`${folder}/package.json`, root)));
const folders = [".", "benches", "docs/reference", ...consumers].filter((folder) => {
  const { dependencies, devDependencies } = read(`${folder}/package.json`);
  return dependencies !== undefined || devDependencies !== undefined;
});

test("every project that installs something has a lock file for exactly that", () => {
  assert.ok(folders.length >= 8, folders.join());
  for (const folder of folders) {
    const { dependencies, devDependencies } = read(`${folder}/package.json`);
    const { "": own } = read(`${folder}/package-lock.json`).packages;
    assert.deepEqual(
      [own.dependencies, own.devDependencies],
      [dependencies, devDependencies],
      `${folder}: run npm install --package-lock-only --omit-lockfile-registry-resolved there`,
    );
  }
});

test("every package has a version and a hash", () => {
  for (const folder of folders) {
    for (const [path, entry] of Object.entries(read(`${folder}/package-lock.json`).packages)) {
      if (path === "" || entry.link) continue;
      assert.match(entry.version ?? "", /^\d+\.\d+\.\d+/, `${folder}: ${path}`);
      assert.match(entry.integrity ?? "", /^sha(?:512|1)-/, `${folder}: ${path}`);
    }
  }
});

test("no lock file names a registry, so that any mirror can be used", () => {
  for (const folder of folders) {
    const text = readFileSync(new URL(`${folder}/package-lock.json`, root), "utf8");
    assert.doesNotMatch(text, /"resolved": "(?!\.)/, folder);
  }
});

test("versions in package.json are exact", () => {
  for (const folder of folders) {
    const { dependencies = {}, devDependencies = {} } = read(`${folder}/package.json`);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(version, /^(?:npm:(?:@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+$/, `${folder}: ${name}`);
    }
  }
});
