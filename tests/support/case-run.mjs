/**
 * Runs one case (tests/vectors/README.md): the response as bytes, a `fetch` that returns it, and the differences from
 * what the case expects. It runs in pages, too, so it imports nothing.
 */

/** The body of an answer as it goes over the wire. */
export function bodyOf({ body, body_base64, padding = 0 }) {
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const bytes =
    body_base64 === undefined
      ? new TextEncoder().encode(text)
      : Uint8Array.from(atob(body_base64), (letter) => letter.charCodeAt(0));
  const padded = new Uint8Array(bytes.length + padding).fill(0x20);
  padded.set(bytes);
  return padded;
}

/** Statuses that no body goes with. */
const EMPTY = [204, 205, 304];

/** What a case's options are for `verify`. */
const optionsOf = ({ policy: { now, ...policy }, answer }) => ({
  ...policy,
  now: new Date(now),
  maxRetries: 0,
  timeoutMs: ["silence", "stall"].includes(answer?.fault) ? 50 : 30_000,
});

/** A `fetch` that answers as the account does in the case. */
function answering({ answer }) {
  return async (_url, { signal }) => {
    const { fault, status, headers } = answer;
    if (fault === "refused" || fault === "reset") throw new TypeError("fetch failed");
    const whole = fault === "silence" ? undefined : bodyOf(answer);
    if (!fault) return new Response(EMPTY.includes(status) ? null : whole, { status, headers });
    const aborted = () =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
    if (fault === "silence") throw await aborted();
    let half = whole.subarray(0, whole.length / 2);
    const body = new ReadableStream({
      async pull(controller) {
        if (half) {
          controller.enqueue(half);
          half = undefined;
        } else {
          controller.error(fault === "cut" ? new TypeError("terminated") : await aborted());
        }
      },
    });
    return new Response(body, { status, headers });
  };
}

/** Both as JSON, whatever the order of their members. */
const same = (one, other) => {
  const text = (value) =>
    JSON.stringify(value, (_key, part) =>
      part && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    );
  return text(one) === text(other);
};

/** What differs between a result and what the case expects, with `changes` in place of some of that. */
export function differences({ expected }, { verifier, ...found }, changes = {}) {
  const wanted = { ...expected, ...changes };
  const wrong = [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
    .filter((name) => !same(found[name], wanted[name]))
    .map((name) => `${name} is ${JSON.stringify(found[name])}, not ${JSON.stringify(wanted[name])}`);
  if (verifier?.name !== "hyperstack-credentials" || !/^\d+\.\d+\.\d+/.test(verifier.version)) {
    wrong.push(`the verifier is ${JSON.stringify(verifier)}`);
  }
  return wrong;
}

/** Whether the recipient's address stands in the text, in any letter case. */
export function tellsAddress({ answer }, text) {
  const email = answer?.body?.recipient?.email;
  const address = typeof email === "string" ? email.trim().toLowerCase() : "";
  return address !== "" && text.toLowerCase().includes(address);
}

/** Verifies with the package; gives what is wrong with the result, nothing where it is as the case expects. */
export async function runCase({ Hyperstack }, each) {
  const asked = [];
  const told = [];
  const answer = answering(each);
  const client = new Hyperstack({
    token: "case-token-secret",
    dangerouslyAllowBrowser: true,
    onEvent: (event) => told.push(event),
    fetch: (url, init) => {
      asked.push(`${init.method} ${url}`);
      return answer(url, init);
    },
  });
  const found = await client.verify(each.input, optionsOf(each));
  const wrong = differences(each, found);
  const id = found.subject.id;
  const wanted = each.answer === null ? [] : [`GET https://api.thehyperstack.com/v1/credential/${id}/view`];
  if (!same(asked, wanted)) wrong.push(`asked: ${asked}, not ${wanted}`);
  const text = JSON.stringify([found, told]);
  if (tellsAddress(each, text)) wrong.push(`the address is told: ${text}`);
  if (text.includes("case-token-secret")) wrong.push(`the token is told: ${text}`);
  return wrong;
}
