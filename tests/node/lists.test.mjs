/** Lists: walking pages, and the guards against lists that do not end, against the sandbox and against liars. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Hyperstack } from "hyperstack-credentials";
import { steer } from "../support/control.mjs";
import { json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let client;
let group;

before(async () => {
  sandbox = await startSandbox();
  client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
  group = await client.groups.create({ title: "Rust 101", description: "A course", badge_template: "b" });
  for (let n = 0; n < 7; n += 1) {
    const recipient = { name: `Person ${n}`, email: `person${n}@example.com` };
    await client.credentials.issue({ recipient, group_key: group.group_key });
  }
});
after(() => sandbox.stop());

const requests = async () =>
  (await steer(sandbox).requests()).filter(({ path }) => path.includes("credentials/"));

test("iterates over a list to its end, each entry once", async () => {
  const emails = [];
  for await (const credential of client.credentials.list({ page_size: 3 }))
    emails.push(credential.recipient.email);
  assert.deepEqual(
    emails.sort(),
    [0, 1, 2, 3, 4, 5, 6].map((n) => `person${n}@example.com`),
  );
});

test("pages have their number and the total", async () => {
  const pages = [];
  for await (const { items, page, total } of client.credentials.list({ page_size: 3 }).pages()) {
    pages.push([page, items.length, total]);
  }
  assert.deepEqual(pages, [
    [1, 3, 7],
    [2, 3, 7],
    [3, 1, 7],
  ]);
  const later = [];
  for await (const { page } of client.credentials.list({ page: 2, page_size: 3 }).pages()) later.push(page);
  assert.deepEqual(later, [2, 3]);
});

test("toArray collects up to its limit and requests no more pages", async () => {
  const before = (await requests()).length;
  assert.equal((await client.credentials.list({ page_size: 2 }).toArray({ limit: 3 })).length, 3);
  // Two pages, and the third that was being fetched when the second sufficed.
  assert.ok((await requests()).length - before <= 3);
  assert.deepEqual(await client.credentials.list().toArray({ limit: 0 }), []);
  assert.equal((await client.credentials.list().toArray({ limit: 100 })).length, 7);
  for (const limit of [undefined, -1, 1.5, Number.POSITIVE_INFINITY]) {
    await assert.rejects(client.credentials.list().toArray({ limit }), { name: "ValidationError" });
  }
});

test("searches match parts, and an empty search matches everything", async () => {
  const found = await client.credentials.search({ recipient: { email: "PERSON3@" } }).toArray({ limit: 10 });
  assert.deepEqual(
    found.map(({ recipient }) => recipient.email),
    ["person3@example.com"],
  );
  assert.equal((await client.credentials.search().toArray({ limit: 10 })).length, 7);
  assert.deepEqual(await client.credentials.search({ group_key: "nowhere" }).toArray({ limit: 10 }), []);
  const groups = await client.groups.search({ keyword: "rust" }).toArray({ limit: 10 });
  assert.deepEqual(
    groups.map(({ group_key }) => group_key),
    [group.group_key],
  );
});

test("wrong filters are refused before anything is sent", async () => {
  const before = (await requests()).length;
  await assert.rejects(
    client.credentials.search({ end_date: "2024-01-01" }).toArray({ limit: 1 }),
    (error) => {
      assert.deepEqual(
        error.issues.map(({ path, rule }) => `${path} ${rule}`),
        ["end_date date", "start_date needed_beside"],
      );
      return true;
    },
  );
  await assert.rejects(client.credentials.list({ page: 0 }).toArray({ limit: 1 }), {
    name: "ValidationError",
  });
  assert.equal((await requests()).length, before);
});

const item = (n) => ({
  document_id: String(n).padStart(32, "0"),
  document_url: `https://hyperstack.id/credential/${String(n).padStart(32, "0")}`,
  recipient: { name: "A", email: "a@example.com" },
  group: { title: "T", key: "K", code: "C" },
  issued_on: "2024-03-15T10:30:00Z",
  valid_until: null,
  metadata: {},
  status: "active",
});
const answering = (pageOf) => {
  const fetch = mockFetch((_, init) => {
    const { page } = JSON.parse(init.body);
    return json({ success: true, total: 100, page, page_size: 2, ...pageOf(page) });
  });
  return { fetch, client: new Hyperstack({ token: "t", fetch, maxRetries: 0 }) };
};
const walk = (client, options) => client.credentials.list({ page_size: 2 }, options).toArray({ limit: 1000 });

test("a list that repeats a page, returns another page or does not end is an error", async () => {
  const fresh = (page) => ({ credentials: [item(2 * page), item(2 * page + 1)] });
  for (const [pageOf, options, code] of [
    [() => ({ credentials: [item(1), item(2)] }), {}, "page_repeated"],
    [(page) => ({ ...fresh(page), page: 1 }), {}, "page_mismatch"],
    [fresh, { maxPages: 3 }, "too_many_pages"],
  ]) {
    const { client, fetch } = answering(pageOf);
    await assert.rejects(walk(client, options), { name: "ResponseError", code });
    assert.ok(fetch.calls.length <= 4, `${code}: ${fetch.calls.length} requests`);
  }
});

test("recognises a repeated page by its ids", async () => {
  let asked = 0;
  const { client } = answering(() => {
    asked += 1;
    const status = asked === 1 ? "active" : "revoked";
    return { credentials: [item(1), item(2)].map((one) => ({ ...one, status })) };
  });
  await assert.rejects(walk(client), { name: "ResponseError", code: "page_repeated" });
  assert.equal(asked, 2);
});

test("compares entries without an id by all their members, and drops none", async () => {
  const walked = (pageOf) => answering(pageOf).client.groups.list({ page_size: 2 }).toArray({ limit: 1000 });
  const same = { title: "Rust 101" };
  const found = await walked((page) => ({ total: 4, groups: [same, { title: `Rust ${page}` }] }));
  assert.deepEqual(
    found.map(({ title }) => title),
    ["Rust 101", "Rust 1", "Rust 101", "Rust 2"],
  );
  await assert.rejects(
    walked(() => ({ groups: [same, same] })),
    { name: "ResponseError", code: "page_repeated" },
  );
});

test("returns an entry that moved to the next page once", async () => {
  const { client } = answering((page) => ({
    total: 6,
    credentials: page === 3 ? [item(9)] : [item(page), item(page + 1)],
  }));
  const ids = (await walk(client)).map(({ document_id }) => Number(document_id));
  assert.deepEqual(ids, [1, 2, 3, 9]);
});

test("an empty page ends a list, whatever its total is", async () => {
  const { client, fetch } = answering((page) => ({ credentials: page === 1 ? [item(1), item(2)] : [] }));
  assert.equal((await walk(client)).length, 2);
  assert.equal(fetch.calls.length, 2);
});

test("fetches one page ahead, and leaving the loop cancels it", async () => {
  const signals = [];
  const fetch = (_, init) => {
    const { page } = JSON.parse(init.body);
    signals.push(init.signal);
    if (page === 1)
      return json({ success: true, total: 9, page, page_size: 2, credentials: [item(1), item(2)] });
    return new Promise((_, reject) =>
      init.signal.addEventListener("abort", () => reject(init.signal.reason)),
    );
  };
  const client = new Hyperstack({ token: "t", fetch });
  for await (const _ of client.credentials.list({ page_size: 2 })) {
    while (signals.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    break;
  }
  assert.equal(signals.length, 2);
  assert.equal(signals[1].aborted, true);
});

test("an abort ends a list with its own reason", async () => {
  const controller = new AbortController();
  const { client } = answering((page) => ({ credentials: [item(2 * page), item(2 * page + 1)] }));
  const reason = { enough: true };
  const walked = (async () => {
    for await (const { page } of client.credentials.list({}, { signal: controller.signal }).pages()) {
      if (page === 2) controller.abort(reason);
    }
  })();
  await assert.rejects(walked, (thrown) => thrown === reason);
});

test("throws the failure of a later page when that page is read", async () => {
  const fetch = mockFetch((_, init) => {
    const { page } = JSON.parse(init.body);
    if (page === 2) return json({ detail: "no" }, { status: 401 });
    return json({ success: true, total: 9, page, page_size: 2, credentials: [item(1), item(2)] });
  });
  const seen = [];
  await assert.rejects(
    (async () => {
      const client = new Hyperstack({ token: "t", fetch, maxRetries: 0 });
      for await (const { document_id } of client.credentials.list({ page_size: 2 })) seen.push(document_id);
    })(),
    { name: "AuthenticationError" },
  );
  assert.equal(seen.length, 2);
});
