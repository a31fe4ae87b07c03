/** What an attack on an earlier state of the package found, so that it stays mended. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  createVerifyHandler,
  Hyperstack,
  isVerified,
  parseCredentialUrl,
  Verifier,
} from "hyperstack-credentials";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { importSource } from "../support/source.mjs";

const LINK = `https://hyperstack.id/credential/${ID}`;
const client = (fetch, more = {}) =>
  new Hyperstack({ token: "tok_secret_12345", fetch, maxRetries: 0, ...more });

test("options of a call cannot redirect the token", async () => {
  const fetch = mockFetch();
  for (const more of [
    { baseUrl: "https://evil.example" },
    { requestIdHeader: "x" },
    { token: "t" },
    { fetch },
  ]) {
    const refused = ({ name, issues }) => {
      assert.equal(name, "ValidationError");
      assert.deepEqual(
        issues.map(({ path, rule }) => [path, rule]),
        [[Object.keys(more)[0], "unknown_field"]],
      );
      return true;
    };
    await assert.rejects(client(fetch).credentials.view(ID, more), refused);
    await assert.rejects(client(fetch).verify(LINK, more), refused);
  }
  assert.equal(fetch.calls.length, 0);
});

/** A body that is read chunk by chunk from `next`. */
const streaming = (next) => ({
  status: 200,
  headers: new Headers({ "content-type": "application/json" }),
  body: { getReader: () => ({ read: next, cancel: async () => {} }) },
});

test("chunks that throw when they are read end their own call only", async () => {
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  class Lying extends Uint8Array {
    get length() {
      throw new Error("length");
    }
  }
  const chunks = {
    detached,
    subclass: new Lying(4),
    proxy: new Proxy(new Uint8Array(4), {}),
    "another length": Object.defineProperty(new Uint8Array(4), "length", { value: 2 }),
    "no bytes": "text",
  };
  for (const [name, value] of Object.entries(chunks)) {
    const call = client(async () => streaming(async () => ({ done: false, value })), { timeoutMs: 300 });
    const bystander = client(() => json(credential())).credentials.view(ID);
    await assert.rejects(
      call.credentials.view(ID),
      { name: /ConnectionError|TimeoutError|ResponseError/ },
      name,
    );
    assert.equal((await bystander).document_id, ID, name);
  }
});

test("promises that throw when they are awaited end their own call only", async () => {
  const thrower = () => {
    throw new Error("then");
  };
  // Not written as a literal: the linter takes an object with a `then` for a mistake, as it should.
  const having = (target, name, descriptor) => Object.defineProperty(target, name, descriptor);
  const promises = {
    "its own then": () => having(Promise.resolve(), "then", { get: thrower }),
    "its constructor": () => having(Promise.resolve(), "constructor", { get: thrower }),
    "a thenable": () => having({}, "then", { get: thrower }),
    "then called": () => having({}, "then", { value: thrower }),
  };
  for (const [name, promise] of Object.entries(promises)) {
    const call = client(promise, { timeoutMs: 300 }).credentials.view(ID);
    const bystander = client(() => json(credential())).credentials.view(ID);
    await assert.rejects(call, { name: "ConnectionError" }, name);
    assert.equal((await bystander).document_id, ID, name);
  }
});

test("an invalid status is not a success", async () => {
  for (const status of [
    65_536 + 200,
    200.5,
    "200",
    -200,
    2e2 + 2 ** 32,
    Number.NaN,
    Infinity,
    true,
    0,
    null,
    99,
  ]) {
    const fetch = async () => ({
      status,
      headers: new Headers({ "content-type": "application/json" }),
      arrayBuffer: async () => new TextEncoder().encode(JSON.stringify(credential())),
    });
    await assert.rejects(client(fetch).credentials.view(ID), { attempts: 1 }, String(status));
    const verification = await client(fetch).verify(LINK);
    assert.equal(verification.outcome, "indeterminate", String(status));
  }
});

test("a stream that is always ready cannot exceed the timeout", async () => {
  const started = Date.now();
  const endless = client(async () => streaming(async () => ({ done: false, value: new Uint8Array(0) })), {
    timeoutMs: 200,
  });
  await assert.rejects(endless.credentials.view(ID), { name: "TimeoutError" });
  assert.ok(Date.now() - started < 3000);
});

