/** Options and arguments: what is wrong is named, all of it, before anything is sent; what is right is used. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  createVerifyHandler,
  Hyperstack,
  parseCredentialUrl,
  parseWebhook,
  Verifier,
  verifyInAccounts,
  verifyReceipt,
} from "hyperstack-credentials";
import { linkedInUrl } from "hyperstack-credentials/exports";
import { rejection, steer } from "../support/control.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let control;
before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
});
after(() => sandbox.stop());

/** `path rule` of every finding. */
const findings = (error) => {
  assert.equal(error.name, "ValidationError", String(error.stack));
  assert.deepEqual([error.code, error.attempts, error.retryable], ["invalid_request", 0, false]);
  for (const { path, message } of error.issues) {
    assert.ok(message.length > 3);
    assert.ok(error.message.includes(path), error.message);
  }
  return error.issues.map(({ path, rule }) => `${path} ${rule}`.trim());
};
const thrownBy = (make) => {
  try {
    make();
  } catch (error) {
    return error;
  }
  throw new Error("an exception was expected");
};

test("names all wrong options and sends nothing", async () => {
  const { requests } = await control.state();
  const options = {
    token: sandbox.token,
    baseUrl: "http://api.example.com",
    timeoutMs: -1,
    totalTimeoutMs: 1.5,
    maxRetries: "2",
    maxResponseBytes: Number.POSITIVE_INFINITY,
    requestIdHeader: "x y",
  };
  const expected = [
    "baseUrl base_url",
    "timeoutMs count",
    "totalTimeoutMs count",
    "maxRetries count",
    "maxResponseBytes count",
    "requestIdHeader header_name",
  ];
  const client = new Hyperstack(options);
  for (const call of [
    () => client.credentials.view(ID),
    () => client.credentials.publish(ID),
    () => client.groups.create({ title: "T", description: "D", badge_template: "b" }),
    () => client.credentials.generate({ recipient: { name: "A", email: "a@example.com" }, group_key: "k" }),
    () => client.verify(ID),
  ]) {
    assert.deepEqual(findings(await rejection(call())).sort(), [...expected].sort());
  }
  const good = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
  const wrong = {
    timeoutMs: "1",
    hosts: ["*.example.org"],
    skewSeconds: -1,
    recipientName: " ",
    allowMetadata: "all",
  };
  const { timeoutMs: _, ...policy } = wrong;
  assert.deepEqual(findings(await rejection(good.verify(ID, policy))), [
    "hosts[0] host",
    "skewSeconds count",
    "recipientName not_blank",
    "allowMetadata array",
  ]);
  assert.deepEqual(findings(await rejection(good.verify(ID, { timeoutMs: "1", later: 2 }))), [
    "timeoutMs count",
    "later unknown_field",
  ]);
  const headers = { authorization: "Bearer x", "x\ny": "1", "x-text": "a\r\nb", "x-fine": "1" };
  assert.deepEqual(findings(await rejection(good.credentials.view(ID, { headers }))), [
    "headers.authorization own_header",
    "headers.x\ny own_header",
    "headers.x-text header_value",
  ]);
  assert.equal((await control.state()).requests, requests);
});

