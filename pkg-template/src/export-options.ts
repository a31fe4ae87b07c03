/** What every export needs: a fresh `verified` verification, and options with every issue at once. */
import { failure, type Issue, invalidIssues, issue } from "./errors.js";
import { NOT_FRESH, NOT_VERIFIED } from "./failures.js";
import { isInOtherUnit, isPlainObject, plainOptions, toMilliseconds } from "./options.js";
import {
  EPOCH_MILLISECONDS,
  HTTP_URL,
  NON_NEGATIVE,
  NOT_BLANK,
  OBJECT,
  OPTION,
  REQUIRED,
  type Rule,
  STRING,
  TIMESTAMP,
  UNSIGNED,
  URI,
  WELL_FORMED,
} from "./rules.js";
import type { Verification, VerifiedVerification } from "./types.js";
import { isVerified } from "./verification.js";

/**
 * Options of every export.
 *
 * @category Exports
 */
export interface ExportOptions {
  /** Maximum age of the verification, in seconds; it may be ahead of the clock by as much. Default 300. */
  maxAgeSeconds?: number | undefined;
  /** The instant it is judged at: a `Date` or milliseconds since 1970. Default: the clock. */
  now?: Date | number | undefined;
}

/** Names of the options of every export. */
const EXPORT_OPTIONS = ["maxAgeSeconds", "now"];
const DEFAULT_MAX_AGE_SECONDS = 300;

/**
 * The issues of one call.
 *
 * @internal
 */
export class Issues {
  readonly #operation: string;
  readonly #issues: Issue[] = [];

  constructor(operation: string) {
    this.#operation = operation;
  }

  /** Throws if there are issues, with all of them. */
  throwIfAny(): void {
    if (this.#issues.length > 0) throw invalidIssues(this.#operation, this.#issues);
  }

  add(path: string, rule: Rule): void {
    this.#issues.push(issue(path, rule));
  }

  /** Returns an object that has no other members than these; an empty one if it is missing. */
  members(path: string, value: unknown, names: readonly string[]): Record<string, unknown> {
    if (value !== undefined && !isPlainObject(value)) {
      this.add(path, OBJECT);
      return {};
    }
    const members = plainOptions<Record<string, unknown>>(this.#operation, value as Record<string, unknown>);
    // Also those that are `undefined`: a `proof` is refused whatever it is.
    for (const name of Object.keys(value ?? {})) {
      if (names.includes(name)) continue;
      this.add(path ? `${path}.${name}` : name, name === "proof" ? UNSIGNED : OPTION);
    }
    return members;
  }

  /** Returns the options of an export. */
  options(value: unknown, names: readonly string[]): Record<string, unknown> {
    return this.members("", value, [...EXPORT_OPTIONS, ...names]);
  }

  /** Returns a string that is not blank; `undefined` if it is missing. */
  string(path: string, value: unknown): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== "string") this.add(path, STRING);
    else if (value.trim() === "") this.add(path, NOT_BLANK);
    else if (/\p{Surrogate}/u.test(value)) this.add(path, WELL_FORMED);
    else return value;
    return undefined;
  }

  /** Returns a URI; `undefined` if it is missing. Readers show it as a link, so its scheme must be harmless. */
  uri(path: string, value: unknown): string | undefined {
    const uri = this.string(path, value);
    const isUri = /^(?:https?:\/\/[^\s/]|urn:[^\s:]+:\S|did:[^\s:]+:\S)\S*$/i;
    if (uri === undefined || isUri.test(uri)) return uri;
    this.add(path, URI);
    return undefined;
  }

  /** Returns the address of a page; `undefined` if it is missing. */
  page(path: string, value: unknown): string | undefined {
    const url = this.string(path, value);
    if (url === undefined || /^https?:\/\/\S+$/i.test(url)) return url;
    this.add(path, HTTP_URL);
    return undefined;
  }

  /** Returns the value that was given, or the fallback; adds an issue if there is neither. */
  required(path: string, given: unknown, fallback: string | undefined): string | undefined {
    const value = this.string(path, given) ?? fallback;
    if (value === undefined && given === undefined) this.add(path, REQUIRED);
    return value;
  }
}

