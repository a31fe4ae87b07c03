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
  malformed: "a receipt is three parts of base64url, two of them JSON",
  too_large: "the receipt is over 16 384 characters",
  bad_header: "the header must hold alg, kid and the typ of a receipt, nothing else",
  unsupported_algorithm: "alg must be EdDSA",
  unknown_key: "not exactly one key has the name in kid",
  bad_signature: "the signature is not of that key, or not over this content",
  bad_payload: "the signed content is not a receipt",
  other_credential: "the receipt is about another credential",
  too_old: "the verification was made too long ago",
  too_new: "the verification was made in the future",
  ed25519_unavailable: "this runtime has no Ed25519 in WebCrypto here",
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
