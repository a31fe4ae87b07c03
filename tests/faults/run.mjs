/**
 * Runs a row of `table.mjs`: prepares the sandbox, makes the call, and checks the row's expectations and the general
 * ones. No timer and no listener is left when the call ends; neither the token nor the recipient's address is visible
 * anywhere. It runs in Node, in pages and in Workers, so it imports nothing of theirs.
 */
import { eventually, steer } from "../support/control.mjs";
import { POISON } from "./table.mjs";

/** Its first part stands in no other text of a run. */
const EMAIL = "quill.marigold@recipients.example";

/**
 * @param row a row of `table.mjs`
 * @param world `api`: the package; `runtime`: node, chromium, firefox or workerd; `sandbox`: `{ url, token }`;
 *   `elsewhere`: the address of another sandbox, which nothing may be sent to; `silentUrl`: a server that accepts
 *   connections and says nothing; `closedUrl`: an address where nobody listens; `inspect`: Node's.
 * @returns {Promise<{ name: string, ok: boolean, found: string[] }>} what is not as it has to be
 */
export async function runRow(row, world) {
  const found = [];
  const { api, sandbox, runtime } = world;
  const control = steer(sandbox);
  const elsewhere = steer({ url: world.elsewhere });
  await control.reset();
  if ("elsewhere" in row.expect) await elsewhere.reset();
  const stage = await makeStage(row, { api, control, sandbox, elsewhere: world.elsewhere });
  await row.arrange(stage);

  const expected = { ...row.expect, ...row.unless?.[runtime]?.expect };
  const watched = watch(row, stage, world);
  let outcome;
  let took;
  try {
    const options = { maxRetries: 1, ...row.options, signal: watched.signal };
    const client = new api.Hyperstack({
      token: sandbox.token,
      baseUrl: row.baseUrl ? world[row.baseUrl] : sandbox.url,
      dangerouslyAllowBrowser: true,
      onEvent: (event) => watched.events.push(event),
      ...(row.abort ? { fetch: watched.fetch } : {}),
      ...row.client?.(stage),
    });
    if (row.abort?.phase === "before") watched.abort();
    const started = performance.now();
    const call = row.call(client, stage, options);
    const settled = Promise.resolve(call?.withResponse ? call.withResponse() : call).then(
      (value) => ({ value }),
      (thrown) => ({ thrown }),
    );
    if (row.abort && row.abort.phase !== "before") await watched.abortInPhase();
    outcome = await settled;
    took = performance.now() - (watched.abortedAt ?? started);
    // At once: what is left now was left behind by the call.
    found.push(...watched.leftBehind());
    watched.see("client", client);
  } finally {
    watched.stop();
  }
  const { thrown } = outcome;
  if ("thrown" in outcome) watched.see("error", thrown);
  for (const error of stage.caught) watched.see("error", error);
  found.push(...judge(outcome, expected, row, stage, world, watched));
  if (row.abort ? took > 1000 : took > (expected.atMostMs ?? Number.POSITIVE_INFINITY)) {
    found.push(`it took ${Math.round(took)} ms`);
  }
  if (!row.abort && took < (expected.atLeastMs ?? 0)) found.push(`it took only ${Math.round(took)} ms`);
  found.push(...(await account(expected, outcome, stage, elsewhere)));
  // A rejection that nobody handles is reported some turns later: by now.
  found.push(...watched.uncaught());
  found.push(...unfitting(watched.events, outcome, row));
  found.push(...watched.secrets([sandbox.token], [stage.email]));
  return { name: row.name, ok: found.length === 0, found };
}

/* ---------------------------------------------------------------- before */

