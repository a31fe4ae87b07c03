/** Runs the built command line as a process: over pipes, or in a pseudo-terminal. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../pkg/dist/cli.js", import.meta.url));

/** Runs its arguments in a pseudo-terminal, and exits with the program's exit code. */
const PSEUDO_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** A minimal environment, so that no token or address of this machine gets into a test. */
const environment = (more) => {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TERM: "xterm-256color", ...(TMPDIR && { TMPDIR }), ...more };
};

/**
 * Starts the command line.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, terminal?: boolean, stdout?: "pipe" | number }} [options]
 */
export const start = (args, { env = {}, cwd, terminal = false, stdout = "pipe" } = {}) => {
  const command = [process.execPath, script, ...args];
  const [program, ...rest] = terminal ? ["python3", "-c", PSEUDO_TERMINAL, ...command] : command;
  const child = spawn(program, rest, {
    cwd,
    env: environment(env),
    stdio: ["pipe", stdout, "pipe"],
  });
  const result = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name]?.setEncoding("utf8").on("data", (text) => {
      result[name] += text;
    });
  }
  child.stdin.on("error", () => {}); // It may exit before it has read everything.
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ ...result, code, signal }));
  });
  /** Resolves when the output matches. Rejects if the process ends first. */
  const shows = (pattern) =>
    new Promise((resolve, reject) => {
      const check = () => pattern.test(result.stdout + result.stderr) && resolve();
      for (const name of ["stdout", "stderr"]) child[name].on("data", check);
      child.on("close", () =>
        reject(new Error(`it ended without ${pattern}:\n${result.stdout}${result.stderr}`)),
      );
      check();
    });
  return { child, ended, shows, result };
};

/**
 * Runs the command line to its end.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, terminal?: boolean, stdout?: "pipe" | number, input?: string | Uint8Array }} [options]
 */
export const cli = (args, { input, ...options } = {}) => {
  const { child, ended } = start(args, options);
  // The input of a pseudo-terminal does not end.
  if (!options.terminal) child.stdin.end(input ?? "");
  return ended;
};

/** Creates a folder of files that is removed after the test. */
export const folderWith = (t, files = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "hyperstack-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
};
