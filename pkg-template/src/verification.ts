/** What a program may ask of a verification. The verdict itself is made in the Rust core only. */
import { HyperstackError } from "./errors.js";
import type { Verification, VerifiedVerification } from "./types.js";

/** Whether the verification says yes. Anything else, `indeterminate` included, is a no. */
export const isVerified = (verification: Verification): verification is VerifiedVerification =>
  verification?.outcome === "verified" && verification.verdict === "valid";

/** Throws a `HyperstackError` with code `not_verified` unless the verification says yes. */
export function assertVerified(verification: Verification): asserts verification is VerifiedVerification {
  if (!isVerified(verification)) {
    const reason = verification?.reason ? ` (${verification.reason})` : "";
    throw new HyperstackError({
      name: "HyperstackError",
      code: "not_verified",
      message: `verify: the verdict is ${verification?.verdict ?? "missing"}${reason}`,
      operation: "verify",
      retryable: verification?.retryable ?? false,
      attempts: 0,
    });
  }
}