test("refuses a response after a followed redirect", async () => {
  const response = json(credential());
  Object.defineProperty(response, "redirected", { value: true });
  assert.equal((await client(() => response).verify(LINK)).reason, "upstream_redirect");
});

test("a slow token function is not a refusal, and requests are counted", async () => {
  const slow = client(mockFetch(), { token: () => new Promise(() => {}), timeoutMs: 50 });
  await assert.rejects(slow.credentials.view(ID), {
    name: "TimeoutError",
    code: "token_timeout",
    retryable: true,
    attempts: 0,
  });
  assert.equal((await slow.verify(LINK)).reason, "timeout");
  let asked = 0;
  const token = () => {
    asked += 1;
    if (asked > 1) throw new Error("vault");
    return "t";
  };
  const later = client(() => json({}, { status: 503 }), { token, maxRetries: 2 });
  await assert.rejects(later.credentials.view(ID), { code: "token_unavailable", attempts: 1 });
});

test("errors contain no secret in any spelling", async () => {
  for (const said of [
    "dup zoe%40example.com",
    "TOK_SECRET_12345",
    "tok_secret_1234***",
    "dup zoe＠example.com",
    "dup zoe%u0040example.com",
    "dup zoe\\100example.com",
    "dup zoe_at_example.com",
    "dup zoe-at-example.com",
    "54321_terces_kot",
    [...Buffer.from("tok_secret_12345")].join(", "),
    Buffer.from(btoa("Bearer tok_secret_12345")).toString("base64"),
  ]) {
    const failing = client(() =>
      json({ success: false, error: said, error_code: "credential_exists" }, { status: 409 }),
    );
    await assert.rejects(failing.credentials.view(ID), (error) => {
      assert.equal(error.code, "credential_exists");
      assert.equal(error.message.includes(said), false, error.message);
      return true;
    });
  }
});

test("a log that fails later does not affect the response", async () => {
  const handler = createVerifyHandler({
    client: client(() => json(credential())),
    onLog: async () => {
      throw new Error("sink");
    },
  });
  const request = new Request("https://v.example/api/verify", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: LINK }),
  });
  let unhandled = 0;
  const count = () => {
    unhandled += 1;
  };
  process.on("unhandledRejection", count);
  assert.equal((await handler(request)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", count);
  assert.equal(unhandled, 0);
});

test("a name of unusual white space is the caller's mistake, not the service's", async () => {
  const handler = createVerifyHandler({ client: client(() => json(credential())), compareNames: true });
  const body = JSON.stringify({ input: LINK, recipient_name: "\u0085" });
  const headers = { "content-type": "application/json" };
  const answer = await handler(
    new Request("https://v.example/api/verify", { method: "POST", headers, body }),
  );
  assert.equal(answer.status, 400);
  assert.equal((await answer.json()).code, "invalid_body");
});

test("compares names only if the operator enables it", async () => {
  const fetch = mockFetch();
  const handler = createVerifyHandler({ client: client(fetch) });
  const body = JSON.stringify({ input: LINK, recipient_name: "John Doe" });
  const headers = { "content-type": "application/json" };
  const answer = await handler(
    new Request("https://v.example/api/verify", { method: "POST", headers, body }),
  );
  assert.deepEqual([answer.status, (await answer.json()).code], [400, "names_not_compared"]);
  assert.equal(fetch.calls.length, 0);
});

test("allowed origins must be a list, not a string", () => {
  const options = { client: client(mockFetch()), allowedOrigins: "https://acme.example.com" };
  assert.throws(() => createVerifyHandler(options), { name: "ValidationError" });
});

