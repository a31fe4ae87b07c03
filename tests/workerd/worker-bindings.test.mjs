/**
 * The Worker with bindings that no configuration of wrangler brings about: a limit that is missing, refuses or fails, an
 * upstream of the test's own, files that cannot be read; and how visitors are told apart.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { verifyReceipt } from "hyperstack-credentials";
import { assertSecured } from "../support/headers.mjs";
import { loadModule, logged } from "../support/worker-module.mjs";

const { default: worker } = await loadModule("worker.ts");
const { visitorKey } = await loadModule("visitor.ts");

const id = "Bindings000000000000000000000001";
const token = "token-of-the-bindings";
const healthKey = "health-key-of-at-least-32-characters";
const EMAIL = "zoe@private.test";
const credential = () => ({
  success: true,
  document_id: id,
  document_url: `https://hyperstack.id/credential/${id}`,
  recipient: { name: "Zoë", email: EMAIL },
  group: { title: "Rust 101", key: "RustGroup001", code: "R-101" },
  issued_on: "2026-01-15T10:00:00Z",
  valid_until: null,
  metadata: {},
  status: "active",
  privacy: "public",
});

/** An environment whose upstream answers by `answer`; what it was asked is in `asked`. */
const environment = (more = {}, answer = () => Response.json(credential())) => {
  const asked = [];
  const env = {
    HYPERSTACK_API_TOKEN: token,
    ASSETS: { fetch: async () => new Response("page") },
    UPSTREAM: {
      fetch: async (input, init) => {
        asked.push({ url: String(input), authorization: new Headers(init.headers).get("authorization") });
        return answer(String(input), init);
      },
    },
    ...more,
  };
  return { env, asked };
};

const get = (env, path, init = {}) => worker.fetch(new Request(`https://verify.example${path}`, init), env);
const verify = (env, body = { input: id }, headers = {}) =>
  get(env, "/api/verify", {
    method: "POST",
    headers: { "content-type": "application/json", "cf-connecting-ip": "192.0.2.1", ...headers },
    body: JSON.stringify(body),
  });
const limit = (outcome, keys = []) => ({
  limit: async ({ key }) => {
    keys.push(key);
    return outcome();
  },
});
const failing = () => {
  throw new Error(`no ${EMAIL} and no ${token} of an error goes into the log`);
};

describe("visitors", () => {
  for (const [address, key] of [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::3:4:5:6", "2001:db8:0:0::/64"],
    ["2001::2:3:4:5:6", "2001:0:0:2::/64"],
    ["1::3:4:5:6:7:8", "1:0:3:4::/64"],
    ["::2:3:4:5:6:7:8", "0:2:3:4::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
    ["1:2:3:4:5:6:192.0.2.7", "1:2:3:4::/64"],
    // What Cloudflare never sends shares one count: nobody gets one of their own by it.
    [null, "unknown"],
    ["", "unknown"],
    ["localhost", "unknown"],
    ["1:2:3:4:5:6:7", "unknown"],
    ["1:2:3:4:5:6:7:8:9", "unknown"],
    ["1:2:3:4:5:6:7:8::", "unknown"],
    ["1::2::3", "unknown"],
    ["2001:db8::12345", "unknown"],
    ["fe80::1%eth0", "unknown"],
  ]) {
    test(`${address} is counted under ${key}`, () => assert.equal(visitorKey(address), key));
  }

  test("calls the limit with the visitor's network", async () => {
    const keys = [];
    const { env } = environment({ VERIFY_LIMIT: limit(() => ({ success: true }), keys) });
    await logged(async () => {
      for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:9::9", "192.0.2.7"]) {
        assert.equal((await verify(env, undefined, { "cf-connecting-ip": address })).status, 200);
      }
    });
    assert.deepEqual(keys, ["2001:db8:1:2::/64", "2001:db8:1:2::/64", "192.0.2.7"]);
  });
});

