/** `verifyInAccounts`: what several accounts' answers amount to, and that none of them hides a stricter one. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  createVerifyHandler,
  Hyperstack,
  isVerified,
  Verifier,
  verifyInAccounts,
} from "hyperstack-credentials";
import { linkTo, newId, rejection, steer } from "../support/control.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

const LINK = linkTo(ID);
const NOT_FOUND = { success: false, error: "Credential not found" };

/** What an account can answer, by the word that stands for it. */
const ANSWERS = {
  revoked: () => json(credential({ status: "revoked" })),
  suspended: () => json(credential({ status: "suspended" })),
  unpublished: () => json(credential({ status: "unpublished" })),
  expired: () => json(credential({ status: "expired", valid_until: "2024-06-01T00:00:00Z" })),
  not_yet_valid: () => json(credential({ issued_on: "2999-01-01T00:00:00Z" })),
  recipient_mismatch: () => json(credential({ recipient: { name: "Jane Roe", email: "jane@example.com" } })),
  unknown_status: () => json(credential({ status: "archived" })),
  valid: () => json(credential()),
  not_found_in_account: () => json(NOT_FOUND, { status: 404 }),
  unauthorized: () => json({ detail: "no" }, { status: 401 }),
  forbidden: () => json({ detail: "no" }, { status: 403 }),
  rate_limited: () => json({ detail: "slow" }, { status: 429, headers: { "retry-after": "7" } }),
  upstream_5xx: () => json({ detail: "oops" }, { status: 500 }),
  upstream_redirect: () => new Response(null, { status: 302, headers: { location: "/" } }),
  network: () =>
    Promise.reject(Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } })),
  bad_content_type: () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  bad_json: () => json("{"),
  bad_shape: () => json({ success: true }),
  id_mismatch: () => json(credential({ document_id: "x".repeat(32) })),
  url_mismatch: () => json(credential({ document_url: linkTo("x".repeat(32)) })),
};
/** Those who know the credential, the strictest first: the rule that is documented. */
const KNOWING = [
  ...["revoked", "suspended", "unpublished", "expired", "not_yet_valid", "recipient_mismatch"],
  ...["unknown_status", "url_mismatch", "valid"],
];
const ABSENT = "not_found_in_account";
const FAILED = Object.keys(ANSWERS).filter((word) => !KNOWING.includes(word) && word !== ABSENT);
/** Responses about the credential that say nothing, and may have been a no. */
const UNREAD = ["bad_content_type", "bad_json", "bad_shape", "id_mismatch"];
const MAY_CHANGE = ["rate_limited", "upstream_5xx", "network", "bad_content_type", "bad_json"];

/** An account that answers with `word`, and is called `label`; its requests are kept in `.calls`. */
const account = (word, label = word) => {
  const fetch = mockFetch(ANSWERS[word]);
  return { label, client: new Hyperstack({ token: "t", fetch, maxRetries: 0 }), calls: fetch.calls };
};
const ask = (words, options = {}, input = LINK) =>
  verifyInAccounts(
    input,
    words.map((word, at) => {
      const { client } = account(word);
      return { client, label: `${at} ${word}` };
    }),
    { recipientName: "John Doe", ...options },
  );
const word = ({ verdict, reason }) => reason ?? verdict;

test("the samples distinguish every result of an account", async () => {
  for (const name of Object.keys(ANSWERS)) assert.equal(word(await ask([name])), name);
});

