/** Issuing to many and waiting for publications: each once, in every order of failure, with nothing left behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Hyperstack, IssueRun, readIssueJournal } from "hyperstack-credentials";
import { rejection, steer } from "../support/control.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let control;
let client;
let group_key;

before(async () => {
  sandbox = await startSandbox();
  control = steer(sandbox);
  client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
});
beforeEach(async () => {
  await control.reset();
  ({ group_key } = await client.groups.create({ title: "T", description: "D", badge_template: "b" }));
});
after(() => sandbox.stop());

const person = (n, more = {}) => ({ recipient: { name: `P ${n}`, email: `p${n}@example.com` }, ...more });
const people = (count) => Array.from({ length: count }, (_, n) => person(n));
const many = (items, options = {}) => client.credentials.issueMany(items, { group_key, ...options });
const statuses = (results) => results.map(({ status, reason }) => (reason ? `${status} ${reason}` : status));
const held = async () => (await control.state()).credentials;
const thrown = (call) => {
  try {
    return assert.fail(`returned ${JSON.stringify(call())}`);
  } catch (error) {
    return error;
  }
};
const issuing = { match: { path_prefix: "/v1/credentials/new" } };

test("issues a list with at most five requests at once, and names each result's item", async () => {
  let now = 0;
  let most = 0;
  const fetching = new Hyperstack({
    token: sandbox.token,
    baseUrl: sandbox.url,
    fetch: async (...all) => {
      now += 1;
      most = Math.max(most, now);
      await sleep(5);
      try {
        return await fetch(...all);
      } finally {
        now -= 1;
      }
    },
  });
  const items = people(40);
  const seen = [];
  const run = fetching.credentials.issueMany(items, {
    group_key,
    onProgress: (progress) => seen.push(progress),
  });
  assert.ok(run instanceof IssueRun);
  const results = await run.settled();
  assert.equal(most, 5);
  assert.deepEqual(
    results.map(({ index, item, credential }) => [index, item, credential.recipient.email]),
    items.map((item, index) => [index, item, item.recipient.email]),
  );
  assert.deepEqual(seen.at(-1), { done: 40, issued: 40, exists: 0, failed: 0, skipped: 0, total: 40 });
  assert.deepEqual(
    seen.map(({ done }) => done),
    items.map((_, n) => n + 1),
  );
  assert.equal(await held(), 40);
});

test("yields results when they are ready", async () => {
  await control.script({ ...issuing, delay_ms: 500, apply: true });
  const order = [];
  for await (const { index } of many(people(8))) order.push(index);
  assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  // Which of the five that begin together is the slow one, the network decides; whichever it is, later ones overtake it.
  assert.ok(order.at(-1) < 5, `${order}`);
});

test("accepts lists, sets and (async) generators; a slow one delays no result", async () => {
  function* generated() {
    yield* people(3);
  }
  async function* slow() {
    yield person(10);
    await sleep(150);
    yield person(11);
  }
  const totals = [];
  const onProgress = ({ total }) => totals.push(total);
  assert.equal((await many(new Set(people(2)), { onProgress }).settled()).length, 2);
  assert.equal((await many(generated(), { onProgress }).settled()).length, 3);
  assert.deepEqual(totals, [2, 2, null, null, null]);
  const started = Date.now();
  const times = [];
  for await (const { status } of many(slow())) times.push([status, Date.now() - started]);
  assert.deepEqual(
    times.map(([status]) => status),
    ["issued", "issued"],
  );
  assert.ok(times[0][1] < 140, "the first result waits for the second item");
  assert.deepEqual(await many([]).settled(), []);
});

test("issues the same item once, in any order of its fields", async () => {
  const custom = { custom_a: 1, custom_b: { x: 1, y: [2] } };
  const turned = { custom_b: { y: [2], x: 1 }, custom_a: 1 };
  const results = await many([
    person(1, { custom_attributes: custom }),
    { custom_attributes: turned, recipient: { email: "p1@example.com", name: "P 1" } },
    person(1, { custom_attributes: custom, group_key }),
    // Another one of the same person: the API's duplicate rule decides.
    person(1, { custom_attributes: { custom_a: 2 } }),
  ]).settled();
  assert.deepEqual(statuses(results), ["issued", "skipped duplicate", "skipped duplicate", "exists"]);
  assert.deepEqual([results[1].of, results[2].of], [0, 0]);
  assert.equal(results[3].error.code, "credential_exists");
  assert.equal(await held(), 1);
});

test("issues the first of identical items, however long its hash takes", async (context) => {
  const { subtle } = crypto;
  const digest = subtle.digest.bind(subtle);
  let calls = 0;
  context.mock.method(subtle, "digest", async (...given) => {
    calls += 1;
    if (calls === 1) await sleep(30);
    return digest(...given);
  });
  const results = await many([person(1), person(1)]).settled();
  assert.deepEqual(statuses(results), ["issued", "skipped duplicate"]);
});

test("one bad item fails alone, before anything of it is sent", async () => {
  const cycle = person(7);
  cycle.custom_attributes = { custom_self: cycle };
  const results = await many([
    person(1),
    { recipient: { name: "No address" } },
    null,
    "text",
    cycle,
    person(2, { custom_attributes: { custom_n: 1n } }),
    person(3, { group_key: "nowhere" }),
    person(4),
  ]).settled();
  assert.deepEqual(statuses(results), [
    "issued",
    "failed",
    "failed",
    "failed",
    "failed",
    "failed",
    "failed",
    "issued",
  ]);
  assert.deepEqual(
    results.slice(1, 7).map(({ error }) => [error.name, error.attempts]),
    [...Array(5).fill(["ValidationError", 0]), ["NotFoundError", 1]],
  );
  assert.deepEqual(
    results[1].error.issues.map(({ path, rule }) => `${path} ${rule}`),
    ["recipient.email required"],
  );
  assert.equal(await held(), 2);
});

test("ends the run at an empty balance, and skips the rest", async () => {
  await control.balance(10);
  const results = await many(people(200)).settled();
  const found = (status) => results.filter((one) => one.status === status);
  assert.equal(found("issued").length, 10);
  assert.ok(found("failed").length >= 1 && found("failed").length <= 5);
  for (const { error } of found("failed")) assert.equal(error.code, "low_balance");
  for (const { reason } of found("skipped")) assert.equal(reason, "low_balance");
  assert.equal(results.length, 200);
  assert.equal(await held(), 10);
  // Requests: the group, and no more than those that were on their way.
  assert.ok((await control.state()).requests <= 1 + 15);
});

test("a refused token ends the run; a missing group skips its own items only", async () => {
  const stranger = new Hyperstack({ token: "wrong", baseUrl: sandbox.url });
  const refused = await stranger.credentials.issueMany(people(50), { group_key }).settled();
  assert.ok(refused.filter(({ status }) => status === "failed").length <= 5);
  assert.equal(statuses(refused).at(-1), "skipped unauthorized");

  const mixed = people(60).map((item, n) => (n % 2 ? { ...item, group_key: "nowhere" } : item));
  const results = await many(mixed, { concurrency: 1 }).settled();
  assert.equal(results.filter(({ status }) => status === "issued").length, 30);
  assert.deepEqual(statuses(results.filter((_, n) => n % 2)), [
    "failed",
    ...Array(29).fill("skipped group_not_found"),
  ]);
});

test("the whole run waits for a rate limit; a long one ends it", async () => {
  const limited = { ...issuing, status: 429, headers: { "retry-after": "1" } };
  await control.script({ ...limited, times: 5 });
  const started = Date.now();
  const results = await many(people(10), { request: { maxRetries: 0 } }).settled();
  assert.deepEqual(statuses(results), Array(10).fill("issued"));
  assert.ok(Date.now() - started >= 1000);
  assert.equal(await held(), 10);

  await control.script({ ...issuing, status: 429, headers: { "retry-after": "86400" }, times: 100 });
  const ended = await many(people(30).map((_, n) => person(100 + n))).settled();
  assert.equal(statuses(ended).at(-1), "skipped rate_limited");
  assert.ok(ended.filter(({ status }) => status === "failed").length <= 5);
  assert.equal(ended[0].error.retryAfterMs, 86_400_000);
});

test("searches for lost creations, one by one", async () => {
  await control.script({ ...issuing, apply: true, cut: "before_headers", times: 10 });
  const results = await many(people(20)).settled();
  assert.deepEqual(statuses(results), Array(20).fill("issued"));
  assert.equal(results.filter(({ credential }) => credential.reconciled).length, 10);
  assert.equal(await held(), 20);
});

test("does not confuse two items of one person", async () => {
  await control.group(group_key, { allow_duplicates: true });
  const two = [
    person(1, { custom_attributes: { custom_n: 1 } }),
    person(1, { custom_attributes: { custom_n: 2 } }),
  ];
  // The first is answered, the second is lost without being carried out: only the first can be found.
  await control.script({ ...issuing, apply: true }, { ...issuing, cut: "before_headers" });
  const results = await many(two).settled();
  assert.deepEqual(statuses(results), ["issued", "failed"]);
  assert.equal(results[1].error.code, "outcome_unknown");
  assert.equal(await held(), 1);
});

test("items of one person wait for each other, however the address is written", async () => {
  let now = 0;
  let most = 0;
  const counting = new Hyperstack({
    token: sandbox.token,
    baseUrl: sandbox.url,
    fetch: async (...all) => {
      now += 1;
      most = Math.max(most, now);
      await sleep(20);
      now -= 1;
      return fetch(...all);
    },
  });
  const emails = ["zo\u00eb@example.com", "ZO\u00cb@Example.com", "zoe\u0308@example.com"];
  const items = emails.map((email) => ({ recipient: { name: "Zo\u00eb", email }, group_key }));
  await control.group(group_key, { allow_duplicates: true });
  assert.deepEqual(statuses(await counting.credentials.issueMany(items).settled()), Array(3).fill("issued"));
  assert.equal(most, 1);
});

test("an abort ends the run at once, and the journal has what was in flight", async () => {
  await control.script({ ...issuing, apply: true, delay_ms: 2000, times: 5 });
  const controller = new AbortController();
  const entries = [];
  const run = many(people(20), { signal: controller.signal, onJournal: (entry) => void entries.push(entry) });
  const started = Date.now();
  setTimeout(() => controller.abort("enough"), 200);
  await assert.rejects(run.settled(), (thrown) => thrown === "enough");
  assert.ok(Date.now() - started < 1500);
  assert.deepEqual(
    run.journal.map(({ state }) => state),
    Array(5).fill("started"),
  );
  await control.clearScript();
  // The sandbox carries them out all the same; going on finds them.
  await sleep(2300);
  const results = await many(people(20), { journal: JSON.parse(JSON.stringify(entries)) }).settled();
  assert.deepEqual(statuses(results), Array(20).fill("issued"));
  assert.equal(results.filter(({ credential }) => credential.reconciled).length, 5);
  assert.equal(await held(), 20);
  const aborted = many(people(1), { signal: AbortSignal.abort("before") });
  await assert.rejects(aborted.settled(), (thrown) => thrown === "before");
});

test("an abort ends the wait for a source, and so does leaving the loop", async () => {
  const silent = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
  const controller = new AbortController();
  setTimeout(() => controller.abort("enough"), 50);
  const waiting = many(silent(), { signal: controller.signal });
  await assert.rejects(waiting.settled(), (thrown) => thrown === "enough");
  async function* two() {
    yield* people(2);
    await new Promise(() => {});
  }
  for await (const { status } of many(two())) {
    assert.equal(status, "issued");
    break;
  }
});

test("leaving the loop starts nothing more and awaits what is in flight", async () => {
  let closed = 0;
  async function* source() {
    try {
      yield* people(100);
    } finally {
      closed += 1;
    }
  }
  const run = many(source());
  for await (const _ of run) break;
  const { credentials } = await control.state();
  assert.ok(credentials <= 6, `${credentials} were issued`);
  assert.equal(closed, 1);
  assert.ok(run.journal.every(({ state }) => state === "issued"));
  assert.equal(run.journal.length, credentials);
  await sleep(100);
  assert.equal(await held(), credentials);
});

test("sends nothing that is not in the journal", async () => {
  const before = await control.state();
  await assert.rejects(
    many(people(20), {
      onJournal: async () => {
        throw new Error("disk full");
      },
    }).settled(),
    { message: "disk full" },
  );
  assert.equal((await control.state()).requests, before.requests);
  // And the answer of what was sent is not lost when the journal fails after it.
  let writes = 0;
  const run = many(people(3), {
    concurrency: 1,
    onJournal: () => {
      writes += 1;
      if (writes === 2) throw new Error("disk full");
    },
  });
  await assert.rejects(run.settled(), { message: "disk full" });
  assert.deepEqual(
    run.journal.map(({ state }) => state),
    ["issued"],
  );
});

test("an error of a caller's function ends the run and is not swallowed", async () => {
  const onProgress = () => {
    throw new Error("progress");
  };
  await assert.rejects(many(people(10), { onProgress }).settled(), { message: "progress" });
  async function* source() {
    yield person(1);
    throw new Error("source");
  }
  await assert.rejects(many(source()).settled(), { message: "source" });
});

test("the journal contains no names or addresses, and a run resumes from it", async () => {
  const items = people(10);
  const entries = [];
  const first = many(items.slice(0, 4), { onJournal: async (entry) => void entries.push(entry) });
  await first.settled();
  const text = entries.map((entry) => `\n${JSON.stringify(entry)}`).join("");
  assert.doesNotMatch(text, /example|P \d/);
  assert.deepEqual([...new Set(entries.map(({ state }) => state))].sort(), ["issued", "started"]);
  const torn = `${text}\n{"key":"abc`;
  const second = many(items, { journal: readIssueJournal(torn) });
  const results = await second.settled();
  assert.deepEqual(statuses(results), [...Array(4).fill("skipped done"), ...Array(6).fill("issued")]);
  assert.match(results[0].document_id, /^[A-Za-z0-9]{32}$/);
  assert.equal(await held(), 10);
  assert.deepEqual(
    statuses(await many(items, { journal: second.journal }).settled()),
    Array(10).fill("skipped done"),
  );
});

test("leaves out a line that was cut off only if its item is not lost with it", async () => {
  const run = many(people(1));
  await run.settled();
  const [issued] = run.journal.map((entry) => JSON.stringify(entry));
  const started = JSON.stringify({ ...run.journal[0], state: "started", document_id: undefined });
  const failed = JSON.stringify({ ...run.journal[0], state: "failed", document_id: undefined });
  const message = (journal) => {
    const error = thrown(() => readIssueJournal(journal));
    assert.equal(error.name, "ValidationError");
    return error.message;
  };
  // The journal of a run, stored as lines.
  for (let length = 1; length < issued.length; length += 1) {
    assert.match(message(issued.slice(0, length)), /journal\[0\] is cut off.*delete this line/);
  }
  // The first entry of an item, and those after it, in a journal that was appended to.
  for (let length = 0; length < started.length; length += 1) {
    assert.deepEqual(readIssueJournal(`\n${started.slice(0, length)}`), []);
  }
  for (let length = 0; length < issued.length; length += 1) {
    assert.equal(readIssueJournal(`\n${started}\n${issued.slice(0, length)}`).length, 1);
    const isKeyKnown = length === 0 || length > issued.indexOf('","lane');
    if (isKeyKnown) assert.equal(readIssueJournal(`${started}\n${issued.slice(0, length)}`).length, 1);
  }
  assert.match(message(`\n${failed}\n${issued.slice(0, -1)}`), /journal\[2\] is cut off/);
  // Whole entries with something behind them are damaged, not cut off.
  const utf16 = Buffer.from(`\ufeff\n${started}\n${issued}`, "utf16le");
  for (const journal of [
    `${issued},`,
    `\n${issued}//x`,
    `\n${issued}}`,
    Buffer.concat([utf16, Buffer.from(`\n${failed}`)]),
    Buffer.concat([utf16, Buffer.from(`\n${failed} `)]),
  ]) {
    assert.match(message(journal), /must be a journal entry/);
  }
});

test("what a journal says is done or open stays so in any order of its entries", async () => {
  const run = many(people(1));
  await run.settled();
  const [issued] = run.journal;
  const { document_id, ...rest } = issued;
  const older = { ...rest, state: "failed", code: "low_balance", at: issued.at - 1000 };
  for (const journal of [
    [issued, older],
    [issued, { ...rest, state: "started" }],
    [older, issued, older],
    [{ ...rest, state: "exists" }, older],
  ]) {
    const [{ status, reason, error }] = await many(people(1), { journal }).settled();
    assert.ok(reason === "done" || status === "exists", `${status} ${error}`);
  }
  const open = many(people(1), { journal: [{ ...rest, state: "started" }, older] });
  assert.equal((await open.settled())[0].credential?.reconciled, true);
  assert.equal(await held(), 1);
});

test("reads a journal in every encoding, with a last line that is cut off, and refuses anything else", () => {
  const entry = (n) => ({ key: `k${n}`, lane: "l", state: "issued", at: n, document_id: "d" });
  const entries = [entry(1), entry(2), entry(3)];
  const text = entries.map((one) => `\n${JSON.stringify(one)}`).join("");
  const mark = Buffer.from([0xff, 0xfe]);
  const utf16 = Buffer.concat([mark, Buffer.from(text, "utf16le")]);
  const bigEndian = Buffer.from(utf16).swap16();
  for (const journal of [
    text,
    `\ufeff${text}`,
    text.replaceAll("\n", "\r\n"),
    `\ufeff${text.trim()}`,
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    new TextEncoder().encode(text).buffer,
    utf16,
    bigEndian,
    Buffer.from(text.trim(), "utf16le"),
    // The same file, read as another encoding.
    utf16.toString("utf8"),
    utf16.toString("latin1"),
    bigEndian.toString("utf8"),
  ]) {
    assert.deepEqual(readIssueJournal(journal), entries);
  }
  // The last line may be cut off at any character. Any other line that is cut off is an error, which has its index.
  const whole = JSON.stringify(entry(4));
  const wrongLine = (journal) => {
    const error = thrown(() => readIssueJournal(journal));
    assert.equal(error.name, "ValidationError");
    return error.issues[0].path;
  };
  // Nothing of its item is in the journal, so a state other than `started` would be lost.
  const withState = whole.indexOf('"issued') + 2;
  for (let length = 0; length < withState; length += 1) {
    const beginning = whole.slice(0, length);
    const cut = `${text}\n${beginning}`;
    assert.deepEqual(readIssueJournal(cut), entries, `${length} characters`);
    assert.deepEqual(readIssueJournal(Buffer.from(`${cut}\n`)), entries);
    assert.deepEqual(readIssueJournal(Buffer.from(cut, "utf16le").subarray(0, -1)), entries);
    if (length === 0) continue;
    assert.equal(wrongLine(`${cut}\n${whole}`), "journal[4]", "cut off in the middle");
    assert.equal(wrongLine(`${cut}${whole}\n`), "journal[4]", "one with the next");
    assert.equal(wrongLine(`${cut}${beginning}`), "journal[4]", "two that are cut off");
    assert.equal(wrongLine(`${beginning}\n${text}`), "journal[0]");
  }
  for (let length = withState; length < whole.length; length += 1) {
    assert.equal(wrongLine(`${text}\n${whole.slice(0, length)}`), "journal[4]", `${length} characters`);
  }
  // A file system may lose content in a power failure and leave NUL bytes.
  const nuls = "\0".repeat(512);
  for (const [journal, line] of [
    [nuls, 0],
    [`${text}\n${nuls}`, 4],
    [`${text}${nuls}`, 3],
    [`${text}\n${whole.slice(0, 20)}${nuls}`, 4],
    [`${text}\n${nuls}\n${whole}`, 4],
    [`${nuls}${text}`, 0],
    [text.replace("k2", "k\0"), 2],
    [text.replace('"k2"', '"k\\u00002"'), 2],
    ["\n{\n", undefined],
    ["{\n", 0],
    [`{\n${whole}`, 0],
    [`${whole}\n{\n${whole}`, 1],
    [`${whole}${whole}`, 0],
    [`${whole}\u0000`, 0],
  ]) {
    for (const form of [journal, Buffer.from(journal)]) {
      if (line === undefined) assert.deepEqual(readIssueJournal(form), []);
      else assert.equal(wrongLine(form), `journal[${line}]`, JSON.stringify(journal));
    }
  }
  // A byte in a key that is not UTF-8: the entry would belong to no item.
  const damaged = Buffer.from(text);
  damaged[damaged.indexOf("k2")] = 0xff;
  assert.equal(wrongLine(damaged), "journal[2]");
  assert.deepEqual(readIssueJournal(""), []);
  for (const journal of [
    "hello",
    "hello\nworld",
    `hello${text}`,
    `${text}\nhello`,
    "[]",
    "{}",
    "null",
    `${text}\n{"key":"k","lane":"l"}`,
    `${text}\n{"key":"k","lane":"l","state":"Issued","at":1}`,
    `${text}\n{"name":"x`,
    JSON.stringify(entries),
    JSON.stringify(entry(1), undefined, 2),
    undefined,
    null,
    7,
    entries,
  ]) {
    assert.throws(() => readIssueJournal(journal), { name: "ValidationError" }, String(journal));
  }
});

test("a resumed run reports an existing credential as existing", async () => {
  await client.credentials.issue({ ...person(1), group_key });
  const items = [person(1, { custom_attributes: { custom_n: 1 } }), person(2)];
  const first = many(items);
  assert.deepEqual(statuses(await first.settled()), ["exists", "issued"]);
  const before = await control.state();
  const seen = [];
  const resumed = many(items, { journal: first.journal, onProgress: (progress) => seen.push(progress) });
  const results = await resumed.settled();
  assert.deepEqual(statuses(results), ["exists", "skipped done"]);
  const { error } = results[0];
  assert.deepEqual([error.name, error.code, error.attempts], ["ConflictError", "credential_exists", 0]);
  assert.deepEqual(seen.at(-1), { done: 2, issued: 0, exists: 1, failed: 0, skipped: 1, total: 2 });
  assert.equal((await control.state()).requests, before.requests);
});

test("items that are not JSON fail separately", async () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, null, 1n, 2n, () => 1, Symbol("s"), "\ud800"];
  const items = values.map((custom_x) => person(1, { custom_attributes: { custom_x } }));
  const results = await many(items).settled();
  assert.deepEqual(
    statuses(results),
    values.map((value) => (value === null ? "issued" : "failed")),
  );
  for (const { status, error } of results) {
    if (status === "failed") assert.deepEqual([error.name, error.attempts], ["ValidationError", 0]);
  }
  assert.equal(await held(), 1);
});

test("the next run retries failures, after a search if they may have taken effect", async () => {
  const items = people(3);
  await control.script(
    { ...issuing, apply: true, status: 500 },
    { ...issuing, status: 400, body: '{"success":false,"error_code":"missing_recipient"}' },
    { ...issuing, cut: "before_headers" },
    { match: { path_prefix: "/v1/credentials/search" }, status: 403, body: "{}" },
  );
  const first = many(items, { concurrency: 1, request: { maxRetries: 0 } });
  const before = await first.settled();
  assert.deepEqual(
    before.map(({ error }) => error.name),
    ["ServerError", "BadRequestError", "ConnectionError"],
  );
  assert.deepEqual(
    first.journal.map(({ state, uncertain }) => [state, uncertain]),
    [
      ["failed", true],
      ["failed", undefined],
      ["failed", true],
    ],
  );
  await control.clearScript();
  const from = (await control.requests()).length;
  const results = await many(items, { concurrency: 1, journal: first.journal }).settled();
  assert.deepEqual(statuses(results), ["issued", "issued", "issued"]);
  assert.deepEqual(
    (await control.requests()).slice(from).map(({ path }) => path.split("/").at(-1)),
    ["search", "new", "search", "new"],
  );
  assert.equal(await held(), 3);
});

test("names wrong options and sends nothing", async () => {
  const before = await control.state();
  for (const [options, path] of [
    [{ concurrency: 0 }, "concurrency"],
    [{ draft: "yes" }, "draft"],
    [{ concurrency: 1.5 }, "concurrency"],
    [{ concurrency: 101 }, "concurrency"],
    [{ onProgress: 1 }, "onProgress"],
    [{ onJournal: {} }, "onJournal"],
    [{ journal: [{ nonsense: 1 }] }, "journal"],
    [{ journal: [{ key: "k", lane: "l", at: 1 }] }, "journal"],
    [{ journal: [{ key: "k", lane: "l", at: 1, state: "Issued" }] }, "journal"],
    [{ journal: [{ key: "k", lane: "l", at: Number.NaN, state: "issued" }] }, "journal"],
    [{ signal: {} }, "signal"],
    [{ request: { signal: new AbortController().signal } }, "request.signal"],
    [{ request: { mayExistSince: 1 } }, "request.mayExistSince"],
    [{ concurency: 3 }, "concurency"],
    [{ timeoutMs: 3 }, "timeoutMs"],
  ]) {
    assert.throws(
      () => many(people(1), options),
      (error) => error.name === "ValidationError" && error.issues[0].path === path,
      path,
    );
  }
  for (const items of [undefined, null, 5, "text", {}]) {
    assert.throws(() => many(items), { name: "ValidationError" });
  }
  assert.equal((await control.state()).requests, before.requests);
  const run = many(people(1));
  await run.settled();
  await assert.rejects(run.settled(), { name: "ValidationError" });
});

test("mayExistSince searches first, accepts a Date, and is for creations only", async () => {
  const since = new Date();
  const params = { ...person(1), group_key };
  const made = await client.credentials.generate(params);
  const found = await client.credentials.generate(params, { mayExistSince: since }).withResponse();
  assert.deepEqual([found.data.document_id, found.attempts, found.reconciled], [made.document_id, 0, true]);
  const fresh = await client.credentials.issue(
    { ...person(2), group_key },
    { mayExistSince: since.getTime() },
  );
  assert.equal(fresh.reconciled, undefined);
  assert.equal(await held(), 2);
  const error = await rejection(client.credentials.view(made.document_id, { mayExistSince: 1 }));
  assert.deepEqual([error.name, error.issues[0].path], ["ValidationError", "mayExistSince"]);
});

test("waits for a publication, up to the limit", async () => {
  const slow = await startSandbox({ args: ["--publish-delay-ms", "700"] });
  try {
    const queue = new Hyperstack({ token: slow.token, baseUrl: slow.url });
    const group = await queue.groups.create({ title: "T", description: "D", badge_template: "b" });
    const draft = async (n) =>
      (await queue.credentials.generate({ ...person(n), group_key: group.group_key })).document_id;
    const id = await draft(1);
    const early = await rejection(queue.credentials.waitUntilPublished(id, { limitMs: 100 }));
    assert.deepEqual(
      [early.name, early.code, early.retryable, early.attempts],
      ["TimeoutError", "not_published", true, 1],
    );
    await queue.credentials.publish(id);
    const started = Date.now();
    const credential = await queue.credentials.waitUntilPublished(id);
    assert.equal(credential.status, "active");
    assert.ok(Date.now() - started >= 500);
    const other = await draft(2);
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 100);
    const began = Date.now();
    const { signal } = controller;
    await assert.rejects(
      queue.credentials.waitUntilPublished(other, { signal }),
      (thrown) => thrown === "enough",
    );
    assert.ok(Date.now() - began < 400);
    for (const limitMs of [-1, Number.NaN, "5", Number.POSITIVE_INFINITY]) {
      await assert.rejects(queue.credentials.waitUntilPublished(other, { limitMs }), {
        name: "ValidationError",
      });
    }
    await assert.rejects(queue.credentials.waitUntilPublished("../x"), { name: "ValidationError" });
  } finally {
    await slow.stop();
  }
});

/** A program that issues to 10 000 people and appends its journal to a file; prints what came out if it gets that far. */
const PROGRAM = `
  import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
  import { Hyperstack, readIssueJournal } from "hyperstack-credentials";
  const { URL_, TOKEN, GROUP, FILE } = process.env;
  const client = new Hyperstack({ token: TOKEN, baseUrl: URL_ });
  function* people() {
    for (let n = 0; n < 10_000; n += 1) yield { recipient: { name: "P " + n, email: "p" + n + "@example.com" } };
  }
  const line = (entry) => "\\n" + JSON.stringify(entry);
  const journal = existsSync(FILE) ? readIssueJournal(readFileSync(FILE)) : [];
  writeFileSync(FILE + ".new", journal.map(line).join(""));
  renameSync(FILE + ".new", FILE);
  const onJournal = (entry) => appendFileSync(FILE, line(entry));
  const run = client.credentials.issueMany(people(), { group_key: GROUP, concurrency: 20, journal, onJournal });
  const seen = {};
  for await (const { status, reason = "", credential } of run) {
    const what = credential?.reconciled ? "reconciled" : (status + " " + reason).trim();
    seen[what] = (seen[what] ?? 0) + 1;
  }
  console.log(JSON.stringify(seen));
`;

