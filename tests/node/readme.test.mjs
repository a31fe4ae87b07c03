// The programs of the READMEs and of docs/*.md, run as they stand there against the sandbox.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { documents, example, programsOf } from "../support/documents.mjs";
import { startProgram, startSandbox } from "../support/processes.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
let sandbox;
before(async () => {
  sandbox = await startSandbox({ seed: "demo", token: "sandbox-token" });
});
after(() => sandbox.stop());

const environment = () => ({
  ...process.env,
  HYPERSTACK_API_TOKEN: "sandbox-token",
  HYPERSTACK_API_BASE: sandbox.url,
});

/** Runs a program as a file of its own would run; gives its output. */
const run = (code, args = [], env = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-", ...args], {
      cwd: root,
      env: { ...environment(), ...env },
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`exit ${code}: ${errors}`)),
    );
    child.stdin.end(code);
  });

/** A program as a `data:` module, which has no folder to find packages from. */
const resolved = (code) =>
  code.replace(/(?<=^import .* from )"(.*)"/gm, (_, name) => JSON.stringify(import.meta.resolve(name)));

test("runs every program of the documents", () => {
  const marked = {};
  for (const [path, its] of documents) {
    const names = programsOf(path, its).map(({ name, line }) => name ?? `the program in line ${line}`);
    assert.equal(
      its.match(/<!-- example: /g)?.length ?? 0,
      names.length,
      `${path}: a mark without a program`,
    );
    if (names.length > 0) marked[path] = names.sort();
  }
  assert.deepEqual(marked, {
    // tests/consumers/workerd.test.mjs also runs "worker" in workerd.
    "README.md": ["first", "worker"],
    "docs/deploying.md": ["receiptkey"],
    // By tests/element, in a browser.
    "docs/element.md": ["element"],
    "docs/errors.md": ["handle"],
    "docs/exports.md": ["exports"],
    "docs/getting-started.md": ["issuer"],
    "docs/issuing.md": ["list"],
    "docs/retries.md": ["observer", "since"],
    "docs/testing.md": ["tester"],
    // "deno" is run by tests/consumers/runtimes.test.mjs, where there is a Deno.
    "docs/verify-service.md": ["accounts", "deno", "hono", "node", "receipts"],
    "docs/verifying.md": ["checker", "page"],
    "docs/webhooks.md": ["webhook"],
    "pkg-template/README.md": ["integrity", "short"],
  });
});

test("the README's first program verifies", async () => {
  assert.match(await run(example("first")), /^Verified: \w.*\n$/);
});

test("the issuer's program creates, publishes and verifies", async () => {
  assert.equal(await run(example("issuer")), "valid Rust 101\n");
});

test("the package's programs verify, and load the wasm from another address", async () => {
  const link = "https://hyperstack.id/credential/DemoValid00000000000000000000001";
  assert.match(await run(example("short"), [link]), /\w/);
  await assert.rejects(run(example("short"), [link.replace("Valid0", "Revoked")]), /not_verified/);
  // Node's fetch knows no paths: this one gives the file, and nothing else than what is asked for in whole.
  const site = `
    const { readFile } = await import("node:fs/promises");
    globalThis.fetch = async (path, { integrity }) => {
      if (path !== "/assets/hyperstack.wasm" || !/^sha384-/.test(integrity)) throw new Error("asked otherwise");
      const bytes = await readFile("pkg/dist/hyperstack_credentials_bg.wasm");
      return new Response(bytes, { headers: { "content-type": "application/wasm" } });
    };
  `;
  const then = 'console.log("loaded");';
  const program = example("integrity").replace(/^import (.*) from (.*);$/gm, "const $1 = await import($2);");
  assert.equal(await run(`${site}${program}${then}`), "loaded\n");
});

test("the list's program issues once, in several runs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "readme-"));
  try {
    const args = ["DemoGroup001", join(folder, "journal.ndjson")];
    await fetch(`${sandbox.url}/_sandbox/groups/DemoGroup001`, { method: "PUT", body: "{}" });
    // In the order in which they end.
    const lines = async () =>
      (await run(example("list"), args))
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean)
        .sort();
    assert.deepEqual(await lines(), ["0 issued", "1 issued", "2 issued"]);
    // What two crashes cut off is not left between the entries.
    for (const cut of ['\n{"key":"0', '\n{"key":"12","lane":"3']) {
      appendFileSync(args[1], cut);
      assert.deepEqual(await lines(), ["0 skipped done", "1 skipped done", "2 skipped done"]);
      assert.ok(!readFileSync(args[1], "utf8").includes(cut));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the checker's program prints a verdict for every link", async () => {
  const link = "https://hyperstack.id/credential/DemoRevoked000000000000000000005";
  const output = await run(example("checker"), [
    `${link}?view=recipient`,
    "http://x",
    "DemoValid00000000000000000000001",
  ]);
  assert.equal(
    output,
    `revoked\t${link}\nmalformed_input\t(no credential link)\n` +
      "valid\thttps://hyperstack.id/credential/DemoValid00000000000000000000001\n",
  );
});