test("names all wrong arguments and sends nothing", async () => {
  const { requests } = await control.state();
  const client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
  const cycle = {};
  cycle.self = cycle;
  for (const [call, expected] of [
    [() => client.groups.create(), ["object"]],
    [() => client.groups.create(null), ["object"]],
    [() => client.groups.create("x"), ["object"]],
    [() => client.groups.create([]), ["object"]],
    [
      () => client.groups.create({}),
      ["title required", "description required", "certificate_template any_template"],
    ],
    [() => client.groups.create(cycle), ["json"]],
    [() => client.groups.create({ title: 1n }), ["json"]],
    [
      () =>
        client.groups.create({
          title: "T",
          description: "D",
          badge_template: "b",
          does_expire: true,
          tags: ["a,b"],
        }),
      ["tags[0] no_comma", "validity needed_with_does_expire"],
    ],
    [
      () =>
        client.credentials.generate({
          recipient: { email: "nobody" },
          group_key: "../x",
          custom_attributes: { place: 1 },
          note: 1,
        }),
      [
        "custom_attributes.place custom_prefix",
        "group_key group_key",
        "note unknown_field",
        "recipient.email email",
        "recipient.name required",
      ],
    ],
    [() => client.credentials.view(), ["document_id required"]],
    [() => client.credentials.view(null), ["document_id string"]],
    [() => client.credentials.view({}), ["document_id string"]],
    [() => client.credentials.view(["x"]), ["document_id string"]],
    [() => client.verify(), ["input string"]],
    [() => client.verify(new URL(`https://hyperstack.id/credential/${ID}`)), ["input string"]],
    [() => parseCredentialUrl(7), ["text string"]],
    [() => parseCredentialUrl(ID, { skew: 1 }), ["skew unknown_field"]],
    ...[
      "",
      "..",
      "%2e%2e",
      "a/b",
      "undefined",
      `${ID}/`,
      ` ${ID}`,
      `${ID}\n`,
      ID.slice(1),
      "F1BAF2F3-2F4F-4874-93C3-E6D9D874AA39",
    ].map((id) => [() => client.credentials.publish(id), ["document_id document_id"]]),
  ]) {
    assert.deepEqual(findings(await rejection(call())).sort(), [...expected].sort(), String(call));
  }
  assert.equal((await control.state()).requests, requests);
});

test("messages for common mistakes say what to pass instead", async () => {
  const client = new Hyperstack({ token: "t", fetch: mockFetch() });
  const recipient = { name: "A", email: "a@example.com" };
  const map = { recipient, group_key: "k", custom_attributes: new Map([["custom_a", 1]]) };
  for (const [call, expected, text] of [
    [
      client.credentials.update(ID, { expiry: "2030-01-01" }),
      "expiry epoch_seconds",
      /a Date or a Unix time/,
    ],
    [client.credentials.generate(map), "custom_attributes json", /plain objects/],
    [client.credentials.view(`https://hyperstack.id/credential/${ID}`), "document_id document_id", /verify/],
    [client.credentials.view(ID, { timeout: 1 }), "timeout unknown_field", /is not a field or option/],
  ]) {
    const error = await rejection(call);
    assert.deepEqual(findings(error), [expected]);
    assert.match(error.message, text);
  }
});

test("refuses a path as endpoint on a server; elsewhere a failed request is a network failure", async () => {
  const path = new Verifier({ endpoint: "/api/verify" });
  const error = await rejection(path.verify(ID));
  assert.deepEqual(findings(error), ["endpoint endpoint"]);
  assert.match(error.message, /endpoint must be an https URL: a path works only in a page/);
  const fetch = async () => {
    throw new TypeError("lost");
  };
  for (const [endpoint, more] of [
    ["/api/verify", { fetch }],
    ["http://127.0.0.1:1/api/verify", {}],
  ]) {
    assert.equal((await new Verifier({ endpoint, ...more }).verify(ID)).reason, "network");
  }
  globalThis.location = { origin: "https://a.example" };
  try {
    assert.equal((await path.verify(ID)).reason, "network");
  } finally {
    delete globalThis.location;
  }
});

test("null means no options", async () => {
  const fetch = mockFetch();
  const client = new Hyperstack({ token: "t", fetch });
  assert.equal((await client.credentials.view(ID, null)).status, "active");
  assert.equal((await client.verify(ID, null)).verdict, "valid");
  assert.equal((await parseCredentialUrl(ID, null)).ok, true);
  assert.equal(
    (await new Verifier({ endpoint: "https://a.example/", fetch: () => json({}) }).verify(ID, null)).outcome,
    "indeterminate",
  );
});