test("10 000 people, killed half-way and again, are issued once each", { timeout: 300_000 }, async () => {
  // So that the duplicate rule cannot hide a second one.
  await control.group(group_key, { allow_duplicates: true });
  const folder = mkdtempSync(join(tmpdir(), "journal-"));
  const file = join(folder, "journal.ndjson");
  const start = () =>
    spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
      cwd: new URL("../../", import.meta.url),
      env: { ...process.env, URL_: sandbox.url, TOKEN: sandbox.token, GROUP: group_key, FILE: file },
      stdio: ["ignore", "pipe", "inherit"],
    });
  try {
    for (const [half, loss] of [
      [3000, {}],
      [6000, { cut: "before_headers" }],
    ]) {
      // Requests that are on their way when it ends, carried out with nobody to hear the answer.
      const child = start();
      const exit = once(child, "exit");
      while ((await held()) < half) await sleep(50);
      await control.script({ ...issuing, apply: true, delay_ms: 3000, ...loss, times: 40 });
      await sleep(200);
      child.kill("SIGKILL");
      await exit;
      await control.clearScript();
    }
    // The last ones are still being carried out.
    await sleep(3500);
    const { credentials } = await control.state();
    assert.ok(credentials < 9500, `only ${10_000 - credentials} were left`);
    const child = start();
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
    });
    await once(child, "exit");
    const seen = JSON.parse(printed);
    const { issued, reconciled, "skipped done": done } = seen;
    assert.ok(reconciled > 0, printed);
    assert.deepEqual(Object.keys(seen).sort(), ["issued", "reconciled", "skipped done"]);
    assert.equal(issued + reconciled + done, 10_000);
    assert.equal(await held(), 10_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an abort with an error of this package is an abort, not a result", async () => {
  for (const code of ["missing_recipient", "credential_exists"]) {
    await control.reset();
    await control.group(group_key, { allow_duplicates: true });
    await control.script({ ...issuing, apply: true, delay_ms: 300, times: 2 });
    const reason = await rejection(client.credentials.view("../x"));
    const looksLike = Object.assign(reason, { code, status: 400, attempts: 1 });
    const events = [];
    const observed = new Hyperstack({
      token: sandbox.token,
      baseUrl: sandbox.url,
      onEvent: (event) => events.push(event.type),
    });
    const controller = new AbortController();
    const run = observed.credentials.issueMany(people(2), { group_key, signal: controller.signal });
    setTimeout(() => controller.abort(looksLike), 100);
    await assert.rejects(run.settled(), (thrown) => thrown === looksLike);
    assert.deepEqual(
      run.journal.map(({ state }) => state),
      ["started", "started"],
    );
    assert.ok(!events.includes("error"));
    await sleep(400);
    await many(people(2), { journal: run.journal }).settled();
    assert.equal(await held(), 2);
  }
});

