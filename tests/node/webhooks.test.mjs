/** Receiving webhooks: what is read out of a delivery, which ones are refused, signatures, and asking the API back. */
import assert from "node:assert/strict";
import { createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { build } from "esbuild";
import {
  confirmWebhook,
  Hyperstack,
  parseWebhook,
  ValidationError,
  WebhookError,
} from "hyperstack-credentials";
import { Webhook } from "standardwebhooks";
import { linkTo, newId, rejection, steer } from "../support/control.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

const OTHER = "Zz9nDvaxF6ehodPXI84p4X1yhQe7lrYg";
const UUID = "1f81eb52-5198-4599-803e-771906343485";
const NOTHING = { event: null, document_id: null };
const ISSUED = { event: "credential.issued", document_id: ID };

const parse = (body, options) =>
  parseWebhook({ body: typeof body === "string" ? body : JSON.stringify(body) }, options);

/** The code of a refusal, which must be a `WebhookError` of the documented form. */
async function refusal(promise) {
  const error = await rejection(promise);
  assert.ok(error instanceof WebhookError, inspect(error));
  assert.deepEqual(
    [error.name, error.operation, error.attempts, error.retryable],
    ["WebhookError", "webhooks.parse", 0, false],
  );
  assert.match(error.message, /^webhooks\.parse: ./);
  return error.code;
}

/** The path of what is wrong with an argument: our own mistake, not the sender's. */
async function mistake(promise) {
  const error = await rejection(promise);
  assert.ok(error instanceof ValidationError, inspect(error));
  return error.issues[0].path;
}

/* --------------------------------------------------------- what is found */

describe("a payload", () => {
  const link = linkTo(ID);
  const readings = {
    "event and document_id": [{ event: "credential.issued", document_id: ID }, ISSUED],
    "an older id": [
      { event: "credential.issued", document_id: UUID },
      { ...ISSUED, document_id: UUID },
    ],
    "type and data, as Standard Webhooks has it": [
      { type: "credential.issued", timestamp: "2022-11-03T20:26:10Z", data: { document_id: ID } },
      ISSUED,
    ],
    "a thin payload": [{ type: "credential.issued", data: { id: ID } }, ISSUED],
    event_type: [{ event_type: "credential.issued", document_id: ID }, ISSUED],
    "camel case": [{ eventType: "credential.issued", data: { documentId: ID } }, ISSUED],
    "a credential inside": [{ event: "credential.issued", credential: credential() }, ISSUED],
    "a credential inside data": [
      { event: "credential.issued", data: { credential: { document_id: ID } } },
      ISSUED,
    ],
    "an id inside a credential inside data": [
      { event: "credential.issued", data: { credential: { id: ID } } },
      ISSUED,
    ],
    "an object inside data": [{ type: "credential.issued", data: { object: { document_id: ID } } }, ISSUED],
    "an event that is an object": [{ event: { type: "credential.issued", document_id: ID } }, ISSUED],
    "only a link": [{ event: "credential.issued", document_url: `${link}?view=recipient` }, ISSUED],
    "a credential that is text": [{ event: "credential.issued", credential: ID }, ISSUED],
    "the same id in several places": [
      { event: "credential.issued", document_id: ID, document_url: link, data: { document_id: ID } },
      ISSUED,
    ],
    "the bare answer of view": [credential(), { ...ISSUED, event: null }],
    "another event": [
      { event: "credential.revoked", document_id: ID },
      { ...ISSUED, event: "credential.revoked" },
    ],
    "a documented name among two": [
      { type: "notification", event: "credential.issued", document_id: ID },
      ISSUED,
    ],
    "the outer name before the inner": [
      { type: "credential.revoked", data: { type: "credential.issued" } },
      { ...NOTHING, event: "credential.revoked" },
    ],
    "a type of the thing itself": [
      { data: { type: "credential", document_id: ID } },
      { event: "credential", document_id: ID },
    ],
    "the id of the delivery, which is none of a credential": [
      { id: UUID, event: { id: UUID, type: "credential.issued" } },
      { ...NOTHING, event: "credential.issued" },
    ],
    "the id of the delivery beside the credential's": [
      { id: UUID, type: "credential.issued", data: { id: OTHER, document_id: ID } },
      ISSUED,
    ],
    "no id by the grammar": [
      {
        event: "credential.issued",
        document_id: "../../auth",
        data: { credential_id: 7, document_id: null },
      },
      { ...NOTHING, event: "credential.issued" },
    ],
    "a bad id beside a good link": [
      { event: "credential.issued", document_id: ID.slice(1), document_url: link },
      ISSUED,
    ],
    "a link on a host that is not trusted": [
      { event: "credential.issued", document_url: `https://hyperstack.id.example/credential/${ID}` },
      { ...NOTHING, event: "credential.issued" },
    ],
    "an empty object": [{}, NOTHING],
    "names that are no text": [{ event: 7, type: ["credential.issued"], document_id: [ID] }, NOTHING],
    "a list": [[{ event: "credential.issued", document_id: ID }], NOTHING],
    null: ["null", NOTHING],
    text: [JSON.stringify(ID), NOTHING],
    "too deep inside": [{ data: { data: { data: { data: { document_id: ID } } } } }, NOTHING],
    __proto__: [
      `{"__proto__":{"event":"credential.issued","document_id":"${ID}"},"data":{"__proto__":{"document_id":"${ID}"}}}`,
      NOTHING,
    ],
    constructor: [`{"constructor":{"prototype":{"document_id":"${ID}"}}}`, NOTHING],
  };
  for (const [name, [body, expected]] of Object.entries(readings)) {
    test(name, async () => {
      const { payload, ...event } = await parse(body);
      assert.deepEqual(event, { ...expected, id: null, timestamp: null, signature: "unchecked" });
      const text = typeof body === "string" ? body : JSON.stringify(body);
      assert.equal(JSON.stringify(payload), JSON.stringify(JSON.parse(text)), "nothing of it is lost");
    });
  }

  test("finds a link on a listed host", async () => {
    const body = { document_url: `https://credentials.acme.example/credential/${ID}` };
    const event = await parse(body, { hosts: ["hyperstack.id", "credentials.acme.example"] });
    assert.equal(event.document_id, ID);
  });

  test("its keys reach no prototype", async () => {
    const { payload } = await parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    assert.equal({}.polluted, undefined);
    assert.equal(payload.polluted, undefined);
    assert.deepEqual(Object.keys(payload), ["__proto__", "constructor"]);
  });

  test("ignores untrusted header values", async () => {
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,AAAA",
    };
    const event = await parseWebhook({ headers, body: "{}" });
    assert.deepEqual([event.id, event.timestamp, event.signature], [null, null, "unchecked"]);
  });
});

