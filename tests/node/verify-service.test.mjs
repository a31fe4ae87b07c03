/** `createVerifyHandler`, and `Verifier` that asks it: what is answered, and that a lie is never believed. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import {
  createVerifyHandler,
  Hyperstack,
  isVerified,
  toNodeListener,
  Verifier,
} from "hyperstack-credentials";
import { eventually, linkTo, newId, rejection, steer } from "../support/control.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

const ORIGIN = "https://verify.example";
const ENDPOINT = `${ORIGIN}/api/verify`;
const LINK = linkTo(ID);

let sandbox;
let control;
let client;
before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
  client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, maxRetries: 0 });
});
after(() => sandbox.stop());

const request = (body, { method = "POST", headers = {} } = {}) =>
  new Request(ENDPOINT, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
const read = async (response) => ({
  status: response.status,
  type: response.headers.get("content-type"),
  cache: response.headers.get("cache-control"),
  body: await response.json(),
});

/* ---------------------------------------------------------------- handler */

test("responds to every conclusive verdict with 200 and no-store", async () => {
  const handler = createVerifyHandler({ client, issuerLabel: "Acme", compareNames: true });
  for (const [fields, verdict] of [
    [{}, "valid"],
    [{ status: "revoked" }, "revoked"],
    [{ status: "suspended" }, "suspended"],
    [{ status: "expired" }, "expired"],
    [{ status: "unpublished" }, "unpublished"],
    [{ issued_on: "2999-01-01T00:00:00Z" }, "not_yet_valid"],
    [null, "not_found_in_account"],
  ]) {
    const id =
      fields === null ? newId() : await control.credential({ ...fields, recipient_email: "jo@example.com" });
    const response = await handler(request({ input: `${linkTo(id)}?view=recipient` }));
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    const { status, type, cache, body } = await read(response);
    assert.deepEqual(
      [status, type, cache, body.verdict, body.issuer_label],
      [200, "application/json", "no-store", verdict, "Acme"],
    );
    assert.equal(isVerified(body), verdict === "valid");
    assert.ok(!JSON.stringify(body).includes("jo@example.com"));
  }
  for (const [input, verdict] of [
    ["https://evil.example/", "untrusted_host"],
    ["", "malformed_input"],
  ]) {
    const { status, body } = await read(await handler(request({ input })));
    assert.deepEqual([status, body.verdict], [200, verdict]);
  }
  const id = await control.credential({ recipient_name: "Zoë" });
  const name = async (recipient_name) =>
    (await read(await handler(request({ input: id, recipient_name })))).body.verdict;
  assert.deepEqual([await name("ZOË"), await name("Zoe")], ["valid", "recipient_mismatch"]);
});

test("an indeterminate result is a problem with its own status and the verification", async () => {
  for (const [step, reason, expected] of [
    [{ status: 401, body: "{}" }, "unauthorized", 500],
    [{ status: 403, body: "{}" }, "forbidden", 500],
    [
      { status: 429, body: "{}", headers: { "content-type": "application/json", "retry-after": "7" } },
      "rate_limited",
      503,
    ],
    [{ status: 500, body: "{}" }, "upstream_5xx", 502],
    [{ status: 302, headers: { location: "/" } }, "upstream_redirect", 502],
    [{ cut: "before_headers" }, "network", 502],
    [{ delay_ms: 2000 }, "timeout", 504],
    [{ body: "<html>", headers: { "content-type": "text/html" } }, "bad_content_type", 502],
    [{ body: "{" }, "bad_json", 502],
    [{ body: "{}" }, "bad_shape", 502],
    [{ body_repeat: { text: " ", times: 70_000 } }, "body_too_large", 502],
  ]) {
    const id = await control.credential();
    await control.script({ ...step, match: { path_prefix: `/v1/credential/${id}` } });
    const response = await createVerifyHandler({ client, timeoutMs: 300 })(request({ input: id }));
    assert.equal(response.headers.get("retry-after"), reason === "rate_limited" ? "7" : null);
    const { status, type, cache, body } = await read(response);
    assert.deepEqual([status, type, cache], [expected, "application/problem+json", "no-store"], reason);
    assert.deepEqual([body.status, body.code, body.verification.reason], [expected, "indeterminate", reason]);
    assert.equal(body.verification.outcome, "indeterminate");
    assert.deepEqual(Object.keys(body), ["type", "title", "status", "detail", "code", "verification"]);
    assert.equal(body.type, "urn:problem-type:hyperstack-credentials:indeterminate");
    assert.match(body.detail, new RegExp(`\\(${reason}\\).*says nothing about the credential`));
  }
});

test("refuses an invalid request before any lookup", async () => {
  const fetch = mockFetch();
  const handler = createVerifyHandler({ client: new Hyperstack({ token: "t", fetch }) });
  const type = (value) => ({ headers: { "content-type": value } });
  const wide = { input: "x".repeat(4096 - 12) };
  assert.equal(JSON.stringify(wide).length, 4096);
  for (const [asked, status, code] of [
    [new Request(ENDPOINT), 405, "method_not_allowed"],
    [request(undefined, { method: "OPTIONS" }), 405, "method_not_allowed"],
    [request({ input: ID }, { method: "PUT" }), 405, "method_not_allowed"],
    [new Request(ENDPOINT, { method: "DELETE" }), 405, "method_not_allowed"],
    [request({ input: ID }, type("text/plain")), 415, "unsupported_media_type"],
    [request({ input: ID }, type("application/x-www-form-urlencoded")), 415, "unsupported_media_type"],
    [request({ input: ID }, type("application/jsonp")), 415, "unsupported_media_type"],
    [new Request(ENDPOINT, { method: "POST" }), 415, "unsupported_media_type"],
    [request({ input: `${wide.input}x` }), 413, "body_too_large"],
    [request(`{"input":"${"é".repeat(2100)}"}`), 413, "body_too_large"],
    [request(""), 400, "invalid_body"],
    [request(undefined), 400, "invalid_body"],
    [request("{"), 400, "invalid_body"],
    [request("null"), 400, "invalid_body"],
    [request('"text"'), 400, "invalid_body"],
    [request([{ input: ID }]), 400, "invalid_body"],
    [request({}), 400, "invalid_body"],
    [request({ input: 7 }), 400, "invalid_body"],
    [request({ input: ID, token: "x" }), 400, "invalid_body"],
    [request(`{"input":"${ID}","input":"${ID}"}`), 400, "invalid_body"],
    [request(`{"input":"${ID}","\\u0069nput":"x"}`), 400, "invalid_body"],
    [request({ input: ID, hosts: ["evil.example"] }), 400, "invalid_body"],
    [request(`{"input":"${ID}","__proto__":{}}`), 400, "invalid_body"],
    [request({ input: ID, recipient_name: 7 }), 400, "invalid_body"],
    [request({ input: ID, recipient_name: " " }), 400, "invalid_body"],
    [request({ input: ID, recipient_name: null }), 400, "invalid_body"],
    [
      new Request(ENDPOINT, {
        method: "POST",
        body: new Uint8Array([0x22, 0xff, 0x22]),
        ...type("application/json"),
      }),
      400,
      "invalid_body",
    ],
  ]) {
    const response = await handler(asked);
    if (status === 405) assert.equal(response.headers.get("allow"), "POST");
    const { status: got, type: mime, cache, body } = await read(response);
    assert.deepEqual(
      [got, mime, cache, body.code, body.status],
      [status, "application/problem+json", "no-store", code, status],
    );
    assert.deepEqual(Object.keys(body), ["type", "title", "status", "detail", "code"]);
    assert.equal(body.type, `urn:problem-type:hyperstack-credentials:${code}`);
    for (const text of [body.title, body.detail]) assert.ok(text.length > 10, code);
  }
  assert.equal(fetch.calls.length, 0);
  assert.equal((await handler(request({ input: ID }, type("Application/JSON; charset=utf-8")))).status, 200);
  assert.equal((await handler(request(wide))).status, 200, "4096 bytes are not too many");
});

test("does not read an endless body to its end", async () => {
  let pulled = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(1000));
    },
  });
  const endless = new Request(ENDPOINT, {
    method: "POST",
    body,
    duplex: "half",
    headers: { "content-type": "application/json" },
  });
  assert.equal((await createVerifyHandler({ client })(endless)).status, 413);
  assert.ok(pulled < 12, `${pulled} chunks were read`);
});

