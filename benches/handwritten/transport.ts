/** One call: the request with its deadlines, what its answer amounts to, and when it is sent again. */
import type * as z from "zod";
import { readBytes } from "./body.ts";
import { ApiError, type ErrorKind, type Issue } from "./errors.ts";

/** Reads and overwrites are `safe`; the others are carried out once at most unless the account was looked at. */
export type Repeat = "safe" | "publish" | "reconcile" | "never";

export interface Operation<T = unknown> {
  name: string;
  method: "GET" | "POST";
  path: (id: string) => string;
  id?: z.ZodType<string>;
  request?: z.ZodType;
  answer: z.ZodType<T>;
  repeat: Repeat;
  notFound: string;
  echoesId?: boolean;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  totalTimeoutMs?: number | undefined;
  maxRetries?: number | undefined;
  maxResponseBytes?: number | undefined;
}

export interface Settings {
  baseUrl: string;
  token: () => string | Promise<string>;
  fetch: typeof fetch;
  options: Record<"timeoutMs" | "totalTimeoutMs" | "maxRetries" | "maxResponseBytes", number>;
  /** What is left for repeats; shared by a client's calls. */
  quota: { left: number };
}

export interface Answer<T> {
  data: T;
  status: number;
  attempts: number;
  age: string | null;
}

export const QUOTA = 500;
const PRICE = 5;
const LONGEST_WAIT_MS = 60_000;
const TOKEN = /^[!-~]{1,4096}$/;
const CODE = /^[a-z0-9_]{1,64}$/;
const IMF_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

export const issuesOf = (error: z.ZodError): Issue[] =>
  error.issues.map(({ path, message }) => ({
    path: path
      .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
      .join("")
      .replace(/^\./, ""),
    message,
  }));

const retryAfter = (header: string | null): number | undefined => {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return IMF_DATE.test(text) ? Math.max(0, Date.parse(text) - Date.now()) : undefined;
};

/** A text from outside that may stand in a message: short, no address, no part of the token. */
const publishable = (text: unknown, token: string): text is string => {
  if (typeof text !== "string" || text === "" || text.length > 300 || /[@＠﹫\p{Cc}]|%40/u.test(text))
    return false;
  const lower = text.toLowerCase();
  const secret = token.toLowerCase();
  if (secret.length < 8) return secret.length < 4 || !lower.includes(secret);
  for (let at = 0; at + 8 <= secret.length; at += 1) {
    if (lower.includes(secret.slice(at, at + 8))) return false;
  }
  return true;
};

const BY_STATUS: Record<number, [ErrorKind, string]> = {
  401: ["authentication", "unauthorized"],
  403: ["permission", "forbidden"],
  429: ["rate_limit", "rate_limited"],
};
const BY_CODE: Record<string, ErrorKind> = {
  recipient_not_found: "not_found",
  group_not_found: "not_found",
  credential_exists: "conflict",
  low_balance: "insufficient_balance",
};
const FALLBACK: Record<number, [ErrorKind, string]> = {
  402: ["insufficient_balance", "low_balance"],
  409: ["conflict", "conflict"],
};
const TEXTS: Partial<Record<ErrorKind, string>> = {
  authentication: "the API refused the token",
  permission: "the token may not do this",
  not_found: "not found in this account",
  conflict: "the request conflicts with what is there",
  insufficient_balance: "the account's balance is too low",
  rate_limit: "too many requests",
  server: "the API is failing",
};

interface Incoming {
  status: number;
  type: string;
  bytes: Uint8Array;
}

const isJson = (type: string): boolean => /^application\/(?:json|[^;\s]*\+json)\s*(?:;|$)/i.test(type.trim());

