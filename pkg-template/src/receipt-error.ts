/** The error of a receipt that is not accepted. */
import { HyperstackError } from "./errors.js";

/**
 * A receipt that is not accepted, or (`ed25519_unavailable`) a runtime without such signatures. `code` says why; codes
 * are append-only.
 *
 * @category Errors
 */
export class ReceiptError extends HyperstackError {
  /** Why it is not accepted. */
  declare readonly code:
    | "malformed"
    | "too_large"
    | "bad_header"
    | "unsupported_algorithm"
    | "unknown_key"
    | "bad_signature"
    | "bad_payload"
    | "other_credential"
    | "too_old"
    | "too_new"
    | "ed25519_unavailable";
}

/**
 * What each code means.
 *
 * @internal
 */
export const RECEIPT_FAULTS: Readonly<Record<ReceiptError["code"], string>> = {
  malformed: "not a receipt: it must be three parts of base64url, two of them JSON",
  too_large: "the receipt is longer than 16 384 characters",
  bad_header: "the header must have alg, kid and the typ of a receipt, and nothing else",
  unsupported_algorithm: "alg must be EdDSA",
  unknown_key: "no key, or more than one, has the receipt's kid",
  bad_signature: "the signature does not match the key and the content",
  bad_payload: "the signed content is not a receipt",
  other_credential: "the receipt is for a different credential",
  too_old: "checked_at is more than maxAgeSeconds ago",
  too_new: "checked_at is more than maxAgeSeconds in the future",
  ed25519_unavailable: "WebCrypto is missing or has no Ed25519 (a page needs https)",
};

/** @internal */
export const receiptError = (operation: string, code: ReceiptError["code"]): ReceiptError =>
  new ReceiptError({
    name: "ReceiptError",
    code,
    message: `${operation}: ${RECEIPT_FAULTS[code]}`,
    operation,
    retryable: false,
    attempts: 0,
  });
