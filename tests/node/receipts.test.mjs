/** Receipts: nothing personal in them, and nothing but an untouched one of the right key is believed. */
import assert from "node:assert/strict";
import {
  generateKeyPairSync,
  createPrivateKey as nodePrivateKey,
  createPublicKey as nodePublicKey,
  sign as nodeSign,
  verify as nodeVerify,
} from "node:crypto";
import { before, test } from "node:test";
import {
  createReceipt,
  createVerifyHandler,
  Hyperstack,
  importReceiptKey,
  ReceiptError,
  receiptKeySet,
  signReceipt,
  Verifier,
  verifyReceipt,
} from "hyperstack-credentials";
import * as jose from "jose";
import { loadCases } from "../support/cases.mjs";
import { linkTo, rejection } from "../support/control.mjs";
import { credential, ID, json } from "../support/mock.mjs";
import { importSource } from "../support/source.mjs";

const LINK = linkTo(ID);
const NOW = 1_800_000_000_000;

/** RFC 8037, appendix A: the key, its thumbprint, and a JWS made with it. */
const RFC = {
  jwk: {
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  },
  thumbprint: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
  jws:
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
};

const base64url = (value) =>
  Buffer.from(typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString(
    "base64url",
  );
const parts = (jws) => jws.split(".").map((part) => Buffer.from(part, "base64url"));

const verification = (changes = {}, options = {}, answer = () => json(credential(changes))) =>
  new Hyperstack({ token: "t", fetch: answer, maxRetries: 0 }).verify(LINK, {
    now: NOW,
    issuerLabel: "Acme Academy",
    allowMetadata: ["custom_location"],
    ...options,
  });

let pair;
let secret;
let signer;
let published;
let receipt;
let jws;
before(async () => {
  pair = generateKeyPairSync("ed25519");
  secret = { ...pair.privateKey.export({ format: "jwk" }), kid: "2026-11" };
  signer = await importReceiptKey(secret);
  published = await receiptKeySet(secret);
  receipt = createReceipt(await verification());
  jws = await signReceipt(receipt, signer);
});

/** Signs any header and payload with the same key, as `signReceipt` would not. */
const forge = (payload, header = { alg: "EdDSA", kid: "2026-11", typ: "hyperstack-receipt+jws" }) => {
  const content = `${base64url(header)}.${base64url(payload)}`;
  return `${content}.${base64url(nodeSign(null, Buffer.from(content), pair.privateKey))}`;
};
const refused = async (text, code, keys = published, options = {}) => {
  const error = await rejection(verifyReceipt(text, keys, options));
  assert.ok(error instanceof ReceiptError, `${error}`);
  assert.deepEqual([error.name, error.code, error.operation], ["ReceiptError", code, "verifyReceipt"]);
};
const invalid = async (promise, path, rule) => {
  const error = await rejection(promise);
  assert.deepEqual(
    [error.name, error.issues?.map((one) => [one.path, one.rule])],
    ["ValidationError", [[path, rule]]],
  );
  return error;
};

/* ---------------------------------------------------------------- the receipt */

test("a receipt has subject, time, policy, result and verifier", async () => {
  const made = await verification();
  assert.deepEqual(createReceipt(made), {
    schema: "hyperstack-receipt/1",
    signed: false,
    outcome: "verified",
    verdict: "valid",
    reason: null,
    subject: { input_kind: "url", id: ID, canonical_url: LINK },
    checked_at: "2027-01-15T08:00:00.000Z",
    now_source: "option",
    issuer_label: "Acme Academy",
    verifier: made.verifier,
    policy: { hosts: ["hyperstack.id"], skew_s: 300, private: "withhold" },
    checks: made.checks.map(({ id, state, code }) => ({ id, state, code })),
  });
});

test("every verdict has a receipt, without data of the recipient or the credential", async () => {
  const words = { status: 200 };
  for (const [made, verdict] of [
    [verification(), "valid"],
    [verification({}, { recipientName: "John Doe" }), "valid"],
    [verification({}, { recipientName: "Jane Roe" }), "recipient_mismatch"],
    ...["revoked", "suspended", "expired", "unpublished"].map((status) => [verification({ status }), status]),
    [verification({ issued_on: "2999-01-01T00:00:00Z" }), "not_yet_valid"],
    [verification({ status: "John Doe" }), "indeterminate"],
    [verification({}, {}, () => json({ success: false }, { status: 404 })), "not_found_in_account"],
    [verification({}, {}, () => json(words, { status: 500 })), "indeterminate"],
    [new Hyperstack({ token: "t" }).verify("John Doe"), "malformed_input"],
    [new Hyperstack({ token: "t" }).verify(`https://john.example/credential/${ID}`), "untrusted_host"],
  ]) {
    const written = createReceipt(await made);
    assert.equal(written.verdict, verdict);
    const again = await verifyReceipt(await signReceipt(written, signer), published);
    assert.deepEqual(again.receipt, { ...written, signed: true });
    for (const text of [JSON.stringify(written), JSON.stringify(again)]) {
      assert.doesNotMatch(text, /john|jane|doe|roe|example|Cloud|CC-2024|Mars|2024-03-15/i);
    }
    for (const check of written.checks) assert.deepEqual(Object.keys(check), ["id", "state", "code"]);
  }
});

test("refuses anything but a verification", async () => {
  const good = await verification();
  const undecided = await verification({ status: "archived" });
  const change = (path, value, from = good) => {
    const copy = structuredClone(from);
    const keys = path.split(".");
    const last = keys.pop();
    keys.reduce((found, key) => found[key], copy)[last] = value;
    return copy;
  };
  const wrong = [
    ...[undefined, null, 7, "verified", {}, [], receipt],
    ...["schema", "outcome", "verdict", "reason", "subject", "checked_at", "now_source", "issuer_label"].map(
      (path) => change(path, 7),
    ),
    ...["verifier", "policy", "checks"].flatMap((path) =>
      [null, 7, {}, "x"].map((value) => change(path, value)),
    ),
    change("verdict", "revoked"),
    change("verdict", "John Doe"),
    change("outcome", "not_verified"),
    change("reason", "network"),
    change("reason", null, undecided),
    change("reason", "John Doe", undecided),
    change("subject.input_kind", "name"),
    change("subject.id", null),
    change("subject.id", [ID]),
    change("subject.id", "John Doe"),
    change("subject.canonical_url", null),
    change("subject.canonical_url", `${LINK}?name=John`),
    change("subject.canonical_url", `https://john@hyperstack.id/credential/${ID}`),
    change("checked_at", "John"),
    change("checked_at", "2027-13-15T08:00:00.000Z"),
    change("checked_at", ["2027-01-15T08:00:00.000Z"]),
    change("policy.skew_s", -1),
    change("policy.private", "show"),
    change("policy.hosts", [7]),
    change("verifier.version", null),
    change("checks.0.id", "status"),
    change("checks.0.state", "fail"),
    change("checks.12.state", "error"),
    change("checks.0.state", "fine"),
    // What is missing is never a pass.
    ...[0, 2, 3, 4, 5, 6, 7, 8].flatMap((at) =>
      ["skipped", "warn"].map((state) => change(`checks.${at}.state`, state)),
    ),
    change("checks.0.code", "John Doe"),
    change("checks", good.checks.slice(1)),
    change("checks", [...good.checks, good.checks[0]]),
  ];
  const revoked = await verification({ status: "revoked" });
  const skipped = { id: "host_trusted", state: "skipped", code: "bare_id", params: {} };
  const conflict = { id: "status_clock_agreement", state: "warn", code: "status_clock_conflict", params: {} };
  wrong.push(
    // A verdict that its checks do not come to.
    { ...good, outcome: "not_verified", verdict: "revoked" },
    { ...good, outcome: "not_verified", verdict: "later" },
    { ...good, outcome: "indeterminate", verdict: "indeterminate", reason: "network" },
    change("verdict", "expired", revoked),
    change("checks.6.code", "suspended", revoked),
    change("reason", "network", undecided),
    change("checks.1", skipped),
    change("checks.9", conflict),
    change("subject.canonical_url", `https://evil.example/credential/${ID}`),
    change("policy.hosts", []),
    change("checked_at", "2026-02-31T08:00:00.000Z"),
  );
  for (const one of wrong) {
    assert.throws(
      () => createReceipt(one),
      ({ name, issues }) => name === "ValidationError" && issues[0].rule === "verification",
      JSON.stringify(one),
    );
  }
});

/* ---------------------------------------------------------------- signatures, against others */

test("a signed receipt is a JWS that node:crypto and jose verify", async () => {
  const [header, payload, signature] = parts(jws);
  assert.equal(header.toString(), '{"alg":"EdDSA","kid":"2026-11","typ":"hyperstack-receipt+jws"}');
  assert.equal(payload.toString(), JSON.stringify({ ...receipt, signed: true }));
  const content = Buffer.from(jws.slice(0, jws.lastIndexOf(".")));
  assert.ok(nodeVerify(null, content, pair.publicKey, signature));
  assert.deepEqual(signature, nodeSign(null, content, pair.privateKey), "Ed25519 signs in one way only");
  const { payload: read, protectedHeader } = await jose.compactVerify(jws, jose.createLocalJWKSet(published));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(read)), { ...receipt, signed: true });
  assert.equal(protectedHeader.kid, "2026-11");
  assert.ok(jws.length < 3000, `${jws.length} characters`);
});

