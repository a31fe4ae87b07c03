/** The packed package in runtimes, as a program that nobody bundled: Node 20 and the current LTS, Deno, Bun. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { project, run, toolEnvironment, VERDICTS } from "../support/consumers.mjs";
import { documents, example, programs } from "../support/documents.mjs";
import { startProgram, startSandbox } from "../support/processes.mjs";
import { RECEIPT } from "./shared/receipts.js";

const folder = project("runtimes");
const VALID = "DemoValid00000000000000000000001";
let sandbox;
let environment;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  environment = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
});
after(() => sandbox?.stop());

const COMMAND_LINE = "node_modules/hyperstack-credentials/dist/cli.js";
const GROUP = "Rehearsal001";

const deno = ["run", "--allow-env", "--allow-net=127.0.0.1", "--allow-read=."];
for (const [name, path, args] of [
  ["Node 20", "node-20/bin/node", []],
  ["Node, current LTS", "node-lts/bin/node", []],
  ["Deno", ".bin/deno", deno],
  ["Bun", ".bin/bun", []],
]) {
  for (const file of ["program.js", "program.cjs", "external.js"]) {
    test(`${name}: ${file}`, async () => {
      assert.equal((await run(folder, path, [...args, file], environment)).trim(), VERDICTS);
    });
  }
  test(`${name}: the command line verifies a link`, async () => {
    const printed = await run(folder, path, [...args, COMMAND_LINE, "verify", VALID], environment);
    assert.match(printed, new RegExp(`^verified\\tvalid\\t${VALID}\\t`));
  });
  test(`${name}: the command line issues to a list once`, async (t) => {
    const place = mkdtempSync(join(folder, "list-"));
    t.after(() => rmSync(place, { recursive: true }));
    const title = JSON.stringify({ title: "Analytical Engines" });
    await fetch(`${sandbox.url}/_sandbox/groups/${GROUP}`, { method: "PUT", body: title });
    const list = join(place, "list.csv");
    const address = name.replace(/\W/g, "");
    writeFileSync(list, `name;email\r\nZoë;zoe@${address}.example\r\nAda;ada@${address}.example\r\n`);
    const report = join(place, "report.csv");
    const options = ["--group", GROUP, "--yes", "--report", report];
    const writing = name === "Deno" ? [...args, "--allow-write=."] : args;
    const issue = () => run(folder, path, [...writing, COMMAND_LINE, "issue", list, ...options], environment);
    assert.match(await issue(), /^issued 2, exists 0, failed 0/);
    assert.doesNotMatch(readFileSync(report, "utf8"), /by the journal/);
    assert.match(await issue(), /^issued 2, exists 0, failed 0/);
    assert.match(readFileSync(report, "utf8"), /by the journal/);
  });
  test(`${name}: signs and verifies a receipt`, async () => {
    assert.equal((await run(folder, path, [...args, "receipts.js"], environment)).trim(), RECEIPT);
  });
}

test("the runtimes have the stated versions", async () => {
  const asked = (path) => run(folder, path, ["-p", "[process.version, process.release.lts]"]);
  assert.match(await asked("node-20/bin/node"), /'v20\./);
  assert.match(await asked("node-lts/bin/node"), /'v\d+\.\d+\.\d+', '\w+' \]/);
});

/** npm asks the registry for the optional peers, and by default waits five minutes for a response that does not come. */
const QUICK_NPM = {
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_fetch_timeout: "20000",
  npm_config_fetch_retry_mintimeout: "1000",
};

test("the README's commands and first program lead from an empty folder to a verified link", async () => {
  const commands = [...documents.get("README.md").matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
    ([, lines]) => lines,
  );
  const [install] = /^npm install .*$/m.exec(commands[0]);
  const start = commands[1]
    .replace("http://127.0.0.1:8790", sandbox.url)
    .replace("sandbox-token", sandbox.token);
  const place = mkdtempSync(join(tmpdir(), "newcomer-"));
  try {
    const clone = join(place, "clone");
    const tarball = process.env.HYPERSTACK_TARBALL;
    mkdirSync(join(clone, "target/package"), { recursive: true });
    cpSync(tarball, join(clone, "target/package", basename(tarball)));
    const shell = async (lines) => {
      const options = {
        cwd: clone,
        env: toolEnvironment(QUICK_NPM),
      };
      return (await promisify(execFile)("bash", ["-euc", lines], options)).stdout;
    };
    await shell(install);
    writeFileSync(join(place, "try/verify.mjs"), programs.find(({ name }) => name === "first").code);
    assert.match(await shell(start), /^Verified: \w.*\n$/);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test("Deno: the program of docs/verify-service.md responds", async () => {
  writeFileSync(join(folder, "service.js"), example("deno"));
  const listen = ["run", "--allow-env", "--allow-net=127.0.0.1,0.0.0.0", "--allow-read=."];
  const server = await startProgram(
    "deno",
    join(folder, "node_modules/.bin/deno"),
    [...listen, "service.js"],
    {
      cwd: folder,
      env: toolEnvironment({ ...environment, PORT: "0" }),
      ready: (logs) => /^Listening on http:\/\/\S+?:(\d+)/m.exec(logs)?.[1],
    },
  );
  try {
    const address = `http://127.0.0.1:${server.found}`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ input: "DemoRevoked000000000000000000005" });
    const answer = await fetch(`${address}/api/verify`, { method: "POST", headers, body });
    assert.deepEqual([answer.status, (await answer.json()).verdict], [200, "revoked"]);
    assert.equal((await fetch(`${address}/api/verify`)).status, 405);
    assert.equal((await fetch(address)).status, 404);
  } finally {
    await server.stop();
  }
});
