/**
 * Three rounds of 1 000 requests to a Worker that their clients reset half-way: a Worker ends them without notice. The second round
 * may add a page, because the allocator packs a used memory less tightly; the third must add nothing. `docs/benchmarks.md` has 5 000.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { measureResets } from "../support/resets.mjs";
import { configuration } from "../support/worker-module.mjs";

const RESETS = 1_000;
const MIB = 2 ** 20;
/** The unit in which wasm memory grows. */
const PAGE_BYTES = 2 ** 16;
/** Bytes by which the process may grow because garbage is not always collected at the same time: 6 kB for each request. */
const SLACK_BYTES = 6 * MIB;

const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;

for (const compatibilityDate of ["2023-03-01", configuration().compatibility_date]) {
  test(`a second and third ${RESETS} reset requests add no memory, ${compatibilityDate}`, async (context) => {
    const added = {};
    for (const kind of ["package", "manual"]) {
      const samples = await measureResets(kind, { resets: RESETS, rounds: 3, compatibilityDate });
      for (const part of ["wasmBytes", "residentBytes"]) {
        context.diagnostic(`${kind}, ${part}: ${samples.map((each) => mib(each[part])).join(", ")}`);
      }
      const [, first, second, third] = samples;
      assert.ok(second.wasmBytes <= first.wasmBytes + PAGE_BYTES);
      assert.equal(third.wasmBytes, second.wasmBytes);
      added[kind] = third.residentBytes - first.residentBytes;
    }
    const most = Math.max(added.manual, 0) + SLACK_BYTES;
    assert.ok(added.package <= most, `${mib(added.package)}, handwritten ${mib(added.manual)}`);
  });
}
