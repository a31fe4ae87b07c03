/** The error classes. What they say is decided in the Rust core; here it becomes instances. */

/**
 * One broken rule of an argument or option. `docs/errors.md` lists the rules.
 *
 * @category Errors
 */
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
  cause?: { name: string; message: string; code?: string } | undefined;
}

const BRAND = Symbol.for("hyperstack-credentials.error");

/**
 * Every error this package makes. An abort is not one of them: it rejects with the signal's own reason. Nothing in an
 * error is secret: no token, no e-mail address. `docs/errors.md` lists every code with a hint.
 *
 * @category Errors
 */
export class HyperstackError extends Error {
  /** Stable name of what happened: the API's own `error_code` where it gave one. Append-only. */
  declare readonly code: string;
  /** The call, e.g. `credentials.view`. */
  declare readonly operation: string;
  /** Whether the same call may be made again without harm and may end differently. */
  declare readonly retryable: boolean;
  /** Requests that were sent; 0 where nothing was. */
  declare readonly attempts: number;
  /** HTTP status, where there was an answer. */
  declare readonly status?: number;
  /** Value of the `requestIdHeader`, where the answer had one. The vendor documents no such header. */
  declare readonly requestId?: string;
  /** How long the API asked to wait (`Retry-After`), in milliseconds. Not jittered. */
  declare readonly retryAfterMs?: number;
  /** JSON path in the answer that is not as documented (`ResponseError` `bad_shape`), e.g. `recipient.email`. */
  declare readonly path?: string;

  /** @internal */
  constructor(fields: ErrorFields) {
    const { message, cause: because, ...own } = fields;
    const cause = because && Object.assign(new Error(because.message), because);
    // Its stack would show this file, not where the connection broke.
    if (cause) delete cause.stack;
    super(message, cause && { cause });
    Object.assign(this, own);
  }

  /** @internal */
  get [BRAND](): boolean {
    return true;
  }

  /** `JSON.stringify` keeps the message, which an `Error` would drop. */
  toJSON(): object {
    return { ...this, message: this.message };
  }
}

/**
 * An argument or option is wrong. Nothing was sent.
 *
 * @category Errors
 */
export class ValidationError extends HyperstackError {
  /** Every finding, not only the first. */
  declare readonly issues: Issue[];
}
/**
 * 401: the API refused the token, or (`token_unavailable`) the token function failed.
 *
 * @category Errors
 */
export class AuthenticationError extends HyperstackError {}
/**
 * 403: the token is valid and may not do this. Asking again does not help.
 *
 * @category Errors
 */
export class PermissionError extends HyperstackError {}
/**
 * 404 in the API's own words: not in this account.
 *
 * @category Errors
 */
export class NotFoundError extends HyperstackError {}
/**
 * 409, e.g. `credential_exists`: what should be made is there already.
 *
 * @category Errors
 */
export class ConflictError extends HyperstackError {}
/**
 * 402 `low_balance`: the account has no credits left. Nothing was made.
 *
 * @category Errors
 */
export class InsufficientBalanceError extends HyperstackError {}
/**
 * 429: too many requests. The API refused before doing anything; `retryAfterMs` says for how long, where it said so.
 *
 * @category Errors
 */
export class RateLimitError extends HyperstackError {}
/**
 * 400 and other refusals in the API's own words, e.g. `missing_recipient`, `invalid_status`.
 *
 * @category Errors
 */
export class BadRequestError extends HyperstackError {}
/**
 * 5xx: the API, or a proxy before it, is failing. After 502, 503 and 504 it is unknown whether the request was carried out.
 *
 * @category Errors
 */
export class ServerError extends HyperstackError {}
/**
 * The answer is not JSON, cut short, too large, a redirect, or not as documented (then `path` says where).
 *
 * @category Errors
 */
export class ResponseError extends HyperstackError {}
/**
 * The connection could not be made, or was lost.
 *
 * @category Errors
 */
export class ConnectionError extends HyperstackError {}
/**
 * No complete answer within `timeoutMs`.
 *
 * @category Errors
 */
export class TimeoutError extends HyperstackError {}
/**
 * A delivery that `parseWebhook` does not accept: it is malformed, or its signature is not that of a given secret. The
 * fault is the sender's, so answer 400. `code` says which; codes are append-only.
 *
 * @category Errors
 */
export class WebhookError extends HyperstackError {
  /** What is wrong with the delivery. */
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
/**
 * A fault of this package. Please report it.
 *
 * @category Errors
 */
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

/** An error made in the facade; `more` is what differs from a failure that is final and sent nothing. */
export const failure = (
  name: string,
  code: string,
  operation: string,
  text: string,
  more?: Partial<ErrorFields>,
): HyperstackError =>
  toError({
    name,
    code,
    message: `${operation}: ${text}`,
    operation,
    retryable: false,
    attempts: 0,
    ...more,
  });

/** A `ValidationError` found in the facade, where the core cannot look. */
export const invalid = (operation: string, path: string, rule: string, message: string): ValidationError =>
  failure("ValidationError", "invalid_request", operation, `${path || "the argument"} ${message}`, {
    issues: [{ path, rule, message }],
  }) as ValidationError;

/** Refuses what is given in place of a function, by its name. */
export const functions = (operation: string, given: object): void => {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && typeof value !== "function") {
      throw invalid(operation, name, "function", "must be a function");
    }
  }
};

/**
 * Whether `value` is an error of this package; works across realms and copies of the package, where `instanceof` does not.
 *
 * @param value - What was caught.
 * @category Errors
 */
export const isHyperstackError = (value: unknown): value is HyperstackError =>
  (value as { [BRAND]?: unknown } | null | undefined)?.[BRAND] === true;