test("verifies what jose signs in the same form", async () => {
  const payload = new TextEncoder().encode(JSON.stringify({ ...receipt, signed: true }));
  const theirs = await new jose.CompactSign(payload)
    .setProtectedHeader({ alg: "EdDSA", kid: "2026-11", typ: "hyperstack-receipt+jws" })
    .sign(await jose.importJWK(secret, "EdDSA"));
  assert.equal(theirs, jws);
  assert.deepEqual(await verifyReceipt(theirs, published), {
    receipt: { ...receipt, signed: true },
    kid: "2026-11",
  });
});

test("names the key of RFC 8037 by its thumbprint, and refuses its JWS", async () => {
  const named = await importReceiptKey(RFC.jwk);
  assert.equal(named.kid, RFC.thumbprint);
  assert.deepEqual(await receiptKeySet(RFC.jwk), {
    keys: [{ kty: "OKP", crv: "Ed25519", x: RFC.jwk.x, kid: RFC.thumbprint, use: "sig", alg: "EdDSA" }],
  });
  assert.equal(await jose.calculateJwkThumbprint(RFC.jwk), RFC.thumbprint);
  const { d: _, ...shown } = RFC.jwk;
  await jose.compactVerify(RFC.jws, await jose.importJWK(shown, "EdDSA"));
  await refused(RFC.jws, "malformed", shown);
  const signed = await signReceipt(receipt, named);
  for (const keys of [shown, { keys: [shown] }, await receiptKeySet(shown)]) {
    assert.equal((await verifyReceipt(signed, keys)).kid, RFC.thumbprint);
  }
  const key = nodePrivateKey({ key: RFC.jwk, format: "jwk" });
  const [content, signature] = [signed.slice(0, signed.lastIndexOf(".")), parts(signed)[2]];
  assert.deepEqual(nodeSign(null, Buffer.from(content), key), signature);
  assert.ok(nodeVerify(null, Buffer.from(content), nodePublicKey({ key: shown, format: "jwk" }), signature));
});