async function makeStage(row, { api, control, sandbox, elsewhere }) {
  const group_key = "faultsgroup1";
  // An id of its own for each row: browsers keep permanent redirects.
  const plant = (fields = {}) => control.credential({ recipient_email: EMAIL, group_key, ...fields });
  const ask = async (path, body) => {
    const headers = { authorization: `Bearer ${sandbox.token}`, "content-type": "application/json" };
    const init = body ? { method: "POST", body: JSON.stringify(body) } : {};
    return (await fetch(sandbox.url + path, { ...init, headers })).json();
  };
  // Nothing in it needs escaping in JSON.
  const poison = `no ${EMAIL} for Bearer ${sandbox.token}`;
  const stage = {
    api,
    control,
    elsewhere,
    token: sandbox.token,
    email: EMAIL,
    group_key,
    /** What a call of several caught itself. */
    caught: [],
    plant,
    ask,
    /** Adds steps, with what must be in no error in the place of the poison. */
    script: (...steps) => control.script(...JSON.parse(JSON.stringify(steps).replaceAll(POISON, poison))),
  };
  if (row.plants?.draft) {
    await control.group(group_key, {});
    const recipient = { name: "Zoë", email: `draft.${EMAIL}` };
    stage.id = (await ask("/v1/credentials/generate", { recipient, group_key })).document_id;
    await control.forgetRequests();
  } else if (row.plants?.credential) {
    // With its group.
    stage.id = await plant();
  } else {
    await control.group(group_key, {});
  }
  return stage;
}

/* ---------------------------------------------------------------- meanwhile */

/** Takes over what a call may leave behind or give away, until `stop()`. */
function watch(row, stage, { inspect }) {
  // Called unbound: browsers refuse them on any other receiver.
  const { setTimeout: start, clearTimeout: end } = globalThis;
  const { random } = Math;
  const timers = new Set();
  globalThis.setTimeout = (callback, ms, ...rest) => {
    const id = start(() => {
      timers.delete(id);
      callback(...rest);
    }, ms);
    // Node's fetch keeps a clock of its own, which is not the call's.
    if (!String(new Error().stack).includes("node:internal/deps/undici")) timers.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    end(id);
  };
  // Waits are at their shortest, always the same.
  Math.random = () => 0;

  const controller = new AbortController();
  const { signal } = controller;
  const listeners = [];
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  signal.addEventListener = (type, listener, ...more) => {
    listeners.push(listener);
    addEventListener.call(signal, type, listener, ...more);
  };
  signal.removeEventListener = (type, listener, ...more) => {
    const at = listeners.indexOf(listener);
    if (at >= 0) listeners.splice(at, 1);
    removeEventListener.call(signal, type, listener, ...more);
  };

  const seen = [];
  const see = (what, value) => seen.push([what, everythingOf(value, inspect)]);
  const printed = ["debug", "error", "info", "log", "trace", "warn"].map((name) => [name, console[name]]);
  for (const [name] of printed) {
    console[name] = (...all) => {
      for (const value of all) see(`console.${name}`, value);
    };
  }

  const wild = [];
  const catchers = ["unhandledrejection", "error"].map((type) => [
    type,
    (event) => {
      // Told here; the console needs not tell it again.
      event.preventDefault();
      wild.push(`${type}: ${event.reason ?? event.message}`);
      see(type, event.reason ?? event.error);
    },
  ]);
  const node = globalThis.process?.on ? ["unhandledRejection", "uncaughtExceptionMonitor"] : [];
  const nodeCatchers = node.map((type) => [
    type,
    (error) => {
      wild.push(`${type}: ${error}`);
      see(type, error);
    },
  ]);
  for (const [type, listener] of nodeCatchers) process.on(type, listener);
  if (!node.length) for (const [type, listener] of catchers) globalThis.addEventListener(type, listener);

  const pause = (ms) => new Promise((resolve) => start(resolve, ms));
  let answered;
  const answer = new Promise((resolve) => {
    answered = resolve;
  });
  const events = [];
  const self = {
    signal,
    events,
    see,
    abortedAt: undefined,
    /** Tells when headers have come; otherwise it is the runtime's own. */
    fetch: async (url, init) => {
      const response = await globalThis.fetch(url, init);
      answered();
      return response;
    },
    abort: () => {
      self.abortedAt = performance.now();
      controller.abort(row.abort.reason);
    },
    abortInPhase: async () => {
      const { phase, requests } = row.abort;
      if (phase === "body" || phase === "backoff") await answer;
      const arrived = async () => (await stage.control.requests()).length >= requests;
      await eventually(arrived, `${requests} requests arrive`);
      // The last step into the phase is not to be seen from outside.
      await pause(40);
      self.abort();
    },
    leftBehind: () => [
      ...(timers.size > 0 ? [`${timers.size} timers are left`] : []),
      ...(listeners.length > 0 ? [`${listeners.length} listeners are left`] : []),
    ],
    uncaught: () => {
      for (const [type, listener] of nodeCatchers) process.off(type, listener);
      if (!node.length)
        for (const [type, listener] of catchers) globalThis.removeEventListener(type, listener);
      return wild.map((text) => `nobody caught ${text}`);
    },
    stop: () => {
      Object.assign(globalThis, { setTimeout: start, clearTimeout: end });
      Math.random = random;
      for (const [name, print] of printed) console[name] = print;
    },
    /** Where a secret, a piece of a token or the name in an address stands in something that was seen. */
    secrets: (tokens, addresses) => {
      const pieces = new Map();
      for (const token of tokens) {
        for (let at = 0; at + 8 <= token.length; at += 1) pieces.set(token.slice(at, at + 8), "the token");
      }
      for (const address of addresses) pieces.set(address.split("@")[0], "the address");
      for (const event of events) see("event", event);
      return seen.flatMap(([what, text]) => {
        const lower = text.toLowerCase();
        const told = [...pieces].filter(([piece]) => lower.includes(piece.toLowerCase()));
        return [...new Set(told.map(([, name]) => `${name} stands in ${what}: ${text.slice(0, 2000)}`))];
      });
    },
  };
  return self;
}

