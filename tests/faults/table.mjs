/**
 * The fault table: what can go wrong between a call and the API, one row for each fault and operation, with what the
 * caller receives and what the account contains afterwards. It runs in Node, in pages and in Workers (`run.mjs` runs a row),
 * so it imports nothing of theirs.
 *
 * The expectations follow from two tables here, as documented (README, docs/decisions/0005-retries.md): when each
 * operation may be retried, and what each fault means. None of them is taken from the client.
 */

/** Replaced in every step by a string with the token and the recipient's address: no error may disclose it. */
export const POISON = "{poison}";

const GROUP = { title: "Rust 101", description: "A course", badge_template: "b" };

/* ---------------------------------------------------------------- operations */

/**
 * - `retry`: when a lost request may be retried. "safe": always; "publish": always, and a refusal is then reconciled;
 *   "search": only if a search does not find the credential; "never".
 * - `effect`: what a request that was carried out adds.
 * - `reconcilePath`: the request by which a lost one is reconciled.
 */
const OPERATIONS = {
  "credentials.view": {
    retry: "safe",
    path: ({ id }) => `/v1/credential/${id}/view`,
    call: (client, { id }, options) => client.credentials.view(id, options),
    answers: (data, { id }) => data.document_id === id,
  },
  "account.get": {
    retry: "safe",
    path: () => "/v1/auth",
    call: (client, _stage, options) => client.account.get(options),
    answers: (data) => data.account_name !== "",
  },
  "credentials.update": {
    retry: "safe",
    path: ({ id }) => `/v1/credential/${id}/update`,
    call: (client, { id }, options) => client.credentials.update(id, { expiry: null }, options),
    answers: (data) => data.success === true,
  },
  "credentials.publish": {
    retry: "publish",
    draft: true,
    effect: { published: true },
    path: ({ id }) => `/v1/credential/${id}/publish`,
    reconcilePath: ({ id }) => `/v1/credential/${id}/view`,
    call: (client, { id }, options) => client.credentials.publish(id, options),
    answers: (data) => data.success === true,
  },
  "credentials.generate": creation("generate", "/v1/credentials/generate"),
  "credentials.issue": creation("issue", "/v1/credentials/new"),
  "groups.create": {
    retry: "never",
    effect: { groups: 1 },
    path: () => "/v1/groups/new",
    call: (client, _stage, options) => client.groups.create({ ...GROUP, title: "Another" }, options),
    answers: (data) => typeof data.group_key === "string" && data.group_key !== "",
  },
};

function creation(method, path) {
  return {
    retry: "search",
    effect: { credentials: 1 },
    path: () => path,
    reconcilePath: () => "/v1/credentials/search",
    call: (client, { email, group_key }, options) =>
      client.credentials[method]({ recipient: { name: "Zoë", email }, group_key }, options),
    answers: (data, { email, group_key }) =>
      data.recipient.email === email && data.group.key === group_key && data.document_id !== "",
  };
}

const ALL = Object.keys(OPERATIONS);
/** One of each kind. */
const KINDS = [
  "credentials.view",
  "credentials.update",
  "credentials.publish",
  "credentials.generate",
  "groups.create",
];
const createsCredentials = (operation) => OPERATIONS[operation]?.retry === "search";

/* ---------------------------------------------------------------- rows */

const rows = [];

/**
 * Adds a row. Defaults: the account holds a published credential and a group, nothing is scripted, one retry is
 * allowed, and afterwards the account holds what it held.
 *
 * - `arrange(stage)` plants and scripts.
 * - `call(client, stage, options)` is the call; by default, that of `operation`.
 * - `client`, `options`: more options of the client, of the call.
 * - `abort`: when the signal fires, and with which reason.
 * - `expect`: `error` (a `name` of several is any of them; its message matches every pattern of `says` and none of
 *   `neverSays`), `value` or `aborted`; `credentials`, `groups`, `published`, `requests` (one of several, if it is a
 *   list), `elsewhere`; how long it takes, `atLeastMs` and `atMostMs`.
 * - `unless`: by runtime, expectations that differ there, with the reason.
 */
function row(fields) {
  const { operation } = fields;
  const call = OPERATIONS[operation];
  rows.push({
    plants: { draft: call?.draft ?? false, credential: !createsCredentials(operation) },
    arrange: async () => {},
    call: call?.call,
    answers: call?.answers ?? (() => true),
    ...fields,
  });
}

/** What the account holds after `times` requests of the operation were carried out. */
function holding(operation, times) {
  const { effect = {}, draft } = OPERATIONS[operation];
  return {
    credentials: (createsCredentials(operation) ? 0 : 1) + (effect.credentials ?? 0) * times,
    groups: 1 + (effect.groups ?? 0) * times,
    ...(draft ? { published: times > 0 } : {}),
  };
}

/** A step for the requests of an operation. Pages, which have another origin, can read its `headers`. */
const stepFor = (operation, stage, step) => ({
  ...step,
  headers: { "access-control-expose-headers": "retry-after, x-request-id", ...step.headers },
  match: { path_prefix: OPERATIONS[operation].path(stage) },
});

const scripting =
  (operation, step, more = {}) =>
  (stage) =>
    stage.script(stepFor(operation, stage, { ...step, ...more }));

const browsers = (why, expect) => ({ chromium: { why, expect }, firefox: { why, expect } });

const RESENT = {
  chromium: `Chromium itself resends once what was lost on a reused connection before all headers arrived, POST or not.
    No page can detect or prevent it; if the first request was carried out, so is the second`,
  firefox: `Firefox itself resends once what was lost on a reused connection before anything arrived, POST or not, and a
    GET up to ten times. No page can detect or prevent it; if the first request was carried out, so is the second`,
  workerd: "workerd itself resends once a GET that was lost before all headers arrived",
};
/**
 * The number of requests that arrive for two attempts that are lost for ever. Requests bypass caches, so a browser sends
 * a preflight before each attempt, which leaves an open connection for it; in workerd the second attempt is on a new one.
 * Firefox may have a second open connection and resend on that, too, or open a new one at once: it depends on timing.
 */
const RESENT_FOR_EVER = {
  chromium: { safe: 4, publish: 4, search: 6 },
  firefox: { safe: 20, publish: [3, 4, 5], search: [5, 6, 7] },
  workerd: { safe: 3 },
};

