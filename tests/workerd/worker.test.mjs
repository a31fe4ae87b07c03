/**
 * The Worker in workerd against the sandbox over sockets: verdicts, faults of the issuer's account, requests that are
 * refused, headers, configuration, and what it keeps to itself.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertSecured } from "../support/headers.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control, linkTo, newId } from "../support/sandbox-control.mjs";
import { checkIds, expected, secretAddresses } from "../support/verdicts.mjs";
import { entries, entriesOnce } from "../support/worker-log.mjs";

const partner = "https://partner.example";
const person = { recipient_name: "Perpetua Quill-Featherstone", recipient_email: "perpetua@private.test" };

let sandbox;
let steer;
let samples;
let worker;
/** Every answer of the Worker as text, headers included, for the search at the end. */
const answers = [];

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  steer = control(sandbox);
  samples = await steer.samples();
  worker = await startWorker({
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_MODE: "sandbox",
      HYPERSTACK_SAMPLES: JSON.stringify(samples),
      HYPERSTACK_ISSUER_LABEL: "Acme Academy",
      HYPERSTACK_ISSUER_URL: "https://acme.example",
      HYPERSTACK_ISSUER_LOGO: "/favicon.svg",
      HYPERSTACK_CONTACT_URL: "mailto:help@acme.example",
      HYPERSTACK_ALLOW_METADATA: "custom_location,custom_contact",
      ALLOWED_ORIGINS: `${partner}, https://other-partner.example`,
    },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
});

after(async () => {
  await worker?.stop();
  await sandbox?.stop();
});

let visitors = 0;
/** Each visitor has an allowance of their own: another /64. */
const newVisitor = () => {
  visitors += 1;
  return `2001:db8:0:${visitors.toString(16)}::1`;
};

async function get(path, init = {}, at = worker) {
  const response = await fetch(at.url + path, { redirect: "manual", ...init });
  const text = await response.text();
  answers.push([...response.headers].join("\n"), text);
  return { status: response.status, headers: response.headers, text, response };
}

/** POSTs `body` (text, or what is to be JSON) to /api/verify. */
async function post(body, headers = {}, at = worker) {
  const answer = await get(
    "/api/verify",
    {
      method: "POST",
      headers: { "content-type": "application/json", "cf-connecting-ip": newVisitor(), ...headers },
      body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
    },
    at,
  );
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assertSecured(answer.response, "/api/verify");
  return answer;
}

const type = ({ headers }) => headers.get("content-type");

/** Asserts a problem document and gives it. */
function problem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(type(answer), "application/problem+json");
  const body = JSON.parse(answer.text);
  assert.equal(body.status, status);
  assert.equal(body.code, code);
  assert.equal(typeof body.title, "string");
  return body;
}

/** Asserts that nothing could be said, and why. */
function undecided(answer, status, reason) {
  const { verification } = problem(answer, status, "indeterminate");
  assert.equal(verification.outcome, "indeterminate");
  assert.equal(verification.verdict, "indeterminate");
  assert.equal(verification.reason, reason);
  assert.equal(verification.credential, null);
  assert.deepEqual(
    verification.checks.map(({ id }) => id),
    checkIds,
  );
  assert.doesNotMatch(answer.text, /"verified"|"valid"/);
  return verification;
}