/* ---------------------------------------------------------------- nothing else is believed */

test("refuses any changed character", async () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let at = 0; at < jws.length; at++) {
    // Every character once, with each of the 64 others and more that do not belong, in turn.
    const others = [...alphabet, ".", "=", "+", "/", " ", "\n", "ä", "\0"].filter((one) => one !== jws[at]);
    const other = others[(at * 31) % others.length];
    for (const changed of [
      jws.slice(0, at) + other + jws.slice(at + 1),
      jws.slice(0, at) + jws.slice(at + 1),
      jws.slice(0, at) + other + jws.slice(at),
    ]) {
      const error = await rejection(verifyReceipt(changed, published));
      assert.ok(error instanceof ReceiptError, `${at}: ${error}`);
      assert.match(error.code, /^(malformed|bad_signature|bad_header|unsupported_algorithm|unknown_key)$/);
    }
  }
  for (const other of alphabet.replace(jws.at(-1), "")) {
    // The last character holds four bits that say nothing: they have to be 0.
    await refused(jws.slice(0, -1) + other, "AQgw".includes(other) ? "bad_signature" : "malformed");
  }
});

test("refuses any flipped bit of header, payload or signature", async () => {
  const whole = parts(jws);
  for (const [which, part] of whole.entries()) {
    for (let bit = 0; bit < part.length * 8; bit += which === 2 ? 1 : 3) {
      const flipped = Buffer.from(part);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const changed = whole.map((one, at) => base64url(at === which ? flipped : one)).join(".");
      const error = await rejection(verifyReceipt(changed, published));
      assert.ok(error instanceof ReceiptError, `${which} ${bit}: ${error}`);
    }
  }
});