test("constructors validate what they can at once", () => {
  for (const options of [
    undefined,
    null,
    {},
    { token: "" },
    { token: 7 },
    { token: null },
    { token: ["t"] },
  ]) {
    assert.deepEqual(findings(thrownBy(() => new Hyperstack(options))), ["token token"]);
  }
  assert.deepEqual(findings(thrownBy(() => new Hyperstack({ token: "t", fetch: "x" }))), ["fetch function"]);
  const several = { token: "a b", baseURL: "https://a.example", retries: 3, signal: null };
  assert.deepEqual(findings(thrownBy(() => new Hyperstack(several))), [
    "token token",
    "baseURL unknown_field",
    "retries unknown_field",
    "signal unknown_field",
  ]);
  for (const options of [undefined, null, {}, { endpoint: new URL("https://a.example") }]) {
    assert.deepEqual(findings(thrownBy(() => new Verifier(options))), ["endpoint string"]);
  }
});

test("names the variable to set for a missing token, and a similar option for an unknown one", () => {
  const message = (options) => thrownBy(() => new Hyperstack(options)).message;
  for (const token of [undefined, null, ""]) {
    assert.match(message({ token }), /^Hyperstack: token is missing: set HYPERSTACK_API_TOKEN \(/);
  }
  const unset = { token: process.env.HYPERSTACK_API_TOKEN_THAT_NOBODY_SET };
  assert.match(message(unset), /HYPERSTACK_API_TOKEN/);
  const wrong = message({ token: "se cret" });
  assert.match(wrong, /token must be printable ASCII/);
  assert.doesNotMatch(wrong, /se|cret/);
  for (const [name, meant] of [
    ["baseURL", "baseUrl"],
    ["base_url", "baseUrl"],
    ["timeout", "timeoutMs"],
    ["retries", "maxRetries"],
    ["apiToken", "token"],
    ["fetchImpl", "fetch"],
  ]) {
    assert.equal(
      message({ token: "t", [name]: 1 }),
      `Hyperstack: ${name} is not an option: did you mean ${meant}?`,
    );
  }
  for (const name of ["url", "proxy"]) {
    assert.equal(message({ token: "t", [name]: 1 }), `Hyperstack: ${name} is not an option`);
  }
  assert.match(message({ token: "t", headers: {} }), /headers is an option of calls, not of the client/);
});

test("undefined does not replace a default of the package or the client", async () => {
  const fetch = mockFetch(
    (_url, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)),
  );
  const client = new Hyperstack({
    token: "t",
    fetch,
    baseUrl: "https://a.example/v0",
    timeoutMs: 40,
    maxRetries: 0,
    totalTimeoutMs: undefined,
    requestIdHeader: undefined,
  });
  const nothing = {
    timeoutMs: undefined,
    maxRetries: undefined,
    totalTimeoutMs: undefined,
    maxResponseBytes: undefined,
    signal: undefined,
  };
  for (const call of [
    () => client.credentials.view(ID, nothing),
    () => client.credentials.view(ID, undefined),
  ]) {
    const error = await rejection(call());
    assert.deepEqual([error.name, error.attempts], ["TimeoutError", 1]);
  }
  const policy = {
    hosts: undefined,
    skewSeconds: undefined,
    now: undefined,
    recipientName: undefined,
    allowMetadata: undefined,
    issuerLabel: undefined,
  };
  const verification = await client.verify(ID, { ...nothing, ...policy });
  assert.deepEqual(
    [verification.reason, verification.policy.hosts, verification.policy.skew_s],
    ["timeout", ["hyperstack.id"], 300],
  );
  for (const { url } of fetch.calls) assert.equal(url, `https://a.example/v0/v1/credential/${ID}/view`);
  const whole = new Hyperstack({
    token: "t",
    baseUrl: undefined,
    fetch: mockFetch(),
    timeoutMs: undefined,
    dangerouslyAllowBrowser: undefined,
  });
  assert.equal((await whole.credentials.view(ID)).status, "active");
});

test("options of a call override those of the client, for that call", async () => {
  const statuses = [];
  const fetch = mockFetch(() =>
    json({}, { status: statuses.shift() ?? 503, headers: { "retry-after": "0" } }),
  );
  const client = new Hyperstack({ token: "t", fetch, maxRetries: 0 });
  const attempts = async (options) => (await rejection(client.credentials.view(ID, options))).attempts;
  assert.equal(await attempts(), 1);
  assert.equal(await attempts({ maxRetries: 3 }), 4);
  assert.equal(await attempts(), 1);
  assert.equal(await attempts({ maxRetries: 3, totalTimeoutMs: 0 }), 1);
  const small = await rejection(
    new Hyperstack({ token: "t", fetch: () => json(credential()) }).credentials.view(ID, {
      maxResponseBytes: 10,
    }),
  );
  assert.equal(small.code, "body_too_large");
});