test("serves other origins only if they are listed", async () => {
  const fetch = mockFetch();
  const asking = new Hyperstack({ token: "t", fetch });
  const handler = createVerifyHandler({ client: asking, allowedOrigins: ["https://acme.example"] });
  const from = (origin, more = {}) => request({ input: ID }, { headers: { origin, ...more } });
  for (const origin of [
    "https://evil.example",
    "null",
    "http://verify.example",
    "https://acme.example.evil.example",
    "https://acme.example:444",
    "https://ACME.example/",
  ]) {
    const response = await handler(from(origin));
    assert.deepEqual(
      [response.status, response.headers.get("access-control-allow-origin")],
      [403, null],
      origin,
    );
    const preflight = await handler(request(undefined, { method: "OPTIONS", headers: { origin } }));
    assert.deepEqual(
      [preflight.status, preflight.headers.get("access-control-allow-origin")],
      [403, null],
      origin,
    );
  }
  assert.equal(fetch.calls.length, 0);
  const own = await handler(from(ORIGIN));
  assert.deepEqual(
    [own.status, own.headers.get("access-control-allow-origin"), own.headers.get("vary")],
    [200, null, "origin"],
  );
  const listed = await handler(from("https://acme.example"));
  assert.deepEqual(
    [listed.status, listed.headers.get("access-control-allow-origin")],
    [200, "https://acme.example"],
  );
  assert.equal(listed.headers.get("access-control-allow-credentials"), null);
  const preflight = await handler(
    request(undefined, { method: "OPTIONS", headers: { origin: "https://acme.example" } }),
  );
  assert.equal(preflight.status, 204);
  assert.deepEqual(
    ["origin", "methods", "headers"].map((name) => preflight.headers.get(`access-control-allow-${name}`)),
    ["https://acme.example", "POST", "content-type"],
  );
  // A proxy has changed the name of the host; the browser knows that it is the page's own.
  const proxied = await handler(from("https://behind.example", { "sec-fetch-site": "same-origin" }));
  assert.deepEqual([proxied.status, proxied.headers.get("access-control-allow-origin")], [200, null]);
  for (const site of ["same-site", "cross-site", "none"]) {
    assert.equal((await handler(from("https://evil.example", { "sec-fetch-site": site }))).status, 403);
  }
  const refused = await handler(request("{", { headers: { origin: "https://acme.example" } }));
  assert.equal(
    refused.headers.get("access-control-allow-origin"),
    "https://acme.example",
    "its page can read why",
  );
});

test("serves extensions and apps if they are listed", async () => {
  const allowedOrigins = [
    "chrome-extension://abcdefghijklmnop",
    "moz-extension://5f8c8e8e-0000-4000-8000-000000000000",
    "safari-web-extension://5F8C8E8E-0000-4000-8000-000000000000",
    "capacitor://localhost",
    "tauri://localhost",
    "app://localhost:8080",
    "http://localhost",
  ];
  const client = new Hyperstack({ token: "t", fetch: mockFetch() });
  const handler = createVerifyHandler({ client, allowedOrigins });
  for (const origin of allowedOrigins) {
    const response = await handler(request({ input: ID }, { headers: { origin } }));
    assert.deepEqual([response.status, response.headers.get("access-control-allow-origin")], [200, origin]);
  }
  const other = await handler(request({ input: ID }, { headers: { origin: "capacitor://other" } }));
  assert.equal(other.status, 403);
});

test("calls allow before it reads the body or queries an account", async () => {
  const fetch = mockFetch();
  const seen = [];
  for (const allow of [
    (asked) => {
      seen.push(asked);
      return false;
    },
    async () => false,
  ]) {
    const handler = createVerifyHandler({ client: new Hyperstack({ token: "t", fetch }), allow });
    const asked = request({ input: ID });
    const response = await handler(asked);
    assert.equal(asked.bodyUsed, false);
    assert.equal(response.headers.get("retry-after"), "60");
    assert.deepEqual([response.status, (await response.json()).code], [429, "too_many_requests"]);
  }
  assert.ok(seen[0] instanceof Request);
  assert.equal(fetch.calls.length, 0);
  const asked = (admission) =>
    createVerifyHandler({ client: new Hyperstack({ token: "t", fetch }), allow: () => admission })(
      request({ input: ID }),
    );
  for (const [admission, wait] of [
    [{ allowed: false, retryAfterSeconds: 7 }, "7"],
    [{ allowed: false, retryAfterSeconds: 0.2 }, "1"],
    [{ allowed: false, retryAfterSeconds: 0 }, "0"],
    [{ allowed: false, retryAfterSeconds: -1 }, "60"],
    [{ allowed: false, retryAfterSeconds: Number.NaN }, "60"],
    [{ allowed: false, retryAfterSeconds: "7\r\nx: y" }, "60"],
    [{ allowed: false }, "60"],
    // What a limiter of another form says is no yes.
    [{ success: true }, "60"],
    [{ success: false }, "60"],
    [{ allowed: "yes" }, "60"],
    [1, "60"],
    [undefined, "60"],
    [null, "60"],
  ]) {
    const response = await asked(admission);
    assert.deepEqual([response.status, response.headers.get("retry-after")], [429, wait]);
  }
  assert.equal(fetch.calls.length, 0);
  for (const admission of [true, Promise.resolve(true), { allowed: true }]) {
    assert.equal((await asked(admission)).status, 200);
  }
});

test("an internal fault is a 500 without details", async () => {
  for (const options of [
    { client: new Hyperstack({ token: () => "two words" }) },
    {
      client: new Hyperstack({ token: "t" }),
      allow: () => {
        throw new Error("secret-detail");
      },
    },
    { client: { verify: () => Promise.reject("secret-detail") } },
  ]) {
    const { status, type, cache, body } = await read(
      await createVerifyHandler(options)(request({ input: ID })),
    );
    assert.deepEqual([status, type, cache], [500, "application/problem+json", "no-store"]);
    assert.deepEqual(Object.keys(body).sort(), ["code", "detail", "status", "title", "type"]);
    assert.equal(body.code, "internal");
    assert.doesNotMatch(JSON.stringify(body), /secret-detail|words/);
  }
});