test("refuses strings that are not receipts, each with its code", async () => {
  const [head, payload, signature] = jws.split(".");
  const good = { ...receipt, signed: true };
  const header = { alg: "EdDSA", kid: "2026-11", typ: "hyperstack-receipt+jws" };
  for (const [text, code] of [
    ...[undefined, null, 7, {}, "", ".", "..", "...", head, `${head}.${payload}`].map((one) => [
      one,
      "malformed",
    ]),
    [`${jws}.`, "malformed"],
    [`${jws}.${signature}`, "malformed"],
    [`${head}..${signature}`, "malformed"],
    [`${head}.${payload}.`, "malformed"],
    [`${head}.${payload}.${signature}==`, "malformed"],
    [`${jws} `, "malformed"],
    [` ${jws}`, "malformed"],
    [JSON.stringify({ payload, signatures: [{ protected: head, signature }] }), "malformed"],
    ["x".repeat(16_385), "too_large"],
    [`${jws}.${"A".repeat(16_384)}`, "too_large"],
    // Another spelling of the same JSON.
    [forge(good, JSON.stringify(header, null, 1)), "malformed"],
    [forge(good, `${JSON.stringify(header).slice(0, -1)},"alg":"EdDSA"}`), "malformed"],
    [forge(good, `{"alg":"none",${JSON.stringify(header).slice(1)}`), "malformed"],
    [forge(JSON.stringify(good, null, 1)), "malformed"],
    [forge(`${JSON.stringify(good).slice(0, -1)},"verdict":"valid"}`), "malformed"],
    [forge(`\ufeff${JSON.stringify(good)}`), "malformed"],
    [forge(Buffer.from([0x22, 0xff, 0x22])), "malformed"],
    [forge("[]"), "malformed"],
    [forge("null"), "malformed"],
    [forge(good, "[]"), "malformed"],
    // The header.
    ...[
      "none",
      "None",
      "HS256",
      "RS256",
      "ES256",
      "Ed25519",
      "Ed448",
      "eddsa",
      "",
      null,
      7,
      ["EdDSA"],
      undefined,
    ].map((alg) => [forge(good, { ...header, alg }), "unsupported_algorithm"]),
    ...[undefined, "JWT", "jws", "application/hyperstack-receipt+jws", "HYPERSTACK-RECEIPT+JWS", null].map(
      (typ) => [forge(good, { ...header, typ }), "bad_header"],
    ),
    ...[
      { crit: ["exp"], exp: 1 },
      { crit: [] },
      { b64: false, crit: ["b64"] },
      { b64: true },
      { jwk: { kty: "OKP", crv: "Ed25519", x: RFC.jwk.x } },
      { jku: "https://evil.example/" },
      { x5c: [] },
      { cty: "json" },
      { kid: undefined },
      { kid: null },
      { kid: 7 },
      { kid: ["2026-11"] },
    ].map((members) => [forge(good, { ...header, ...members }), "bad_header"]),
    ...["2026-10", "2026-11 ", "", "__proto__"].map((kid) => [
      forge(good, { ...header, kid }),
      "unknown_key",
    ]),
    // Signed by the right key, and still none.
    ...[
      receipt,
      { ...good, schema: "hyperstack-receipt/2" },
      { ...good, schema: "hyperstack-verify/1" },
      { ...good, signed: "true" },
      { ...good, recipient: "John Doe" },
      { ...good, outcome: "not_verified" },
      { ...good, verdict: "revoked" },
      { ...good, checks: good.checks.slice(1) },
      { ...good, checks: good.checks.map((check) => ({ ...check, params: {} })) },
      { ...good, checks: good.checks.map((check) => ({ ...check, state: "error" })) },
      // A check that passes with the code of a failure.
      ...["revoked", "expired", "unknown_code", "not_reached"].map((code) => ({
        ...good,
        checks: good.checks.map((check) => (check.id === "status" ? { ...check, code } : check)),
      })),
      { ...good, checks: good.checks.map((check) => ({ ...check, code: "cached" })) },
      { ...good, checks: [...good.checks, { id: "later", state: "fail", code: "x" }] },
      { ...good, checks: [...good.checks, good.checks[0]] },
      { ...good, subject: { ...good.subject, name: "John" } },
      { ...good, subject: { ...good.subject, canonical_url: `https://evil.example/x/${ID}` } },
      { ...good, checked_at: "yesterday" },
      { ...good, policy: { ...good.policy, hosts: "hyperstack.id" } },
      Object.fromEntries(Object.entries(good).reverse()),
      {},
    ].map((content) => [forge(content), "bad_payload"]),
  ]) {
    await refused(text, code);
  }
  assert.equal(forge(good), jws, "the forger's tool makes the same text where nothing is changed");
});

