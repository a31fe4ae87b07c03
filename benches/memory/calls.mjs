/**
 * In a process of its own, with --expose-gc: calls by the number given, several in flight, some aborted, some failing, with a
 * fetch that answers at once. Prints a line of JSON at the start and after every step.
 */
import { Hyperstack, isHyperstackError } from "hyperstack-credentials";
import { ID, options } from "../cold/answer.mjs";

const [total, step] = process.argv.slice(2).map(Number);
const IN_FLIGHT = 16;

let memory;
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(Instance, given) {
    const instance = new Instance(...given);
    memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
    return instance;
  },
});

const json = { headers: { "content-type": "application/json" } };
const refusal = JSON.stringify({ success: false, error: "no", error_code: "credential_not_found" });
/** What becomes of a call, by its number; of 100, 88 go well or nearly. */
const fates = {
  fails: (n) => n % 25 === 3,
  isBroken: (n) => n % 49 === 7,
  isLost: (n) => n % 51 === 11,
  isAborted: (n) => n % 25 === 19,
};
let serial = 0;
const never = (init) =>
  new Promise((_, reject) => {
    init.signal.addEventListener("abort", () => reject(init.signal.reason), { once: true });
  });
const fetch = (_, init) => {
  const n = Number(init.headers["x-number"] ?? new Headers(init.headers).get("x-number"));
  if (fates.isAborted(n)) return never(init);
  if (fates.fails(n)) return Promise.resolve(new Response(refusal, { status: 404, ...json }));
  if (fates.isBroken(n)) return Promise.resolve(new Response('{"success":tr', json));
  if (fates.isLost(n)) return Promise.reject(new TypeError("fetch failed"));
  return options.fetch();
};
const client = new Hyperstack({ token: "t", fetch, maxRetries: 0 });
const counts = { well: 0, failed: 0, aborted: 0, indeterminate: 0, not_found: 0 };

async function call(n) {
  const controller = new AbortController();
  const request = { signal: controller.signal, headers: { "x-number": String(n) } };
  const verifies = n % 2 === 0;
  const pending = verifies ? client.verify(ID, request) : client.credentials.view(ID, request);
  if (fates.isAborted(n)) setImmediate(() => controller.abort(counts));
  try {
    const result = await pending;
    if (!verifies || result.verdict === "valid") counts.well += 1;
    else counts[result.verdict === "indeterminate" ? "indeterminate" : "not_found"] += 1;
  } catch (thrown) {
    if (thrown === counts) counts.aborted += 1;
    else if (isHyperstackError(thrown)) counts.failed += 1;
    else throw thrown;
  }
}

async function say(calls) {
  // What finalizers give back comes with the turn after the collection.
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!memory) throw new Error("the wasm's memory was not found");
  const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage();
  console.log(
    JSON.stringify({
      calls,
      heapUsed,
      rss,
      external,
      arrayBuffers,
      wasm: memory.buffer.byteLength,
      ...counts,
    }),
  );
}

await call(0);
await say(1);
for (let done = 0; done < total; ) {
  const end = Math.min(done + step, total);
  const lane = async () => {
    while (done < end) {
      done += 1;
      serial += 1;
      await call(serial);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await say(done);
}
