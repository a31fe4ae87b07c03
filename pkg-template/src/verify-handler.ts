/** `createVerifyHandler`: the verifying service as a function from `Request` to `Response`, for any fetch-style server. */
import { type AccountAnswer, askAccounts, checkAccounts, type VerifyAccount } from "./accounts.js";
import { readBytes } from "./body.js";
import { type Hyperstack, parseCredentialUrl, type VerifyOptions } from "./client.js";
import { type Issue, invalid, isHyperstackError, type ValidationError } from "./errors.js";
import { createReceipt, isReceiptSigner, type ReceiptSigner, signReceipt } from "./receipt.js";
import type { IndeterminateReason, Verdict, Verification } from "./types.js";
import { isVerified } from "./verification.js";
import { type VerifyCacheOptions, verifyCache } from "./verify-cache.js";

/**
 * What may be logged of a verification: no link, name, e-mail or network address is in it.
 *
 * @category Verification
 */
export interface VerifyLogEntry {
  /** Outcome of the verification; `refused` where there was none. */
  outcome: Verification["outcome"] | "refused";
  /** Its verdict; `null` where there was none. */
  verdict: Verification["verdict"] | null;
  /** Reason of an `indeterminate`, or the `code` of a refused request; `aborted` where whoever asked hung up. */
  reason: string | null;
  /** HTTP status of the answer; 499, which nobody gets, where whoever asked hung up. */
  status: number;
  /** Milliseconds from request to answer. */
  latency_ms: number;
  /**
   * What each account answered, in the order of `accounts`: its verdict, or its reason where it could not say. One whose
   * token is refused shows here even while another one knows the credential. Empty where none was asked.
   */
  accounts: (Verdict | IndeterminateReason)[];
  /** Whether the answer came out of `cache`. */
  cached: boolean;
}

/**
 * What {@link VerifyServiceOptions.allow} may say at more length.
 *
 * @category Verification
 */
export interface VerifyAdmission {
  /** Whether the request may be served. */
  allowed: boolean;
  /** Where it may not: the seconds after which it is worth trying again, for `retry-after`. Default 60. */
  retryAfterSeconds?: number | undefined;
}

/**
 * Options of {@link createVerifyHandler} beside the accounts.
 *
 * @category Verification
 */
export interface VerifyServiceOptions
  extends Pick<
    VerifyOptions,
    "hosts" | "skewSeconds" | "allowMetadata" | "issuerLabel" | "timeoutMs" | "totalTimeoutMs" | "maxRetries"
  > {
  /** Origins of other pages that may ask, e.g. `["https://acme.example"]`. Default: only the handler's own origin. */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * Compare `recipient_name` where a question has one. Whoever has a link can then learn by trying whether it was made out
   * to somebody, private credentials included. Default `false`: such a question is refused.
   */
  compareNames?: boolean | undefined;
  /**
   * Says whether this request may be served now. Anything but `true` or `{ allowed: true }` is answered with 429.
   * Default: always.
   *
   * @param request - The request; its body is not to be read.
   */
  allow?: ((request: Request) => boolean | VerifyAdmission | Promise<boolean | VerifyAdmission>) | undefined;
  /**
   * Answers a `verified` again for some seconds without asking. Nothing else is kept: no other verdict, no question with a
   * name, nothing while one of the accounts could not be asked. `checked_at` stays the time of the check; the check
   * `freshness` warns with `cached` and the age, which is the header `age`, too. Default: every question is asked.
   */
  cache?: VerifyCacheOptions | undefined;
  /**
   * Puts a receipt into every verification, as its member `receipt`: unsigned with `true`, signed with a key. Default: none.
   */
  receipts?: boolean | ReceiptSigner | undefined;
  /**
   * Called once for every request. What it throws is ignored.
   *
   * @param entry - Nothing personal.
   */
  onLog?: ((entry: VerifyLogEntry) => void) | undefined;
}

/**
 * Options of {@link createVerifyHandler}: one `client`, or several `accounts`.
 *
 * @category Verification
 */