test("maxRetries defaults to two, and totalTimeoutMs bounds the waits too", async () => {
  const fetch = mockFetch(() => json({}, { status: 503, headers: { "retry-after": "0" } }));
  const client = new Hyperstack({ token: "t", fetch });
  assert.equal((await rejection(client.credentials.view(ID))).attempts, 3);
  const waiting = new Hyperstack({
    token: "t",
    fetch: () => json({}, { status: 503, headers: { "retry-after": "5" } }),
    totalTimeoutMs: 4000,
  });
  const started = Date.now();
  const error = await rejection(waiting.credentials.view(ID));
  assert.deepEqual([error.attempts, error.retryAfterMs, error.retryable], [1, 5000, true]);
  assert.ok(Date.now() - started < 1000, "it did not wait for what it cannot use");
});

test("a token may be a string or a function, called at every attempt", async () => {
  const sent = [];
  const statuses = [503, 200];
  const fetch = (_url, init) => {
    sent.push(init.headers.authorization);
    return json(credential(), { status: statuses.shift() ?? 200, headers: { "retry-after": "0" } });
  };
  let renewed = 0;
  await new Hyperstack({ token: () => `t${++renewed}`, fetch }).credentials.view(ID);
  assert.deepEqual(sent.splice(0), ["Bearer t1", "Bearer t2"]);
  await new Hyperstack({ token: async () => "later", fetch }).credentials.view(ID);
  // biome-ignore lint/suspicious/noThenProperty: promises of other libraries are no more than this.
  const thenable = { then: (done) => done("thenable") };
  await new Hyperstack({ token: () => thenable, fetch }).credentials.view(ID);
  await new Hyperstack({ token: "plain", fetch }).credentials.view(ID);
  assert.deepEqual(sent, ["Bearer later", "Bearer thenable", "Bearer plain"]);
});

/** Strings that no header can contain, by the rule of the core and that of the constructor. */
const UNSENDABLE = ["a\nb", "a b", " ", "t\n", "ü", "a\r\nx-evil: 1", "\u007f", "t".repeat(4097)];

test("never sends a token that a header cannot contain", async () => {
  for (const token of UNSENDABLE) {
    assert.deepEqual(findings(thrownBy(() => new Hyperstack({ token }))), ["token token"], token);
  }
  const fetch = mockFetch();
  for (const token of [
    () => "",
    async () => "",
    () => undefined,
    () => 7,
    () => null,
    () => ({}),
    () => "t".repeat(5000),
    ...UNSENDABLE.map((token) => () => token),
  ]) {
    const client = new Hyperstack({ token, fetch });
    assert.deepEqual(findings(await rejection(client.credentials.view(ID))), ["token token"], String(token));
    // The caller's mistake, not a state of the credential.
    assert.deepEqual(findings(await rejection(client.verify(ID))), ["token token"]);
  }
  for (const token of [
    () => {
      throw new Error("no");
    },
    async () => {
      throw undefined;
    },
    () => Promise.reject("x"),
  ]) {
    const client = new Hyperstack({ token, fetch });
    const error = await rejection(client.credentials.view(ID));
    assert.deepEqual(
      [error.name, error.code, error.status],
      ["AuthenticationError", "token_unavailable", undefined],
    );
    const verification = await client.verify(ID);
    assert.deepEqual([verification.outcome, verification.reason], ["indeterminate", "unauthorized"]);
  }
  assert.equal(fetch.calls.length, 0);
});