test("every state and code of a check is in the snapshot of codes", async () => {
  const known = JSON.parse(readFileSync(new URL("../vectors/codes.json", import.meta.url), "utf8"));
  const vectors = JSON.parse(
    readFileSync(new URL("../vectors/credential-url-vectors.json", import.meta.url), "utf8"),
  );
  const inputs = vectors.map(({ input }) => input);
  const seen = { check_codes: new Set(), params: new Set() };
  for (const found of await Promise.all([
    ...Object.keys(ANSWERS).map((name) => ask([name])),
    ...[ID, "text", ...inputs].map((input) => ask(["valid"], {}, input)),
    ...[
      ...["private", "friends", undefined].map((privacy) => ({ privacy })),
      ...["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"].map((valid_until) => ({ valid_until })),
      { metadata: { custom_long: "x".repeat(70_000) } },
    ].map((changes) => {
      const fetch = () => json(credential(changes), { headers: { age: "5" } });
      return new Hyperstack({ token: "t", fetch }).verify(LINK);
    }),
    new Hyperstack({ token: "t", fetch: () => new Promise(() => {}) }).verify(LINK, { totalTimeoutMs: 20 }),
    new Hyperstack({ token: "t", fetch: () => json(credential(), { headers: { age: "301" } }) }).verify(LINK),
  ])) {
    for (const { id, state, code, params } of found.checks) {
      assert.ok(known.checks.includes(id) && known.states.includes(state), `${id} ${state}`);
      seen.check_codes.add(code);
      for (const name of Object.keys(params)) seen.params.add(name);
    }
  }
  for (const [kind, names] of Object.entries(seen)) {
    assert.deepEqual(
      [...names].filter((name) => !known[kind].includes(name)),
      [],
      kind,
    );
  }
  // And the other way round: all of it can be said.
  const missing = (kind) => known[kind].filter((name) => !seen[kind].has(name));
  assert.deepEqual(missing("params"), []);
  assert.deepEqual(missing("check_codes"), []);
});

test("queries one account as verify does", async () => {
  const options = { now: 1_800_000_000_000, allowMetadata: ["custom_location"], skewSeconds: 5 };
  for (const name of Object.keys(ANSWERS)) {
    const { client } = account(name);
    const alone = await client.verify(LINK, { ...options, issuerLabel: "Acme" });
    assert.deepEqual(await verifyInAccounts(LINK, [{ client, label: "Acme" }], options), alone);
    assert.deepEqual(await verifyInAccounts(LINK, [{ client }], { ...options, issuerLabel: "Acme" }), alone);
  }
});

test("the account that has the credential decides, at any place in the list", async () => {
  for (const known of KNOWING) {
    for (const other of [ABSENT, ...FAILED]) {
      for (const words of [
        [known, other],
        [other, known],
        [other, other, known, other],
      ]) {
        const decisive = known === "valid" && UNREAD.includes(other) ? other : known;
        const found = await ask(words);
        assert.equal(word(found), decisive, words.join());
        assert.equal(found.issuer_label, `${words.indexOf(decisive)} ${decisive}`);
      }
    }
  }
});

test("a response that cannot be read, or is old, is not outvoted to valid", async () => {
  const gone = { success: false, error_code: "credential_revoked", error: "revoked" };
  for (const answer of [
    () => json(credential({ status: "revoked", metadata: null })),
    () => json(gone, { status: 410 }),
    () => json({ success: false, error: "x" }),
    () => json(credential(), { headers: { age: "9999" } }),
  ]) {
    const other = { client: new Hyperstack({ token: "t", fetch: mockFetch(answer), maxRetries: 0 }) };
    const { client } = account("valid");
    for (const accounts of [
      [{ client }, other],
      [other, { client }],
    ]) {
      assert.equal((await verifyInAccounts(LINK, accounts)).outcome, "indeterminate");
    }
  }
});

test("the stricter of two results decides, in either order", async () => {
  for (const [at, strict] of KNOWING.entries()) {
    for (const lenient of KNOWING.slice(at)) {
      for (const words of [
        [strict, lenient],
        [lenient, strict],
        [lenient, ABSENT, "network", strict],
      ]) {
        const found = await ask(words);
        assert.equal(word(found), strict, words.join());
        assert.equal(found.issuer_label, `${words.indexOf(strict)} ${strict}`, "of equals the first");
        assert.equal(isVerified(found), strict === "valid");
      }
    }
  }
});