describe("the limit", () => {
  test("responds 429 before an account is queried", async () => {
    const { env, asked } = environment({ VERIFY_LIMIT: limit(() => ({ success: false })) });
    await logged(async () => {
      const refused = await verify(env);
      assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "60"]);
    });
    assert.deepEqual(asked, []);
  });

  test("counts the links of a batch, by a limit of their own that refuses each in its own line", async () => {
    const keys = [];
    let left = 3;
    const counted = () => {
      left -= 1;
      return { success: left >= 0 };
    };
    const single = [];
    const { env, asked } = environment({
      VERIFY_LIMIT: limit(() => ({ success: true }), single),
      LIST_LIMIT: limit(counted, keys),
    });
    await logged(async () => {
      const answer = await get(env, "/api/verify/batch", {
        method: "POST",
        headers: { "content-type": "application/json", "cf-connecting-ip": "2001:db8:1:2::1" },
        body: JSON.stringify({ inputs: [id, id, id, id, id] }),
      });
      assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/x-ndjson"]);
      const lines = (await answer.text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.deepEqual(lines.map(({ at }) => at).sort(), [0, 1, 2, 3, 4]);
      const refused = lines.filter(({ status }) => status === 429);
      assert.deepEqual(
        refused.map(({ headers, body }) => [headers["retry-after"], body.code]),
        [
          ["60", "too_many_requests"],
          ["60", "too_many_requests"],
        ],
      );
    });
    assert.deepEqual([asked.length, single], [3, []]);
    assert.deepEqual(keys, Array(5).fill("2001:db8:1:2::/64"));
  });

  test("asks the account for no more links of a batch once it asks for a pause", async () => {
    const answer = () => Response.json({ success: false }, { status: 429, headers: { "retry-after": "30" } });
    const { env, asked } = environment({}, answer);
    await logged(async () => {
      const batch = await get(env, "/api/verify/batch", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ inputs: Array(50).fill(id) }),
      });
      const lines = (await batch.text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.equal(lines.length, 50);
      for (const { status, headers } of lines) {
        assert.ok([429, 503].includes(status), String(status));
        assert.equal(headers["retry-after"], "30");
      }
    });
    // Those in flight, with their retries.
    assert.ok(asked.length <= 12, `${asked.length} requests`);
  });

  test("lets visitors through if it fails, and logs that", async () => {
    const { env } = environment({ VERIFY_LIMIT: limit(failing) });
    const lines = await logged(async () => assert.equal((await verify(env)).status, 200));
    assert.deepEqual(
      lines.map(({ event }) => event),
      ["limit_failed", "verify"],
    );
    assert.deepEqual(lines[0], { event: "limit_failed" });
  });

  test("lets nobody through if it fails and names are compared", async () => {
    const { env, asked } = environment({
      HYPERSTACK_COMPARE_NAMES: "true",
      VERIFY_LIMIT: limit(failing),
    });
    await logged(async () => assert.equal((await verify(env)).status, 429));
    assert.deepEqual(asked, []);
  });

  test("may be missing, which the health check reports", async () => {
    const { env } = environment();
    await logged(async () => {
      assert.equal((await verify(env)).status, 200);
      assert.equal((await (await get(env, "/healthz")).json()).limited, false);
    });
  });
});

describe("the upstream binding", () => {
  test("receives the requests instead of the network, with the token", async () => {
    const { env, asked } = environment();
    const { fetch } = globalThis;
    globalThis.fetch = () => assert.fail("the network was asked");
    try {
      await logged(async () => assert.equal((await (await verify(env)).json()).verdict, "valid"));
    } finally {
      globalThis.fetch = fetch;
    }
    assert.deepEqual(asked, [
      { url: `https://api.thehyperstack.com/v1/credential/${id}/view`, authorization: `Bearer ${token}` },
    ]);
  });

  for (const [name, answer, status, reason] of [
    ["that fails", failing, 502, "network"],
    ["that answers 503", () => new Response("{}", { status: 503 }), 502, "upstream_5xx"],
    ["that is not let in", () => Response.json({ detail: "no" }, { status: 401 }), 500, "unauthorized"],
  ]) {
    test(`${name} decides nothing`, async () => {
      const { env } = environment({}, answer);
      const lines = await logged(async () => {
        const said = await verify(env);
        const { verification } = await said.json();
        assert.deepEqual(
          [said.status, verification.verdict, verification.reason],
          [status, "indeterminate", reason],
        );
      });
      assert.deepEqual(
        { ...lines[0], latency_ms: 0 },
        {
          event: "verify",
          outcome: "indeterminate",
          verdict: "indeterminate",
          reason,
          status,
          latency_ms: 0,
          accounts: [reason],
          cached: false,
        },
      );
    });
  }
});

