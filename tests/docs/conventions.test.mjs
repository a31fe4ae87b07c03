/** Tests the files that hosts and tools read: issue forms, the dev container and llms.txt. No file shows a placeholder. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");

test("every issue form has fields with unique names", () => {
  const folder = ".github/ISSUE_TEMPLATE/";
  const forms = readdirSync(new URL(folder, root)).filter((name) => name !== "config.yml");
  assert.ok(forms.length >= 3);
  for (const form of forms) {
    const { name, description, body } = parse(read(folder + form));
    assert.ok(name && description, form);
    const fields = body.filter(({ type }) => type !== "markdown");
    for (const { type, attributes } of fields) {
      assert.ok(["textarea", "input", "dropdown"].includes(type), `${form}: ${type}`);
      assert.ok(attributes.label, form);
    }
    const ids = fields.map(({ id }) => id);
    assert.equal(new Set(ids).size, fields.length, `${form}: ${ids}`);
  }
});

test("the dev container has the tools that CONTRIBUTING.md asks for", () => {
  const text = read(".devcontainer/devcontainer.json").replace(/^\s*\/\/.*$/gm, "");
  const { features, postCreateCommand } = JSON.parse(text);
  const names = Object.keys(features).map((name) => name.split("/").at(-1).split(":")[0]);
  assert.deepEqual(names, ["rust", "node", "python"]);
  assert.equal(postCreateCommand, "cargo xtask setup");
});

test("llms.txt has the form of llmstxt.org, and its links lead to files", () => {
  const text = read("llms.txt");
  assert.match(text, /^# hyperstack-credentials\n\n> .+\n\n/);
  const links = [...text.matchAll(/^- \[([^\]]+)\]\(([^)]+)\): .+$/gm)].map(([, , target]) => target);
  assert.ok(links.length > 8);
  for (const target of links) assert.ok(existsSync(new URL(target, root)), target);
  const sections = [...text.matchAll(/^## (.*)$/gm)].map(([, name]) => name);
  assert.deepEqual(sections, ["Documentation", "Optional"]);
});

test("every example has a README that fits on a screen and is in the index", () => {
  const index = read("examples/README.md");
  const folders = readdirSync(new URL("examples/", root), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  assert.ok(folders.length >= 10);
  for (const { name } of folders) {
    const lines = read(`examples/${name}/README.md`).split("\n");
    assert.ok(lines.length <= 60, `${name}: ${lines.length} lines`);
    assert.ok(
      lines.some((line) => line.includes("HYPERSTACK_API_TOKEN")),
      `${name} names no variable`,
    );
    assert.ok(index.includes(`](${name}/README.md)`), `the index does not link to ${name}`);
  }
});

/** Text that an author would have to replace. */
const PLACEHOLDER =
  /<(?:this|your|the) (?:repo|repository|project|package|org|name|email)[^>]*>|<(?:owner|org|user|repo)>|example\.com\/your|your-(?:org|name|repo|username|email)|\byou@|INSERT [A-Z]/i;

test("no file shows a placeholder", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: fileURLToPath(root), encoding: "utf8" });
  // The rule for the repository's address names its parts. Only the publisher sees it.
  const exceptions = ["tests/docs/conventions.test.mjs", "xtask/src/project.rs", "CONTRIBUTING.md"];
  const shown = files
    .split("\0")
    .filter((path) => /\.(?:md|mdx|txt|html|ya?ml|toml|jsonc?|ts|tsx|js|mjs|rs)$/.test(path))
    .filter((path) => !exceptions.includes(path) && existsSync(new URL(path, root)))
    .flatMap((path) =>
      read(path)
        .split("\n")
        .filter((line) => PLACEHOLDER.test(line))
        .map((line) => `${path}: ${line.trim().slice(0, 120)}`),
    );
  assert.deepEqual(shown, []);
  for (const text of [
    "--template=<this repository>/template",
    "https://github.com/<owner>/x",
    "write to you@acme.example",
  ])
    assert.match(text, PLACEHOLDER);
});