test("accepts a check of a later version unless it failed", async () => {
  const good = { ...receipt, signed: true };
  for (const state of ["pass", "warn", "skipped"]) {
    const checks = good.checks.toSpliced(5, 0, { id: "later_check", state, code: "later_code" });
    const { receipt: accepted } = await verifyReceipt(forge({ ...good, checks }), published);
    assert.equal(accepted.checks[5].id, "later_check");
  }
});

test("accepts receipts of an older service, without a check that was added later", async () => {
  const replaced = (text, from, to) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  };
  const later = await importSource("pkg-template/src/receipt-signature.ts", {
    "receipt-checks.ts": (text) =>
      replaced(
        replaced(text, "  not_before:", '  issuer_key: { pass: ["right_key"] },\n  not_before:'),
        "LaterCheckId, true>> = {}",
        "LaterCheckId, true>> = { issuer_key: true }",
      ),
  });
  assert.equal((await later.verifyReceipt(jws, published)).receipt.verdict, "valid");

  const good = { ...receipt, signed: true };
  const at = good.checks.findIndex(({ id }) => id === "not_before");
  const verdictOf = async (checks) => {
    try {
      return (await later.verifyReceipt(forge({ ...good, checks }), published)).receipt.verdict;
    } catch (error) {
      return error.code;
    }
  };
  const added = (check, index = at) =>
    good.checks.toSpliced(index, 0, { id: "issuer_key", state: "pass", code: "right_key", ...check });
  assert.equal(await verdictOf(added()), "valid");
  // If the receipt has it, it is validated like any other check.
  assert.equal(await verdictOf(added({}, at + 1)), "bad_payload");
  for (const [state, code] of [
    ["pass", "revoked"],
    ["skipped", "not_reached"],
    ["fail", "wrong_key"],
  ]) {
    assert.equal(await verdictOf(added({ state, code })), "bad_payload", state);
  }
  // Every version reports the others.
  for (const { id } of good.checks) {
    assert.equal(await verdictOf(good.checks.filter((check) => check.id !== id)), "bad_payload", id);
  }
});