/** Returns `unless` for a response that is lost, once or for ever, in a runtime that itself resends. */
function resent(runtime, operation, done, forEver) {
  const { retry } = OPERATIONS[operation];
  if (runtime === "workerd" && operation !== "credentials.view") return {};
  const unless = (expect) => ({ [runtime]: { why: RESENT[runtime], expect } });
  if (forEver) return unless({ requests: RESENT_FOR_EVER[runtime][retry] });
  const answered = { error: undefined, value: { attempts: 1, reconciled: false }, requests: 2 };
  const refused = (name, code, status) => ({
    error: { name, code, status, attempts: 1, retryable: false },
    value: undefined,
    requests: 2,
  });
  return unless(
    {
      safe: answered,
      publish: done ? refused("BadRequestError", "invalid_status", 400) : answered,
      search: done ? refused("ConflictError", "credential_exists", 409) : answered,
      never: { ...answered, ...holding(operation, done ? 2 : 1) },
    }[retry],
  );
}

/* ---------------------------------------------------------------- the response is lost */

/** A body that is long enough to be cut. */
const LONG = { body: JSON.stringify({ success: true, padding: "x".repeat(100), said: POISON }) };
const JSON_POISON = JSON.stringify({ success: false, error: POISON, detail: POISON, error_code: "e" });
const HTML = `<!doctype html><title>Bad gateway</title><p>${POISON}`;
const html = { "content-type": "text/html" };

const CONNECTION = { name: "ConnectionError", code: "connection_failed" };
const TIMEOUT = { name: "TimeoutError", code: "timeout" };
/** A short timeout, for attempts that are meant to time out. */
const SHORT = { timeoutMs: 200 };

/**
 * - `brief`: much like the one before it, so not in every combination, which saves time.
 * - `resent`: the runtimes that themselves resend.
 */
const LOST = [
  {
    name: "reset before the headers",
    step: { cut: "before_headers" },
    error: CONNECTION,
    resent: ["chromium", "firefox", "workerd"],
  },
  {
    name: "closed before the headers",
    step: { cut: "before_headers", cut_with: "close" },
    error: CONNECTION,
    brief: true,
    resent: ["chromium", "firefox", "workerd"],
  },
  {
    name: "reset in the headers",
    step: { cut: "in_headers" },
    error: CONNECTION,
    resent: ["chromium", "workerd"],
  },
  { name: "reset in the body", step: { ...LONG, cut: { body_bytes: 20 } }, error: CONNECTION },
  {
    name: "closed in the body",
    step: { ...LONG, cut: { body_bytes: 20 }, cut_with: "close" },
    error: CONNECTION,
    brief: true,
  },
  { name: "stall before the headers", step: { delay_ms: 5000 }, error: TIMEOUT, options: SHORT },
  { name: "stall in the body", step: { ...LONG, stall_after_bytes: 20 }, error: TIMEOUT, options: SHORT },
  {
    name: "slow drip past the attempt's time",
    step: { body_repeat: { text: " ", times: 300 }, chunk_bytes: 10, chunk_delay_ms: 50 },
    error: TIMEOUT,
    options: SHORT,
    brief: true,
  },
  ...[502, 503, 504].map((status) => ({
    name: `${status} in JSON`,
    step: { status, body: JSON_POISON, headers: { "retry-after": "0" } },
    error: { name: "ServerError", code: "e", status, retryAfterMs: 0 },
  })),
  {
    name: "502 in HTML",
    step: { status: 502, body: HTML, headers: { ...html, "retry-after": "0" } },
    error: { name: "ServerError", code: "server_error", status: 502, retryAfterMs: 0 },
  },
  {
    name: "504 without a body",
    step: { status: 504, headers: { "content-type": null, "retry-after": "0" } },
    error: { name: "ServerError", code: "server_error", status: 504, retryAfterMs: 0 },
  },
];

for (const fault of LOST) {
  for (const operation of ALL) {
    const { retry, effect } = OPERATIONS[operation];
    if (operation === "account.get" && (fault.brief || fault.options)) continue;
    if (operation === "credentials.issue" && fault.brief) continue;
    for (const done of effect ? [true, false] : [false]) {
      const prefix = `${operation}${effect ? `, ${done ? "" : "not "}carried out` : ""}: ${fault.name}`;
      const step = { ...fault.step, apply: done };
      const fields = { operation, options: fault.options };
      const once = holding(operation, done ? 1 : 0);
      const after = holding(operation, 1);
      const outcome = {
        safe: { value: { attempts: 2, reconciled: false }, ...after, requests: 2 },
        // The second request is refused, and then reconciled.
        publish: done
          ? { value: { attempts: 2, reconciled: true }, ...after, requests: 3 }
          : { value: { attempts: 2, reconciled: false }, ...after, requests: 2 },
        search: done
          ? { value: { attempts: 1, reconciled: true }, ...after, requests: 2 }
          : { value: { attempts: 2, reconciled: false }, ...after, requests: 3 },
        never: {
          error: { ...fault.error, attempts: 1, retryable: false, mayHaveTakenEffect: true },
          ...once,
          requests: 1,
        },
      }[retry];
      const unless = (forEver) =>
        Object.assign(
          {},
          ...(fault.resent ?? []).map((runtime) => resent(runtime, operation, done, forEver)),
        );
      row({
        ...fields,
        name: `${prefix}, once`,
        arrange: scripting(operation, step),
        expect: outcome,
        unless: unless(false),
      });

      // For ever: the others of each kind end alike, and what was carried out is found the first time.
      if (!["credentials.view", "credentials.publish", "credentials.generate"].includes(operation)) continue;
      if (fault.brief || (retry === "search" ? done : effect && !done)) continue;
      if (retry === "publish" && fault.options) continue;
      const creates = retry === "search";
      row({
        ...fields,
        name: `${prefix}, for ever`,
        arrange: scripting(operation, step, { times: 100 }),
        expect: {
          error: { ...fault.error, attempts: 2, retryable: !creates, mayHaveTakenEffect: creates },
          ...once,
          requests: creates ? 4 : 2,
        },
        unless: unless(true),
      });
    }
  }
}

for (const [name, where, error, options] of [
  ["nobody listens", "closedUrl", CONNECTION, {}],
  ["stall while connecting", "silentUrl", TIMEOUT, SHORT],
]) {
  for (const operation of ["credentials.view", "credentials.generate", "groups.create"]) {
    const safe = OPERATIONS[operation].retry === "safe";
    row({
      name: `${operation}: ${name}`,
      operation,
      options,
      baseUrl: where,
      expect: {
        // The search for a creation fails, so it is not retried.
        error: { ...error, attempts: safe ? 2 : 1, retryable: safe, mayHaveTakenEffect: !safe },
        ...holding(operation, 0),
        requests: 0,
      },
    });
  }
}

