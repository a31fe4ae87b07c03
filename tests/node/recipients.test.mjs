/** Names and addresses of recipients: invisible characters and anything around an address are refused; white space is sent as given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Hyperstack, parseWebhook, verifyReceipt } from "hyperstack-credentials";
import { rejection } from "../support/control.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";

const EMAIL = "zoe@example.com";
const group_key = "GcI6H5b66a3v";
const created = () => json(credential({ status: "published", message: "Done" }));

/** Returns a client, and the `fetch` that records its requests. */
const clientOf = (options) => {
  const fetch = mockFetch(created);
  return [new Hyperstack({ token: "t", fetch, ...options }), fetch];
};
const bodies = (fetch) => fetch.calls.map(({ init }) => JSON.parse(init.body));
const found = ({ issues }) =>
  issues.map(({ path, rule, character = "", position = "" }) =>
    `${path} ${rule} ${character} ${position}`.trim(),
  );

const ADDRESSES = [
  [`\uFEFF${EMAIL}`, "hidden_character U+FEFF 0"],
  [`${EMAIL}\u200b`, "hidden_character U+200B 15"],
  [`${EMAIL}\u202e`, "hidden_character U+202E 15"],
  [`${EMAIL}\r`, "hidden_character U+000D 15"],
  [`zoe@exam\u00adple.com`, "hidden_character U+00AD 8"],
  [`zo\u200de@example.com`, "hidden_character U+200D 2"],
  [`${EMAIL}\u{e0041}`, "hidden_character U+E0041 15"],
  [`<${EMAIL}>`, "email U+003C 0"],
  [`mailto:${EMAIL}`, "email U+003A 6"],
  [`${EMAIL};`, "email U+003B 15"],
  [`${EMAIL},amy@example.com`, "email U+002C 15"],
  [` ${EMAIL}`, "email U+0020 0"],
  [`${EMAIL}،`, "email U+060C 15"],
  [`mailto%3A${EMAIL}`, "email U+0025 6"],
  ["zoe@-example.com", "email U+002D 4"],
];
const NAMES = [
  ["\u200b", "hidden_character U+200B 0"],
  ["\u2800", "hidden_character U+2800 0"],
  ["\u0301", "not_blank U+0301 0"],
  ["Zoë\u2800", "hidden_character U+2800 3"],
  ["Zoë\uffff", "hidden_character U+FFFF 3"],
  ["\u3164", "hidden_character U+3164 0"],
  ["   ", "not_blank U+0020 0"],
  ["Zoë\u0000", "hidden_character U+0000 3"],
  ["Zoë\r\nLarsson", "hidden_character U+000D 3"],
  ["\u001b[31mZoë", "hidden_character U+001B 0"],
  ["Zo\u200dë", "hidden_character U+200D 2"],
  ["\u2066Zoë\u2069", "hidden_character U+2066 0"],
];

test("refuses addresses and names with invisible characters, by code point, and sends nothing", async () => {
  const [client, fetch] = clientOf();
  const { credentials, groups, recipients } = client;
  const check = async (call, path, rule, text) => {
    const error = await rejection(call);
    assert.deepEqual(
      [error.name, found(error)],
      ["ValidationError", [`${path} ${rule}`]],
      JSON.stringify(text),
    );
    const [, character] = rule.split(" ");
    assert.ok(
      error.message.includes(character) && error.issues[0].message.includes(character),
      error.message,
    );
    for (const part of ["zoe", "Zoë", "@"]) assert.ok(!error.message.includes(part), error.message);
  };
  for (const [email, rule] of ADDRESSES) {
    const params = { recipient: { name: "Zoë", email }, group_key };
    await check(credentials.generate(params), "recipient.email", rule, email);
    await check(credentials.issue(params), "recipient.email", rule, email);
    await check(recipients.update({ email }), "email", rule, email);
    const [result] = await credentials.issueMany([params]).settled();
    assert.deepEqual([result.status, found(result.error)], ["failed", [`recipient.email ${rule}`]]);
  }
  for (const [name, rule] of NAMES) {
    const params = { recipient: { name, email: EMAIL }, group_key };
    await check(credentials.generate(params), "recipient.name", rule, name);
    await check(credentials.issue(params), "recipient.name", rule, name);
    await check(
      credentials.search({ recipient: { name } }).toArray({ limit: 1 }),
      "recipient.name",
      rule,
      name,
    );
    await check(groups.create({ title: name, description: "D", badge_template: "b" }), "title", rule, name);
    await check(groups.update("k", { title: name }), "title", rule, name);
    const [result] = await credentials.issueMany([params]).settled();
    assert.deepEqual([result.status, found(result.error)], ["failed", [`recipient.name ${rule}`]]);
  }
  assert.equal(fetch.calls.length, 0);
});

test("sends names of every script, and white space in them, as they are given", async () => {
  const [client, fetch] = clientOf();
  const names = [
    "مهدی نازنین\u200cزهرا",
    "രമേശന്\u200d നായര്\u200d",
    "葛\u{e0100}城",
    "Zoë 👩\u200d💻",
    "山田\u3000太郎",
    "خانه\u200c علی",
    "Zoë 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "  Zoë  Larsson ",
  ];
  for (const name of names) await client.credentials.issue({ recipient: { name, email: EMAIL }, group_key });
  assert.deepEqual(
    bodies(fetch).map(({ recipient }) => recipient.name),
    names,
  );
});

