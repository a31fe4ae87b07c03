/** `createVerifyHandler`: the verify service as a function from `Request` to `Response`, for any fetch-style server. */
import { type AccountResult, verifyInAll } from "./accounts.js";
import { readBytes } from "./body.js";
import { notify } from "./core-call.js";
import { isHyperstackError, type ValidationError } from "./errors.js";
import { totalTimeoutMsOf } from "./hyperstack.js";
import { jsonFlaw, parseLink } from "./local.js";
import { ownMembers } from "./options.js";
import { createReceipt } from "./receipt.js";
import { signReceipt } from "./receipt-signature.js";
import type { Verification } from "./types.js";
import { verifyCache } from "./verify-cache.js";
import { checkOptions, type VerifyAdmission, type VerifyHandlerOptions } from "./verify-handler-options.js";
import { indeterminateProblem, type ProblemCode, problem } from "./verify-problems.js";

/**
 * A handler of {@link createVerifyHandler}.
 *
 * @param request - Any request; its body must not have been read.
 * @returns The response, always: a handler does not reject.
 * @category Verification
 */
export type VerifyHandler = (request: Request) => Promise<Response>;

const OPERATION = "createVerifyHandler";
const MAX_BODY_BYTES = 4096;
const DEFAULT_RETRY_AFTER_SECONDS = 60;
const MAX_RETRY_AFTER_SECONDS = 2 ** 31;
const PREFLIGHT_MAX_AGE_SECONDS = 600;
/** The status for logs if the client went away; no client receives it. */
const CLIENT_CLOSED_REQUEST = 499;

/** The body of a request. */
interface Question {
  readonly input: string;
  readonly recipientName: string | undefined;
}

/** Parses the body of a request; `null` if it is not valid. */
const parseQuestion = async (text: string): Promise<Question | null> => {
  // A duplicate key could hide another input from a proxy that reads the body first.
  if ((await jsonFlaw(OPERATION, text)) !== undefined) return null;
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  const { input, recipient_name } = ownMembers<{ input: unknown; recipient_name: unknown }>(body);
  const rest = Object.keys(body).filter((name) => name !== "input" && name !== "recipient_name");
  if (typeof input !== "string" || rest.length > 0) return null;
  if (recipient_name === undefined) return { input, recipientName: undefined };
  if (typeof recipient_name !== "string" || recipient_name.trim() === "") return null;
  return { input, recipientName: recipient_name };
};

/** Reads the body of a request, or returns the code of a problem. */
const readQuestion = async (request: Request): Promise<Question | "invalid_body" | "body_too_large"> => {
  try {
    // Firefox has no `Request.body`.
    const body = request.body ?? (await request.blob()).stream();
    const bytes = await readBytes(body, MAX_BODY_BYTES);
    if (!bytes) return "body_too_large";
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return (await parseQuestion(text)) ?? "invalid_body";
  } catch (thrown) {
    if (isHyperstackError(thrown)) throw thrown;
    return "invalid_body";
  }
};

/** Returns `null` if a request is allowed, else the seconds to wait. */
const waitOf = (admission: unknown): number | null => {
  const { allowed, retryAfterSeconds } = ownMembers<VerifyAdmission>(admission);
  if (admission === true || allowed === true) return null;
  const seconds = Math.ceil(Number(retryAfterSeconds));
  const isTime = retryAfterSeconds !== undefined && seconds >= 0 && seconds < MAX_RETRY_AFTER_SECONDS;
  return isTime ? seconds : DEFAULT_RETRY_AFTER_SECONDS;
};

/** Where a request is from, and the headers of every response to it. */
interface Caller {
  readonly isSameOrigin: boolean;
  readonly isAllowed: boolean;
  readonly headers: Record<string, string>;
}

/** Returns the origin of an address; `undefined` for a path, as the `url` of a request that is not a `Request` can be. */
const originOf = (url: string): string | undefined => {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
};

const identify = (request: Request, allowedOrigins: readonly string[]): Caller => {
  const origin = request.headers.get("origin");
  // Behind a proxy the server may have another name; a browser sets this header itself, and no page can change it.
  const bySite = request.headers.get("sec-fetch-site") === "same-origin";
  const isSameOrigin = bySite || origin === null || origin === originOf(request.url);
  const isAllowed = isSameOrigin || allowedOrigins.includes(origin);
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    vary: "origin",
  };
  if (!isSameOrigin && isAllowed) {
    headers["access-control-allow-origin"] = origin;
    headers["access-control-expose-headers"] = "age, retry-after";
  }
  return { isSameOrigin, isAllowed, headers };
};

/** A response, and what the log entry says about it. */
interface Served {
  readonly response: Response;
  readonly reason: string | null;
  readonly verification?: Verification;
  readonly results?: AccountResult[];
  readonly cached?: boolean;
}

const refuse = ({ headers }: Caller, code: ProblemCode, moreHeaders?: Record<string, string>): Served => ({
  response: problem(code, { ...headers, ...moreHeaders }),
  reason: code,
});

const preflight = ({ headers }: Caller): Served => ({
  response: new Response(null, {
    status: 204,
    headers: {
      ...headers,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": String(PREFLIGHT_MAX_AGE_SECONDS),
    },
  }),
  reason: "preflight",
});

/** The response to a fault of this service. Its text is for the operator's log, not for the caller. */
const failed = (caller: Caller, thrown: unknown): Served => {
  if (!isHyperstackError(thrown)) return { ...refuse(caller, "internal"), reason: "internal" };
  const { issues } = thrown as ValidationError;
  // A name of unusual white space is the caller's mistake, which only the core recognizes.
  const isCallersFault = issues?.every(({ path }) => path === "recipientName") ?? false;
  return { ...refuse(caller, isCallersFault ? "invalid_body" : "internal"), reason: thrown.code };
};

