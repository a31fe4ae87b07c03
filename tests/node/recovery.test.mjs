/**
 * A core that dies takes its calls with it and nothing else. The core is the package's own, compiled with the feature
 * `trap`: it fails where `globalThis.hyperstackTrap` says.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { rejection, steer } from "../support/control.mjs";
import { startSandbox } from "../support/processes.mjs";

const api = await import(process.env.HYPERSTACK_TRAPPING);

let sandbox;
let control;
let client;
let stray;
/** A function, so that there is a step with the token. */
const token = () => sandbox.token;
const note = (reason) => stray.push(reason);

before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
});
beforeEach(async () => {
  stray = [];
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  await control.reset();
  client = new api.Hyperstack({ token, baseUrl: sandbox.url });
});
afterEach(async () => {
  globalThis.hyperstackTrap = () => undefined;
  await sleep(20);
  process.off("uncaughtException", note);
  process.off("unhandledRejection", note);
  assert.deepEqual(stray, [], "something was thrown that nobody could catch");
});
after(() => sandbox.stop());

/** Where a call can fail that is retried once. A token that is a string is not asked for. */
const PLACES = ["begun", "token", "answered", "waited"];
const PLACES_OF_A_STRING = PLACES.filter((place) => place !== "token");

/** Fails once, when the core comes to `place`. */
const fail = (place, how) => {
  globalThis.hyperstackTrap = (here) => {
    if (here !== place) return undefined;
    globalThis.hyperstackTrap = () => undefined;
    if (how === "exception") throw new Error(`secret ${sandbox.token}`);
    return how;
  };
};
globalThis.hyperstackTrap = () => undefined;

const HOW = {
  panic: { name: "RuntimeError", message: /unreachable/ },
  memory: { name: "RuntimeError", message: /unreachable/ },
  stack: { name: "RuntimeError", message: /out of bounds|unreachable/ },
  exception: undefined,
};

for (const [how, cause] of Object.entries(HOW)) {
  const places = [
    ...PLACES.map((place) => [place, "function"]),
    ...PLACES_OF_A_STRING.map((place) => [place, "string"]),
  ];
  for (const [place, kind] of places) {
    const attempts = place === "begun" || place === "token" ? 0 : 1;
    test(`${how} when ${place}, the token a ${kind}: an InternalError, and the next call works`, async () => {
      const id = await control.credential();
      if (place === "waited") await control.script({ status: 503, headers: { "retry-after": "0" } });
      fail(place, how);
      const events = [];
      const observed = new api.Hyperstack({
        token: kind === "string" ? sandbox.token : token,
        baseUrl: sandbox.url,
        onEvent: (event) => events.push(event),
      });
      const error = await rejection(observed.credentials.view(id));
      assert.ok(error instanceof api.InternalError);
      const { code, operation, retryable } = error;
      assert.deepEqual(
        [code, operation, error.attempts, retryable],
        ["core_failed", "credentials.view", attempts, attempts === 0],
      );
      assert.equal(/may have taken effect/.test(error.message), attempts > 0);
      if (cause) {
        assert.equal(error.cause.name, cause.name);
        assert.match(error.cause.message, cause.message);
      } else {
        assert.equal(error.cause, undefined);
      }
      assert.ok(!inspect(error, { showHidden: true, depth: Infinity }).includes(sandbox.token));
      assert.equal(events.at(-1).type, "error");
      assert.equal(events.at(-1).code, "core_failed");
      assert.equal((await observed.credentials.view(id)).document_id, id);
    });
  }
}

test("a link that ends the core is an InternalError, and the next one is parsed", async () => {
  const link = "https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
  fail("parse", "panic");
  const error = await rejection(api.parseCredentialUrl(link));
  assert.deepEqual(
    [error.name, error.code, error.operation],
    ["InternalError", "core_failed", "parseCredentialUrl"],
  );
  assert.equal((await api.parseCredentialUrl(link)).ok, true);
});

