/** The literals of tests/types/fixtures.ts, which the compiler holds the public types to, are the documented ones. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { transformSync } from "esbuild";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the typed fixtures are those of fixtures.json", async () => {
  const { code } = transformSync(read("../types/fixtures.ts"), { loader: "ts", format: "esm" });
  const typed = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const names = new Set(Object.keys(typed));
  for (const { endpoint, status, request_body, response_body } of JSON.parse(
    read("../vectors/fixtures.json"),
  )) {
    if (status !== 200 || !(endpoint in typed)) continue;
    names.delete(endpoint);
    const { request, answer } = typed[endpoint];
    assert.deepEqual({ request, answer }, { request: request_body, answer: response_body }, endpoint);
  }
  assert.deepEqual([...names], []);
});
