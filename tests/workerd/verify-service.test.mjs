/** The verifying service in workerd: its WebCrypto signs and verifies, its clock makes ages, its memory is per isolate. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { Verifier, verifyReceipt } from "hyperstack-credentials";
import { RECEIPT } from "../consumers/shared/receipts.js";
import { newId, steer } from "../support/control.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";

const jwk = { ...generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }), kid: "2026-11" };

let sandboxes;
let worker;
let verifier;
before(async () => {
  sandboxes = await Promise.all([startSandbox(), startSandbox()]);
  worker = await startWorker({
    config: "tests/workerd/verify-service/wrangler.jsonc",
    vars: { BASES: JSON.stringify(sandboxes.map(({ url }) => url)) },
    secrets: {
      TOKENS: JSON.stringify(sandboxes.map(({ token }) => token)),
      RECEIPT_KEY: JSON.stringify(jwk),
    },
  });
  verifier = new Verifier({ endpoint: `${worker.url}/api/verify` });
});
after(async () => {
  await worker?.stop();
  await Promise.all((sandboxes ?? []).map((sandbox) => sandbox.stop()));
});

test("signs the receipt for either account, and the published key verifies it", async () => {
  const keys = await (await fetch(`${worker.url}/.well-known/jwks.json`)).json();
  assert.ok(!JSON.stringify(keys).includes(jwk.d));
  for (const [at, status, verdict] of [
    [0, "active", "valid"],
    [1, "revoked", "revoked"],
  ]) {
    const id = await steer(sandboxes[at]).credential({ status });
    const found = await verifier.verify(id);
    assert.deepEqual([found.verdict, found.issuer_label], [verdict, `account ${at}`]);
    const { receipt, kid } = await verifyReceipt(found.receipt, keys, { documentId: id, maxAgeSeconds: 60 });
    assert.deepEqual([receipt.verdict, receipt.issuer_label, kid], [verdict, `account ${at}`, "2026-11"]);
  }
  assert.equal((await verifier.verify(newId())).verdict, "not_found_in_account");
});

test("workerd verifies receipts as well as it signs them", async () => {
  const id = await steer(sandboxes[0]).credential();
  assert.equal(await (await fetch(`${worker.url}/round-trip?id=${id}`)).text(), RECEIPT);
});

test("caches a yes with its age, and no other verdict", async () => {
  const id = await steer(sandboxes[1]).credential();
  const [first, again] = [await verifier.verify(id), await verifier.verify(id)];
  assert.deepEqual([first.verdict, first.checks[12].code], ["valid", "live"]);
  assert.deepEqual([again.verdict, again.checks[12].code], ["valid", "cached"]);
  assert.equal(again.checked_at, first.checked_at);
  assert.ok(again.checks[12].params.age_s >= 1);
  const revoked = await steer(sandboxes[1]).credential({ status: "revoked" });
  for (const _ of [1, 2]) assert.equal((await verifier.verify(revoked)).checks[12].code, "live");
});
