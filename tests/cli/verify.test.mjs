/** Tests `verify` as a process: lists, output for people and programs, exit codes, wrong use. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cli, folderWith, start } from "../support/cli.mjs";
import { startSandbox } from "../support/processes.mjs";

const VALID = "https://hyperstack.id/credential/DemoValid00000000000000000000001";
const REVOKED = "https://hyperstack.id/credential/DemoRevoked000000000000000000005";
const UNCHECKED = "https://hyperstack.id/credential/DemoIndeterminate000000000000008";
const GREEN = "\x1b[32m";

let sandbox;
let env;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  env = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
});
after(() => sandbox?.stop());

/** Outcome and verdict of every line. */
const outcomes = (stdout) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t").slice(0, 3));

test("prints one line per link, in the order of the input", async () => {
  const { code, stdout, stderr } = await cli(["verify", REVOKED, VALID], { env });
  assert.deepEqual(outcomes(stdout), [
    ["not_verified", "revoked", REVOKED],
    ["verified", "valid", VALID],
  ]);
  assert.deepEqual([code, stderr], [1, ""]);
});

for (const [links, exitCode] of [
  [[VALID], 0],
  [[VALID, REVOKED], 1],
  [["nonsense"], 1],
  [[UNCHECKED, REVOKED, VALID], 2],
]) {
  test(`exit code ${exitCode} for ${links.length} links, the last ${links.at(-1).slice(-12)}`, async () => {
    assert.equal((await cli(["verify", ...links], { env })).code, exitCode);
  });
}

for (const [name, content, args] of [
  ["one link per line", `${VALID}\r\n\r\n${REVOKED}\r\n`, []],
  ["CSV with a heading", `Name;Link\n"Ada; Countess";${VALID}\nZoë;${REVOKED}\n`, []],
  ["CSV without headings", `Ada,${VALID}\nZoë,${REVOKED}\n`, []],
  ["a column by name", `URL,Certificate\nx,${VALID}\ny,${REVOKED}\n`, ["--column", "certificate"]],
  [
    "UTF-16 with a mark and tabs",
    Buffer.from(`\ufeffName\tURL\r\nZoë\t${VALID}\r\nAda\t${REVOKED}\r\n`, "utf16le"),
    [],
  ],
]) {
  test(`reads a list: ${name}`, async (t) => {
    const folder = folderWith(t, { "list.csv": content });
    const fromFile = await cli(["verify", "--file", join(folder, "list.csv"), ...args], { env });
    assert.deepEqual(outcomes(fromFile.stdout), [
      ["verified", "valid", VALID],
      ["not_verified", "revoked", REVOKED],
    ]);
    const fromPipe = await cli(["verify", "-", ...args], { env, input: content });
    assert.equal(fromPipe.stdout, fromFile.stdout);
  });
}

test("--json prints the whole verification with its line, one object per line", async () => {
  const { stdout } = await cli(["verify", "-", "--json"], { env, input: `${VALID}\n\n${REVOKED}\n` });
  const results = stdout.trimEnd().split("\n").map(JSON.parse);
  assert.deepEqual(
    results.map(({ input, line, verdict, checks }) => [input, line, verdict, checks.length]),
    [
      [VALID, 1, "valid", 13],
      [REVOKED, 3, "revoked", 13],
    ],
  );
});

test("uses colours on a terminal, unless NO_COLOR is set", async () => {
  const colored = await cli(["verify", VALID], { env, terminal: true });
  assert.ok(colored.stdout.startsWith(`${GREEN}verified`));
  assert.equal(colored.code, 0);
  const plain = await cli(["verify", VALID], { env: { ...env, NO_COLOR: "1" }, terminal: true });
  assert.match(plain.stdout, /^verified +valid/);
});

test("input cannot control the terminal", async () => {
  const { stdout } = await cli(["verify", "\x1b[31mhttps://hyperstack.id/\u202e"], { env, terminal: true });
  assert.ok(!stdout.includes("\x1b[31mhttps") && !stdout.includes("\u202e"));
});

test("does not report success if its reader ends early", async () => {
  const list = `${VALID}\n`.repeat(400);
  const { child, ended } = start(["verify", "-"], { env });
  child.stdin.end(list);
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr], [2, ""]);
});

test("keeps a comma inside a link", async () => {
  const withComma = `${VALID}?a=1,2`;
  const { stdout } = await cli(["verify", "-"], { env, input: `${withComma}\n${REVOKED}\n` });
  assert.deepEqual(
    outcomes(stdout).map(([, , link]) => link),
    [withComma, REVOKED],
  );
});