test("the exporter's program exports a valid credential in three forms, and no other", async () => {
  const link = "https://hyperstack.id/credential/DemoValid00000000000000000000001";
  const [url, ...rest] = (await run(example("exports"), [link])).trim().split("\n");
  assert.match(url, /^https:\/\/www\.linkedin\.com\/profile\/add\?.*&certId=DemoValid/);
  const [, markup] = /^<script type="application\/ld\+json">([\s\S]*)<\/script>$/m.exec(rest.join("\n"));
  assert.equal(JSON.parse(markup).url, link);
  assert.equal(rest.at(-1), "false id achievement.description");
  await assert.rejects(run(example("exports"), [link.replace("Valid0", "Revoked")]), /not_verified/);
});

test("the tester's program sees a retry and the state it set", async () => {
  assert.equal(await run(example("tester")), "revoked 2\nrevoked\n");
});

test("the page's program shows the response of the Worker's program", async () => {
  // A page is more than Node has: just the elements that the program touches, and a fetch that reaches the endpoint.
  const harness = `
    const elements = { form: new EventTarget(), "#link": { value: "" }, output: { textContent: "" } };
    globalThis.document = { querySelector: (selector) => elements[selector] };
    const worker = await import("data:text/javascript," + encodeURIComponent(process.argv[2]));
    const fetch = globalThis.fetch;
    globalThis.fetch = (url, init) =>
      url === "/api/verify"
        ? worker.default.fetch(new Request("https://verify.example/api/verify", init), process.env)
        : fetch(url, init);
    await import("data:text/javascript," + encodeURIComponent(process.argv[3]));
    for (const id of ["DemoValid00000000000000000000001", "DemoExpired000000000000000000003"]) {
      elements["#link"].value = "https://hyperstack.id/credential/" + id;
      elements.output.textContent = "";
      elements.form.dispatchEvent(new Event("submit"));
      while (elements.output.textContent === "") await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(elements.output.textContent);
    }`;
  const output = await run(harness, [resolved(example("worker")), resolved(example("page"))]);
  const lines = output.trim().split("\n");
  assert.match(lines[0], /^Valid, says the issuer's account at \d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.equal(lines[1], "Not verified: expired");
  assert.equal(lines.length, 2);
});

test("the service's program for several accounts names the issuer", async () => {
  const args = ["DemoValid00000000000000000000001", "Unknown0000000000000000000000001", "text"];
  const tokens = (ACADEMY_TOKEN, LABS_TOKEN) => run(example("accounts"), args, { ACADEMY_TOKEN, LABS_TOKEN });
  assert.equal(
    await tokens("sandbox-token", "sandbox-token"),
    "valid Acme Academy\nnot_found_in_account Acme\nmalformed_input Acme\n",
  );
  assert.equal(
    await tokens("another-token", "sandbox-token"),
    "valid Acme Labs\nunauthorized Acme Academy\nmalformed_input Acme\n",
  );
});

test("the service's program with receipts returns one that verifies", async () => {
  assert.equal(await run(example("receipts")), "revoked true\n");
});

test("the service's program in Hono responds, and allows listed origins", async () => {
  const harness = `
    const app = (await import("data:text/javascript," + encodeURIComponent(process.argv[2]))).default;
    const ask = (path, init) => app.fetch(new Request("https://verify.example" + path, init));
    const origin = "https://acme.example";
    const headers = { "content-type": "application/json", origin };
    const body = JSON.stringify({ input: "DemoValid00000000000000000000001" });
    const answer = await ask("/api/verify", { method: "POST", headers, body });
    console.log(answer.status, (await answer.json()).verdict, answer.headers.get("access-control-allow-origin"));
    console.log((await ask("/api/verify", { method: "OPTIONS", headers: { origin } })).status);
    console.log((await ask("/api/verify")).status, (await ask("/else")).status);`;
  assert.equal(
    await run(harness, [resolved(example("hono"))]),
    "200 valid https://acme.example\n204\n405 404\n",
  );
});

test("the service's program for node:http responds", async () => {
  const server = await startProgram(
    "node",
    process.execPath,
    ["--input-type=module", "-e", example("node")],
    {
      env: { ...environment(), PORT: "0" },
      ready: (logs) => /^listening .*\bport: (\d+)/m.exec(logs)?.[1],
    },
  );
  try {
    const address = `http://127.0.0.1:${server.found}/api/verify`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ input: "DemoValid00000000000000000000001" });
    const answer = await fetch(address, { method: "POST", headers, body });
    assert.deepEqual([answer.status, (await answer.json()).verdict], [200, "valid"]);
    assert.equal((await fetch(address)).status, 405);
    assert.equal((await fetch(`${address}/x`)).status, 404);
  } finally {
    await server.stop();
  }
});