for (const operation of ["credentials.view", "credentials.generate"]) {
  const safe = operation === "credentials.view";
  const error = { ...CONNECTION, attempts: safe ? 2 : 1, retryable: safe, mayHaveTakenEffect: !safe };
  const host = /127\.0\.0\.1/;
  const hostOnly = { why: "the runtime does not say why", expect: { error: { ...error, says: [host] } } };
  row({
    name: `${operation}: nobody listens, and the error says where and why`,
    operation,
    baseUrl: "closedUrl",
    expect: {
      error: { ...error, says: [host, /ECONNREFUSED/] },
      ...holding(operation, 0),
      requests: 0,
    },
    unless: { chromium: hostOnly, firefox: hostOnly, workerd: hostOnly },
  });
}

/* ---------------------------------------------------------------- it takes effect after its response */

/** Allows duplicates in the group, so that a second credential is created, not refused. */
const duplicatesAllowed = ({ control, group_key }) => control.group(group_key, { allow_duplicates: true });

for (const operation of ["credentials.generate", "credentials.issue"]) {
  for (const [name, step, atLeastMs] of [
    [
      "503 with retry-after: 3, carried out after 200 ms",
      { status: 503, body: JSON_POISON, headers: { "retry-after": "3" }, apply_after_ms: 200 },
      2990,
    ],
    ["504 without a header, carried out after 100 ms", { status: 504, apply_after_ms: 100 }, 240],
    [
      "cut in the body, carried out after 100 ms",
      { ...LONG, cut: { body_bytes: 20 }, apply_after_ms: 100 },
      240,
    ],
  ]) {
    row({
      name: `${operation}: ${name}`,
      operation,
      arrange: async (stage) => {
        await duplicatesAllowed(stage);
        await stage.script(stepFor(operation, stage, step));
      },
      // The wait is before the search, so that the search finds what was carried out meanwhile.
      expect: {
        value: { attempts: 1, reconciled: true },
        ...holding(operation, 1),
        requests: 2,
        atLeastMs,
      },
    });
  }
}

/* ---------------------------------------------------------------- total budget */

const DRIP = { body_repeat: { text: " ", times: 4000 }, chunk_bytes: 10, chunk_delay_ms: 50 };
for (const operation of KINDS) {
  const { retry, effect } = OPERATIONS[operation];
  const safe = ["safe", "publish"].includes(retry);
  row({
    name: `${operation}${effect ? ", carried out" : ""}: slow drip past the total budget`,
    operation,
    options: { timeoutMs: 10_000, totalTimeoutMs: 300, maxRetries: 5 },
    arrange: scripting(operation, { ...DRIP, apply: Boolean(effect) }, { times: 100 }),
    expect: {
      // No time is left for a search.
      error: { ...TIMEOUT, attempts: 1, retryable: safe, mayHaveTakenEffect: !safe },
      ...holding(operation, 1),
      requests: 1,
      atLeastMs: 290,
      atMostMs: 1500,
    },
  });
}
row({
  name: "credentials.view: the total budget bounds all attempts and the waits between them",
  operation: "credentials.view",
  options: { timeoutMs: 200, totalTimeoutMs: 600, maxRetries: 20 },
  arrange: scripting("credentials.view", DRIP, { times: 100 }),
  expect: {
    // 200 ms, a wait of 250, what is left, and no time for the next wait.
    error: { ...TIMEOUT, attempts: 2, retryable: true },
    ...holding("credentials.view", 0),
    requests: 2,
    atLeastMs: 590,
    atMostMs: 1700,
  },
});

/* ---------------------------------------------------------------- the response cannot be read */

/** `brief`: the same class of fault as another one, so for a read and a creation only. */
const UNREADABLE = [
  { name: "HTML 200", step: { body: HTML, headers: html }, code: "bad_content_type" },
  { name: "empty 200", step: { body: "" }, code: "truncated" },
  {
    name: "empty 200 without a content type",
    step: { headers: { "content-type": null } },
    code: "bad_content_type",
    brief: true,
  },
  {
    name: "empty 204",
    step: { status: 204, headers: { "content-type": null } },
    code: "bad_content_type",
    brief: true,
    status: 204,
  },
  {
    name: "truncated JSON",
    step: { body: `{"success":true,"document_id":"${POISON}` },
    code: "truncated",
  },
  {
    name: "cut short by its own content-length",
    step: { body: `{"success":true,"said":"${POISON}"}`, headers: { "content-length": "5" } },
    code: "truncated",
    brief: true,
  },
  {
    name: "more after the JSON",
    step: { body: `{"success":true}${POISON}` },
    code: "bad_json",
    brief: true,
  },
  {
    name: "duplicate keys",
    step: { body: `{"success":true,"success":true,"said":"${POISON}"}` },
    code: "bad_json",
  },
  { name: "not UTF-8", step: { body_base64: "eyJhIjoi/yJ9" }, code: "bad_json", brief: true },
  { name: "another shape", step: { body: `[${JSON.stringify(POISON)}]` }, code: "bad_shape", brief: true },
  {
    name: "10 MB, announced",
    step: { body_repeat: { text: " ", times: 10_000_000 } },
    code: "body_too_large",
    status: undefined,
  },
  {
    name: "10 MB, not announced",
    step: { body_repeat: { text: " ", times: 10_000_000 }, headers: { "content-length": null } },
    code: "body_too_large",
    status: undefined,
  },
  // If the request was carried out, the body is the true one.
  {
    name: "wrong content type",
    step: { headers: { "content-type": "text/plain" } },
    code: "bad_content_type",
    truth: true,
  },
];

