/** Tests that the site has every page of the documentation once, in the order of its index. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pagesOf } from "../../docs/reference/pages.mjs";
import { documents, repository } from "./check.mjs";

const pages = pagesOf(repository.read("docs/README.md"));

test("every document in docs/ is in its index, once", () => {
  const listed = pages.map(({ path }) => `docs/${path}`).filter((path) => !path.includes(".."));
  const found = documents().filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  assert.deepEqual(listed.sort(), found.sort());
});

test("every page begins with its heading, without front matter", () => {
  for (const { path } of pages) assert.match(repository.read(join("docs", path)), /^# \S/, path);
});

test("titles are unique: addresses on the site come from them", () => {
  const titles = pages.map(({ title }) => title.toLowerCase());
  assert.deepEqual([...new Set(titles)], titles);
});

test("the navigation has a place for every heading of the index", () => {
  const { categoryOrder } = JSON.parse(repository.read("docs/reference/typedoc.json"));
  for (const { category } of pages) assert.ok(categoryOrder.includes(category), category);
});

test("reads categories from headings and pages from the first cell of a row", () => {
  const index =
    "# Docs\n\n## Start\n\n| page | about |\n|---|---|\n| [A page](a.md) | see [b](b.md) |\n## Next\n| [B](../b.md) | b |\n";
  assert.deepEqual(pagesOf(index), [
    { category: "Start", title: "A page", path: "a.md" },
    { category: "Next", title: "B", path: "../b.md" },
  ]);
});
