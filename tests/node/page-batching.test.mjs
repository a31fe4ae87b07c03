// The batches in which the verify page sends a list: one at a time, and each link receives its own line of the response.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pageModule } from "../support/page-module.mjs";

const { batchingFetch, mostInBatch } = await pageModule("batching");

/** A service that answers each link by `answer`; what it was sent is in `sent`. */
function service(answer, { delayMs = 0 } = {}) {
  const sent = [];
  const send = async (endpoint, { body, signal }) => {
    const { inputs } = JSON.parse(body);
    sent.push({ endpoint, inputs, signal });
    const stream = new ReadableStream({
      async start(controller) {
        // From the last to the first, and cut anywhere.
        for (const [at, input] of [...inputs.entries()].reverse()) {
          if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
          const line = answer(input, at);
          if (line === null) continue;
          const text = `${JSON.stringify({ at, headers: {}, ...line })}\n`;
          const bytes = new TextEncoder().encode(text);
          controller.enqueue(bytes.slice(0, 7));
          controller.enqueue(bytes.slice(7));
        }
        controller.close();
      },
    });
    return new Response(stream, { headers: { "content-type": "application/x-ndjson" } });
  };
  return { send, sent };
}

const ask = (fetch, input, signal) =>
  fetch("/api/verify", { method: "POST", body: JSON.stringify({ input }), signal });

test("collects requests, and gives each the response of its line", async () => {
  const { send, sent } = service((input) => ({ status: 200, headers: { age: "3" }, body: { input } }));
  const fetch = batchingFetch("/batch", send);
  const responses = await Promise.all(["a", "ü\n", "c"].map((input) => ask(fetch, input)));
  assert.deepEqual(
    sent.map(({ endpoint, inputs }) => [endpoint, inputs]),
    [["/batch", ["a", "ü\n", "c"]]],
  );
  for (const [at, input] of ["a", "ü\n", "c"].entries()) {
    assert.deepEqual(await responses[at].json(), { input });
    assert.deepEqual([responses[at].status, responses[at].headers.get("age")], [200, "3"]);
  }
});

test("sends no more links in a batch than the service accepts, one batch after the other", async () => {
  const { send, sent } = service((input) => ({ status: 200, body: { input } }));
  const fetch = batchingFetch("/batch", send);
  const inputs = Array.from({ length: 2 * mostInBatch + 1 }, (_, at) => `link ${at}`);
  const found = await Promise.all(
    inputs.map(async (input) => (await (await ask(fetch, input)).json()).input),
  );
  assert.deepEqual(found, inputs);
  assert.deepEqual(
    sent.map(({ inputs: batch }) => batch.length),
    [mostInBatch, mostInBatch, 1],
  );
});

test("passes the refusal of the whole on to each", async () => {
  const headers = { "content-type": "application/problem+json", "retry-after": "7" };
  const fetch = batchingFetch("/batch", async () => new Response("{}", { status: 503, headers }));
  for (const response of await Promise.all(["a", "b"].map((input) => ask(fetch, input)))) {
    assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "7"]);
  }
});

test("rejects what gets no line, and all if the connection fails", async () => {
  const { send } = service((input) => (input === "b" ? null : { status: 200, body: {} }));
  const fetch = batchingFetch("/batch", send);
  const [a, b] = await Promise.allSettled(["a", "b"].map((input) => ask(fetch, input)));
  assert.deepEqual([a.status, b.status], ["fulfilled", "rejected"]);
  const broken = batchingFetch("/batch", async () => {
    throw new TypeError("no connection");
  });
  await assert.rejects(ask(broken, "a"), /no connection/);
});

test("ends a batch when all its requests are aborted, and sends none that was aborted before", async () => {
  const { send, sent } = service(() => ({ status: 200, body: {} }), { delayMs: 50 });
  const fetch = batchingFetch("/batch", send);
  const stop = new AbortController();
  const early = new AbortController();
  const asked = [ask(fetch, "a", early.signal), ask(fetch, "b", stop.signal), ask(fetch, "c", stop.signal)];
  early.abort(new Error("early"));
  await assert.rejects(asked[0], /early/);
  setTimeout(() => stop.abort(new Error("stopped")), 30);
  await assert.rejects(asked[1], /stopped/);
  await assert.rejects(asked[2], /stopped/);
  assert.deepEqual(sent[0].inputs, ["b", "c"]);
  assert.equal(sent[0].signal.aborted, true);
});