export type VerifyHandlerOptions = VerifyServiceOptions &
  (
    | {
        /** The client with the issuer's token. */
        client: Pick<Hyperstack, "verify">;
        /** Given instead of `client`. */
        accounts?: undefined;
      }
    | {
        /** Given instead of `accounts`. */
        client?: undefined;
        /** The accounts that are asked, as by {@link verifyInAccounts}. */
        accounts: readonly VerifyAccount[];
      }
  );

/**
 * What {@link createVerifyHandler} makes.
 *
 * @param request - Any request; its body must not have been read.
 * @returns The answer, always: a handler does not reject.
 * @category Verification
 */
export type VerifyHandler = (request: Request) => Promise<Response>;

const OPERATION = "createVerifyHandler";

const MAX_BODY_BYTES = 4096;

const STATUS: Partial<Record<IndeterminateReason, number>> = {
  // Our configuration, not the caller's doing.
  unauthorized: 500,
  forbidden: 500,
  rate_limited: 503,
  timeout: 504,
};

const TITLES: Record<string, string> = {
  method_not_allowed: "Only POST is answered here",
  origin_not_allowed: "This origin may not ask",
  unsupported_media_type: "The body must be application/json",
  body_too_large: "The body must be at most 4096 bytes",
  invalid_body: 'The body must be {"input": string, "recipient_name"?: string}',
  names_not_compared: "This service does not compare names",
  too_many_requests: "Too many requests",
  internal: "The verification failed",
  indeterminate: "The credential could not be checked",
};

const DETAILS: Record<string, string> = {
  method_not_allowed: "Send the question as POST.",
  origin_not_allowed: "The page that asks is on an origin that this service does not list.",
  unsupported_media_type: "Send the question with content-type: application/json.",
  body_too_large: "A question is one link or id, and perhaps a name.",
  invalid_body: "The question is not JSON of that form in UTF-8, or a member is missing, blank or unknown.",
  names_not_compared: "Ask without recipient_name. Nothing was checked.",
  too_many_requests: "Nothing was checked. Ask again after the time in retry-after.",
  internal: "The fault is this service's. It says nothing about the credential.",
};

/** Problem types are names, not addresses: nothing is to be fetched there. */
const PROBLEM_TYPE = "urn:problem-type:hyperstack-credentials:";

/** The body as text, or `null` where it is over the limit. */
const readBody = async (request: Request): Promise<string | null> => {
  if (!request.body) return "";
  const bytes = await readBytes(request.body, MAX_BODY_BYTES);
  return bytes && new TextDecoder("utf-8", { fatal: true }).decode(bytes);
};

/** The question of a body, or `null` where it is none. */
const readQuestion = (text: string): { input: string; recipientName: string | undefined } | null => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  const { input, recipient_name, ...rest } = body as Record<string, unknown>;
  if (typeof input !== "string" || Object.keys(rest).length > 0) return null;
  if (recipient_name !== undefined && (typeof recipient_name !== "string" || recipient_name.trim() === ""))
    return null;
  return { input, recipientName: recipient_name };
};

/** The rules that a value breaks, at `path`. None is made by a call out here: a bundler could not leave it out. */
type Judge = (value: unknown, path: string) => Issue[];

const must = (holds: boolean, path: string, rule: string, message: string): Issue[] =>
  holds ? [] : [{ path, rule, message }];

const filled: Judge = (value, path) =>
  must(typeof value === "string" && value.trim() !== "", path, "not_blank", "must not be blank");
const count: Judge = (value, path) =>
  must(
    Number.isSafeInteger(value) && (value as number) >= 0,
    path,
    "count",
    "must be a whole number, 0 or more",
  );
const callable: Judge = (value, path) =>
  must(typeof value === "function", path, "function", "must be a function");

const unknown = (path: string): Issue[] => must(false, path, "unknown_field", "is not an option");

/** The core judges it once more when it is used. */
const host: Judge = (value, path) => {
  const label = /^(?:(?!-)[a-z\d-]{1,63}(?<!-)\.)+(?!\d+$)(?!-)[a-z\d-]{1,63}(?<!-)$/i;
  const named = typeof value === "string" && value.length <= 253 && label.test(value);
  return must(named, path, "host", "must be a plain host name without scheme, port, path or wildcard");
};