test("refuses a yes that contradicts itself or is old", async () => {
  const genuine = await client(() => json(credential({ valid_until: "2999-01-01T00:00:00Z" }))).verify(LINK);
  assert.equal(isVerified(genuine), true);
  const ask = (body) => new Verifier({ endpoint: "/api/verify", fetch: () => json(body) }).verify(LINK);
  assert.equal(isVerified(await ask(genuine)), true);
  const shown = genuine.credential;
  const changes = {
    "ended before it was checked": { credential: { ...shown, valid_until: "2001-01-01T00:00:00Z" } },
    "issued after it was checked": { credential: { ...shown, issued_on: "2999-01-01T00:00:00Z" } },
    "checked long ago": { checked_at: "2001-01-01T00:00:00.000Z" },
    "checked in the future": { checked_at: "2999-01-01T00:00:00.000Z" },
    "another status passed": {
      checks: genuine.checks.map((c) => (c.id === "status" ? { ...c, code: "revoked" } : c)),
    },
    "private, with a name": { credential: { ...shown, privacy: "private" } },
    "an address": { credential: { ...shown, recipient: { name: "A", email: "a@example.com" } } },
  };
  for (const [name, change] of Object.entries(changes)) {
    const believed = await ask({ ...genuine, ...change });
    assert.equal(believed.outcome, "indeterminate", name);
    assert.equal(believed.reason, "bad_shape", name);
  }
});

test("refuses by name what JSON would silently drop or change", async () => {
  const fetch = mockFetch(() => json({ success: true, message: "m" }));
  const update = (custom_attributes) =>
    client(fetch).recipients.update({ email: "a@example.com", custom_attributes });
  for (const custom_x of [
    new Map([["a", 1]]),
    new Set([1]),
    /x/,
    new Date(Number.NaN),
    [undefined],
    "\ud800",
    () => 1,
    Symbol("s"),
    Promise.resolve(1),
  ]) {
    await assert.rejects(update({ custom_x }), { name: "ValidationError" }, String(custom_x));
  }
  for (const headers of [new Headers({ "x-a": "1" }), new Map([["x-a", "1"]]), { "x-a": "\ud800" }]) {
    await assert.rejects(client(fetch).account.get({ headers }), { name: "ValidationError" });
  }
  for (const name of ["Expect", "upgrade", "keep-alive", "TE", "trailer"]) {
    await assert.rejects(client(fetch).account.get({ headers: { [name]: "x" } }), {
      name: "ValidationError",
    });
  }
  await assert.rejects(update({ custom_x: "x".repeat(2 ** 24) }), { name: "ValidationError" });
  await assert.rejects(client(fetch).verify(LINK, { recipientName: "\ud800" }), { name: "ValidationError" });
  assert.throws(() => client(fetch).credentials.list({}, { maxPages: Number.NaN }), {
    name: "ValidationError",
  });
  assert.equal(fetch.calls.length, 0);
  // What has a JSON form of its own, and fields of a class, are what they say.
  class Place {
    constructor() {
      this.planet = "Mars";
    }
  }
  await update({ custom_x: new Date(0), custom_y: new Place(), custom_z: new URL("https://a.example/") });
  assert.deepEqual(JSON.parse(fetch.calls[0].init.body).custom_attributes, {
    custom_x: "1970-01-01T00:00:00.000Z",
    custom_y: { planet: "Mars" },
    custom_z: "https://a.example/",
  });
});

