/** The error classes. What they say is decided in the Rust core; here it becomes instances. */

/** One broken rule of an argument or option. */
export interface Issue {
  /** Where, e.g. `recipient.email` or `tags[2]`; empty for the argument itself. */
  path: string;
  /** Stable name of the rule, e.g. `required`. */
  rule: string;
  /** The rule in words. Never the value. */
  message: string;
}

/** The fields of every error. Nothing in them is secret: no token, no e-mail address. */
export interface ErrorFields {
  name: string;
  /** Stable name of what happened: the API's own `error_code` where it gave one. Append-only. */
  code: string;
  message: string;
  /** The call, e.g. `credentials.view`. */
  operation: string;
  /** Whether the same call may be made again without harm and may end differently. */
  retryable: boolean;
  /** Requests that were sent. */
  attempts: number;
  /** HTTP status, where there was an answer. */
  status?: number;
  /** Value of the `requestIdHeader`, where the answer had one. */
  requestId?: string;
  /** How long the API asked to wait, in milliseconds. */
  retryAfterMs?: number;
  /** JSON path in the answer that is not as documented (`ResponseError`). */
  path?: string;
  issues?: Issue[];
  cause?: { name: string; message: string; code?: string };
}

const BRAND = Symbol.for("hyperstack-credentials.error");

/** Every error this package makes. An abort is not one of them: it rejects with the signal's own reason. */
export class HyperstackError extends Error {
  readonly code: string;
  readonly operation: string;
  readonly retryable: boolean;
  readonly attempts: number;
  // `declare`: what there was not shall not stand there as `undefined`.
  declare readonly status?: number;
  declare readonly requestId?: string;
  declare readonly retryAfterMs?: number;
  declare readonly path?: string;

  constructor(fields: ErrorFields) {
    super(fields.message);
    this.name = fields.name;
    this.code = fields.code;
    this.operation = fields.operation;
    this.retryable = fields.retryable;
    this.attempts = fields.attempts;
    if (fields.status !== undefined) this.status = fields.status;
    if (fields.requestId !== undefined) this.requestId = fields.requestId;
    if (fields.retryAfterMs !== undefined) this.retryAfterMs = fields.retryAfterMs;
    if (fields.path !== undefined) this.path = fields.path;
    if (fields.cause) {
      const cause = Object.assign(new Error(fields.cause.message), fields.cause);
      // Its stack would show this file, not where the connection broke.
      delete cause.stack;
      Object.defineProperty(this, "cause", { value: cause, configurable: true, writable: true });
    }
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** `JSON.stringify` keeps the message, which an `Error` would drop. */
  toJSON(): object {
    return { ...this, message: this.message };
  }
}

/** An argument or option is wrong. Nothing was sent. */
export class ValidationError extends HyperstackError {
  /** Every finding, not only the first. */
  readonly issues: Issue[];
  constructor(fields: ErrorFields) {
    super(fields);
    this.issues = fields.issues ?? [];
  }
}
/** 401: the API refused the token, or (`token_unavailable`) the token function failed. */
export class AuthenticationError extends HyperstackError {}
/** 403. */
export class PermissionError extends HyperstackError {}
/** 404 in the API's own words: not in this account. */
export class NotFoundError extends HyperstackError {}
/** 409, e.g. `credential_exists`. */
export class ConflictError extends HyperstackError {}
/** 402 `low_balance`. */
export class InsufficientBalanceError extends HyperstackError {}
/** 429. */
export class RateLimitError extends HyperstackError {}
/** 400 and other refusals in the API's own words, e.g. `missing_recipient`, `invalid_status`. */
export class BadRequestError extends HyperstackError {}
/** 5xx. */
export class ServerError extends HyperstackError {}
/** The answer is not JSON, cut short, too large, a redirect, or not as documented (then `path` says where). */
export class ResponseError extends HyperstackError {}
/** The connection could not be made, or was lost. */
export class ConnectionError extends HyperstackError {}
/** No complete answer within `timeoutMs`. */
export class TimeoutError extends HyperstackError {}
/**
 * A delivery that `parseWebhook` does not accept: it is malformed, or its signature is not that of a given secret. The
 * fault is the sender's, so answer 400. `code` says which; codes are append-only.
 */
export class WebhookError extends HyperstackError {
  declare readonly code:
    | "bad_method"
    | "bad_content_type"
    | "body_too_large"
    | "truncated"
    | "bad_json"
    | "ambiguous_document_id"
    | "signature_missing"
    | "bad_timestamp"
    | "timestamp_too_old"
    | "timestamp_too_new"
    | "bad_signature";
}
/** A fault of this package. Please report it. */
export class InternalError extends HyperstackError {}

const CLASSES: Record<string, new (fields: ErrorFields) => HyperstackError> = {
  ValidationError,
  AuthenticationError,
  PermissionError,
  NotFoundError,
  ConflictError,
  InsufficientBalanceError,
  RateLimitError,
  BadRequestError,
  ServerError,
  ResponseError,
  ConnectionError,
  TimeoutError,
  InternalError,
};

/** The instance of what the core reports. */
export const toError = (fields: ErrorFields): HyperstackError =>
  new (CLASSES[fields.name] ?? HyperstackError)(fields);

/** A `ValidationError` found in the facade, where the core cannot look. */
export const invalid = (operation: string, path: string, rule: string, message: string): ValidationError =>
  new ValidationError({
    name: "ValidationError",
    code: "invalid_request",
    message: `${operation}: ${path || "the argument"} ${message}`,
    operation,
    retryable: false,
    attempts: 0,
    issues: [{ path, rule, message }],
  });

/** Whether `value` is an error of this package; works across realms and copies of the package. */
export const isHyperstackError = (value: unknown): value is HyperstackError =>
  typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