/** What an answer amounts to: the data as documented, or the error to throw. */
const judge = <T>(operation: Operation<T>, id: string | undefined, token: string, incoming: Incoming): T => {
  const { status, type, bytes } = incoming;
  const fail = (kind: ErrorKind, code: string, text: string, issues?: Issue[]): ApiError =>
    new ApiError(kind, code, operation.name, text, { status, issues });
  /** `{success: false, error, error_code?}` or `{detail}`. */
  const refused = (body: unknown, [kind, fallback]: [ErrorKind, string]): ApiError => {
    const { error, detail, error_code: given } = (body ?? {}) as Record<string, unknown>;
    const code = publishable(given, token) && CODE.test(given) ? given : fallback;
    const said = error ?? detail;
    return fail(kind, code, publishable(said, token) ? said : (TEXTS[kind] ?? "the API refused the request"));
  };
  const read = (): unknown => {
    if (!isJson(type)) throw fail("response", "bad_content_type", "the answer is not declared as JSON");
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    } catch {
      throw fail("response", "bad_json", "the answer is not valid JSON");
    }
  };

  if (status === 0 || (status >= 300 && status < 400))
    throw fail("response", "unexpected_redirect", "the API redirected the request");
  const known =
    BY_STATUS[status] ?? (status >= 500 ? (["server", "server_error"] as [ErrorKind, string]) : undefined);
  if (known) {
    let body: unknown;
    try {
      body = read();
    } catch {
      // A proxy's page; the status says enough.
    }
    throw refused(body, known);
  }
  const body = read();
  if (status < 200 || status > 299) {
    if ((body as { success?: unknown } | null)?.success !== false)
      throw fail("response", "bad_shape", "success is required", [
        { path: "success", message: "is required" },
      ]);
    throw refused(
      body,
      FALLBACK[status] ??
        (status === 404 ? ["not_found", operation.notFound] : ["bad_request", "bad_request"]),
    );
  }
  const result = operation.answer.safeParse(body);
  if (!result.success) {
    const { success, error_code: code } = (body ?? {}) as Record<string, unknown>;
    // A failure carried on HTTP 200 (documented for recipients/update).
    if (success === false && typeof code === "string")
      throw refused(body, [BY_CODE[code] ?? "bad_request", "bad_request"]);
    if (success === false) throw refused(body, ["response", "unsuccessful"]);
    const [first] = issuesOf(result.error);
    throw fail(
      "response",
      "bad_shape",
      `the answer is not as documented: ${first?.path} ${first?.message}`,
      first && [first],
    );
  }
  if (operation.echoesId && (result.data as { document_id?: unknown }).document_id !== id)
    throw fail("response", "id_mismatch", "the answer is about another credential than the one asked for");
  return result.data;
};

/** Sends once. The deadline and the caller's signal cover the body too, and a `fetch` that heeds neither. */
const attempt = async <T>(
  settings: Settings,
  operation: Operation<T>,
  id: string | undefined,
  body: string | undefined,
  limitMs: number,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Omit<Answer<T>, "attempts">> => {
  const controller = new AbortController();
  let stop = (_reason: unknown): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = (reason) => {
      reject(reason);
      controller.abort();
    };
  });
  const aborted = (): void => stop(signal?.reason);
  const timer = setTimeout(
    () => stop(new ApiError("timeout", "timeout", operation.name, `no answer within ${limitMs} ms`)),
    limitMs,
  );
  signal?.addEventListener("abort", aborted);
  const exchange = async (): Promise<Omit<Answer<T>, "attempts">> => {
    const token = await settings.token();
    if (!TOKEN.test(token))
      throw new ApiError(
        "validation",
        "invalid",
        operation.name,
        "token must be visible ASCII without spaces",
      );
    const { fetch } = settings;
    let response: Response;
    let bytes: Uint8Array | null;
    try {
      response = await fetch(settings.baseUrl + operation.path(id ?? ""), {
        method: operation.method,
        headers: {
          accept: "application/json",
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
        signal: controller.signal,
      });
      bytes = response.body ? await readBytes(response.body, maxBytes) : new Uint8Array();
    } catch {
      // Its text may hold the address, and that an id; it says no more than this.
      throw new ApiError("connection", "connection", operation.name, "the connection failed");
    }
    const retryAfterMs = retryAfter(response.headers.get("retry-after"));
    if (bytes === null)
      throw new ApiError(
        "response",
        "body_too_large",
        operation.name,
        `the answer is larger than ${maxBytes} bytes`,
      );
    try {
      const type = response.headers.get("content-type") ?? "";
      const data = judge(operation, id, token, { status: response.status, type, bytes });
      return { data, status: response.status, age: response.headers.get("age") };
    } catch (thrown) {
      if (thrown instanceof ApiError) Object.assign(thrown, { retryAfterMs });
      throw thrown;
    }
  };
  try {
    return await Promise.race([exchange(), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", aborted);
  }
};

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    signal?.addEventListener("abort", aborted, { once: true });
  });

