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
  message: "must be from 0 to 86400 seconds (one day)",
};
export const EPOCH_MILLISECONDS: Rule = {
  name: "epoch_milliseconds",
  message: "must be a Unix time in milliseconds",
};
export const ENDPOINT_OF_A_PAGE: Rule = {
  name: "endpoint",
  message: "must be an https URL: a path works only in a page",
};
export const FUNCTION: Rule = { name: "function", message: "must be a function" };
export const HOST: Rule = {
  name: "host",
  message: "must be a host name without scheme, port, path or wildcard",
};
export const HTTP_URL: Rule = {
  name: "http_url",
  message: "must begin with https:// or http:// and contain no white space",
};
export const ITERABLE: Rule = { name: "iterable", message: "must be an iterable or an async iterable" };
export const JOURNAL: Rule = { name: "journal", message: "must contain entries that onJournal received" };
export const JOURNAL_CUT: Rule = {
  name: "journal",
  message:
    "is cut off and may record an issued credential: search the account for each item that has no other line, remove those found from the list, then delete this line",
};
export const JOURNAL_LINE: Rule = { name: "journal", message: "must be a journal entry" };
export const JOURNAL_TEXT: Rule = { name: "journal", message: "must be a journal as text or bytes" };
/** With the sentence of the core. */
export const JSON_VALUE: Rule = {
  name: "json",
  message: "must be JSON: plain objects, arrays, strings, finite numbers, true, false or null",
};
export const JWK_PRIVATE: Rule = { name: "jwk", message: "must be an Ed25519 JWK with x and d" };
export const JWK_PUBLIC: Rule = { name: "jwk", message: "must be an Ed25519 JWK" };
export const JWK_SET: Rule = { name: "jwk", message: "must be a JWK or a JWK Set" };
export const JWK_UNIQUE: Rule = { name: "jwk", message: "must be unique" };
export const JWK_WITHOUT_D: Rule = {
  name: "jwk",
  message: "must be a public key, without d",
};
export const LINE: Rule = { name: "line", message: "must be a string or a finite number" };
export const MILLISECONDS: Rule = { name: "count", message: "must be a number of milliseconds" };
export const MIN_ITEMS: Rule = { name: "min_items", message: "must not be empty" };
export const NO_EMAIL: Rule = { name: "no_email", message: "must not contain an e-mail address" };
export const NON_NEGATIVE: Rule = { name: "number", message: "must be a number, 0 or more" };
export const NOT_BESIDE_CLIENT: Rule = {
  name: "not_beside",
  message: "cannot be combined with client",
};
export const NOT_BLANK: Rule = { name: "not_blank", message: "must not be blank" };
export const NOT_EMPTY: Rule = { name: "not_empty", message: "must not be empty" };
export const NOT_IN_BROWSER: Rule = {
  name: "not_in_browser",
  message: "must not be used in a browser: use Verifier, or set dangerouslyAllowBrowser",
};
export const OBJECT: Rule = { name: "object", message: "must be a plain object" };
export const ONCE: Rule = { name: "once", message: "can be iterated only once: start another run" };
export const ONE_ORGANIZATION: Rule = {
  name: "one_organization",
  message: "or organizationId is required, but not both",
};
export const OPTION: Rule = { name: "unknown_field", message: "is not an option" };
export const OPTION_OF_A_CALL: Rule = {
  name: "unknown_field",
  message: "is an option of calls, not of the client",
};
export const OPTION_OF_NO_CALL: Rule = { name: "unknown_field", message: "is not an option of this call" };
export const OPTION_OF_NO_RUN: Rule = {
  name: "unknown_field",
  message: "is not an option of issueMany (options of a call go into request)",
};
export const OPTION_OF_ONE_ITEM: Rule = {
  name: "unknown_field",
  message: "cannot be set for a whole run",
};
export const ORDINAL: Rule = { name: "ordinal", message: "must be a whole number, 1 or more" };
export const ORGANIZATION_ID: Rule = {
  name: "organization_id",
  message: "must be the organization's numeric LinkedIn id",
};
export const ORIGIN: Rule = {
  name: "origin",
  message: "must be an origin such as https://acme.example, without a path",
};
export const RAW_BODY: Rule = {
  name: "raw",
  message: "must be the unparsed body as text or bytes",
};
export const RECEIPT: Rule = { name: "receipt", message: "must be a receipt from createReceipt" };
export const RECEIPT_LENGTH: Rule = {
  name: "receipt",
  message: "must be at most 16 384 characters when signed",
};
export const REQUIRED: Rule = { name: "required", message: "is required" };
export const SECONDS_OF_A_CACHE: Rule = { name: "ordinal", message: "must be a whole number from 1 to 3600" };
export const SECRET: Rule = {
  name: "secret",
  message: "must be whsec_ or whpk_ followed by base64 (omit the option to check no signature)",
};
export const SIGNING_KEY: Rule = {
  name: "signing_key",
  message: "must be an Ed25519 signing key with kid, as importReceiptKey returns",
};
export const STORE: Rule = { name: "store", message: "must have the methods get and put" };
export const STRING: Rule = { name: "string", message: "must be a string" };
export const TIMESTAMP: Rule = {
  name: "timestamp",
  message: "must be an ISO 8601 date and time with a time zone",
};
export const TOKEN: Rule = {
  name: "token",
  message: "must be printable ASCII without spaces or line breaks",
};
export const TOKEN_MISSING: Rule = {
  name: "token",
  message: "is missing: set HYPERSTACK_API_TOKEN (environment variable, or secret of the Worker)",
};
export const TOKEN_TYPE: Rule = { name: "token", message: "must be a string or a function that returns one" };
export const UNREAD: Rule = {
  name: "unread",
  message: "must be unread: call parseWebhook before reading the body",
};
export const UNSIGNED: Rule = {
  name: "unsigned",
  message: "is not allowed: exports are not signed",
};
export const URI: Rule = { name: "uri", message: "must be an https, http, urn or did URI" };
export const VERIFICATION: Rule = {
  name: "verification",
  message: "must be a verification returned by verify",
};
export const WELL_FORMED: Rule = { name: "json", message: "must not contain a lone surrogate" };