/**
 * A `verified` verification with the members that the exports read.
 *
 * @internal
 */
export type ExportableVerification = VerifiedVerification & {
  readonly subject: {
    /** The page of the credential on a trusted host, which `document_url` need not be. */
    readonly canonical_url: string;
  };
};

/** Whether a verification is `verified` and complete, as every one of this package is. */
const isExportable = (verification: Verification): verification is ExportableVerification => {
  if (!isVerified(verification)) return false;
  const { credential, subject, checks, policy, checked_at } = verification;
  const texts = [credential?.document_id, subject?.canonical_url, credential?.issued_on, checked_at];
  return (
    texts.every((text) => typeof text === "string" && text !== "") &&
    typeof credential.group === "object" &&
    credential.group !== null &&
    Array.isArray(checks) &&
    Number.isFinite(policy?.skew_s)
  );
};

/**
 * Returns the verification if it is `verified` and fresh.
 *
 * @throws HyperstackError `not_verified` or `not_fresh`; ValidationError for wrong options.
 *
 * @internal
 */
export const requireFresh = (
  operation: string,
  issues: Issues,
  verification: Verification,
  options: Record<string, unknown>,
): ExportableVerification => {
  if (!isExportable(verification)) {
    const text = `not verified: the verdict is ${verification?.verdict ?? "missing"}`;
    throw failure(NOT_VERIFIED, operation, text, { retryable: verification?.retryable === true });
  }
  if (Object.hasOwn(verification, "proof")) issues.add("proof", UNSIGNED);
  const { maxAgeSeconds = DEFAULT_MAX_AGE_SECONDS, now = Date.now() } = options;
  const nowMs = toMilliseconds(now);
  for (const [path, value] of Object.entries({ maxAgeSeconds, now: nowMs })) {
    if (!Number.isFinite(value) || (value as number) < 0) issues.add(path, NON_NEGATIVE);
  }
  if (isInOtherUnit(nowMs as number)) issues.add("now", EPOCH_MILLISECONDS);
  issues.throwIfAny();
  const at = nowMs as number;
  const { checks, checked_at, credential, policy } = verification;
  // A response from a cache is as old as the cache says.
  const cacheAgeMs = Number(checks.find(({ id }) => id === "freshness")?.params.age_s ?? 0) * 1000;
  const ageMs = at - Date.parse(checked_at);
  const distanceMs = Math.max(Math.abs(ageMs), ageMs + cacheAgeMs);
  const expiresAt =
    credential.valid_until === null ? Number.POSITIVE_INFINITY : Date.parse(credential.valid_until);
  const hasExpired = expiresAt + policy.skew_s * 1000 < at;
  // Written so that an invalid date (NaN) is not fresh.
  const isFresh = distanceMs <= (maxAgeSeconds as number) * 1000 && !Number.isNaN(expiresAt);
  if (!isFresh || hasExpired) {
    const text = hasExpired
      ? "the credential has expired since it was verified"
      : "the verification is older than maxAgeSeconds: verify again";
    throw failure(NOT_FRESH, operation, text, { retryable: true });
  }
  if (Number.isNaN(Date.parse(credential.issued_on))) issues.add("credential.issued_on", TIMESTAMP);
  return verification;
};

/** The sign of an address, also encoded or in words. */
const ADDRESS =
  /.@.|%(?:25)*40|=40|\\u0040|&(?:amp;)?#0*64;|&(?:amp;)?#x0*40;|&(?:amp;)?commat;|[([{]at[)\]}]/;
const ADDRESS_IN_WORDS = /\sat\s.*\sdot\s/;

/**
 * Whether a text may hold an e-mail address, also one that is disguised.
 *
 * @internal
 */
export const mayHoldAddress = (text: string): boolean => {
  const folded = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return ADDRESS_IN_WORDS.test(folded) || ADDRESS.test(folded.replace(/\s/g, ""));
};

/**
 * Returns a text of the credential unless it may hold an address; the core withholds those, too.
 *
 * @internal
 */
export const disclosed = (text: string | null | undefined): string | undefined =>
  typeof text === "string" && text.trim() !== "" && !mayHoldAddress(text) ? text : undefined;
