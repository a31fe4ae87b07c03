/** The error classes, and the conversion of what the core rejects with into instances of them. */
import { type Failure, INVALID_REQUEST } from "./failures.js";
import { FUNCTION, type Rule } from "./rules.js";

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
  /** The character that breaks the rule, if it is a single one, by its code point: `U+200B`. */
  character?: string;
  /** Its index in the string. */
  position?: number;
}

/**
 * The fields of every error. Nothing in them is secret: no token, no e-mail address.
 *
 * @internal
 */
export interface ErrorFields {
  name: string;
  /** Stable name of what happened: the API's own `error_code`, if it sent one. Append-only. */
  code: string;
  message: string;
  /** The call, e.g. `credentials.view`. */
  operation: string;
  /** Whether the same call may be made again without harm and may end differently. */
  retryable: boolean;
  /** Requests that were sent. */
  attempts: number;
  /** See {@link HyperstackError}. */
  mayHaveTakenEffect?: boolean;
  /** HTTP status, if there was a response. */
  status?: number;
  /** Value of the `requestIdHeader`, if the response had one. */
  requestId?: string;
  /** How long the API asked to wait, in milliseconds. */
  retryAfterMs?: number;
  /** JSON path in the response that is not as documented (`ResponseError`). */
  path?: string;
  issues?: Issue[];
  cause?: { name: string; message: string; code?: string } | undefined;
}

const BRAND = Symbol.for("hyperstack-credentials.error");

/**
 * The base class of every error of this package. An abort is not one of them: it rejects with the signal's own reason.
 * Nothing in an error is secret: no token, no e-mail address. `docs/errors.md` lists every code with a hint.
 *
 * @category Errors
 */
export class HyperstackError extends Error {
  /** Stable name of what happened: the API's own `error_code`, if it sent one. Append-only. */
  declare readonly code: string;
  /** The call, e.g. `credentials.view`. */
  declare readonly operation: string;
  /** Whether the same call may be made again without harm and may end differently. */
  declare readonly retryable: boolean;
  /** Requests that were sent; 0 if none was. */
  declare readonly attempts: number;
  /**
   * `true` if the request of a call that creates something, or an earlier one like it, may have been carried out all the
   * same.
   */
  declare readonly mayHaveTakenEffect?: boolean;
  /** HTTP status, if there was a response. */
  declare readonly status?: number;
  /** Value of the `requestIdHeader`, if the response had one. The vendor documents no such header. */
  declare readonly requestId?: string;
  /** How long the API asked to wait (`Retry-After`), in milliseconds. Not jittered. */
  declare readonly retryAfterMs?: number;
  /** JSON path in the response that is not as documented (`ResponseError` `bad_shape`), e.g. `recipient.email`. */
  declare readonly path?: string;

  /** @internal */
  constructor(fields: ErrorFields) {
    const { message, cause: details, ...own } = fields;
    const cause = details && Object.assign(new Error(details.message), details);
    // Its stack would show this file, not the place where the connection broke.
    if (cause) delete cause.stack;
    super(message, cause && { cause });
    Object.assign(this, own);
  }

  /** @internal */
  get [BRAND](): boolean {
    return true;
  }

  /** Keeps the message in `JSON.stringify`, which drops that of an `Error`. */
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
  /** Every issue, not only the first. */
  declare readonly issues: Issue[];
}
/**
 * 401: the API refused the token, or (`token_unavailable`) the token function failed.
 *
 * @category Errors
 */
export class AuthenticationError extends HyperstackError {}
/**
 * 403: the token is valid and may not do this. Calling again does not help.
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
 * 409, e.g. `credential_exists`: what the call would create exists already.
 *
 * @category Errors
 */
export class ConflictError extends HyperstackError {}
/**
 * 402 `low_balance`: the account has no credits left. Nothing was created.
 *
 * @category Errors
 */