const origin: Judge = (value, path) => {
  let sent = false;
  try {
    sent = /^https?:/.test(value as string) && new URL(value as string).origin === value;
  } catch {
    // No address at all.
  }
  return must(sent, path, "origin", "must be an origin as browsers send it, e.g. https://acme.example");
};

const each = (judge: Judge, value: unknown, path: string): Issue[] =>
  // A string would be searched for parts of it.
  Array.isArray(value)
    ? value.flatMap((entry, at) => judge(entry, `${path}[${at}]`))
    : must(false, path, "array", "must be an array");

/** What each option has to be where it is given. */
const OPTIONS: Record<keyof VerifyServiceOptions, Judge> = {
  // Without any host nothing is trusted; the core, too, calls such a list blank.
  hosts: (value, path) =>
    Array.isArray(value) && value.length === 0 ? filled("", path) : each(host, value, path),
  skewSeconds: count,
  allowMetadata: (value, path) => each(filled, value, path),
  issuerLabel: filled,
  timeoutMs: count,
  totalTimeoutMs: count,
  maxRetries: count,
  allowedOrigins: (value, path) => each(origin, value, path),
  compareNames: (value, path) => must(typeof value === "boolean", path, "boolean", "must be true or false"),
  allow: callable,
  cache: (value, path) => {
    const { seconds, store, ...rest } = Object(value) as VerifyCacheOptions;
    const whole = Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600;
    const able = store === undefined || [store?.get, store?.put].every((one) => typeof one === "function");
    return [
      ...must(whole, `${path}.seconds`, "ordinal", "must be a whole number from 1 to 3600"),
      ...must(able, `${path}.store`, "store", "must have get and put"),
      ...Object.keys(rest).flatMap((name) => unknown(`${path}.${name}`)),
    ];
  },
  receipts: (value, path) => {
    const able = typeof value === "boolean" || isReceiptSigner(value);
    return must(able, path, "signing_key", "must hold a private Ed25519 key that may sign, and its kid");
  },
  onLog: callable,
};

/** Throws for options that are wrong, with every finding; gives the accounts. */
const checkOptions = ({ client, accounts, ...rest }: VerifyHandlerOptions): readonly VerifyAccount[] => {
  const issues = Object.entries(rest).flatMap(([path, value]) => {
    // A misspelt option would be a limit that is not kept.
    if (!Object.hasOwn(OPTIONS, path)) return unknown(path);
    return value === undefined ? [] : OPTIONS[path as keyof VerifyServiceOptions](value, path);
  });
  if (client !== undefined && accounts !== undefined) {
    issues.push({ path: "accounts", rule: "not_beside", message: "must not be given beside client" });
  }
  const [first] = issues;
  if (first) {
    const error = invalid(OPERATION, first.path, first.rule, first.message);
    error.issues.push(...issues.slice(1));
    throw error;
  }
  if (accounts !== undefined) {
    checkAccounts(OPERATION, accounts);
    return [...accounts];
  }
  if (typeof client?.verify !== "function") {
    throw invalid(OPERATION, "client", "client", "must be a Hyperstack client");
  }
  return [{ client }];
};

/** Bytes that kid, label and hosts may have in a signed receipt; the rest of it has some 2 000, and 12 000 are the most. */
const RECEIPT_ROOM = 8192;

/** Throws where receipts could not be signed for being too long. Else every question would show it, by a 500. */
const checkRoom = (
  { kid }: ReceiptSigner,
  labels: readonly (string | null | undefined)[],
  hosts: readonly string[] | undefined,
): void => {
  const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value ?? null)).length;
  if (sizeOf([kid, hosts]) + Math.max(...labels.map(sizeOf)) <= RECEIPT_ROOM) return;
  // Fewer hosts, a shorter label or kid.
  throw invalid(OPERATION, "receipts", "receipt", "must be at most 16 384 characters once it is signed");
};