test("returns not found only if every account says so", async () => {
  const found = await ask([ABSENT, ABSENT, ABSENT], { issuerLabel: "Acme Group" });
  assert.deepEqual([found.outcome, found.verdict, found.reason], ["not_verified", ABSENT, null]);
  assert.equal(found.issuer_label, "Acme Group", "none of them said it alone");
  assert.equal((await ask([ABSENT, ABSENT])).issuer_label, null);
  assert.equal((await ask([ABSENT])).issuer_label, `0 ${ABSENT}`);
  for (const failed of FAILED) {
    for (const words of [
      [ABSENT, failed],
      [failed, ABSENT],
      [ABSENT, failed, ABSENT],
    ]) {
      const { outcome, verdict, reason, credential, issuer_label } = await ask(words);
      assert.deepEqual([outcome, verdict, reason], ["indeterminate", "indeterminate", failed], words.join());
      assert.deepEqual([credential, issuer_label], [null, `${words.indexOf(failed)} ${failed}`]);
    }
  }
});

test("of several failures, a retryable one gives the reason, and the longest wait applies", async () => {
  for (const [one, other] of FAILED.flatMap((one) => FAILED.map((other) => [one, other]))) {
    const found = await ask([one, other]);
    const expected = !MAY_CHANGE.includes(one) && MAY_CHANGE.includes(other) ? other : one;
    assert.equal(found.reason, expected, `${one}, ${other}`);
    assert.equal(found.retryable, MAY_CHANGE.includes(one) || MAY_CHANGE.includes(other));
  }
  const limited = (seconds) => {
    const fetch = () => json({}, { status: 429, headers: { "retry-after": String(seconds) } });
    return { client: new Hyperstack({ token: "t", maxRetries: 0, fetch }) };
  };
  const wait = async (...accounts) =>
    (
      await verifyInAccounts(
        LINK,
        accounts.map(({ client }) => ({ client })),
      )
    ).retry_after_s;
  assert.equal(await wait(limited(3), limited(40), limited(9)), 40);
  assert.equal(await wait(account("network"), limited(40)), 40);
  assert.equal(await wait(account("network"), account(ABSENT)), null);
  assert.equal(await wait(account("valid"), limited(40)), null, "a verdict is there already");
});

test("sends nothing for malformed input and untrusted hosts", async () => {
  const accounts = [account("valid"), account("revoked")];
  const given = accounts.map(({ client, label }) => ({ client, label }));
  for (const [input, verdict] of [
    ["", "malformed_input"],
    ["text", "malformed_input"],
    [`http://hyperstack.id/credential/${ID}`, "malformed_input"],
    [`https://hyperstack.id.evil.example/credential/${ID}`, "untrusted_host"],
  ]) {
    const found = await verifyInAccounts(input, given, { issuerLabel: "Acme Group" });
    assert.deepEqual([found.verdict, found.issuer_label], [verdict, "Acme Group"]);
  }
  assert.deepEqual(
    accounts.map(({ calls }) => calls.length),
    [0, 0],
  );
});

test("queries all accounts at once, each with its own client's options", async () => {
  let waiting = 0;
  let release;
  const both = new Promise((resolve) => {
    release = resolve;
  });
  const seen = [];
  const slow = (token, baseUrl) =>
    new Hyperstack({
      token,
      baseUrl,
      fetch: async (url, { headers }) => {
        seen.push([new URL(url).host, headers.authorization]);
        waiting += 1;
        if (waiting === 2) release();
        await both;
        return json(credential());
      },
    });
  const accounts = [
    { client: slow("one", "https://a.example") },
    { client: slow("two", "https://b.example") },
  ];
  assert.equal((await verifyInAccounts(LINK, accounts)).verdict, "valid");
  assert.deepEqual(seen.sort(), [
    ["a.example", "Bearer one"],
    ["b.example", "Bearer two"],
  ]);
});

test("an abort rejects with the signal's reason, and nothing is sent after it", async () => {
  const never = () => ({ client: new Hyperstack({ token: "t", fetch: () => new Promise(() => {}) }) });
  const controller = new AbortController();
  const reason = { closed: true };
  const pending = verifyInAccounts(
    LINK,
    [never(), account("valid"), never()].map(({ client }) => ({ client })),
    {
      signal: controller.signal,
    },
  );
  setTimeout(() => controller.abort(reason), 20);
  assert.equal(await rejection(pending), reason);
  const fresh = account("valid");
  assert.equal(
    await rejection(
      verifyInAccounts(LINK, [{ client: fresh.client }], { signal: AbortSignal.abort(reason) }),
    ),
    reason,
  );
  assert.equal(fresh.calls.length, 0);
});