test("a source that reuses its object issues to every recipient", async () => {
  function* reusing() {
    const item = { recipient: { name: "", email: "" } };
    for (const { recipient } of people(4)) {
      Object.assign(item.recipient, recipient);
      yield item;
    }
  }
  const results = await many(reusing()).settled();
  assert.deepEqual(
    results.map(({ credential }) => credential.recipient.email),
    people(4).map(({ recipient }) => recipient.email),
  );
});

test("does not match a found credential to an earlier uncertain item", async () => {
  await control.group(group_key, { allow_duplicates: true });
  const two = ["A", "B"].map((course) => person(1, { custom_attributes: { custom_course: course } }));
  await control.script(
    { ...issuing, apply: true, cut: "before_headers" },
    { match: { path_prefix: "/v1/credentials/search" }, status: 403, body: "{}" },
    { ...issuing, cut: "before_headers" },
  );
  const first = many(two, { request: { maxRetries: 0 } });
  // The search was forbidden, but the run goes on: what ends it is an answer to an item.
  assert.deepEqual(statuses(await first.settled()), ["failed", "failed"]);
  assert.deepEqual(
    first.journal.map(({ state, uncertain }) => [state, uncertain]),
    [
      ["failed", true],
      ["failed", true],
    ],
  );
  assert.equal(await held(), 1);
});