test("creates a receipt of every case", async () => {
  for (const { expected, name } of loadCases()) {
    const made = createReceipt({ ...expected, verifier: { name: "a name", version: "1.0.0" } });
    assert.deepEqual([made.verdict, made.checks.length], [expected.verdict, 13], name);
  }
});

test("refuses a key that matches any signature", async () => {
  const [mine] = published.keys;
  const order8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
  const other8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
  const points = [
    "00".repeat(32),
    `${"00".repeat(31)}80`,
    `01${"00".repeat(31)}`,
    `01${"00".repeat(30)}80`,
    `ec${"ff".repeat(30)}7f`,
    `ec${"ff".repeat(31)}`,
    order8,
    other8,
    `${order8.slice(0, -2)}85`,
    `${other8.slice(0, -2)}fa`,
    // Spellings that are not below the prime.
    `ed${"ff".repeat(30)}7f`,
    `ee${"ff".repeat(30)}7f`,
    "ff".repeat(32),
  ];
  for (const point of points) {
    const key = { ...mine, x: Buffer.from(point, "hex").toString("base64url") };
    await refused(jws, "unknown_key", key);
    await invalid(receiptKeySet(key), "keys[0]", "jwk");
    // What such a key lets anyone write: R is a point of small order, and s is 0.
    const [head, payload] = jws.split(".");
    const forged = Buffer.concat([Buffer.from(point, "hex"), Buffer.alloc(32)]).toString("base64url");
    await refused(`${head}.${payload}.${forged}`, "unknown_key", key);
  }
});