/* --------------------------------------------------------- what is refused */

test("two different credentials are an error, not a guess", async () => {
  for (const body of [
    { document_id: ID, data: { document_id: OTHER } },
    { document_id: ID, document_url: linkTo(OTHER) },
    { document_id: ID, documentId: OTHER },
    { data: { credential: { document_id: ID } }, credential: { document_id: UUID } },
    { data: { id: ID }, credential: { id: OTHER } },
  ]) {
    assert.equal(await refusal(parse({ event: "credential.issued", ...body })), "ambiguous_document_id");
  }
  const error = await rejection(parse({ document_id: ID, data: { document_id: OTHER } }));
  assert.equal(error.message, "webhooks.parse: document_id and data.document_id name different credentials");
});

test("refuses invalid JSON, duplicate keys included", async () => {
  for (const [body, flaw] of [
    ["", "truncated"],
    ["{", "truncated"],
    ["<!doctype html><html></html>", "json_syntax"],
    ["event=credential.issued", "json_syntax"],
    ['{"document_id":1}{"document_id":2}', "json_syntax"],
    [`{"document_id":"${ID}","document_id":"${OTHER}"}`, "duplicate_key"],
    [`{"document_id":"${ID}","document\\u005fid":"${OTHER}"}`, "duplicate_key"],
    [`{"data":{"a":1,"a":1}}`, "duplicate_key"],
    ["[".repeat(65), "too_deep"],
    [Uint8Array.of(0x22, 0xff, 0x22), "utf8"],
  ]) {
    const call = parseWebhook({ body });
    assert.equal(await refusal(call), "bad_json");
    assert.equal((await rejection(call)).message, `webhooks.parse: the body is not valid JSON (${flaw})`);
  }
  assert.deepEqual(
    (await parseWebhook({ body: "\ufeff{}" })).payload,
    {},
    "a byte order mark is not part of it",
  );
});

