/** What a client tells of its calls, and what calls share: events, the retry quota, headers of the caller's own. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Hyperstack } from "hyperstack-credentials";
import { rejection, steer } from "../support/control.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let control;
before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
});
beforeEach(() => control.reset());
after(() => sandbox.stop());

/** A client and what it told. */
function observed(options = {}) {
  const events = [];
  const onEvent = (event) => events.push(event);
  const client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, onEvent, ...options });
  return { client, events };
}
/** Events without what differs from run to run. */
const steady = (events) =>
  events.map(({ durationMs, delayMs, ...rest }) => {
    if (rest.type === "response") assert.ok(durationMs >= 0 && durationMs < 30_000);
    if (rest.type === "retry") assert.ok(delayMs >= 0 && delayMs <= 500 * rest.attempt);
    return rest;
  });

test("reports a call from its first request to its end", async () => {
  const id = await control.credential();
  await control.script(
    { match: { path_prefix: `/v1/credential/${id}` }, cut: "before_headers" },
    { match: { path_prefix: `/v1/credential/${id}` }, status: 503, headers: { "x-request-id": "r-7" } },
  );
  const { client, events } = observed();
  await client.credentials.view(id);
  await rejection(client.credentials.view("j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx"));
  await rejection(client.credentials.view("../x"));
  const of = { call: 1, operation: "credentials.view" };
  const second = { ...of, call: 2 };
  assert.deepEqual(steady(events), [
    { type: "request", ...of, attempt: 1 },
    { type: "retry", ...of, attempt: 1, code: "connection_failed" },
    { type: "request", ...of, attempt: 2 },
    { type: "response", ...of, attempt: 2, status: 503, requestId: "r-7" },
    { type: "retry", ...of, attempt: 2, code: "server_error", status: 503 },
    { type: "request", ...of, attempt: 3 },
    { type: "response", ...of, attempt: 3, status: 200 },
    { type: "request", ...second, attempt: 1 },
    { type: "response", ...second, attempt: 1, status: 404 },
    {
      type: "error",
      ...second,
      name: "NotFoundError",
      code: "credential_not_found",
      attempts: 1,
      retryable: false,
      status: 404,
    },
    {
      type: "error",
      call: 3,
      operation: "credentials.view",
      name: "ValidationError",
      code: "invalid_request",
      attempts: 0,
      retryable: false,
    },
  ]);
});

test("reports the search for a lost creation as a search", async () => {
  const { client, events } = observed();
  const { group_key } = await client.groups.create({ title: "T", description: "D", badge_template: "b" });
  await control.script({
    match: { path_prefix: "/v1/credentials/generate" },
    apply: true,
    cut: "before_headers",
  });
  const made = await client.credentials.generate({
    recipient: { name: "Zoë", email: "zoe@example.com" },
    group_key,
  });
  assert.equal(made.reconciled, true);
  const told = events.filter(({ call }) => call === 2).map(({ type, operation }) => `${type} ${operation}`);
  assert.deepEqual(told, [
    "request credentials.generate",
    "request credentials.search",
    "response credentials.search",
  ]);
  const all = JSON.stringify(events);
  for (const secret of [sandbox.token, "zoe@example.com", "Zoë", group_key, made.document_id]) {
    assert.ok(!all.includes(secret), secret);
  }
});

test("does not report a request id that contains the token", async () => {
  const id = await control.credential();
  await control.script({ match: {}, apply: true, headers: { "x-request-id": `for-${sandbox.token}` } });
  const { client, events } = observed();
  await client.credentials.view(id);
  assert.deepEqual(
    events.map((event) => event.requestId),
    [undefined, undefined],
  );
});

test("an observer that fails does not affect the call", async () => {
  const id = await control.credential();
  for (const onEvent of [
    () => {
      throw new Error("observer");
    },
    async () => {
      throw new Error("observer");
    },
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: observers may return anything.
      then: () => {
        throw new Error("observer");
      },
    }),
  ]) {
    assert.equal((await observed({ onEvent }).client.credentials.view(id)).document_id, id);
  }
  // Its rejection would be reported by now, and end this file.
  await sleep(20);
});

test("sends a failing server no more retries than the quota, which successes refill", async () => {
  const id = await control.credential();
  const failing = {
    match: { path_prefix: `/v1/credential/${id}` },
    status: 503,
    headers: { "retry-after": "0" },
  };
  await control.script({ ...failing, times: 10_000 });
  const { client, events } = observed({ maxRetries: 10 });
  const before = (await control.state()).requests;
  const errors = await Promise.all(Array.from({ length: 100 }, () => rejection(client.credentials.view(id))));
  for (const error of errors) {
    assert.deepEqual([error.name, error.status, error.retryable], ["ServerError", 503, true]);
  }
  assert.ok(errors.some(({ message }) => message.endsWith("retry quota is used up")));
  assert.equal((await control.state()).requests - before, 200);
  assert.equal(events.filter(({ type }) => type === "retry").length, 100);

  // Another client has a quota of its own.
  assert.equal((await rejection(observed({ maxRetries: 3 }).client.credentials.view(id))).attempts, 4);

  await control.clearScript();
  for (let n = 0; n < 5; n += 1) await client.credentials.view(id);
  // Five successes are five tokens: one repeat. It succeeds, which gives back what it cost.
  await control.script({ ...failing, times: 1 });
  assert.equal((await client.credentials.view(id).withResponse()).attempts, 2);
  await control.script({ ...failing, times: 2 });
  assert.equal((await rejection(client.credentials.view(id))).attempts, 2);
});

test("sends custom headers with every request of the call", async () => {
  const { client } = observed();
  const { group_key } = await client.groups.create({ title: "T", description: "D", badge_template: "b" });
  await control.script({
    match: { path_prefix: "/v1/credentials/generate" },
    apply: false,
    cut: "before_headers",
  });
  const before = (await control.requests()).length;
  await client.credentials.generate(
    { recipient: { name: "A", email: "a@example.com" }, group_key },
    {
      headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "X-Tenant": "a b" },
    },
  );
  const sent = (await control.requests()).slice(before);
  assert.deepEqual(
    sent.map(({ path }) => path),
    ["/v1/credentials/generate", "/v1/credentials/search", "/v1/credentials/generate"],
  );
  for (const { header_names, authorized } of sent) {
    assert.ok(header_names.includes("traceparent") && header_names.includes("x-tenant"));
    assert.equal(authorized, true);
  }
  assert.throws(() => observed({ headers: { "x-tenant": "a" } }), { name: "ValidationError" });
});