/** Every text that is anywhere in a value, and every text that is commonly made of one. */
export function everythingOf(value, inspect) {
  const texts = [];
  const attempt = (make) => {
    try {
      texts.push(String(make()));
    } catch {
      // What cannot be made of it is not shown to anybody.
    }
  };
  if (inspect)
    attempt(() => inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }));
  attempt(() => value);
  attempt(() => JSON.stringify(value));
  const known = new Set();
  const walk = (part) => {
    if ((typeof part !== "object" && typeof part !== "function") || part === null) {
      attempt(() => part);
      return;
    }
    // Prototypes are the package's and the runtime's own, the same for every value.
    if (known.has(part) || known.size > 1000) return;
    known.add(part);
    for (const key of Reflect.ownKeys(part)) {
      attempt(() => key.toString());
      try {
        walk(part[key]);
      } catch {
        // A getter that throws gives nothing away.
      }
    }
  };
  walk(value);
  // Not own properties of every runtime's errors.
  if (value instanceof Error) for (const name of ["message", "stack", "cause"]) walk(value[name]);
  return texts.join("\n");
}

/* ---------------------------------------------------------------- afterwards */

const EFFECT = "may have taken effect";

/** What the caller got, against what the row says. */
function judge(outcome, expected, row, stage, { api }, { signal }) {
  const { thrown, value } = outcome;
  const failed = "thrown" in outcome;
  if (expected.aborted) {
    if (!failed) return ["it was not rejected"];
    return Object.is(thrown, signal.reason)
      ? []
      : [`it was rejected with ${thrown}, not with the signal's reason`];
  }
  if (expected.error) {
    if (!failed) return [`no error, but ${JSON.stringify(value)?.slice(0, 500)}`];
    const { name, mayHaveTakenEffect = false, issue, says = [], neverSays = [], ...fields } = expected.error;
    const found = [];
    const isOf = (each) => thrown?.constructor === api[each] && thrown?.name === each;
    if (![name].flat().some(isOf)) found.push(`${thrown} is no ${[name].flat().join(" or ")}`);
    const message = String(thrown?.message);
    for (const text of says) if (!text.test(message)) found.push(`it does not say ${text}: ${thrown}`);
    for (const text of neverSays) if (text.test(message)) found.push(`it says ${text}: ${thrown}`);
    const all = { status: undefined, retryAfterMs: undefined, operation: row.operation, ...fields };
    for (const [field, wanted] of Object.entries(all)) {
      if (thrown?.[field] !== wanted) found.push(`${field} is ${thrown?.[field]}, not ${wanted}: ${thrown}`);
    }
    if (issue !== undefined && thrown?.issues?.[0]?.path !== issue) {
      found.push(`the first issue is at ${thrown?.issues?.[0]?.path}, not ${issue}`);
    }
    const saysEffect = message.includes(EFFECT);
    if (saysEffect !== (thrown?.mayHaveTakenEffect ?? false))
      found.push(`its field says otherwise: ${thrown}`);
    if (saysEffect !== mayHaveTakenEffect) {
      found.push(`${mayHaveTakenEffect ? "it does not say" : "it says"} that it ${EFFECT}: ${thrown}`);
    }
    return found;
  }
  if (failed) return [`it was rejected with ${thrown}, after ${thrown?.attempts} attempts`];
  if ("result" in expected) return differences(value, expected.result, "result");
  const { data: parts = {}, ...fields } = expected.value;
  const found = row.answers(value.data, stage)
    ? []
    : [`the answer is another one: ${JSON.stringify(value.data)}`];
  found.push(...differences(pick(value, fields), fields, "answer"));
  found.push(...differences(pick(value.data, parts), parts, "data"));
  const marked = fields.reconciled ? true : undefined;
  if (value.data.reconciled !== marked)
    found.push(`data.reconciled is ${value.data.reconciled}, not ${marked}`);
  return found;
}