/** Whether a request may be served: `null`, or the seconds to wait. */
const refusal = (admission: unknown): number | null => {
  const { allowed, retryAfterSeconds } = Object(admission) as Partial<VerifyAdmission>;
  if (admission === true || allowed === true) return null;
  const seconds = Math.ceil(Number(retryAfterSeconds));
  return retryAfterSeconds !== undefined && seconds >= 0 && seconds < 2 ** 31 ? seconds : 60;
};

/** What an answer was made of. */
interface Served {
  response: Response;
  verification?: Verification;
  /** Of the log entry. */
  reason: string | null;
  answers?: AccountAnswer[];
  cached?: boolean;
}

/**
 * Makes the handler of `POST /api/verify`. It takes `{"input": link or id, "recipient_name"?: string}` as JSON of at
 * most 4096 bytes and answers 200 with a `Verification` for every conclusive verdict, `revoked` too. Everything else
 * is `application/problem+json` (RFC 9457) with a `code`; an `indeterminate` verification is its member `verification`.
 *
 * @param options - The accounts that are asked, and the policy.
 * @throws {@link ValidationError} for options that are wrong. A token that cannot be sent shows at the first request, which
 * then is answered 500 `internal`, with the reason in the log entry.
 * @category Verification
 */
export const createVerifyHandler = (options: VerifyHandlerOptions): VerifyHandler => {
  const given = options ?? {};
  const accounts = checkOptions(given);
  const {
    client: _,
    accounts: __,
    allowedOrigins = [],
    compareNames,
    allow,
    cache: caching,
    receipts = false,
    onLog,
    ...verifyOptions
  } = given;
  const { hosts, skewSeconds, allowMetadata, issuerLabel } = verifyOptions;
  const labels = accounts.map(({ label }) => label ?? null);
  if (typeof receipts === "object") checkRoom(receipts, [issuerLabel, ...labels], hosts);
  const cache =
    caching && verifyCache(caching, hosts, { hosts, skewSeconds, allowMetadata, issuerLabel, labels });

  /** Who asks, and the headers that every answer to them has. */
  const meet = (
    request: Request,
  ): { sameOrigin: boolean; allowed: boolean; headers: Record<string, string> } => {
    const origin = request.headers.get("origin");
    // Behind a proxy the server may know another name of itself; a browser says so itself, and no page can say it.
    const told = request.headers.get("sec-fetch-site") === "same-origin";
    const sameOrigin = told || origin === null || origin === new URL(request.url).origin;
    const allowed = sameOrigin || allowedOrigins.includes(origin);
    const headers: Record<string, string> = {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      vary: "origin",
    };
    if (!sameOrigin && allowed) {
      headers["access-control-allow-origin"] = origin;
      headers["access-control-expose-headers"] = "age, retry-after";
    }
    return { sameOrigin, allowed, headers };
  };

  const problem = (
    status: number,
    code: string,
    headers: Record<string, string>,
    { detail = DETAILS[code], ...members }: { detail?: string; verification?: Verification } = {},
  ): Response => {
    const body = { type: `${PROBLEM_TYPE}${code}`, title: TITLES[code], status, detail, code, ...members };
    const type = "application/problem+json";
    return new Response(JSON.stringify(body), { status, headers: { ...headers, "content-type": type } });
  };

  /** The verdict: a kept one, or a new one. */
  const judge = async (
    input: string,
    recipientName: string | undefined,
    signal: AbortSignal,
  ): Promise<{ verification: Verification; answers: AccountAnswer[]; ageSeconds?: number }> => {
    // The comparison of a name is never kept, nor anything about a text that names no credential.
    const parsed =
      cache && recipientName === undefined ? await parseCredentialUrl(input, { hosts }) : undefined;
    const asked = parsed?.ok ? parsed : undefined;
    const known = asked && (await cache?.find(asked));
    if (known) return { ...known, answers: [] };
    const judged = await askAccounts(input, accounts, { ...verifyOptions, recipientName, signal });
    // An account that could not be asked may be one that would say no.
    const complete = judged.answers.every((said) => said === "valid" || said === "not_found_in_account");
    if (asked && complete && isVerified(judged.verification)) await cache?.keep(asked, judged.verification);
    return judged;
  };

  const withReceipt = async (verification: Verification): Promise<Verification> => {
    if (receipts === false) return verification;
    const receipt = createReceipt(verification);
    return { ...verification, receipt: receipts === true ? receipt : await signReceipt(receipt, receipts) };
  };

  const answer = async (
    request: Request,
    { sameOrigin, allowed, headers }: ReturnType<typeof meet>,
  ): Promise<Served> => {
    const refuse = (status: number, code: string, extra?: Record<string, string>): Served => ({
      response: problem(status, code, { ...headers, ...extra }),
      reason: code,
    });

    if (!allowed) return refuse(403, "origin_not_allowed");
    if (request.method === "OPTIONS" && !sameOrigin) {
      const preflight = {
        ...headers,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
      };
      return { response: new Response(null, { status: 204, headers: preflight }), reason: "preflight" };
    }
    if (request.method !== "POST") return refuse(405, "method_not_allowed", { allow: "POST" });
    // Also what makes a browser ask first (preflight) before another site can have this endpoint called.
    const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") return refuse(415, "unsupported_media_type");
    const wait = allow ? refusal(await allow(request)) : null;
    if (wait !== null) return refuse(429, "too_many_requests", { "retry-after": String(wait) });
    let body: string | null;
    try {
      body = await readBody(request);
    } catch {
      return refuse(400, "invalid_body");
    }
    if (body === null) return refuse(413, "body_too_large");
    const question = readQuestion(body);
    if (!question) return refuse(400, "invalid_body");

    const { input, recipientName } = question;
    if (recipientName !== undefined && compareNames !== true) return refuse(400, "names_not_compared");
    const { answers, ageSeconds, ...judged } = await judge(input, recipientName, request.signal);
    const verification = await withReceipt(judged.verification);
    if (verification.outcome !== "indeterminate") {
      const age: Record<string, string> = ageSeconds === undefined ? {} : { age: String(ageSeconds) };
      const json = { ...headers, ...age, "content-type": "application/json" };
      const response = new Response(JSON.stringify(verification), { status: 200, headers: json });
      return { response, verification, reason: null, answers, cached: ageSeconds !== undefined };
    }
    const reason = verification.reason as IndeterminateReason;
    const { retry_after_s } = verification;
    const extra: Record<string, string> =
      retry_after_s === null ? {} : { "retry-after": String(retry_after_s) };
    const detail = `The issuer's account gave no answer to rely on (${reason}). This says nothing about the credential.`;
    const status = STATUS[reason] ?? 502;
    const response = problem(status, "indeterminate", { ...headers, ...extra }, { detail, verification });
    return { response, verification, reason, answers };
  };

  /** The answer to a fault. Its own text is for the operator's log, not for the stranger. */
  const failed = (thrown: unknown, headers: Record<string, string>): Served => {
    // A wrong token, or a limiter that threw.
    const reason = isHyperstackError(thrown) ? thrown.code : "internal";
    // A name of odd white space only is the caller's mistake, which the core alone can see.
    const issues = isHyperstackError(thrown) ? (thrown as ValidationError).issues : undefined;
    const theirs = issues?.every(({ path }) => path === "recipientName") ?? false;
    const [status, code] = theirs ? [400, "invalid_body"] : [500, "internal"];
    return { response: problem(status, code, headers), reason };
  };

  return async (request) => {
    const started = Date.now();
    const caller = meet(request);
    let served: Served;
    try {
      served = await answer(request, caller);
    } catch (thrown) {
      served = request.signal?.aborted
        ? { response: new Response(null, { status: 499, headers: caller.headers }), reason: "aborted" }
        : failed(thrown, caller.headers);
    }
    const { response, verification, reason, answers = [], cached = false } = served;
    try {
      const logged: unknown = onLog?.({
        outcome: verification?.outcome ?? "refused",
        verdict: verification?.verdict ?? null,
        reason,
        status: response.status,
        latency_ms: Date.now() - started,
        accounts: answers,
        cached,
      });
      // An async function fits the type, too; its failure would end a Node process.
      Promise.resolve(logged).catch(() => {});
    } catch {
      // A log that cannot be written does not cost the answer.
    }
    return response;
  };
};