test("a source or writer that hangs or fails does not delay the end", async () => {
  const source = (goodbye) => () => {
    const items = people(50)[Symbol.iterator]();
    return { next: async () => items.next(), return: goodbye };
  };
  const walked = (goodbye) => ({ [Symbol.asyncIterator]: source(goodbye) });
  const hanging = () => new Promise(() => {});
  const failing = async () => {
    throw new Error("goodbye");
  };
  await control.script({ ...issuing, apply: true, delay_ms: 100, times: 100 });
  for (const goodbye of [hanging, failing]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 30);
    await assert.rejects(
      many(walked(goodbye), { signal: controller.signal }).settled(),
      (thrown) => thrown === "enough",
    );
  }
  const left = many(walked(failing));
  await assert.rejects(
    (async () => {
      for await (const _ of left) break;
    })(),
    { message: "goodbye" },
  );
  assert.ok(
    left.journal.every(({ state }) => state !== "started"),
    "left while requests were on their way",
  );
  const controller = new AbortController();
  setTimeout(() => controller.abort("enough"), 30);
  await assert.rejects(
    many(people(3), { signal: controller.signal, onJournal: hanging }).settled(),
    (thrown) => thrown === "enough",
  );
  await assert.rejects(many(people(3), { onProgress: failing }).settled(), { message: "goodbye" });
});

