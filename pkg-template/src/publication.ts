/** Waiting for a publication, which the API only queues. */
import { pause } from "./abort.js";
import { failure, invalid } from "./errors.js";
import { NOT_PUBLISHED } from "./failures.js";
import { plainOptions, type RequestOptions } from "./options.js";
import { MILLISECONDS } from "./rules.js";
import type { Credential } from "./types.js";

/**
 * Options of `credentials.waitUntilPublished`.
 *
 * @category Client
 */
export interface WaitOptions {
  /** Milliseconds after which the wait ends with an error. Default 120 000. */
  limitMs?: number | undefined;
  /** Ends the wait at once; it then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

const OPERATION = "credentials.waitUntilPublished";
/** @internal */
export const DEFAULT_LIMIT_MS = 120_000;
/** @internal */
export const FIRST_DELAY_MS = 500;
/** @internal */
export const MAX_DELAY_MS = 8_000;
const DELAY_GROWTH = 1.5;
/** The longest delay that a timer can have. */
const MAX_TIMER_MS = 2 ** 31;
/** Statuses that a credential has only after its publication. */
const PUBLISHED: readonly string[] = ["active", "suspended", "expired", "revoked"];

/**
 * Returns whether the credential was published. Any unknown status is not taken for that.
 *
 * @internal
 */
export const isPublished = ({ status }: Pick<Credential, "status">): boolean => PUBLISHED.includes(status);

/**
 * Reads the credential, less and less often, until it is published. `view` gets the rest of the time as its limit.
 *
 * @internal
 */
export const waitUntilPublished = async (
  view: (options: RequestOptions) => Promise<Credential>,
  options: (RequestOptions & WaitOptions) | null | undefined,
): Promise<Credential> => {
  const { limitMs = DEFAULT_LIMIT_MS, ...request } = plainOptions(OPERATION, options);
  if (typeof limitMs !== "number" || !(limitMs >= 0 && limitMs < MAX_TIMER_MS)) {
    throw invalid(OPERATION, "limitMs", MILLISECONDS);
  }
  const deadline = Date.now() + limitMs;
  for (let attempts = 1; ; attempts += 1) {
    const remainingMs = Math.max(Math.ceil(deadline - Date.now()), 1);
    const totalTimeoutMs = Math.min(request.totalTimeoutMs ?? remainingMs, remainingMs);
    const credential = await view({ ...request, totalTimeoutMs });
    if (isPublished(credential)) return credential;
    const jitter = 0.5 + Math.random() / 2;
    const delayMs = Math.min(FIRST_DELAY_MS * DELAY_GROWTH ** (attempts - 1), MAX_DELAY_MS) * jitter;
    if (Date.now() + delayMs >= deadline) {
      const text = `the credential is still not published after ${limitMs} ms (limitMs)`;
      throw failure(NOT_PUBLISHED, OPERATION, text, { retryable: true, attempts });
    }
    await pause(delayMs, request.signal);
  }
};