/** The result of a request. */
interface Judged {
  readonly verification: Verification;
  readonly results: AccountResult[];
  /** If it is from the cache. */
  readonly ageSeconds?: number;
}

/**
 * Creates the handler of `POST /api/verify`. It takes `{"input": link or id, "recipient_name"?: string}` as JSON of at
 * most 4096 bytes and responds 200 with a `Verification` for every conclusive verdict, `revoked` too. Everything else
 * is `application/problem+json` (RFC 9457) with a `code`; an `indeterminate` verification is its member `verification`.
 *
 * @param options - The accounts that are queried, and the policy.
 * @throws {@link ValidationError} for wrong options. A token that cannot be sent shows at the first request, whose response
 * is 500 `internal`, with the reason in the log entry.
 * @example
 * ```ts
 * const handler = createVerifyHandler({ client: hyperstack, allowedOrigins: ["https://acme.example"] });
 * const response = await handler(request);
 * ```
 * @category Verification
 */
export const createVerifyHandler = (options: VerifyHandlerOptions): VerifyHandler => {
  const {
    accounts,
    allowedOrigins = [],
    compareNames = false,
    allow,
    cache: cacheOptions,
    receipts = false,
    onLog,
    ...others
  } = checkOptions(options);
  // A rest has a prototype.
  const verifyOptions = ownMembers<typeof others>(others);
  const { hosts, skewSeconds, allowMetadata, issuerLabel, maxAgeSeconds } = verifyOptions;
  const labels = accounts.map(({ label }) => label ?? null);
  const policy = { hosts, skewSeconds, allowMetadata, issuerLabel, maxAgeSeconds, labels };
  // A yes that is too old as a response is too old in the cache, too.
  const seconds = Math.min(cacheOptions?.seconds ?? 0, maxAgeSeconds ?? Number.POSITIVE_INFINITY);
  const cache = cacheOptions && verifyCache({ ...cacheOptions, seconds }, hosts, policy);
  const totalTimeoutMs =
    verifyOptions.totalTimeoutMs ?? Math.max(...accounts.map(({ client }) => totalTimeoutMsOf(client)));

  /** Verifies a credential, or returns a cached result. */
  const judge = async ({ input, recipientName }: Question, signal: AbortSignal): Promise<Judged> => {
    const askedAt = Date.now();
    const elapsedMs = (): number => Date.now() - askedAt;
    const parsed = cache ? await parseLink(input, hosts) : undefined;
    const subject = parsed?.ok ? parsed : undefined;
    if (cache && subject && recipientName === undefined) {
      const cached = await cache.find(subject, totalTimeoutMs);
      if (cached) return { ...cached, results: [] };
    }
    const given = { ...verifyOptions, signal, ...(recipientName !== undefined && { recipientName }) };
    const judged = await verifyInAll(input, accounts, given, elapsedMs());
    if (cache && subject) {
      // An account that could not be queried may have said that it is revoked.
      const isComplete = judged.results.every(
        (result) => result === "valid" || result === "not_found_in_account",
      );
      const isCacheable = recipientName === undefined && isComplete;
      const limitMs = totalTimeoutMs - elapsedMs();
      await cache.update(subject, judged.verification, { askedAt, limitMs, isCacheable });
    }
    return judged;
  };

  const withReceipt = async (verification: Verification): Promise<Verification> => {
    if (receipts === false) return verification;
    const receipt = createReceipt(verification);
    return { ...verification, receipt: receipts === true ? receipt : await signReceipt(receipt, receipts) };
  };

  const serve = async (request: Request, caller: Caller): Promise<Served> => {
    if (!caller.isAllowed) return refuse(caller, "origin_not_allowed");
    if (request.method === "OPTIONS" && !caller.isSameOrigin) return preflight(caller);
    if (request.method !== "POST") return refuse(caller, "method_not_allowed", { allow: "POST" });
    // This content type also makes a browser send a preflight before another site can use this service.
    const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") return refuse(caller, "unsupported_media_type");
    const waitSeconds = allow ? waitOf(await allow(request)) : null;
    if (waitSeconds !== null) {
      return refuse(caller, "too_many_requests", { "retry-after": String(waitSeconds) });
    }
    const question = await readQuestion(request);
    if (typeof question === "string") return refuse(caller, question);
    if (question.recipientName !== undefined && !compareNames) return refuse(caller, "names_not_compared");

    const { ageSeconds, results, ...judged } = await judge(question, request.signal);
    const verification = await withReceipt(judged.verification);
    if (verification.outcome === "indeterminate") {
      const response = indeterminateProblem(verification, caller.headers);
      return { response, verification, reason: verification.reason, results };
    }
    const age: Record<string, string> = ageSeconds === undefined ? {} : { age: String(ageSeconds) };
    const headers = { ...caller.headers, ...age, "content-type": "application/json" };
    const response = new Response(JSON.stringify(verification), { status: 200, headers });
    return { response, verification, reason: null, results, cached: ageSeconds !== undefined };
  };

  return async (request) => {
    const startedAt = Date.now();
    const caller = identify(request, allowedOrigins);
    let served: Served;
    try {
      served = await serve(request, caller);
    } catch (thrown) {
      served = request.signal?.aborted
        ? {
            response: new Response(null, { status: CLIENT_CLOSED_REQUEST, headers: caller.headers }),
            reason: "aborted",
          }
        : failed(caller, thrown);
    }
    const { response, verification, reason, results = [], cached = false } = served;
    notify(onLog, {
      outcome: verification?.outcome ?? "refused",
      verdict: verification?.verdict ?? null,
      reason,
      status: response.status,
      latency_ms: Date.now() - startedAt,
      accounts: results,
      cached,
    });
    return response;
  };
};