describe("a batch", () => {
  const batch = (body, headers = {}) =>
    get("/api/verify/batch", {
      method: "POST",
      headers: { "content-type": "application/json", "cf-connecting-ip": newVisitor(), ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const withoutTimes = ({ checked_at: _, ...rest }) => rest;

  test("returns for each link what a single request returns", async () => {
    const inputs = samples.filter(({ name }) => name !== "indeterminate").map(({ input }) => input);
    const answer = await batch({ inputs });
    assert.deepEqual([answer.status, type(answer)], [200, "application/x-ndjson"]);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const lines = answer.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ at }) => at).sort((one, other) => one - other),
      [...inputs.keys()],
    );
    for (const { at, status, body } of lines) {
      const single = await post({ input: inputs[at] });
      assert.equal(status, single.status, inputs[at]);
      assert.deepEqual(withoutTimes(body), withoutTimes(JSON.parse(single.text)));
    }
  });

  test("takes 50 links, and keeps faults to their line", async () => {
    const inputs = [...Array.from({ length: 48 }, () => linkTo(newId())), "x", samples[0].input];
    const lines = (await batch({ inputs })).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(lines.length, 50);
    assert.equal(lines.find(({ at }) => at === 0).body.verdict, "not_found_in_account");
    assert.equal(lines.find(({ at }) => at === 48).body.verdict, "malformed_input");
    assert.equal(lines.find(({ at }) => at === 49).body.verdict, "valid");
  });

  for (const [name, body, headers] of [
    ["no links", { inputs: [] }],
    ["51 links", { inputs: Array(51).fill("x") }],
    ["a link that is not a string", { inputs: ["x", 1] }],
    ["a name", { inputs: ["x"], recipient_name: "Zoë" }],
    ["a list", ["x"]],
    ["null", "null"],
    ["text that is not JSON", "{"],
    ["too many bytes", { inputs: Array(50).fill("x".repeat(3000)) }],
    ["another type", { inputs: ["x"] }, { "content-type": "text/plain" }],
  ]) {
    test(`refuses ${name}`, async () => problem(await batch(body, headers), 400, "invalid_batch"));
  }

  test("is for POST, and for the page itself", async () => {
    problem(await get("/api/verify/batch"), 405, "method_not_allowed");
    problem(await get("/api/verify/batch", { method: "OPTIONS" }), 405, "method_not_allowed");
    const foreign = await batch({ inputs: [samples[0].input] }, { origin: "https://evil.example" });
    assert.equal(JSON.parse(foreign.text).body.code, "origin_not_allowed");
    assert.equal(foreign.headers.get("access-control-allow-origin"), null);
  });
});

describe("verdicts", () => {
  for (const [name, want] of Object.entries(expected)) {
    test(name, async () => {
      const sample = samples.find((each) => each.name === name);
      const { input, recipient_name } = sample;
      const seen = (await steer.requests()).length;
      const answer = await post({ input, ...(recipient_name ? { recipient_name } : {}) });
      assert.equal(answer.status, want.httpStatus, answer.text);
      const conclusive = want.httpStatus === 200;
      assert.equal(type(answer), conclusive ? "application/json" : "application/problem+json");
      const result = conclusive ? JSON.parse(answer.text) : JSON.parse(answer.text).verification;
      assert.equal(result.schema, "hyperstack-verify/1");
      assert.equal(result.outcome, want.outcome);
      assert.equal(result.verdict, want.verdict);
      assert.equal(result.reason, want.reason);
      assert.equal(result.issuer_label, "Acme Academy");
      assert.deepEqual(
        result.checks.map(({ id, state }) => `${id} ${state}`),
        checkIds.map((id, at) => `${id} ${want.states[at]}`),
      );
      for (const [id, code] of Object.entries(want.codes)) {
        assert.equal(result.checks.find((check) => check.id === id).code, code, id);
      }
      assert.equal(result.credential !== null, want.comparable === true);
      const nobodyAsked = ["untrusted_host", "malformed_input"].includes(name);
      assert.equal((await steer.requests()).length === seen, nobodyAsked);
    });
  }

  test("there is an expectation for every sample and a sample for every expectation", () => {
    assert.deepEqual(samples.map(({ name }) => name).sort(), Object.keys(expected).sort());
  });

  test("accepts a bare id like the link, and ignores white space around it", async () => {
    const { text } = await post({
      input: ` ${samples.find(({ name }) => name === "valid").input.slice(-32)}\n`,
    });
    const result = JSON.parse(text);
    assert.equal(result.verdict, "valid");
    assert.equal(result.subject.input_kind, "id");
  });

  test("compares the name if it is requested", async () => {
    const id = await steer.newCredential(person);
    const same = await post({ input: linkTo(id), recipient_name: "  perpetua  quill-featherstone " });
    assert.equal(JSON.parse(same.text).verdict, "valid");
    const other = await post({ input: linkTo(id), recipient_name: "Perpetua Quill" });
    assert.equal(JSON.parse(other.text).verdict, "recipient_mismatch");
  });

  test("shows metadata by allow-list, and none of a private credential", async () => {
    const metadata = { custom_location: "Lisbon", custom_secret: "no" };
    const open = JSON.parse((await post({ input: linkTo(await steer.newCredential({ metadata })) })).text);
    assert.deepEqual(open.credential.metadata, { custom_location: "Lisbon" });
    assert.ok(open.withheld.includes("metadata"));
    const hidden = await steer.newCredential({ metadata, privacy: "private" });
    const closed = JSON.parse((await post({ input: linkTo(hidden) })).text);
    assert.deepEqual(closed.credential.metadata, {});
    assert.equal(closed.credential.recipient, null);
  });
});

