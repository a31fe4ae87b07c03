/** The errors: their classes and fields, across copies of the package, and that nothing secret is ever in them. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import vm from "node:vm";
import * as esm from "hyperstack-credentials";
import { newId, rejection } from "../support/control.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

const cjs = createRequire(import.meta.url)("hyperstack-credentials");
const { Hyperstack } = esm;

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(() => sandbox.stop());

const failing = (answer, options = {}) =>
  new Hyperstack({ token: "t", fetch: answer, maxRetries: 0, ...options });
const refused = (status, body, headers) => () => json(body, { status, headers });

/** Class by class: how it comes about, and the fields it has beyond those that all have. */
const CLASSES = {
  ValidationError: [() => failing(json).credentials.view("x"), "invalid_request", 0, { issues: 1 }],
  AuthenticationError: [refused(401, { detail: "no" }), "unauthorized", 1, { status: 401 }],
  PermissionError: [refused(403, { detail: "no" }), "forbidden", 1, { status: 403 }],
  NotFoundError: [refused(404, { success: false, error: "no" }), "credential_not_found", 1, { status: 404 }],
  ConflictError: [
    refused(409, { success: false, error_code: "credential_exists" }),
    "credential_exists",
    1,
    { status: 409 },
  ],
  InsufficientBalanceError: [
    refused(402, { success: false, error_code: "low_balance" }),
    "low_balance",
    1,
    { status: 402 },
  ],
  RateLimitError: [
    refused(429, {}, { "retry-after": "90" }),
    "rate_limited",
    1,
    { status: 429, retryAfterMs: 90_000 },
  ],
  BadRequestError: [refused(400, { success: false, error_code: "anything" }), "anything", 1, { status: 400 }],
  ServerError: [
    refused(500, {}, { "x-request-id": "req_1" }),
    "server_error",
    1,
    { status: 500, requestId: "req_1" },
  ],
  ResponseError: [
    refused(200, credential({ metadata: 7 })),
    "bad_shape",
    1,
    { status: 200, path: "metadata" },
  ],
  ConnectionError: [
    () => Promise.reject(Object.assign(new TypeError("failed"), { cause: { code: "ECONNRESET" } })),
    "connection_failed",
    1,
    { cause: "ECONNRESET" },
  ],
  TimeoutError: [() => new Promise(() => {}), "timeout", 1, {}],
};
const RETRYABLE = ["RateLimitError", "ConnectionError", "TimeoutError"];

test("every class has its fields and no empty ones", async () => {
  for (const [name, [answer, code, attempts, fields]] of Object.entries(CLASSES)) {
    const call = attempts === 0 ? answer() : failing(answer, { timeoutMs: 50 }).credentials.view(ID);
    const error = await rejection(call);
    assert.equal(error.constructor, new Map(Object.entries(esm)).get(name));
    assert.ok(error instanceof esm.HyperstackError && error instanceof Error);
    const { name: itsName, code: itsCode, operation, retryable, attempts: sent, message } = error;
    assert.deepEqual([itsName, itsCode, operation, sent], [name, code, "credentials.view", attempts]);
    assert.equal(retryable, RETRYABLE.includes(name), name);
    assert.match(message, /^credentials\.view: ./);
    for (const field of ["status", "requestId", "retryAfterMs", "path"]) {
      assert.equal(error[field], fields[field], `${name}.${field}`);
      assert.equal(field in error, field in fields, `${name}.${field} is there without a value`);
    }
    assert.equal(error.issues?.length, fields.issues, name);
    assert.equal(error.cause?.code, fields.cause, name);
    assert.match(String(error.stack), new RegExp(name.slice(0, 5)));
    const copy = JSON.parse(JSON.stringify(error));
    assert.deepEqual([copy.name, copy.code, copy.message], [name, code, message], "JSON keeps what matters");
  }
});

test("exports exactly four more classes", () => {
  const classes = Object.keys(esm).filter((name) => name.endsWith("Error") && /^[A-Z]/.test(name));
  // Of a call, but nothing a server answers; the base of all; and those of a delivery and of a receipt, which have tests
  // of their own (webhooks, receipts).
  const others = ["InternalError", "HyperstackError", "ReceiptError", "WebhookError"];
  assert.deepEqual(classes.sort(), [...Object.keys(CLASSES), ...others].sort());
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).sort(), "both copies export the same");
});

test("isHyperstackError recognises errors of another copy, instanceof does not", async () => {
  assert.notEqual(cjs.HyperstackError, esm.HyperstackError, "there are two copies");
  const id = newId();
  for (const [own, other] of [
    [esm, cjs],
    [cjs, esm],
  ]) {
    const client = new own.Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
    const error = await rejection(client.credentials.view(id));
    assert.ok(error instanceof own.NotFoundError);
    assert.ok(!(error instanceof other.HyperstackError));
    for (const { isHyperstackError } of [own, other]) assert.equal(isHyperstackError(error), true);
  }
});

test("isHyperstackError accepts nothing else", async () => {
  const { isHyperstackError } = esm;
  const fields = { ...(await rejection(failing(json).credentials.view("x"))) };
  for (const value of [
    null,
    undefined,
    7,
    "ValidationError",
    {},
    fields,
    new Error("x"),
    () => {},
    Symbol("s"),
    vm.runInNewContext("new Error('x')"),
    new DOMException("x", "AbortError"),
  ]) {
    assert.equal(isHyperstackError(value), false);
  }
  // The brand is a registered symbol, so another realm's copy has the same.
  const foreign = vm.runInNewContext(
    "Object.defineProperty(new Error('x'), Symbol.for('hyperstack-credentials.error'), { value: true })",
  );
  assert.equal(isHyperstackError(foreign), true);
});