describe("several accounts", () => {
  const several = JSON.stringify([
    { label: "Acme Academy", token: "token-of-acme" },
    { label: "Brand Two", token: "token-of-two" },
  ]);
  const unknown = () =>
    Response.json({ success: false, error: "Document does not exists in your account" }, { status: 404 });
  const known = (status) => () => Response.json({ ...credential(), status });
  /** Each account answers on its own. */
  const answering = (byName) => (_, init) =>
    byName[new Headers(init.headers).get("authorization").slice("Bearer token-of-".length)]();

  for (const [name, byName, verdict, label] of [
    ["the one that has it decides", { acme: unknown, two: known("active") }, "valid", "Brand Two"],
    ["the stricter one decides", { acme: known("active"), two: known("revoked") }, "revoked", "Brand Two"],
    ["not found is what all say", { acme: unknown, two: unknown }, "not_found_in_account", "Acme"],
    ["not found is not what one alone says", { acme: unknown, two: failing }, "indeterminate", "Brand Two"],
  ]) {
    test(name, async () => {
      const variables = { HYPERSTACK_API_TOKEN: several, HYPERSTACK_ISSUER_LABEL: "Acme" };
      const { env } = environment(variables, answering(byName));
      const lines = await logged(async () => {
        const said = await (await verify(env)).json();
        const verification = said.verification ?? said;
        assert.deepEqual([verification.verdict, verification.issuer_label], [verdict, label]);
      });
      assert.equal(lines[0].accounts.length, 2);
    });
  }

  test("have their health reported by label", async () => {
    const { env } = environment(
      { HYPERSTACK_API_TOKEN: several, HYPERSTACK_HEALTH_KEY: healthKey },
      answering({
        acme: () => Response.json({ success: true, message: "Yes", account_name: "A", account_id: "a" }),
        two: () => Response.json({ detail: "no" }, { status: 401 }),
      }),
    );
    await logged(async () => {
      const headers = { authorization: `Bearer ${healthKey}` };
      const answer = await get(env, "/healthz/accounts", { headers });
      assert.deepEqual((await answer.json()).accounts, [
        { label: "Acme Academy", status: "ok" },
        { label: "Brand Two", status: "unauthorized" },
      ]);
    });
  });
});

describe("the health of the accounts", () => {
  const ask = (env, key) =>
    get(env, "/healthz/accounts", { headers: key ? { authorization: `Bearer ${key}` } : {} });

  test("requires the key", async () => {
    const { env, asked } = environment({ HYPERSTACK_HEALTH_KEY: healthKey }, () =>
      Response.json({ success: true, message: "Yes", account_name: "Acme", account_id: "acme" }),
    );
    await logged(async () => {
      for (const key of [undefined, "", healthKey.slice(1), `${healthKey}x`, token]) {
        const refused = await ask(env, key);
        assert.deepEqual([refused.status, refused.headers.get("www-authenticate")], [401, "Bearer"]);
        assert.equal((await refused.json()).code, "unauthorized");
      }
      assert.deepEqual(asked, []);
      const answer = await ask(env, healthKey);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.deepEqual(
        [answer.status, await answer.json()],
        [200, { status: "ok", accounts: [{ label: null, status: "ok" }] }],
      );
      assert.deepEqual(
        asked.map(({ url }) => url),
        ["https://api.thehyperstack.com/v1/auth"],
      );
    });
  });

  test("reports each account's code", async () => {
    const { env } = environment({ HYPERSTACK_HEALTH_KEY: healthKey }, () =>
      Response.json({ detail: `Invalid token ${token}` }, { status: 401 }),
    );
    const lines = await logged(async () => {
      const answer = await ask(env, healthKey);
      assert.deepEqual(
        [answer.status, await answer.json()],
        [503, { status: "failing", accounts: [{ label: null, status: "unauthorized" }] }],
      );
    });
    assert.ok(!JSON.stringify(lines).includes(token));
  });

  test("does not exist without a key", async () => {
    const { env } = environment();
    await logged(async () => assert.equal((await ask(env, healthKey)).status, 404));
  });
});

