/** What travels and what ends a call: fetch of every kind, redirects, timeouts, aborts, and nothing left behind. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import vm from "node:vm";
import { Hyperstack } from "hyperstack-credentials";
import { eventually, newId, rejection, steer } from "../support/control.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let control;
let client;
before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
  client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, maxRetries: 0 });
});
after(() => sandbox.stop());

/** A credential whose every request is answered by `step`. */
const scripted = async (step, times = 1) => {
  const id = await control.credential();
  await control.script({ ...step, times, match: { path_prefix: `/v1/credential/${id}` } });
  return id;
};
const about = async (id) => (await control.requests()).filter(({ path }) => path.includes(id));

test("a custom fetch is called unbound, with the address and an init of documented members", async () => {
  const fetch = mockFetch(() => json({ success: true, group_key: "k" }));
  const mocked = new Hyperstack({ token: "tok", fetch });
  const params = { title: "T", description: "D", badge_template: "b", tags: undefined };
  await mocked.groups.create(params);
  const [{ self, given, url, init }] = fetch.calls;
  assert.equal(self, undefined);
  assert.equal(given.length, 2);
  assert.equal(url, "https://api.thehyperstack.com/v1/groups/new");
  assert.deepEqual(Object.keys(init).sort(), ["body", "cache", "headers", "method", "redirect", "signal"]);
  // A plain object: another realm's fetch does not know our Headers.
  assert.equal(Object.getPrototypeOf(init.headers), Object.prototype);
  assert.deepEqual(init.headers, {
    accept: "application/json",
    authorization: "Bearer tok",
    "content-type": "application/json",
  });
  assert.deepEqual([init.method, init.redirect, init.cache], ["POST", "manual", "no-store"]);
  assert.deepEqual(JSON.parse(init.body), { title: "T", description: "D", badge_template: "b" });
  assert.ok(init.signal instanceof AbortSignal);

  const reading = mockFetch();
  await new Hyperstack({ token: "tok", fetch: reading }).credentials.view(ID);
  const [{ init: read }] = reading.calls;
  assert.deepEqual(Object.keys(read).sort(), ["cache", "headers", "method", "redirect", "signal"]);
  assert.deepEqual(read.headers, { accept: "application/json", authorization: "Bearer tok" });
});

test("looks up the global fetch at the call, and sends what is documented", async () => {
  const id = await control.credential();
  const { fetch } = globalThis;
  let used = 0;
  globalThis.fetch = function (...all) {
    assert.equal(this, undefined);
    used += 1;
    return fetch(...all);
  };
  try {
    await client.credentials.view(id);
  } finally {
    globalThis.fetch = fetch;
  }
  assert.equal(used, 1);
  const [sent] = await about(id);
  assert.deepEqual(
    [sent.method, sent.authorized, sent.accept, sent.content_type, sent.body],
    ["GET", true, "application/json", null, null],
  );
  const own = ["accept", "authorization"];
  const undici = [
    ...["accept-encoding", "accept-language", "connection", "host", "sec-fetch-mode", "user-agent"],
    // By `cache: "no-store"`.
    ...["cache-control", "pragma"],
  ];
  assert.deepEqual(sent.header_names.filter((name) => !undici.includes(name)).sort(), own);
});

const ANSWER = JSON.stringify(credential());
const get = (name) => (name === "content-type" ? "application/json" : null);
const bytes = new TextEncoder().encode(ANSWER);

test("reads responses of another realm, of mocks and of old servers", async () => {
  const context = vm.createContext({ ANSWER, Array, encode: (text) => [...new TextEncoder().encode(text)] });
  const foreign = vm.runInContext(
    `(() => {
      let sent = false;
      const bytes = Uint8Array.from(encode(ANSWER));
      const reader = { read: async () => sent ? { done: true } : (sent = true, { done: false, value: bytes }), cancel: async () => {} };
      const headers = new Map([["content-type", "application/json"]]);
      return { status: 200, url: "", headers, body: { getReader: () => reader } };
    })()`,
    context,
  );
  assert.ok(!(foreign instanceof Object), "it is of another realm");
  const half = Math.floor(bytes.length / 2);
  const chunks = [bytes.subarray(0, half), bytes.subarray(half, half), Buffer.from(bytes.subarray(half))];
  // biome-ignore lint/suspicious/noThenProperty: promises of other libraries are no more than this.
  const thenable = { then: (done) => done(json(ANSWER)) };
  for (const [name, answer] of Object.entries({
    "another realm's stream": () => foreign,
    "another realm's promise": () =>
      vm.runInContext("(answer) => Promise.resolve(answer)", context)(json(ANSWER)),
    "another realm's buffer": () => ({
      status: 200,
      headers: { get },
      arrayBuffer: async () => vm.runInContext("Uint8Array.from(encode(ANSWER)).buffer", context),
    }),
    "no promise": () => json(ANSWER),
    "a thenable": () => thenable,
    "a plain object with arrayBuffer": () => ({
      status: 200,
      headers: { get },
      arrayBuffer: async () => bytes.slice().buffer,
    }),
    "a plain object whose arrayBuffer is bytes": () => ({
      status: 200,
      headers: { get },
      body: null,
      arrayBuffer: () => Buffer.from(bytes),
    }),
    "chunks, one empty": () => ({
      status: 200,
      headers: { get },
      body: {
        getReader: () => ({ read: async () => ({ done: chunks.length === 0, value: chunks.shift() }) }),
      },
    }),
    "a byte order mark": () => json(`\uFEFF${ANSWER}`),
  })) {
    const found = await new Hyperstack({
      token: "t",
      fetch: answer,
      timeoutMs: 2000,
      maxRetries: 0,
    }).credentials.view(ID);
    assert.deepEqual(found, credential(), name);
  }
});