test("refuses a list without a link, and reports a row without one", async () => {
  const none = await cli(["verify", "-"], { env, input: "Name;Link\n" });
  assert.deepEqual([none.code, none.stdout], [65, ""]);
  assert.match(none.stderr, /has headings and no links/);
  const { code, stdout } = await cli(["verify", "-"], { env, input: `Name;Link\nAda;${VALID}\nZoë;\n` });
  assert.deepEqual(
    outcomes(stdout).map(([outcome, verdict]) => `${outcome} ${verdict}`),
    ["verified valid", "not_verified malformed_input"],
  );
  assert.equal(code, 1);
});

for (const [name, args, exitCode, message] of [
  ["no link", ["verify"], 64, /at least one link, --file list\.csv/],
  ["links and a file", ["verify", VALID, "--file", "x"], 64, /--file and links exclude each other/],
  ["an unknown option", ["verify", "--jsn", VALID], 64, /unknown option '--jsn'[\s\S]*--json/],
  ["a number out of range", ["verify", VALID, "--concurrency", "0"], 64, /--concurrency[\s\S]*from 1 to 100/],
  ["a token as an argument", ["verify", VALID, "--token", "secret"], 64, /--token-file FILE/],
  ["a token as an argument, joined", ["verify", VALID, "--token=secret"], 64, /--token-file FILE/],
  ["an unknown command", ["verfy"], 64, /Did you mean verify\?/],
  ["no command", [], 64, /Usage: hyperstack-credentials/],
  [
    "a missing list",
    ["verify", "--file", "/nowhere.csv"],
    66,
    /\/nowhere\.csv cannot be read: there is no such file/,
  ],
  ["a missing token file", ["verify", VALID, "--token-file", "/nowhere"], 66, /--token-file: \/nowhere/],
  [
    "a base URL without https",
    ["verify", VALID, "--base-url", "http://example.com"],
    64,
    /--base-url .*https/,
  ],
]) {
  test(`refuses ${name}`, async () => {
    const { code, stdout, stderr } = await cli(args, { env });
    assert.match(stderr, message);
    assert.ok(!stderr.includes("secret"));
    assert.deepEqual([code, stdout], [exitCode, ""]);
  });
}

test("reports a missing token and where to set it", async () => {
  const { code, stderr } = await cli(["verify", VALID]);
  assert.match(stderr, /HYPERSTACK_API_TOKEN.*--token-file/);
  assert.equal(code, 64);
});

test("reads the token from a file and never prints it", async (t) => {
  const folder = folderWith(t, { token: `\ufeff${sandbox.token}\r\n`, wrong: "wrong-token" });
  const { HYPERSTACK_API_BASE } = env;
  const run = (file) =>
    cli(["verify", VALID, "--token-file", join(folder, file)], { env: { HYPERSTACK_API_BASE } });
  assert.equal((await run("token")).code, 0);
  const refused = await run("wrong");
  assert.deepEqual(outcomes(refused.stdout), [["indeterminate", "unauthorized", VALID]]);
  assert.ok(!(refused.stdout + refused.stderr).includes("wrong-token"));
});

for (const [name, content, place] of [
  [
    "Windows-1252",
    Buffer.from("link\r\nJos\xe9;x\r\n", "latin1"),
    /line 2, column 4 \(byte 9\): this is not UTF-8.*CSV UTF-8/,
  ],
  ["a quotation mark that is not closed", 'a;b\n\n"x;y\nz;1\n', /line 3, column 1 \(byte 5\).*never closed/],
  ["text after a quotation mark", 'a;b\nq;"x"y\n', /line 2, column 3 \(byte 6\): something follows/],
  ["a workbook", Buffer.from("PK\x03\x04abc"), /Excel workbook/],
  ["UTF-16 without a mark", Buffer.from("link\n", "utf16le"), /line 1, column 2 \(byte 1\): a NUL character/],
  ["no column of links", "a,b\n1,2\n", /Name the column with --column; the headings: "a", "b"/],
]) {
  test(`gives the position of an error in a list: ${name}`, async (t) => {
    const folder = folderWith(t, { "list.csv": content });
    const { code, stdout, stderr } = await cli(["verify", "--file", join(folder, "list.csv")], { env });
    assert.match(stderr, place);
    assert.deepEqual([code, stdout], [65, ""]);
  });
}
