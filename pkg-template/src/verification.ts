/** What a program may ask of a verification. The verdict itself is made in the Rust core only. */
import { failure } from "./errors.js";
import type { Verification, VerifiedVerification } from "./types.js";

/**
 * Whether the verification says yes. Anything else, `indeterminate` included, is a no.
 *
 * @param verification - What `verify` gave.
 * @category Verification
 */
export const isVerified = (verification: Verification): verification is VerifiedVerification =>
  verification?.outcome === "verified" && verification.verdict === "valid";

/**
 * Goes on only where the verification says yes.
 *
 * @param verification - What `verify` gave.
 * @throws {@link HyperstackError} `not_verified` otherwise, with verdict and reason in its message.
 * @category Verification
 */
export function assertVerified(verification: Verification): asserts verification is VerifiedVerification {
  if (!isVerified(verification)) {
    const reason = verification?.reason ? ` (${verification.reason})` : "";
    const text = `the verdict is ${verification?.verdict ?? "missing"}${reason}`;
    throw failure("HyperstackError", "not_verified", "verify", text, {
      retryable: verification?.retryable ?? false,
    });
  }
}
