/** `POST /api/verify` with `{"input": link or id}`: whether a Hyperstack credential is in force, said by the issuer's account. */
import { createVerifyHandler, Hyperstack, type VerifyHandler } from "hyperstack-credentials";
import { limiter, type RateLimit } from "./visitor.ts";

interface Env {
  HYPERSTACK_API_TOKEN: string;
  /** Another address of the API, such as a sandbox's. */
  HYPERSTACK_API_BASE?: string;
  ISSUER_LABEL: string;
  ALLOWED_ORIGINS?: string;
  VERIFY_LIMIT: RateLimit;
}

let handler: VerifyHandler | undefined;

const create = (env: Env): VerifyHandler => {
  // Without the limit anybody could use up the account's.
  if (typeof env.VERIFY_LIMIT?.limit !== "function") throw new Error("VERIFY_LIMIT must be a rate limit");
  return createVerifyHandler({
    client: new Hyperstack({
      token: env.HYPERSTACK_API_TOKEN,
      baseUrl: env.HYPERSTACK_API_BASE || undefined,
    }),
    issuerLabel: env.ISSUER_LABEL || undefined,
    allowedOrigins: (env.ALLOWED_ORIGINS ?? "").split(/[\s,]+/).filter(Boolean),
    timeoutMs: 5000,
    totalTimeoutMs: 5000,
    maxRetries: 1,
    allow: limiter(env.VERIFY_LIMIT, {
      namesCompared: false,
      failed: () => console.log('{"event":"limit_failed"}'),
    }),
    onLog: (entry) => console.log(JSON.stringify({ event: "verify", ...entry })), // nothing personal
  });
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (new URL(request.url).pathname !== "/api/verify") return new Response(null, { status: 404 });
    try {
      handler ??= create(env);
    } catch (thrown) {
      // Names the setting and the rule, never the value.
      console.log(JSON.stringify({ event: "wrong_settings", fault: String(thrown) }));
      return new Response(null, { status: 500 });
    }
    return handler(request);
  },
};
