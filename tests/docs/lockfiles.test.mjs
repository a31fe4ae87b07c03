/** Lock files: what is installed to build and to test is fixed, with hashes. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8"));
/** The projects in a folder. */
const projectsIn = (folder) =>
  readdirSync(new URL(`${folder}/`, root))
    .map((name) => `${folder}/${name}`)
    .filter((project) => existsSync(new URL(`${project}/package.json`, root)));
const examples = projectsIn("examples");
/** Tools that are older than the repository's, because the framework needs an older version. */
const EXCEPTIONS = new Set(["examples/angular typescript", "examples/next typescript"]);

/** The packages that a project installs from the registry. Examples name this package, which is not there yet. */
function installedBy(folder) {
  const { dependencies = {}, devDependencies = {} } = read(`${folder}/package.json`);
  const { "hyperstack-credentials": own, ...others } = dependencies;
  return { own, dependencies: others, devDependencies };
}

const folders = [".", "benches", "docs/reference", ...projectsIn("tests/consumers"), ...examples].filter(
  (folder) => {
    const { dependencies, devDependencies } = installedBy(folder);
    return Object.keys({ ...dependencies, ...devDependencies }).length > 0;
  },
);

test("every project that installs something has a lock file for exactly that", () => {
  assert.ok(folders.length >= 8, folders.join());
  for (const folder of folders) {
    const { dependencies, devDependencies } = installedBy(folder);
    const { "": own } = read(`${folder}/package-lock.json`).packages;
    assert.deepEqual(
      [own.dependencies ?? {}, own.devDependencies ?? {}],
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
    const { dependencies, devDependencies } = installedBy(folder);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(version, /^(?:npm:(?:@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+$/, `${folder}: ${name}`);
    }
  }
});

test("examples name this version of the package, and use the repository's versions of shared tools", () => {
  const cargo = readFileSync(new URL("Cargo.toml", root), "utf8");
  const [, version] = /\[workspace\.package\]\s+version = "([^"]+)"/.exec(cargo);
  const shared = installedBy(".").devDependencies;
  assert.ok(examples.length > 0);
  for (const folder of examples) {
    const { own, dependencies, devDependencies } = installedBy(folder);
    assert.equal(own, `^${version}`, folder);
    for (const [name, wanted] of Object.entries({ ...dependencies, ...devDependencies }))
      if (name in shared && !EXCEPTIONS.has(`${folder} ${name}`))
        assert.equal(wanted, shared[name], `${folder}: ${name}`);
  }
});
