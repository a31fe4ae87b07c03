/**
 * What the client sends is as `openapi.yaml` describes: the real package talks to the sandbox through Prism, which
 * judges every request, and every answer, by the document.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Hyperstack } from "hyperstack-credentials";
import { rejection, steer } from "../support/control.mjs";
import { match, operations, read } from "../support/openapi.mjs";
import { startPrism, startSandbox } from "../support/processes.mjs";

let sandbox;
let control;
let prism;
let client;

before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
  prism = await startPrism({ upstream: sandbox.url });
  // Without repeats: a complaint of Prism's must not be overcome.
  client = new Hyperstack({ token: sandbox.token, baseUrl: prism.url, maxRetries: 0 });
});
after(async () => {
  await prism?.stop();
  await sandbox?.stop();
});

const GROUP = { title: "Rust 101", description: "A course", badge_template: "b" };
const FULL_GROUP = {
  title: "Rüst 102",
  description: "<p>A course</p>",
  certificate_template: "c",
  badge_template: "b",
  url: "https://example.com/course?a=b",
  tags: ["apple", "mango"],
  group_code: "R 102-a",
  does_expire: true,
  validity: 2,
  blockchain: true,
};
const ATTRIBUTES = { custom_location: "Mars", custom_points: 7, custom_list: ["a", { b: null }] };
const PAGE = { page: 1, page_size: 20 };

/** A new group and a draft in it. */
async function made() {
  const { group_key } = await client.groups.create(GROUP);
  const recipient = { name: "Zoë Larsson", email: "zoe@example.com" };
  const { document_id } = await client.credentials.generate({ recipient, group_key });
  return { group_key, document_id, recipient };
}

/** Every operation of the client: with the least that it takes, and with all that it takes. */
const CALLS = {
  authenticate: [() => client.account.get()],
  create_group: [() => client.groups.create(GROUP), () => client.groups.create(FULL_GROUP)],
  view_group: [({ group_key }) => client.groups.view(group_key)],
  update_group: [
    ({ group_key }) => client.groups.update(group_key, { title: "Rust 103" }),
    ({ group_key }) => client.groups.update(group_key, FULL_GROUP),
    ({ group_key }) => client.groups.update(group_key, { does_expire: false }),
  ],
  list_groups: [
    () => client.groups.list().toArray({ limit: 5 }),
    () => client.groups.list(PAGE).toArray({ limit: 5 }),
  ],
  search_groups: [
    () => client.groups.search().toArray({ limit: 5 }),
    () =>
      client.groups.search({ keyword: "Rust", title: "Rust", strict: true, ...PAGE }).toArray({ limit: 5 }),
  ],
  generate_credential: [
    ({ group_key, recipient }) =>
      client.credentials.generate({ recipient: { ...recipient, email: "a@example.com" }, group_key }),
    ({ group_key, recipient }) =>
      client.credentials.generate({
        recipient: { ...recipient, email: "b@example.com" },
        group_key,
        custom_attributes: ATTRIBUTES,
      }),
  ],
  issue_credential: [
    ({ group_key, recipient }) =>
      client.credentials.issue({ recipient: { ...recipient, email: "c@example.com" }, group_key }),
    ({ group_key, recipient }) =>
      client.credentials.issue({
        recipient: { ...recipient, email: "d@example.com" },
        group_key,
        custom_attributes: ATTRIBUTES,
      }),
  ],
  publish_credential: [({ document_id }) => client.credentials.publish(document_id)],
  view_credential: [({ document_id }) => client.credentials.view(document_id)],
  update_credential: [
    ({ document_id }) => client.credentials.update(document_id, { expiry: null }),
    ({ document_id }) => client.credentials.update(document_id, { expiry: 1_893_456_000 }),
    ({ document_id }) => client.credentials.update(document_id, { expiry: new Date("2030-01-01T00:00:00Z") }),
  ],
  list_credentials: [
    () => client.credentials.list().toArray({ limit: 5 }),
    () => client.credentials.list(PAGE).toArray({ limit: 5 }),
  ],
  search_credentials: [
    () => client.credentials.search().toArray({ limit: 5 }),
    ({ group_key, document_id, recipient }) =>
      client.credentials
        .search({
          recipient,
          group_key,
          credential_key: document_id,
          custom_attributes: ATTRIBUTES,
          start_date: "2024/02/29",
          end_date: "2024/12/31",
          ...PAGE,
        })
        .toArray({ limit: 5 }),
  ],
  update_recipient: [
    ({ recipient }) => client.recipients.update({ email: recipient.email }),
    ({ recipient }) => client.recipients.update({ email: recipient.email, custom_attributes: ATTRIBUTES }),
  ],
  webhook_subscribe: [
    () => client.webhooks.subscribe({ url: "http://a.example", events: ["credential.issued"] }),
    () => client.webhooks.subscribe({ url: "https://a.example/h?x=1", events: ["credential.issued"] }),
  ],
  webhook_unsubscribe: [() => client.webhooks.unsubscribe()],
};

test("the client has the document's operations, except the older path", () => {
  const documented = operations(read()).filter(({ operation }) => !operation.deprecated);
  assert.deepEqual(Object.keys(CALLS).sort(), documented.map(({ id }) => id).sort());
});

