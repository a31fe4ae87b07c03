/** Tests that the README is short, and that its first screen says what a newcomer must know. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");
const [start, first] = readme.split(/^## /m);

test("has at most 1 200 words, code included, as wc -w counts", () => {
  const words = readme.split(/\s+/).filter(Boolean).length;
  assert.ok(words <= 1200, `${words} words`);
});

test("says before the first heading that it is not on npm and was not tried against the live API, and shows a picture", () => {
  assert.match(start, /^> \[!IMPORTANT\]\n(?:> .*\n)*> .*not on npm/m);
  assert.match(start, /^> .*not tried against the live API/m);
  assert.match(start, /^> .*\(sandbox\/README\.md\)/m);
  const [, picture] = /^<img src="([^"]+)" width="\d+" alt="[^"]+">$/m.exec(start);
  assert.ok(existsSync(new URL(picture, root)), picture);
});

test("begins with the installation", () => {
  assert.match(first, /^Install\n/);
  assert.match(first, /^cargo xtask pack\b/m);
});

test("every command in it exists", () => {
  const source = readFileSync(new URL("xtask/src/main.rs", root), "utf8");
  const commands = [...readme.matchAll(/cargo xtask ([a-z]+)/g)].map(([, name]) => name);
  assert.ok(commands.length > 0);
  for (const name of commands) assert.match(source, new RegExp(`Command::new\\("${name}"\\)`), name);
});
