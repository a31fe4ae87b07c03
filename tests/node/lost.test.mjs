/** Answers that are lost over real sockets: whatever breaks, the account holds exactly what the caller is told. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Hyperstack } from "hyperstack-credentials";
import { steer } from "../support/control.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let control;
let client;
let group_key;
let person = 0;

before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
  client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, timeoutMs: 1500 });
});
beforeEach(async () => {
  await control.reset();
  ({ group_key } = await client.groups.create({ title: "T", description: "D", badge_template: "b" }));
});
after(() => sandbox.stop());

const draft = () => {
  person += 1;
  return { recipient: { name: "Zoë", email: `zoe${person}@example.com` }, group_key };
};

/** Something to break off in; where the request is carried out, its own answer is. */
const LONG = { body: JSON.stringify({ success: true, padding: "x".repeat(100) }) };

/** Ways to lose an answer; `apply`: the sandbox has carried the request out. */
const LOSSES = {
  "connection reset before the headers": { cut: "before_headers" },
  "connection reset in the headers": { cut: "in_headers" },
  "connection reset in the body": { cut: { body_bytes: 20 }, ...LONG },
  "stall in the body": { stall_after_bytes: 20, ...LONG },
  "no answer in time": { delay_ms: 4000 },
  "a proxy's 502": { status: 502, headers: { "content-type": "text/html" }, body: "<html>" },
  "a proxy's 504": { status: 504, body: "" },
};

for (const operation of ["generate", "issue"]) {
  const path_prefix = operation === "issue" ? "/v1/credentials/new" : "/v1/credentials/generate";
  for (const [name, loss] of Object.entries(LOSSES)) {
    for (const apply of [true, false]) {
      test(`${operation}, ${apply ? "carried out" : "not carried out"}, ${name}`, async () => {
        await control.script({ match: { path_prefix }, apply, ...loss });
        const { data, attempts, reconciled } = await client.credentials[operation](draft()).withResponse();
        assert.equal((await control.state()).credentials, 1);
        assert.equal(reconciled, apply);
        assert.equal(data.reconciled, apply ? true : undefined);
        assert.equal(attempts, apply ? 1 : 2);
        const viewed = await client.credentials.view(data.document_id);
        assert.equal(viewed.recipient.email, data.recipient.email);
      });
    }
  }
}

for (const [name, body] of [
  ["a proxy's page", { headers: { "content-type": "text/html" }, body: "<html>" }],
  ["half an answer", { body: '{"success":tr' }],
]) {
  test(`an answer that cannot be read is looked into, never sent again: ${name}`, async () => {
    const script = { match: { path_prefix: "/v1/credentials/generate" }, status: 200, ...body };
    await control.script({ ...script, apply: true });
    assert.equal((await client.credentials.generate(draft())).reconciled, true);
    await control.script({ ...script, apply: false });
    await assert.rejects(client.credentials.generate(draft()), { name: "ResponseError" });
    assert.equal((await control.state()).credentials, 1);
  });
}

test("a creation that is lost while the search fails is an error, and is not sent again", async () => {
  await control.script(
    { match: { path_prefix: "/v1/credentials/generate" }, apply: true, cut: "before_headers" },
    { match: { path_prefix: "/v1/credentials/search" }, status: 403, body: "{}" },
  );
  await assert.rejects(client.credentials.generate(draft()), (error) => {
    assert.equal(error.name, "ConnectionError");
    assert.match(error.message, /may have taken effect/);
    assert.equal(error.retryable, false);
    return true;
  });
  assert.equal((await control.state()).credentials, 1);
});

test("a token that fails while a lost creation is looked for does not hide the loss", async () => {
  await control.script({
    match: { path_prefix: "/v1/credentials/generate" },
    apply: true,
    cut: "before_headers",
  });
  let asked = 0;
  const token = () => {
    asked += 1;
    if (asked > 1) throw new Error("vault");
    return sandbox.token;
  };
  const fragile = new Hyperstack({ token, baseUrl: sandbox.url });
  await assert.rejects(fragile.credentials.generate(draft()), {
    name: "ConnectionError",
    message: /may have taken effect/,
  });
  assert.equal((await control.state()).credentials, 1);
});

test("a group whose answer is lost is not made again", async () => {
  await control.script({ match: { path_prefix: "/v1/groups/new" }, apply: true, cut: "before_headers" });
  const group = { title: "T", description: "D", badge_template: "b" };
  await assert.rejects(client.groups.create(group), {
    name: "ConnectionError",
    message: /may have taken effect/,
  });
  assert.equal((await control.state()).groups, 2);
});

test("a publication whose answer is lost is a success once, with no second one", async () => {
  const { document_id } = await client.credentials.generate(draft());
  await control.script({
    match: { path_prefix: `/v1/credential/${document_id}/publish` },
    apply: true,
    cut: "before_headers",
  });
  const { data, attempts, reconciled } = await client.credentials.publish(document_id).withResponse();
  assert.deepEqual([data.success, attempts, reconciled], [true, 2, true]);
  assert.equal((await client.credentials.view(document_id)).status, "active");
});

test("an abort while a lost creation is looked for ends the call at once", async () => {
  await control.script(
    { match: { path_prefix: "/v1/credentials/generate" }, apply: true, cut: "before_headers" },
    { match: { path_prefix: "/v1/credentials/search" }, delay_ms: 10_000 },
  );
  const controller = new AbortController();
  setTimeout(() => controller.abort("enough"), 300);
  const started = Date.now();
  await assert.rejects(
    client.credentials.generate(draft(), { signal: controller.signal }),
    (thrown) => thrown === "enough",
  );
  assert.ok(Date.now() - started < 1400);
});