test("uses only the key with that name", async () => {
  const other = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const [mine] = published.keys;
  await refused(jws, "bad_signature", { ...other, kid: "2026-11" });
  await refused(jws, "bad_signature", {
    keys: [
      { ...other, kid: "2026-11" },
      { ...mine, kid: "2026-10" },
    ],
  });
  for (const keys of [
    { keys: [] },
    { keys: [other] },
    { keys: [mine, mine] },
    { keys: [mine, { ...other, kid: "2026-11" }] },
    // Not for signatures, of another kind, or no key.
    ...[
      { use: "enc" },
      { alg: "ES256" },
      { kty: "EC" },
      { crv: "X25519" },
      { crv: "Ed448" },
      { x: `${mine.x}A` },
    ].map((changes) => ({ ...mine, ...changes })),
    ...[
      { x: undefined },
      { x: "" },
      { x: `${mine.x.slice(0, -1)}=` },
      { kid: "" },
      { kid: 7 },
      { kid: null },
    ].map((changes) => ({ ...mine, ...changes })),
    { kty: "oct", k: "c2VjcmV0", kid: "2026-11" },
  ]) {
    await refused(jws, "unknown_key", keys);
  }
  // Points of small order, and one that is off the curve: with some of them anything could be "signed".
  for (const x of [
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "7P______________________________________38",
    "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ]) {
    const error = await rejection(verifyReceipt(jws, { ...mine, x }));
    assert.match(error.code, /^(bad_signature|unknown_key)$/, x);
  }
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
  const set = { keys: [{ ...rsa, kid: "2026-11" }, other, mine] };
  assert.equal((await verifyReceipt(jws, set)).kid, "2026-11");
  for (const keys of [undefined, null, 7, "x", [mine], { keys: {} }, { keys: [null] }, { keys: ["x"] }]) {
    await invalid(verifyReceipt(jws, keys), "keys", "jwk");
  }
  await invalid(verifyReceipt(jws, secret), "keys", "jwk");
  await invalid(verifyReceipt(jws, { keys: [mine, { ...other, d: "x" }] }), "keys", "jwk");
});

test("checks a receipt's credential and age on request", async () => {
  const at = (seconds) => ({ now: new Date(NOW + seconds * 1000), maxAgeSeconds: 60 });
  for (const options of [{}, { documentId: ID }, at(0), at(60), at(-60), { maxAgeSeconds: 0, now: NOW }]) {
    assert.equal((await verifyReceipt(jws, published, options)).receipt.verdict, "valid");
  }
  await refused(jws, "other_credential", published, { documentId: "x".repeat(32) });
  await refused(jws, "other_credential", published, { documentId: "" });
  await refused(jws, "too_old", published, at(60.001));
  await refused(jws, "too_new", published, at(-60.001));
  await refused(jws, "too_new", published, { maxAgeSeconds: 0 }); // the test's clock is ahead
  for (const [options, path, rule] of [
    [{ maxAge: 60 }, "maxAge", "unknown_field"],
    [{ maxAgeSeconds: -1 }, "maxAgeSeconds", "number"],
    [{ maxAgeSeconds: Number.NaN }, "maxAgeSeconds", "number"],
    [{ now: new Date(Number.NaN) }, "now", "number"],
    [{ documentId: 7 }, "documentId", "string"],
  ]) {
    await invalid(verifyReceipt(jws, published, options), path, rule);
  }
});

/* ---------------------------------------------------------------- keys */

test("accepts only complete private keys, and no error quotes one", async () => {
  const other = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const { d, x } = secret;
  for (const jwk of [
    ...[undefined, null, 7, "", "x", "{}", "[]", `{"d":"${d}"`, { keys: [secret] }],
    ...["kty", "crv", "x", "d"].flatMap((name) =>
      [undefined, "", 7, "x"].map((value) => ({ ...secret, [name]: value })),
    ),
    { ...secret, d: `${d}A` },
    { ...secret, d: other.d },
    { ...secret, x: other.x },
    { ...secret, use: "enc" },
    { ...secret, alg: "ES256" },
    { ...secret, kid: "" },
    { ...secret, kid: 7 },
  ]) {
    const error = await invalid(importReceiptKey(jwk), "jwk", "jwk");
    for (const text of [error.stack, JSON.stringify(error)])
      assert.ok(!text.includes(d) && !text.includes(x));
  }
  const taken = await importReceiptKey(JSON.stringify({ ...secret, use: "sig", alg: "Ed25519", ext: true }));
  assert.deepEqual([taken.kid, taken.key.extractable, taken.key.usages], ["2026-11", false, ["sign"]]);
  assert.equal(await signReceipt(receipt, taken), jws);
});

test("publishes public halves only, under unique names", async () => {
  assert.deepEqual(published, {
    keys: [{ kty: "OKP", crv: "Ed25519", x: secret.x, kid: "2026-11", use: "sig", alg: "EdDSA" }],
  });
  const both = await receiptKeySet(secret, RFC.jwk);
  assert.deepEqual(
    both.keys.map(({ kid }) => kid),
    ["2026-11", RFC.thumbprint],
  );
  assert.ok(!JSON.stringify(both).includes('"d"'));
  assert.deepEqual(await receiptKeySet(), { keys: [] });
  await invalid(receiptKeySet(secret, { ...RFC.jwk, kid: "2026-11" }), "keys[1].kid", "jwk");
  await invalid(receiptKeySet(secret, { kty: "RSA" }), "keys[1]", "jwk");
});

test("signs only receipts, and only with a key for signing", async () => {
  const { key } = signer;
  const { subtle } = globalThis.crypto;
  const hmac = await subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const { publicKey } = await subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  for (const wrong of [
    undefined,
    null,
    {},
    key,
    { key },
    { key, kid: "" },
    { key, kid: 7 },
    { key: publicKey, kid: "x" },
  ]) {
    await invalid(signReceipt(receipt, wrong), "signer", "signing_key");
  }
  await invalid(signReceipt(receipt, { key: hmac, kid: "x" }), "signer", "signing_key");
  const signed = (await verifyReceipt(jws, published)).receipt;
  for (const wrong of [
    undefined,
    null,
    {},
    signed,
    await verification(),
    { ...receipt, verdict: "revoked" },
  ]) {
    await invalid(signReceipt(wrong, signer), "receipt", "receipt");
  }
  // Where it was kept its members may have come into another order.
  const shuffled = Object.fromEntries(Object.entries(receipt).reverse());
  assert.equal(await signReceipt({ ...shuffled, recipient: "John Doe" }, signer), jws);
  const long = createReceipt(await verification({}, { issuerLabel: "x".repeat(20_000) }));
  await invalid(signReceipt(long, signer), "receipt", "receipt");
  const strange = createReceipt(await verification({}, { issuerLabel: 'Zoë "\u2028\\ 😀' }));
  const back = (await verifyReceipt(await signReceipt(strange, signer), published)).receipt;
  assert.equal(back.issuer_label, 'Zoë "\u2028\\ 😀');
});

test("uses no key that something else added to Object.prototype", async (t) => {
  for (const [name, value] of Object.entries({ keys: published.keys, ...signer })) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    t.after(() => delete Object.prototype[name]);
  }
  await refused(jws, "unknown_key", {});
  await invalid(signReceipt(receipt, {}), "signer", "signing_key");
});