test("does not match an earlier run's open item to another item of the same person", async () => {
  await control.group(group_key, { allow_duplicates: true });
  const [a, b] = ["A", "B"].map((course) => person(1, { custom_attributes: { custom_course: course } }));
  await control.script({ ...issuing, apply: true, delay_ms: 300 });
  const controller = new AbortController();
  const first = many([a], { signal: controller.signal });
  setTimeout(() => controller.abort("killed"), 100);
  await assert.rejects(first.settled(), (thrown) => thrown === "killed");
  await sleep(400);
  // The other one is lost without being carried out, and the search for it finds the first one's.
  await control.script({ ...issuing, cut: "before_headers" });
  const results = await many([b, a], { journal: first.journal, concurrency: 1 }).settled();
  assert.equal(results[0].status, "failed");
  assert.equal(results[0].error.code, "outcome_unknown");
  assert.equal(await held(), 1);
});

/** The journal's states of a run over one item, whose account replies to creations by script; the rest is empty. */
const runOn = async (creations, options = {}) => {
  const requests = [];
  let created = 0;
  const fetching = new Hyperstack({
    token: sandbox.token,
    baseUrl: sandbox.url,
    fetch: async (url) => {
      const path = String(url).split("/").at(-1);
      requests.push(path);
      if (path === "search") {
        return Response.json({ success: true, total: 0, page: 1, page_size: 50, credentials: [] });
      }
      const [status, body, headers] = creations[created++] ?? [];
      if (!status) throw new TypeError("cut");
      return Response.json({ success: false, error: "x", ...body }, { status, headers });
    },
  });
  const run = fetching.credentials.issueMany(people(1), { group_key, ...options });
  const [result] = await run.settled();
  return { requests, result, entry: run.journal[0] };
};

