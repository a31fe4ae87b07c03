/**
 * The hand-written client and Worker that the package is measured against, held to the same: what one refuses or verifies,
 * the other does too. Otherwise the comparison would be with less.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Hyperstack } from "hyperstack-credentials";
import { bundle } from "../../benches/lib/bundle.mjs";
import { prepareWorker } from "../../benches/lib/workerd.mjs";
import { assertSecured } from "../support/headers.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";
import { control } from "../support/sandbox-control.mjs";
import { expected } from "../support/verdicts.mjs";

let Client;
let sandbox;
let samples;
const person = { recipient: { name: "Zoë", email: "zoe@example.com" } };

before(async () => {
  const folder = await bundle("handwritten", { client: "handwritten/client.ts" }, "node");
  ({ Client } = await import(`${folder}/client.mjs`));
  sandbox = await startSandbox({ seed: "demo" });
  samples = await control(sandbox).samples();
});
after(() => sandbox?.stop());

/** Both clients, by name, with the same options. */
const both = (options) => ({ ours: new Hyperstack(options), theirs: new Client(options) });
const online = () => both({ token: sandbox.token, baseUrl: sandbox.url });
const offline = (fetch, more) => both({ token: "tok_secret_0123", fetch, ...more });

/** What a call ends with, in words that both have. */
const outcome = async (call) => {
  try {
    return { data: await call() };
  } catch (error) {
    return { code: error.code };
  }
};

const POLICY = { allowMetadata: ["custom_location"], issuerLabel: "Acme", maxRetries: 0, timeoutMs: 5000 };
/** Without what has to differ: who verified and when, and the names of rules that are ours alone. */
const comparable = ({ verifier: _, checked_at: __, ...verification }) => ({
  ...verification,
  checks: verification.checks.map(({ params: { rule: ___, ...params }, ...check }) => ({ ...check, params })),
});

