/** The errors that this layer creates, except those of webhooks and receipts. The core has its own. */

/** Class and code of an error. Codes are public and append-only; `docs/errors.md` lists them. */
export interface Failure {
  readonly name: string;
  readonly code: string;
}

export const ALREADY_LOADED: Failure = { name: "HyperstackError", code: "already_loaded" };
/** Also created here, because a resumed run reports what the journal of the earlier run says. */
export const CREDENTIAL_EXISTS: Failure = { name: "ConflictError", code: "credential_exists" };
export const INVALID_REQUEST: Failure = { name: "ValidationError", code: "invalid_request" };
export const NOT_FRESH: Failure = { name: "HyperstackError", code: "not_fresh" };
export const NOT_PUBLIC: Failure = { name: "HyperstackError", code: "not_public" };
export const NOT_PUBLISHED: Failure = { name: "TimeoutError", code: "not_published" };
export const NOT_VERIFIED: Failure = { name: "HyperstackError", code: "not_verified" };
export const OUTCOME_UNKNOWN: Failure = { name: "ConnectionError", code: "outcome_unknown" };
export const PAGE_MISMATCH: Failure = { name: "ResponseError", code: "page_mismatch" };
export const PAGE_REPEATED: Failure = { name: "ResponseError", code: "page_repeated" };
export const TOO_MANY_PAGES: Failure = { name: "ResponseError", code: "too_many_pages" };
