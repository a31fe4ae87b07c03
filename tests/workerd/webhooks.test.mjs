/** Receiving webhooks in workerd: its streams, its WebCrypto, and no module of Node's. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { newId, steer } from "../support/control.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const asymmetric = generateKeyPairSync("ed25519");
const publicKey = asymmetric.publicKey
  .export({ format: "der", type: "spki" })
  .subarray(-32)
  .toString("base64");

let sandbox;
let worker;
let id;
before(async () => {
  sandbox = await startSandbox();
  id = await steer(sandbox).credential();
  worker = await startWorker({
    config: "tests/workerd/receiver/wrangler.jsonc",
    vars: { BASE: sandbox.url },
    secrets: { TOKEN: sandbox.token, SECRETS: JSON.stringify([`whpk_${publicKey}`, secret]) },
  });
});
after(async () => {
  await worker?.stop();
  await sandbox?.stop();
});

const seconds = Math.floor(Date.now() / 1000);
const content = (body) => Buffer.from(`msg_1.${seconds}.${body}`);
const bySecret = (body) => new Webhook(secret).sign("msg_1", new Date(seconds * 1000), body);
const byKey = (body) => `v1a,${sign(null, content(body), asymmetric.privateKey).toString("base64")}`;

async function deliver(body, signature) {
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(seconds),
    "webhook-signature": signature,
  };
  const answer = await fetch(worker.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return [answer.status, await answer.json()];
}

test("a signed delivery is verified and confirmed", async () => {
  const body = JSON.stringify({ type: "credential.issued", data: { document_id: id } });
  for (const signature of [bySecret(body), byKey(body)]) {
    const [status, { event, found }] = await deliver(body, signature);
    assert.equal(status, 200);
    assert.deepEqual([event.document_id, event.signature, event.id], [id, "verified", "msg_1"]);
    assert.equal(new Date(event.timestamp).getTime(), seconds * 1000);
    assert.deepEqual([found.confirmed, found.credential.document_id], [true, id]);
  }
});

test("distinguishes faults of a delivery", async () => {
  const body = JSON.stringify({ type: "credential.issued", data: { document_id: newId() } });
  const [, { found }] = await deliver(body, bySecret(body));
  assert.deepEqual(found, { confirmed: false, reason: "not_in_account" });
  for (const [sent, signature, code] of [
    [`${body} `, bySecret(body), "bad_signature"],
    [`${body} `, byKey(body), "bad_signature"],
    ["<html>", bySecret("<html>"), "bad_json"],
    // No more: the proxy of `wrangler dev` does not bear that an answer comes before the whole body was taken.
    [" ".repeat(65_537), bySecret(body), "body_too_large"],
  ]) {
    assert.deepEqual(await deliver(sent, signature), [400, { name: "WebhookError", code }]);
  }
});
