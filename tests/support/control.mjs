/**
 * Controls a running sandbox (the routes under /_sandbox) and waits for conditions. It runs in pages and Workers too, so
 * it imports nothing.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** An id as credentials have them. */
export function newId() {
  return Array.from({ length: 32 }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join("");
}

/** The public link of a credential. */
export const linkTo = (id) => `https://hyperstack.id/credential/${id}`;

/** The control API of a sandbox; a mistake in the steering is an error of its own. */
export function steer(sandbox) {
  const ask = async (method, path, body) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${sandbox.url}/_sandbox${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /_sandbox${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    state: () => ask("GET", "/state"),
    samples: () => ask("GET", "/samples"),
    reset: () => ask("POST", "/reset", {}),
    requests: () => ask("GET", "/requests"),
    forgetRequests: () => ask("DELETE", "/requests"),
    script: (...steps) => ask("POST", "/script", steps),
    clearScript: () => ask("DELETE", "/script"),
    /** Changes how the account stores addresses, compares keys and writes dates; `fields` as sandbox/README.md lists them. */
    account: (fields) => ask("PUT", "/account", fields),
    balance: (balance) => ask("PUT", "/balance", { balance }),
    group: (key, fields) => ask("PUT", `/groups/${key}`, fields),
    /** Plants a credential, published and valid unless `fields` say otherwise; gives its id. */
    credential: async (fields = {}, id = newId()) => {
      await ask("PUT", `/credentials/${id}`, fields);
      return id;
    },
  };
}

/** Polls until `holds` gives something true; after two seconds that is an error. */
export async function eventually(holds, what) {
  const deadline = Date.now() + 2_000;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within two seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a promise is rejected with; an error where it is not. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("a rejection was expected");
}