for (const fault of UNREADABLE) {
  for (const operation of fault.brief ? ["credentials.view", "credentials.generate"] : KINDS) {
    const { retry, effect } = OPERATIONS[operation];
    for (const done of effect || fault.truth ? [true, false] : [false]) {
      const creates = retry === "search" || retry === "never";
      const status = "status" in fault ? fault.status : 200;
      const error = { name: "ResponseError", code: fault.code, status, attempts: 1, retryable: false };
      const step = { ...(fault.truth ? {} : { status: 200 }), ...fault.step, apply: done };
      const found = retry === "search" && done;
      row({
        name: `${operation}${effect ? `, ${done ? "" : "not "}carried out` : done ? ", with the true body" : ""}: ${fault.name}`,
        operation,
        arrange: scripting(operation, step, { times: 100 }),
        // The request has probably taken effect, so it is searched, never retried.
        expect: {
          ...(found
            ? { value: { attempts: 1, reconciled: true } }
            : { error: { ...error, mayHaveTakenEffect: creates } }),
          ...holding(operation, done ? 1 : 0),
          requests: retry === "search" ? 2 : 1,
        },
      });
    }
  }
}

/* ---------------------------------------------------------------- redirects */

/** Whether the call creates something, so that its errors must say that it may have taken effect unless the API refused. */
const creates = (operation) => ["search", "never"].includes(OPERATIONS[operation].retry);
const OPAQUE = "pages are not shown the status of a redirect";
const redirected = (operation, status, to, location) => {
  const error = {
    name: "ResponseError",
    code: "unexpected_redirect",
    attempts: 1,
    retryable: false,
    mayHaveTakenEffect: creates(operation),
  };
  row({
    name: `${operation}: ${status} ${to}`,
    operation,
    arrange: (stage) =>
      stage.script(stepFor(operation, stage, { status, headers: { location: location(stage) }, times: 100 })),
    expect: { error: { ...error, status }, ...holding(operation, 0), requests: 1, elsewhere: 0 },
    unless: browsers(OPAQUE, { error: { ...error, status: undefined } }),
  });
};
for (const status of [301, 302, 303, 307, 308]) {
  for (const operation of status === 307 ? KINDS : ["credentials.view", "credentials.generate"]) {
    const location = (stage) => `${stage.elsewhere}/v1/credential/elsewhere/view?said=${POISON}`;
    redirected(operation, status, "to another origin", location);
  }
  redirected("credentials.view", status, "to the same origin", () => "/v1/auth");
  redirected("credentials.view", status, "to nowhere", () => null);
}

/* ---------------------------------------------------------------- refusals */

/** 404s without a code: what is missing follows from the operation. */
const MISSING = {
  "credentials.view": "credential_not_found",
  "credentials.update": "credential_not_found",
  "credentials.publish": "credential_not_found",
  "credentials.generate": "group_not_found",
  "groups.create": "not_found",
};
const refusal = (more = {}) => JSON.stringify({ success: false, error: POISON, ...more });
const REFUSALS = [
  ["401", 401, JSON.stringify({ detail: POISON }), "AuthenticationError", "unauthorized"],
  ["401 in HTML", 401, HTML, "AuthenticationError", "unauthorized"],
  ["403", 403, JSON.stringify({ detail: POISON }), "PermissionError", "forbidden"],
  ["403 in HTML", 403, HTML, "PermissionError", "forbidden"],
  ["404 without a code", 404, refusal(), "NotFoundError", null],
  ["404 with a code", 404, refusal({ error_code: "group_not_found" }), "NotFoundError", "group_not_found"],
  ["404 in HTML", 404, HTML, "ResponseError", "bad_content_type"],
  ["404 that is not the API's", 404, JSON.stringify({ message: POISON }), "ResponseError", "bad_shape"],
  ["409", 409, refusal({ error_code: "credential_exists" }), "ConflictError", "credential_exists"],
  ["402", 402, refusal({ error_code: "low_balance" }), "InsufficientBalanceError", "low_balance"],
  ["400", 400, refusal({ error_code: "missing_recipient" }), "BadRequestError", "missing_recipient"],
  ["400 with an unknown code", 400, refusal({ error_code: "new_rule_7" }), "BadRequestError", "new_rule_7"],
  ["500", 500, refusal(), "ServerError", "server_error"],
  ["500 in HTML", 500, HTML, "ServerError", "server_error"],
  ["501", 501, refusal(), "ServerError", "server_error"],
];
for (const [name, status, body, error, code] of REFUSALS) {
  for (const operation of KINDS) {
    row({
      name: `${operation}: ${name}`,
      operation,
      arrange: scripting(operation, {
        status,
        body,
        headers: { ...(body === HTML ? html : {}), "x-request-id": POISON },
        times: 100,
      }),
      expect: {
        error: {
          name: error,
          code: code ?? MISSING[operation],
          status,
          attempts: 1,
          retryable: false,
          mayHaveTakenEffect: creates(operation) && ["ResponseError", "ServerError"].includes(error),
        },
        ...holding(operation, 0),
        requests: 1,
      },
    });
  }
}

/* Refusals of a proxy, in words that are not the API's. */

for (const status of [413, 431]) {
  for (const operation of ["credentials.view", "credentials.generate"]) {
    for (const [form, body, headers] of [
      ["JSON", JSON.stringify({ message: POISON }), {}],
      ["HTML", HTML, html],
    ]) {
      row({
        name: `${operation}: ${status} of a proxy, in ${form}`,
        operation,
        arrange: scripting(operation, { status, body, headers, times: 100 }),
        // The request is too large. A missing `success` is not what is wrong.
        expect: {
          error: {
            name: ["BadRequestError", "ResponseError"],
            status,
            attempts: 1,
            retryable: false,
            neverSays: [/success/],
          },
          ...holding(operation, 0),
          requests: 1,
        },
      });
    }
  }
}

/* Failures of a read that pass. */

for (const status of [408, 425, 520, 521, 522, 523, 524, 525, 530]) {
  for (const operation of ["credentials.view", "account.get"]) {
    const step = { status, body: HTML, headers: { ...html, "retry-after": "0" } };
    const resent408 = (expect) =>
      status === 408 ? { unless: { chromium: { why: "Chromium resends after 408, too", expect } } } : {};
    row({
      name: `${operation}: ${status} in HTML, once`,
      operation,
      arrange: scripting(operation, step),
      expect: { value: { attempts: 2, reconciled: false }, ...holding(operation, 0), requests: 2 },
      ...resent408({ value: { attempts: 1, reconciled: false } }),
    });
    row({
      name: `${operation}: ${status} in HTML, for ever`,
      operation,
      arrange: scripting(operation, step, { times: 100 }),
      expect: {
        error: {
          name: status < 500 ? ["ServerError", "TimeoutError"] : "ServerError",
          status,
          attempts: 2,
          retryable: true,
          retryAfterMs: 0,
        },
        ...holding(operation, 0),
        requests: 2,
      },
      ...resent408({ requests: 4 }),
    });
  }
}