for (const [id, calls] of Object.entries(CALLS)) {
  test(`${id} is sent as documented`, async () => {
    const { method, template } = operations(read()).find((operation) => operation.id === id);
    for (const call of calls) {
      await control.reset();
      const things = await made();
      const before = (await control.requests()).length;
      await call(things);
      const sent = (await control.requests()).slice(before);
      assert.ok(sent.length > 0);
      for (const request of sent) {
        assert.equal(request.method, method);
        assert.ok(match(template, request.path), request.path);
      }
    }
  });
}

test("lists and verifications send what is documented", async () => {
  await control.reset();
  const { group_key, document_id, recipient } = await made();
  for (let number = 0; number < 3; number += 1) {
    const email = `${number}@example.com`;
    await client.credentials.issue({ recipient: { ...recipient, email }, group_key });
  }
  assert.equal((await client.credentials.list({ page_size: 2 }).toArray({ limit: 100 })).length, 4);
  assert.equal((await client.verify(document_id)).verdict, "unpublished");
});

test("retries and searches after a lost response send what is documented", async () => {
  await control.reset();
  const { group_key } = await client.groups.create(GROUP);
  await control.script({
    match: { path_prefix: "/v1/credentials/generate" },
    apply: true,
    status: 503,
    headers: { "content-type": "application/json", "retry-after": "0" },
    body: "{}",
  });
  const persistent = new Hyperstack({ token: sandbox.token, baseUrl: prism.url, maxRetries: 1 });
  const recipient = { name: "Zoë Larsson", email: "zoe@example.com" };
  const { reconciled } = await persistent.credentials.generate({ recipient, group_key }).withResponse();
  assert.equal(reconciled, true);
  const paths = (await control.requests()).map(({ path }) => path);
  assert.ok(paths.includes("/v1/credentials/search"), `${paths}`);
});

test("documented failures have their documented responses", async () => {
  await control.reset();
  const { group_key, document_id, recipient } = await made();
  const unknown = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
  const stranger = new Hyperstack({ token: "nobodys", baseUrl: prism.url, maxRetries: 0 });
  for (const [call, code] of [
    [() => stranger.account.get(), "unauthorized"],
    [() => client.credentials.view(unknown), "credential_not_found"],
    [() => client.credentials.publish(unknown), "credential_not_found"],
    [() => client.credentials.update(unknown, { expiry: null }), "credential_not_found"],
    [() => client.credentials.generate({ recipient, group_key }), "credential_exists"],
    [() => client.credentials.issue({ recipient, group_key: "nowhere" }), "group_not_found"],
    [() => client.groups.update("nowhere", { title: "x" }), "group_not_found"],
    [() => client.recipients.update({ email: "nobody@example.com" }), "recipient_not_found"],
  ]) {
    assert.equal((await rejection(call())).code, code);
  }
  await client.credentials.publish(document_id);
  assert.equal((await rejection(client.credentials.publish(document_id))).code, "invalid_status");
  await control.balance(0);
  const other = { ...recipient, email: "other@example.com" };
  assert.equal(
    (await rejection(client.credentials.generate({ recipient: other, group_key }))).code,
    "low_balance",
  );
});

// The proof that the tests above can fail.

test("catches an undocumented request and does not forward it", async () => {
  await control.reset();
  const ask = async (path, body, headers = { authorization: `Bearer ${sandbox.token}` }) => {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    };
    const answer = await fetch(`${prism.url}${path}`, init);
    return { status: answer.status, problem: await answer.json() };
  };
  const credential = { recipient: { name: "A", email: "a@example.com" }, group_key: "k" };
  for (const [path, body] of [
    ["/v1/groups/new", { title: "T", description: "D" }],
    ["/v1/groups/new", { ...GROUP, title: undefined }],
    ["/v1/groups/new", { ...GROUP, group_code: "R_101" }],
    ["/v1/groups/new", { ...GROUP, does_expire: true }],
    ["/v1/groups/new", { ...GROUP, tags: "a,b" }],
    ["/v1/group/update/k", { does_expire: true }],
    ["/v1/credentials/generate", { ...credential, recipient: { name: "A" } }],
    ["/v1/credentials/generate", { ...credential, custom_attributes: { location: "Mars" } }],
    ["/v1/credentials/new", { ...credential, group_key: 7 }],
    ["/v1/credentials/search", { end_date: "2024/01/31" }],
    ["/v1/credentials/search", { start_date: "2024-01-31" }],
    ["/v1/credentials/all", { page: 0 }],
    ["/v1/credential/k/update", { expiry: "2030-01-01" }],
    ["/v1/recipients/update", { custom_attributes: {} }],
    ["/v1/webhook/subscribe", { url: "ftp://a.example", events: ["credential.issued"] }],
    ["/v1/webhook/subscribe", { url: "https://a.example", events: [] }],
  ]) {
    const { status, problem } = await ask(path, body);
    assert.deepEqual([status, problem.title], [422, "Invalid request"], `${path} ${JSON.stringify(body)}`);
  }
  const { status } = await ask("/v1/auth", {}, {});
  assert.equal(status, 401);
  assert.equal((await ask("/v1/nothing", {})).status, 404);
  assert.deepEqual(await control.requests(), []);
});

test("catches an undocumented response", async () => {
  await control.reset();
  for (const step of [
    { body: JSON.stringify({ success: true }) },
    { status: 201, body: JSON.stringify({ success: true }) },
    { status: 401, body: JSON.stringify({ success: false, error: "no" }) },
  ]) {
    await control.script(step);
    const found = await rejection(client.account.get());
    assert.equal(found.status, 500, step.body);
  }
});