test("a refusal after a loss stays open in the journal, so that the next run searches first", async () => {
  for (const status of [400, 401, 402, 403, 404]) {
    const first = await runOn([[], [status]]);
    assert.deepEqual(first.requests, ["new", "search", "new", "search"]);
    assert.equal(first.result.error.mayHaveTakenEffect, true);
    assert.deepEqual([first.entry.state, first.entry.uncertain], ["failed", true]);
    const next = await runOn([[status]], { journal: [first.entry] });
    assert.deepEqual(next.requests, ["search", "new", "search"]);
    assert.deepEqual([next.entry.at, next.entry.uncertain], [first.entry.at, true]);
  }
  const limited = await runOn([[], [429, {}, { "retry-after": "600" }]]);
  assert.deepEqual([limited.entry.code, limited.entry.uncertain], ["rate_limited", true]);
});

test("searches directly before each request that follows a loss, also after a rate limit", async () => {
  const limit = [429, {}, { "retry-after": "1" }];
  const { requests, entry } = await runOn([[], limit, limit, [402]]);
  assert.deepEqual(requests, ["new", "search", "new", "search", "new", "search", "search", "new", "search"]);
  assert.equal(entry.uncertain, true);
});

test("only a conflict says that a credential exists", async () => {
  const { result, entry } = await runOn([[500, { error_code: "credential_exists" }]]);
  assert.deepEqual([result.status, entry.state, entry.uncertain], ["failed", "failed", true]);
});