test("a token function that never returns delays neither a timeout nor an abort", async () => {
  const fetch = mockFetch();
  const client = new Hyperstack({ token: () => new Promise(() => {}), fetch, timeoutMs: 100 });
  const error = await rejection(client.credentials.view(ID));
  assert.deepEqual([error.name, error.code], ["TimeoutError", "token_timeout"]);
  const controller = new AbortController();
  setTimeout(() => controller.abort("enough"), 50);
  const { signal } = controller;
  assert.equal(await rejection(client.credentials.view(ID, { signal, timeoutMs: 5000 })), "enough");
  assert.equal(fetch.calls.length, 0);
});

test("sends the token to loopback or https only, whatever baseUrl is", async () => {
  const fetch = mockFetch();
  const ask = (baseUrl) => new Hyperstack({ token: "t", fetch, baseUrl }).credentials.view(ID);
  for (const bad of [
    "",
    "api.example.com",
    "http://api.example.com",
    "http://0.0.0.0",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "https://user@a.example",
    "https://user:pass@a.example",
    "https://a.example?x",
    "https://a.example#x",
    "https://a.example/..",
    "https://a.example\\@evil.example",
    "https://a b",
    "ftp://a.example",
    "javascript:alert(1)",
    "https://",
    "//a.example",
    "https://a.example:99999",
    7,
    null,
    {},
  ]) {
    assert.deepEqual(findings(await rejection(ask(bad))), ["baseUrl base_url"], String(bad));
  }
  assert.equal(fetch.calls.length, 0);
  for (const [good, url] of [
    [undefined, "https://api.thehyperstack.com/v1/"],
    ["https://a.example", "https://a.example/v1/"],
    ["https://a.example/", "https://a.example/v1/"],
    ["https://a.example:8443/proxy//", "https://a.example:8443/proxy/v1/"],
    ["http://localhost:1", "http://localhost:1/v1/"],
    ["http://127.0.0.1:1", "http://127.0.0.1:1/v1/"],
    ["http://[::1]:1", "http://[::1]:1/v1/"],
  ]) {
    await ask(good);
    assert.equal(fetch.calls.at(-1).url, `${url}credential/${ID}/view`);
    assert.equal(
      new URL(fetch.calls.at(-1).url).href,
      fetch.calls.at(-1).url,
      "it is the address it looks like",
    );
  }
});

test("options that are not a plain object are refused, never ignored", async () => {
  class Options {
    skewSeconds = 0;
  }
  const fetch = mockFetch();
  const client = new Hyperstack({ token: "t", fetch });
  const item = { recipient: { name: "A", email: "a@example.com" } };
  for (const options of [
    new Map([["recipientName", "nobody"]]),
    new Set(["x"]),
    new Options(),
    Object.create({ skewSeconds: 0 }),
    new Headers(),
    [],
    "text",
    7,
    () => {},
  ]) {
    for (const call of [
      async () => new Hyperstack(options),
      async () => new Verifier(options),
      async () => createVerifyHandler(options),
      async () => createVerifyHandler({ client, cache: options }),
      async () => client.credentials.list(options),
      async () => client.credentials.list({}, options),
      async () => client.credentials.issueMany([item], options),
      async () => client.credentials.issueMany([item], { request: options }),
      () => client.account.get(options),
      () => client.credentials.view(ID, options),
      () => client.credentials.waitUntilPublished(ID, options),
      () => client.verify(ID, options),
      () => verifyInAccounts(ID, [{ client }], options),
      () => new Verifier({ endpoint: "/x", fetch }).verify(ID, options),
      () => parseCredentialUrl(ID, options),
      () => parseWebhook({ body: "{}" }, options),
      () => verifyReceipt("", { keys: [] }, options),
    ]) {
      const error = await rejection(call());
      assert.equal(error.name, "ValidationError", `${call} ${String(options)}`);
    }
  }
  const verified = await client.verify(ID);
  assert.equal(thrownBy(() => linkedInUrl(verified, new Map())).name, "ValidationError");
  assert.equal(fetch.calls.length, 1);
});

