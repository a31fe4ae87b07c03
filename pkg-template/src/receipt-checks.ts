/** The checks of a receipt, and the states and codes that each can have. */
import type { CheckCode, CheckId, CheckState, LaterCheckId, Verdict } from "./types.js";

/**
 * The states and codes that each check can have in a `verified` receipt, in the order of the checks.
 *
 * @internal
 */
export const VERIFIED_CHECKS: Readonly<Record<CheckId, Partial<Record<CheckState, readonly CheckCode[]>>>> = {
  input_parse: { pass: ["url", "id"] },
  host_trusted: { pass: ["listed"], skipped: ["bare_id"] },
  id_format: { pass: ["alphanumeric_32", "uuid"] },
  lookup: { pass: ["answered"] },
  response_shape: { pass: ["complete"] },
  response_binding: { pass: ["bound"] },
  status: { pass: ["active"] },
  validity_period: { pass: ["no_expiry", "within"] },
  not_before: { pass: ["started"] },
  status_clock_agreement: { pass: ["agree"] },
  privacy: { pass: ["public", "private"], warn: ["privacy_not_stated", "privacy_unknown"] },
  recipient_match: { pass: ["match"], skipped: ["not_requested"] },
  freshness: { pass: ["live"], warn: ["cached"] },
};

/**
 * The verdicts of failed checks. Of several, the first in this list is the verdict of the receipt.
 *
 * @internal
 */
export const PRECEDENCE: readonly Verdict[] = [
  "malformed_input",
  "untrusted_host",
  "not_found_in_account",
  "revoked",
  "suspended",
  "unpublished",
  "expired",
  "not_yet_valid",
  "recipient_mismatch",
];

/**
 * The checks that receipts of older services do not have.
 *
 * @internal
 */
export const ADDED_LATER: Readonly<Record<LaterCheckId, true>> = {};