describe("receipts", () => {
  const pair = async (kid) => {
    const { privateKey } = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const { kty, crv, x, d } = await crypto.subtle.exportKey("jwk", privateKey);
    return { kty, crv, x, d, kid };
  };
  const publicHalf = ({ d: _, ...jwk }) => jwk;
  const keysOf = async (env) => {
    const answer = await get(env, "/.well-known/jwks.json");
    assertSecured(answer, "the keys");
    return answer;
  };

  test("are signed with the secret key and verified with the published keys", async () => {
    const [key, before, next] = await Promise.all([pair("now"), pair("before"), pair("next")]);
    const others = JSON.stringify([before, next, key].map(publicHalf));
    const { env } = environment({
      HYPERSTACK_RECEIPT_KEY: JSON.stringify(key),
      HYPERSTACK_RECEIPT_PUBLIC_KEYS: others,
    });
    await logged(async () => {
      const answer = await keysOf(env);
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      assert.equal(answer.headers.get("cache-control"), "public, max-age=300");
      const text = await answer.text();
      const set = JSON.parse(text);
      assert.deepEqual(
        set.keys.map(({ kid }) => kid),
        ["now", "before", "next"],
      );
      for (const { d } of [key, before, next]) assert.ok(!text.includes(d));

      const said = await (await verify(env)).json();
      const { receipt, kid } = await verifyReceipt(said.receipt, set, { documentId: id });
      assert.deepEqual([receipt.verdict, kid], ["valid", "now"]);
      assert.ok(!JSON.stringify(receipt).includes("Zoë"));
      assert.equal((await (await get(env, "/healthz")).json()).receipts, true);
    });
  });

  test("do not exist without a key", async () => {
    const { env } = environment();
    await logged(async () => {
      assert.equal((await keysOf(env)).status, 404);
      assert.ok(!("receipt" in (await (await verify(env)).json())));
    });
  });

  test("can be verified after signing was turned off", async () => {
    const before = publicHalf(await pair("before"));
    const { env } = environment({ HYPERSTACK_RECEIPT_PUBLIC_KEYS: JSON.stringify([before]) });
    await logged(async () => {
      const { keys } = await (await keysOf(env)).json();
      assert.deepEqual(
        keys.map(({ kid, x }) => [kid, x]),
        [["before", before.x]],
      );
      assert.ok(!("receipt" in (await (await verify(env)).json())));
      assert.equal((await (await get(env, "/healthz")).json()).receipts, false);
    });
  });

  test("a key that does not match, or a duplicate name, is a fault that does not show it", async () => {
    const [key, other] = await Promise.all([pair("one"), pair("one")]);
    const named = "HYPERSTACK_RECEIPT_PUBLIC_KEYS";
    for (const [variables, variable = "HYPERSTACK_RECEIPT_KEY"] of [
      [{ HYPERSTACK_RECEIPT_KEY: JSON.stringify({ ...key, d: other.d }) }],
      [{ HYPERSTACK_RECEIPT_KEY: JSON.stringify(key), [named]: JSON.stringify([publicHalf(other)]) }],
      [{ [named]: JSON.stringify([key, other].map(publicHalf)) }, named],
      [
        {
          HYPERSTACK_RECEIPT_KEY: JSON.stringify(key),
          [named]: JSON.stringify([{ ...publicHalf(other), use: "enc" }]),
        },
        named,
      ],
    ]) {
      const { env } = environment(variables);
      const lines = await logged(async () => {
        assert.equal((await (await verify(env)).json()).code, "not_configured");
        const { faults } = await (await get(env, "/healthz")).json();
        assert.deepEqual(
          faults.map((fault) => fault.variable),
          [variable],
        );
      });
      for (const secret of [key.d, other.d, key.x]) assert.ok(!JSON.stringify(lines).includes(secret));
    }
  });
});