describe("faults of the issuer's account", () => {
  const html = { "content-type": "text/html" };
  const big = { text: "x", times: 70_000 };
  /** What the account answers, as often as the Worker may ask; what must come of it. */
  const table = [
    ["401", { status: 401, body: '{"detail":"Invalid token"}' }, 500, "unauthorized"],
    ["403", { status: 403, body: '{"detail":"No"}' }, 500, "forbidden"],
    [
      "429 with a wait",
      { status: 429, headers: { "retry-after": "37" }, body: "{}" },
      503,
      "rate_limited",
      37,
    ],
    ["429 without", { status: 429, body: "{}" }, 503, "rate_limited"],
    ["500", { status: 500, body: '{"success":false}' }, 502, "upstream_5xx"],
    ["503 with a wait", { status: 503, headers: { "retry-after": "11" } }, 502, "upstream_5xx", 11],
    ["HTML 502", { status: 502, headers: html, body: "<h1>Bad gateway" }, 502, "upstream_5xx"],
    [
      "redirect",
      { status: 302, headers: { location: "https://elsewhere.example/" } },
      502,
      "upstream_redirect",
    ],
    ["HTML 200", { headers: html, body: "<p>valid</p>" }, 502, "bad_content_type"],
    ["too large, length declared", { body_repeat: big }, 502, "body_too_large"],
    ["too large, chunked", { headers: { "content-length": null }, body_repeat: big }, 502, "body_too_large"],
    ["truncated JSON", { body: '{"success":true,"document_id":"' }, 502, "bad_json"],
    ["empty 200", { body: "" }, 502, "bad_json"],
    ["success without a credential", { body: '{"success":true}' }, 502, "bad_shape"],
    ["404 that is not the API's", { status: 404, headers: html, body: "<h1>Not found" }, 502, null],
    ["404 of another shape", { status: 404, body: '{"message":"no route"}' }, 502, "bad_shape"],
    ["cut before the headers", { cut: "before_headers" }, 502, "network"],
    ["cut in the headers", { cut: "in_headers" }, 502, "network"],
    ["cut in the body", { apply: true, cut: { body_bytes: 40 } }, 502, "network"],
    ["closed in the body", { apply: true, cut: { body_bytes: 40 }, cut_with: "close" }, 502, null],
  ];
  for (const [name, step, status, reason, wait] of table) {
    test(name, async () => {
      const id = await steer.newCredential(person);
      // More often than it may ask: workerd repeats a request of its own accord where a kept connection breaks off.
      await steer.script(id, { times: 9, ...step });
      const answer = await post({ input: linkTo(id) });
      const { verification } = JSON.parse(answer.text);
      undecided(answer, status, reason ?? verification?.reason);
      assert.equal(answer.headers.get("retry-after"), wait === undefined ? null : String(wait));
      assert.equal(verification.retry_after_s, wait ?? null);
    });
  }

  for (const [name, fields, reason] of [
    ["the answer is about another credential", { document_id_in_answer: newId() }, "id_mismatch"],
    ["the answer links to another credential", { document_url: linkTo(newId()) }, "url_mismatch"],
    ["a status that nobody knows", { status: "published" }, "unknown_status"],
    ["success: false on 200", { success_in_answer: false }, "bad_shape"],
    ["no success on 200", { success_in_answer: null }, "bad_shape"],
    ["dates that are none", { issued_on: "yesterday" }, "bad_shape"],
  ]) {
    test(name, async () => {
      const id = await steer.newCredential({ ...person, ...fields });
      undecided(await post({ input: linkTo(id) }), 502, reason);
    });
  }

  test("recovers from one 503", async () => {
    const id = await steer.newCredential();
    await steer.script(id, { status: 503 });
    assert.equal(JSON.parse((await post({ input: linkTo(id) })).text).verdict, "valid");
  });

  test("ends silence after five seconds, before and within the response", async () => {
    const stalls = [{ delay_ms: 60_000 }, { apply: true, stall_after_bytes: 40 }];
    await Promise.all(
      stalls.map(async (step) => {
        const id = await steer.newCredential(person);
        await steer.script(id, { times: 9, ...step });
        const started = performance.now();
        undecided(await post({ input: linkTo(id) }), 504, "timeout");
        const took = performance.now() - started;
        assert.ok(took > 4_500 && took < 7_000, `${took} ms`);
      }),
    );
  });
});