test("a line end in a mock's header creates no other header", async () => {
  const answering = (given) => () => ({
    status: 200,
    headers: { get: (name) => ({ "content-type": "application/json", ...given })[name] ?? null },
    arrayBuffer: async () => new TextEncoder().encode(ANSWER).buffer,
  });
  const view = (given) =>
    new Hyperstack({ token: "t", fetch: answering(given), maxRetries: 0 }).credentials.view(ID);
  const idOf = async (given) => (await view(given).withResponse()).requestId;
  assert.equal(await idOf({ "retry-after": "1\nforged\n2" }), null);
  assert.equal(await idOf({ "x-request-id": "a\nb" }), null);
  assert.equal(await idOf({ "x-request-id": "a b" }), "a b");
  const error = await rejection(view({ "content-type": "text/html\napplication/json" }));
  assert.equal(error.code, "bad_content_type");
});

test("a fetch that fails in any way is a ConnectionError, never a call that hangs", async () => {
  const body = (read) => ({
    status: 200,
    headers: { get },
    body: { getReader: () => ({ read, cancel: () => Promise.reject("gone") }) },
  });
  const whole = (arrayBuffer) => ({ status: 200, headers: { get }, arrayBuffer });
  const fails = [
    () => Promise.reject("text"),
    () => Promise.reject(undefined),
    () => Promise.reject(Symbol("s")),
    () => Promise.reject(Object.create(null)),
    () => {
      throw new TypeError("no");
    },
    () => {
      throw undefined;
    },
    () => undefined,
    () => null,
    () => 200,
    () => ({}),
    () => Response.error(),
    () =>
      new Proxy(
        {},
        {
          get: (_, name) => {
            if (name === "then") return undefined;
            throw new Error("no");
          },
        },
      ),
    () =>
      body(async () => {
        throw "gone";
      }),
    () =>
      body(() => {
        throw "gone";
      }),
    () => body(async () => undefined),
    () => body(async () => ({ done: false })),
    () => body(async () => ({ done: false, value: "text" })),
    () => body(async () => ({ done: false, value: { length: 1e12 } })),
    () => body(async () => ({ done: false, value: { byteLength: 1, length: 1e12 } })),
    () =>
      whole(async () => {
        throw "gone";
      }),
    () =>
      whole(() => {
        throw "gone";
      }),
    () => whole(async () => undefined),
    () => whole(async () => "text"),
    () => whole(async () => Symbol("s")),
    () => whole(async () => 10n),
    () => whole(async () => 1e12),
  ];
  for (const fetch of fails) {
    const mocked = new Hyperstack({ token: "t", fetch, timeoutMs: 2000, maxRetries: 0 });
    const late = sleep(3000, "hangs", { ref: false });
    const error = await Promise.race([rejection(mocked.credentials.view(ID)), late]);
    assert.deepEqual(
      [error.name, error.code, error.attempts],
      ["ConnectionError", "connection_failed", 1],
      String(fetch),
    );
    const verification = await mocked.verify(ID);
    assert.deepEqual(
      [verification.outcome, verification.reason],
      ["indeterminate", "network"],
      String(fetch),
    );
  }
});

test("refuses a redirect as browsers show it, and one that a mock has followed", async () => {
  for (const answer of [
    { type: "opaqueredirect", status: 0 },
    { status: 304 },
    { status: 302, redirected: true },
  ]) {
    const error = await rejection(
      new Hyperstack({ token: "t", fetch: async () => answer }).credentials.view(ID),
    );
    assert.equal(error.code, "unexpected_redirect");
  }
});

