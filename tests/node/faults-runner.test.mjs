/** That the runner of the fault table reports what is wrong: each row here is wrong in one way. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import * as api from "hyperstack-credentials";
import { runRow } from "../faults/run.mjs";
import rows from "../faults/table.mjs";
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
const MANY = rowNamed("100 calls at once against a failing server, without repeats");

test("rows that are right are found right", async () => {
  for (const row of [ANSWERED, REFUSED, ABORTED, MANY]) assert.deepEqual(await run(row), []);
});

test("every part of an expectation can fail", async () => {
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
    wrong(MANY, { result: { answered: 100 } }, /^result: /),
    [{ ...ANSWERED, answers: () => false }, /^the answer is another one/],
  ]) {
    const found = await run(row);
    assert.ok(
      found.some((text) => about.test(text)),
      `${about} is not in ${inspect(found)}`,
    );
  }
});

test("what holds in one runtime only is asked in that runtime only", async () => {
  const row = { ...REFUSED, unless: { chromium: { why: "a test", expect: { requests: 7 } } } };
  assert.deepEqual(await run(row), []);
  assert.match((await run(row, { runtime: "chromium" })).join(), /4 requests, not 7/);
});

/** A row whose call is `call(stage, options)`, and does something that no call may do. */
const misbehaving = (call, expect = {}) => ({
  name: "misbehaving",
  plants: { credential: true },
  arrange: async () => {},
  answers: () => true,
  call: async (_client, stage, options) => {
    await call(stage, options);
    return null;
  },
  expect: { result: null, credentials: 1, groups: 1, requests: 0, ...expect },
});

test("what a call leaves behind is found", async () => {
  assert.deepEqual(await run(misbehaving(() => {})), []);
  let timer;
  for (const [call, found] of [
    [(_, { signal }) => signal.addEventListener("abort", () => {}), "1 listeners are left"],
    [
      () => {
        timer = setTimeout(() => {}, 60_000);
      },
      "1 timers are left",
    ],
  ]) {
    assert.deepEqual(await run(misbehaving(call)), [found]);
  }
  clearTimeout(timer);
  // Taken away again, none is left.
  const tidy = (_, { signal }) => {
    const listener = () => {};
    signal.addEventListener("abort", listener);
    signal.removeEventListener("abort", listener);
    clearTimeout(setTimeout(() => {}, 60_000));
  };
  assert.deepEqual(await run(misbehaving(tidy)), []);
});

test("a rejection that nobody handles is found", async () => {
  // Node's test runner would take it for a failure of this test.
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  try {
    const found = await run(misbehaving(() => void Promise.reject(new Error("lost"))));
    assert.deepEqual(found, ["nobody caught unhandledRejection: Error: lost"]);
  } finally {
    for (const listener of others) process.on("unhandledRejection", listener);
  }
});

test("a secret is found wherever it is seen, and a piece of one", async () => {
  const thrown = (make) => misbehaving((stage) => Promise.reject(make(stage)), { error: undefined });
  const hidden = (stage) =>
    Object.defineProperty(new Error("x"), "request", { value: { auth: [stage.token] } });
  for (const [row, about] of [
    [thrown(({ token }) => new Error(`Bearer ${token}`)), /^the token stands in error/],
    [
      thrown(({ token }) => new Error("x", { cause: { said: token.slice(9, 17) } })),
      /^the token stands in error/,
    ],
    [thrown(({ token }) => token.toUpperCase()), /^the token stands in error/],
    [thrown(hidden), /^the token stands in error/],
    [thrown(({ email }) => new Error(`no ${email}`)), /^the address stands in error/],
    [thrown(({ email }) => new Map([["to", email.split("@")[0]]])), /^the address stands in error/],
    [thrown(({ email }) => ({ toJSON: () => email })), /^the address stands in error/],
    [misbehaving(({ token }) => console.debug({ token })), /^the token stands in console.debug/],
    [misbehaving(({ email }) => console.error("lost", email)), /^the address stands in console.error/],
  ]) {
    const found = await run(row);
    assert.ok(
      found.some((text) => about.test(text)),
      `${about} is not in ${inspect(found)}`,
    );
  }
});

test("a secret in a client is found", async () => {
  const Hyperstack = class {
    constructor({ token }) {
      this.token = token;
    }
  };
  const found = await run(
    misbehaving(() => {}),
    { api: { ...api, Hyperstack } },
  );
  assert.match(found.join(), /the token stands in client/);
});