test("names wrong options when the handler is created", () => {
  const client = new Hyperstack({ token: "t" });
  const host = { path: "hosts[0]", rule: "host" };
  for (const [options, ...issues] of [
    [undefined, { path: "client", rule: "client" }],
    [{}, { path: "client", rule: "client" }],
    [{ client: {} }, { path: "client", rule: "client" }],
    [
      { client, accounts: [{ client }] },
      { path: "accounts", rule: "not_beside" },
    ],
    [{ accounts: [] }, { path: "accounts", rule: "not_empty" }],
    [{ accounts: [{}] }, { path: "accounts[0].client", rule: "client" }],
    [
      { client, allowedOrigin: [] },
      { path: "allowedOrigin", rule: "unknown_field" },
    ],
    [
      { client, recipientName: "x" },
      { path: "recipientName", rule: "unknown_field" },
    ],
    [
      { client, __proto__: null, toString: 1 },
      { path: "toString", rule: "unknown_field" },
    ],
    [
      { client, allowedOrigins: "https://a.example" },
      { path: "allowedOrigins", rule: "array" },
    ],
    ...[
      "*",
      "null",
      "https://a.example/",
      "https://A.example",
      "a.example",
      "https://a.example:443",
      "https://*.a.example",
      "https://*",
      "chrome-extension://*",
      "capacitor://",
      "capacitor://localhost/",
      "Capacitor://localhost",
      "file:///",
      7,
    ].map((origin) => [
      { client, allowedOrigins: [origin] },
      { path: "allowedOrigins[0]", rule: "origin" },
    ]),
    [
      { client, hosts: "hyperstack.id" },
      { path: "hosts", rule: "array" },
    ],
    [
      { client, hosts: [] },
      { path: "hosts", rule: "not_blank" },
    ],
    ...["*", "", "a", "a..b", "-a.b", "a-.b", "a.b.", ".a.b", "a.1", "a.b:1", "https://a.b", "a_b.c", 7].map(
      (host) => [
        { client, hosts: [host] },
        { path: "hosts[0]", rule: "host" },
      ],
    ),
    [{ client, hosts: [`${"a".repeat(64)}.b`] }, host],
    [{ client, hosts: [`${"a.".repeat(127)}b`] }, host],
    [
      { client, skewSeconds: -1, timeoutMs: 1.5 },
      { path: "skewSeconds", rule: "count" },
      { path: "timeoutMs", rule: "count" },
    ],
    [
      { client, totalTimeoutMs: "1", maxRetries: Number.NaN },
      { path: "totalTimeoutMs", rule: "count" },
      { path: "maxRetries", rule: "count" },
    ],
    [
      { client, allowMetadata: "a" },
      { path: "allowMetadata", rule: "array" },
    ],
    [
      { client, allowMetadata: ["a", " "] },
      { path: "allowMetadata[1]", rule: "not_blank" },
    ],
    ...["", "\u0085", "\u2028 "].map((issuerLabel) => [
      { client, issuerLabel, allowMetadata: [issuerLabel] },
      { path: "issuerLabel", rule: "not_blank" },
      { path: "allowMetadata[0]", rule: "not_blank" },
    ]),
    [
      { client, skewSeconds: 300_000, maxRetries: 2 ** 32 },
      { path: "skewSeconds", rule: "day_seconds" },
      { path: "maxRetries", rule: "count" },
    ],
    [
      { client, compareNames: "false" },
      { path: "compareNames", rule: "boolean" },
    ],
    [
      { client, allow: true, onLog: {} },
      { path: "allow", rule: "function" },
      { path: "onLog", rule: "function" },
    ],
  ]) {
    assert.throws(
      () => createVerifyHandler(options),
      (error) => {
        assert.deepEqual(error.name, "ValidationError");
        assert.deepEqual(
          error.issues.map(({ path, rule }) => ({ path, rule })),
          issues,
        );
        return true;
      },
    );
  }
  const all = [
    "hosts",
    "skewSeconds",
    "allowMetadata",
    "issuerLabel",
    "timeoutMs",
    "allow",
    "onLog",
    "accounts",
  ];
  createVerifyHandler({ client, ...Object.fromEntries(all.map((name) => [name, undefined])) });
});

test("obeys no option that something else added to Object.prototype", async (t) => {
  const inherit = (members) => {
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
      t.after(() => delete Object.prototype[name]);
    }
  };
  let calls = 0;
  let logged = 0;
  const fetch = async () => {
    calls += 1;
    return json(credential());
  };
  // Requests are created first: a runtime reads inherited options.
  const asked = [1, 2].map(() => ({
    plain: request({ input: LINK }),
    named: request({ input: ID, recipient_name: "Jo" }),
    foreign: request({ input: ID }, { headers: { origin: "https://evil.example" } }),
    again: request({ input: LINK }),
  }));
  inherit({
    ...{ cache: { seconds: 3600 }, compareNames: true, allowedOrigins: ["https://evil.example"] },
    ...{ label: "Evil", issuerLabel: "Evil", hosts: ["evil.example"], receipts: true, allowMetadata: ["x"] },
    onLog: () => {
      logged += 1;
    },
    ...{ allowed: true, recipient_name: "Eve", store: new Map(), maxAgeSeconds: 1e9, skewSeconds: 86_400 },
  });
  const client = new Hyperstack({ token: "t", fetch });
  const created = [
    createVerifyHandler({ client }),
    createVerifyHandler({ accounts: [{ client }, { client }], cache: { seconds: 1 } }),
  ];
  for (const [at, handler] of created.entries()) {
    const { plain, named, foreign } = asked[at];
    const { status, body } = await read(await handler(plain));
    assert.deepEqual([status, body.verdict, body.issuer_label], [200, "valid", null]);
    assert.ok(!Object.hasOwn(body, "receipt"));
    assert.equal((await read(await handler(named))).body.code, "names_not_compared");
    assert.equal((await handler(foreign)).status, 403);
  }
  await created[0](asked[0].again);
  assert.deepEqual([calls, logged], [4, 0]);
  const limited = createVerifyHandler({ client, allow: () => false });
  assert.equal((await limited(asked[1].again)).status, 429);
});

test("does not reject for a request whose url is a path", async () => {
  const handler = createVerifyHandler({ client: new Hyperstack({ token: "t", fetch: mockFetch() }) });
  const asked = {
    ...{ method: "POST", url: "/api/verify", body: new Blob([JSON.stringify({ input: ID })]).stream() },
    headers: new Headers({ origin: "https://a.example", "content-type": "application/json" }),
  };
  assert.equal((await handler(asked)).status, 403);
});

test("names options that are too long for a signed receipt when the handler is created", async () => {
  const client = new Hyperstack({ token: "t", fetch: mockFetch() });
  const { privateKey: key } = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const receipts = { key, kid: "k" };
  const hosts = Array.from({ length: 300 }, (_, at) => `certificates-${at}.acme.example`);
  for (const options of [
    { client, hosts },
    { client, issuerLabel: "x".repeat(8192) },
    { client, receipts: { key, kid: "\u0001".repeat(1400) } },
    { accounts: [{ client }, { client, label: "é".repeat(4096) }] },
  ]) {
    assert.throws(
      () => createVerifyHandler({ receipts, ...options }),
      ({ issues }) => issues[0].path === "receipts" && issues[0].rule === "receipt",
    );
    createVerifyHandler({ ...options, receipts: true });
  }
  // As much as there may be, with the longest host: it is signed.
  const most = {
    receipts: { key, kid: "\u0001".repeat(1100) },
    hosts: [`${"a.".repeat(125)}ab`],
    issuerLabel: "é".repeat(650),
  };
  const answer = await createVerifyHandler({ client, ...most })(request({ input: ID }));
  assert.equal(answer.status, 200);
});

test("the handler accepts the same hosts as the core", async () => {
  const client = new Hyperstack({ token: "t", fetch: mockFetch() });
  const labels = [
    "a",
    "A1",
    "a-b",
    "-a",
    "a-",
    "",
    "1",
    "a_b",
    "ä",
    "x".repeat(63),
    "x".repeat(64),
    "a b",
    "*",
  ];
  const hosts = labels.flatMap((one) =>
    labels.flatMap((two) => [one, `${one}.${two}`, `${one}.${two}.org`, `${one}.org.${two}`]),
  );
  const takes = (host) => {
    try {
      return Boolean(createVerifyHandler({ client, hosts: [host] }));
    } catch {
      return false;
    }
  };
  let taken = 0;
  for (const host of [
    ...hosts,
    `${"a.".repeat(126)}a`,
    `${"a.".repeat(126)}ab`,
    "[::1]",
    "127.0.0.1",
    "a.b\n",
  ]) {
    const core = await client.verify(ID, { hosts: [host] }).then(
      () => true,
      () => false,
    );
    assert.equal(takes(host), core, host);
    taken += core ? 1 : 0;
  }
  assert.ok(taken > 50, `${taken} were taken`);
});

test("writes a log entry per request, without link, name, address or token", async () => {
  const entries = [];
  const mocked = new Hyperstack({ token: "tok_secret", fetch: () => json(credential()) });
  const handler = createVerifyHandler({
    client: mocked,
    allowedOrigins: ["https://acme.example"],
    compareNames: true,
    onLog: (entry) => entries.push(entry),
  });
  const failing = createVerifyHandler({
    client: new Hyperstack({
      token: "tok_secret",
      maxRetries: 0,
      fetch: () => json({ detail: LINK }, { status: 500 }),
    }),
    onLog: (entry) => entries.push(entry),
  });
  await handler(request({ input: LINK, recipient_name: "John Doe" }));
  await handler(request({ input: LINK, recipient_name: "Jane Roe" }));
  await handler(request({ input: `https://evil.example/${ID}` }));
  await handler(request({ input: LINK, john: 1 }));
  await handler(request({ input: LINK }, { headers: { origin: "https://evil.example" } }));
  await handler(request(undefined, { method: "OPTIONS", headers: { origin: "https://acme.example" } }));
  await failing(request({ input: LINK }));
  await createVerifyHandler({
    client: new Hyperstack({ token: () => "a b" }),
    onLog: (entry) => entries.push(entry),
  })(request({ input: LINK }));
  const told = entries.map(({ outcome, verdict, reason, status }) => [outcome, verdict, reason, status]);
  assert.deepEqual(told, [
    ["verified", "valid", null, 200],
    ["not_verified", "recipient_mismatch", null, 200],
    ["not_verified", "untrusted_host", null, 200],
    ["refused", null, "invalid_body", 400],
    ["refused", null, "origin_not_allowed", 403],
    ["refused", null, "preflight", 204],
    ["indeterminate", "indeterminate", "upstream_5xx", 502],
    ["refused", null, "invalid_request", 500],
  ]);
  for (const entry of entries) {
    assert.deepEqual(Object.keys(entry).sort(), [
      "accounts",
      "cached",
      "latency_ms",
      "outcome",
      "reason",
      "status",
      "verdict",
    ]);
    assert.ok(entry.latency_ms >= 0);
  }
  const text = JSON.stringify(entries);
  for (const secret of [ID, "hyperstack.id", "evil", "John", "Jane", "example", "tok_secret"]) {
    assert.ok(!text.includes(secret), secret);
  }
});