describe("the hand-written client", () => {
  for (const name of Object.keys(expected)) {
    test(`gives the same verification: ${name}`, async () => {
      const { input, recipient_name: recipientName } = samples.find((sample) => sample.name === name);
      const { ours, theirs } = online();
      const options = { ...POLICY, ...(recipientName ? { recipientName } : {}) };
      const verification = await theirs.verify(input, options);
      assert.deepEqual(comparable(verification), comparable(await ours.verify(input, options)));
      assert.equal(verification.verdict, expected[name].verdict);
    });
  }

  test("gives the same verification for unusual strings", async () => {
    const { ours, theirs } = offline(mockFetch());
    const link = `https://hyperstack.id/credential/${ID}`;
    for (const text of [
      ...[
        "",
        " ",
        "x",
        "http://a",
        `${link}?view=recipient#x`,
        `${link}/`,
        `${link}//`,
        ` ${link}\n`,
        `${link} x`,
      ],
      ...[
        link.replace("https", "http"),
        link.replace("id/", "id:443/"),
        link.replace("//", "//u@"),
        `${link}é`,
      ],
      ...[
        link.replace("hyperstack", "HyperStack"),
        link.replace("hyperstack", "hyperstаck"),
        link.slice(0, -1),
      ],
      ...[
        link.replace("//", "/\\"),
        link.replace("id/", "id./"),
        link.replace("credential", "credentials"),
        ID,
      ],
      ...[
        `https://[::1]/credential/${ID}`,
        link.replace(".id", "%2eid"),
        "a".repeat(3000),
        link.slice(8),
        "a:b",
      ],
    ])
      assert.deepEqual(comparable(await theirs.verify(text)), comparable(await ours.verify(text)), text);
  });

  test("gives the same verification for unusual responses", async () => {
    for (const [what, answer] of Object.entries({
      "another id": () => json(credential({ document_id: "a".repeat(32) })),
      "a link to another": () => json(credential({ document_url: "https://hyperstack.id/credential/x" })),
      "an unknown status": () => json(credential({ status: "constructor" })),
      "a time without a zone": () => json(credential({ issued_on: "2024-03-15T10:30:00" })),
      "a name that is an address": () => json(credential({ recipient: { name: "a@b.c", email: "x@y.z" } })),
      "no privacy": () => json(credential({ privacy: undefined })),
      "metadata that is no text": () => json(credential({ metadata: { custom_location: [1], other: 1 } })),
      "an age": () => json(credential(), { headers: { age: "17" } }),
      "success that is false": () => json({ success: false }),
      "a 404 of a proxy": () => new Response("<html>", { status: 404 }),
      "a 404 in the API's words": () => json({ success: false, error: "no" }, { status: 404 }),
      "no token any more": () => json({ detail: "no" }, { status: 401 }),
      "a limit with a wait": () => json({ detail: "no" }, { status: 429, headers: { "retry-after": "7" } }),
      "an outage": () => json("", { status: 503 }),
      "a redirect": () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
      "a page": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      "JSON cut short": () => json('{"success":true,'),
      "too much": () => json(JSON.stringify(credential({ metadata: { x: "a".repeat(70_000) } }))),
      "no connection": () => Promise.reject(new TypeError("no")),
    })) {
      const { ours, theirs } = offline(mockFetch(answer), { maxRetries: 0 });
      assert.deepEqual(
        comparable(await theirs.verify(ID, POLICY)),
        comparable(await ours.verify(ID, POLICY)),
        what,
      );
    }
  });

  test("has the same effects in an account", async () => {
    for (const [name, client] of Object.entries(online())) {
      const group = { title: `By ${name}`, description: "A course", badge_template: "xyz", tags: ["a", "b"] };
      const { group_key } = await client.groups.create(group);
      assert.deepEqual((await client.groups.view(group_key)).tags, ["a", "b"]);
      const draft = await client.credentials.generate({ ...person, group_key });
      assert.equal((await client.credentials.publish(draft.document_id)).success, true);
      assert.equal((await client.credentials.update(draft.document_id, { expiry: null })).success, true);
      assert.equal((await client.credentials.view(draft.document_id)).document_id, draft.document_id);
      assert.equal((await client.account.get()).success, true);
      const again = await outcome(() => client.credentials.generate({ ...person, group_key }));
      assert.deepEqual(again, { code: "credential_exists" });
      const nobody = { email: "nobody@example.com", custom_attributes: { custom_x: "y" } };
      assert.deepEqual(await outcome(() => client.recipients.update(nobody)), {
        code: "recipient_not_found",
      });
    }
  });

  test("iterates over the same list", async () => {
    const { ours, theirs } = online();
    const walked = [];
    for await (const page of theirs.credentials.list({ page_size: 3 })) walked.push(...page);
    assert.ok(walked.length > 3);
    assert.deepEqual(walked, await ours.credentials.list({ page_size: 3 }).toArray({ limit: 1000 }));
  });

  test("refuses the same requests, and sends nothing", async () => {
    const recipient = person.recipient;
    const refused = {
      "no template": (client) => client.groups.create({ title: "T", description: "D" }),
      "no validity": (client) =>
        client.groups.create({ title: "T", description: "D", badge_template: "b", does_expire: true }),
      "a tag with a comma": (client) =>
        client.groups.create({ title: "T", description: "D", badge_template: "b", tags: ["a,b"] }),
      "a group code": (client) => client.groups.update("k", { group_code: "A_1" }),
      "a misspelt field": (client) => client.groups.update("k", { Title: "T" }),
      "a blank title": (client) => client.groups.update("k", { title: " " }),
      "a url": (client) => client.groups.update("k", { url: "ftp://x" }),
      "an id": (client) => client.credentials.view("../../v1/auth"),
      "a key": (client) => client.groups.view("a/b"),
      "an address": (client) =>
        client.credentials.generate({ recipient: { ...recipient, email: "nobody" }, group_key: "k" }),
      "a custom attribute": (client) =>
        client.credentials.generate({ recipient, group_key: "k", custom_attributes: { location: 1 } }),
      "no expiry": (client) => client.credentials.update(ID, {}),
      "an expiry that is no time": (client) => client.credentials.update(ID, { expiry: "2030-01-01" }),
      "no events": (client) => client.webhooks.subscribe({ url: "https://a.example", events: [] }),
      "a timeout": (client) => client.credentials.view(ID, { timeoutMs: -1 }),
      "a day that is none": (client) => first(client.credentials.search({ start_date: "2023/02/29" })),
      "an end without a start": (client) => first(client.credentials.search({ end_date: "2023/02/28" })),
      "page 0": (client) => first(client.credentials.list({ page: 0 })),
      "a host": (client) => client.verify(ID, { hosts: ["*.example.org"] }),
    };
    const first = (list) => (list.pages?.() ?? list).next();
    const fetch = mockFetch();
    for (const [what, call] of Object.entries(refused)) {
      for (const [name, client] of Object.entries(offline(fetch))) {
        const { code } = await outcome(() => call(client));
        assert.match(code ?? "", /^invalid/, `${name}: ${what}`);
      }
    }
    assert.equal(fetch.calls.length, 0);
  });

  test("ends responses and faults with the same codes and attempts", async () => {
    const faults = {
      "no id": () => json(credential({ document_id: undefined })),
      "JSON in a page": () => new Response("{}", { headers: { "content-type": "text/html" } }),
      "not JSON": () => json("<html>"),
      "a redirect": () => new Response(null, { status: 301, headers: { location: "https://a.example" } }),
      "no token": () => json({ detail: "no" }, { status: 401 }),
      balance: () => json({ success: false, error_code: "low_balance" }, { status: 402 }),
      "no group": () => json({ success: false, error_code: "group_not_found" }, { status: 404 }),
      "a failure with 200": () => json({ success: false, error_code: "some_code" }),
      "a wait that is too long": () => json({}, { status: 429, headers: { "retry-after": "3600" } }),
      "a limit": () => json({}, { status: 429, headers: { "retry-after": "0" } }),
      "not carried out": () => json({}, { status: 500 }),
      unavailable: () => json({}, { status: 503, headers: { "retry-after": "0" } }),
    };
    const calls = {
      view: (client) => client.credentials.view(ID),
      create: (client) => client.groups.create({ title: "T", description: "D", badge_template: "b" }),
      publish: (client) => client.credentials.publish(ID),
    };
    for (const [fault, answer] of Object.entries(faults)) {
      for (const [name, call] of Object.entries(calls)) {
        const ends = [];
        for (const which of ["ours", "theirs"]) {
          const fetch = mockFetch(answer);
          const { code } = await outcome(() => call(offline(fetch)[which]));
          ends.push({ code, attempts: fetch.calls.length });
        }
        assert.deepEqual(ends[1], ends[0], `${name}: ${fault}`);
      }
    }
  });

  test("searches for a lost credential before it retries", async () => {
    const { group_key } = await online().theirs.groups.create({
      title: "Lost",
      description: "A course",
      badge_template: "xyz",
    });
    await fetch(`${sandbox.url}/_sandbox/script`, {
      method: "POST",
      body: JSON.stringify([
        { match: { path_prefix: "/v1/credentials/generate" }, status: 503, apply: true },
      ]),
    });
    const { document_id } = await online().theirs.credentials.generate({ ...person, group_key });
    const found = await online().ours.credentials.search({ group_key }).toArray({ limit: 10 });
    assert.deepEqual(
      found.map((each) => each.document_id),
      [document_id],
    );
  });

  test("ends an endless body, a fetch that ignores its signal, and an abort", async () => {
    const endless = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024)) }), {
        headers: { "content-type": "application/json" },
      });
    const stuck = () => new Promise(() => {});
    const client = (answer) => offline(mockFetch(answer), { maxRetries: 0 }).theirs.credentials;
    const code = (answer, options) => outcome(() => client(answer).view(ID, options));
    assert.deepEqual(await code(endless, { maxResponseBytes: 10_000 }), { code: "body_too_large" });
    assert.deepEqual(await code(stuck, { timeoutMs: 20 }), { code: "timeout" });
    const reason = new Error("enough");
    await assert.rejects(client(stuck).view(ID, { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const pending = client(stuck).view(ID, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(pending, reason);
  });

  test("never shows the token, even if a response contains it", async () => {
    const { theirs } = offline(() => json({ detail: "tok_secret_0123 for a@b.c" }, { status: 401 }));
    await assert.rejects(theirs.account.get(), (error) => !/tok_secret|@/.test(error.message + error.stack));
    assert.doesNotMatch(JSON.stringify(theirs), /tok_secret/);
    for (const baseUrl of ["http://api.example", "https://u@api.example", "ftp://x", "https://a.example?x"])
      assert.throws(() => new Client({ token: "t", baseUrl }), { code: "invalid" }, baseUrl);
  });
});