test("a verification that ends the core rejects; it is never a verdict", async () => {
  const id = await control.credential();
  fail("answered", "panic");
  const error = await rejection(client.verify(id));
  assert.deepEqual([error.name, error.operation], ["InternalError", "verify"]);
  assert.equal((await client.verify(id)).verdict, "valid");
});

test("every call in flight ends with the core, and holds nothing open", async () => {
  const id = await control.credential();
  const of = async (step) => {
    const own = await control.credential();
    await control.script({ match: { path_prefix: `/v1/credential/${own}` }, ...step });
    return own;
  };
  const waiting = {
    "for headers": await of({ delay_ms: 30_000 }),
    "in a body": await of({ body: "x".repeat(100), stall_after_bytes: 20 }),
    "before a repeat": await of({ status: 429, headers: { "retry-after": "30" } }),
  };
  const timers = new Set();
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  globalThis.setTimeout = (callback, ms) => {
    const timer = set(() => {
      timers.delete(timer);
      callback();
    }, ms);
    // The runtime's own are shorter.
    if (ms >= 30_000) timers.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    timers.delete(timer);
    clear(timer);
  };
  try {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    for (const [name, by] of [
      ["addEventListener", 1],
      ["removeEventListener", -1],
    ]) {
      const original = signal[name];
      signal[name] = (...all) => {
        listeners += by;
        return original.apply(signal, all);
      };
    }
    const own = { timeoutMs: 60_000, totalTimeoutMs: 120_000, signal };
    const ended = [];
    const calls = Object.values(waiting).map((one) => {
      const call = rejection(client.credentials.view(one, own));
      call.then((error) => ended.push(error.code));
      return call;
    });
    const unauthorized = rejection(
      new api.Hyperstack({ token: () => new Promise(() => {}), baseUrl: sandbox.url }).account.get(own),
    );
    await sleep(300);
    // The four share one listener.
    assert.deepEqual([ended.length, timers.size, listeners], [0, 4, 1]);
    fail("begun", "panic");
    await rejection(client.credentials.view(id));
    for (const error of await Promise.all([...calls, unauthorized])) assert.equal(error.code, "core_failed");
    assert.deepEqual([timers.size, listeners], [0, 0]);
    // What still hangs on promises and signals finds nothing to enter.
    controller.abort();
    await sleep(50);
    assert.equal((await client.credentials.view(id)).document_id, id);
  } finally {
    globalThis.setTimeout = set;
    globalThis.clearTimeout = clear;
  }
});

test("calls that begin while the core dies run in the next one", async () => {
  const id = await control.credential();
  fail("answered", "panic");
  const calls = Array.from({ length: 20 }, () =>
    client.credentials.view(id).then(
      ({ status }) => status,
      ({ code }) => code,
    ),
  );
  const found = await Promise.all(calls);
  // Those in flight are lost; which those are is the runtime's timing.
  assert.ok(found.includes("core_failed"));
  for (const one of found) assert.ok(one === "active" || one === "core_failed", one);
  assert.equal((await client.credentials.view(id)).document_id, id);
});

test("creates a new core from the compiled module, a hundred times", async () => {
  const { compile, Instance, Module } = WebAssembly;
  const counts = { compile: 0, Module: 0, Instance: 0 };
  const counting = (name) => (target, all) => {
    counts[name] += 1;
    return Reflect.construct(target, all);
  };
  WebAssembly.compile = (...all) => {
    counts.compile += 1;
    return compile(...all);
  };
  WebAssembly.Module = new Proxy(Module, { construct: counting("Module") });
  WebAssembly.Instance = new Proxy(Instance, { construct: counting("Instance") });
  try {
    for (let round = 0; round < 100; round += 1) {
      fail("parse", "panic");
      await rejection(api.parseCredentialUrl("x"));
    }
    assert.equal((await api.parseCredentialUrl("x")).ok, false);
  } finally {
    Object.assign(WebAssembly, { compile, Instance, Module });
  }
  assert.deepEqual(counts, { compile: 0, Module: 0, Instance: 100 });
});