test("refuses a content type other than JSON, accepts a missing one", async () => {
  const body = JSON.stringify({ document_id: ID });
  const types = {
    "application/json": true,
    "Application/JSON; charset=utf-8": true,
    "application/json;charset=utf-8": true,
    "application/cloudevents+json": true,
    "application/json+xml": false,
    "application/jsonp": false,
    "text/html": false,
    "text/plain;charset=UTF-8": false,
    "application/x-www-form-urlencoded": false,
    "multipart/form-data; boundary=application/json": false,
    "": false,
  };
  for (const [type, fine] of Object.entries(types)) {
    for (const request of [
      { headers: { "Content-Type": type }, body },
      { headers: new Headers({ "content-type": type }), body },
      new Request("https://a.example", { method: "POST", headers: { "content-type": type }, body }),
    ]) {
      if (fine) assert.equal((await parseWebhook(request)).document_id, ID, type);
      else assert.equal(await refusal(parseWebhook(request)), "bad_content_type", type);
    }
  }
  const bare = new Request("https://a.example", { method: "POST", body: new TextEncoder().encode(body) });
  assert.equal(bare.headers.get("content-type"), null);
  assert.equal((await parseWebhook(bare)).document_id, ID);
});

test("refuses methods other than POST", async () => {
  assert.equal(await refusal(parseWebhook(new Request("https://a.example"))), "bad_method");
  assert.equal(await refusal(parseWebhook({ method: "PUT", body: "{}" })), "bad_method");
  assert.deepEqual((await parseWebhook({ method: "POST", body: "{}" })).payload, {});
});

/** A body of `total` bytes in pieces, and how many of them were taken before it was let go. */
function dripping(total, piece = 16_384) {
  const seen = { bytes: 0, cancelled: false };
  const stream = new ReadableStream(
    {
      pull(controller) {
        if (seen.bytes >= total) return controller.close();
        seen.bytes += piece;
        controller.enqueue(new Uint8Array(piece).fill(0x20));
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", duplex: "half", body: stream };
  return { seen, request: new Request("https://a.example", init) };
}

test("cuts off a body over the limit instead of buffering it", async () => {
  const { seen, request } = dripping(10_000_000);
  assert.equal(await refusal(parseWebhook(request)), "body_too_large");
  assert.ok(seen.cancelled);
  assert.ok(seen.bytes <= 65_536 + 2 * 16_384, `${seen.bytes} bytes were taken`);

  const exact = `{"a":"${"x".repeat(65_536 - 8)}"}`;
  assert.equal(exact.length, 65_536);
  const post = (body) =>
    new Request("https://a.example", { method: "POST", body: new TextEncoder().encode(body) });
  for (const wrap of [post, (body) => ({ body }), (body) => ({ body: Buffer.from(body) })]) {
    assert.equal((await parseWebhook(wrap(exact))).payload.a.length, 65_528);
    assert.equal(await refusal(parseWebhook(wrap(`${exact} `))), "body_too_large");
    assert.equal(await refusal(parseWebhook(wrap("{} "), { maxBodyBytes: 2 })), "body_too_large");
    assert.deepEqual((await parseWebhook(wrap("{}"), { maxBodyBytes: 2 })).payload, {});
  }
  // Bytes are counted, not characters.
  assert.equal(await refusal(parseWebhook({ body: '"ö"' }, { maxBodyBytes: 3 })), "body_too_large");
});

test("does not wait for a sender that does not stop", async () => {
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(70_000)),
    cancel: () => new Promise(() => {}),
  });
  const request = new Request("https://a.example", { method: "POST", duplex: "half", body });
  assert.equal(await refusal(parseWebhook(request)), "body_too_large");
});

test("a truncated body is a separate error", async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"event":')),
    pull: (controller) => controller.error(new TypeError(`terminated ${ID}`)),
  });
  const request = new Request("https://a.example", { method: "POST", duplex: "half", body });
  assert.equal(await refusal(parseWebhook(request)), "truncated");
});

test("accepts a delivery in the form of any server", async () => {
  const text = JSON.stringify({ event: "credential.issued", document_id: ID });
  const bytes = new TextEncoder().encode(`##${text}##`);
  for (const body of [
    text,
    Buffer.from(text),
    new TextEncoder().encode(text).buffer,
    bytes.subarray(2, -2),
  ]) {
    assert.equal(
      (await parseWebhook({ headers: { "content-type": "application/json" }, body })).document_id,
      ID,
    );
  }
  const received = new Promise((resolve, reject) => {
    const server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method, headers } = request;
      parseWebhook({ method, headers, body: Buffer.concat(chunks) }, { secret: SECRET }).then(
        resolve,
        reject,
      );
      response.end();
    }).listen(0, "127.0.0.1", async () => {
      await fetch(`http://127.0.0.1:${server.address().port}/`, signed(text));
      server.close();
    });
  });
  assert.equal((await received).signature, "verified");
});