describe("the hand-written Worker", () => {
  const running = {};
  before(async () => {
    const entries = { theirs: "handwritten/worker.ts", ours: "../www/src/worker.ts" };
    const bindings = {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_API_TOKEN: sandbox.token,
      HYPERSTACK_MODE: "sandbox",
      ALLOWED_ORIGINS: "https://partner.example",
    };
    for (const [name, entry] of Object.entries(entries)) {
      const folder = await bundle(`handwritten-worker-${name}`, { worker: entry }, "workerd");
      running[name] = await (await prepareWorker(folder, "worker.mjs", bindings)).start();
    }
  });
  after(() => Promise.all(Object.values(running).map((worker) => worker.stop())));

  const HEADERS = [
    "content-type",
    "cache-control",
    "vary",
    "allow",
    "retry-after",
    "access-control-allow-origin",
  ];
  const ask = async (name, { headers = {}, method = "POST", body } = {}) => {
    const given = { "content-type": "application/json", ...headers };
    const answer = await fetch(`${running[name].url}/api/verify`, { method, headers: given, body });
    assertSecured(answer, name);
    const text = await answer.text();
    const { verification = text ? JSON.parse(text) : null, ...problem } = text ? JSON.parse(text) : {};
    return {
      status: answer.status,
      headers: HEADERS.map((header) => answer.headers.get(header)),
      verification: verification?.checks ? comparable(verification) : problem,
    };
  };

  test("returns the same verdicts for the samples", async () => {
    for (const { name, input, recipient_name } of samples) {
      const body = JSON.stringify({ input, ...(recipient_name ? { recipient_name } : {}) });
      assert.deepEqual(await ask("theirs", { body }), await ask("ours", { body }), name);
    }
  });

  test("refuses the same requests", async () => {
    const body = JSON.stringify({ input: ID });
    for (const [what, init] of Object.entries({
      GET: { method: "GET" },
      "another type": { headers: { "content-type": "text/plain" }, body },
      "another origin": { headers: { origin: "https://evil.example" }, body },
      "a listed origin": { headers: { origin: "https://partner.example" }, body },
      preflight: { method: "OPTIONS", headers: { origin: "https://partner.example" } },
      "no JSON": { body: "{" },
      "another member": { body: JSON.stringify({ input: ID, more: 1 }) },
      "a blank name": { body: JSON.stringify({ input: ID, recipient_name: " " }) },
      "too much": { body: JSON.stringify({ input: "x".repeat(5000) }) },
    }))
      assert.deepEqual(await ask("theirs", init), await ask("ours", init), what);
  });
});