test("the receiver's program confirms deliveries and refuses anything else", async () => {
  const harness = `
    const receiver = (await import("data:text/javascript," + encodeURIComponent(process.argv[2]))).default;
    for (const body of process.argv.slice(3)) {
      const work = [];
      const request = new Request("https://receiver.example", { method: "POST", body: new TextEncoder().encode(body) });
      const response = await receiver.fetch(request, process.env, { waitUntil: (promise) => work.push(promise) });
      console.log(response.status, await response.text());
      await Promise.all(work);
    }`;
  const deliveries = ["DemoValid00000000000000000000001", "Unknown0000000000000000000000001"].map((id) =>
    JSON.stringify({ event: "credential.issued", data: { document_id: id } }),
  );
  const output = await run(harness, [resolved(example("webhook")), ...deliveries, "<html>"]);
  assert.equal(
    output,
    "202 \nissued DemoValid00000000000000000000001\n202 \nignored not_in_account\n400 bad_json\n",
  );
});

test("the program for a receipt key creates one that signs", async () => {
  const { importReceiptKey } = await import("../../pkg/dist/index.js");
  const { key, kid } = await importReceiptKey(await run(example("receiptkey")));
  assert.deepEqual([key.type, kid], ["private", "2026-11"]);
});

/** A group of a test's own. */
const group = async (key) => {
  await fetch(`${sandbox.url}/_sandbox/groups/${key}`, { method: "PUT", body: "{}" });
  return key;
};
const script = (steps) =>
  fetch(`${sandbox.url}/_sandbox/script`, { method: "POST", body: JSON.stringify(steps) });

test("the program for errors distinguishes them", async () => {
  const key = await group("ErrorsGroup1");
  const create = { match: { path_prefix: "/v1/credentials/new" } };
  const lines = async (key) => (await run(example("handle"), [key])).trim().split("\n");
  const wrong = "wrong: recipient.name not_blank, recipient.email email";
  assert.deepEqual(await lines(key), ["issued", "has one already", wrong]);
  assert.deepEqual(await lines("NoSuchGroup1"), ["stop: group_not_found", "stop: group_not_found", wrong]);
  // The first answer is lost; the second item is refused for longer than is waited.
  await script([
    { ...create, apply: true, cut: "before_headers" },
    { ...create, status: 429, headers: { "retry-after": "90" } },
  ]);
  const [first, second] = await lines(await group("ErrorsGroup2"));
  assert.match(first, /^issued, found again as \w{32}$/);
  assert.equal(second, "later, in 90 s");
  await script([{ ...create, status: 500, body: "{}" }]);
  assert.equal((await lines(await group("ErrorsGroup3")))[0], "look into it: ServerError server_error");
});

test("the program that resumes after a crash creates one draft", async () => {
  const folder = mkdtempSync(join(tmpdir(), "since-"));
  try {
    const args = [await group("SinceGroup01"), join(folder, "begun")];
    const [id, what] = (await run(example("since"), args)).trim().split(/ (.*)/);
    assert.equal(what, "new");
    assert.equal(await run(example("since"), args), `${id} was there already\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the observer's program logs every step of a call as one line of JSON", async () => {
  await script([{ status: 503, body: "{}" }]);
  const output = await run(example("observer"), ["DemoValid00000000000000000000001"]);
  const lines = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ level, message, call, operation, attempt }) => [level, message, call, operation, attempt]),
    [
      ["debug", "request", 1, "credentials.view", 1],
      ["debug", "response", 1, "credentials.view", 1],
      ["warn", "retry", 1, "credentials.view", 1],
      ["debug", "request", 1, "credentials.view", 2],
      ["debug", "response", 1, "credentials.view", 2],
    ],
  );
  await assert.rejects(run(example("observer"), ["Unknown0000000000000000000000001"]), /^Error: exit 1: $/);
});
