/** `createVerifyHandler`: the verifying service as a function from `Request` to `Response`, for any fetch-style server. */
import { readBytes } from "./body.js";
import type { Hyperstack, VerifyOptions } from "./client.js";
import { invalid, isHyperstackError, type ValidationError } from "./errors.js";
import type { IndeterminateReason, Verification } from "./types.js";

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
  /** Reason of an `indeterminate`, or the `code` of a refused request. */
  reason: string | null;
  /** HTTP status of the answer. */
  status: number;
  /** Milliseconds from request to answer. */
  latency_ms: number;
}

/**
 * Options of {@link createVerifyHandler}.
 *
 * @category Verification
 */
export interface VerifyHandlerOptions
  extends Pick<
    VerifyOptions,
    "hosts" | "skewSeconds" | "allowMetadata" | "issuerLabel" | "timeoutMs" | "totalTimeoutMs" | "maxRetries"
  > {
  /** The client with the issuer's token. */
  client: Hyperstack;
  /** Origins of other pages that may ask, e.g. `["https://acme.example"]`. Default: only the handler's own origin. */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * Compare `recipient_name` where a question has one. Whoever has a link can then learn by trying whether it was made out
   * to somebody, private credentials included. Default `false`: such a question is refused.
   */
  compareNames?: boolean | undefined;
  /**
   * Says whether this request may be served now; `false` is answered with 429. Default: always.
   *
   * @param request - The request; its body is not to be read.
   */
  allow?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /**
   * Called once for every request. What it throws is ignored.
   *
   * @param entry - Nothing personal.
   */
  onLog?: ((entry: VerifyLogEntry) => void) | undefined;
}

/**
 * What {@link createVerifyHandler} makes.
 *
 * @param request - Any request; its body must not have been read.
 * @returns The answer, always: a handler does not reject.
 * @category Verification
 */
export type VerifyHandler = (request: Request) => Promise<Response>;

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

/**
 * Makes the handler of `POST /api/verify`. It takes `{"input": link or id, "recipient_name"?: string}` as JSON of at
 * most 4096 bytes and answers 200 with a `Verification` for every conclusive verdict, `revoked` too. Everything else
 * is `application/problem+json` with a `code`; an `indeterminate` verification is its member `verification`.
 *
 * @param options - The client that asks, and the policy.
 * @throws {@link ValidationError} for `allowedOrigins` that is no array; other options are judged at the first request, which
 * then is answered 500 `internal`, with the reason in the log entry.
 * @category Verification
 */
export const createVerifyHandler = (options: VerifyHandlerOptions): VerifyHandler => {
  const { client, allowedOrigins = [], compareNames = false, allow, onLog, ...verifyOptions } = options;
  if (!Array.isArray(allowedOrigins)) {
    // A string would be searched for parts of it.
    throw invalid("createVerifyHandler", "allowedOrigins", "array", "must be an array");
  }

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
      headers["access-control-expose-headers"] = "retry-after";
    }
    return { sameOrigin, allowed, headers };
  };

  const answer = async (
    request: Request,
    { sameOrigin, allowed, headers }: ReturnType<typeof meet>,
  ): Promise<[Response, Verification | null, string | null]> => {
    const problem = (
      status: number,
      code: string,
      extra: Record<string, string> = {},
      members: object = {},
    ): [Response, null, string] => [
      new Response(JSON.stringify({ title: TITLES[code] ?? code, status, code, ...members }), {
        status,
        headers: { ...headers, "content-type": "application/problem+json", ...extra },
      }),
      null,
      code,
    ];

    if (!allowed) return problem(403, "origin_not_allowed");
    if (request.method === "OPTIONS" && !sameOrigin) {
      const preflight = {
        ...headers,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
      };
      return [new Response(null, { status: 204, headers: preflight }), null, "preflight"];
    }
    if (request.method !== "POST") return problem(405, "method_not_allowed", { allow: "POST" });
    // Also what makes a browser ask first (preflight) before another site can have this endpoint called.
    const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") return problem(415, "unsupported_media_type");
    if (allow && !(await allow(request))) return problem(429, "too_many_requests", { "retry-after": "60" });
    let body: string | null;
    try {
      body = await readBody(request);
    } catch {
      return problem(400, "invalid_body");
    }
    if (body === null) return problem(413, "body_too_large");
    const question = readQuestion(body);
    if (!question) return problem(400, "invalid_body");

    const { input, recipientName } = question;
    if (recipientName !== undefined && compareNames !== true) return problem(400, "names_not_compared");
    const verification = await client.verify(input, {
      ...verifyOptions,
      recipientName,
      signal: request.signal,
    });
    if (verification.outcome !== "indeterminate") {
      const json = { ...headers, "content-type": "application/json" };
      return [new Response(JSON.stringify(verification), { status: 200, headers: json }), verification, null];
    }
    const reason = verification.reason as IndeterminateReason;
    const wait = verification.retry_after_s;
    const extra: Record<string, string> = wait === null ? {} : { "retry-after": String(wait) };
    const [response] = problem(STATUS[reason] ?? 502, "indeterminate", extra, { verification });
    return [response, verification, reason];
  };

  return async (request) => {
    const started = Date.now();
    const caller = meet(request);
    let result: [Response, Verification | null, string | null];
    try {
      result = await answer(request, caller);
    } catch (thrown) {
      // A wrong option or token ends here. The error's own text is for the operator's log, not for the stranger.
      const code = isHyperstackError(thrown) ? thrown.code : "internal";
      // A name of odd white space only is the caller's mistake, which the core alone can see.
      const issues = isHyperstackError(thrown) ? (thrown as ValidationError).issues : undefined;
      const theirs = issues?.every(({ path }) => path === "recipientName") ?? false;
      const [status, said] = theirs ? [400, "invalid_body"] : [500, "internal"];
      const body = JSON.stringify({ title: TITLES[said], status, code: said });
      const headers = { ...caller.headers, "content-type": "application/problem+json" };
      result = [new Response(body, { status, headers }), null, code];
    }
    const [response, verification, reason] = result;
    try {
      const logged: unknown = onLog?.({
        outcome: verification?.outcome ?? "refused",
        verdict: verification?.verdict ?? null,
        reason,
        status: response.status,
        latency_ms: Date.now() - started,
      });
      // An async function fits the type, too; its failure would end a Node process.
      Promise.resolve(logged).catch(() => {});
    } catch {
      // A log that cannot be written does not cost the answer.
    }
    return response;
  };
};