test("a missing raw body is our mistake, not the sender's", async () => {
  for (const body of [{ event: "credential.issued" }, undefined, 7, ["{}"]]) {
    assert.equal(await mistake(parseWebhook({ body })), "body");
  }
  assert.equal(await mistake(parseWebhook()), "body");
  assert.equal(await mistake(parseWebhook(null)), "body");
  const request = new Request("https://a.example", { method: "POST", body: new Uint8Array(2) });
  await request.arrayBuffer();
  assert.equal(await mistake(parseWebhook(request)), "request");
  assert.equal(await refusal(parseWebhook(new Request("https://a.example", { method: "POST" }))), "bad_json");
});

test("refuses an option that would weaken a check", async () => {
  for (const [options, path] of [
    [{ secrets: "x" }, "secrets"],
    [{ skewSeconds: 1 }, "skewSeconds"],
    [{ toleranceSeconds: Number.NaN }, "toleranceSeconds"],
    [{ toleranceSeconds: Number.POSITIVE_INFINITY }, "toleranceSeconds"],
    [{ toleranceSeconds: -1 }, "toleranceSeconds"],
    [{ toleranceSeconds: "300" }, "toleranceSeconds"],
    [{ toleranceSeconds: 300_000 }, "toleranceSeconds"],
    [{ now: 1_893_456_000 }, "now"],
    [{ maxBodyBytes: Number.NaN }, "maxBodyBytes"],
    [{ now: new Date(Number.NaN) }, "now"],
    [{ hosts: [] }, "hosts"],
    [{ secret: undefined }, "secret"],
    [{ secret: null }, "secret"],
    [{ secret: "" }, "secret"],
    [{ secret: "whsec_" }, "secret"],
    [{ secret: "whsec_*" }, "secret"],
    [{ secret: "whsk_AAAA" }, "secret"],
    [{ secret: "whpk_AAAA" }, "secret"],
    [{ secret: 7 }, "secret"],
    [{ secret: [] }, "secret"],
    [{ secret: [SECRET, ""] }, "secret"],
    [{ secret: [SECRET, undefined] }, "secret"],
  ]) {
    assert.equal(await mistake(parse({ document_id: ID }, options)), path, inspect(options));
  }
  for (const options of [
    undefined,
    null,
    {},
    { hosts: undefined, now: undefined, toleranceSeconds: undefined },
  ]) {
    assert.equal((await parse({ document_id: ID }, options)).signature, "unchecked");
  }
});

/* --------------------------------------------------------------- signatures */

/** What the tests of the Standard Webhooks libraries (github.com/standard-webhooks/standard-webhooks) are made with. */
const OFFICIAL = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  seconds: 1614265330,
  body: '{"test": 2432232314}',
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  seed: "VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
  signatureOfSeed:
    "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
};
const SECRET = OFFICIAL.secret;

const headersOf = (id, timestamp, signature) => ({
  "webhook-id": id,
  "webhook-timestamp": String(timestamp),
  "webhook-signature": signature,
});
const official = (changes = {}) => {
  const { id, seconds, signature, body } = { ...OFFICIAL, ...changes };
  return { headers: headersOf(id, seconds, signature), body };
};
const AT = { now: OFFICIAL.seconds * 1000 };

/** A request as a sender with this secret makes it. */
function signed(body, { secret = SECRET, seconds = Math.floor(Date.now() / 1000), id = "msg_1" } = {}) {
  const signature = new Webhook(secret).sign(id, new Date(seconds * 1000), body);
  return { method: "POST", headers: headersOf(id, seconds, signature), body: Buffer.from(body) };
}

/** The asymmetric keys of a seed. */
function keysOf(seed) {
  const der = Buffer.concat([
    Buffer.from("302e020100300506032b657004220420", "hex"),
    Buffer.from(seed, "base64"),
  ]);
  const secretKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(secretKey).export({ format: "der", type: "spki" });
  return { secretKey, publicKey: `whpk_${spki.subarray(-32).toString("base64")}` };
}

test("verifies the official vectors, symmetric and asymmetric", async () => {
  const { publicKey, secretKey } = keysOf(OFFICIAL.seed);
  const content = Buffer.from(`${OFFICIAL.id}.${OFFICIAL.seconds}.${OFFICIAL.body}`);
  assert.equal(`v1a,${sign(null, content, secretKey).toString("base64")}`, OFFICIAL.signatureOfSeed);
  for (const [secret, signature] of [
    [SECRET, OFFICIAL.signature],
    [SECRET.slice("whsec_".length), OFFICIAL.signature],
    [publicKey, OFFICIAL.signatureOfSeed],
    [[publicKey, SECRET], OFFICIAL.signature],
    [[SECRET, publicKey], OFFICIAL.signatureOfSeed],
    [SECRET, `${OFFICIAL.signatureOfSeed} ${OFFICIAL.signature}`],
  ]) {
    assert.deepEqual(await parseWebhook(official({ signature }), { secret, ...AT }), {
      event: null,
      document_id: null,
      id: OFFICIAL.id,
      timestamp: new Date(OFFICIAL.seconds * 1000),
      signature: "verified",
      payload: { test: 2432232314 },
    });
  }
  // A key is good for its own scheme only.
  const mixed = OFFICIAL.signature.replace("v1,", "v1a,");
  assert.equal(
    await refusal(parseWebhook(official({ signature: mixed }), { secret: SECRET, ...AT })),
    "bad_signature",
  );
  const renamed = OFFICIAL.signatureOfSeed.replace("v1a,", "v1,");
  const call = parseWebhook(official({ signature: renamed }), { secret: publicKey, ...AT });
  assert.equal(await refusal(call), "bad_signature");
});