test("a log that fails does not affect the response", async () => {
  const mocked = new Hyperstack({ token: "t", fetch: mockFetch() });
  const handler = createVerifyHandler({
    client: mocked,
    onLog: () => {
      throw new Error("disk full");
    },
  });
  assert.equal((await handler(request({ input: ID }))).status, 200);
});

/* ------------------------------------------------------------- node:http */

/** `toNodeListener` on a socket; gives its port. */
const listening = async (t, handler) => {
  const server = createServer(toNodeListener(handler));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return server.address().port;
};
/** Sends bytes as they are; gives what comes back until the connection ends or `enough` is there. */
const raw = (port, text, enough = /\r\n\r\n/) =>
  new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      got += chunk;
      if (enough.test(got)) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(got));
  });

test("toNodeListener serves Node's own server", async (t) => {
  const seen = [];
  const handler = createVerifyHandler({ client: new Hyperstack({ token: "t", fetch: mockFetch() }) });
  const port = await listening(t, (asked) => {
    seen.push(asked);
    return handler(asked);
  });
  const url = `http://127.0.0.1:${port}/api/verify?x=1`;
  const headers = { "content-type": "application/json", origin: `http://127.0.0.1:${port}` };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ input: LINK }) });
  const { status, type, cache, body } = await read(answer);
  assert.deepEqual([status, type, cache, body.verdict], [200, "application/json", "no-store", "valid"]);
  assert.deepEqual(
    [seen[0].url, seen[0].method, seen[0].headers.get("origin")],
    [url, "POST", headers.origin],
  );
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    assert.equal((await fetch(url, { method })).status, 405, method);
  }
  assert.equal(
    (await fetch(url, { method: "POST", headers: { origin: "https://evil.example" } })).status,
    403,
  );
  for (const [text, status] of [
    ["TRACE / HTTP/1.1\r\nhost: a.example\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\nhost: [\r\ncontent-length: 0\r\n\r\n", 400],
    // No host reaches into the path.
    ...["x@a.example", "a.example/admin?", "a.example?", "a.example#", "a.example\\b", "a b"].map((host) => [
      `POST /api/verify HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 0\r\n\r\n`,
      400,
    ]),
    ["POST // HTTP/1.1\r\nhost: a.example\r\ncontent-length: 0\r\n\r\n", 415],
    ["POST http://[ HTTP/1.1\r\nhost: a.example\r\ncontent-length: 0\r\n\r\n", 415],
    // No path makes another host the handler's own.
    [
      "POST //evil.example/ HTTP/1.1\r\nhost: a.example\r\norigin: http://evil.example\r\ncontent-length: 0\r\n\r\n",
      403,
    ],
    [
      "POST http://evil.example/ HTTP/1.1\r\nhost: a.example\r\norigin: http://evil.example\r\ncontent-length: 0\r\n\r\n",
      403,
    ],
    ["POST * HTTP/1.1\r\nhost: a.example\r\ncontent-length: 0\r\n\r\n", 415],
    ["POST /x HTTP/1.0\r\ncontent-length: 0\r\n\r\n", 415],
  ]) {
    assert.match(await raw(port, text), new RegExp(`^HTTP/1.1 ${status} `), text);
  }
  await raw(port, "POST /api/verify HTTP/1.1\r\nhost:\r\ncontent-length: 0\r\n\r\n");
  assert.equal(seen.at(-1).url, "http://localhost/api/verify");
});

