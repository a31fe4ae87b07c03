/**
 * Measures the memory of a Worker after requests that their clients reset half-way: of a Worker with the package, and of one that
 * calls `fetch` itself.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { credential, ID } from "./mock.mjs";
import { startModules } from "./workerd.mjs";

/** Requests in flight at any moment. */
export const CLIENTS = 50;
/** Calls before the first measurement, so that it includes what every Worker needs. */
const WARM_UP_CALLS = 100;
/** The deadline of a call, longer than a round takes: so all calls of a round are in memory at once, at any speed. */
const deadlineMs = (resets) => Math.max(1_000, resets * 4);
/** A later call removes what is past its deadline; a timer of a busy Worker may be a second late. */
const GRACE_MS = 1_500;
/** Garbage collections before a measurement, and the time in which each returns memory to the system. */
const COLLECTIONS = 3;
const COLLECTION_MS = 300;
/** The time between the call that finds overdue calls and the one that removes them. */
const REMOVAL_MS = 500;

const dist = (name) => ({
  name: `./${name}`,
  path: fileURLToPath(new URL(`../../pkg/dist/${name}`, import.meta.url)),
});

/** The common code of the Workers, which serve `/memory` and verify the credential at any other path. */
const COMMON = `
const json = (value) => Response.json(value);
const serve = (verify, wasmBytes) => ({
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response("ready");
    if (pathname === "/memory") {
      globalThis.gc?.();
      return json({ wasmBytes: wasmBytes(), hasGc: typeof gc === "function" });
    }
    return json(await verify(env.API + pathname));
  },
});
`;

/** The modules of a Worker, by how it verifies. */
const workers = (deadline) => ({
  package: [
    {
      name: "worker.js",
      contents: `
import { Hyperstack } from "./workerd.js";
${COMMON}
const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    memories.push(this.exports.memory);
  }
};
export default serve(
  async (baseUrl) => {
    const client = new Hyperstack({ token: "token", baseUrl });
    const { verdict } = await client.verify("${ID}", { totalTimeoutMs: ${deadline} });
    return verdict;
  },
  () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
);
`,
    },
    dist("workerd.js"),
    dist("hyperstack_credentials_bg.wasm"),
  ],
  manual: [
    {
      name: "worker.js",
      contents: `
${COMMON}
export default serve(
  async (baseUrl) => {
    const response = await fetch(baseUrl + "/v1/credential/${ID}/view", {
      headers: { accept: "application/json", authorization: "Bearer token" },
      redirect: "manual",
      signal: AbortSignal.timeout(${deadline}),
    });
    const { status } = await response.json();
    return status === "active" ? "valid" : status;
  },
  () => 0,
);
`,
    },
  ],
});

/** Starts an upstream that responds only to requests below `/fast` and reports when the others have arrived. */
async function openUpstream() {
  const arrived = new Map();
  const body = JSON.stringify(credential());
  const server = createServer((request, response) => {
    const [, number] = request.url.split("/");
    if (number === "fast") response.writeHead(200, { "content-type": "application/json" }).end(body);
    else arrived.get(number)?.();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Resolves when the request of that number has arrived. */
    arrival: (number) =>
      new Promise((resolve) => {
        arrived.set(number, () => {
          arrived.delete(number);
          resolve();
        });
      }),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Sends the requests of a round, and resets each when the upstream has received the request that it causes. */
async function runRound(worker, upstream, round, resets) {
  const started = performance.now();
  let number = 0;
  const client = async () => {
    while (number < resets) {
      number += 1;
      const name = `${round}-${number}`;
      const arrival = upstream.arrival(name);
      const request = httpRequest(`${worker.url}/${name}`, { agent: false });
      const closed = new Promise((resolve) => request.on("error", () => {}).on("close", resolve));
      request.end();
      await arrival;
      request.socket.resetAndDestroy();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const took = performance.now() - started;
  assert.ok(took < deadlineMs(resets), `a round took ${took} ms`);
}

/** Returns the memory of a Worker after garbage collection, in bytes. */
const memoryOf = async (worker) => {
  let measured;
  for (let times = 0; times < COLLECTIONS; times += 1) {
    measured = await (await fetch(`${worker.url}/memory`)).json();
    await sleep(COLLECTION_MS);
  }
  assert.ok(measured.hasGc);
  return { wasmBytes: measured.wasmBytes, residentBytes: worker.residentBytes() };
};

/**
 * Measures the memory before the first round of `resets` requests, and after each round, when its deadlines have passed and later
 * calls were made.
 *
 * @param {"package" | "manual"} kind
 * @param {{ resets: number, rounds: number, compatibilityDate: string }} options
 */
export async function measureResets(kind, { resets, rounds, compatibilityDate }) {
  const upstream = await openUpstream();
  const worker = await startModules(workers(deadlineMs(resets))[kind], {
    compatibilityDate,
    bindings: { API: upstream.url },
    v8Flags: ["--expose-gc"],
  });
  const verify = async () => {
    assert.equal(await (await fetch(`${worker.url}/fast`)).json(), "valid", worker.logs());
  };
  try {
    for (let times = 0; times < WARM_UP_CALLS; times += 1) await verify();
    const measured = [await memoryOf(worker)];
    for (let round = 1; round <= rounds; round += 1) {
      await runRound(worker, upstream, round, resets);
      await sleep(deadlineMs(resets) + GRACE_MS);
      // The first call finds the overdue calls, a later one removes them.
      await verify();
      await sleep(REMOVAL_MS);
      await verify();
      measured.push(await memoryOf(worker));
    }
    return measured;
  } finally {
    await worker.stop();
    upstream.stop();
  }
}