test("a runtime without Ed25519 says so", async () => {
  const real = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  const lacking = async () => {
    throw new DOMException("Unrecognized name", "NotSupportedError");
  };
  try {
    for (const value of [undefined, {}, { subtle: { digest: lacking, importKey: lacking, sign: lacking } }]) {
      Object.defineProperty(globalThis, "crypto", { value, configurable: true });
      for (const made of [
        () => importReceiptKey(secret),
        () => importReceiptKey({ ...secret, kid: undefined }),
        () => signReceipt(receipt, signer),
        () => verifyReceipt(jws, published),
        () => receiptKeySet(RFC.jwk),
      ]) {
        const error = await rejection(made());
        assert.deepEqual([error.name, error.code], ["ReceiptError", "ed25519_unavailable"]);
      }
    }
  } finally {
    Object.defineProperty(globalThis, "crypto", real);
  }
  assert.equal(await signReceipt(receipt, signer), jws);
});

/* ---------------------------------------------------------------- through the service */

test("a service adds receipts to its responses, and Verifier passes them on", async () => {
  for (const receipts of [true, signer, false]) {
    for (const [answer, verdict] of [
      [() => json(credential()), "valid"],
      [() => json(credential({ status: "revoked" })), "revoked"],
      [() => json({}, { status: 500 }), "indeterminate"],
    ]) {
      const client = new Hyperstack({ token: "t", fetch: answer, maxRetries: 0 });
      const handler = createVerifyHandler({ client, receipts, issuerLabel: "Acme" });
      const verifier = new Verifier({
        endpoint: "https://verify.example/api/verify",
        fetch: (url, init) => handler(new Request(url, init)),
      });
      const { receipt: given, ...rest } = await verifier.verify(LINK);
      assert.equal(rest.verdict, verdict);
      if (receipts === false) {
        assert.equal(given, undefined);
      } else if (receipts === true) {
        assert.deepEqual(given, createReceipt(rest));
      } else {
        const { receipt: signed } = await verifyReceipt(given, published, {
          documentId: ID,
          maxAgeSeconds: 60,
        });
        assert.deepEqual(signed, { ...createReceipt(rest), signed: true });
      }
      assert.doesNotMatch(JSON.stringify(given ?? ""), /John|example/);
    }
  }
  const client = new Hyperstack({ token: "t" });
  for (const receipts of ["true", 1, {}, { key: signer.key }, { ...signer, kid: "" }, secret, null]) {
    assert.throws(
      () => createVerifyHandler({ client, receipts }),
      ({ issues }) => issues[0].path === "receipts" && issues[0].rule === "signing_key",
    );
  }
});
