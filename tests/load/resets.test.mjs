/**
 * Requests to a Worker whose clients go away half-way, twice 1 000: a Worker ends them without notice, and the second round must
 * add nothing. `docs/benchmarks.md` has 5 000.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { measureResets } from "../support/resets.mjs";
import { configuration } from "../support/worker-module.mjs";

const RESETS = 1_000;
/** What the process may have more because memory is collected earlier or later; 6 kB for each request. */
const SLACK = 6 * 2 ** 20;

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

for (const compatibilityDate of ["2023-03-01", configuration().compatibility_date]) {
  test(`a second ${RESETS} requests that are reset add no memory, ${compatibilityDate}`, async (context) => {
    const added = {};
    for (const kind of ["package", "manual"]) {
      const samples = await measureResets(kind, { resets: RESETS, rounds: 2, compatibilityDate });
      for (const part of ["wasmBytes", "residentBytes"]) {
        context.diagnostic(`${kind}, ${part}: ${samples.map((each) => megabytes(each[part])).join(", ")}`);
      }
      const [, first, second] = samples;
      assert.equal(second.wasmBytes, first.wasmBytes);
      added[kind] = second.residentBytes - first.residentBytes;
    }
    const most = Math.max(added.manual, 0) + SLACK;
    assert.ok(added.package <= most, `${megabytes(added.package)}, by hand ${megabytes(added.manual)}`);
  });
}
