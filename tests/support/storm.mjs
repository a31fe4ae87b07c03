/**
 * Simulates an upstream that is slow and fails in every way, at random from a seed, and knows the true state of each
 * credential. It implements `view` only. `openStorm` runs it in a thread of its own, so that the load generator does not
 * wait for it.
 */
import { createServer } from "node:http";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** What an account can hold, and what follows from it where the answer arrives. */
export const TRUTHS = {
  active: "valid",
  revoked: "revoked",
  suspended: "suspended",
  expired: "expired",
  unpublished: "unpublished",
  unknown: "not_found_in_account",
};
const KINDS = Object.keys(TRUTHS);

/** The `number`th credential's id; what it is shows in it to us only. */
export const idOf = (number) => `Storm${String(number).padStart(27, "0")}`;
export const kindOf = (number) => KINDS[number % KINDS.length];

/** How often each happens, of 1000; what is left is answered at once and truly. */
export const FAULTS = {
  slow: 120,
  dripping: 40,
  error500: 30,
  error503: 60,
  limited: 30,
  unauthorized: 15,
  redirected: 15,
  reset: 40,
  cut: 30,
  silent: 8,
  stalled: 7,
  truncated: 25,
  html: 25,
  html404: 25,
  others: 40,
  oddStatus: 25,
  unsuccessful: 25,
  huge: 15,
};

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const documentOf = (id, status) => ({
  success: true,
  document_id: id,
  document_url: `https://hyperstack.id/credential/${id}`,
  recipient: { name: "Storm Petrel", email: "petrel@private.test" },
  group: { title: "Weather 101", key: "Weather00001", code: "W-101" },
  issued_on: "2026-01-15T10:00:00Z",
  valid_until: null,
  metadata: {},
  status,
  privacy: "public",
});

/** The storm as a thread. @param {{ seed: number }} options */
export async function openStorm({ seed }) {
  const thread = new Worker(new URL(import.meta.url), { workerData: { seed } });
  const heard = () => new Promise((resolve) => thread.once("message", resolve));
  const url = await heard();
  const ask = async (message) => {
    thread.postMessage(message);
    return heard();
  };
  return {
    url,
    /** From now on every answer is at once and true. */
    calm: () => ask("calm"),
    /** How often it was asked, and how often each fault happened. */
    counts: () => ask("counts"),
    stop: () => thread.terminate(),
  };
}

function serve({ seed }) {
  const next = random(seed);
  const counts = { answered: 0 };
  let raging = true;

  const faultOf = () => {
    if (!raging) return null;
    let left = next() * 1000;
    for (const [fault, share] of Object.entries(FAULTS)) {
      left -= share;
      if (left < 0) return fault;
    }
    return null;
  };

  const server = createServer((request, response) => {
    const id = /^\/v1\/credential\/(\w+)\/view$/.exec(request.url)?.[1];
    const kind = kindOf(Number(id?.slice(5)));
    const fault = faultOf();
    counts[fault ?? "answered"] = (counts[fault ?? "answered"] ?? 0) + 1;
    const json = (status, body, headers = {}) => {
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(body));
    };
    const html = (status) => {
      response.writeHead(status, { "content-type": "text/html" }).end("<h1>active</h1>");
    };
    const [trueStatus, trueBody] =
      kind === "unknown"
        ? [404, { success: false, error: "Document does not exists in your account" }]
        : [200, documentOf(id, kind)];
    const bytes = Buffer.from(JSON.stringify(trueBody));
    const begin = () =>
      response.writeHead(trueStatus, { "content-type": "application/json", "content-length": bytes.length });
    switch (fault) {
      case null:
        return json(trueStatus, trueBody);
      case "slow":
        return setTimeout(() => json(trueStatus, trueBody), 20 + next() * 1500);
      case "dripping": {
        begin();
        const third = Math.ceil(bytes.length / 3);
        const drip = (from) => {
          if (from >= bytes.length) return response.end();
          response.write(bytes.subarray(from, from + third));
          return setTimeout(() => drip(from + third), 20);
        };
        return drip(0);
      }
      case "error500":
        return json(500, { success: false });
      case "error503":
        return json(503, {});
      case "limited":
        return json(429, {}, { "retry-after": "1" });
      case "unauthorized":
        return json(401, { detail: "Invalid token or organization not found" });
      case "redirected":
        return response.writeHead(302, { location: `/v1/credential/${idOf(0)}/view` }).end();
      case "reset":
        return request.socket.resetAndDestroy();
      case "cut":
        begin();
        response.write(bytes.subarray(0, bytes.length / 2));
        return setTimeout(() => request.socket.destroy(), 5);
      case "silent":
        return undefined;
      case "stalled":
        begin();
        return response.write(bytes.subarray(0, bytes.length / 2));
      case "truncated":
        return response
          .writeHead(200, { "content-type": "application/json" })
          .end(bytes.subarray(0, bytes.length - 1 - Math.floor(next() * bytes.length * 0.9)));
      case "html":
        return html(200);
      case "html404":
        return html(404);
      // A cache that mixes up answers: another credential, a good one.
      case "others":
        return json(200, documentOf(idOf(KINDS.length * 1000), "active"));
      case "oddStatus":
        return json(200, documentOf(id, "published"));
      case "unsuccessful":
        return json(200, { ...documentOf(id, "active"), success: false });
      case "huge":
        return json(200, { ...documentOf(id, "active"), padding: "x".repeat(70_000) });
    }
  });
  // What was cut off by the other side is no error of this one.
  server.on("clientError", (_, socket) => socket.destroy());
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => {
    parentPort.postMessage(`http://127.0.0.1:${server.address().port}`);
  });
  parentPort.on("message", (message) => {
    if (message === "calm") raging = false;
    parentPort.postMessage({ ...counts });
  });
}

if (!isMainThread && parentPort) serve(workerData);
