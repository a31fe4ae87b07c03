/**
 * The packed package under zone.js, as in an Angular app: async functions are lowered to generators, because zone.js replaces
 * `Promise` and cannot follow native ones. A call that such a function returns must resolve to its data or reject with its error.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { project, toolEnvironment } from "../support/consumers.mjs";
import { startSandbox } from "../support/processes.mjs";

const folder = project("zone");
let sandbox;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
});
after(() => sandbox?.stop());

const ZONE = 'import "zone.js/node";\n';
const program = readFileSync(join(folder, "program.js"), "utf8");

const VIEWED = ["DemoValid00000000000000000000001", "NotFoundError credential_not_found", "calls"];

for (const [order, text] of [
  ["before", ZONE + program],
  ["after", program.replace(/^(import .*;\n)/m, `$1${ZONE}`)],
]) {
  test(`calls resolve and reject under zone.js, loaded ${order} the package`, async () => {
    const { code } = await transform(text, { target: "es2016", format: "esm" });
    assert.match(code, /zone\.js/);
    assert.doesNotMatch(code, /\basync\b|\bawait\b/);
    const file = join(folder, `lowered-${order}.js`);
    writeFileSync(file, code);
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      env: toolEnvironment({ HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url }),
    });
    const results = JSON.parse(stdout);
    assert.equal(Object.keys(results).length, 7);
    for (const [call, result] of Object.entries(results)) assert.deepEqual(result, VIEWED, call);
  });
}