test("caches a yes for the set seconds, but no other verdict and no request with a name", async () => {
  let status = "active";
  const { env, asked } = environment(
    {
      HYPERSTACK_CACHE_SECONDS: "60",
      HYPERSTACK_COMPARE_NAMES: "true",
      VERIFY_LIMIT: limit(() => ({ success: true })),
    },
    () => Response.json({ ...credential(), status }),
  );
  const lines = await logged(async () => {
    await verify(env);
    const again = await verify(env);
    assert.match(again.headers.get("age"), /^[1-9]\d?$/);
    assert.equal((await again.json()).verdict, "valid");
    assert.equal(asked.length, 1);
    status = "revoked";
    assert.equal((await (await verify(env, { input: id, recipient_name: "Zoë" })).json()).verdict, "revoked");
    assert.equal(asked.length, 2);
  });
  assert.deepEqual(
    lines.map(({ cached }) => cached),
    [false, true, false],
  );
});

describe("a batch", () => {
  const batch = (env, body, { headers, ...init } = {}) =>
    get(env, "/api/verify/batch", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body:
        typeof body === "object" && !ArrayBuffer.isView(body) && !(body instanceof ReadableStream)
          ? JSON.stringify(body)
          : body,
      duplex: "half",
      ...init,
    });
  const linesOf = async (response) =>
    (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const invalidBatch = async (response) => {
    assert.deepEqual(
      [response.status, response.headers.get("content-type")],
      [400, "application/problem+json"],
    );
    assert.equal((await response.json()).code, "invalid_batch");
  };
  const bytes = (text) => new TextEncoder().encode(text);

  for (const type of [
    "application/json ; charset=utf-8",
    "Application/JSON;charset=utf-8",
    "application/json",
  ]) {
    test(`reads ${type}, as a single request does`, async () => {
      const { env } = environment();
      await logged(async () => {
        const response = await batch(env, { inputs: [id] }, { headers: { "content-type": type } });
        assert.equal((await linesOf(response))[0].body.verdict, "valid");
      });
    });
  }

  for (const type of [
    "application/json-seq",
    "application/problem+json",
    "text/plain, application/json",
    "",
  ]) {
    test(`refuses the type "${type}"`, async () => {
      const { env, asked } = environment();
      await logged(async () => {
        await invalidBatch(await batch(env, { inputs: [id] }, { headers: { "content-type": type } }));
      });
      assert.deepEqual(asked, []);
    });
  }

  for (const [name, body] of [
    ["invalid UTF-8", new Uint8Array([...bytes('{"inputs":["'), 0xff, ...bytes('"]}')])],
    ["UTF-8 that ends in a character", new Uint8Array([...bytes('{"inputs":["x"]}'), 0xc3])],
    ["links that are an object", '{"inputs":{"length":1,"0":"x"}}'],
    ["a prototype", '{"inputs":["x"],"__proto__":{}}'],
    ["nothing", ""],
  ]) {
    test(`refuses ${name}`, async () => {
      const { env, asked } = environment();
      await logged(async () => invalidBatch(await batch(env, body)));
      assert.deepEqual(asked, []);
    });
  }

  test("reads no more of a huge body than it takes, and cancels the rest", async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16 * 1024).fill(0x20));
      },
      cancel() {
        cancelled = true;
      },
    });
    const { env } = environment();
    await logged(async () => invalidBatch(await batch(env, endless)));
    assert.ok(pulled <= 11, `${pulled} pieces`);
    assert.equal(cancelled, true);
  });

  test("reports a body that is cut off as the caller's error, not as an internal one", async () => {
    const cut = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError("connection lost"));
      },
    });
    const { env } = environment();
    const lines = await logged(async () => invalidBatch(await batch(env, cut)));
    assert.deepEqual(
      lines.map(({ event, status }) => [event, status]),
      [["request", 400]],
    );
  });

  test("returns a line for each of equal links", async () => {
    const { env } = environment();
    await logged(async () => {
      const lines = await linesOf(await batch(env, { inputs: [id, "x", id, id] }));
      assert.deepEqual(
        lines.sort((one, other) => one.at - other.at).map(({ at, body }) => [at, body.verdict]),
        [
          [0, "valid"],
          [1, "malformed_input"],
          [2, "valid"],
          [3, "valid"],
        ],
      );
    });
  });

  test("keeps a link too long for a single request to its line", async () => {
    const { env } = environment();
    await logged(async () => {
      const lines = await linesOf(await batch(env, { inputs: ["x".repeat(5000), "", id] }));
      const found = lines.sort((one, other) => one.at - other.at);
      assert.deepEqual([found[0].status, found[0].body.code], [413, "body_too_large"]);
      assert.deepEqual([found[1].body.verdict, found[2].body.verdict], ["malformed_input", "valid"]);
    });
  });

  test("keeps the failure of the account for one link to its line", async () => {
    const other = "Bindings000000000000000000000002";
    const { env } = environment({}, (url) => {
      if (url.includes(other)) throw new TypeError("connection lost");
      return Response.json(credential());
    });
    await logged(async () => {
      const lines = await linesOf(await batch(env, { inputs: [id, other, id] }));
      const found = lines.sort((one, next) => one.at - next.at);
      assert.deepEqual(
        found.map(({ status, body }) => [status, body.verdict ?? body.verification.reason]),
        [
          [200, "valid"],
          [502, "network"],
          [200, "valid"],
        ],
      );
    });
  });

  test("refuses no other link after a wait of 0 seconds", async () => {
    const other = "Bindings000000000000000000000002";
    const { env } = environment({}, (url) =>
      url.includes(other)
        ? Response.json({ success: false }, { status: 429, headers: { "retry-after": "0" } })
        : Response.json(credential()),
    );
    await logged(async () => {
      // More than are verified at once.
      const lines = await linesOf(
        await batch(env, { inputs: [...Array(10).fill(other), ...Array(20).fill(id)] }),
      );
      const verified = lines.filter(({ status }) => status === 200).map(({ at }) => at);
      assert.deepEqual(
        verified.sort((one, next) => one - next),
        Array.from({ length: 20 }, (_, at) => at + 10),
      );
      assert.equal(lines.length, 30);
    });
  });

  test("queries the account for no more links when the visitor has left", async () => {
    const { env, asked } = environment();
    await logged(async () => {
      const response = await batch(env, { inputs: Array(50).fill(id) });
      const reader = response.body.getReader();
      await reader.read();
      await reader.cancel();
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    // Those in flight, and those whose lines were waiting to be read.
    assert.ok(asked.length <= 14, `${asked.length} requests`);
  });

  for (const method of ["HEAD", "OPTIONS", "PUT", "DELETE"]) {
    test(`refuses ${method}, for partners as well`, async () => {
      const { env } = environment({ ALLOWED_ORIGINS: "https://partner.example" });
      await logged(async () => {
        const response = await get(env, "/api/verify/batch", {
          method,
          headers: { origin: "https://partner.example", "access-control-request-method": "POST" },
        });
        assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"]);
        assert.equal(response.headers.get("access-control-allow-origin"), null);
      });
    });
  }

  test("refuses other origins before it reads or counts a link", async () => {
    const keys = [];
    const { env, asked } = environment({ LIST_LIMIT: limit(() => ({ success: true }), keys) });
    const lines = await logged(async () => {
      const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      const found = await linesOf(await batch(env, { inputs: Array(50).fill(id) }, { headers }));
      assert.ok(found.every(({ status, body }) => status === 403 && body.code === "origin_not_allowed"));
    });
    assert.deepEqual([asked, keys], [[], []]);
    assert.ok(lines.every(({ event }) => event === "verify" || event === "request"));
  });
});

