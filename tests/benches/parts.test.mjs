/**
 * The benchmarks, each for a moment: what they run is right, whatever the speed. What they write, and that the chart and README
 * say what docs/benchmarks.md says.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { chart, grouped, multiples, quantities } from "../../benches/lib/chart.mjs";
import { nextTimes, percentile, quarters, ratios, sample } from "../../benches/lib/measure.mjs";
import {
  CHART,
  DOCUMENT,
  goalsOf,
  README,
  section,
  withGoals,
  withSection,
} from "../../benches/lib/report.mjs";
import { growth } from "../../benches/parts/memory.mjs";
import { judged } from "../../benches/parts/validate.mjs";

const quick = async (part) => {
  const { measure } = await import(`../../benches/parts/${part}.mjs`);
  const result = await measure({ quick: true, say: () => {} });
  for (const goal of result.goals) {
    for (const name of ["what", "goal", "measured", "met"]) assert.equal(typeof goal[name], "string", part);
    assert.doesNotMatch(goal.measured, /NaN|undefined|Infinity/, part);
  }
  assert.doesNotMatch(result.text, /NaN|undefined|Infinity/, part);
  return result;
};
const positive = (numbers) =>
  assert.ok(numbers.length > 0 && numbers.every((number) => number > 0), `${numbers}`);

test("size: a part is smaller than the whole, compressed smaller than raw", async () => {
  const { found } = await quick("size");
  for (const [name, { raw, gzip, brotli }] of found)
    assert.ok(brotli < gzip && gzip < raw && brotli > 1000, `${name}: ${raw} ${gzip} ${brotli}`);
  const brotli = (at) => found[at][1].brotli;
  const [client, inline, verifier, , everything] = [0, 1, 2, 3, 4].map(brotli);
  assert.ok(client < inline && client < everything && verifier < client);
});

test("validate: every candidate refuses the bad documents in every runtime, and is timed", async () => {
  const { judgements, times } = await quick("validate");
  assert.deepEqual(Object.keys(judgements), ["Node", "Chromium", "workerd"]);
  assert.equal(Object.keys(judgements.Node).length, 9);
  assert.equal(Object.keys(judgements.workerd).length, 7, "code generation is not possible there");
  for (const [name, samples] of Object.entries(times)) {
    // Small times in workerd are differences of two that are taken from outside.
    if (!name.startsWith("workerd")) for (const list of Object.values(samples)) positive(list);
  }
});

test("cold: returns a verdict in every runtime", async () => {
  const { chromium, node, workerd } = await quick("cold");
  assert.deepEqual(Object.keys(chromium), ["inline", "external", "handwritten", "response", "wasm"]);
  for (const samples of [chromium, node, workerd].flatMap((found) => Object.values(found)))
    positive(samples.flatMap(({ import: imported, verdict, whole }) => [imported, verdict, whole]));
});

test("requests: every candidate returns the credential or the verdict", async () => {
  const { called, instant, served } = await quick("requests");
  for (const list of Object.values(instant)) positive(list);
  for (const found of [called, served]) {
    assert.deepEqual(Object.keys(found), ["1", "16"]);
    for (const { times, walls } of Object.values(found).flatMap(Object.values))
      positive([...times, ...walls]);
  }
});

test("resets: a Worker's memory is measured before and after each round", async () => {
  const { rows } = await quick("resets");
  assert.equal(rows.length, 2);
});

test("memory: every call ends as expected, and the wasm does not grow", async () => {
  const { samples } = await quick("memory");
  const { calls, well, failed, aborted, indeterminate, not_found: notFound, wasm } = samples.at(-1);
  assert.equal(calls, 10_000);
  // The first one, before counting, went well.
  assert.equal(well + failed + aborted + indeterminate + notFound, calls + 1);
  assert.equal(aborted, 400);
  for (const count of [failed, indeterminate, notFound]) assert.ok(count >= 150, `${count}`);
  assert.ok(wasm > 0);
  const grown = growth(samples);
  assert.equal(grown.wasm, 0);
  assert.ok(grown.heap < 2 ** 20, `${grown.heap} bytes of heap in 9 000 calls`);
});

test("detects a leak", () => {
  const line = (calls, more) => ({ calls, heapUsed: 7e6, rss: 1e8, wasm: 1e6, ...more });
  const over = (late) => growth([line(1), line(100), line(1000, late)]).flat;
  assert.equal(over({}), true);
  assert.equal(over({ wasm: 1_065_536 }), false);
  assert.equal(over({ heapUsed: 7e6 + 9e6 }), false);
  assert.equal(over({ rss: 2e8 }), false);
});

test("names a candidate that accepts bad documents, changes good ones or has a needless exception", () => {
  const verdicts = (bad, good = "kept") => ({ good: { x: good }, bad });
  const twice = "no key stands twice";
  const wrong = (name, found) => judged({ Node: { [name]: found } }).wrong;
  assert.deepEqual(wrong("ours", verdicts({ [twice]: { x: "refused" } })), []);
  assert.equal(wrong("ours", verdicts({ [twice]: { x: "kept" } })).length, 1);
  assert.equal(wrong("ours", verdicts({}, "changed")).length, 1);
  assert.equal(wrong("JSON.parse + x", verdicts({ [twice]: { x: "kept" } })).length, 0);
  assert.equal(wrong("JSON.parse + x", verdicts({ [twice]: { x: "refused" } })).length, 1);
});

test("computes quartiles, percentiles and ratios", async () => {
  assert.deepEqual(quarters([5, 1, 4, 2, 3]), [2, 3, 4]);
  assert.equal(
    percentile(
      Array.from({ length: 100 }, (_, at) => at + 1),
      0.99,
    ),
    99,
  );
  assert.equal(percentile([1, 2], 0.5), 1);
  assert.deepEqual(ratios([2, 9], [1, 3]), [2, 3]);
  let runs = 0;
  const { one } = await sample({ one: () => (runs += 1) }, { rounds: 4, milliseconds: 0.1 });
  assert.equal(one.length, 4);
  assert.ok(runs > 7, "warming up counts the runs that a round needs");
});

const PARTS = ["size", "validate", "decoder", "cold", "requests", "memory"];

test("a disturbed measurement does not lead to a million runs", () => {
  assert.equal(nextTimes(100, 5, 10), 200);
  assert.equal(nextTimes(100, -3, 10), 1000);
  assert.equal(nextTimes(1, 500, 10), 1);
});

test("rewrites a single section", () => {
  const result = (measured) => ({
    title: "(a)",
    programs: [],
    goals: [{ what: "bytes", goal: "≤ 1", measured, met: "no" }],
    text: "text",
  });
  const first = withSection("", PARTS, "size", section("size", result("2")));
  const both = withSection(first, PARTS, "memory", section("memory", { ...result("3"), goals: [] }));
  const third = withSection(both, PARTS, "size", section("size", result("4")));
  assert.equal(third, both.replace("| 2 |", "| 4 |"));
  assert.deepEqual(goalsOf(third), [{ what: "bytes", goal: "≤ 1", measured: "4", met: "no" }]);
  assert.equal(third.match(/Not measured yet/g).length, PARTS.length - 2);
});

test("the chart and README match docs/benchmarks.md", () => {
  const document = readFileSync(DOCUMENT, "utf8");
  const readme = readFileSync(README, "utf8");
  assert.ok(goalsOf(document).length > 0);
  assert.equal(withGoals(readme, document), readme, "cargo xtask bench writes all three");
  assert.equal(chart(goalsOf(document)), readFileSync(CHART, "utf8"), "cargo xtask bench writes all three");
});

test("the chart reads numbers with their units, and leaves out goals that are not numbers", () => {
  assert.deepEqual(quantities("48.2 ms (45.9 ms to 1.5 s)"), [48.2, 45.9, 1500]);
  assert.deepEqual(quantities("≤ 62 000, at most 76 000"), [62_000, 76_000]);
  const goal = (goal, measured) => ({ what: "x", goal, measured, met: "no" });
  const [one, ...others] = multiples([
    goal("< 10 ms", "48.2 ms (45.0 ms to 67.0 ms)"),
    goal("none set", "1.4"),
    goal("flat", "heap +1 MiB"),
  ]);
  assert.deepEqual([one.median, one.low, one.high, others], [4.82, 4.5, 6.7, []]);
  assert.throws(() => multiples([goal("≤ 1", "unknown")]), /"unknown" is not a number/);
});

test("the chart groups rows with the same prefix under a heading", () => {
  const rows = ["time of a call against zod 4, Node", "time of a call against valibot, Node", "memory"];
  assert.deepEqual(
    grouped(rows.map((what) => ({ what }))).map(({ heading, rows }) => [
      heading,
      rows.map(({ label }) => label),
    ]),
    [
      ["time of a call against", ["zod 4, Node", "valibot, Node"]],
      [undefined, ["memory"]],
    ],
  );
});

test("the chart has its numbers as text, and escapes names", () => {
  const svg = chart([{ what: "a <b> & `c`", goal: "≤ 2", measured: "1", met: "yes" }]);
  assert.match(svg, /<desc id="description">a &lt;b&gt; &amp; c: 1, goal ≤ 2\.<\/desc>/);
  assert.match(svg, /class="met"/);
});
