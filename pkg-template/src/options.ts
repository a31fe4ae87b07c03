/** The options that calls share, and how options are read. */
import { invalid } from "./errors.js";
import { ABORT_SIGNAL, OBJECT, OPTION, type Rule } from "./rules.js";

/**
 * A custom fetch: a service binding, a proxy, a test. It is called unbound with `(url, init)`.
 *
 * @param url - The full address: `baseUrl` and the path of the operation.
 * @param init - Method, headers (the token among them), body, `redirect: "manual"` and a signal.
 * @returns The response. A rejection with any value becomes a `ConnectionError`.
 * @category Client
 */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Options of a client and of each of its calls.
 *
 * @category Client
 */
export interface TransportOptions {
  /** Milliseconds for one attempt, headers and body. Default 30 000. */
  timeoutMs?: number | undefined;
  /** Milliseconds for all attempts and the waits between them. Default 60 000. */
  totalTimeoutMs?: number | undefined;
  /** How often a request that may be retried is sent again. Default 2. */
  maxRetries?: number | undefined;
  /** Largest response that is read, in bytes. Default 8 388 608; `verify` reads at most 65 536. */
  maxResponseBytes?: number | undefined;
}

/**
 * Options of one call.
 *
 * @category Client
 */
export interface RequestOptions extends TransportOptions {
  /** Aborts the call in any phase; it then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
  /**
   * Additional headers, e.g. `traceparent`, sent with every request of the call. Not those that this package or the
   * runtime sets (`authorization`, `accept`, `content-type`, `host`, …). A browser first checks whether the API allows
   * them.
   */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Options of a call that creates a credential.
 *
 * @category Client
 */
export interface CreationOptions extends RequestOptions {
  /**
   * An identical call, made at that time or later (a `Date`, or milliseconds since 1970), may have taken effect although
   * its response was lost or its process ended. The account is searched first; a credential that is found is returned,
   * marked `reconciled`, and nothing is sent.
   */
  mayExistSince?: Date | number | undefined;
}

/**
 * Options of a list. Those of a call apply to every page.
 *
 * @category Lists
 */
export interface ListOptions extends RequestOptions {
  /** Pages after which a list that does not end is an error. Default 1 000. */
  maxPages?: number | undefined;
}

/**
 * Whether the value is an object literal, a spread of one or a module namespace, of any realm.
 *
 * @internal
 */
export const isPlainObject = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  } catch {
    // A proxy that was revoked.
    return false;
  }
};

/**
 * Copies the own enumerable members of an options object that are not `undefined`, without a prototype: what something
 * else added to `Object.prototype` is no option. `undefined` and `null` mean no options.
 *
 * @throws ValidationError for anything but a plain object: what a `Map` or a class instance holds would be ignored.
 *
 * @internal
 */
export const plainOptions = <T extends object>(
  operation: string,
  options: T | null | undefined,
  path = "options",
): Partial<T> => {
  const copy: Partial<T> = Object.create(null);
  if (options === undefined || options === null) return copy;
  if (!isPlainObject(options)) throw invalid(operation, path, OBJECT);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) copy[name as keyof T] = value;
  }
  return copy;
};

/**
 * Whether the value is a string with anything but white space, by the core's own rule: `trim` leaves U+0085 and removes U+FEFF.
 *
 * @internal
 */
export const isNotBlank = (value: unknown): boolean =>
  typeof value === "string" && /\P{White_Space}/u.test(value);

/**
 * Copies the own enumerable members of an object, without a prototype; those of anything else, or of a proxy that was revoked,
 * are none.
 *
 * @internal
 */
export const ownMembers = <T extends object>(value: unknown): Partial<T> => {
  const copy: Partial<T> = Object.create(null);
  try {
    return typeof value === "object" ? Object.assign(copy, value) : copy;
  } catch {
    return Object.create(null);
  }
};

/**
 * Returns the signal, or `undefined` if there is none.
 *
 * @throws ValidationError for anything else.
 *
 * @internal
 */
export const checkedSignal = (operation: string, signal: unknown): AbortSignal | undefined => {
  if (signal === undefined || signal === null) return undefined;
  try {
    const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
    const methods = [addEventListener, removeEventListener];
    if (typeof aborted === "boolean" && methods.every((method) => typeof method === "function")) {
      return signal as AbortSignal;
    }
  } catch {
    // A member that throws when it is read.
  }
  throw invalid(operation, "signal", ABORT_SIGNAL);
};

/**
 * Converts a `Date` into milliseconds since 1970; any other value is returned as it is.
 *
 * @internal
 */
export const toMilliseconds = <T>(time: Date | T): number | T => {
  try {
    return time instanceof Date ? time.getTime() : time;
  } catch {
    // Not a real date, or a proxy that was revoked: refused as any other value.
    return time as T;
  }
};

/** As milliseconds, these are in the years 1970 to 1973; as seconds, from 2001 on. */
const SECONDS_SINCE_2001 = { first: 1e9, end: 1e11 };
/** The first instant of the year 10000, in milliseconds. */
const YEAR_10000_MS = 253_402_300_800_000;

/**
 * Whether a number that should be milliseconds since 1970 is certainly seconds or microseconds.
 *
 * @internal
 */
export const isInOtherUnit = (ms: number): boolean =>
  (ms >= SECONDS_SINCE_2001.first && ms < SECONDS_SINCE_2001.end) || ms >= YEAR_10000_MS;

/** Normalizes a name, so that `maxRetries` and `max_retries` are equal. */
const normalize = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, "");
/** In letters. Shorter names resemble too many options. */
const MIN_NAME_LENGTH = 4;

/**
 * Returns the rule for an unknown option. Its message suggests the known option with a similar name, if there is one.
 *
 * @internal
 */
export const unknownOption = (name: string, known: readonly string[]): Rule => {
  const given = normalize(name);
  const resembles = (option: string): boolean => {
    const letters = normalize(option);
    return given.length >= MIN_NAME_LENGTH && (letters.includes(given) || given.includes(letters));
  };
  const meant = known.find(resembles);
  return meant ? { ...OPTION, message: `${OPTION.message}: did you mean ${meant}?` } : OPTION;
};