test("names wrong arguments", async () => {
  const { client } = account("valid");
  for (const [accounts, path, rule] of [
    [undefined, "accounts", "array"],
    [client, "accounts", "array"],
    [[], "accounts", "not_empty"],
    [[client], "accounts[0].client", "client"],
    [[null], "accounts[0].client", "client"],
    [[{ client }, { label: "x" }], "accounts[1].client", "client"],
    [[{ client, label: 7 }], "accounts[0].label", "string"],
    [[{ client, label: " " }], "accounts[0].label", "not_blank"],
    [[{ client, label: "\u0085" }], "accounts[0].label", "not_blank"],
    [[{ client, name: "x" }], "accounts[0].name", "unknown_field"],
  ]) {
    const error = await rejection(verifyInAccounts(LINK, accounts));
    assert.deepEqual(
      [error.name, error.operation, error.issues.map((issue) => [issue.path, issue.rule])],
      ["ValidationError", "verifyInAccounts", [[path, rule]]],
    );
  }
  const fetch = mockFetch();
  const broken = { client: new Hyperstack({ token: () => "two words", fetch }) };
  const wrong = await rejection(verifyInAccounts(LINK, [{ client }, broken]));
  assert.deepEqual([wrong.name, wrong.issues[0].path], ["ValidationError", "token"]);
  const options = await rejection(verifyInAccounts(LINK, [{ client }], { hosts: ["*"] }));
  assert.equal(options.issues[0].path, "hosts[0]");
});

/* ---------------------------------------------------------------- through the service */

let sandboxes;
before(async () => {
  sandboxes = await Promise.all([startSandbox({ token: "token-one" }), startSandbox({ token: "token-two" })]);
});
after(() => Promise.all((sandboxes ?? []).map((sandbox) => sandbox.stop())));

test("a service with two accounts verifies for both, and logs each account's result", async () => {
  const [one, two] = sandboxes.map(steer);
  const entries = [];
  const handler = createVerifyHandler({
    accounts: ["Acme Academy", "Acme Labs"].map((label, at) => {
      const { url: baseUrl, token } = sandboxes[at];
      return { label, client: new Hyperstack({ token, baseUrl, maxRetries: 0 }) };
    }),
    issuerLabel: "Acme Group",
    onLog: (entry) => entries.push(entry),
  });
  const verifier = new Verifier({
    endpoint: "https://verify.example/api/verify",
    fetch: (url, init) => handler(new Request(url, init)),
  });
  const first = await one.credential({ recipient_name: "Zoë" });
  const second = await two.credential({ status: "suspended" });
  const both = await one.credential();
  await two.credential({ status: "revoked" }, both);
  const nowhere = newId();
  for (const [id, verdict, label, said] of [
    [first, "valid", "Acme Academy", ["valid", ABSENT]],
    [second, "suspended", "Acme Labs", [ABSENT, "suspended"]],
    [both, "revoked", "Acme Labs", ["valid", "revoked"]],
    [nowhere, ABSENT, "Acme Group", [ABSENT, ABSENT]],
  ]) {
    for (const input of [id, linkTo(id)]) {
      const found = await verifier.verify(input);
      assert.deepEqual([found.verdict, found.issuer_label], [verdict, label]);
      assert.deepEqual(entries.at(-1).accounts, said);
    }
  }
  await two.script({ status: 401, body: "{}", match: { path_prefix: `/v1/credential/${first}` } });
  assert.equal((await verifier.verify(first)).verdict, "valid");
  assert.deepEqual(entries.at(-1).accounts, ["valid", "unauthorized"]);
  await one.script({ status: 503, body: "{}", match: { path_prefix: `/v1/credential/${nowhere}` } });
  const undecided = await verifier.verify(nowhere);
  assert.deepEqual([undecided.reason, undecided.issuer_label], ["upstream_5xx", "Acme Academy"]);
  await verifier.verify("text");
  assert.equal(entries.length, 10, "what is no link is not sent to the service");
  await handler(new Request("https://verify.example/", { method: "PUT" }));
  assert.deepEqual(entries.at(-1).accounts, []);
});
