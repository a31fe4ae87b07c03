/**
 * The folder of cases (tests/vectors/README.md) through the Worker in workerd, which asks a server that answers as the case
 * says, over sockets.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { bodyOf, differences, tellsAddress } from "../support/case-run.mjs";
import { loadCases } from "../support/cases.mjs";
import { freePort, startWorker } from "../support/processes.mjs";
import { entriesOnce } from "../support/worker-log.mjs";

const TOKEN = "case-token-secret";
const cases = new Map(loadCases().map((each) => [each.name, each]));

/** The issuer's account: the case is the first part of the path. */
async function startAccount() {
  const asked = new Map();
  const server = createServer((request, response) => {
    const [, name, ...path] = request.url.split("/");
    const { answer } = cases.get(name);
    asked.set(name, `${request.method} /${path.join("/")} ${request.headers.authorization}`);
    const { fault, status, headers } = answer ?? { fault: "reset" };
    if (fault === "reset") return request.socket.destroy();
    if (fault === "silence") return;
    const body = bodyOf(answer);
    response.writeHead(status, {
      ...headers,
      ...([204, 304].includes(status) ? {} : { "content-length": body.length }),
    });
    if (!fault) return response.end(body);
    response.write(body.subarray(0, body.length / 2));
    // What was written has to be on its way before the connection is lost.
    if (fault === "cut") setTimeout(() => request.socket.destroy(), 50);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, asked, stop };
}

let account;
let nobody;
let worker;
before(async () => {
  account = await startAccount();
  nobody = `http://127.0.0.1:${await freePort()}`;
  worker = await startWorker({
    config: "tests/workerd/case-worker/wrangler.jsonc",
    secrets: { HYPERSTACK_API_TOKEN: TOKEN },
  });
});
after(async () => {
  await worker?.stop();
  await account?.stop();
});

/** What the Worker answers, by the reason of an indeterminate result. */
const STATUS = { unauthorized: 500, forbidden: 500, rate_limited: 503, timeout: 504 };

/** What the Worker has no variable for, or none that admits it: such a case goes to the handler that it is made of. */
const isBeyond = ({ policy: { skewSeconds, allowMetadata = [] } }) =>
  skewSeconds !== undefined || !allowMetadata.every((key) => /^custom_[\w-]+$/.test(key));

async function ask({ name, input, answer, policy }) {
  const { now, hosts = [], skewSeconds, recipientName, allowMetadata = [], issuerLabel = "" } = policy;
  const vars = {
    HYPERSTACK_API_BASE: answer?.fault === "refused" ? nobody : `${account.url}/${name}`,
    HYPERSTACK_HOSTS: hosts.join(", "),
    HYPERSTACK_ALLOW_METADATA: allowMetadata.join(","),
    HYPERSTACK_ISSUER_LABEL: issuerLabel,
    HYPERSTACK_COMPARE_NAMES: "true",
  };
  // A header holds ASCII.
  const handler = isBeyond({ policy })
    ? { skewSeconds, allowMetadata, ...(hosts.length > 0 && { hosts }), ...(issuerLabel && { issuerLabel }) }
    : undefined;
  const given = JSON.stringify({ now: Date.parse(now), vars, handler }).replaceAll(
    /[^ -~]/gu,
    (letter) => `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}`,
  );
  const response = await fetch(`${worker.url}/api/verify`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-case": given },
    body: JSON.stringify({ input, recipient_name: recipientName }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What is wrong with the Worker's answer. */
async function run(each) {
  const { status, headers, text } = await ask(each);
  const undecided = each.suffix === "indeterminate";
  const { reason, retry_after_s: wait } = each.expected;
  const body = JSON.parse(text);
  const found = undecided ? body.verification : body;
  if (found?.checks === undefined) return [text];
  const wrong = differences(each, found, { now_source: "system" });
  const expected = [
    undecided ? (STATUS[reason] ?? 502) : 200,
    `application/${undecided ? "problem+json" : "json"}`,
    wait === null ? null : String(wait),
    "no-store",
  ];
  const names = ["content-type", "retry-after", "cache-control"];
  const got = [status, ...names.map((name) => headers.get(name))];
  if (got.join() !== expected.join()) wrong.push(`answered ${got}, not ${expected}`);
  const asked = account.asked.get(each.name);
  const question = each.answer && each.answer.fault !== "refused";
  const wanted = question ? `GET /v1/credential/${found.subject.id}/view Bearer ${TOKEN}` : undefined;
  if (asked !== wanted) wrong.push(`asked ${asked}, not ${wanted}`);
  const told = [...headers].join("\n") + text;
  if (tellsAddress(each, told)) wrong.push(`the address is told: ${told}`);
  if (told.includes(TOKEN)) wrong.push(`the token is told: ${told}`);
  return wrong;
}

test("every case has its expected result, through the Worker", { timeout: 120_000 }, async () => {
  const queue = [...cases.values()];
  const wrong = [];
  const one = async () => {
    for (let each = queue.shift(); each; each = queue.shift()) {
      wrong.push(...(await run(each)).map((text) => `${each.name}: ${text}`));
    }
  };
  await Promise.all(Array.from({ length: 12 }, one));
  assert.deepEqual(wrong, []);
  assert.ok(account.asked.size >= 300, `the account was asked ${account.asked.size} times`);
});

test("logs the verdict of every case, and nothing of its credential", async () => {
  // The others go past the Worker, which keeps the log.
  const own = [...cases.values()].filter((each) => !isBeyond(each));
  const logged = await entriesOnce(worker, own.length);
  const tally = (all) =>
    all.map(({ outcome, verdict, reason }) => [outcome, verdict, reason].join(" ")).sort();
  assert.deepEqual(tally(logged), tally(own.map(({ expected }) => expected)));
  const log = worker.logs();
  for (const trace of [
    /larsson/i,
    /zo[eë]/i,
    /example\.(?:com|org)/i,
    /\/credential\//,
    /j4nDvaxF6/,
    /Demo[A-Z]/,
    TOKEN,
  ]) {
    assert.doesNotMatch(log, new RegExp(trace), String(trace));
  }
  assert.doesNotMatch(log, /Uncaught|\[ERROR\]|^\s+at /m);
});