test("an abort rejects with its reason unchanged, in every phase", async () => {
  const never = "never";
  const object = { why: "closed" };
  for (const reason of ["text", object, null, 0, new Error("mine"), undefined, never]) {
    for (const [phase, step] of [
      ["headers", { delay_ms: 3000 }],
      ["body", { apply: true, stall_after_bytes: 10 }],
      [
        "backoff",
        { status: 503, body: "{}", headers: { "content-type": "application/json", "retry-after": "30" } },
      ],
    ]) {
      const id = await scripted(step, 2);
      const controller = new AbortController();
      const { signal } = reason === never ? { signal: AbortSignal.timeout(150) } : controller;
      const options = { signal, maxRetries: 2 };
      const thrown = [client.credentials.view(id, options), client.verify(id, options)].map(rejection);
      await eventually(async () => (await about(id)).length === 2, "both requests arrive");
      await sleep(20);
      const aborted = Date.now();
      if (reason !== never) controller.abort(reason);
      for (const found of await Promise.all(thrown)) {
        assert.equal(found, signal.reason, `${phase}: the very same value`);
        if (reason !== undefined && reason !== never) assert.equal(found, reason);
        if (reason === undefined) assert.ok(found instanceof DOMException && found.name === "AbortError");
        if (reason === never) assert.ok(found instanceof DOMException && found.name === "TimeoutError");
      }
      assert.ok(Date.now() - aborted < 500, `${phase}: at once`);
    }
  }
  await control.clearScript();
});

test("an aborted signal sends nothing and does not request the token", async () => {
  const fetch = mockFetch();
  let asked = 0;
  const mocked = new Hyperstack({
    token: () => {
      asked += 1;
      return "t";
    },
    fetch,
  });
  const signal = AbortSignal.abort("early");
  const group = { title: "T", description: "D", badge_template: "b" };
  for (const call of [
    mocked.credentials.view(ID, { signal }),
    mocked.groups.create(group, { signal }),
    mocked.groups.create(group, { signal }).withResponse(),
    mocked.verify(ID, { signal }),
  ]) {
    assert.equal(await rejection(call), "early");
  }
  assert.deepEqual([fetch.calls.length, asked], [0, 0]);
});

test("an abort takes precedence over a token that cannot be sent", async () => {
  const fetch = mockFetch();
  const signal = AbortSignal.abort({ early: true });
  for (const token of [() => "two\nlines", async () => "two\nlines"]) {
    const mocked = new Hyperstack({ token, fetch });
    // First, so that the core is there: while it loads, an abort ends a call before the token is looked at.
    assert.equal((await rejection(mocked.credentials.view(ID))).issues[0].path, "token");
    for (const asked of [mocked.credentials.view(ID, { signal }), mocked.verify(ID, { signal })]) {
      assert.equal(await rejection(asked), signal.reason);
    }
  }
  assert.equal(fetch.calls.length, 0);
});

test("discards a response that arrives after the call ended", async () => {
  for (const ending of ["abort", "timeout"]) {
    let answer;
    let letGo;
    const cancelled = new Promise((resolve) => {
      letGo = resolve;
    });
    // It ignores its signal.
    const fetch = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const controller = new AbortController();
    const options = {
      signal: controller.signal,
      timeoutMs: ending === "timeout" ? 20 : 60_000,
      maxRetries: 0,
    };
    const call = rejection(new Hyperstack({ token: "t", fetch }).credentials.view(ID, options));
    await eventually(() => answer !== undefined, "the request is sent");
    if (ending === "abort") controller.abort("enough");
    const found = await call;
    assert.equal(found.code ?? found, ending === "abort" ? "enough" : "timeout");
    const body = new ReadableStream({ cancel: letGo });
    answer(new Response(body, { headers: { "content-type": "application/json" } }));
    const first = await Promise.race([
      cancelled.then(() => "cancelled"),
      sleep(2000, "kept", { ref: false }),
    ]);
    assert.equal(first, "cancelled", ending);
    assert.equal(body.locked, false);
  }
});

test("an abort, a timeout and a response that is too large end the request itself", async () => {
  for (const [step, options, expected] of [
    [{ delay_ms: 3000 }, { timeoutMs: 100 }, true],
    [{ body: "{}", stall_after_bytes: 1 }, { timeoutMs: 100 }, true],
    [{ body_repeat: { text: " ", times: 100_000 } }, { maxResponseBytes: 10 }, true],
    [{ status: 302, headers: { location: "/" } }, {}, true],
    [{ status: 500, body: "{}" }, {}, false],
    [{ apply: true }, {}, false],
  ]) {
    let signal;
    const watched = new Hyperstack({
      token: sandbox.token,
      baseUrl: sandbox.url,
      maxRetries: 0,
      fetch: (url, init) => {
        signal = init.signal;
        return fetch(url, init);
      },
    });
    const id = await scripted(step);
    await watched.credentials.view(id, options).catch(() => {});
    assert.equal(signal.aborted, expected, JSON.stringify(step));
  }
});