/* In the sandbox's own words. */

row({
  name: "credentials.view: a token that the API does not know",
  operation: "credentials.view",
  client: () => ({ token: "another-token-of-somebody" }),
  expect: {
    error: { name: "AuthenticationError", code: "unauthorized", status: 401, attempts: 1, retryable: false },
    ...holding("credentials.view", 0),
    requests: 1,
  },
});
for (const operation of ["credentials.generate", "credentials.issue"]) {
  const refused = (name, code, status) => ({
    error: { name, code, status, attempts: 1, retryable: false },
    ...holding(operation, 0),
    requests: 1,
  });
  row({
    name: `${operation}: the group has one for this address already`,
    operation,
    arrange: ({ plant, email, group_key }) => plant({ recipient_email: email, group_key }),
    expect: { ...refused("ConflictError", "credential_exists", 409), credentials: 1 },
  });
  row({
    name: `${operation}: no credits left`,
    operation,
    arrange: ({ control }) => control.balance(0),
    expect: refused("InsufficientBalanceError", "low_balance", 402),
  });
  row({
    name: `${operation}: no such group`,
    operation,
    arrange: (stage) => {
      stage.group_key = "nosuchgroup1";
    },
    expect: refused("NotFoundError", "group_not_found", 404),
  });
}
for (const operation of ["credentials.view", "credentials.update", "credentials.publish"]) {
  row({
    name: `${operation}: no such credential`,
    operation,
    plants: { credential: true },
    arrange: (stage) => {
      stage.id = "NoSuchCredential0000000000000001";
    },
    expect: {
      error: {
        name: "NotFoundError",
        code: "credential_not_found",
        status: 404,
        attempts: 1,
        retryable: false,
      },
      ...holding("credentials.view", 0),
      requests: 1,
    },
  });
}
row({
  name: "credentials.publish: it is published already",
  operation: "credentials.publish",
  plants: { credential: true },
  expect: {
    error: { name: "BadRequestError", code: "invalid_status", status: 400, attempts: 1, retryable: false },
    ...holding("credentials.view", 0),
    published: true,
    requests: 1,
  },
});

/* ---------------------------------------------------------------- 429 */

const limited = (retry_after) => ({
  status: 429,
  body: JSON_POISON.replace(',"error_code":"e"', ""),
  headers: retry_after === null ? {} : { "retry-after": retry_after },
});
const LIMITED = { name: "RateLimitError", code: "rate_limited", status: 429, retryable: true };

for (const operation of ALL) {
  row({
    name: `${operation}: 429 once is retried, whatever its effect: the API refused before doing anything`,
    operation,
    arrange: scripting(operation, limited("0")),
    expect: { value: { attempts: 2, reconciled: false }, ...holding(operation, 1), requests: 2 },
  });
  row({
    name: `${operation}: 429 for ever`,
    operation,
    options: { maxRetries: 3 },
    arrange: scripting(operation, limited("0"), { times: 100 }),
    expect: {
      error: { ...LIMITED, attempts: 4, retryAfterMs: 0 },
      ...holding(operation, 0),
      requests: 4,
    },
  });
}
const waits = (what, retry_after, atLeastMs, atMostMs) =>
  row({
    name: `credentials.view: 429, ${what}`,
    operation: "credentials.view",
    arrange: (stage) => stage.script(stepFor("credentials.view", stage, limited(retry_after()))),
    expect: {
      value: { attempts: 2, reconciled: false },
      ...holding("credentials.view", 1),
      requests: 2,
      atLeastMs,
      atMostMs,
    },
  });
waits("in seconds", () => "1", 990, 2500);
// A date has whole seconds: two ahead are more than one.
waits("a date", () => new Date(Date.now() + 2000).toUTCString(), 900, 3500);
waits("a date that is over", () => new Date(Date.now() - 60_000).toUTCString(), 0, 240);
// Ignored: the ordinary wait, of which the first is at least 250 ms.
waits("garbage", () => "soon; very soon", 240, 1700);
waits("nothing", () => null, 240, 1700);
// A time in seconds since 1970, which would be a wait of 57 years.
waits("a time in seconds since 1970", () => String(Math.floor(Date.now() / 1000) + 3600), 240, 1700);
for (const operation of ["credentials.view", "credentials.generate"]) {
  for (const [retry_after, retryAfterMs] of [
    ["86400", 86_400_000],
    ["61", 61_000],
    ["99999999999999999999", 2 ** 53],
  ]) {
    row({
      name: `${operation}: 429, ${retry_after} seconds are left to the caller`,
      operation,
      arrange: scripting(operation, limited(retry_after), { times: 100 }),
      expect: {
        error: { ...LIMITED, attempts: 1, retryAfterMs },
        ...holding(operation, 0),
        requests: 1,
        atMostMs: 1500,
      },
    });
  }
}
row({
  name: "credentials.view: 429, 86400 seconds, not shown to pages of another origin",
  operation: "credentials.view",
  arrange: (stage) => {
    const step = stepFor("credentials.view", stage, limited("86400"));
    delete step.headers["access-control-expose-headers"];
    return stage.script(step);
  },
  expect: {
    error: { ...LIMITED, attempts: 1, retryAfterMs: 86_400_000 },
    ...holding("credentials.view", 0),
    requests: 1,
  },
  unless: browsers("the header is not among those that a page of another origin may read", {
    error: undefined,
    value: { attempts: 2, reconciled: false },
    requests: 2,
    atLeastMs: 240,
  }),
});
row({
  name: "credentials.view: 503 obeys Retry-After too",
  operation: "credentials.view",
  arrange: scripting("credentials.view", { status: 503, headers: { "retry-after": "1" } }),
  expect: {
    value: { attempts: 2, reconciled: false },
    ...holding("credentials.view", 0),
    requests: 2,
    atLeastMs: 990,
    atMostMs: 2500,
  },
});
row({
  name: "credentials.view: the wait doubles",
  operation: "credentials.view",
  options: { maxRetries: 2 },
  arrange: scripting("credentials.view", { status: 503 }, { times: 2 }),
  // 250 and 500 ms: `run.mjs` sets the jitter to its lowest value.
  expect: {
    value: { attempts: 3, reconciled: false },
    ...holding("credentials.view", 0),
    requests: 3,
    atLeastMs: 740,
    atMostMs: 2200,
  },
});