describe("requests that are refused", () => {
  const valid = () => ({ input: samples[0].input });

  for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    test(`responds 405 to ${method}`, async () => {
      const answer = await get("/api/verify", { method });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("allow"), "POST");
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assertSecured(answer.response, method);
      if (method !== "HEAD") problem(answer, 405, "method_not_allowed");
    });
  }

  for (const value of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]) {
    test(`responds 415 to content type "${value}"`, async () => {
      problem(await post(valid(), { "content-type": value }), 415, "unsupported_media_type");
    });
  }

  test("a charset does not change the content type", async () => {
    assert.equal((await post(valid(), { "content-type": "application/json; charset=utf-8" })).status, 200);
  });

  for (const [name, body] of [
    ["no body", ""],
    ["no JSON", "{input}"],
    ["truncated JSON", '{"input":"a'],
    ["an array", "[]"],
    ["null", "null"],
    ["no input", "{}"],
    ["an input that is no string", '{"input":1}'],
    ["an unknown field", '{"input":"a","hosts":["evil.example"]}'],
    ["a name that is no string", '{"input":"a","recipient_name":null}'],
    ["an empty name", '{"input":"a","recipient_name":" "}'],
    ["bytes that are no UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
  ]) {
    test(`responds 400 to ${name}`, async () => {
      problem(await post(body), 400, "invalid_body");
    });
  }

  /** A body of exactly so many bytes. */
  const sized = (bytes) => `{"input":"${"a".repeat(bytes - 12)}"}`;

  test("reads 4096 bytes, but not 4097", async () => {
    const most = await post(sized(4096));
    assert.equal(most.status, 200, most.text);
    assert.equal(JSON.parse(most.text).verdict, "malformed_input");
    problem(await post(sized(4097)), 413, "body_too_large");
  });

  test("reads a body without a declared length only up to the limit", async () => {
    const asked = httpRequest(`${worker.url}/api/verify`, {
      method: "POST",
      headers: { "content-type": "application/json", "cf-connecting-ip": newVisitor() },
    });
    asked.on("error", () => {});
    asked.write(sized(100_000));
    const [response] = await once(asked, "response");
    asked.destroy();
    assert.equal(response.statusCode, 413);
  });

  for (const origin of [
    "https://evil.example",
    "null",
    `${partner}.evil.example`,
    "http://partner.example",
  ]) {
    test(`responds 403 to origin ${origin}`, async () => {
      const answer = await post(valid(), { origin });
      problem(answer, 403, "origin_not_allowed");
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
      const preflight = await get("/api/verify", { method: "OPTIONS", headers: { origin } });
      problem(preflight, 403, "origin_not_allowed");
    });
  }

  test("serves an allowed origin, after a preflight", async () => {
    const headers = { origin: partner, "access-control-request-method": "POST" };
    const preflight = await get("/api/verify", { method: "OPTIONS", headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), partner);
    assert.equal(preflight.headers.get("access-control-allow-methods"), "POST");
    assert.equal(preflight.headers.get("access-control-allow-headers"), "content-type");
    assertSecured(preflight.response, "a preflight");
    const answer = await post(valid(), { origin: partner });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), partner);
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
    assert.match(answer.headers.get("vary"), /\borigin\b/i);
  });

  test("its own origin needs no permission and gets no CORS headers", async () => {
    const answer = await post(valid(), { origin: worker.url });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  });

  for (const [who, address] of [
    ["visitor", () => "203.0.113.7"],
    // Whoever has one address of such a network has them all.
    ["IPv6 network", (count) => `2001:db8:ffff:1:${count.toString(16)}::1`],
  ]) {
    test(`responds 429 to the 61st request in a minute, for that ${who} only`, async () => {
      // The limiter counts by the minutes of the clock, which must not change in between.
      const left = 60_000 - (Date.now() % 60_000);
      if (left < 8_000) await sleep(left + 100);
      const from = (count) => ({ "cf-connecting-ip": address(count) });
      for (let count = 1; count <= 60; count += 1) {
        problem(await post("{}", from(count)), 400, "invalid_body");
      }
      const refused = await post(valid(), from(61));
      problem(refused, 429, "too_many_requests");
      assert.equal(refused.headers.get("retry-after"), "60");
      assert.equal((await post(valid())).status, 200);
    });
  }
});

