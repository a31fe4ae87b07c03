/**
 * The Worker: `POST /api/verify` with the issuer's token, `GET /api/config` for the page, `GET /healthz` for its operator,
 * and the page's files with its security headers. The package decides the verdict, `worker-settings.ts` defines
 * the settings, `docs/deploying.md` describes the deployment.
 */
import {
  createVerifyHandler,
  Hyperstack,
  importReceiptKey,
  isHyperstackError,
  type ReceiptSigner,
  receiptKeySet,
  type VerifyHandler,
} from "hyperstack-credentials";
import { BATCH_PATH, serveBatch } from "./batch-service.ts";
import { problem } from "./problem.ts";
import { limiter, type RateLimit } from "./visitor.ts";
import { type Fault, readSettings, type Settings, type VariableName } from "./worker-settings.ts";

/** A binding that handles requests. */
interface Fetcher {
  fetch(request: Request | string, init?: RequestInit): Promise<Response>;
}

type Env = { readonly [Name in VariableName]?: unknown } & {
  /** The page's files. */
  ASSETS: Fetcher;
  /** The rate limit for each visitor. */
  VERIFY_LIMIT?: RateLimit;
  /** The rate limit for each visitor's links in lists; without it, that of single requests. */
  LIST_LIMIT?: RateLimit;
  /** If bound, receives the requests to the API instead of the network: a service between this Worker and the API. */
  UPSTREAM?: Fetcher;
};

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

/** Days for which a contact is good; it is written anew for every request. */
const SECURITY_CONTACT_DAYS = 180;

/** A line of the log: never a link, a name, an e-mail or a network address. */
const log = (event: string, entry: object): void => console.log(JSON.stringify({ event, ...entry }));

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });

interface Receipts {
  /** `null` if receipts are no longer signed, but earlier ones can still be verified. */
  signer: ReceiptSigner | null;
  published: Awaited<ReturnType<typeof receiptKeySet>>;
}

/** What is created from the variables of a deployment. */
type Service =
  | { faults: readonly Fault[] }
  | {
      faults: null;
      settings: Settings;
      compareNames: boolean;
      limited: boolean;
      /** One for each account. */
      clients: readonly Hyperstack[];
      receipts: Receipts | null;
      verify: VerifyHandler;
    };

/** The key that signs receipts and the set that it is published in; `null` without any key. */
const receiptsOf = async (settings: Settings): Promise<Receipts | Fault | null> => {
  const key = settings.HYPERSTACK_RECEIPT_KEY;
  // The next key is published before it signs, and stays in the list when it does.
  const others = settings.HYPERSTACK_RECEIPT_PUBLIC_KEYS.filter(({ x }) => x !== key?.x);
  if (key === null && others.length === 0) return null;
  let variable: VariableName = "HYPERSTACK_RECEIPT_PUBLIC_KEYS";
  let rule = "must be Ed25519 signing keys, each with a different kid";
  try {
    const published = await receiptKeySet(...others);
    if (key === null) return { signer: null, published };
    variable = "HYPERSTACK_RECEIPT_KEY";
    rule = "must have an x and d that match, and a kid that no other key has";
    return { signer: await importReceiptKey(key), published: await receiptKeySet(key, ...others) };
  } catch {
    // The error is not for the log: the key is secret.
    return { variable, rule };
  }
};