/* ---------------------------------------------------------------- search for a lost creation */

const GATEWAY = { status: 504, body: HTML, headers: { ...html, "retry-after": "0" } };
const GATEWAY_ERROR = { name: "ServerError", code: "server_error", status: 504, retryAfterMs: 0 };
const search = (step) => ({ ...step, match: { path_prefix: "/v1/credentials/search" } });

for (const operation of ["credentials.generate", "credentials.issue"]) {
  const lost = (stage, apply) => stepFor(operation, stage, { ...GATEWAY, apply });
  for (const [name, step, requests] of [
    ["is refused", { status: 403, body: JSON_POISON }, 2],
    ["cannot be read", { body: HTML, headers: html }, 2],
    ["fails for ever", { status: 503, body: JSON_POISON, headers: { "retry-after": "0" }, times: 100 }, 3],
    ["is lost for ever", { ...LONG, cut: { body_bytes: 20 }, times: 100 }, 3],
  ]) {
    for (const apply of [true, false]) {
      row({
        name: `${operation}, ${apply ? "" : "not "}carried out: lost, and the search for it ${name}`,
        operation,
        arrange: (stage) =>
          stage.script(
            lost(stage, apply),
            search({
              ...step,
              headers: { "access-control-expose-headers": "retry-after", ...step.headers },
            }),
          ),
        expect: {
          error: { ...GATEWAY_ERROR, attempts: 1, retryable: false, mayHaveTakenEffect: true },
          ...holding(operation, apply ? 1 : 0),
          requests,
        },
      });
    }
  }
  row({
    name: `${operation}, carried out: lost, and found only by the second search, after a refusal`,
    operation,
    arrange: (stage) =>
      stage.script(
        lost(stage, true),
        search({
          body: JSON.stringify({ success: true, total: 0, page: 1, page_size: 50, credentials: [] }),
        }),
      ),
    expect: { value: { attempts: 2, reconciled: true }, ...holding(operation, 1), requests: 4 },
  });
  row({
    name: `${operation}, not carried out: lost, and others are only similar`,
    operation,
    arrange: async (stage) => {
      const { control, plant, email, group_key } = stage;
      await control.group(group_key, { allow_duplicates: true });
      // An older one of the same person, and one whose address contains this one.
      await plant({ recipient_email: email, group_key, issued_on: "2020-01-01T00:00:00Z" });
      await plant({ recipient_email: `a.${email}`, group_key, issued_on: new Date().toISOString() });
      await stage.script(lost(stage, false));
    },
    expect: {
      value: { attempts: 2, reconciled: false },
      ...holding(operation, 1),
      credentials: 3,
      requests: 3,
    },
  });
  for (const [name, account, email, requests = 2] of [
    [
      "the account holds the address in lower case",
      { fold_emails: "all" },
      "Quill.Marigold@Recipients.Example",
    ],
    [
      "the account holds the domain of the address in lower case",
      { fold_emails: "domain" },
      "Quill.Marigold@Recipients.Example",
    ],
    ["the account writes only the day", { issued_on: "day" }],
    ["the account writes the day as its first second", { issued_on: "midnight" }],
    // Here a search for the address as it was sent finds nothing.
    [
      "the account holds the address in lower case and searches exactly",
      { fold_emails: "all", search: "exact" },
      "Quill.Marigold@Recipients.Example",
      3,
    ],
    [
      "the account holds the domain of the address in lower case and searches exactly",
      { fold_emails: "domain", search: "exact" },
      "Quill.Marigold@Recipients.Example",
      4,
    ],
  ]) {
    row({
      name: `${operation}, carried out: lost, and ${name}`,
      operation,
      arrange: async (stage) => {
        await duplicatesAllowed(stage);
        await stage.control.account(account);
        stage.email = email ?? stage.email;
        await stage.script(lost(stage, true));
      },
      answers: (data, stage) =>
        data.recipient.email.toLowerCase() === stage.email.toLowerCase() &&
        data.group.key === stage.group_key,
      expect: { value: { attempts: 1, reconciled: true }, ...holding(operation, 1), requests },
    });
  }
  const idn = "quill@recipi\u00ebnts.example";
  for (const [name, account, says, params = {}, requests = 2] of [
    [
      "the account's group key is in another case",
      { group_keys: "ignore_case" },
      /group/i,
      { group_key: "FaultsGroup1" },
    ],
    [
      "the account's group key is in another case and it searches exactly",
      { group_keys: "ignore_case", search: "exact" },
      /group/i,
      { group_key: "FaultsGroup1" },
    ],
    ["the account's clock is six minutes behind", { clock_offset_s: -360 }, /issued|clock|earlier|before/i],
    ["the account holds the domain in ASCII", { email_form: "ascii_domain" }, /domain/, { email: idn }, 3],
    ["the account holds the address in NFD", { email_form: "nfd" }, /Unicode form/, { email: idn }, 3],
  ]) {
    row({
      name: `${operation}, carried out: lost, and ${name}`,
      operation,
      arrange: async (stage) => {
        await duplicatesAllowed(stage);
        await stage.control.account(account);
        Object.assign(stage, params);
        await stage.script(lost(stage, true));
      },
      // It may be the lost one or another: the call is not retried, and the error says what was found.
      expect: {
        error: {
          name: "ResponseError",
          code: "outcome_unknown",
          status: 504,
          attempts: 1,
          retryable: false,
          mayHaveTakenEffect: true,
          says: [says],
        },
        ...holding(operation, 1),
        requests,
      },
    });
  }
  row({
    name: `${operation}, carried out: lost, and the token function fails then`,
    operation,
    arrange: (stage) => stage.script(lost(stage, true)),
    client: ({ token }) => {
      let calls = 0;
      const failing = () => {
        calls += 1;
        if (calls > 1) throw new Error(`cannot renew ${token}`);
        return token;
      };
      return { token: failing };
    },
    expect: {
      error: { ...GATEWAY_ERROR, attempts: 1, retryable: false, mayHaveTakenEffect: true },
      ...holding(operation, 1),
      requests: 1,
    },
  });
}

/* ---------------------------------------------------------------- aborts */

const REASONS = [new Error("mine"), "text", { why: "closed" }, undefined, null, 0];
const NEVER = { delay_ms: 5000 };
/** A wait that only the abort ends. */
const WAIT = { headers: { "retry-after": "30" }, body: JSON_POISON };
let turn = 0;