test("an unread body does not block the connection", async (t) => {
  const handler = createVerifyHandler({
    client: new Hyperstack({ token: "t", fetch: mockFetch() }),
    allow: () => false,
  });
  const port = await listening(t, handler);
  const long = "x".repeat(2 ** 20);
  for (const [method, type, status] of [
    ["PUT", "application/json", 405],
    ["POST", "text/plain", 415],
    ["POST", "application/json", 429],
  ]) {
    const first = `${method} / HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: ${long.length}\r\n\r\n`;
    const second = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const got = await raw(port, `${first}${long}${second}`, /HTTP[\s\S]*HTTP[\s\S]*method_not_allowed"}/);
    assert.deepEqual(got.match(/HTTP\/1.1 \d+/g), [`HTTP/1.1 ${status}`, "HTTP/1.1 405"], method);
  }
});

test("a custom handler that rejects leads to 500, and cookies stay separate", async (t) => {
  const port = await listening(t, async (asked) => {
    if (asked.url.endsWith("/broken")) throw new Error("secret");
    const headers = new Headers();
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    return new Response("fine", { headers });
  });
  const broken = await fetch(`http://127.0.0.1:${port}/broken`, { method: "POST", body: "x" });
  assert.deepEqual([broken.status, await broken.text()], [500, ""]);
  const fine = await fetch(`http://127.0.0.1:${port}/`);
  assert.deepEqual([fine.status, fine.headers.getSetCookie()], [200, ["a=1", "b=2"]]);
});

test("responds 413 to an endless body over a socket, and reads a body in many pieces", async (t) => {
  const handler = createVerifyHandler({ client: new Hyperstack({ token: "t", fetch: mockFetch() }) });
  const port = await listening(t, handler);
  const head = "POST / HTTP/1.1\r\nhost: a.example\r\ncontent-type: application/json\r\n";
  const endless = `${head}transfer-encoding: chunked\r\n\r\n${`3e8\r\n${"x".repeat(1000)}\r\n`.repeat(200)}`;
  assert.match(await raw(port, endless, /body_too_large/), /^HTTP\/1.1 413 /);
  const body = JSON.stringify({ input: LINK });
  const pieces = [...body].map((letter) => `1\r\n${letter}\r\n`).join("");
  const whole = `${head}transfer-encoding: chunked\r\n\r\n${pieces}0\r\n\r\n`;
  assert.match(await raw(port, whole, /"verdict":"valid"/), /^HTTP\/1.1 200 /);
});

test("a body parser may have read the body before toNodeListener", async (t) => {
  const handler = createVerifyHandler({ client: new Hyperstack({ token: "t", fetch: mockFetch() }) });
  const listener = toNodeListener(handler);
  const question = JSON.stringify({ input: LINK });
  const readAll = async (asked) => {
    const chunks = [];
    for await (const chunk of asked) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const parsers = {
    "express.json": async (asked) => {
      asked.body = JSON.parse(await readAll(asked));
    },
    "express.text": async (asked) => {
      asked.body = String(await readAll(asked));
    },
    "express.raw": async (asked) => {
      asked.body = await readAll(asked);
    },
    "a platform that keeps the bytes": async (asked) => {
      asked.rawBody = await readAll(asked);
      asked.body = { of: "another form" };
    },
    "a parser for another content type": async (asked) => {
      asked.body = {};
    },
    none: async () => {},
    "one that keeps nothing": async (asked) => {
      await readAll(asked);
    },
  };
  for (const [name, parser] of Object.entries(parsers)) {
    const server = createServer(async (asked, response) => {
      await parser(asked);
      await listener(asked, response);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: question,
      signal: AbortSignal.timeout(5000),
    });
    const text = await answer.text();
    if (name === "one that keeps nothing") {
      assert.equal(answer.status, 500);
      assert.match(text, /The body was read before/);
    } else {
      assert.deepEqual([answer.status, JSON.parse(text).verdict], [200, "valid"], name);
    }
  }
});

test("toNodeListener never rejects, and leaves a response that something else has sent", async () => {
  const listener = toNodeListener(
    createVerifyHandler({ client: new Hyperstack({ token: "t", fetch: mockFetch() }) }),
  );
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cycle = {};
  cycle.cycle = cycle;
  const fault = () => {
    throw new Error("secret");
  };
  const bodies = {
    bigint: { body: { input: 1n } },
    cycle: { body: cycle },
    toJSON: { body: { toJSON: fault } },
    proxy: { body: revoked.proxy },
    getter: Object.defineProperty({}, "body", { get: fault }),
    rawBody: Object.defineProperty({}, "rawBody", { get: fault }),
    stream: { readableEnded: false, on: fault },
    headers: Object.defineProperty({ body: {} }, "headers", { get: fault }),
  };
  const respond = async (asked, how = {}) => {
    const sent = [];
    const response = {
      writableFinished: false,
      headersSent: false,
      on: () => {},
      writeHead(status) {
        this.headersSent = true;
        sent.push(status);
      },
      end: () => sent.push("end"),
      ...how,
    };
    const request = { method: "POST", headers: {}, readableEnded: true, on: () => {}, ...asked };
    for (const name of Object.keys(Object.getOwnPropertyDescriptors(asked))) {
      Object.defineProperty(request, name, Object.getOwnPropertyDescriptor(asked, name));
    }
    assert.equal(await listener(request, response), undefined);
    return sent.join();
  };
  for (const [name, asked] of Object.entries(bodies)) {
    assert.equal(await respond(asked), name === "headers" ? "400,end" : "500,end", name);
  }
  const question = { body: { input: ID }, headers: { "content-type": "application/json" } };
  assert.equal(await respond(question), "200,end");
  assert.equal(await respond(question, { headersSent: true }), "");
  for (const member of ["on", "writeHead", "end"]) await respond(question, { [member]: fault });
});

test("toNodeListener leaves the response of a middleware with a time limit", async (t) => {
  let answer;
  const answered = new Promise((resolve) => {
    answer = resolve;
  });
  const listener = toNodeListener(() => answered);
  let done;
  const server = createServer((asked, response) => {
    done = listener(asked, response);
    response.writeHead(503).end("slow");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const got = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: "POST", body: "x" });
  assert.deepEqual([got.status, await got.text()], [503, "slow"]);
  answer(new Response("late"));
  await done;
});

test("a disconnect aborts the request, during its body and after it", async (t) => {
  const entries = [];
  let asked;
  const reached = new Promise((resolve) => {
    asked = resolve;
  });
  const fetch = (_, { signal }) =>
    new Promise((_, reject) => {
      asked();
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const handler = createVerifyHandler({
    client: new Hyperstack({ token: "t", fetch }),
    onLog: (entry) => entries.push(entry),
  });
  const port = await listening(t, handler);
  const head = "POST / HTTP/1.1\r\nhost: a.example\r\ncontent-type: application/json\r\n";
  const body = JSON.stringify({ input: LINK });
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  });
  await reached;
  socket.destroy();
  await eventually(() => entries.length === 1, "the first is logged");
  const cut = connect(port, "127.0.0.1", () =>
    cut.write(`${head}content-length: 99\r\n\r\n{`, () => cut.destroy()),
  );
  await eventually(() => entries.length === 2, "the second is logged");
  assert.deepEqual(
    entries.map(({ outcome, reason, status }) => [outcome, reason, status]),
    [
      ["refused", "aborted", 499],
      ["refused", "invalid_body", 400],
    ],
  );
});

/* ------------------------------------------------------------------ cache */

const START = Date.parse("2026-11-21T12:00:00Z");

/** A service with a memory and a clock of its own; `answers` is what the account says, changed at will. */
const remembering = (t, options = {}) => {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["Date"], now: START });
  const entries = [];
  const it = { answers: () => json(credential()), entries };
  const account = () => mockFetch((...given) => it.answers(...given));
  it.fetch = account();
  const client = new Hyperstack({ token: "t", fetch: it.fetch, maxRetries: 0 });
  const which = options.accounts ? {} : { client };
  it.handler = createVerifyHandler({
    ...which,
    cache: { seconds: 60 },
    compareNames: true,
    onLog: (entry) => entries.push(entry),
    ...options,
  });
  it.ask = async (input = LINK, more = {}) => {
    const response = await it.handler(request({ input, ...more }));
    const body = await response.json();
    const { state, code, params } = (body.verification ?? body).checks[12];
    return {
      age: response.headers.get("age"),
      freshness: [state, code, params.age_s],
      body,
      cached: entries.at(-1).cached,
    };
  };
  it.at = (seconds) => t.mock.timers.setTime(START + seconds * 1000);
  return it;
};
const revoked = () => json(credential({ status: "revoked" }));

test("without the option every request queries the account", async (t) => {
  const service = remembering(t, { cache: undefined });
  for (const _ of [1, 2]) {
    const { age, freshness, cached } = await service.ask();
    assert.deepEqual([age, freshness, cached], [null, ["pass", "live", 0], false]);
  }
  assert.equal(service.fetch.calls.length, 2);
});

test("returns a yes again with its age and time of check, for the set time only", async (t) => {
  const service = remembering(t, { receipts: true });
  const first = await service.ask();
  assert.deepEqual([first.age, first.freshness, first.cached], [null, ["pass", "live", 0], false]);
  service.answers = revoked;
  for (const [seconds, age] of [
    [0, 1],
    [0.5, 1],
    [1.001, 2],
    [30, 30],
    [59.999, 60],
  ]) {
    service.at(seconds);
    const again = await service.ask(`  ${LINK}/?view=recipient#x`);
    assert.deepEqual(
      [again.age, again.freshness, again.cached],
      [String(age), ["warn", "cached", age], true],
    );
    assert.equal(again.body.checked_at, new Date(START).toISOString());
    assert.ok(isVerified(again.body));
    assert.equal(again.body.receipt.checks[12].code, "cached", "the receipt says so, too");
    assert.deepEqual(service.entries.at(-1).accounts, []);
  }
  assert.equal(service.fetch.calls.length, 1);
  service.at(60);
  const { age, cached, body } = await service.ask();
  assert.deepEqual([age, cached, body.verdict, service.fetch.calls.length], [null, false, "revoked", 2]);
});

test("returns no yes again that is older than maxAgeSeconds", async (t) => {
  const service = remembering(t, { cache: { seconds: 3600 }, maxAgeSeconds: 10 });
  const cached = [];
  for (const seconds of [0, 9, 10]) {
    service.at(seconds);
    cached.push((await service.ask()).cached);
  }
  assert.deepEqual(cached, [false, true, false]);
});

test("Verifier accepts a cached yes", async (t) => {
  const service = remembering(t);
  const verifier = new Verifier({
    endpoint: ENDPOINT,
    fetch: (url, init) => service.handler(new Request(url, init)),
  });
  for (const code of ["live", "cached"]) {
    const found = await verifier.verify(LINK);
    assert.ok(isVerified(found));
    assert.equal(found.checks[12].code, code);
  }
});

test("caches nothing but a yes", async (t) => {
  const service = remembering(t);
  for (const answer of [
    ...["revoked", "suspended", "expired", "unpublished", "archived"].map(
      (status) => () => json(credential({ status })),
    ),
    () => json(credential({ issued_on: "2999-01-01T00:00:00Z" })),
    () => json({ success: false, error: "x" }, { status: 404 }),
    () => json({}, { status: 500 }),
    () => json({}, { status: 429, headers: { "retry-after": "5" } }),
    () => Promise.reject(new TypeError("gone")),
  ]) {
    service.answers = answer;
    const before = service.fetch.calls.length;
    for (const _ of [1, 2]) assert.equal((await service.ask()).cached, false);
    assert.equal(service.fetch.calls.length, before + 2);
  }
  service.answers = () => json(credential());
  for (const [input, verdict] of [
    ["text", "malformed_input"],
    [`https://evil.example/credential/${ID}`, "untrusted_host"],
  ]) {
    assert.equal((await service.ask(input)).body.verdict, verdict);
  }
  assert.equal((await service.ask()).cached, false);
});

