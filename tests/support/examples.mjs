/**
 * Helpers for the tests of `examples/`: they run an example's own scripts in a scratch project, as its README says, against a
 * sandbox.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { project, toolEnvironment } from "./consumers.mjs";
import { freePort, startProgram } from "./processes.mjs";

/** Links of the sandbox's demo account, and their verdicts. */
export const SAMPLES = {
  DemoValid00000000000000000000001: "valid",
  DemoRevoked000000000000000000005: "revoked",
};

/** The scratch project of an example. */
export const exampleProject = (name) => project(`examples/${name}`);

/** The environment variables that every example reads. */
export const account = (sandbox) => ({
  HYPERSTACK_API_TOKEN: sandbox.token,
  HYPERSTACK_API_BASE: sandbox.url,
});

/** Runs a script of the example's package.json and returns what it printed. */
export async function npmRun(cwd, script, args = [], env = {}) {
  const options = { cwd, env: toolEnvironment(env), maxBuffer: 64 << 20 };
  try {
    const { stdout } = await promisify(execFile)("npm", ["run", "--silent", script, "--", ...args], options);
    return stdout;
  } catch (error) {
    throw new Error(`npm run ${script}: ${error.message}\n${error.stdout}\n${error.stderr}`);
  }
}

/** Starts an example's server, which prints when it listens. */
export async function startServer(cwd, program, args, env) {
  const port = await freePort();
  const { logs, stop } = await startProgram("example", program, args, {
    cwd,
    env: toolEnvironment({ PORT: String(port), ...env }),
    ready: (logs) => /listening on/i.test(logs),
  });
  return { url: `http://localhost:${port}`, logs, stop };
}

/** Checks that a verify service distinguishes a valid credential from a revoked one. */
export async function assertVerifies(endpoint) {
  for (const [input, expected] of Object.entries(SAMPLES)) {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input }),
    });
    assert.deepEqual([response.status, (await response.json()).verdict], [200, expected]);
  }
}

/** The path of a program that another scratch project has installed. */
export const programOf = (name, program) => join(project(name), "node_modules/.bin", program);