test("finds headers in any letter case and form", async () => {
  const { headers, body } = official();
  const loud = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
  );
  const listed = { ...headers, "webhook-signature": ["v1,AAAA", headers["webhook-signature"]] };
  for (const form of [headers, loud, new Headers(headers), listed]) {
    const event = await parseWebhook({ headers: form, body }, { secret: SECRET, ...AT });
    assert.equal(event.signature, "verified");
  }
  const twice = new Headers(headers);
  twice.append("webhook-signature", "v1,AAAA");
  assert.equal(
    (await parseWebhook({ headers: twice, body }, { secret: SECRET, ...AT })).signature,
    "verified",
  );
});

test("refuses an unsigned delivery if there is a secret", async () => {
  const { headers, body } = official();
  assert.equal(await refusal(parseWebhook({ body }, { secret: SECRET, ...AT })), "signature_missing");
  for (const name of Object.keys(headers)) {
    for (const value of [undefined, ""]) {
      const rest = { ...headers, [name]: value };
      assert.equal(
        await refusal(parseWebhook({ headers: rest, body }, { secret: SECRET, ...AT })),
        "signature_missing",
      );
    }
  }
  for (const [seconds, code] of [
    ["hello", "bad_timestamp"],
    ["1614265330.5", "bad_timestamp"],
    ["-1614265330", "bad_timestamp"],
    ["1614265330abc", "bad_timestamp"],
    ["9".repeat(13), "bad_timestamp"],
  ]) {
    assert.equal(
      await refusal(parseWebhook(official({ seconds }), { secret: SECRET, ...AT })),
      code,
      seconds,
    );
  }
  const bare = OFFICIAL.signature.slice(3);
  for (const signature of [
    "v1,",
    "v1",
    ",",
    " ",
    bare,
    `v2,${bare}`,
    `V1,${bare}`,
    "v1,dawfeoifkpqwoekfpqoekf",
  ]) {
    assert.equal(
      await refusal(parseWebhook(official({ signature }), { secret: SECRET, ...AT })),
      "bad_signature",
    );
  }
});

/** Returns options with a clock for which a delivery with this changed part is fresh. */
const clockOf = (part, text) =>
  part === "seconds" && Number.isInteger(Number(text)) ? { now: Number(text) * 1000 } : AT;

test("detects a change of any byte of body, id, time or signature", async () => {
  const { publicKey } = keysOf(OFFICIAL.seed);
  for (const [secret, signature] of [
    [SECRET, OFFICIAL.signature],
    [publicKey, OFFICIAL.signatureOfSeed],
  ]) {
    const whole = { ...OFFICIAL, seconds: String(OFFICIAL.seconds), signature };
    let tampered = 0;
    for (const part of ["body", "id", "seconds", "signature"]) {
      for (let at = 0; at < whole[part].length; at += 1) {
        for (const change of [1, 2, 4, 32]) {
          const code = whole[part].charCodeAt(at) ^ change;
          const text = whole[part].slice(0, at) + String.fromCharCode(code) + whole[part].slice(at + 1);
          const options = { secret, ...clockOf(part, text) };
          const found = await refusal(parseWebhook(official({ signature, [part]: text }), options));
          assert.ok(["bad_signature", "bad_timestamp"].includes(found), `${part} ${text}: ${found}`);
          tampered += 1;
        }
      }
      const cut = official({ signature, [part]: whole[part].slice(0, -1) });
      const clock = clockOf(part, whole[part].slice(0, -1));
      assert.equal(await refusal(parseWebhook(cut, { secret, ...clock })), "bad_signature");
    }
    assert.equal(tampered, 4 * (20 + 28 + 10 + signature.length));
  }
});