test("a request with a name does not use the cache", async (t) => {
  const service = remembering(t);
  const named = (recipient_name) => service.ask(LINK, { recipient_name });
  assert.equal((await named("John Doe")).body.verdict, "valid");
  assert.equal((await service.ask()).cached, false);
  assert.equal((await service.ask()).cached, true);
  assert.equal((await named("Jane Roe")).body.verdict, "recipient_mismatch");
  assert.equal((await named("John Doe")).cached, false);
  assert.equal(service.fetch.calls.length, 4);
});

test("a link and a bare id are cached separately, and so are credentials", async (t) => {
  const service = remembering(t);
  assert.equal((await service.ask(LINK)).cached, false);
  assert.equal((await service.ask(ID)).cached, false);
  const { body, cached } = await service.ask(ID);
  assert.deepEqual([cached, body.subject.input_kind], [true, "id"]);
  const other = newId();
  service.answers = () =>
    json(credential({ document_id: other, document_url: linkTo(other), status: "revoked" }));
  assert.equal((await service.ask(linkTo(other))).body.verdict, "revoked");
});

test("a no for the other spelling removes a yes", async (t) => {
  const other = (input) => (input === LINK ? ID : LINK);
  for (const kept of [ID, LINK]) {
    const service = remembering(t);
    assert.equal((await service.ask(kept)).body.verdict, "valid");
    assert.equal((await service.ask(kept)).cached, true);
    service.answers = revoked;
    assert.equal((await service.ask(other(kept))).body.verdict, "revoked");
    const after = await service.ask(kept);
    assert.deepEqual([after.body.verdict, after.cached], ["revoked", false]);
  }
});

test("a no of a request with a name removes a yes, a name that differs does not", async (t) => {
  const service = remembering(t);
  await service.ask();
  assert.equal((await service.ask(LINK, { recipient_name: "Jane Roe" })).body.verdict, "recipient_mismatch");
  assert.equal((await service.ask()).cached, true);
  service.answers = () => json({ success: false, error: "x" }, { status: 404 });
  assert.equal(
    (await service.ask(LINK, { recipient_name: "John Doe" })).body.verdict,
    "not_found_in_account",
  );
  assert.equal((await service.ask()).body.verdict, "not_found_in_account");
});

test("does not cache a yes that was requested before a no", async (t) => {
  const service = remembering(t);
  let answer;
  service.answers = () => new Promise((resolve) => (answer = resolve));
  const slow = service.ask();
  await eventually(() => answer !== undefined, "the first is asked");
  service.at(1);
  service.answers = revoked;
  assert.equal((await service.ask()).body.verdict, "revoked");
  answer(json(credential()));
  assert.equal((await slow).body.verdict, "valid");
  assert.equal((await service.ask()).body.verdict, "revoked");
});

test("does not cache a yes beyond the credential's expiry, or for longer when stored again", async (t) => {
  const service = remembering(t);
  const valid_until = new Date(START + 20_000).toISOString();
  service.answers = () => json(credential({ valid_until }));
  await service.ask();
  service.at(19.9);
  assert.equal((await service.ask()).cached, true);
  service.at(20);
  assert.equal((await service.ask()).cached, false);

  const aged = remembering(t);
  aged.answers = () => json(credential(), { headers: { age: "45" } });
  assert.deepEqual((await aged.ask()).freshness, ["warn", "cached", 45]);
  aged.at(10);
  const again = await aged.ask();
  assert.deepEqual([again.cached, again.age, again.freshness], [true, "55", ["warn", "cached", 55]]);
  aged.at(15);
  assert.equal((await aged.ask()).cached, false);
  aged.answers = () => json(credential(), { headers: { age: "60" } });
  aged.at(100);
  for (const _ of [1, 2]) assert.equal((await aged.ask()).cached, false);
});

test("ignores a cached yes after the clock was set back", async (t) => {
  const service = remembering(t);
  await service.ask();
  service.at(-1);
  assert.equal((await service.ask()).cached, false);
});

test("with several accounts, caches a yes only if all of them responded", async (t) => {
  const absent = () => json({ success: false, error: "x" }, { status: 404 });
  const account = (answer) => ({
    client: new Hyperstack({ token: "t", maxRetries: 0, fetch: (...given) => answer(...given) }),
  });
  let second = () => json({}, { status: 503 });
  const service = remembering(t, { accounts: [account(() => json(credential())), account(() => second())] });
  for (const _ of [1, 2]) {
    const { body, cached } = await service.ask();
    assert.deepEqual([body.verdict, cached], ["valid", false]);
  }
  second = absent;
  assert.equal((await service.ask()).cached, false);
  second = revoked;
  assert.equal((await service.ask()).cached, true);
  service.at(60);
  assert.equal((await service.ask()).body.verdict, "revoked");
});

test("the default store is bounded and drops the oldest result first", async (t) => {
  const service = remembering(t);
  service.answers = (url) => {
    const id = url.split("/").at(-2);
    return json(credential({ document_id: id, document_url: linkTo(id) }));
  };
  const ids = Array.from({ length: 1001 }, () => newId());
  for (const id of ids) assert.equal((await service.ask(id)).cached, false);
  assert.equal((await service.ask(ids[1])).cached, true);
  assert.equal((await service.ask(ids[1000])).cached, true);
  assert.equal((await service.ask(ids[0])).cached, false);
});

test("a custom store receives hashes as keys, and is not trusted", async (t) => {
  const kept = new Map();
  const puts = [];
  const store = {
    get: async (key) => kept.get(key) ?? null,
    put: async (key, value, seconds) => {
      puts.push([key, seconds]);
      kept.set(key, value);
    },
  };
  const service = remembering(t, { cache: { seconds: 60, store } });
  await service.ask();
  const [[key, seconds]] = puts;
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(seconds, 60);
  assert.equal((await service.ask()).cached, true);
  const good = JSON.parse(kept.get(key));
  assert.doesNotMatch(kept.get(key), /john@example/);
  service.answers = revoked;
  const other = newId();
  for (const [what, text] of [
    ["nothing", undefined],
    ["another type", 7],
    ["no JSON", "{"],
    ["another credential's", JSON.stringify(good).replaceAll(ID, other)],
    [
      "a no turned into a yes",
      JSON.stringify({ ...good, credential: { ...good.credential, status: "revoked" } }),
    ],
    [
      "a check that failed",
      JSON.stringify({ ...good, checks: good.checks.with(6, { ...good.checks[6], state: "fail" }) }),
    ],
    ["said tomorrow", JSON.stringify({ ...good, checked_at: new Date(START + 1000).toISOString() })],
    ["said a minute ago", JSON.stringify({ ...good, checked_at: new Date(START - 60_000).toISOString() })],
    [
      "of an age that is none",
      JSON.stringify({
        ...good,
        checks: good.checks.with(12, { ...good.checks[12], params: { age_s: "old" } }),
      }),
    ],
    ...[true, null, "", "40", undefined].map((age_s) => [
      `of the age ${JSON.stringify(age_s)}`,
      JSON.stringify({
        ...good,
        checks: good.checks.with(12, { ...good.checks[12], params: { age_s } }),
      }),
    ]),
    [
      "of an age below 0",
      JSON.stringify({
        ...good,
        checks: good.checks.with(12, { ...good.checks[12], params: { age_s: -99 } }),
      }),
    ],
    [
      "said an hour ago, of an age that makes it young",
      JSON.stringify({
        ...good,
        checked_at: new Date(START - 3_600_000).toISOString(),
        checks: good.checks.with(12, { ...good.checks[12], params: { age_s: -3599 } }),
      }),
    ],
    [
      "over",
      JSON.stringify({
        ...good,
        credential: { ...good.credential, valid_until: new Date(START).toISOString() },
      }),
    ],
    ["a no", JSON.stringify(await (await service.handler(request({ input: ID }))).json())],
  ]) {
    kept.set(key, text);
    const { cached, body } = await service.ask();
    assert.deepEqual([cached, body.verdict], [false, "revoked"], what);
  }
  kept.set(key, JSON.stringify(good));
  assert.equal((await service.ask()).cached, true, "and this one it was");
});