test("a list and a single link share the cache, so that they do not contradict each other", async () => {
  let status = "active";
  const { env, asked } = environment({ HYPERSTACK_CACHE_SECONDS: "60" }, () =>
    Response.json({ ...credential(), status }),
  );
  const listed = async () => {
    const answer = await get(env, "/api/verify/batch", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputs: [id] }),
    });
    return JSON.parse(await answer.text());
  };
  await logged(async () => {
    assert.equal((await (await verify(env)).json()).verdict, "valid");
    status = "revoked";
    const line = await listed();
    assert.deepEqual([line.body.verdict, Number(line.headers.age) >= 1, asked.length], ["valid", true, 1]);
  });
});

describe("an internal fault", () => {
  const INTERNAL = {
    type: "urn:problem-type:hyperstack-credentials:internal",
    title: "The request failed",
    status: 500,
    detail: "This service has an internal error. It says nothing about any credential.",
    code: "internal",
  };
  test("is a problem for the visitor and a code for the operator", async () => {
    const { env } = environment({ ASSETS: { fetch: failing } });
    const lines = await logged(async () => {
      const answer = await get(env, "/");
      assertSecured(answer, "/");
      assert.deepEqual(
        [answer.status, answer.headers.get("content-type"), await answer.json()],
        [500, "application/problem+json", INTERNAL],
      );
    });
    assert.deepEqual(
      lines.map((line) => ("latency_ms" in line ? { ...line, latency_ms: 0 } : line)),
      [
        { event: "failed", route: "asset", code: "internal" },
        { event: "request", route: "asset", status: 500, latency_ms: 0 },
      ],
    );
  });

  test("reads the variables once per environment, and logs faults once", async () => {
    const { env, asked } = environment({ HYPERSTACK_HOSTS: "*", HYPERSTACK_TIMEOUT_MS: "1" });
    const lines = await logged(async () => {
      for (let times = 0; times < 3; times += 1) {
        const answer = await verify(env);
        assert.equal(answer.status, 500);
        assert.equal((await answer.json()).code, "not_configured");
      }
    });
    const faults = lines.filter(({ event }) => event === "misconfigured");
    assert.deepEqual(
      faults.map(({ variable }) => variable),
      ["HYPERSTACK_HOSTS", "HYPERSTACK_TIMEOUT_MS"],
    );
    assert.deepEqual(asked, []);
  });
});