describe("headers and configuration", () => {
  for (const [path, status, mime] of [
    ["/", 200, "text/html"],
    ["/app.js", 200, "javascript"],
    ["/style.css", 200, "text/css"],
    ["/favicon.svg", 200, "image/svg+xml"],
    ["/messages/en.json", 200, "application/json"],
    ["/hyperstack_verifier_bg.wasm", 200, "application/wasm"],
    ["/qr-decoder.js", 200, "javascript"],
    ["/.well-known/security.txt", 200, "text/plain"],
    ["/api/config", 200, "application/json"],
    ["/api/nothing", 404, "application/problem+json"],
    ["/api/", 404, "application/problem+json"],
    ["/healthz", 200, "application/json"],
    // There is no key for either here.
    ["/healthz/accounts", 404, "application/problem+json"],
    ["/.well-known/jwks.json", 404, "application/problem+json"],
    ["/nothing", 404, ""],
    ["/../package.json", 404, ""],
    ["/.dev.vars", 404, ""],
    // One way to the page, so that its relative addresses hold.
    ["/index.html", 307, ""],
  ]) {
    test(`responds ${status} to ${path}, with all security headers`, async () => {
      const answer = await get(path);
      assert.equal(answer.status, status);
      assertSecured(answer.response, path);
      if (mime !== "") assert.ok(type(answer).includes(mime), type(answer));
    });
  }

  test("a 304 has them, too", async () => {
    const etag = (await get("/app.js")).headers.get("etag");
    const again = await get("/app.js", { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    assertSecured(again.response, "304");
  });

  for (const path of ["/api/config", "/healthz", "/healthz/accounts", "/.well-known/jwks.json"]) {
    for (const method of ["POST", "HEAD", "OPTIONS", "DELETE"]) {
      test(`responds 405 to ${method} ${path}`, async () => {
        const answer = await get(path, { method });
        assert.equal(answer.status, 405);
        assert.equal(answer.headers.get("allow"), "GET");
        assert.equal(answer.headers.get("cache-control"), "no-store");
        assertSecured(answer.response, `${method} ${path}`);
        if (method !== "HEAD") problem(answer, 405, "method_not_allowed");
      });
    }
  }

  test("the health check reports the version, and queries no account", async () => {
    const seen = (await steer.requests()).length;
    const answer = await get("/healthz");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const { version } = JSON.parse(readFileSync(new URL("../../pkg/package.json", import.meta.url), "utf8"));
    assert.deepEqual(JSON.parse(answer.text), {
      status: "ok",
      version,
      mode: "sandbox",
      limited: true,
      receipts: false,
    });
    assert.equal((await steer.requests()).length, seen);
  });

  test("/.well-known/security.txt names the operator's contact and the issuer's web site, for half a year", async () => {
    const { text } = await get("/.well-known/security.txt");
    const [contact, issuer, expires] = text.split("\n");
    assert.deepEqual(
      [contact, issuer],
      ["Contact: mailto:help@acme.example", "Contact: https://acme.example"],
    );
    const days = (Date.parse(expires.replace("Expires: ", "")) - Date.now()) / 86_400_000;
    assert.ok(days > 179 && days <= 180, expires);
  });

  test("/api/config in sandbox mode", async () => {
    const answer = await get("/api/config");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.deepEqual(JSON.parse(answer.text), {
      mode: "sandbox",
      issuer_label: "Acme Academy",
      issuer_url: "https://acme.example",
      issuer_logo: "/favicon.svg",
      contact_url: "mailto:help@acme.example",
      hosts: ["hyperstack.id"],
      compare_names: true,
      samples,
    });
  });
});

describe("without a token", () => {
  const missing = { event: "misconfigured", variable: "HYPERSTACK_API_TOKEN", rule: "must be set" };
  const logged = (route, status) => ({ event: "request", route, status, latency_ms: 0 });
  let bare;
  before(async () => {
    bare = await startWorker({
      vars: {
        HYPERSTACK_API_BASE: sandbox.url,
      },
    });
  });
  after(() => bare?.stop());

  test("responds 500 to every check, and logs what is missing", async () => {
    const seen = (await steer.requests()).length;
    problem(await post({ input: samples[0].input }, {}, bare), 500, "not_configured");
    assert.equal((await steer.requests()).length, seen);
    const [said, request] = await entriesOnce(bare, 2);
    assert.deepEqual(said, missing);
    assert.deepEqual({ ...request, latency_ms: 0 }, logged("verify", 500));
  });

  test("serves the page, but not its configuration", async () => {
    assert.equal((await get("/", {}, bare)).status, 200);
    problem(await get("/api/config", {}, bare), 500, "not_configured");
  });

  test("the health check names the variable, and the log does so once", async () => {
    const answer = await get("/healthz", {}, bare);
    assert.equal(answer.status, 503);
    const { event: _, ...fault } = missing;
    assert.deepEqual(JSON.parse(answer.text), { status: "misconfigured", faults: [fault] });
    const found = await entriesOnce(bare, 4);
    assert.deepEqual(
      found.filter(({ event }) => event === "misconfigured"),
      [missing],
    );
    assert.deepEqual({ ...found.at(-1), latency_ms: 0 }, logged("healthz", 503));
  });
});

describe("secrets and personal data", () => {
  test("withholds an e-mail address in name, title, code or attribute", async () => {
    const email = "leak@private.test";
    const id = await steer.newCredential({
      recipient_email: email,
      recipient_name: `Lea K. <${email.toUpperCase()}>`,
      group_key: `key-${newId()}`,
      group_title: `Course of ${email}`,
      metadata: { custom_contact: `mailto:${email}`, custom_location: "Oslo" },
    });
    const result = JSON.parse((await post({ input: linkTo(id) })).text);
    assert.equal(result.verdict, "valid");
    assert.deepEqual(result.withheld, ["recipient.email", "recipient.name", "group.title", "metadata"]);
    assert.deepEqual(result.credential.metadata, { custom_location: "Oslo" });
  });

  test("writes one log entry for every request, of known fields and values only", async () => {
    const asked = await post({ input: samples[0].input });
    assert.equal(asked.status, 200);
    await sleep(100);
    const logged = entries(worker);
    assert.ok(logged.length > 100, `${logged.length} entries`);
    for (const entry of logged) {
      const { event, route, outcome, verdict, reason, status, latency_ms } = entry;
      assert.ok(Number.isInteger(status) && Number.isFinite(latency_ms));
      if (event === "request") {
        assert.deepEqual(Object.keys(entry), ["event", "route", "status", "latency_ms"]);
        assert.match(route, /^(?:batch|config|healthz|accounts|keys|security|nothing)$/);
        continue;
      }
      assert.equal(event, "verify");
      const names = ["event", "outcome", "verdict", "reason", "status", "latency_ms", "accounts", "cached"];
      assert.deepEqual(Object.keys(entry), names);
      const { accounts, cached } = entry;
      assert.deepEqual([accounts, cached], [outcome === "refused" ? [] : [reason ?? verdict], false]);
      assert.match(outcome, /^(?:verified|not_verified|indeterminate|refused)$/);
      assert.match(`${verdict} ${reason}`, /^[a-z0-9_]+ [a-z0-9_]+$/);
    }
    assert.deepEqual(
      { ...logged.at(-1), latency_ms: 0 },
      {
        ...{ event: "verify", outcome: "verified", verdict: "valid", reason: null, status: 200 },
        ...{ latency_ms: 0, accounts: ["valid"], cached: false },
      },
    );
  });

  test("responses contain no token or e-mail address, logs no link, name or address", () => {
    const told = answers.join("\n");
    assert.ok(told.includes("Łucja Żółkiewska"), "what was told was kept for the search");
    for (const secret of [sandbox.token, secretAddresses, /@private\.test/i]) {
      assert.doesNotMatch(told, new RegExp(secret), String(secret));
      assert.doesNotMatch(worker.logs(), new RegExp(secret), String(secret));
    }
    for (const trace of [
      /\/credential\//,
      /Demo[A-Z]/,
      /Żółkiewska|Perpetua|Marta/i,
      /2001:db8|203\.0\.113/,
    ]) {
      assert.doesNotMatch(worker.logs(), trace);
    }
    assert.doesNotMatch(worker.logs(), /Uncaught|\[ERROR\]|^\s+at /m);
  });
});
