/** The verifying Worker as one writes it on top of the hand-written client: the same answers, checks and headers. */
import { readBytes } from "./body.ts";
import { ApiError, Client, type Verification } from "./client.ts";

interface Env {
  HYPERSTACK_API_TOKEN?: string;
  HYPERSTACK_API_BASE?: string;
  HYPERSTACK_MODE?: string;
  HYPERSTACK_SAMPLES?: string;
  HYPERSTACK_ISSUER_LABEL?: string;
  HYPERSTACK_HOSTS?: string;
  HYPERSTACK_ALLOW_METADATA?: string;
  HYPERSTACK_COMPARE_NAMES?: string;
  ALLOWED_ORIGINS?: string;
  ASSETS: { fetch(request: Request): Promise<Response> };
  VERIFY_LIMIT?: { limit(options: { key: string }): Promise<{ success: boolean }> };
}

const SECURITY_HEADERS: Record<string, string> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "accelerometer=(), camera=(self), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
};
const TITLES: Record<string, string> = {
  method_not_allowed: "The method must be POST",
  origin_not_allowed: "This origin is not allowed",
  unsupported_media_type: "The body must be application/json",
  body_too_large: "The body must be at most 4096 bytes",
  invalid_body: 'The body must be {"input": string, "recipient_name"?: string}',
  names_not_compared: "This service does not compare names",
  too_many_requests: "Too many requests",
  internal: "The service could not check the credential",
  not_configured: "The service is not configured",
  indeterminate: "The credential could not be checked",
};
const DETAILS: Record<string, string> = {
  method_not_allowed: "Send the request with POST.",
  origin_not_allowed: "This service does not accept requests from the page's origin.",
  unsupported_media_type: "Send the request with content-type: application/json.",
  body_too_large: "Send one link or id, and optionally a name.",
  invalid_body:
    "The body is not UTF-8 JSON of this form, or a member is missing, blank, unknown or duplicated.",
  names_not_compared: "Nothing was checked. Send the request without recipient_name.",
  too_many_requests: "Nothing was checked. Retry after the time in the retry-after header.",
  internal: "This service has an internal error. It says nothing about the credential.",
};
const problemOf = (code: string, status: number, members: object = {}): object => ({
  type: `urn:problem-type:hyperstack-credentials:${code}`,
  title: TITLES[code],
  status,
  detail: DETAILS[code],
  code,
  ...members,
});
const STATUS: Record<string, number> = { unauthorized: 500, forbidden: 500, rate_limited: 503, timeout: 504 };

const list = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
const hostsOf = (env: Env): string[] => {
  const listed = list(env.HYPERSTACK_HOSTS);
  return listed.length > 0 ? listed : ["hyperstack.id"];
};
const comparesNames = (env: Env): boolean =>
  env.HYPERSTACK_COMPARE_NAMES === "true" || env.HYPERSTACK_MODE === "sandbox";
const json = (body: unknown, status: number, headers: Record<string, string>): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

const questionOf = (bytes: Uint8Array): { input: string; recipientName: string | undefined } | null => {
  try {
    const body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
    const { input, recipient_name: recipientName, ...rest } = body;
    if (typeof input !== "string" || Object.keys(rest).length > 0) return null;
    const blank = typeof recipientName !== "string" || recipientName.trim() === "";
    return recipientName !== undefined && blank ? null : { input, recipientName };
  } catch {
    return null;
  }
};

interface Result {
  response: Response;
  verification: Verification | null;
  reason: string | null;
}