const isLost = ({ kind, status }: ApiError): boolean =>
  kind === "connection" || kind === "timeout" || status === 502 || status === 503 || status === 504;
const isUnreadable = ({ kind, status, code }: ApiError): boolean =>
  kind === "response" &&
  code !== "unexpected_redirect" &&
  (status === undefined || (status >= 200 && status < 300));

/** Looks whether a lost request was carried out: what it would have answered, or `undefined` where it was not. */
export type Inquire<T> = (sinceMs: number, leftMs: number) => Promise<T | undefined>;

export const send = async <T>(
  settings: Settings,
  operation: Operation<T>,
  id: string | undefined,
  params: unknown,
  { signal, ...own }: CallOptions = {},
  inquire?: Inquire<T>,
): Promise<Answer<T>> => {
  const refuse = (issues: Issue[]): ApiError =>
    new ApiError(
      "validation",
      "invalid",
      operation.name,
      issues.map(({ path, message }) => `${path} ${message}`).join(", "),
      {
        issues,
      },
    );
  const issues: Issue[] = [];
  if (operation.id && !operation.id.safeParse(id).success)
    issues.push({ path: "id", message: "is not an id" });
  let body: string | undefined;
  if (operation.request) {
    const result = operation.request.safeParse(params);
    if (!result.success) issues.push(...issuesOf(result.error));
    else body = JSON.stringify(params);
  }
  const options = { ...settings.options };
  for (const name of Object.keys(options) as (keyof typeof options)[]) {
    const value = own[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 0)
      issues.push({ path: name, message: "must be a whole number, 0 or more" });
    options[name] = value;
  }
  if (issues.length > 0) throw refuse(issues);
  signal?.throwIfAborted();

  const started = Date.now();
  const left = (): number => options.totalTimeoutMs - Math.max(0, Date.now() - started);
  let lostOnce = false;
  for (let attempts = 1; ; attempts += 1) {
    try {
      const limit = Math.min(options.timeoutMs, left());
      const answer = await attempt(settings, operation, id, body, limit, options.maxResponseBytes, signal);
      settings.quota.left = Math.min(QUOTA, settings.quota.left + Math.max(1, (attempts - 1) * PRICE));
      return { ...answer, attempts };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      error.attempts = attempts;
      const lost = isLost(error);
      const repeatable = operation.repeat === "safe" || operation.repeat === "publish";
      const backoff = Math.min(500 * 2 ** (attempts - 1), 8000) * (0.5 + Math.random() / 2);
      const wait = error.retryAfterMs ?? backoff;
      const inTime = attempts <= options.maxRetries && wait <= LONGEST_WAIT_MS && wait < left();
      const uncertain =
        operation.repeat === "reconcile"
          ? lost || isUnreadable(error) || (lostOnce && error.kind === "conflict")
          : operation.repeat === "publish" && lostOnce && error.code === "invalid_status";
      lostOnce ||= lost;
      if (uncertain && inquire && left() > 0) {
        let found: T | undefined;
        try {
          found = await inquire(started, left());
        } catch {
          signal?.throwIfAborted();
          throw error;
        }
        if (found !== undefined) return { data: found, status: 200, attempts, age: null };
        if (!lost || operation.repeat === "publish") throw error;
      } else if (error.kind !== "rate_limit" && !(lost && repeatable)) throw error;
      if (!inTime || settings.quota.left < PRICE) throw error;
      settings.quota.left -= PRICE;
      await pause(wait, signal);
    }
  }
};
