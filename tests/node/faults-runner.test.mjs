/** That the runner of the fault table reports what is wrong: each row here is wrong in one way. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import * as api from "hyperstack-credentials";
import { runRow, unfitting } from "../faults/run.mjs";
import rows from "../faults/table.mjs";
import wrong, { missed } from "../faults/wrong.mjs";
import { startFaultWorld } from "../support/fault-world.mjs";

let faults;
before(async () => {
  faults = await startFaultWorld();
});
after(() => faults?.stop());

const rowNamed = (name) => rows.find((row) => row.name === name);
const run = async (row, changes = {}) =>
  (await runRow(row, { ...faults.world, runtime: "node", api, inspect, ...changes })).found;

/** Rows that are right, of each kind of end. */
const ANSWERED = rowNamed("credentials.generate, carried out: 504 without a body, once");
const REFUSED = rowNamed("credentials.view: 429 for ever");
const ABORTED = rowNamed("credentials.generate: abort during headers");
const MANY = rowNamed("100 calls at once against a failing server, without retries");

test("accepts correct rows", async () => {
  for (const row of [ANSWERED, REFUSED, ABORTED, MANY]) assert.deepEqual(await run(row), []);
});

test("checks every part of an expectation", async () => {
  const wrong = (row, expect, about) => [{ ...row, expect: { ...row.expect, ...expect } }, about];
  const error = (fields) => ({ error: { ...REFUSED.expect.error, ...fields } });
  for (const [row, about] of [
    wrong(REFUSED, error({ name: "ServerError" }), /is no ServerError/),
    wrong(REFUSED, error({ name: "HyperstackError" }), /is no HyperstackError/),
    wrong(REFUSED, error({ code: "other" }), /^code is rate_limited, not other/),
    wrong(REFUSED, error({ attempts: 3 }), /^attempts is 4, not 3/),
    wrong(REFUSED, error({ status: undefined }), /^status is 429, not undefined/),
    wrong(REFUSED, error({ retryable: false }), /^retryable is true/),
    wrong(REFUSED, error({ retryAfterMs: undefined }), /^retryAfterMs is 0/),
    wrong(REFUSED, error({ mayHaveTakenEffect: true }), /^it does not say that it may have/),
    wrong(REFUSED, error({ issue: "x" }), /^the first issue is at undefined, not x/),
    wrong(REFUSED, { error: undefined, value: { attempts: 1 } }, /^it was rejected with RateLimitError/),
    wrong(REFUSED, { aborted: true }, /not with the signal's reason/),
    wrong(REFUSED, { requests: 3 }, /^4 requests, not 3/),
    wrong(REFUSED, { credentials: 2 }, /^1 credentials, not 2/),
    wrong(REFUSED, { groups: 2 }, /^1 groups, not 2/),
    wrong(REFUSED, { elsewhere: 1 }, /^0 elsewhere, not 1/),
    wrong(REFUSED, { published: false }, /^the credential is active/),
    wrong(REFUSED, { atLeastMs: 5000 }, /^it took only/),
    wrong(REFUSED, { atMostMs: 0 }, /^it took/),
    wrong(ANSWERED, { value: { attempts: 2, reconciled: true } }, /^answer: .* not .*"attempts":2/),
    wrong(ANSWERED, { value: { attempts: 1, reconciled: false } }, /^answer: .* not .*"reconciled":false/),
    wrong(ANSWERED, { value: { ...ANSWERED.expect.value, data: { status: "x" } } }, /^data: /),
    wrong(ANSWERED, error({}), /^no error, but /),
    wrong(ANSWERED, { credentials: 0 }, /^1 credentials, not 0/),
    wrong(ABORTED, { aborted: undefined, value: { attempts: 1 } }, /^it was rejected with/),
    wrong(MANY, { result: { found: { answered: 100 }, ids: 0 } }, /^result: /),
    [{ ...ANSWERED, answers: () => false }, /^the answer is another one/],
  ]) {
    const found = await run(row);
    assert.ok(
      found.some((text) => about.test(text)),
      `${about} is not in ${inspect(found)}`,
    );
  }
});

test("checks an expectation of one runtime in that runtime only", async () => {
  const row = { ...REFUSED, unless: { chromium: { why: "a test", expect: { requests: 7 } } } };
  assert.deepEqual(await run(row), []);
  assert.match((await run(row, { runtime: "chromium" })).join(), /4 requests, not 7/);
});

test("finds what is wrong with a call", async () => {
  // Node's test runner would take a rejection that nobody handles for a failure of this test.
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  try {
    for (const row of wrong) assert.deepEqual(missed(row, await run(row)), []);
  } finally {
    for (const listener of others) process.on("unhandledRejection", listener);
  }
});

test("finds a secret that only inspect shows, and one in a client", async () => {
  const [row] = wrong;
  const shown = { ...row, call: (_client, { email }) => Promise.reject(new Map([["to", email]])) };
  assert.match((await run(shown)).join(), /the address stands in error/);
  const Hyperstack = class {
    constructor({ token }) {
      this.token = token;
    }
  };
  assert.match((await run(row, { api: { ...api, Hyperstack } })).join(), /the token stands in client/);
});

test("finds events that do not match the end of a call", () => {
  const of = { operation: "credentials.view" };
  const request = (attempt) => ({ type: "request", ...of, attempt });
  const response = (attempt) => ({ type: "response", ...of, attempt, status: 503, durationMs: 1 });
  const retry = { type: "retry", ...of, attempt: 1, delayMs: 250, code: "server_error", status: 503 };
  const thrown = { name: "ServerError", code: "server_error", attempts: 2, status: 503, retryable: true };
  const all = [request(1), response(1), retry, request(2), response(2), { type: "error", ...of, ...thrown }];
  const row = { operation: "credentials.view" };
  assert.deepEqual(unfitting(all, { thrown }, row), []);
  for (const at of all.keys()) {
    // A response that is not told is not missed: a lost one has none.
    if (all[at].type === "response") continue;
    assert.notDeepEqual(
      unfitting(
        all.filter((_, other) => other !== at),
        { thrown },
        row,
      ),
      [],
      all[at].type,
    );
  }
  const lying = (changes) => unfitting([...all.slice(0, -1), { ...all.at(-1), ...changes }], { thrown }, row);
  for (const changes of [
    { code: "x" },
    { attempts: 1 },
    { name: "x" },
    { retryable: false },
    { status: 500 },
  ]) {
    assert.equal(lying(changes).length, 1);
  }
  assert.equal(unfitting(all, { value: { attempts: 2 } }, row).length, 1);
  assert.equal(unfitting([{ ...response(1), status: null }], {}, row).length, 1);
});
