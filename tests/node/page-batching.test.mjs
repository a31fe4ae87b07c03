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

/** A service whose response to a batch has these lines, ended by `end`; `cancelled` resolves when its response is given up. */
function raw(lines, end = (controller) => controller.close()) {
  let cancel;
  const cancelled = new Promise((resolve) => {
    cancel = resolve;
  });
  const inits = [];
  const send = async (_, init) => {
    inits.push(init);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(lines.join("\n")));
        end(controller);
      },
      cancel,
    });
    return new Response(stream, { headers: { "content-type": "Application/X-NDJSON; charset=utf-8" } });
  };
  return { send, cancelled, inits };
}
const line = (at, more = {}) => JSON.stringify({ at, status: 200, headers: {}, body: { at }, ...more });
const fates = async (fetch, inputs) => {
  const settled = await Promise.allSettled(inputs.map((input) => ask(fetch, input)));
  return Promise.all(
    settled.map(async ({ status, value }) => (status === "rejected" ? null : (await value.json()).at)),
  );
};

for (const [name, broken] of [
  ["that is not JSON", "{"],
  ["that is cut", line(1).slice(0, -3)],
  ["that is null", "null"],
  ["that is a list", "[1, 200, {}, {}]"],
  ["for no link of the batch", line(7)],
  ["for a negative link", line(-1)],
  ["for a link that is not a number", line("length")],
  ["for half a link", line(1.5)],
  ["with a status that none has", line(1, { status: 99 })],
  ["with a status in words", line(1, { status: "fine" })],
  ["without a status", line(1, { status: null })],
  ["with a header that none has", line(1, { headers: { "a b": "c" } })],
  ["for a link that has one", line(0, { body: { at: "another" } })],
]) {
  test(`a line ${name} is no response, and keeps none from its link`, async () => {
    const { send } = raw([line(0), broken, line(2), ""]);
    assert.deepEqual(await fates(batchingFetch("/batch", send), ["a", "b", "c"]), [0, null, 2]);
  });
}

test("rejects what is missing from a response that is cut off, and ends in the middle of a line", async () => {
  const reset = raw([line(2), line(0), line(1).slice(0, 12)], (controller) =>
    setTimeout(() => controller.error(new TypeError("reset")), 20),
  );
  assert.deepEqual(await fates(batchingFetch("/batch", reset.send), ["a", "b", "c"]), [0, null, 2]);
  const closed = raw([line(2), line(0), line(1).slice(0, 12)]);
  assert.deepEqual(await fates(batchingFetch("/batch", closed.send), ["a", "b", "c"]), [0, null, 2]);
});

test("rejects at once what was aborted before it was sent", { timeout: 5000 }, async () => {
  const { send, sent } = service(() => ({ status: 200, body: {} }));
  await assert.rejects(
    ask(batchingFetch("/batch", send), "a", AbortSignal.abort(new Error("early"))),
    /early/,
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(sent, []);
});

test("sends a batch with the options of its requests, so that no redirect is followed", async () => {
  const { send, inits } = raw([line(0), ""]);
  const fetch = batchingFetch("/batch", send);
  await fetch("/api/verify", { method: "POST", body: JSON.stringify({ input: "a" }), redirect: "manual" });
  assert.deepEqual([inits[0].redirect, JSON.parse(inits[0].body)], ["manual", { inputs: ["a"] }]);
});

for (const status of [204, 304]) {
  test(`passes on a refusal of the whole without a body, ${status}`, async () => {
    const fetch = batchingFetch("/batch", async () => new Response(null, { status }));
    for (const response of await Promise.all([ask(fetch, "a"), ask(fetch, "b")])) {
      assert.equal(response.status, status);
    }
  });
}