test("verifies the signature before it reads the body", async () => {
  const call = parseWebhook(official({ body: "<html>" }), { secret: SECRET, ...AT });
  assert.equal(await refusal(call), "bad_signature");
  const html = parseWebhook(signed("<html>"), { secret: SECRET });
  assert.equal(await refusal(html), "bad_json");
});

test("any listed signature and any secret may match", async () => {
  const [old, current, strange] = Array.from(
    { length: 3 },
    () => `whsec_${randomBytes(32).toString("base64")}`,
  );
  const body = '{"event":"credential.issued"}';
  const seconds = Math.floor(Date.now() / 1000);
  const by = (secret) => new Webhook(secret).sign("msg_1", new Date(seconds * 1000), body);
  const junk = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,AAAA v1a,AAAA";
  for (const [signers, secret, fine] of [
    [[old], old, true],
    [[old], [old], true],
    [[old], [current, old], true],
    [[current], [current, old], true],
    [[old, current], current, true],
    [[current, old], old, true],
    [[strange], [current, old], false],
    [[old, current], strange, false],
  ]) {
    for (const signature of [
      signers.map(by).join(" "),
      `${junk} ${signers.map(by).join(" ")}`,
      `${signers.map(by).join(" ")} ${junk}`,
    ]) {
      const call = parseWebhook({ headers: headersOf("msg_1", seconds, signature), body }, { secret });
      if (fine) assert.equal((await call).signature, "verified");
      else assert.equal(await refusal(call), "bad_signature");
    }
  }
  // A stranger's list does not buy a thousand hashes: 16 of the version are tried.
  const behind = (count) => [...Array(count).fill(`v1,${btoa("x".repeat(32))}`), by(old)].join(" ");
  const listed = (count) => ({ headers: headersOf("msg_1", seconds, behind(count)), body });
  assert.equal((await parseWebhook(listed(15), { secret: old })).signature, "verified");
  assert.equal(await refusal(parseWebhook(listed(16), { secret: old })), "bad_signature");
});

test("accepts clocks that differ by the tolerance, both ways, and not a second more", async () => {
  for (const [toleranceSeconds, offset, expected] of [
    [undefined, 300, null],
    [undefined, 301, "timestamp_too_old"],
    [undefined, -300, null],
    [undefined, -301, "timestamp_too_new"],
    [0, 0, null],
    [0, 1, "timestamp_too_old"],
    [0, -1, "timestamp_too_new"],
    [10, 10, null],
    [10, 11, "timestamp_too_old"],
    [10, -10, null],
    [10, -11, "timestamp_too_new"],
  ]) {
    // The sender cuts its clock to seconds, so within a second of ours nothing is gained or lost.
    for (const milliseconds of [0, 999]) {
      const now = (OFFICIAL.seconds + offset) * 1000 + milliseconds;
      for (const instant of [now, new Date(now)]) {
        const call = parseWebhook(official(), { secret: SECRET, toleranceSeconds, now: instant });
        const found = expected ? await refusal(call) : (await call).signature;
        assert.equal(found, expected ?? "verified", `${toleranceSeconds} ${offset}`);
      }
    }
  }
});

test("the reference implementation agrees, on what it signs and on what it refuses", async () => {
  // Its clock cannot be set, so these are of now.
  const texts = [
    "{}",
    '{"a":"ö😀\\u0000"}',
    `{"event":"credential.issued","document_id":"${ID}"}`,
    "[1, 2]\n",
  ];
  let compared = 0;
  const seen = new Set();
  for (let round = 0; round < 40; round += 1) {
    const secret = `whsec_${randomBytes(24 + round).toString("base64")}`;
    const oracle = new Webhook(secret);
    const body = texts[round % texts.length];
    const id = `msg_${randomBytes(12).toString("hex")}`;
    for (const age of [0, 290, 310, -290, -310]) {
      const seconds = Math.floor(Date.now() / 1000) - age;
      const signature = oracle.sign(id, new Date(seconds * 1000), body);
      const [flip] = randomBytes(1);
      const bent = `${signature.slice(0, 3 + (flip % 44))}x${signature.slice(4 + (flip % 44))}`;
      for (const [headers, text] of [
        [headersOf(id, seconds, signature), body],
        [headersOf(id, seconds, bent), body],
        [headersOf(id, seconds, `${bent} ${signature}`), body],
        [headersOf(id, seconds, `${signature},more`), body],
        [headersOf(id, seconds, signature.slice(0, -1)), body],
        [headersOf(id, seconds, `${signature}=`), body],
        [headersOf(`${id}x`, seconds, signature), body],
        [headersOf(id, seconds + 1, signature), body],
        [headersOf(id, seconds, signature), `${body} `],
        [headersOf(id, seconds, ""), body],
      ]) {
        let expected = true;
        try {
          oracle.verify(text, headers, { jsonParse: false });
        } catch {
          expected = false;
        }
        const ours = await parseWebhook({ headers, body: text }, { secret }).catch((error) => error);
        assert.equal(ours.signature === "verified", expected, inspect([headers, text, ours]));
        if (!expected) assert.ok(ours instanceof WebhookError, inspect(ours));
        seen.add(expected);
        compared += 1;
      }
    }
  }
  assert.deepEqual([compared, seen.size], [40 * 5 * 10, 2]);
});