test("measures a response after decompression", async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000, " "));
  assert.ok(bomb.length < 30_000);
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    const { outcome, reason } = await new Hyperstack({ token: "t", baseUrl }).verify(LINK);
    assert.deepEqual([outcome, reason], ["indeterminate", "body_too_large"]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("accepts a mock's headers with a line end, and an error with a member done", async () => {
  const headers = { "content-type": "application/json\n", "retry-after": "5\n" };
  const answer = (get) => async () => ({
    status: 429,
    headers: { get },
    arrayBuffer: async () => Uint8Array.of(0xff).buffer,
  });
  await assert.rejects(
    client(
      answer((name) => headers[name] ?? null),
      { maxRetries: 0 },
    ).credentials.view(ID),
    {
      name: "RateLimitError",
      retryAfterMs: 5000,
    },
  );
  const throwing = answer((name) => {
    if (name === "age") throw new Error("I am done");
    return headers[name] ?? null;
  });
  await assert.rejects(
    client(throwing, { maxRetries: 0 }).credentials.view(ID),
    (error) => error.name === "ConnectionError" && error.cause.message === "I am done",
  );
});

test("a string of any length uses no memory of the core", async (t) => {
  const encode = t.mock.method(TextEncoder.prototype, "encode");
  const fetch = mockFetch();
  // Not ASCII at its end, so that the core would be given it twice.
  for (const text of ["a", " "].map((letter) => `${letter.repeat(2 ** 24)}é`)) {
    assert.deepEqual(await parseCredentialUrl(text), { ok: false, code: "too_long" });
    assert.equal((await client(fetch).verify(text)).verdict, "malformed_input");
    assert.equal((await new Verifier({ endpoint: "/x", fetch }).verify(text)).verdict, "malformed_input");
    await assert.rejects(client(fetch).credentials.view(text), { name: "ValidationError" });
  }
  const longest = Math.max(0, ...encode.mock.calls.map(({ arguments: [text] }) => text?.length ?? 0));
  assert.ok(longest < 2 ** 24, `${longest} characters`);
  assert.equal(fetch.calls.length, 0);
});

test("a revoked proxy is a wrong argument, and ends no other call", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  let respond;
  const slow = new Promise((resolve) => {
    respond = resolve;
  });
  const inFlight = client(() => slow).credentials.view(ID);
  const refused = { name: "ValidationError" };
  const fetch = mockFetch();
  const group_key = "GcI6H5b66a3v";
  await assert.rejects(client(fetch).credentials.issue({ recipient: proxy, group_key }), refused);
  await assert.rejects(client(fetch).credentials.issue(proxy), refused);
  await assert.rejects(client(fetch).verify(ID, { hosts: proxy }), refused);
  await assert.rejects(client(fetch).verify(ID, proxy), refused);
  await assert.rejects(parseCredentialUrl(ID, { hosts: proxy }), refused);
  assert.equal(fetch.calls.length, 0);
  respond(json(credential()));
  assert.equal((await inFlight).document_id, ID);
});

test("a time that is no date, and an option whose name is an address, are wrong arguments", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const fetch = mockFetch();
  for (const now of [proxy, Object.create(Date.prototype)]) {
    await assert.rejects(client(fetch).verify(ID, { now }), { name: "ValidationError" });
  }
  const name = "zoe@example.com";
  const account = { client: client(fetch) };
  for (const [make, path] of [
    [() => createVerifyHandler({ ...account, [name]: 1 }), "(key)"],
    [() => createVerifyHandler({ ...account, cache: { seconds: 1, [name]: 1 } }), "cache.(key)"],
    [() => createVerifyHandler({ accounts: [{ ...account, [name]: 1 }] }), "accounts[0].(key)"],
  ]) {
    assert.throws(make, ({ message, issues }) => issues[0].path === path && !message.includes(name));
  }
  assert.equal(fetch.calls.length, 0);
});

test("accepts a signal without throwIfAborted", async () => {
  const listeners = new Set();
  const signal = {
    aborted: false,
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
  const item = { group_key: "GcI6H5b66a3v", recipient: { name: "Zoë", email: "zoe@example.com" } };
  const [result] = await client(mockFetch()).credentials.issueMany([item], { signal }).settled();
  assert.equal(result.status, "issued");
});

test("the template refuses wrong settings, and logs no value", async (t) => {
  const logged = [];
  t.mock.method(console, "log", (line) => logged.push(line));
  const good = {
    HYPERSTACK_API_TOKEN: "token-value",
    VERIFY_LIMIT: { limit: async () => ({ success: true }) },
  };
  for (const [changes, text] of [
    [{ VERIFY_LIMIT: "100" }, /VERIFY_LIMIT/],
    [{ VERIFY_LIMIT: undefined }, /VERIFY_LIMIT/],
    [{ ALLOWED_ORIGINS: "https://*.mine.example" }, /allowedOrigins\[0\]/],
    [{ HYPERSTACK_API_TOKEN: undefined }, /token/],
  ]) {
    const worker = await importSource("template/src/index.ts");
    const request = new Request("https://verify.example/api/verify", { method: "POST" });
    const response = await worker.default.fetch(request, { ...good, ...changes });
    assert.equal(response.status, 500);
    assert.match(logged.at(-1), text);
  }
  assert.doesNotMatch(logged.join(), /token-value|mine/);
});
