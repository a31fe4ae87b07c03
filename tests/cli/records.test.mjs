/** Tests `groups`, `credentials` and `account` as processes: output for people and programs, questions, exit codes. */
import assert from "node:assert/strict";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cli, folderWith, start } from "../support/cli.mjs";
import { startSandbox } from "../support/processes.mjs";

const UNPUBLISHED = "DemoUnpublished00000000000000006";
const VALID = "DemoValid00000000000000000000001";

let sandbox;
let env;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  env = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
});
after(() => sandbox?.stop());

test("account prints the account of the token", async () => {
  const { code, stdout } = await cli(["account"], { env });
  assert.match(stdout, /^name\t.+\nid\t.+\n$/);
  assert.equal(code, 0);
  const refused = await cli(["account"], { env: { ...env, HYPERSTACK_API_TOKEN: "wrong-token" } });
  assert.match(refused.stderr, /unauthorized\)\. Check the token/);
  assert.ok(!refused.stderr.includes("wrong-token"));
  assert.equal(refused.code, 1);
});

test("exits with 2 if there is no response", async () => {
  const { code, stderr } = await cli(["account", "--base-url", "http://127.0.0.1:9"], { env });
  assert.match(stderr, /^error: /);
  assert.equal(code, 2);
});

test("creates, views and lists groups", async () => {
  const options = [
    "--title",
    "Engines",
    "--description",
    "Two days",
    "--certificate-template",
    "T1",
    "--valid-years",
    "2",
  ];
  const created = await cli(["groups", "create", ...options, "--tags", "a", "b"], { env });
  assert.equal(created.code, 0, created.stderr);
  const [, key] = /^key\t(\w+)\n$/.exec(created.stdout);
  const viewed = await cli(["groups", "view", key], { env });
  assert.match(
    viewed.stdout,
    /^title\tEngines\ncode\t.*\ndescription\tTwo days\ntags\ta, b\nvalid_years\t2\n/,
  );
  const listed = await cli(["groups", "list"], { env });
  assert.ok(
    listed.stdout.split("\n").some((line) => line.startsWith(`${key}\tEngines\t`)),
    listed.stdout,
  );
  const found = await cli(["groups", "list", "--keyword", "Engines", "--json"], { env });
  assert.equal(JSON.parse(found.stdout.split("\n")[0]).group_key, key);
  const table = await cli(["groups", "list", "--keyword", "Engines"], {
    env: { ...env, NO_COLOR: "1" },
    terminal: true,
  });
  assert.match(table.stdout, new RegExp(`^key +title +code\\s+${key} +Engines`));
});

test("exits with 1 for an unknown group, and names missing options", async () => {
  const { code, stderr } = await cli(["groups", "view", "unknown"], { env });
  assert.match(stderr, /group_not_found/);
  assert.equal(code, 1);
  const missing = await cli(["groups", "create", "--title", "x"], { env });
  assert.match(missing.stderr, /--description <text>' not specified/);
  assert.equal(missing.code, 64);
});

test("views and searches credentials", async () => {
  const link = `https://hyperstack.id/credential/${VALID}`;
  const viewed = await cli(["credentials", "view", link], { env });
  assert.match(viewed.stdout, new RegExp(`^id\\t${VALID}\\nstatus\\tactive\\n`));
  const found = await cli(["credentials", "search", "--id", "Demo", "--limit", "2"], { env });
  assert.equal(found.stdout.trimEnd().split("\n").length, 2);
  const wrong = await cli(["credentials", "view", "short"], { env });
  assert.match(wrong.stderr, /“short” is not a credential link or id/);
  assert.equal(wrong.code, 64);
});

test("publish asks, and without a terminal needs --yes", async () => {
  const refused = await cli(["credentials", "publish", UNPUBLISHED], { env });
  assert.match(refused.stderr, /no terminal; add --yes/);
  assert.equal(refused.code, 64);
  const run = start(["credentials", "publish", UNPUBLISHED], { env, terminal: true });
  await run.shows(/Publish this draft\? Its recipient gets an e-mail\. \[y\/N\]/);
  run.child.stdin.write("n\r");
  assert.equal((await run.ended).code, 2);
  const published = await cli(["credentials", "publish", UNPUBLISHED, "--yes", "--wait"], { env });
  assert.deepEqual([published.stdout, published.code], [`published\t${UNPUBLISHED}\n`, 0], published.stderr);
  const again = await cli(["credentials", "publish", UNPUBLISHED, "--yes"], { env });
  assert.match(again.stdout, /^failed\t/);
  assert.equal(again.code, 1);
});

test("JSON cannot control the terminal, and keeps its text", async () => {
  const title = "Eng\u009b31mines \u202e\u0007";
  const response = await fetch(`${sandbox.url}/_sandbox/groups/Rehearsal001`, {
    method: "PUT",
    body: JSON.stringify({ title }),
  });
  assert.ok(response.ok);
  const { code, stdout } = await cli(["groups", "view", "Rehearsal001", "--json"], { env });
  assert.doesNotMatch(stdout.trimEnd(), /[\p{Cc}\u202e]/u);
  assert.equal(JSON.parse(stdout).title, title);
  assert.equal(code, 0);
});

test("a full disk behind standard output is exit code 73, without a stack", {
  skip: !existsSync("/dev/full"),
}, async () => {
  for (const args of [
    ["groups", "list"],
    ["verify", VALID],
  ]) {
    const { code, stderr } = await cli(args, { env, stdout: openSync("/dev/full", "w") });
    assert.equal(stderr, "error: standard output cannot be written: the disk is full.\n");
    assert.equal(code, 73);
  }
});

test("reads the token from the file that HYPERSTACK_API_TOKEN_FILE names", async (t) => {
  const file = join(folderWith(t, { token: `${sandbox.token}\n` }), "token");
  const { HYPERSTACK_API_BASE } = env;
  const found = await cli(["account"], { env: { HYPERSTACK_API_BASE, HYPERSTACK_API_TOKEN_FILE: file } });
  assert.equal(found.code, 0, found.stderr);
  const missing = await cli(["account"], {
    env: { HYPERSTACK_API_BASE, HYPERSTACK_API_TOKEN_FILE: "/nowhere" },
  });
  assert.match(missing.stderr, /HYPERSTACK_API_TOKEN_FILE: \/nowhere cannot be read/);
  assert.equal(missing.code, 66);
});