test("verifies bytes, not text: also a body that is not UTF-8", async () => {
  const body = Buffer.from([0x22, 0xff, 0x22]);
  const seconds = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64"))
    .update(`msg_1.${seconds}.`)
    .update(body);
  const headers = headersOf("msg_1", seconds, `v1,${mac.digest("base64")}`);
  assert.equal(await refusal(parseWebhook({ headers, body }, { secret: SECRET })), "bad_json");
  const other = Buffer.from([0x22, 0xfe, 0x22]);
  assert.equal(await refusal(parseWebhook({ headers, body: other }, { secret: SECRET })), "bad_signature");
});

/* --------------------------------------------------------------- confirming */

describe("confirming", () => {
  let sandbox;
  let control;
  let hyperstack;
  before(async () => {
    sandbox = await startSandbox();
    control = steer(sandbox);
    hyperstack = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, maxRetries: 0 });
  });
  after(() => sandbox.stop());

  const about = (document_id) => ({ event: "credential.issued", document_id });

  test("uses the status that the API returns", async () => {
    for (const [status, reason] of [
      ["active", null],
      ["suspended", null],
      ["expired", null],
      ["revoked", null],
      ["unpublished", "not_published"],
      ["published", "unknown_status"],
      ["draft", "unknown_status"],
      ["a status of next year", "unknown_status"],
    ]) {
      const id = await control.credential({ status });
      const found = await confirmWebhook(hyperstack, await parse(about(id)));
      if (reason) {
        assert.deepEqual(found, { confirmed: false, reason }, status);
      } else {
        assert.deepEqual(found, { confirmed: true, credential: await hyperstack.credentials.view(id) });
        assert.deepEqual([found.credential.document_id, found.credential.status], [id, status]);
      }
    }
  });

  test("follows a credential from draft to published", async () => {
    const group = await hyperstack.groups.create({ title: "T", description: "D", badge_template: "b" });
    const recipient = { name: "A", email: "a@example.com" };
    const draft = await hyperstack.credentials.generate({ recipient, group_key: group.group_key });
    const event = await parse(about(draft.document_id));
    assert.deepEqual(await confirmWebhook(hyperstack, event), { confirmed: false, reason: "not_published" });
    await hyperstack.credentials.publish(draft.document_id);
    assert.equal((await confirmWebhook(hyperstack, event)).confirmed, true);
    // A delivery that comes twice is confirmed twice: the key to work once by is the caller's to keep.
    assert.equal((await confirmWebhook(hyperstack, event)).confirmed, true);
  });

  test("an id that is not in this account is not a fault", async () => {
    const found = await confirmWebhook(hyperstack, await parse(about(newId())));
    assert.deepEqual(found, { confirmed: false, reason: "not_in_account" });
  });

  test("sends nothing for a delivery without a credential or of another event", async () => {
    const { requests } = await control.state();
    for (const [event, reason] of [
      [{ event: "credential.issued", document_id: null }, "no_document_id"],
      [{ event: null, document_id: null }, "no_document_id"],
      [{ event: "credential.revoked", document_id: ID }, "unknown_event"],
      [{ event: "credential.issued ", document_id: ID }, "unknown_event"],
      [{ event: "", document_id: ID }, "unknown_event"],
    ]) {
      assert.deepEqual(await confirmWebhook(hyperstack, event), { confirmed: false, reason });
    }
    assert.equal((await control.state()).requests, requests);
  });

  test("a delivery without an event name means the only documented event", async () => {
    const id = await control.credential();
    assert.equal((await confirmWebhook(hyperstack, await parse({ document_id: id }))).confirmed, true);
  });

  test("an outage is never a no", async () => {
    const id = await control.credential();
    for (const [step, name] of [
      [{ status: 500, body: "{}" }, "ServerError"],
      [{ status: 503, body: "{}" }, "ServerError"],
      [{ status: 401, body: '{"detail":"no"}' }, "AuthenticationError"],
      [{ status: 403, body: '{"detail":"no"}' }, "PermissionError"],
      [{ status: 429, body: "{}" }, "RateLimitError"],
      [{ status: 404, body: "<html>", headers: { "content-type": "text/html" } }, "ResponseError"],
      [{ status: 200, body: "{}" }, "ResponseError"],
      [{ cut: "before_headers" }, "ConnectionError"],
    ]) {
      await control.script({ match: { path_prefix: `/v1/credential/${id}/` }, ...step });
      assert.equal((await rejection(confirmWebhook(hyperstack, about(id)))).name, name);
    }
    const stranger = new Hyperstack({ token: "wrong-token", baseUrl: sandbox.url });
    assert.equal((await rejection(confirmWebhook(stranger, about(id)))).name, "AuthenticationError");
    assert.equal((await confirmWebhook(hyperstack, about(id))).confirmed, true, "and then it is back");
  });

  test("a response about another credential confirms nothing", async () => {
    const client = new Hyperstack({ token: "t", fetch: mockFetch(() => json(credential())) });
    assert.equal((await rejection(confirmWebhook(client, about(OTHER)))).code, "id_mismatch");
    assert.equal((await confirmWebhook(client, about(ID))).confirmed, true);
  });

  test("passes on the options of a call", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    assert.equal(await rejection(confirmWebhook(hyperstack, about(ID), { signal })), reason);
    const error = await rejection(confirmWebhook(hyperstack, about(ID), { timeout: 1 }));
    assert.equal(error.issues[0].path, "timeout");
  });

  test("validates the id of an event from a queue before it is in a path", async () => {
    const { requests } = await control.state();
    const error = await rejection(confirmWebhook(hyperstack, about("../auth")));
    assert.ok(error instanceof ValidationError);
    assert.equal((await control.state()).requests, requests);
  });
});