test("services with different policies do not share results", async (t) => {
  const kept = new Map();
  const store = { get: (key) => kept.get(key), put: (key, value) => kept.set(key, value) };
  const cache = { seconds: 60, store };
  let at = 0;
  for (const options of [
    {},
    { allowMetadata: ["custom_location"] },
    { issuerLabel: "Acme" },
    { issuerLabel: "Acme Labs" },
    { skewSeconds: 0 },
    { hosts: ["hyperstack.id", "acme.example"] },
  ]) {
    const service = remembering(t, { cache, ...options });
    assert.equal((await service.ask()).cached, false, JSON.stringify(options));
    assert.equal((await service.ask()).cached, true);
    at += 1;
    assert.equal(kept.size, at);
  }
});

test("a store that fails or hangs does not affect the response", async (t) => {
  const down = () => {
    throw new Error("down");
  };
  const rejects = async () => down();
  const hangs = () => new Promise(() => {});
  for (const [get, put] of [
    [down, down],
    [rejects, rejects],
    [hangs, () => {}],
    [() => null, hangs],
  ]) {
    const service = remembering(t, { cache: { seconds: 60, store: { get, put } } });
    const { cached, body } = await service.ask();
    assert.deepEqual([cached, body.verdict], [false, "valid"]);
  }
});

test("a store that hangs does not exceed the timeout of the request", async () => {
  const hangs = () => new Promise(() => {});
  const store = { get: hangs, put: hangs };
  const ask = async (options, clientOptions) => {
    const fetch = (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const client = new Hyperstack({ token: "t", fetch, maxRetries: 0, ...clientOptions });
    const handler = createVerifyHandler({ client, cache: { seconds: 60, store }, ...options });
    const started = Date.now();
    const { status } = await handler(request({ input: ID }));
    return [status, Date.now() - started];
  };
  for (const [options, clientOptions] of [
    [{ totalTimeoutMs: 300 }, {}],
    [{}, { totalTimeoutMs: 300 }],
  ]) {
    const [status, took] = await ask(options, clientOptions);
    assert.equal(status, 504);
    assert.ok(took < 700, `${took} ms`);
  }
});

/* --------------------------------------------------------------- verifier */

/** A service on a socket that answers as `answer(response, body)` does; its requests are kept. */
async function service(answer) {
  const received = [];
  const server = createServer(async (asked, response) => {
    let body = "";
    for await (const chunk of asked) body += chunk;
    received.push({ method: asked.method, url: asked.url, headers: asked.headers, body });
    await answer(response, body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}/api/verify`, received, stop };
}

const honestOf = (changes) => {
  const mocked = new Hyperstack({ token: "t", fetch: () => json(credential(changes)), maxRetries: 0 });
  return mocked.verify(LINK);
};
const send =
  (status, type, body, headers = {}) =>
  (response) => {
    response.writeHead(status, { "content-type": type, ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
const ok = (body) => send(200, "application/json", body);

test("accepts every honest response of createVerifyHandler unchanged", async () => {
  const handler = createVerifyHandler({ client, timeoutMs: 300, compareNames: true });
  const server = await service(async (response, body) => {
    const answer = await handler(request(body));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
    server.last = answer;
  });
  try {
    const verifier = new Verifier({ endpoint: server.url });
    const step = async (fields, script) => {
      const id = await control.credential(fields);
      if (script) await control.script({ ...script, match: { path_prefix: `/v1/credential/${id}` } });
      return id;
    };
    for (const [id, outcome, verdict, reason] of [
      [await step({}), "verified", "valid", null],
      [await step({ privacy: "private" }), "verified", "valid", null],
      [await step({ status: "revoked" }), "not_verified", "revoked", null],
      [await step({ status: "unpublished" }), "not_verified", "unpublished", null],
      [newId(), "not_verified", "not_found_in_account", null],
      [await step({ status: "archived" }), "indeterminate", "indeterminate", "unknown_status"],
      [await step({}, { status: 500, body: "{}" }), "indeterminate", "indeterminate", "upstream_5xx"],
      [await step({}, { status: 401, body: "{}" }), "indeterminate", "indeterminate", "unauthorized"],
      [await step({}, { delay_ms: 2000 }), "indeterminate", "indeterminate", "timeout"],
    ]) {
      for (const input of [linkTo(id), ...(reason === null ? [id] : [])]) {
        const found = await verifier.verify(input);
        assert.deepEqual([found.outcome, found.verdict, found.reason], [outcome, verdict, reason], input);
        assert.equal(found.subject.id, id);
        assert.equal(isVerified(found), outcome === "verified");
      }
    }
    const id = await step({ recipient_name: "Zoë" });
    assert.equal((await verifier.verify(id, { recipientName: "zoë" })).verdict, "valid");
    assert.equal((await verifier.verify(id, { recipientName: "Eve" })).verdict, "recipient_mismatch");
  } finally {
    await server.stop();
  }
});

test("sends only the canonical link: no query, no fragment, no token", async () => {
  const good = await honestOf();
  const server = await service(ok(good));
  try {
    const verifier = new Verifier({ endpoint: server.url });
    assert.deepEqual(
      await verifier.verify(`  https://HYPERSTACK.id/credential/${ID}/?utm_source=secret&token=x#me `),
      good,
    );
    await verifier.verify(ID, { recipientName: "John Doe" });
    assert.deepEqual(
      server.received.map(({ body }) => JSON.parse(body)),
      [{ input: LINK }, { input: ID, recipient_name: "John Doe" }],
    );
    for (const { method, url, headers } of server.received) {
      assert.deepEqual(
        [method, url, headers["content-type"], headers.accept],
        ["POST", "/api/verify", "application/json", "application/json"],
      );
      assert.equal(headers.authorization, undefined);
    }
    for (const [input, verdict] of [
      ["https://evil.example/", "untrusted_host"],
      ["text", "malformed_input"],
    ]) {
      assert.equal((await verifier.verify(input)).verdict, verdict);
    }
    assert.equal(server.received.length, 2, "what is no link is not sent");
  } finally {
    await server.stop();
  }
});

