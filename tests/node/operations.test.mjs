/** The operations beside issuing and verifying, each with its quirk, against the sandbox. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Hyperstack } from "hyperstack-credentials";
import { steer } from "../support/control.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let client;

before(async () => {
  sandbox = await startSandbox();
  client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
});
after(() => sandbox.stop());

const GROUP = { title: "Rust 101", description: "A course", badge_template: "b" };

test("reading the account tests a token", async () => {
  assert.equal((await client.account.get()).account_id, "acme-corp");
  const stranger = new Hyperstack({ token: "nobodys", baseUrl: sandbox.url });
  await assert.rejects(stranger.account.get(), {
    name: "AuthenticationError",
    code: "unauthorized",
    status: 401,
  });
});

test("reads a group as it was created, with its tags as a list", async () => {
  const params = { ...GROUP, tags: ["apple", "mango"], group_code: "R-101", does_expire: true, validity: 2 };
  const { group_key } = await client.groups.create(params);
  const group = await client.groups.view(group_key);
  assert.deepEqual(
    [group.title, group.tags, group.group_code, group.validity],
    ["Rust 101", ["apple", "mango"], "R-101", 2],
  );
  assert.deepEqual((await client.groups.view((await client.groups.create(GROUP)).group_key)).tags, []);
});

test("an update changes only the given fields", async () => {
  const { group_key } = await client.groups.create({ ...GROUP, tags: ["apple"] });
  assert.equal((await client.groups.update(group_key, { title: "Rust 102" })).success, true);
  const group = await client.groups.view(group_key);
  assert.deepEqual([group.title, group.description, group.tags], ["Rust 102", "A course", ["apple"]]);
  await assert.rejects(client.groups.update("nowhere", { title: "x" }), {
    name: "NotFoundError",
    code: "group_not_found",
  });
  await assert.rejects(client.groups.view("nowhere"), { name: "NotFoundError", code: "group_not_found" });
});

test("lists and searches groups", async () => {
  const { group_key } = await client.groups.create({ ...GROUP, title: "Certificate of Cloud Management" });
  const keys = async (list) => (await list.toArray({ limit: 100 })).map((group) => group.group_key);
  assert.ok((await keys(client.groups.list())).includes(group_key));
  assert.deepEqual(await keys(client.groups.search({ keyword: "cloud nonsense" })), [group_key]);
  assert.deepEqual(await keys(client.groups.search({ keyword: "cloud nonsense", strict: true })), []);
  assert.deepEqual(await keys(client.groups.search({ title: "of cloud", strict: true })), [group_key]);
});

test("sets an expiry, which changes the verdict, and removes it", async () => {
  const { group_key } = await client.groups.create(GROUP);
  const issued = await client.credentials.issue({
    recipient: { name: "Zoë", email: "z@example.com" },
    group_key,
  });
  assert.equal(issued.status, "published");
  const id = issued.document_id;
  const verdict = async () => (await client.verify(id)).verdict;
  assert.equal(await verdict(), "valid");
  await client.credentials.update(id, { expiry: new Date("2020-01-01T00:00:00Z") });
  assert.equal((await client.credentials.view(id)).valid_until, "2020-01-01T00:00:00Z");
  assert.equal(await verdict(), "expired");
  await client.credentials.update(id, { expiry: null });
  assert.equal((await client.credentials.view(id)).valid_until, null);
  assert.equal(await verdict(), "valid");
});

test("an unknown recipient is an error, although the API responds with 200", async () => {
  const { group_key } = await client.groups.create(GROUP);
  const email = "known@example.com";
  await client.credentials.generate({ recipient: { name: "K", email }, group_key });
  const custom_attributes = { custom_department: "Engineering" };
  assert.equal((await client.recipients.update({ email, custom_attributes })).success, true);
  await assert.rejects(
    client.recipients.update({ email: "unknown@example.com", custom_attributes }),
    (error) => {
      assert.deepEqual([error.name, error.code, error.status], ["NotFoundError", "recipient_not_found", 200]);
      assert.doesNotMatch(JSON.stringify(error), /unknown@example/);
      return true;
    },
  );
});

test("sets, replaces and removes the webhook", async () => {
  const webhook = async () => (await steer(sandbox).state()).webhook;
  for (const url of ["https://a.example/hook", "https://b.example/hook"]) {
    await client.webhooks.subscribe({ url, events: ["credential.issued"] });
    assert.equal((await webhook()).url, url);
  }
  await assert.rejects(
    client.webhooks.subscribe({ url: "https://a.example", events: ["credential.eaten"] }),
    {
      name: "BadRequestError",
      code: "invalid_event",
    },
  );
  await client.webhooks.unsubscribe();
  assert.equal(await webhook(), null);
});