const build = async (env: Env): Promise<Service> => {
  const { settings, faults } = readSettings(env);
  if (settings === null) return { faults };
  const receipts = await receiptsOf(settings);
  if (receipts !== null && "rule" in receipts) return { faults: [receipts] };
  const upstream = env.UPSTREAM;
  const clients = settings.HYPERSTACK_API_TOKEN.map(
    ({ token }) =>
      new Hyperstack({
        token,
        baseUrl: settings.HYPERSTACK_API_BASE,
        fetch: upstream && ((input, init) => upstream.fetch(input, init)),
      }),
  );
  const compareNames = settings.HYPERSTACK_COMPARE_NAMES || settings.HYPERSTACK_MODE === "sandbox";
  const seconds = settings.HYPERSTACK_CACHE_SECONDS;
  const limit = env.VERIFY_LIMIT;
  const admit = (each: RateLimit | undefined, namesCompared: boolean) =>
    each ? limiter(each, { namesCompared, failed: () => log("limit_failed", {}) }) : async () => true;
  const admitOne = admit(limit, compareNames);
  // The links of a list have no names to guess.
  const admitListed = admit(env.LIST_LIMIT ?? limit, false);
  // One handler for both: what a list learns of a credential must end a cached yes.
  const verify = createVerifyHandler({
    accounts: clients.map((client, at) => ({ client, label: settings.HYPERSTACK_API_TOKEN[at]?.label })),
    hosts: settings.HYPERSTACK_HOSTS,
    skewSeconds: settings.HYPERSTACK_SKEW_SECONDS,
    allowMetadata: settings.HYPERSTACK_ALLOW_METADATA,
    issuerLabel: settings.HYPERSTACK_ISSUER_LABEL ?? undefined,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    compareNames,
    cache: seconds > 0 ? { seconds } : undefined,
    receipts: receipts?.signer ?? false,
    // The longest time that a page waits, retries included.
    timeoutMs: settings.HYPERSTACK_TIMEOUT_MS,
    totalTimeoutMs: settings.HYPERSTACK_TIMEOUT_MS,
    maxRetries: 1,
    allow: (request) => (new URL(request.url).pathname === BATCH_PATH ? admitListed : admitOne)(request),
    onLog: (entry) => log("verify", entry),
  });
  return { faults: null, settings, compareNames, limited: limit !== undefined, clients, receipts, verify };
};

/** Created once for an environment: variables change with a deployment only. */
const services = new WeakMap<Env, Service>();

/**
 * Stores the result, not its promise: in a Worker, a promise never settles if the visitor whose request began it leaves. Of
 * several requests that begin at once, the first result is used.
 */
const serviceOf = async (env: Env): Promise<Service> => {
  const known = services.get(env);
  if (known) return known;
  const built = await build(env);
  const first = services.get(env);
  if (first) return first;
  for (const fault of built.faults ?? []) log("misconfigured", fault);
  services.set(env, built);
  return built;
};

/** What the page needs to know of this deployment. Nothing secret. */
const config = ({ settings, compareNames }: Service & { faults: null }): Response =>
  json({
    mode: settings.HYPERSTACK_MODE,
    issuer_label: settings.HYPERSTACK_ISSUER_LABEL,
    issuer_url: settings.HYPERSTACK_ISSUER_URL,
    issuer_logo: settings.HYPERSTACK_ISSUER_LOGO,
    contact_url: settings.HYPERSTACK_CONTACT_URL,
    hosts: settings.HYPERSTACK_HOSTS,
    compare_names: compareNames,
    samples: settings.HYPERSTACK_MODE === "sandbox" ? settings.HYPERSTACK_SAMPLES : [],
  });

/** Checks without a request whether the Worker can serve: the variables are valid and the core works. */
const health = async (service: Service): Promise<Response> => {
  if (service.faults !== null) return json({ status: "misconfigured", faults: service.faults }, 503);
  const { clients, limited, receipts, settings } = service;
  const { hosts, skewSeconds } = {
    hosts: settings.HYPERSTACK_HOSTS,
    skewSeconds: settings.HYPERSTACK_SKEW_SECONDS,
  };
  // Input without a lookup: the core is loaded, reads its options and reports its version.
  const { verdict, verifier } = await (clients[0] as Hyperstack).verify("", { hosts, skewSeconds });
  if (verdict !== "malformed_input") throw new Error("the core does not judge");
  const mode = settings.HYPERSTACK_MODE;
  return json({
    status: "ok",
    version: verifier.version,
    mode,
    limited,
    receipts: Boolean(receipts?.signer),
  });
};

/** The public keys that verify receipts, for every origin. */
const keys = (service: Service): Response => {
  if (service.faults !== null || service.receipts === null) return problem("not_found");
  const headers = {
    "content-type": "application/json",
    // So a new key must be published five minutes before it signs.
    "cache-control": "public, max-age=300",
    "access-control-allow-origin": "*",
  };
  return new Response(JSON.stringify(service.receipts.published), { headers });
};