for (const operation of ALL) {
  const { effect, retry } = OPERATIONS[operation];
  const done = Boolean(effect);
  for (const [phase, { arrange, baseUrl, carriedOut = 0, requests }] of Object.entries({
    before: { requests: 0 },
    connect: { baseUrl: "silentUrl", requests: 0 },
    headers: {
      arrange: scripting(operation, { ...NEVER, apply: done }),
      carriedOut: 1,
      requests: 1,
    },
    body: {
      arrange: scripting(operation, { ...LONG, stall_after_bytes: 20, apply: done }),
      carriedOut: 1,
      requests: 1,
    },
    backoff: { arrange: scripting(operation, { ...WAIT, status: 429 }, { times: 100 }), requests: 1 },
    ...(retry === "search"
      ? {
          reconciliation: {
            arrange: (stage) =>
              stage.script(
                stepFor(operation, stage, { ...GATEWAY, apply: true }),
                search({ ...NEVER, times: 100 }),
              ),
            carriedOut: 1,
            requests: 2,
          },
        }
      : {}),
    ...(retry === "publish"
      ? {
          reconciliation: {
            arrange: (stage) =>
              stage.script(stepFor(operation, stage, { ...GATEWAY, apply: true }), {
                ...NEVER,
                match: { path_prefix: OPERATIONS[operation].reconcilePath(stage) },
              }),
            carriedOut: 1,
            requests: 3,
          },
        }
      : {}),
  })) {
    const reason = REASONS[turn % REASONS.length];
    turn += 1;
    row({
      name: `${operation}: abort ${phase === "before" ? phase : `during ${phase}`}`,
      operation,
      options: { maxRetries: 5 },
      ...(arrange ? { arrange } : {}),
      baseUrl,
      abort: { phase, reason, requests },
      expect: { aborted: true, ...holding(operation, carriedOut), requests },
    });
  }
}

/* ---------------------------------------------------------------- many at once */

/** Makes calls at once, and returns how many ended in which way. */
async function endings(stage, count, make) {
  const found = {};
  const ids = new Set();
  await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      let kind;
      try {
        const { data, attempts, reconciled } = await make(at).withResponse();
        ids.add(data.document_id);
        kind = `${reconciled ? "reconciled" : "answered"} after ${attempts}`;
      } catch (error) {
        stage.caught.push(error);
        kind = `${error.name} ${error.code} after ${error.attempts}`;
      }
      found[kind] = (found[kind] ?? 0) + 1;
    }),
  );
  return { found, ids: ids.size };
}

row({
  name: "100 calls at once against a failing server, without retries",
  arrange: scripting("credentials.view", { status: 503, body: JSON_POISON, times: 1000 }),
  call: (client, stage, options) =>
    endings(stage, 100, () => client.credentials.view(stage.id, { ...options, maxRetries: 0 })),
  expect: {
    result: { found: { "ServerError e after 1": 100 }, ids: 0 },
    credentials: 1,
    groups: 1,
    requests: 100,
  },
});
row({
  name: "100 creations at once, every response lost: 100 credentials, each found by its own caller",
  plants: { credential: false },
  arrange: (stage) =>
    stage.script(stepFor("credentials.generate", stage, { ...GATEWAY, apply: true, times: 100 })),
  call: (client, stage, options) =>
    endings(stage, 100, (at) => {
      // Addresses contain each other: a search for `1.x@…` also finds `11.x@…`.
      const recipient = { name: "Zoë", email: `${at}.${stage.email}` };
      return client.credentials.generate({ recipient, group_key: stage.group_key }, options);
    }),
  expect: {
    result: { found: { "reconciled after 1": 100 }, ids: 100 },
    credentials: 100,
    groups: 1,
    requests: 200,
  },
});
row({
  name: "quota: 100 calls at once against a failing server are retried 100 times in all, and it fills up again",
  options: { maxRetries: 10 },
  arrange: scripting("credentials.view", { status: 503, headers: { "retry-after": "0" }, times: 100_000 }),
  call: async (client, stage, options) => {
    const view = () => client.credentials.view(stage.id, options);
    const { found } = await endings(stage, 100, view);
    const failed = Object.keys(found).every((kind) => kind.startsWith("ServerError server_error"));
    const requests = (await stage.control.requests()).length;
    // Nothing is left: the next call is not retried.
    const exhausted = await endings(stage, 1, view);
    await stage.control.clearScript();
    const well = await endings(stage, 100, view);
    await stage.script(stepFor("credentials.view", stage, { status: 503, headers: { "retry-after": "0" } }));
    const again = await endings(stage, 1, view);
    return { failed, requests, exhausted: exhausted.found, well: well.found, again: again.found };
  },
  expect: {
    result: {
      failed: true,
      // 500 tokens, 5 for each retry.
      requests: 200,
      exhausted: { "ServerError server_error after 1": 1 },
      well: { "answered after 1": 100 },
      again: { "answered after 2": 1 },
    },
    credentials: 1,
    groups: 1,
    requests: 303,
  },
});

/* ---------------------------------------------------------------- responses of a later API */

for (const [name, fields, data] of [
  ["an unknown status", { status: "archived" }, { status: "archived" }],
  ["an unknown privacy", { privacy: "friends" }, { privacy: "friends" }],
  ["an absent privacy", { privacy: null }, { privacy: undefined }],
  [
    "an extra field",
    { extra: { later: { deep: [1, "x"] } } },
    { later: { deep: [1, "x"] }, status: "active" },
  ],
]) {
  row({
    name: `credentials.view: ${name} is returned`,
    operation: "credentials.view",
    plants: { credential: false },
    arrange: async (stage) => {
      stage.id = await stage.plant(fields);
    },
    expect: { value: { attempts: 1, reconciled: false, data }, credentials: 1, groups: 1, requests: 1 },
  });
}

/* ---------------------------------------------------------------- invalid ids */

