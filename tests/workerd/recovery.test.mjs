/**
 * When a core dies in a Worker, the calls of other requests reject, each in its own request, and the next call works. The core
 * is the package's own, compiled with the feature `trap`.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { credential, ID } from "../support/mock.mjs";
import { configuration } from "../support/worker-module.mjs";
import { startModules } from "../support/workerd.mjs";

const folder = dirname(process.env.HYPERSTACK_TRAPPING);

/** How long the API and the token take, in seconds. */
const SLOW_S = 3;
const SLOW_MS = SLOW_S * 1000;
/** The time within which the other calls must reject: before anything that they wait for. */
const REJECTION_MS = 2500;

const WORKER = `
import { Hyperstack } from "./workerd.js";

let trapAt;
globalThis.hyperstackTrap = (place) => {
  if (place !== trapAt) return undefined;
  trapAt = undefined;
  return "panic";
};

export default {
  async fetch(request, { API }) {
    const { call, trap } = Object.fromEntries(new URL(request.url).searchParams);
    if (call === undefined) return new Response("ready");
    const later = new Promise((resolve) => setTimeout(resolve, ${SLOW_MS}, "token"));
    const client = new Hyperstack({
      token: call === "token" ? () => later : "token",
      baseUrl: API + "/" + call,
      ...(call === "fetch" && { fetch: (...args) => fetch(...args) }),
    });
    const signal = call === "signal" ? AbortSignal.timeout(20_000) : call === "request" ? request.signal : undefined;
    if (trap) trapAt = trap;
    try {
      const { document_id } = await client.credentials.view("${ID}", { signal });
      // I/O after the call is this request's own.
      const { status } = await fetch(API + "/done");
      return Response.json({ document_id, status });
    } catch (error) {
      const { name, code, message, attempts } = error;
      const { status } = await fetch(API + "/done");
      return Response.json({ name, code, message, attempts, status });
    }
  },
};
`;

/** What the API does for each of the other calls, by name. Each call waits for something else when the core dies. */
const CALLS = {
  /** Waiting for the response. */
  slow: (respond) => setTimeout(respond, SLOW_MS),
  signal: (respond) => setTimeout(respond, SLOW_MS),
  request: (respond) => setTimeout(respond, SLOW_MS),
  fetch: (respond) => setTimeout(respond, SLOW_MS),
  /** Waiting for the rest of the response. */
  body: (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"success":');
  },
  /** Waiting before a retry. */
  retry: (_, response) => response.writeHead(503, { "retry-after": `${SLOW_S}` }).end(),
  /** Waiting for the token. */
  token: (respond) => respond(),
};

let api;
let url;
before(async () => {
  const body = JSON.stringify(credential());
  api = createServer((request, response) => {
    const [, call] = request.url.split("/");
    const respond = () => {
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    };
    (CALLS[call] ?? respond)(respond, response);
  });
  await new Promise((resolve) => api.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${api.address().port}`;
});
after(() => {
  api.closeAllConnections();
  api.close();
});

const DATES = ["2023-03-01", "2024-03-03", configuration().compatibility_date];

test("the calls of other requests reject in their own when the core dies", async (context) => {
  for (const compatibilityDate of DATES) {
    for (const place of ["begun", "answered"]) {
      await context.test(`${compatibilityDate}, ${place}`, () => endCore(compatibilityDate, place));
    }
  }
});

/** Ends the core at a place of one call while the others wait, and checks the result of each request. */
async function endCore(compatibilityDate, place) {
  const modules = [
    { name: "worker.js", contents: WORKER },
    ...["workerd.js", "hyperstack_credentials_bg.wasm"].map((name) => ({
      name: `./${name}`,
      path: join(folder, name),
    })),
  ];
  const worker = await startModules(modules, { compatibilityDate, bindings: { API: url } });
  try {
    const ask = async (query) => {
      const response = await fetch(`${worker.url}/?${query}`, { signal: AbortSignal.timeout(8000) });
      return response.ok ? response.json() : { status: response.status, text: await response.text() };
    };
    assert.deepEqual(await ask("call=fast"), { document_id: ID, status: 200 });
    const started = performance.now();
    const others = Object.keys(CALLS).map(async (call) => {
      const result = await ask(`call=${call}`).catch((error) => ({ name: error.name }));
      return [call, result, performance.now() - started];
    });
    await sleep(300);
    const died = await ask(`call=fast&trap=${place}`);
    const message = /^credentials\.view: the WebAssembly core crashed; the next call starts a new one/;
    const isFailure = ({ name, code, message: text, status }) =>
      name === "InternalError" && code === "core_failed" && message.test(text) && status === 200;
    assert.ok(isFailure(died), JSON.stringify(died));
    assert.deepEqual(await ask("call=fast"), { document_id: ID, status: 200 });
    const results = await Promise.all(others);
    for (const [call, result, ms] of results) {
      assert.ok(isFailure(result), `${call}: ${JSON.stringify(result)}`);
      assert.ok(ms < REJECTION_MS, `${call}: after ${ms} ms`);
    }
    assert.deepEqual(await ask("call=fast"), { document_id: ID, status: 200 });
  } finally {
    await worker.stop();
  }
}
