/** The sandbox answers as `openapi.yaml` describes: schemathesis makes requests of the document, good and bad ones. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { steer } from "../support/control.mjs";
import { operations, read } from "../support/openapi.mjs";
import { startSandbox } from "../support/processes.mjs";
import { asTheSandboxAnswers } from "./sandbox-document.mjs";

const config = fileURLToPath(new URL("schemathesis.toml", import.meta.url));

let folder;
let sandbox;
let control;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "hyperstack-contract-"));
  sandbox = await startSandbox();
  control = steer(sandbox);
});
after(async () => {
  await sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Plants what the document's examples name, so that they are answered with more than 404. */
async function plant() {
  await control.reset();
  for (const key of ["GcI6H5b66a3v", "SBXCmfk47u5y", "unique_group_id_12345"]) await control.group(key, {});
  await control.credential({ group_key: "SBXCmfk47u5y" }, "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx");
}

/** Runs schemathesis; gives its exit code, what it printed and its report. */
async function schemathesis(document, args = []) {
  const file = join(folder, "openapi.json");
  const report = join(folder, "report.json");
  writeFileSync(file, JSON.stringify(document));
  const python = process.env.SCHEMATHESIS_PYTHON;
  assert.ok(
    python,
    "SCHEMATHESIS_PYTHON names the Python that has it; cargo xtask test --only test-contract sets it",
  );
  const child = spawn(
    python,
    [
      "-m",
      "schemathesis.cli",
      "--config-file",
      config,
      "run",
      file,
      "--url",
      sandbox.url,
      "--report-json-path",
      report,
      ...args,
    ],
    {
      cwd: folder,
      env: { ...process.env, HYPERSTACK_SANDBOX_TOKEN: sandbox.token, NO_COLOR: "1", PYTHONUTF8: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      output += text;
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, output, report: JSON.parse(readFileSync(report, "utf8")) };
}

/** What schemathesis found, by its codes, each once. */
const codes = ({ report }) => [...new Set(report.failures.map(({ code }) => code))].sort();

test("the sandbox passes every check", async () => {
  await plant();
  const run = await schemathesis(asTheSandboxAnswers(read()));
  assert.deepEqual([run.code, codes(run)], [0, []], run.output);
  const { report } = run;
  assert.deepEqual(report.operations, {
    ...report.operations,
    total: operations(read()).length,
    tested: operations(read()).length,
  });
  for (const [phase, { status }] of Object.entries(report.phases)) assert.equal(status, "success", phase);
  for (const { id, method, template } of operations(read())) {
    const accepted = Object.values(report.valid_rates[`${method} ${template}`]).map(
      (phase) => phase.accepted,
    );
    // Drafts come from the phase that follows the links, which is not counted here.
    if (id !== "publish_credential") {
      assert.ok(
        accepted.some((count) => count > 0),
        `no request to ${id} was accepted`,
      );
    }
  }
});

// The proof that the test above can fail.
for (const [what, id, answer, found] of [
  ["an answer without what is required", "authenticate", { body: '{"success":true}' }, "ST108"],
  ["a status that is not documented", "view_group", { status: 202, body: '{"success":true}' }, "ST103"],
  ["a server error", "list_credentials", { status: 500, body: '{"success":false,"error":"x"}' }, "ST101"],
  [
    "asking for no token",
    "authenticate",
    { body: '{"success":true,"message":"m","account_name":"n","account_id":"i"}' },
    "ST401",
  ],
  [
    "taking what is forbidden",
    "webhook_subscribe",
    { body: '{"success":true,"message":"Webhook updated successfully"}' },
    "ST201",
  ],
]) {
  test(`${what} is found`, async () => {
    await plant();
    await control.script({ ...answer, times: 100_000 });
    const run = await schemathesis(asTheSandboxAnswers(read()), [
      ...["--include-operation-id", id, "--phases", "examples,coverage"],
    ]);
    assert.equal(run.code, 1, run.output);
    assert.ok(codes(run).includes(found), `${codes(run)}\n${run.output}`);
  });
}
