/** Loading: nothing is compiled before the first call, and then once; a failure is not for ever; memory stays flat. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { test } from "node:test";
import { credential, ID } from "../support/mock.mjs";

const SIZE = statSync(new URL("../../pkg/dist/hyperstack_credentials_bg.wasm", import.meta.url)).size;

/** Counts what is compiled of ours (Node's own fetch is wasm too), and keeps the memory of what is instantiated. */
const WATCH = `
  const watched = { compiled: 0, memory: undefined };
  const count = (source) => { if (source?.byteLength === ${SIZE}) watched.compiled += 1; };
  const { instantiate, compile } = WebAssembly;
  WebAssembly.instantiate = (source, imports) => {
    count(source);
    return instantiate(source, imports);
  };
  WebAssembly.compile = (source, ...more) => { count(source); return compile(source, ...more); };
  for (const name of ["Module", "Instance"]) {
    WebAssembly[name] = new Proxy(WebAssembly[name], { construct(target, all) {
      if (name === "Module") count(all[0]);
      const made = Reflect.construct(target, all);
      if (name === "Instance") watched.memory = made.exports.memory;
      return made;
    } });
  }
  const ID = ${JSON.stringify(ID)};
  const ANSWER = ${JSON.stringify(JSON.stringify(credential()))};
  const answering = async () => new Response(ANSWER, { headers: { "content-type": "application/json" } });
`;
const LOAD = {
  import: 'const api = await import("hyperstack-credentials");',
  require:
    'const api = (await import("node:module")).createRequire(process.cwd() + "/x.js")("hyperstack-credentials");',
};

/** Runs a program in a process of its own and gives what it prints as JSON. */
function run(program, kind = "import", flags = []) {
  const whole = `${WATCH}\n${LOAD[kind]}\n${program}`;
  const done = spawnSync(process.execPath, [...flags, "--input-type=module", "-e", whole], {
    cwd: new URL("../../", import.meta.url),
    encoding: "utf8",
    timeout: 120_000,
  });
  assert.equal(done.stderr, "");
  assert.equal(done.status, 0);
  return JSON.parse(done.stdout);
}
const print = (expression) => `console.log(JSON.stringify(${expression}));`;

for (const kind of Object.keys(LOAD)) {
  test(`compiles nothing before the first call, and once at it (${kind})`, () => {
    const seen = run(
      `
      const counts = [];
      const client = new api.Hyperstack({ token: "t", fetch: answering });
      await new Promise((resolve) => setTimeout(resolve, 50));
      counts.push(watched.compiled);
      await Promise.all([
        client.verify(ID), client.credentials.view(ID), api.parseCredentialUrl(ID), api.init(), api.init(),
        new api.Hyperstack({ token: "u", fetch: answering }).credentials.view(ID),
      ]);
      counts.push(watched.compiled);
      await api.parseCredentialUrl(ID);
      await api.init();
      counts.push(watched.compiled);
      ${print("counts")}`,
      kind,
    );
    assert.deepEqual(seen, [0, 1, 1]);
  });
}

test("a failed start is reported as such, and the next call works", () => {
  const seen = run(`
    const told = [];
    const attempt = (promise) => promise.then(() => told.push("ok"), (error) =>
      told.push([error.name, error.code, error.operation, error.retryable, api.isHyperstackError(error)].join(" ")));
    await attempt(api.init(new Uint8Array([1, 2, 3])));
    await attempt(api.parseCredentialUrl(ID));
    ${print("told")}`);
  assert.deepEqual(seen, ["InternalError wasm_unavailable init true true", "ok"]);
});

test("all calls that share a failed start reject, and the next call works", () => {
  const seen = run(`
    const good = WebAssembly.compile;
    // Node compiles wasm of its own for fetch.
    WebAssembly.compile = async (source) => {
      if (source.byteLength === ${SIZE}) throw new Error("out of memory");
      return good(source);
    };
    const client = new api.Hyperstack({ token: "t", fetch: answering });
    const told = (await Promise.allSettled([client.verify(ID), client.credentials.view(ID), api.parseCredentialUrl(ID)]))
      .map(({ reason }) => reason?.code);
    WebAssembly.compile = good;
    told.push((await client.verify(ID)).verdict);
    ${print("told")}`);
  assert.deepEqual(seen, ["wasm_unavailable", "wasm_unavailable", "wasm_unavailable", "valid"]);
});

