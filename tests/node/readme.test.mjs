// The README's programs, run as they stand there against the sandbox.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox } from "../support/processes.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");

/** The program behind the mark `<!-- example: name -->`. */
const example = (name) => {
  const mark = `<!-- example: ${name} -->`;
  const at = readme.indexOf(mark);
  assert.ok(at >= 0, `the README has no example ${name}`);
  const code = /```js\n([\s\S]*?)```/.exec(readme.slice(at));
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

test("every program of the README is run here", () => {
  const marked = [...readme.matchAll(/<!-- example: (\w+) -->/g)].map((match) => match[1]);
  assert.deepEqual(marked.sort(), ["checker", "endpoint", "issuer", "list", "page", "tester", "webhook"]);
  assert.equal([...readme.matchAll(/^```js$/gm)].length, marked.length, "a program without a mark");
});

test("the issuer's program creates, publishes and verifies", async () => {
  assert.equal(await run(example("issuer")), "valid Rust 101\n");
});

test("the list's program issues once, however often it is run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "readme-"));
  try {
    const args = ["DemoGroup001", join(folder, "journal.ndjson")];
    await fetch(`${sandbox.url}/_sandbox/groups/DemoGroup001`, { method: "PUT", body: "{}" });
    const lines = async () => (await run(example("list"), args)).trim().split("\n").sort();
    assert.deepEqual(await lines(), ["0 issued ", "1 issued ", "2 issued"]);
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