test("the settings reach the verdict", async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  const { env } = environment(
    {
      HYPERSTACK_HOSTS: "certificates.acme.example",
      HYPERSTACK_SKEW_SECONDS: "0",
      HYPERSTACK_ISSUER_LABEL: "Acme Academy",
      HYPERSTACK_ALLOW_METADATA: "custom_location",
      ALLOWED_ORIGINS: "https://acme.example",
    },
    () =>
      Response.json({
        ...credential(),
        issued_on: soon,
        metadata: { custom_location: "Oslo", custom_other: "x" },
      }),
  );
  await logged(async () => {
    const input = `https://certificates.acme.example/credential/${id}`;
    const answer = await verify(env, { input }, { origin: "https://acme.example" });
    assert.equal(answer.headers.get("access-control-allow-origin"), "https://acme.example");
    const text = await answer.text();
    assert.ok(!text.includes(EMAIL));
    const { verdict, issuer_label, policy, credential: shown } = JSON.parse(text);
    assert.deepEqual(
      [verdict, issuer_label, policy.skew_s, shown.metadata],
      ["not_yet_valid", "Acme Academy", 0, { custom_location: "Oslo" }],
    );
    const other = await verify(env, { input: `https://hyperstack.id/credential/${id}` });
    assert.equal((await other.json()).verdict, "untrusted_host");
    const named = await verify(env, { input, recipient_name: "Zoë" });
    assert.equal((await named.json()).code, "names_not_compared");
  });
});

test("waits for a slow upstream as long as the settings say", async () => {
  const { env } = environment(
    { HYPERSTACK_TIMEOUT_MS: "150" },
    (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  await logged(async () => {
    const started = performance.now();
    const answer = await verify(env);
    assert.deepEqual([answer.status, (await answer.json()).verification.reason], [504, "timeout"]);
    assert.ok(performance.now() - started < 2_000);
  });
});