const answer = async (request: Request, env: Env): Promise<Result> => {
  const origin = request.headers.get("origin");
  const sameOrigin =
    request.headers.get("sec-fetch-site") === "same-origin" ||
    origin === null ||
    origin === new URL(request.url).origin;
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    vary: "origin",
  };
  const problem = (
    status: number,
    code: string,
    extra: Record<string, string> = {},
    members: object = {},
  ): Result => ({
    response: json(problemOf(code, status, members), status, {
      ...headers,
      "content-type": "application/problem+json",
      ...extra,
    }),
    verification: null,
    reason: code,
  });
  if (!sameOrigin) {
    if (!list(env.ALLOWED_ORIGINS).includes(origin)) return problem(403, "origin_not_allowed");
    headers["access-control-allow-origin"] = origin;
    headers["access-control-expose-headers"] = "retry-after";
    if (request.method === "OPTIONS") {
      const preflight = {
        ...headers,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
      };
      return {
        response: new Response(null, { status: 204, headers: preflight }),
        verification: null,
        reason: "preflight",
      };
    }
  }
  if (request.method !== "POST") return problem(405, "method_not_allowed", { allow: "POST" });
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") return problem(415, "unsupported_media_type");
  const key = request.headers.get("cf-connecting-ip") ?? "local";
  if (env.VERIFY_LIMIT && !(await env.VERIFY_LIMIT.limit({ key })).success)
    return problem(429, "too_many_requests", { "retry-after": "60" });
  const bytes = request.body
    ? await readBytes(request.body, 4096).catch(() => new Uint8Array())
    : new Uint8Array();
  if (bytes === null) return problem(413, "body_too_large");
  const question = questionOf(bytes);
  if (!question) return problem(400, "invalid_body");
  if (question.recipientName !== undefined && !comparesNames(env)) return problem(400, "names_not_compared");

  let verification: Verification;
  try {
    const client = new Client({
      token: env.HYPERSTACK_API_TOKEN ?? "",
      baseUrl: env.HYPERSTACK_API_BASE || undefined,
    });
    verification = await client.verify(question.input, {
      recipientName: question.recipientName,
      hosts: hostsOf(env),
      allowMetadata: list(env.HYPERSTACK_ALLOW_METADATA),
      issuerLabel: env.HYPERSTACK_ISSUER_LABEL || undefined,
      timeoutMs: 5000,
      totalTimeoutMs: 5000,
      maxRetries: 1,
      signal: request.signal,
    });
  } catch (thrown) {
    // The text is for the operator's log, not for the stranger.
    return { ...problem(500, "internal"), reason: thrown instanceof ApiError ? thrown.code : "internal" };
  }
  if (verification.outcome !== "indeterminate")
    return { response: json(verification, 200, headers), verification, reason: null };
  const { reason, retry_after_s: wait } = verification;
  const extra: Record<string, string> = wait === null ? {} : { "retry-after": String(wait) };
  const said = problem(STATUS[reason ?? ""] ?? 502, "indeterminate", extra, { verification });
  return { ...said, verification, reason };
};

const verify = async (request: Request, env: Env): Promise<Response> => {
  if (!env.HYPERSTACK_API_TOKEN) {
    console.error(JSON.stringify({ event: "misconfigured", missing: "HYPERSTACK_API_TOKEN" }));
    const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
    return json(problemOf("not_configured", 500), 500, headers);
  }
  const started = Date.now();
  const { response, verification, reason } = await answer(request, env);
  console.log(
    JSON.stringify({
      event: "verify",
      outcome: verification?.outcome ?? "refused",
      verdict: verification?.verdict ?? null,
      reason,
      status: response.status,
      latency_ms: Date.now() - started,
    }),
  );
  return response;
};

const config = (env: Env): Response => {
  const sandbox = env.HYPERSTACK_MODE === "sandbox";
  const body = {
    mode: sandbox ? "sandbox" : "live",
    issuer_label: env.HYPERSTACK_ISSUER_LABEL || null,
    hosts: hostsOf(env),
    compare_names: comparesNames(env),
    samples: sandbox && env.HYPERSTACK_SAMPLES ? JSON.parse(env.HYPERSTACK_SAMPLES) : [],
  };
  return json(body, 200, { "cache-control": "no-store" });
};

const route = (request: Request, env: Env): Response | Promise<Response> => {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/verify") return verify(request, env);
  return pathname === "/api/config" ? config(env) : env.ASSETS.fetch(request);
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const response = await route(request, env);
    const secured = new Response(response.body, response);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) secured.headers.set(name, value);
    return secured;
  },
};