test("an invalid signal is a wrong argument", async () => {
  const mocked = new Hyperstack({ token: "t", fetch: mockFetch() });
  for (const signal of [{}, "x", 7, true, { aborted: false }, new EventTarget().addEventListener]) {
    const error = await rejection(mocked.credentials.view(ID, { signal }));
    assert.deepEqual(
      [error.name, error.issues[0].path, error.issues[0].rule],
      ["ValidationError", "signal", "abort_signal"],
    );
  }
  assert.equal((await mocked.credentials.view(ID, { signal: null })).status, "active");
});

test("leaves no listeners and timers, however calls end", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const controller = new AbortController();
  const { signal } = controller;
  const listening = new Map();
  let added = 0;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  signal.addEventListener = function (type, listener, ...more) {
    added += 1;
    listening.set(listener, type);
    return addEventListener.call(this, type, listener, ...more);
  };
  signal.removeEventListener = function (type, listener, ...more) {
    listening.delete(listener);
    return removeEventListener.call(this, type, listener, ...more);
  };
  const before = timers();
  const answers = [
    () => json(credential()),
    () => json({ success: false }, { status: 404 }),
    () => json("{"),
    () => json({}, { status: 503, headers: { "retry-after": "0" } }),
    () => ({ status: 302 }),
    () => Promise.reject("no"),
    () => {
      throw "no";
    },
    (_url, init) =>
      new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason))),
    () =>
      new Response(new ReadableStream({ pull() {} }), { headers: { "content-type": "application/json" } }),
  ];
  for (const fetch of answers) {
    const mocked = new Hyperstack({ token: "t", fetch, maxRetries: 1, timeoutMs: 60 });
    const calls = Array.from({ length: 30 }, (_, at) =>
      at % 2 ? mocked.verify(ID, { signal }) : mocked.credentials.view(ID, { signal }),
    );
    await Promise.allSettled([
      ...calls,
      mocked.credentials.view("wrong", { signal }),
      mocked.verify("wrong", { signal }),
    ]);
  }
  // One for all that are under way together.
  assert.ok(added >= answers.length, `${added} listeners were added`);
  assert.equal(listening.size, 0);
  assert.ok(timers() <= before, `${timers()} timers, ${before} before`);

  // And of calls that an abort ends, all at once.
  const hanging = new Hyperstack({ token: "t", fetch: () => new Promise(() => {}) });
  const calls = Array.from({ length: 50 }, () => rejection(hanging.credentials.view(ID, { signal })));
  await eventually(() => listening.size === 1 && timers() >= before + 50, "all of them wait");
  assert.ok(timers() > before, "timers can be seen");
  controller.abort("all");
  assert.deepEqual([...new Set(await Promise.all(calls))], ["all"]);
  assert.equal(listening.size, 0);
  assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
});

test("concurrent calls are independent", async () => {
  const ids = Array.from({ length: 100 }, newId);
  const fetch = async (url) => {
    const id = url.split("/").at(-2);
    await sleep(Math.random() * 20);
    return json(
      credential({ document_id: id, document_url: `https://hyperstack.id/credential/${id}`, extra: id }),
    );
  };
  const mocked = new Hyperstack({ token: "t", fetch });
  const found = await Promise.all(ids.map((id) => mocked.credentials.view(id)));
  assert.deepEqual(
    found.map(({ extra }) => extra),
    ids,
  );
});

test("any number of calls share one listener on a signal, removed with the last", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  let most = 0;
  for (const [name, by] of [
    ["addEventListener", 1],
    ["removeEventListener", -1],
  ]) {
    const original = signal[name];
    signal[name] = (...all) => {
      listeners += by;
      most = Math.max(most, listeners);
      return original.apply(signal, all);
    };
  }
  let begun = 0;
  const fetch = () => {
    begun += 1;
    return new Promise(() => {});
  };
  const hanging = new Hyperstack({ token: "t", fetch });
  const quick = new Hyperstack({ token: "t", fetch: mockFetch() });
  const calls = Array.from({ length: 50 }, () => rejection(hanging.credentials.view(ID, { signal })));
  await Promise.all(Array.from({ length: 50 }, () => quick.credentials.view(ID, { signal })));
  await eventually(() => begun === 50, "all are under way");
  assert.deepEqual([listeners, most], [1, 1]);
  controller.abort("enough");
  assert.deepEqual(await Promise.all(calls), Array(50).fill("enough"));
  assert.equal(listeners, 0);
});
