/**
 * Builds and starts a project that uses Next, and checks that its pages never repeat an old verdict.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { run, toolEnvironment } from "./consumers.mjs";
import { steer } from "./control.mjs";
import { freePort, startProgram } from "./processes.mjs";

const NEXT = "next/dist/bin/next";
const quiet = { NEXT_TELEMETRY_DISABLED: "1" };

/** `next build` and `next start` without a configuration, with the account of a sandbox. */
export async function startNext(cwd, sandbox) {
  rmSync(join(cwd, ".next"), { recursive: true, force: true });
  await run(cwd, NEXT, ["build"], quiet);
  const port = await freePort();
  const account = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
  const args = ["start", "--hostname", "127.0.0.1", "--port", String(port)];
  const server = await startProgram("next", join(cwd, "node_modules", NEXT), args, {
    cwd,
    env: toolEnvironment({ ...quiet, ...account }),
    ready: (logs) => logs.includes("Ready in"),
  });
  // An edge route is told this name, whichever was used; another one would be another origin to the service.
  return { address: `http://localhost:${port}`, stop: () => server.stop() };
}

/** A verdict on a test page. */
const VERDICT_PAGE = {
  shown: (text) => /<output>([^<]*)/.exec(text)?.[1],
  before: "valid",
  after: "revoked",
};

/** The verdict on a page below `path` is that of the moment: after a revocation the first reload says so. */
export async function assertNeverStale(address, path, sandbox, page = VERDICT_PAGE) {
  const control = steer(sandbox);
  const id = await control.credential({ status: "active" });
  const shown = async () => {
    const response = await fetch(`${address}${path}/${id}`);
    return [response.status, page.shown(await response.text())];
  };
  assert.deepEqual(await shown(), [200, page.before]);
  // A page or response that Next keeps is kept now.
  assert.deepEqual(await shown(), [200, page.before]);
  await control.credential({ status: "revoked" }, id);
  assert.deepEqual(await shown(), [200, page.after]);
  const viewed = (await control.requests()).filter((request) => request.path.includes(id));
  assert.equal(viewed.length, 3, "every verdict is asked for");
}
