/** Describes the machine and the programs of a measurement. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { benches, root } from "./paths.mjs";

const output = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: "utf8" }).trim();
const versionOf = (folder, name) =>
  JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;

/** Of a library that is compared with. */
export const version = (name) => versionOf(benches, name);

const PROGRAMS = {
  node: () => `Node ${process.versions.node}`,
  chromium: () => /[A-Z]\w+ [\d.]+/.exec(output(process.env.CHROMIUM, "--version"))?.[0],
  workerd: () => `workerd ${versionOf(root, "workerd")}`,
  esbuild: () => `esbuild ${versionOf(root, "esbuild")}`,
};

/** One line: when, on what, with which of the programs. */
export function where(programs) {
  const [cpu] = cpus();
  const day = new Date().toISOString().slice(0, 10);
  const changed = output(
    "git",
    "status",
    "--porcelain",
    "--untracked-files=no",
    "--",
    "src",
    "pkg-template",
    "www",
    "benches",
  );
  const commit = `${output("git", "rev-parse", "--short", "HEAD")}${changed === "" ? "" : " and changes"}`;
  const machine = `${cpu.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release().split("-")[0]}`;
  // Its own included: more than the cores says that others were at work, too.
  const load = `load ${loadavg()[1].toFixed(1)} over the last 5 minutes`;
  return `Measured ${day} at ${commit} on ${[machine, load, ...programs.map((name) => PROGRAMS[name]())].join("; ")}.`;
}