test("a valid source is accepted after every rejected one", () => {
  const seen = run(`
    import { readFileSync } from "node:fs";
    const bytes = readFileSync("pkg/dist/hyperstack_credentials_bg.wasm");
    const told = [];
    for (const bad of [Promise.reject(new Error("offline")), new Response("<html>", { headers: { "content-type": "application/wasm" } }), "nonsense", 7, {}]) {
      await api.init(bad).then(() => told.push("ok"), (error) => told.push(error.code));
    }
    await api.init(bytes);
    told.push((await api.parseCredentialUrl(ID)).ok);
    ${print("told")}`);
  assert.deepEqual(seen, [...Array(5).fill("wasm_unavailable"), true]);
});

test("accepts a custom source in every form, and a second one is a conflict", () => {
  for (const form of [
    "bytes",
    "bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)",
    "new WebAssembly.Module(bytes)",
    'new Response(bytes, { headers: { "content-type": "application/wasm" } })',
    "Promise.resolve(bytes)",
  ]) {
    const seen = run(`
      import { readFileSync } from "node:fs";
      const bytes = readFileSync("pkg/dist/hyperstack_credentials_bg.wasm");
      const source = ${form};
      const told = [];
      const attempt = (promise) => promise.then(() => told.push("ok"), (error) => told.push(error.code));
      await attempt(api.init(source));
      told.push((await api.parseCredentialUrl(ID)).ok);
      await attempt(api.init(source));
      await attempt(api.init());
      await attempt(api.init(new Uint8Array(bytes)));
      told.push((await api.parseCredentialUrl(ID)).ok);
      ${print("told")}`);
    assert.deepEqual(seen, ["ok", true, "ok", "ok", "already_loaded", true], form);
  }
  const late = run(`
    const told = [await api.parseCredentialUrl(ID).then(({ ok }) => ok)];
    await api.init(new Uint8Array(8)).catch((error) => told.push(error.code, error.name));
    ${print("told")}`);
  assert.deepEqual(late, [true, "already_loaded", "HyperstackError"]);
});

test("memory does not grow over many calls", () => {
  const seen = run(
    `
    const client = new api.Hyperstack({ token: "t", fetch: answering });
    const refusing = new api.Hyperstack({ token: "t", maxRetries: 0, fetch: async () => new Response("{}", { status: 500 }) });
    const failing = ["no", undefined, new TypeError("no"), Object.assign(new Error("no"), { cause: { code: "X" } })]
      .map((thrown) => new api.Hyperstack({ token: "t", maxRetries: 0, fetch: async () => { throw thrown; } }));
    const parse = async (times) => { for (let i = 0; i < times; i++) await api.parseCredentialUrl("https://hyperstack.id/credential/" + ID + "?x=" + i); };
    const view = async (times) => {
      for (let i = 0; i < times; i++) {
        const { signal } = new AbortController();
        await client.credentials.view(ID, { signal });
        await failing[i % 4].credentials.view(ID).catch(() => {});
        await refusing.credentials.view(ID).catch(() => {});
        if (i % 5 === 0) await client.credentials.view("wrong").catch(() => {});
        if (i % 3 === 0) await client.verify(ID);
        if (i % 10 === 0) await Promise.all(Array.from({ length: 10 }, () => client.credentials.view(ID)));
      }
    };
    await parse(500);
    await view(200);
    gc();
    const before = [watched.memory.buffer.byteLength, process.memoryUsage().heapUsed];
    await parse(20_000);
    await view(3_000);
    gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
    gc();
    const after = [watched.memory.buffer.byteLength, process.memoryUsage().heapUsed];
    ${print("{ wasm: [before[0], after[0]], heap: after[1] - before[1] }")}`,
    "import",
    ["--expose-gc"],
  );
  assert.equal(seen.wasm[1], seen.wasm[0], "wasm memory");
  assert.ok(seen.heap < 3_000_000, `the heap grew by ${seen.heap} bytes`);
});