test("results and journal contain an item's line, which is not sent", async () => {
  const items = [
    person(1, { line: 2 }),
    { recipient: { name: "", email: "nobody" }, line: "3" },
    person(1, { line: 4 }),
    person(2),
  ];
  const run = many(items, { concurrency: 1 });
  const results = await run.settled();
  assert.deepEqual(
    results.map(({ index, line, status, of, of_line }) => [index, line, status, of, of_line]),
    [
      [0, 2, "issued", undefined, undefined],
      [1, "3", "failed", undefined, undefined],
      [2, 4, "skipped", 0, 2],
      [3, undefined, "issued", undefined, undefined],
    ],
  );
  assert.deepEqual(
    results.map(({ item }) => item),
    items,
  );
  assert.deepEqual(
    run.journal.map(({ state, index, line, path, rule }) => [state, index, line, path, rule]),
    [
      ["issued", 0, 2, undefined, undefined],
      ["failed", 1, "3", "recipient.name", "not_blank"],
      ["issued", 3, undefined, undefined, undefined],
    ],
  );
  assert.ok(!Object.hasOwn(run.journal[2], "line") && !Object.hasOwn(results[3], "line"));
  // The key is not part of the item's content: a list can be renumbered.
  const again = await many([person(2, { line: "b" }), person(1)], { journal: run.journal }).settled();
  assert.deepEqual(statuses(again), ["skipped done", "skipped done"]);
  assert.deepEqual([again[0].index, again[0].line], [0, "b"]);
});