const pick = (value, keys) => Object.fromEntries(Object.keys(keys).map((key) => [key, value[key]]));

/** Both are JSON, up to the order of keys. */
function differences(found, expected, what) {
  const text = (value) =>
    JSON.stringify(value, (_key, part) =>
      part && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    );
  return text(found) === text(expected) ? [] : [`${what}: ${text(found)}, not ${text(expected)}`];
}

/** What the account holds and what it was asked, against what the row says. */
async function account(expected, { value }, stage, elsewhere) {
  const { control } = stage;
  const found = [];
  // One after the other: a browser keeps one connection then, and which ones it keeps decides what it sends again.
  const requests = await control.requests();
  const state = await control.state();
  const counts = {
    credentials: state.credentials,
    groups: state.groups,
    requests: requests.length,
    ...("elsewhere" in expected ? { elsewhere: (await elsewhere.state()).requests } : {}),
  };
  for (const [name, count] of Object.entries(counts)) {
    if (![expected[name]].flat().includes(count)) {
      const sent = requests.map(({ method, path }) => `${method} ${path}`).join(", ");
      found.push(`${count} ${name}, not ${expected[name]} (${sent})`);
    }
  }
  const made = value?.data?.document_id;
  // What is looked at now is to be answered truly.
  if (made || expected.published !== undefined) await control.clearScript();
  if (expected.published !== undefined) {
    const { status } = await stage.ask(`/v1/credential/${stage.id}/view`);
    if ((status !== "unpublished") !== expected.published) found.push(`the credential is ${status}`);
  }
  if (expected.sent) {
    const [{ header_names, authorized }] = requests;
    const missing = expected.sent.filter((name) => !header_names.includes(name));
    if (missing.length > 0 || !authorized)
      found.push(`not sent: ${missing} (${header_names}), ${authorized}`);
  }
  // What the caller holds is there.
  if (made) {
    const { success } = await stage.ask(`/v1/credential/${made}/view`);
    if (success !== true) found.push(`the account has no ${made}`);
  }
  return found;
}

/** What does not fit in the events of a call and its end. */
export function unfitting(all, { thrown, value }, row) {
  if (!row.operation) return [];
  const found = [];
  const own = all.filter(({ operation }) => operation === row.operation);
  const attempts = (thrown ?? value)?.attempts;
  const requests = own.filter(({ type }) => type === "request");
  if (attempts !== undefined && requests.length !== attempts) {
    found.push(`${requests.length} events of requests, but ${attempts} attempts`);
  }
  requests.forEach(({ attempt }, at) => {
    if (attempt !== at + 1) found.push(`request ${at + 1} is said to be attempt ${attempt}`);
  });
  const retries = own.filter(({ type }) => type === "retry");
  if (attempts > 0 && retries.length !== attempts - 1) {
    found.push(`${retries.length} events of repeats, but ${attempts} attempts`);
  }
  for (const { status, durationMs } of own.filter(({ type }) => type === "response")) {
    if (!Number.isInteger(status) || !(durationMs >= 0))
      found.push(`a response of ${status}, ${durationMs} ms`);
  }
  const last = own.filter(({ type }) => type === "error").at(-1);
  if (attempts > 0 && thrown) {
    for (const field of ["attempts", "name", "code", "status", "retryable"]) {
      if (last?.[field] !== thrown[field]) found.push(`the error's event says ${field} ${last?.[field]}`);
    }
  } else if (value && last) {
    found.push(`an event of an error, but it ended well: ${last.code}`);
  }
  return found;
}