/* ---------------------------------------------------------------- secrets */

/** Every way in which a value gets into a log. */
function everythingOf(value) {
  const texts = [
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    String(value?.message),
    String(value?.stack),
    JSON.stringify(value) ?? "",
  ];
  try {
    texts.push(String(value));
  } catch {}
  for (const key of Reflect.ownKeys(Object(value))) texts.push(inspect(Object(value)[key], { depth: 9 }));
  if (value?.cause) texts.push(everythingOf(value.cause));
  return texts.join("\n");
}

const TOKENS = ["hs_live_Secret-123.x", "0123456789abcdef0123456789abcdef", "lower_case_token"];
const EMAIL = "jane.doe@example.com";

test("errors contain no token or address that the server sends back", async () => {
  let searched = 0;
  for (const token of TOKENS) {
    const said = (text) => [
      [401, { detail: text }],
      [403, { detail: text }],
      [404, { success: false, error: text }],
      [400, { success: false, error: text, error_code: text }],
      [402, { success: false, error: text, error_code: text }],
      [409, { success: false, error: text, error_code: text }],
      [429, { detail: text }],
      [500, { error: text, error_code: text }],
      [200, { success: false, error: text, error_code: text }],
      [200, credential({ success: text })],
      [200, { [text]: text }],
      [200, `{"${text}":`],
      [200, credential({ document_id: `${text}/` })],
    ];
    for (const text of [token, EMAIL, `Bearer ${token} of ${EMAIL} is unknown`, encodeURI(`x?t=${token}`)]) {
      for (const [status, body] of said(text)) {
        const headers = { "x-request-id": text, "retry-after": text };
        const fetch = mockFetch(() => json(body, { status, headers }));
        const client = new Hyperstack({ token, fetch, maxRetries: 0 });
        const draft = { recipient: { name: "Jane", email: EMAIL }, group_key: "k" };
        for (const call of [client.credentials.view(ID), client.credentials.generate(draft)]) {
          const found = everythingOf(await rejection(call));
          assert.ok(!found.includes(token), `${status}: the token is in ${found}`);
          assert.ok(!found.includes(EMAIL), `${status}: the address is in ${found}`);
          searched += 1;
        }
        const verification = JSON.stringify(await client.verify(ID));
        assert.ok(!verification.includes(token) && !verification.includes(EMAIL), verification);
      }
    }
  }
  assert.equal(searched, TOKENS.length * 4 * 13 * 2);
});

test("nor one in the runtime's own error", async () => {
  const token = TOKENS[0];
  for (const thrown of [
    new TypeError(`Bearer ${token} is no header`),
    Object.assign(new Error("x"), { name: token, code: token, cause: new Error(token) }),
    Object.assign(new Error(EMAIL), { cause: { code: token, message: EMAIL } }),
    token,
    EMAIL,
    { message: `${token} ${EMAIL}`, toString: () => token },
  ]) {
    const client = new Hyperstack({ token, fetch: () => Promise.reject(thrown), maxRetries: 0 });
    const error = await rejection(client.credentials.view(ID));
    assert.equal(error.name, "ConnectionError");
    const found = everythingOf(error);
    assert.ok(!found.includes(token) && !found.includes(EMAIL), found);
  }
  // What gives nothing away is kept: it is what one looks for.
  const client = failing(() => Promise.reject(new TypeError("getaddrinfo ENOTFOUND")));
  assert.equal((await rejection(client.credentials.view(ID))).cause.message, "getaddrinfo ENOTFOUND");
});

test("nor a wrong argument, nor a token function's own error", async () => {
  const token = TOKENS[0];
  const client = new Hyperstack({ token, fetch: json });
  for (const params of [
    { recipient: { name: "", email: `${EMAIL} ` }, group_key: EMAIL },
    { recipient: { name: "x", email: "a@b@c", [EMAIL]: 1 }, group_key: token.repeat(9) },
    { recipient: { name: "x", email: EMAIL }, group_key: "k", custom_attributes: { [EMAIL]: 1 } },
    { [EMAIL]: EMAIL },
  ]) {
    const error = await rejection(client.credentials.generate(params));
    assert.equal(error.name, "ValidationError");
    const found = everythingOf(error);
    assert.ok(!found.includes(token) && !found.includes(EMAIL), found);
  }
  for (const fails of [
    () => {
      throw new Error(`cannot renew ${token}`);
    },
    async () => {
      throw new Error(`cannot renew ${token}`);
    },
    () => `${token}\n`,
    () => `${token} ${EMAIL}`,
  ]) {
    const found = everythingOf(
      await rejection(new Hyperstack({ token: fails, fetch: json }).credentials.view(ID)),
    );
    assert.ok(!found.includes(token) && !found.includes(EMAIL), found);
  }
});

test("a client shows its token in no inspection", async () => {
  const token = TOKENS[0];
  const client = new Hyperstack({
    token,
    fetch: () => json(credential()),
    baseUrl: "https://api.example.com",
  });
  const call = client.credentials.view(ID);
  for (const value of [client, client.credentials, client.groups, call, { nested: [client] }]) {
    assert.ok(!everythingOf(value).includes(token));
  }
  await call;
  assert.ok(!everythingOf(call).includes(token));
  assert.ok(!everythingOf(await call.withResponse()).includes(token));
  assert.ok(!structured(client).includes(token));
});

function structured(client) {
  try {
    return inspect(structuredClone({ ...client }));
  } catch (error) {
    return inspect(error);
  }
}