test("memory is bounded while calls overlap endlessly, however they end", () => {
  const seen = run(`
    const MOST = 8 * 2 ** 20;
    const PAGE = { success: true, total: 0, page: 1, page_size: 10, credentials: [] };
    const json = (text, status = 200) => new Response(text, { status, headers: { "content-type": "application/json" } });
    const filled = (start, part, end, most = MOST) => start + part.repeat(Math.floor((most - start.length - end.length) / part.length)) + end;
    const start = JSON.stringify(PAGE).slice(0, -1) + ',"more":';
    const large = filled(start + '"', "x", '"}');
    // Every object and every key of these the core has to remember for a while.
    const hostile = filled(start + '[0', ',{"\\\\u0061":{"b":{}}}', "]}", MOST / 16);
    const refused = filled('{"success":false,"error":"no","more":"', "x", '"}');
    const about = (id) => ANSWER.replaceAll(ID, id);
    const later = (signal) => new Promise((resolve, reject) => {
      setImmediate(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
    const fetch = async (url, { signal }) => {
      await later(signal);
      const id = /credential\\/(.*)\\/view/.exec(url)?.[1];
      if (id?.startsWith("never")) return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      if (id?.startsWith("lost")) throw new TypeError("lost");
      if (id?.startsWith("fails")) return json(refused, 500);
      if (id) return json(about(id));
      return json(url.endsWith("/search") ? hostile : large);
    };
    const client = new api.Hyperstack({ token: "t", maxRetries: 0, fetch: (url, init) => fetch(url, init) });
    const told = new Set();
    const id = (kind, number) => (kind + number).padEnd(32, "0").replaceAll(/[^A-Za-z0-9]/g, "0");
    const ways = [
      async (n) => (await client.credentials.view(id("fine", n))).document_id === id("fine", n),
      async (n) => (await client.verify(id("sure", n))).subject.id === id("sure", n),
      (n) => client.credentials.view(id("lost", n)).catch(({ code }) => code),
      (n) => client.credentials.view("wrong" + n).catch(({ code }) => code),
      (n) => {
        const aborting = new AbortController();
        setImmediate(() => aborting.abort("enough"));
        return client.credentials.view(id("never", n), { signal: aborting.signal }).catch((reason) => reason);
      },
    ];
    const heavy = [
      async () => (await client.credentials.list().toArray({ limit: 1 })).length,
      async () => (await client.credentials.search({ group_key: "k" }).toArray({ limit: 1 })).length,
      (n) => client.credentials.view(id("fails", n)).catch(({ code }) => code),
    ];
    // At any time, others are under way: each chain of calls is at another place.
    const chain = async (which, times) => {
      for (let n = 0; n < times; n++) {
        const at = (n + which) % ways.length;
        told.add(at + " " + await ways[at](n * 8 + which));
      }
    };
    const round = async (times) => {
      const light = Promise.all(Array.from({ length: 8 }, (_, which) => chain(which, times)));
      for (let n = 0; n < 6; n++) told.add("heavy " + n % 3 + " " + await heavy[n % 3](n));
      await light;
    };
    const sizes = [];
    for (const times of [20, 20, 60]) {
      await round(times);
      sizes.push(watched.memory.buffer.byteLength);
    }
    // Each attempt's answer is forgotten before the next.
    const patient = new api.Hyperstack({ token: "t", maxRetries: 4, totalTimeoutMs: 600_000, fetch: async () => {
      return new Response(refused, { status: 503, headers: { "content-type": "application/json", "retry-after": "0" } });
    } });
    told.add("patient " + await patient.credentials.view(ID).catch(({ attempts }) => attempts));
    sizes.push(watched.memory.buffer.byteLength);
    ${print("{ sizes, told: [...told].sort() }")}`);
  assert.deepEqual(seen.told, [
    "0 true",
    "1 true",
    "2 connection_failed",
    "3 invalid_request",
    "4 enough",
    "heavy 0 0",
    "heavy 1 0",
    "heavy 2 server_error",
    "patient 5",
  ]);
  const [, warm, late, patient] = seen.sizes;
  assert.equal(late, warm, "calls that overlap");
  assert.equal(patient, late, "attempts of one call");
  assert.ok(late < 64 * 2 ** 20, `${late} bytes`);
});

test("a core that does not load delays neither an abort nor a timeout", () => {
  const seen = run(`
    api.init(new Promise(() => {}));
    const told = [];
    const started = Date.now();
    const note = (error) => told.push([error?.name ?? error, error?.code, Date.now() - started < 1500].join(" "));
    const client = new api.Hyperstack({ token: "t", fetch: answering });
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 100);
    await client.credentials.view(ID, { signal: controller.signal }).catch(note);
    await client.credentials.view(ID, { totalTimeoutMs: 200 }).catch(note);
    await client.verify(ID, { totalTimeoutMs: 200 }).catch(note);
    await new api.Verifier({ endpoint: "https://a.example/", fetch: answering, timeoutMs: 200 }).verify(ID).catch(note);
    await client.credentials.view(ID, { signal: AbortSignal.abort("before") }).catch(note);
    console.log(JSON.stringify(told));
    process.exit(0);`);
  assert.deepEqual(seen, ["enough  true", ...Array(3).fill("TimeoutError timeout true"), "before  true"]);
});

test("the time for one attempt does not run while the core loads", () => {
  const seen = run(`
    import { readFileSync } from "node:fs";
    const bytes = readFileSync("pkg/dist/hyperstack_credentials_bg.wasm");
    const loading = api.init(new Promise((resolve) => setTimeout(resolve, 400, bytes)));
    const client = new api.Hyperstack({ token: "t", fetch: answering, timeoutMs: 300, maxRetries: 0 });
    const { status } = await client.credentials.view(ID);
    await loading;
    ${print("status")}`);
  assert.equal(seen, "active");
});
