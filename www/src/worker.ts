/**
 * The Worker: `POST /api/verify` with the issuer's token, `GET /api/config` for the page, and the page's files with
 * its security headers. What a verdict is, the package decides.
 */
import { createVerifyHandler, Hyperstack } from "hyperstack-credentials";

interface Env {
  /** Secret. The issuer's API token. */
  HYPERSTACK_API_TOKEN?: string;
  /** Where the API is; the sandbox in the demo. */
  HYPERSTACK_API_BASE?: string;
  /** `sandbox` puts a banner and the samples on the page. Anything else is live. */
  HYPERSTACK_MODE?: string;
  /** JSON array of samples, in sandbox mode. */
  HYPERSTACK_SAMPLES?: string;
  /** The issuer's name as the page shows it. */
  HYPERSTACK_ISSUER_LABEL?: string;
  /** Trusted hosts of credential links, separated by commas. */
  HYPERSTACK_HOSTS?: string;
  /** Keys of the custom attributes that may be shown, separated by commas. */
  HYPERSTACK_ALLOW_METADATA?: string;
  /** `true`: visitors may have a name compared with the recipient's. In sandbox mode they always may. */
  HYPERSTACK_COMPARE_NAMES?: string;
  /** Other origins that may ask, separated by commas. */
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

/** Milliseconds a page waits for the issuer's account at most. */
const UPSTREAM_TIMEOUT_MS = 5000;

const list = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

const hosts = (env: Env): string[] => {
  const listed = list(env.HYPERSTACK_HOSTS);
  return listed.length > 0 ? listed : ["hyperstack.id"];
};

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });

const compareNames = (env: Env): boolean =>
  env.HYPERSTACK_COMPARE_NAMES === "true" || env.HYPERSTACK_MODE === "sandbox";

/** What the page needs to know of this deployment. Nothing secret. */
const config = (env: Env): Response => {
  const sandbox = env.HYPERSTACK_MODE === "sandbox";
  return json({
    mode: sandbox ? "sandbox" : "live",
    issuer_label: env.HYPERSTACK_ISSUER_LABEL || null,
    hosts: hosts(env),
    compare_names: compareNames(env),
    samples: sandbox && env.HYPERSTACK_SAMPLES ? JSON.parse(env.HYPERSTACK_SAMPLES) : [],
  });
};

const verify = (request: Request, env: Env): Promise<Response> => {
  if (!env.HYPERSTACK_API_TOKEN) {
    console.error(JSON.stringify({ event: "misconfigured", missing: "HYPERSTACK_API_TOKEN" }));
    const body = { title: "The service is not configured", status: 500, code: "not_configured" };
    const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
    return Promise.resolve(new Response(JSON.stringify(body), { status: 500, headers }));
  }
  const limit = env.VERIFY_LIMIT;
  const handler = createVerifyHandler({
    client: new Hyperstack({
      token: env.HYPERSTACK_API_TOKEN,
      baseUrl: env.HYPERSTACK_API_BASE || undefined,
    }),
    hosts: hosts(env),
    allowMetadata: list(env.HYPERSTACK_ALLOW_METADATA),
    issuerLabel: env.HYPERSTACK_ISSUER_LABEL || undefined,
    allowedOrigins: list(env.ALLOWED_ORIGINS),
    compareNames: compareNames(env),
    timeoutMs: UPSTREAM_TIMEOUT_MS,
    totalTimeoutMs: UPSTREAM_TIMEOUT_MS,
    maxRetries: 1,
    // The address is the key of the limit and goes nowhere else.
    allow: limit
      ? async (request) =>
          (await limit.limit({ key: request.headers.get("cf-connecting-ip") ?? "local" })).success
      : undefined,
    onLog: (entry) => console.log(JSON.stringify({ event: "verify", ...entry })),
  });
  return handler(request);
};

const route = async (request: Request, env: Env): Promise<Response> => {
  switch (new URL(request.url).pathname) {
    case "/api/verify":
      return verify(request, env);
    case "/api/config":
      return config(env);
    default:
      return env.ASSETS.fetch(request);
  }
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const response = await route(request, env);
    const secured = new Response(response.body, response);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) secured.headers.set(name, value);
    return secured;
  },
};