/** Where to report a fault of the service (RFC 9116): its operator's contact first, then the issuer's web site. */
const securityContact = (service: Service): Response => {
  if (service.faults !== null) return problem("not_found");
  const { HYPERSTACK_CONTACT_URL: operator, HYPERSTACK_ISSUER_URL: issuer } = service.settings;
  const contacts = [...new Set([operator, issuer])].filter((url) => url !== null);
  if (contacts.length === 0) return problem("not_found");
  const expires = new Date(Date.now() + SECURITY_CONTACT_DAYS * 86_400_000);
  const lines = [
    ...contacts.map((url) => `Contact: ${url}`),
    `Expires: ${expires.toISOString()}`,
    "Preferred-Languages: en",
  ];
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "public, max-age=86400" };
  return new Response(`${lines.join("\n")}\n`, { headers });
};

/** Compares in constant time. */
const sameText = async (one: string, other: string): Promise<boolean> => {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [left, right] = await Promise.all([digest(one), digest(other)]);
  return left.reduce((difference, byte, at) => difference | (byte ^ (right[at] as number)), 0) === 0;
};

/** Whether every account accepts its token. It costs a request to each, so it needs the health key. */
const accountsHealth = async (request: Request, service: Service): Promise<Response> => {
  if (service.faults !== null) return health(service);
  const { clients, settings } = service;
  const key = settings.HYPERSTACK_HEALTH_KEY;
  if (key === null) return problem("not_found");
  const given = /^bearer (.*)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  if (!(await sameText(given, key))) return problem("unauthorized", { "www-authenticate": "Bearer" });
  const timeouts = {
    timeoutMs: settings.HYPERSTACK_TIMEOUT_MS,
    totalTimeoutMs: settings.HYPERSTACK_TIMEOUT_MS,
  };
  const accounts = await Promise.all(
    clients.map(async (client, at) => {
      const { label = null } = settings.HYPERSTACK_API_TOKEN[at] as { label: string | undefined };
      try {
        await client.account.get({ ...timeouts, maxRetries: 0, signal: request.signal });
        return { label, status: "ok" };
      } catch (thrown) {
        return { label, status: isHyperstackError(thrown) ? thrown.code : "internal" };
      }
    }),
  );
  const well = accounts.every(({ status }) => status === "ok");
  return json({ status: well ? "ok" : "failing", accounts }, well ? 200 : 503);
};

type Route =
  | "verify"
  | "batch"
  | "config"
  | "healthz"
  | "accounts"
  | "keys"
  | "security"
  | "nothing"
  | "asset";

const routeOf = (path: string): Route => {
  switch (path) {
    case "/api/verify":
      return "verify";
    case BATCH_PATH:
      return "batch";
    case "/api/config":
      return "config";
    case "/healthz":
      return "healthz";
    case "/healthz/accounts":
      return "accounts";
    case "/.well-known/jwks.json":
      return "keys";
    case "/.well-known/security.txt":
      return "security";
    default:
      return /^\/(?:api|healthz)(?:\/|$)/.test(path) ? "nothing" : "asset";
  }
};

/** The response, and whether the log already has a line for it. */
const answer = async (route: Route, request: Request, env: Env): Promise<[Response, boolean]> => {
  if (route === "asset") {
    const file = await env.ASSETS.fetch(request);
    // Files are logged only if they failed.
    return [file, file.status < 500];
  }
  if (route === "nothing") return [problem("not_found"), false];
  const service = await serviceOf(env);
  if (route === "verify" && service.faults === null) return [await service.verify(request), true];
  if (route === "batch" && service.faults === null) return [await serveBatch(request, service.verify), false];
  if (route === "verify" || route === "batch") return [problem("not_configured"), false];
  if (request.method !== "GET") return [problem("method_not_allowed", { allow: "GET" }), false];
  switch (route) {
    case "config":
      return [service.faults === null ? config(service) : problem("not_configured"), false];
    case "healthz":
      return [await health(service), false];
    case "accounts":
      return [await accountsHealth(request, service), false];
    case "keys":
      return [keys(service), false];
    case "security":
      return [securityContact(service), false];
  }
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const started = Date.now();
    const route = routeOf(new URL(request.url).pathname);
    const [response, logged] = await answer(route, request, env).catch((thrown): [Response, boolean] => {
      // The error's own text could hold anything.
      log("failed", { route, code: isHyperstackError(thrown) ? thrown.code : "internal" });
      return [problem("internal"), false];
    });
    if (!logged) log("request", { route, status: response.status, latency_ms: Date.now() - started });
    const secured = new Response(response.body, response);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) secured.headers.set(name, value);
    return secured;
  },
};
