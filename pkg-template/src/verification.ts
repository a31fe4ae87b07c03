/** Type guards for verifications. Only the core computes the verdict. */
import { failure } from "./errors.js";
import { NOT_VERIFIED } from "./failures.js";
import type { Verification, VerifiedVerification } from "./types.js";

/**
 * Returns whether the verification is `verified` and `valid`. Anything else, `indeterminate` included, is not.
 *
 * @param verification - The result of `verify`.
 * @example
 * ```ts
 * if (isVerified(verification)) console.log(verification.credential.group.title);
 * else console.log(verification.reason ?? verification.verdict);
 * ```
 * @category Verification
 */
export const isVerified = (verification: Verification): verification is VerifiedVerification =>
  verification?.outcome === "verified" && verification.verdict === "valid";

/**
 * Throws unless the verification is `verified`.
 *
 * @param verification - The result of `verify`.
 * @throws {@link HyperstackError} `not_verified`, with verdict and reason in its message.
 * @example
 * ```ts
 * assertVerified(verification); // throws unless the credential is verified
 * console.log(verification.credential.group.title);
 * ```
 * @category Verification
 */
export function assertVerified(verification: Verification): asserts verification is VerifiedVerification {
  if (isVerified(verification)) return;
  const { verdict = "missing", reason, retryable = false } = verification ?? {};
  const text = `not verified: the verdict is ${verdict}${reason ? ` (${reason})` : ""}`;
  throw failure(NOT_VERIFIED, "verify", text, { retryable });
}