test("options are read from own members only", async () => {
  const { prototype } = Object;
  const fetch = mockFetch((url) => json(credential({ valid_until: "2001-01-01T00:00:00Z", from: url })));
  const evil = `https://evil.example/credential/${ID}`;
  const inherited = {
    skewSeconds: 2 ** 53 - 1,
    hosts: ["evil.example"],
    fetch: () => json(credential()),
    baseUrl: "https://evil.example",
    now: 0,
    maxRetries: 9,
    documentId: "x",
    secret: "",
    dangerouslyAllowBrowser: true,
  };
  for (const [name, value] of Object.entries(inherited)) {
    prototype[name] = value;
  }
  try {
    const client = new Hyperstack({ token: "t", fetch });
    for (const options of [undefined, {}, { timeoutMs: 1000 }]) {
      assert.equal((await client.verify(ID, options)).verdict, "expired");
      assert.equal((await client.verify(evil, options)).verdict, "untrusted_host");
      assert.equal((await parseCredentialUrl(evil)).code, "untrusted_host");
      const viewed = await client.credentials.view(ID, options);
      assert.equal(viewed.from, `https://api.thehyperstack.com/v1/credential/${ID}/view`);
    }
    assert.equal((await parseWebhook({ body: "{}" })).signature, "unchecked");
  } finally {
    for (const name of Object.keys(inherited)) delete prototype[name];
  }
});

test("a Worker with an old compatibility date is not a browser", () => {
  const inside = (globals, run) => {
    Object.assign(globalThis, globals);
    try {
      return run();
    } finally {
      for (const name of Object.keys(globals)) delete globalThis[name];
    }
  };
  const make = () => new Hyperstack({ token: "t" });
  inside({ importScripts: () => {}, WebSocketPair: class {} }, make);
  assert.throws(() => inside({ importScripts: () => {} }, make), { name: "ValidationError" });
});

test("a page must not hold the token unless it says so", async () => {
  const inside = (globals, run) => {
    Object.assign(globalThis, globals);
    try {
      return run();
    } finally {
      for (const name of Object.keys(globals)) delete globalThis[name];
    }
  };
  for (const globals of [{ window: {}, document: {} }, { importScripts: () => {} }]) {
    const error = inside(globals, () => thrownBy(() => new Hyperstack({ token: "t" })));
    assert.deepEqual(findings(error), ["token not_in_browser"]);
    for (const value of [false, undefined, "yes", 1]) {
      assert.throws(() =>
        inside(globals, () => new Hyperstack({ token: "t", dangerouslyAllowBrowser: value })),
      );
    }
    const client = inside(
      globals,
      () => new Hyperstack({ token: "t", dangerouslyAllowBrowser: true, fetch: mockFetch() }),
    );
    assert.equal((await client.credentials.view(ID)).status, "active", "the option is not sent to the core");
    inside(globals, () => new Verifier({ endpoint: "/api/verify" }));
  }
  // One of the two alone is no page (test environments, some servers' shims).
  inside({ window: {} }, () => new Hyperstack({ token: "t" }));
  inside({ document: {} }, () => new Hyperstack({ token: "t" }));
});

const AGED_ID = "Abcdefghijklmnopqrstuvwxyz012345";
test("an age that a custom fetch does not give as a string is not taken for none", async () => {
  const viewed = JSON.stringify({
    success: true,
    document_id: AGED_ID,
    document_url: `https://hyperstack.id/credential/${AGED_ID}`,
    recipient: { name: "A", email: "a@example.com" },
    group: { title: "T", key: "K", code: "C" },
    issued_on: "2024-03-15T10:30:00Z",
    valid_until: null,
    metadata: {},
    status: "active",
  });
  const verdict = async (headers) => {
    const body = new TextEncoder().encode(viewed);
    const fetch = async () => ({ status: 200, headers, body: null, arrayBuffer: async () => body.buffer });
    const { reason, verdict } = await new Hyperstack({ token: "t", fetch }).verify(AGED_ID);
    return reason ?? verdict;
  };
  const json = ["content-type", "application/json"];
  assert.equal(await verdict(new Map([json])), "valid");
  for (const age of [99_999, ["99999"], 99_999n, new String("99999"), "99999"]) {
    assert.equal(await verdict(new Map([json, ["age", age]])), "stale");
    assert.equal(await verdict(new Map([json, ["Age", age]])), "stale");
  }
});
