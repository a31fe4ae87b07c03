// The programs of the READMEs and of docs/*.md, run as they stand there against the sandbox.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox } from "../support/processes.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const DOCUMENTS = [
  "README.md",
  "pkg-template/README.md",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
].filter((path) => path.endsWith(".md"));
const documents = new Map(DOCUMENTS.map((path) => [path, readFileSync(join(root, path), "utf8")]));
const text = [...documents.values()].join("\n");

/** The program behind the mark `<!-- example: name -->`, whichever document it stands in. */
const example = (name) => {
  const mark = `<!-- example: ${name} -->`;
  const at = text.indexOf(mark);
  assert.ok(at >= 0, `there is no example ${name}`);
  const code = /```js\n([\s\S]*?)```/.exec(text.slice(at));
  assert.ok(code, `the example ${name} has no program`);
  return code[1];
};

let sandbox;
before(async () => {
  sandbox = await startSandbox({ seed: "demo", token: "sandbox-token" });
});
after(() => sandbox.stop());

/** Runs a program as a file of its own would run; gives its output. */
const run = (code, args = []) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-", ...args], {
      cwd: root,
      env: { ...process.env, HYPERSTACK_API_TOKEN: "sandbox-token", HYPERSTACK_API_BASE: sandbox.url },
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
  code.replace(
    '"hyperstack-credentials"',
    JSON.stringify(new URL("../../pkg/dist/index.js", import.meta.url).href),
  );

test("every program of the documents is run here", () => {
  const marked = {};
  for (const [path, its] of documents) {
    const names = [...its.matchAll(/<!-- example: (\w+) -->/g)].map((match) => match[1]);
    assert.equal(
      [...its.matchAll(/^ *```(?:js|javascript|ts|typescript)\b/gm)].length,
      names.length,
      `${path}: a program without a mark`,
    );
    if (names.length > 0) marked[path] = names.sort();
  }
  assert.deepEqual(marked, {
    "README.md": ["checker", "endpoint", "issuer", "list", "page", "tester", "webhook"],
    "docs/errors.md": ["handle"],
    "docs/exports.md": ["exports"],
    "docs/retries.md": ["observer", "since"],
    "pkg-template/README.md": ["integrity", "short"],
  });
});

test("the issuer's program creates, publishes and verifies", async () => {
  assert.equal(await run(example("issuer")), "valid Rust 101\n");
});

test("the package's programs verify, and load the wasm from an address of one's own", async () => {
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

test("the list's program issues once, however often it is run", async () => {
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
    assert.deepEqual(await lines(), ["0 skipped done", "1 skipped done", "2 skipped done"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the checker's program answers for every link", async () => {
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

test("the exporter's program makes all three of a valid credential, and none of another", async () => {
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

test("the page's program shows what the endpoint's program answers", async () => {
  // A page is more than Node has: just the elements that the program touches, and a fetch that reaches the endpoint.
  const harness = `
    const elements = { form: new EventTarget(), "#link": { value: "" }, output: { textContent: "" } };
    globalThis.document = { querySelector: (selector) => elements[selector] };
    const endpoint = await import("data:text/javascript," + encodeURIComponent(process.argv[2]));
    const fetch = globalThis.fetch;
    globalThis.fetch = (url, init) =>
      url === "/api/verify" ? endpoint.default.fetch(new Request("https://verify.example/api/verify", init)) : fetch(url, init);
    await import("data:text/javascript," + encodeURIComponent(process.argv[3]));
    for (const id of ["DemoValid00000000000000000000001", "DemoExpired000000000000000000003"]) {
      elements["#link"].value = "https://hyperstack.id/credential/" + id;
      elements.output.textContent = "";
      elements.form.dispatchEvent(new Event("submit"));
      while (elements.output.textContent === "") await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(elements.output.textContent);
    }`;
  const output = await run(harness, [resolved(example("endpoint")), resolved(example("page"))]);
  const lines = output
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("{"));
  assert.match(lines[0], /^Valid, says the issuer's account at \d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.equal(lines[1], "Not verified: expired");
  assert.equal(lines.length, 2);
});

test("the receiver's program confirms what is so, and refuses what is no delivery", async () => {
  const harness = `
    const receiver = (await import("data:text/javascript," + encodeURIComponent(process.argv[2]))).default;
    for (const body of process.argv.slice(3)) {
      const work = [];
      const request = new Request("https://receiver.example", { method: "POST", body: new TextEncoder().encode(body) });
      const response = await receiver.fetch(request, {}, { waitUntil: (promise) => work.push(promise) });
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

/** A group of a test's own. */
const group = async (key) => {
  await fetch(`${sandbox.url}/_sandbox/groups/${key}`, { method: "PUT", body: "{}" });
  return key;
};
const script = (steps) =>
  fetch(`${sandbox.url}/_sandbox/script`, { method: "POST", body: JSON.stringify(steps) });

test("the program that handles errors tells them apart", async () => {
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

test("the program that goes on after a crash makes one draft", async () => {
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
