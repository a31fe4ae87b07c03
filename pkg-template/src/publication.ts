/** Waiting for a publication: the API only queues it. */
import type { RequestOptions } from "./client.js";
import { failure, invalid } from "./errors.js";
import { pause } from "./pause.js";
import type { Credential } from "./types.js";

/**
 * Options of `credentials.waitUntilPublished`.
 *
 * @category Client
 */
export interface WaitOptions {
  /** Milliseconds after which waiting is given up. Default 120 000. */
  limitMs?: number | undefined;
  /** Ends the waiting at once; it then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

const OPERATION = "credentials.waitUntilPublished";
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
/** What a credential can only be after its publication. Anything unknown is waited for. */
export const PUBLISHED: readonly string[] = ["active", "suspended", "expired", "revoked"];

/** Reads the credential, less and less often, until it is published. `view` is given what is left of the time. */
export const waitUntilPublished = async (
  view: (options: RequestOptions) => Promise<Credential>,
  { limitMs = 120_000, ...request }: RequestOptions & WaitOptions,
): Promise<Credential> => {
  if (typeof limitMs !== "number" || !(limitMs >= 0 && limitMs < 2 ** 31)) {
    throw invalid(OPERATION, "limitMs", "count", "must be a number of milliseconds");
  }
  const ends = Date.now() + limitMs;
  for (let attempts = 1; ; attempts += 1) {
    const leftMs = Math.max(Math.ceil(ends - Date.now()), 1);
    const totalTimeoutMs = Math.min(request.totalTimeoutMs ?? leftMs, leftMs);
    const credential = await view({ ...request, totalTimeoutMs });
    if (PUBLISHED.includes(credential.status)) return credential;
    const delay =
      Math.min(FIRST_DELAY_MS * 1.5 ** (attempts - 1), LONGEST_DELAY_MS) * (0.5 + Math.random() / 2);
    if (Date.now() + delay >= ends) {
      const text = `the credential is still not published after ${limitMs} ms`;
      throw failure("TimeoutError", "not_published", OPERATION, text, { retryable: true, attempts });
    }
    await pause(delay, request.signal);
  }
};