const ids = {
  "..": "..",
  "%2e%2e": "%2e%2e",
  "a/b": "a/b",
  "an empty string": "",
  undefined: undefined,
  "an object": {},
  "an object that reads like an id": { toString: () => "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx" },
  "an id and a query": "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx?x",
};
for (const [name, id] of Object.entries(ids)) {
  for (const [operation, path, call] of [
    ["credentials.view", "document_id", (client, options) => client.credentials.view(id, options)],
    [
      "credentials.update",
      "document_id",
      (client, options) => client.credentials.update(id, { expiry: null }, options),
    ],
    ["credentials.publish", "document_id", (client, options) => client.credentials.publish(id, options)],
    ["groups.view", "group_key", (client, options) => client.groups.view(id, options)],
    ["groups.update", "group_key", (client, options) => client.groups.update(id, { title: "T" }, options)],
  ]) {
    row({
      name: `${operation}: the id is ${name}`,
      operation,
      plants: { credential: true },
      call: (client, _stage, options) => call(client, options),
      expect: {
        error: {
          name: "ValidationError",
          code: "invalid_request",
          attempts: 0,
          retryable: false,
          issue: path,
        },
        credentials: 1,
        groups: 1,
        requests: 0,
      },
    });
  }
}

/* ---------------------------------------------------------------- headers of a call */

row({
  name: "credentials.view: a custom header is sent with the token",
  operation: "credentials.view",
  options: { headers: { "x-trace": "abc" } },
  expect: {
    value: { attempts: 1, reconciled: false },
    ...holding("credentials.view", 0),
    requests: 1,
    sent: ["accept", "authorization", "x-trace"],
  },
  unless: browsers("the sandbox's CORS allows only the documented headers", {
    value: undefined,
    error: { ...CONNECTION, attempts: 2, retryable: true },
    requests: 0,
    sent: undefined,
  }),
});
for (const name of ["authorization", "Authorization", "content-type", "accept", "bad name", "x\n"]) {
  row({
    name: `credentials.view: ${JSON.stringify(name)} is refused as a custom header`,
    operation: "credentials.view",
    options: { headers: { [name]: "x" } },
    expect: {
      error: { name: "ValidationError", code: "invalid_request", attempts: 0, retryable: false },
      ...holding("credentials.view", 0),
      requests: 0,
    },
  });
}

/* ---------------------------------------------------------------- verify */

/** The reason of a verification, by the error with which `view` rejects. */
const REASON_OF = {
  ConnectionError: "network",
  TimeoutError: "timeout",
  ServerError: "upstream_5xx",
  AuthenticationError: "unauthorized",
  PermissionError: "forbidden",
  RateLimitError: "rate_limited",
  // Statuses that are not documented for a view.
  ConflictError: "bad_shape",
  InsufficientBalanceError: "bad_shape",
  BadRequestError: "bad_shape",
};
const UNREADABLE_REASONS = {
  unexpected_redirect: "upstream_redirect",
  bad_content_type: "bad_content_type",
  body_too_large: "body_too_large",
  bad_json: "bad_json",
  truncated: "bad_json",
  bad_shape: "bad_shape",
};

/** Returns what `verify` must say if `view` ends like this: a no only if the API itself has no such credential. */
function concluded({ error, value, ...rest }) {
  const result = (outcome, verdict, reason) => ({
    ...rest,
    result: { outcome, verdict, reason, disclosed: false },
  });
  if (error?.name === "NotFoundError") return result("not_verified", "not_found_in_account", null);
  if (error) {
    // A 404 that is not in the API's form comes from a wrong address.
    const unread = error.status === 404 ? "bad_shape" : UNREADABLE_REASONS[error.code];
    return result("indeterminate", "indeterminate", REASON_OF[error.name] ?? unread);
  }
  return value ? result("verified", "valid", null) : rest;
}

row({
  name: "verify: nobody listens, and check and event say why",
  baseUrl: "closedUrl",
  client: (stage) => {
    stage.events = [];
    return { onEvent: (event) => stage.events.push(event) };
  },
  call: async (client, stage, options) => {
    const verification = await client.verify(stage.id, options);
    const { outcome, verdict, reason, checks } = verification;
    const code = "ECONNREFUSED";
    return {
      outcome,
      verdict,
      reason,
      check: checks.some(({ params }) => params.cause === code),
      event: stage.events.some((event) => JSON.stringify(event).includes(code)),
    };
  },
  expect: {
    result: {
      outcome: "indeterminate",
      verdict: "indeterminate",
      reason: "network",
      check: true,
      event: true,
    },
    credentials: 1,
    groups: 1,
    requests: 0,
  },
  unless: Object.fromEntries(
    ["chromium", "firefox", "workerd"].map((runtime) => [
      runtime,
      {
        why: "the runtime does not say why",
        expect: {
          result: {
            outcome: "indeterminate",
            verdict: "indeterminate",
            reason: "network",
            check: false,
            event: false,
          },
        },
      },
    ]),
  ),
});

row({
  name: "createVerifyHandler: a cache store that hangs takes no time beyond that of the whole call",
  call: async (client, { api, id }) => {
    const hang = () => new Promise(() => {});
    const handler = api.createVerifyHandler({
      client,
      cache: { seconds: 60, store: { get: hang, put: hang } },
      totalTimeoutMs: 1500,
    });
    const response = await handler(
      new Request("https://verify.example/api/verify", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ input: id }),
      }),
    );
    return { status: response.status, verdict: (await response.json()).verdict };
  },
  expect: {
    result: { status: 200, verdict: "valid" },
    credentials: 1,
    groups: 1,
    requests: 1,
    atMostMs: 1800,
  },
});

const view = OPERATIONS["credentials.view"];
for (const viewed of [...rows]) {
  const { operation, name, call, expect, unless = {}, abort } = viewed;
  // If several classes of error are accepted, the verification is not known.
  const fault = typeof expect.error?.name === "string" && expect.error.name !== "ValidationError";
  // How often workerd resends depends on its open connections, and so on all rows before this one.
  const uncountable = unless.workerd && name.endsWith("for ever");
  if (
    operation !== "credentials.view" ||
    call !== view.call ||
    abort ||
    uncountable ||
    !(fault || expect.value?.attempts > 1)
  )
    continue;
  rows.push({
    ...viewed,
    name: name.replace(operation, "verify"),
    operation: undefined,
    call: (client, { id }, options) =>
      client.verify(`https://hyperstack.id/credential/${id}`, options).then((verification) => {
        const { outcome, verdict, reason } = verification;
        return {
          outcome,
          verdict,
          reason,
          disclosed: /quill\.marigold|Bearer/i.test(JSON.stringify(verification)),
        };
      }),
    expect: concluded(expect),
    unless: Object.fromEntries(
      Object.entries(unless).map(([runtime, { why, expect: other }]) => [
        runtime,
        { why, expect: concluded(other) },
      ]),
    ),
  });
}

export default rows;
