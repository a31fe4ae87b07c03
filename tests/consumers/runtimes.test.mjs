/** The packed package in runtimes, as a program that nobody bundled: Node 20 and the current LTS, Deno, Bun. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { project, run, VERDICTS } from "../support/consumers.mjs";
import { startSandbox } from "../support/processes.mjs";

const folder = project("runtimes");
let sandbox;
let environment;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  environment = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
});
after(() => sandbox?.stop());

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
}

test("they are the releases that they are said to be", async () => {
  const asked = (path) => run(folder, path, ["-p", "[process.version, process.release.lts]"]);
  assert.match(await asked("node-20/bin/node"), /'v20\./);
  assert.match(await asked("node-lts/bin/node"), /'v\d+\.\d+\.\d+', '\w+' \]/);
});