export class InsufficientBalanceError extends HyperstackError {}
/**
 * 429: too many requests. The API refused before doing anything; `retryAfterMs` says for how long, if the response did.
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
 * 5xx: the API, or a proxy before it, is failing. After 502, 503 and 504 it is unknown whether the request took effect.
 *
 * @category Errors
 */
export class ServerError extends HyperstackError {}
/**
 * The response is not JSON, truncated, too large, a redirect, or not as documented (then `path` says where).
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
 * No complete response within `timeoutMs`.
 *
 * @category Errors
 */
export class TimeoutError extends HyperstackError {}
/**
 * A fault of this package. Please report it.
 *
 * @category Errors
 */
export class InternalError extends HyperstackError {}

const CLASSES = {
  HyperstackError,
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

const FIELDS = [
  "name",
  "code",
  "operation",
  "retryable",
  "attempts",
  "mayHaveTakenEffect",
  "status",
  "requestId",
  "retryAfterMs",
  "path",
  "issues",
  "message",
  "cause",
] as const;

/** Creates the instance of these fields, by their `name`. */
const toError = (fields: ErrorFields): HyperstackError => {
  const Class = Object.hasOwn(CLASSES, fields.name)
    ? CLASSES[fields.name as keyof typeof CLASSES]
    : HyperstackError;
  return new Class(fields);
};

/**
 * Converts a rejection of the core into an error of this package. What the core passes through, such as the reason of
 * the caller's signal, is returned as it is.
 *
 * @internal
 */
export const fromCore = (thrown: unknown, signal: AbortSignal | undefined): unknown => {
  // The reason of a signal can be an error that looks like one of the core's.
  if (signal?.aborted && thrown === signal.reason) return thrown;
  if (typeof thrown !== "object" || thrown === null || isHyperstackError(thrown)) return thrown;
  const given = thrown as Partial<ErrorFields>;
  if (typeof given.code !== "string" || typeof given.operation !== "string") return thrown;
  const present = FIELDS.filter((field) => given[field] !== undefined);
  return toError(Object.fromEntries(present.map((field) => [field, given[field]])) as unknown as ErrorFields);
};

/**
 * Creates an error of this layer; `more` is what differs from a final failure that sent nothing.
 *
 * @internal
 */
export const failure = (
  { name, code }: Failure,
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

/**
 * Creates the issue of a broken rule.
 *
 * @internal
 */
export const issue = (path: string, { name, message }: Rule): Issue => ({
  // The name of an unknown option may be an address.
  path: path.replace(/^(cache\.|accounts\[\d+\]\.)?.*@.*$/su, "$1(key)"),
  rule: name,
  message,
});

/**
 * Creates a `ValidationError` with these issues, which must not be empty.
 *
 * @internal
 */
export const invalidIssues = (operation: string, issues: Issue[]): ValidationError => {
  const text = issues.map(({ path, message }) => `${path || "the argument"} ${message}`).join("; ");
  return failure(INVALID_REQUEST, operation, text, { issues }) as ValidationError;
};

/**
 * Creates a `ValidationError` with one issue.
 *
 * @internal
 */
export const invalid = (operation: string, path: string, rule: Rule): ValidationError =>
  invalidIssues(operation, [issue(path, rule)]);

/**
 * Throws if a value that is given is not a function; the name of the member is the path.
 *
 * @internal
 */
export const requireFunctions = (operation: string, given: object): void => {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && typeof value !== "function") throw invalid(operation, name, FUNCTION);
  }
};

/**
 * Returns whether `value` is an error of this package. Works across realms and copies of the package, where `instanceof`
 * does not.
 *
 * @param value - What was caught.
 * @example
 * ```ts
 * try {
 *   await hyperstack.credentials.view(document_id);
 * } catch (error) {
 *   if (!isHyperstackError(error) || error.code !== "credential_not_found") throw error;
 * }
 * ```
 * @category Errors
 */
export const isHyperstackError = (value: unknown): value is HyperstackError =>
  (value as { [BRAND]?: unknown } | null | undefined)?.[BRAND] === true;
