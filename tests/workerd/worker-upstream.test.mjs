/**
 * The Worker with everything on, in workerd: a service binding instead of the network, two accounts, a cache and signed
 * receipts, whose WebCrypto and whose memory between requests are workerd's.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { verifyReceipt } from "hyperstack-credentials";
import { assertSecured } from "../support/headers.mjs";
import { startWorker } from "../support/processes.mjs";
import { entriesOnce } from "../support/worker-log.mjs";

const healthKey = "health-key-of-at-least-32-characters";
const path = (name) => fileURLToPath(new URL(`upstream/${name}`, import.meta.url));

let worker;
before(async () => {
  const { privateKey } = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { kty, crv, x, d } = await crypto.subtle.exportKey("jwk", privateKey);
  worker = await startWorker({
    cwd: path("."),
    args: ["--config", path("wrangler.jsonc"), "--config", path("service.jsonc")],
    vars: {
      // There is no such host: only the binding can answer.
      HYPERSTACK_API_BASE: "https://api.invalid",
      HYPERSTACK_CACHE_SECONDS: "60",
    },
    secrets: {
      HYPERSTACK_API_TOKEN: JSON.stringify([
        { label: "One", token: "token-one" },
        { label: "Two", token: "token-two" },
      ]),
      HYPERSTACK_RECEIPT_KEY: JSON.stringify({ kty, crv, x, d, kid: "workerd" }),
      HYPERSTACK_HEALTH_KEY: healthKey,
    },
  });
});
after(() => worker?.stop());

const verify = async (number) => {
  const input = `Upstream${String(number).padStart(24, "0")}`;
  const answer = await fetch(`${worker.url}/api/verify`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input }),
  });
  return { answer, body: await answer.json() };
};

test("sends the requests of every account to the binding", async () => {
  for (const [number, verdict, label] of [
    [1, "valid", "One"],
    [2, "revoked", "Two"],
    [3, "not_found_in_account", null],
  ]) {
    const { answer, body } = await verify(number);
    assert.equal(answer.status, 200, JSON.stringify(body));
    assert.deepEqual([body.verdict, body.issuer_label], [verdict, label]);
  }
});

test("caches a yes from one request to the next, with its age", async () => {
  await verify(1);
  const { answer, body } = await verify(1);
  assert.ok(Number(answer.headers.get("age")) >= 1);
  assert.equal(body.checks.find(({ id }) => id === "freshness").code, "cached");
  const logged = await entriesOnce(worker, 5);
  assert.ok(logged.some(({ event, cached }) => event === "verify" && cached));
});

test("verifies receipts with the published keys", async () => {
  const published = await fetch(`${worker.url}/.well-known/jwks.json`);
  assertSecured(published, "the keys");
  const { body } = await verify(2);
  const { receipt, kid } = await verifyReceipt(body.receipt, await published.json());
  assert.deepEqual([receipt.verdict, receipt.subject.id, kid], ["revoked", body.subject.id, "workerd"]);
});

test("checks the accounts' health through the binding", async () => {
  const headers = { authorization: `Bearer ${healthKey}` };
  const answer = await fetch(`${worker.url}/healthz/accounts`, { headers });
  assert.deepEqual(await answer.json(), {
    status: "ok",
    accounts: [
      { label: "One", status: "ok" },
      { label: "Two", status: "ok" },
    ],
  });
  assert.equal((await fetch(`${worker.url}/healthz/accounts`)).status, 401);
});
