/**
 * The rules that this layer checks itself, each with the sentence of its issues. The core has its own; `docs/errors.md`
 * lists all of them. Single constants, so that a bundler drops those that a program does not need.
 */

/** A rule of a `ValidationError`: its public name, and what follows the path in a message. Names are append-only. */
export interface Rule {
  readonly name: string;
  readonly message: string;
}

export const ABORT_SIGNAL: Rule = { name: "abort_signal", message: "must be an AbortSignal" };
export const ARRAY: Rule = { name: "array", message: "must be an array" };
export const BOOLEAN: Rule = { name: "boolean", message: "must be true or false" };
export const CLIENT: Rule = { name: "client", message: "must be a Hyperstack client" };
export const CONCURRENCY: Rule = { name: "ordinal", message: "must be a whole number from 1 to 100" };
export const COUNT: Rule = { name: "count", message: "must be a whole number, 0 or more" };
export const DAY_SECONDS: Rule = {
  name: "day_seconds",
  message: "must be seconds, at most 86400 (a day), not milliseconds",
};
export const EPOCH_MILLISECONDS: Rule = {
  name: "epoch_milliseconds",
  message: "must be milliseconds since 1970, not seconds or microseconds",
};
export const ENDPOINT_OF_A_PAGE: Rule = {
  name: "endpoint",
  message: "must be an https address here: a path needs the origin of a page",
};
export const FUNCTION: Rule = { name: "function", message: "must be a function" };
export const HOST: Rule = {
  name: "host",
  message: "must be a plain host name without scheme, port, path or wildcard",
};
export const HTTP_URL: Rule = {
  name: "http_url",
  message: "must begin with https:// or http:// and hold no white space",
};
export const ITERABLE: Rule = { name: "iterable", message: "must be an iterable or an async iterable" };
export const JOURNAL: Rule = { name: "journal", message: "must hold entries as onJournal passes them" };
export const JOURNAL_CUT: Rule = {
  name: "journal",
  message:
    "must be whole, as it may say that an item was issued: search the account for the items that no other line is about, take those it has out of the list, and remove the line",
};
export const JOURNAL_LINE: Rule = { name: "journal", message: "must hold a journal entry in every line" };
export const JOURNAL_TEXT: Rule = { name: "journal", message: "must be the text or the bytes of a journal" };
/** With the sentence of the core. */
export const JSON_VALUE: Rule = {
  name: "json",
  message: "must be JSON: plain objects, lists, strings, finite numbers, true, false or null",
};
export const JWK_PRIVATE: Rule = { name: "jwk", message: "must be an Ed25519 JWK with x and d" };
export const JWK_PUBLIC: Rule = { name: "jwk", message: "must be an Ed25519 JWK" };
export const JWK_SET: Rule = { name: "jwk", message: "must be a JWK or a JWK Set" };
export const JWK_UNIQUE: Rule = { name: "jwk", message: "must be a unique name" };
export const JWK_WITHOUT_D: Rule = {
  name: "jwk",
  message: "must be public: a private key does not belong here",
};
export const LINE: Rule = { name: "line", message: "must be a string or a finite number" };
export const MILLISECONDS: Rule = { name: "count", message: "must be a number of milliseconds" };
export const MIN_ITEMS: Rule = { name: "min_items", message: "must not be empty" };
export const NO_EMAIL: Rule = { name: "no_email", message: "must not hold an e-mail address" };
export const NON_NEGATIVE: Rule = { name: "number", message: "must be a number, 0 or more" };
export const NOT_BESIDE_CLIENT: Rule = {
  name: "not_beside",
  message: "must not be given beside client",
};
export const NOT_BLANK: Rule = { name: "not_blank", message: "must not be blank" };
export const NOT_EMPTY: Rule = { name: "not_empty", message: "must not be empty" };
export const NOT_IN_BROWSER: Rule = {
  name: "not_in_browser",
  message: "must not be given to a browser: use Verifier there (or set dangerouslyAllowBrowser)",
};
export const OBJECT: Rule = { name: "object", message: "must be a plain object" };
export const ONCE: Rule = { name: "once", message: "returns its results once: start another run" };
export const ONE_ORGANIZATION: Rule = {
  name: "one_organization",
  message: "or organizationId is required, and only one of them",
};
export const OPTION: Rule = { name: "unknown_field", message: "is not an option" };
export const OPTION_OF_A_CALL: Rule = { name: "unknown_field", message: "is an option of a call" };
export const OPTION_OF_NO_CALL: Rule = { name: "unknown_field", message: "is not an option of a call" };
export const OPTION_OF_NO_RUN: Rule = {
  name: "unknown_field",
  message: "is not an option of issueMany (those of a call go into request)",
};
export const OPTION_OF_ONE_ITEM: Rule = {
  name: "unknown_field",
  message: "is not for all requests of a run",
};
export const ORDINAL: Rule = { name: "ordinal", message: "must be a whole number, 1 or more" };
export const ORGANIZATION_ID: Rule = {
  name: "organization_id",
  message: "must be the organisation's number on LinkedIn",
};
export const ORIGIN: Rule = {
  name: "origin",
  message: "must be an origin as browsers send it, e.g. https://acme.example",
};
export const RAW_BODY: Rule = {
  name: "raw",
  message: "must be the body as it was received, text or bytes: not parsed",
};
export const RECEIPT: Rule = { name: "receipt", message: "must be a receipt of createReceipt" };
export const RECEIPT_LENGTH: Rule = {
  name: "receipt",
  message: "must be at most 16 384 characters once it is signed",
};
export const REQUIRED: Rule = { name: "required", message: "is required" };
export const SECONDS_OF_A_CACHE: Rule = { name: "ordinal", message: "must be a whole number from 1 to 3600" };
export const SECRET: Rule = {
  name: "secret",
  message: "must be whsec_ or whpk_ and base64; to check no signature, leave the option out",
};
export const SIGNING_KEY: Rule = {
  name: "signing_key",
  message: "must hold a private Ed25519 key that may sign, and its kid",
};
export const STORE: Rule = { name: "store", message: "must have get and put" };
export const STRING: Rule = { name: "string", message: "must be a string" };
export const TIMESTAMP: Rule = {
  name: "timestamp",
  message: "must be an ISO 8601 date and time with a time zone",
};
export const TOKEN: Rule = {
  name: "token",
  message: "must be visible ASCII characters without spaces",
};
export const TOKEN_MISSING: Rule = {
  name: "token",
  message: "is missing: set HYPERSTACK_API_TOKEN (a variable of the environment, in a Worker a secret)",
};
export const TOKEN_TYPE: Rule = { name: "token", message: "must be a string or a function returning one" };
export const UNREAD: Rule = { name: "unread", message: "was read before: pass it here first" };
export const UNSIGNED: Rule = {
  name: "unsigned",
  message: "must not be given: exports are not signed",
};
export const URI: Rule = { name: "uri", message: "must be a URI: https, http, urn or did" };
export const VERIFICATION: Rule = { name: "verification", message: "must be a result of verify" };
export const WELL_FORMED: Rule = { name: "json", message: "must be whole characters" };