/* ------------------------------------------------------------------ secrets */

test("errors contain no secret, no token and nothing of the payload", async () => {
  const secret = `whsec_${btoa("a secret that nobody may see")}`;
  const token = "hs_live_Secret-123.x";
  const email = "jane.doe@example.com";
  const body = JSON.stringify({ document_id: ID, recipient: { name: "Jane", email } });
  const broken = `{"${email}":"${token}",`;
  const contradictory = JSON.stringify({
    document_id: ID,
    [email]: email,
    data: { document_id: OTHER, email },
  });
  const seconds = Math.floor(Date.now() / 1000);
  const html = { "content-type": `text/${email}` };
  const client = (status) =>
    new Hyperstack({ token, maxRetries: 0, fetch: mockFetch(() => json({ error: email }, { status })) });
  const event = await parse(body);
  const calls = [
    parseWebhook({ headers: headersOf(email, seconds, `v1,${email}`), body }, { secret }),
    parseWebhook({ headers: headersOf(email, email, `v1,${email}`), body }, { secret }),
    parseWebhook({ headers: headersOf(email, 1, `v1,${email}`), body }, { secret }),
    parseWebhook({ headers: html, body }),
    parseWebhook({ method: email, body }),
    parseWebhook({ body }, { maxBodyBytes: 5 }),
    parse(broken),
    parse(contradictory),
    parse(body, { secret: [secret, `${secret}!`] }),
    parse(body, { secret: [secret, `whpk_${secret.slice(6)}`] }),
    ...[401, 403, 404, 500].map((status) => confirmWebhook(client(status), event)),
  ];
  for (const call of calls) {
    const error = await rejection(call);
    const seen = [inspect(error, { depth: 9, showHidden: true }), String(error.stack), JSON.stringify(error)];
    for (const text of [secret, secret.slice(6), token, email]) {
      assert.ok(!seen.join("\n").includes(text), `${text} is in ${seen[0]}`);
    }
  }
});

/* --------------------------------------------------------------- the bundle */

test("a bundle without webhooks does not contain them, and parsing alone needs no client", async () => {
  const bundled = async (names) => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { ${names} } from "hyperstack-credentials/external"; globalThis.used = [${names}];`,
        resolveDir: new URL("../..", import.meta.url).pathname,
      },
      bundle: true,
      format: "esm",
      external: ["*.wasm"],
      // This repository's own leads to the sources.
      tsconfigRaw: "{}",
      write: false,
    });
    return outputFiles[0].text;
  };
  const client = await bundled("Hyperstack");
  const theClient = /\bHyperstack = class\b/;
  assert.match(client, theClient);
  assert.doesNotMatch(client, /webhook-signature|webhooks\.parse|WebhookError/);
  const reader = await bundled("parseWebhook");
  assert.match(reader, /webhook-signature/);
  assert.doesNotMatch(reader, theClient);
  assert.doesNotMatch(reader, /createVerifyHandler|webhooks\.subscribe/);
});