test("refuses a line that is not a string or number, or that is an address", async () => {
  const lines = [{}, null, Number.NaN, true, 1n, "p1@example.com"];
  const run = many(lines.map((line) => person(1, { line })));
  const results = await run.settled();
  assert.deepEqual(
    results.map(({ status, error }) => [status, error.issues[0].path, error.issues[0].rule]),
    [...Array(5).fill(["failed", "line", "line"]), ["failed", "line", "no_email"]],
  );
  assert.deepEqual(run.journal, []);
  assert.equal(await held(), 0);
});

test("reads a journal of an earlier version, and one that is cut off in a key or a path", async () => {
  const items = [person(1, { line: 'row "{7}"' }), person(2, { line: -1.5 })];
  const run = many(items, { concurrency: 1 });
  await run.settled();
  const old = run.journal.map(({ index, line, ...entry }) => `\n${JSON.stringify(entry)}`).join("");
  const read = readIssueJournal(old);
  assert.deepEqual(statuses(await many(items, { journal: read }).settled()), [
    "skipped done",
    "skipped done",
  ]);

  for (const entry of run.journal) {
    const { document_id, ...rest } = entry;
    const started = `\n${JSON.stringify({ ...rest, state: "started" })}`;
    const whole = JSON.stringify(entry);
    assert.deepEqual(readIssueJournal(`${started}\n${whole}`).at(-1), entry);
    for (let length = whole.indexOf('"lane"'); length < whole.length; length += 1) {
      const cut = whole.slice(0, length);
      // A brace at the end may end the entry, so the line does not count as cut off.
      if (/[{}]$/.test(cut)) continue;
      assert.equal(readIssueJournal(`${started}\n${cut}`).length, 1, cut);
    }
  }
});

test("validateMany applies the rules of the sending call, and sends nothing", async () => {
  const before = await control.state();
  // The API would refuse the token, but no request is sent.
  const checker = new Hyperstack({ token: "token-of-nobody", baseUrl: sandbox.url });
  const items = [
    person(1, { line: "a" }),
    person(1, { line: "b" }),
    { recipient: { name: "P 3", email: "not an address" }, custom_attributes: { place: 1 } },
    { recipient: { name: "Another", email: "P1@Example.com" }, line: 5 },
    person(1, { custom_attributes: { custom_n: 1 } }),
    person(1, { group_key: "Another1" }),
    person(4, { line: {} }),
    null,
  ];
  async function* source() {
    yield* items;
  }
  const whole = await checker.credentials.validateMany(items, { group_key });
  const { total, valid, findings } = whole;
  assert.deepEqual([total, valid], [8, 4]);
  assert.deepEqual(
    findings.map(({ issues, ...finding }) => ({
      ...finding,
      ...(issues && { issues: issues.map(({ path, rule }) => `${path} ${rule}`) }),
    })),
    [
      { index: 1, line: "b", kind: "duplicate", of: 0, of_line: "a" },
      {
        index: 2,
        kind: "invalid",
        issues: ["recipient.email email", "custom_attributes.place custom_prefix"],
      },
      { index: 3, line: 5, kind: "shared_address", with: 0, with_line: "a" },
      { index: 4, kind: "shared_address", with: 3, with_line: 5 },
      { index: 6, kind: "invalid", issues: ["line line"] },
      { index: 7, kind: "invalid", issues: ["recipient required"] },
    ],
  );
  assert.deepEqual(await checker.credentials.validateMany(source(), { group_key }), whole);
  assert.equal((await control.state()).requests, before.requests);

  // `issueMany` sends the valid items and refuses the others with the same issues.
  await control.group(group_key, { allow_duplicates: true });
  await control.group("Another1", {});
  const results = await many(items).settled();
  const kinds = new Map(findings.map(({ index, kind }) => [index, kind]));
  for (const [index, { status, error }] of results.entries()) {
    const expected = { invalid: "failed", duplicate: "skipped" }[kinds.get(index)] ?? "issued";
    assert.equal(status, expected, `item ${index}`);
    if (status === "failed") {
      assert.deepEqual(error.issues, findings.find((finding) => finding.index === index).issues);
    }
  }
});

test("validateMany needs a group and a list, and trims as the client does", async () => {
  const padded = [{ recipient: { name: " P 1", email: "p1@example.com " } }, person(1)];
  const check = (options, items = padded, given = client) => given.credentials.validateMany(items, options);
  const kinds = async (checked) => (await checked).findings.map(({ kind }) => kind);
  assert.deepEqual(await kinds(check({ group_key })), ["invalid"]);
  const trimming = new Hyperstack({ token: "t", trimWhitespace: true });
  assert.deepEqual(await kinds(check({ group_key }, padded, trimming)), ["duplicate"]);
  assert.deepEqual(await kinds(check(undefined)), ["invalid", "invalid"]);
  assert.deepEqual(await check({ group_key }, []), { total: 0, valid: 0, findings: [] });
  for (const [options, path] of [
    [{ group_key, concurrency: 1 }, "concurrency"],
    ["text", "options"],
  ]) {
    const error = await rejection(check(options));
    assert.deepEqual([error.name, error.issues[0].path], ["ValidationError", path]);
  }
  for (const items of [null, "text", {}]) {
    await assert.rejects(check({ group_key }, items), { name: "ValidationError" });
  }
});

test("creates drafts with the option draft, and reconciles a lost one", async () => {
  await control.script({
    match: { path_prefix: "/v1/credentials/generate" },
    apply: true,
    cut: "before_headers",
  });
  const results = await many(people(2), { draft: true, concurrency: 1 }).settled();
  assert.deepEqual(statuses(results), ["issued", "issued"]);
  assert.equal(results[0].credential.reconciled, true);
  assert.equal(results[1].credential.status, "draft");
  const requests = await control.requests();
  assert.ok(!requests.some(({ path }) => path === "/v1/credentials/new"));
  assert.equal(await held(), 2);
});