test("trims and collapses white space only with trimWhitespace", async () => {
  const [client, fetch] = clientOf({ trimWhitespace: true });
  class Person {
    name = " Zoë ";
    email = `${EMAIL}\u3000`;
  }
  const dirty = { name: "\u200e\t Zoë \u00a0\u3000 Larsson\r\n\u200f", email: `\u061c ${EMAIL}\r\n\u200b` };
  const params = { recipient: { ...dirty }, group_key };
  await client.credentials.generate(params);
  await client.credentials.issue(params);
  await client.recipients.update({ email: `${EMAIL} ` });
  await client.credentials.issue({ recipient: new Person(), group_key });
  await client.credentials.issue({ recipient: { toJSON: () => dirty }, group_key });
  const clean = { name: "Zoë Larsson", email: EMAIL };
  assert.deepEqual(
    bodies(fetch).map(({ recipient, email }) => recipient ?? email),
    [clean, clean, EMAIL, { name: "Zoë", email: EMAIL }, clean],
  );
  assert.equal(params.recipient.email, dirty.email, "the caller's object is not changed");
  // What is not plain white space is refused all the same.
  for (const [text, rule] of [
    [`\uFEFF${EMAIL}`, "hidden_character U+FEFF 0"],
    [` ${EMAIL}\u00ad `, "hidden_character U+00AD 15"],
    ["a b@example.com", "email U+0020 1"],
  ]) {
    const error = await rejection(client.recipients.update({ email: text }));
    assert.deepEqual(found(error), [`email ${rule}`]);
  }
  const lines = await rejection(
    client.credentials.issue({ recipient: { name: "Zoë \n Larsson", email: EMAIL }, group_key }),
  );
  assert.deepEqual(found(lines), ["recipient.name hidden_character U+000A 4"]);
  for (const trimWhitespace of ["yes", 1, null]) {
    assert.throws(() => new Hyperstack({ token: "t", trimWhitespace }), { name: "ValidationError" });
  }
});

test("issueMany issues items once that differ in trimmed white space only", async () => {
  const items = [
    { recipient: { name: "Zoë Larsson", email: EMAIL }, group_key },
    { recipient: { name: " Zoë  Larsson", email: `${EMAIL} ` }, group_key },
  ];
  const [trimming, fetch] = clientOf({ trimWhitespace: true });
  const run = trimming.credentials.issueMany(items);
  const results = await run.settled();
  assert.deepEqual(
    results.map(({ status, reason, of, item }) => [status, reason, of, item]),
    [
      ["issued", undefined, undefined, items[0]],
      ["skipped", "duplicate", 0, items[1]],
    ],
  );
  assert.equal(fetch.calls.length, 1);
  const again = await trimming.credentials.issueMany([items[1]], { journal: run.journal }).settled();
  assert.deepEqual([again[0].status, again[0].reason], ["skipped", "done"]);
});

test("refuses times in the wrong unit", async () => {
  const [client, fetch] = clientOf();
  const at = Date.UTC(2030, 0, 1);
  const params = { recipient: { name: "Zoë", email: EMAIL }, group_key };
  for (const [call, issue, unit] of [
    [() => client.credentials.update(ID, { expiry: at }), "expiry epoch_seconds", "Unix time in seconds"],
    [() => client.credentials.update(ID, { expiry: new Date(at / 1000) }), "expiry epoch_seconds", "seconds"],
    [() => client.groups.update("k", { validity: at }), "validity positive", "1000 years"],
    [() => client.credentials.update(ID, { expiry: 0 }), "expiry epoch_seconds", "seconds"],
    [
      () => client.credentials.issue(params, { mayExistSince: at / 1000 }),
      "mayExistSince epoch_milliseconds",
      "milliseconds",
    ],
    [() => client.verify(ID, { now: at / 1000 }), "now epoch_milliseconds", "milliseconds"],
    [() => client.verify(ID, { now: new Date(at / 1000) }), "now epoch_milliseconds", "milliseconds"],
    [() => client.verify(ID, { now: at * 1000 }), "now epoch_milliseconds", "milliseconds"],
    [() => parseWebhook({ body: "{}" }, { now: at / 1000 }), "now epoch_milliseconds", "milliseconds"],
    [
      () => parseWebhook({ body: "{}" }, { toleranceSeconds: 300_000 }),
      "toleranceSeconds day_seconds",
      "seconds",
    ],
    [() => verifyReceipt("", { keys: [] }, { now: at / 1000 }), "now epoch_milliseconds", "milliseconds"],
    [() => client.verify(ID, { skewSeconds: 300_000 }), "skewSeconds day_seconds", "0 to 86400 seconds"],
  ]) {
    const error = await rejection(call());
    assert.deepEqual([error.name, found(error)], ["ValidationError", [issue]], String(call));
    assert.ok(error.message.includes(unit), error.message);
  }
  assert.equal(fetch.calls.length, 0);
  await client.credentials.update(ID, { expiry: at / 1000 });
  await client.credentials.update(ID, { expiry: new Date(at) });
  assert.deepEqual(bodies(fetch), [{ expiry: at / 1000 }, { expiry: at / 1000 }]);
});
