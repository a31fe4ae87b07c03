// What a call costs beside the same request made by hand, against the sandbox and against a fetch that answers at once.
// `cargo xtask bench` calls this. Interleaved, so that a noisy second hits all alike: read the ratios.
import { Hyperstack } from "hyperstack-credentials";
import { steer } from "../tests/support/control.mjs";
import { startSandbox } from "../tests/support/processes.mjs";

const ROUNDS = 21;
const CALLS = 150;

const sandbox = await startSandbox();
const id = await steer(sandbox).credential();
const url = `${sandbox.url}/v1/credential/${id}/view`;
const headers = { accept: "application/json", authorization: `Bearer ${sandbox.token}` };
const client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });

const bare = async () => (await fetch(url, { headers })).json();
/** With what no client may leave out: a timeout over the body, an abort, a limit, no redirects. No checks. */
const careful = (send) => async () => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 30_000);
  try {
    const answer = await send(url, { headers, signal: controller.signal, redirect: "manual" });
    if (!answer.ok || !answer.headers.get("content-type").startsWith("application/json"))
      throw new Error("refused");
    const parts = [];
    let size = 0;
    for await (const part of answer.body) {
      size += part.length;
      if (size > 8_388_608) throw new Error("too large");
      parts.push(part);
    }
    return JSON.parse(new TextDecoder().decode(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
  } finally {
    clearTimeout(timer);
  }
};
const text = JSON.stringify(await bare());
const instant = async () => new Response(text, { headers: { "content-type": "application/json" } });
const offline = new Hyperstack({ token: "t", fetch: instant });

const TABLES = {
  "against the sandbox": {
    "fetch + json()": bare,
    "fetch, timeout, abort, limit": careful(fetch),
    "credentials.view": () => client.credentials.view(id),
    verify: () => client.verify(id),
  },
  "against a fetch that answers at once": {
    "fetch, timeout, abort, limit": careful(instant),
    "credentials.view": () => offline.credentials.view(id),
    verify: () => offline.verify(id),
  },
};
for (const [title, runners] of Object.entries(TABLES)) {
  const samples = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS + 3; round += 1) {
    for (const [name, run] of Object.entries(runners)) {
      const started = performance.now();
      for (let call = 0; call < CALLS; call += 1) await run();
      // The first rounds warm up.
      if (round >= 3) samples[name].push(((performance.now() - started) / CALLS) * 1000);
    }
  }
  const quarters = (list) => {
    const sorted = list.toSorted((a, b) => a - b);
    return [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(part * (sorted.length - 1))]);
  };
  const [first] = Object.values(samples);
  const base = quarters(first)[1];
  console.log(`\none call ${title}, µs: median (fastest to slowest quarter)`);
  for (const [name, list] of Object.entries(samples)) {
    const [low, median, high] = quarters(list).map((time) => time.toFixed(0));
    console.log(
      `${name.padEnd(32)} ${median.padStart(6)} (${low} to ${high})  x ${(median / base).toFixed(2)}`,
    );
  }
}
await sandbox.stop();
