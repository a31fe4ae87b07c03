/** Tests `--help`, `--version` and completion, and that docs/cli.md lists every command, option and exit code of the help. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cli } from "../support/cli.mjs";

const COMMANDS = [
  ["verify"],
  ["issue"],
  ["groups", "list"],
  ["groups", "create"],
  ["groups", "view"],
  ["credentials", "view"],
  ["credentials", "publish"],
  ["credentials", "search"],
  ["account"],
  ["complete"],
];
const documented = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
const sectionOf = (command) =>
  documented.split(/^(?=##+ )/m).find((text) => text.startsWith(`## \`${command[0]}`)) ?? "";

for (const command of COMMANDS) {
  test(`${command.join(" ")} --help has examples, and docs/cli.md lists its options`, async () => {
    const { code, stdout, stderr } = await cli([...command, "--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Examples[\s\S]*hyperstack-credentials /m);
    const section = sectionOf(command) + documented.split("## Options of every command")[1];
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
    assert.ok(options.includes("--help"));
    for (const option of options)
      assert.ok(section.includes(`\`${option}`), `${command.join(" ")} ${option}`);
    for (const [, exitCode] of stdout.matchAll(/^ {2}(\d+) {1,3}\S/gm)) {
      assert.ok(documented.includes(`| ${exitCode} |`), `exit code ${exitCode}`);
    }
  });
}

test("the program's help lists exactly these commands", async () => {
  const { stdout } = await cli(["--help"]);
  const listed = [...stdout.split("Commands:")[1].matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
  assert.deepEqual(listed, [...new Set(COMMANDS.map(([name]) => name)), "help"].sort(byPlace(listed)));
});

/** Compares by the place in a list, so that only the members count. */
const byPlace = (list) => (one, other) => list.indexOf(one) - list.indexOf(other);

test("--version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../pkg/package.json", import.meta.url)));
  const { code, stdout } = await cli(["--version"]);
  assert.deepEqual([code, stdout], [0, `${version}\n`]);
});

test("completes commands and options, and prints a script for each shell", async () => {
  assert.match((await cli(["complete", "--", "issue", "--dr"])).stdout, /^--dry-run\t/m);
  assert.match((await cli(["complete", "--", "cred"])).stdout, /^credentials\t/m);
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { code, stdout } = await cli(["complete", shell]);
    assert.equal(code, 0);
    assert.match(stdout, /hyperstack-credentials complete/, shell);
  }
});

test("the licences of the bundled libraries are in the package", () => {
  const licenses = readFileSync(new URL("../../pkg/dist/cli-licenses.txt", import.meta.url), "utf8");
  for (const name of [
    "commander",
    "csv-parse",
    "csv-stringify",
    "cli-progress",
    "cli-table3",
    "picocolors",
    "@bomb.sh/tab",
  ]) {
    assert.match(licenses, new RegExp(`^${name} \\d`, "m"));
  }
});