test("accepts nothing but consistent responses from a service", async () => {
  const good = await honestOf();
  const undecided = await honestOf({ status: "archived" });
  const revoked = await honestOf({ status: "revoked" });
  assert.ok(isVerified(good) && undecided.outcome === "indeterminate" && revoked.verdict === "revoked");
  /** A copy with changes, each at its path; `undefined` takes the member out. */
  const lie = (changes, base = good) => {
    const copy = structuredClone(base);
    for (const [path, value] of Object.entries(changes)) {
      const keys = path.split(".");
      const last = keys.pop();
      const parent = keys.reduce((found, key) => found[key], copy);
      if (value === undefined) delete parent[last];
      else parent[last] = value;
    }
    return copy;
  };
  const checks = (change) => lie({ checks: change(structuredClone(good.checks)) });
  const state = (at, value) => lie({ [`checks.${at}.state`]: value });
  const other = newId();
  const problem = (status, members, headers) =>
    send(status, "application/problem+json", { title: "x", status, ...members }, headers);

  const lies = [
    // About another credential.
    [ok(lie({ "subject.id": other })), "bad_shape"],
    [ok(lie({ "subject.id": null })), "bad_shape"],
    [ok(lie({ "subject.input_kind": "id" })), "bad_shape"],
    [ok(lie({ "credential.document_id": other })), "bad_shape"],
    [ok(lie({ "credential.document_url": linkTo(other) })), "bad_shape"],
    [ok(lie({ "credential.document_url": "javascript:alert(1)" })), "bad_shape"],
    [ok(lie({ "subject.canonical_url": `https://evil.example/credential/${ID}` })), "bad_shape"],
    [ok(lie({ "subject.canonical_url": "javascript:alert(1)" })), "bad_shape"],
    [ok(lie({ "subject.canonical_url": null })), "bad_shape"],
    // Verified against its own checks: each required one, in each state that is no pass.
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((at) =>
      ["fail", "warn", "error", "skipped"].map((value) => [ok(state(at, value)), "bad_shape"]),
    ),
    ...[9, 10, 11, 12].map((at) => [ok(state(at, "fail")), "bad_shape"]),
    ...[9, 10, 11, 12].map((at) => [ok(state(at, "error")), "bad_shape"]),
    [ok(state(6, "passed")), "bad_shape"],
    ...good.checks.map((_, at) => [ok(checks((list) => list.toSpliced(at, 1))), "bad_shape"]),
    [ok(checks((list) => [...list, { id: "extra", state: "fail", code: "x", params: {} }])), "bad_shape"],
    [ok(checks((list) => [...list, { id: "extra", state: "error", code: "x", params: {} }])), "bad_shape"],
    [ok(checks((list) => [...list, list[12]])), "bad_shape"],
    [ok(checks((list) => list.toReversed())), "bad_shape"],
    [ok(checks((list) => [list[1], list[0], ...list.slice(2)])), "bad_shape"],
    [ok(checks(() => [])), "bad_shape"],
    [ok(lie({ checks: undefined })), "bad_shape"],
    [ok(lie({ checks: {} })), "bad_shape"],
    // Outcome, verdict, reason and credential that disagree.
    ...["revoked", "expired", "indeterminate", "not_found_in_account", "fine"].map((verdict) => [
      ok(lie({ verdict })),
      "bad_shape",
    ]),
    ...["not_verified", "indeterminate", "yes"].map((outcome) => [ok(lie({ outcome })), "bad_shape"]),
    [ok(lie({ verdict: "valid", outcome: "verified" }, revoked)), "bad_shape"],
    [ok(lie({ outcome: "verified" }, revoked)), "bad_shape"],
    [ok(lie({ verdict: "valid", outcome: "verified", reason: null }, undecided)), "bad_shape"],
    [ok(lie({ reason: "network" })), "bad_shape"],
    [ok(lie({ reason: null }, undecided)), "bad_shape"],
    [ok(lie({ reason: "mood" }, undecided)), "bad_shape"],
    [ok(lie({ verdict: "expired", outcome: "not_verified" })), "bad_shape"],
    [ok(lie({ credential: good.credential }, undecided)), "bad_shape"],
    [ok(lie({ credential: null })), "bad_shape"],
    [ok(lie({ credential: undefined })), "bad_shape"],
    ...["revoked", "expired", "ACTIVE", "", null].map((status) => [
      ok(lie({ "credential.status": status })),
      "bad_shape",
    ]),
    // Of another shape.
    [ok(lie({ schema: "hyperstack-verify/2" })), "bad_shape"],
    [ok(lie({ schema: undefined })), "bad_shape"],
    [ok(lie({ checked_at: "now" })), "bad_shape"],
    [ok(lie({ retryable: "no" })), "bad_shape"],
    [ok([good]), "bad_shape"],
    [ok({ verification: good }), "bad_shape"],
    [ok({ valid: true }), "bad_shape"],
    [ok("null"), "bad_shape"],
    [ok(`${JSON.stringify(revoked).slice(0, -1)},"outcome":"verified","verdict":"valid"}`), "bad_shape"],
    [ok(""), "bad_json"],
    [ok("{"), "bad_json"],
    [ok(`${JSON.stringify(good)} x`), "bad_json"],
    [send(200, "text/html", "<h1>valid</h1>"), "bad_content_type"],
    [send(200, "text/plain", good), "bad_content_type"],
    [send(204, "application/json", ""), "bad_json"],
    [ok(lie({ padding: "x".repeat(70_000) })), "body_too_large"],
    // Faults: a verdict inside one is none.
    [send(302, "application/json", good, { location: "/elsewhere" }), "upstream_redirect"],
    [send(500, "text/html", "<h1>valid</h1>"), "upstream_5xx"],
    [send(503, "application/json", good), "upstream_5xx"],
    [problem(502, {}), "upstream_5xx"],
    [problem(502, { verification: good }), "upstream_5xx"],
    [problem(500, { verification: revoked }), "upstream_5xx"],
    [problem(502, { verification: lie({ "subject.id": other }, undecided) }), "upstream_5xx"],
    [problem(502, { verification: "verified" }), "upstream_5xx"],
    [problem(400, { verification: good }), "bad_shape"],
    [problem(404, { verification: good }), "bad_shape"],
    [problem(201, { verification: good }), "bad_shape"],
    [send(404, "text/html", "<h1>404</h1>"), "bad_content_type"],
    [problem(401, {}), "unauthorized"],
    [problem(403, { code: "origin_not_allowed" }), "forbidden"],
    [problem(429, {}, { "retry-after": "17" }), "rate_limited", 17],
    // The wire.
    [(response) => response.destroy(), "network"],
    [
      (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "9999" });
        response.write("{");
        setTimeout(() => response.destroy(), 20);
      },
      "network",
    ],
    [
      (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write(JSON.stringify(good).slice(0, 99));
      },
      "timeout",
    ],
    [() => {}, "timeout"],
  ];
  let at = 0;
  const server = await service((response) => lies[at][0](response));
  try {
    for (; at < lies.length; at++) {
      const [, reason, wait = null] = lies[at];
      const slow = reason === "timeout";
      const verifier = new Verifier({ endpoint: server.url, timeoutMs: slow ? 200 : 10_000 });
      const found = await verifier.verify(LINK);
      const what = `lie ${at}: ${String(JSON.stringify(found.checks))}`;
      assert.equal(isVerified(found), false, what);
      assert.deepEqual(
        [found.outcome, found.verdict, found.reason],
        ["indeterminate", "indeterminate", reason],
        what,
      );
      assert.deepEqual(
        [found.credential, found.retry_after_s, found.subject.canonical_url],
        [null, wait, LINK],
        what,
      );
      assert.equal(found.checks.length, 13);
    }
    assert.equal(server.received.length, lies.length);
  } finally {
    await server.stop();
  }
});

test("a check of a later version is accepted unless it failed", async () => {
  const good = await honestOf();
  for (const state of ["pass", "warn", "skipped"]) {
    const checks = [...good.checks, { id: "later_check", state, code: "later_code", params: {} }];
    const fetch = mockFetch(() => json({ ...good, checks }));
    const found = await new Verifier({ endpoint: "/api/verify", fetch }).verify(LINK);
    assert.equal(isVerified(found), true, state);
    assert.equal(found.checks.length, 14);
  }
});

test("requires a name comparison that was requested", async () => {
  const good = await honestOf();
  const server = await service(ok(good));
  try {
    const verifier = new Verifier({ endpoint: server.url });
    assert.equal((await verifier.verify(LINK)).verdict, "valid");
    const found = await verifier.verify(LINK, { recipientName: "Eve" });
    assert.deepEqual([found.outcome, found.reason], ["indeterminate", "bad_shape"]);
  } finally {
    await server.stop();
  }
});

test("validates the verifier's own options, and passes on aborts", async () => {
  for (const endpoint of [
    "",
    "//evil.example",
    "http://example.com/",
    "javascript:alert(1)",
    "https://a.example/?x",
    "api/verify",
  ]) {
    const error = await rejection(new Verifier({ endpoint }).verify(LINK));
    assert.deepEqual([error.name, error.issues[0].path], ["ValidationError", "endpoint"], endpoint);
  }
  const ask = (options, call) =>
    rejection(new Verifier({ endpoint: ENDPOINT, fetch: mockFetch(), ...options }).verify(LINK, call));
  assert.equal((await ask({ timeoutMs: -1 })).issues[0].path, "timeoutMs");
  assert.equal((await ask({ hosts: ["*"] })).issues[0].path, "hosts[0]");
  assert.equal((await ask({ token: "x" })).issues[0].rule, "unknown_field");
  assert.equal((await ask({}, { recipientName: "" })).issues[0].path, "recipientName");
  const never = { fetch: () => new Promise(() => {}) };
  const controller = new AbortController();
  const pending = ask(never, { signal: controller.signal });
  const reason = { closed: true };
  setTimeout(() => controller.abort(reason), 30);
  assert.equal(await pending, reason);
  const relative = mockFetch(() => json({}));
  await new Verifier({ endpoint: "/api/verify", fetch: relative }).verify(LINK);
  assert.equal(relative.calls[0].url, "/api/verify");
  assert.deepEqual(Object.keys(relative.calls[0].init.headers).sort(), ["accept", "content-type"]);
});
