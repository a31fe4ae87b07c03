/** The options of `createVerifyHandler`, and their validation: every issue at once, when the handler is created. */
import { checkAccounts, type VerifyAccount } from "./accounts.js";
import { type Issue, invalid, invalidIssues, issue } from "./errors.js";
import type { Hyperstack, VerifyOptions } from "./hyperstack.js";
import { isNotBlank, isPlainObject, ownMembers, plainOptions } from "./options.js";
import { isReceiptSigner, type ReceiptSigner } from "./receipt-keys.js";
import {
  ARRAY,
  BOOLEAN,
  CLIENT,
  COUNT,
  DAY_SECONDS,
  FUNCTION,
  HOST,
  NOT_BESIDE_CLIENT,
  NOT_BLANK,
  OBJECT,
  OPTION,
  ORIGIN,
  RECEIPT_LENGTH,
  type Rule,
  SECONDS_OF_A_CACHE,
  SIGNING_KEY,
  STORE,
} from "./rules.js";
import type { IndeterminateReason, Verdict, Verification } from "./types.js";
import type { VerifyCacheOptions } from "./verify-cache.js";

/**
 * What may be logged about a verification: it holds no link, name, e-mail or network address.
 *
 * @category Verification
 */
export interface VerifyLogEntry {
  /** Outcome of the verification; `refused` if there was none. */
  outcome: Verification["outcome"] | "refused";
  /** Its verdict; `null` if there was none. */
  verdict: Verification["verdict"] | null;
  /** Reason of an `indeterminate`, or the `code` of a refused request; `aborted` if the client went away. */
  reason: string | null;
  /** HTTP status of the response; 499, which nobody receives, if the client went away. */
  status: number;
  /** Milliseconds from request to response. */
  latency_ms: number;
  /**
   * The result of each account, in the order of `accounts`: its verdict, or its reason if it has none. One whose token is
   * refused shows here even while another one has the credential. Empty if none was queried.
   */
  accounts: (Verdict | IndeterminateReason)[];
  /** Whether the result is from `cache`. */
  cached: boolean;
}

/**
 * A detailed result of {@link VerifyServiceOptions.allow}.
 *
 * @category Verification
 */
export interface VerifyAdmission {
  /** Whether the request may be served. */
  allowed: boolean;
  /** If not: the seconds after which it is worth trying again, for `retry-after`. Default 60. */
  retryAfterSeconds?: number | undefined;
}

/**
 * Options of {@link createVerifyHandler} besides the accounts.
 *
 * @category Verification
 */
export interface VerifyServiceOptions
  extends Pick<
    VerifyOptions,
    | "hosts"
    | "skewSeconds"
    | "allowMetadata"
    | "issuerLabel"
    | "maxAgeSeconds"
    | "timeoutMs"
    | "totalTimeoutMs"
    | "maxRetries"
  > {
  /**
   * Origins of other pages that may send requests, e.g. `["https://acme.example"]`, and of browser extensions and apps, e.g.
   * `capacitor://localhost`. Compared exactly: there are no wildcards. Default: only the handler's own origin.
   */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * Compares `recipient_name` if a request has one. Whoever has a link can then find out by guessing to whom it was
   * issued, even if the credential is private. Default `false`: such a request is refused.
   */
  compareNames?: boolean | undefined;
  /**
   * Decides whether this request may be served now. Any result but `true` or `{ allowed: true }` leads to 429.
   * Default: always.
   *
   * @param request - The request; its body must not be read.
   */
  allow?: ((request: Request) => boolean | VerifyAdmission | Promise<boolean | VerifyAdmission>) | undefined;
  /**
   * Returns a `verified` again for some seconds without a request. Nothing else is cached: no other verdict, no request
   * with a name, nothing while one of the accounts could not be queried. Any other conclusive verdict removes it.
   * `checked_at` stays the time of the check; the check `freshness` warns with `cached` and the age, which is in the header
   * `age`, too. Default: nothing is cached.
   */
  cache?: VerifyCacheOptions | undefined;
  /**
   * Adds a receipt to every verification, as its member `receipt`: unsigned with `true`, signed with a key. Default: none.
   */
  receipts?: boolean | ReceiptSigner | undefined;
  /**
   * Called once for every request. What it throws is ignored.
   *
   * @param entry - Nothing personal.
   */
  onLog?: ((entry: VerifyLogEntry) => void) | undefined;
}

/**
 * Options of {@link createVerifyHandler}: one `client`, or several `accounts`.
 *
 * @category Verification
 */
export type VerifyHandlerOptions = VerifyServiceOptions &
  (
    | {
        /** The client with the issuer's token. */
        client: Pick<Hyperstack, "verify">;
        /** Given instead of `client`. */
        accounts?: undefined;
      }
    | {
        /** Given instead of `accounts`. */
        client?: undefined;
        /** The accounts that are queried, as by {@link verifyInAccounts}. */
        accounts: readonly VerifyAccount[];
      }
  );

const OPERATION = "createVerifyHandler";

/** Returns the issues of a value at a path. */
type Validate = (value: unknown, path: string) => Issue[];

const issueUnless = (holds: boolean, path: string, rule: Rule): Issue[] => (holds ? [] : [issue(path, rule)]);

const notBlank: Validate = (value, path) => issueUnless(isNotBlank(value), path, NOT_BLANK);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const count: Validate = (value, path) => issueUnless(isCount(value), path, COUNT);
const callable: Validate = (value, path) => issueUnless(typeof value === "function", path, FUNCTION);

const MAX_SKEW_SECONDS = 86_400;

const skew: Validate = (value, path) => {
  const issues = count(value, path);
  return issues.length > 0 ? issues : issueUnless((value as number) <= MAX_SKEW_SECONDS, path, DAY_SECONDS);
};

const MAX_HOST_CHARACTERS = 253;
const HOST_NAME = /^(?:(?!-)[a-z\d-]{1,63}(?<!-)\.)+(?!\d+$)(?!-)[a-z\d-]{1,63}(?<!-)$/i;

/** Host names as the core accepts them when they are used. */
const host: Validate = (value, path) => {
  const isHost = typeof value === "string" && value.length <= MAX_HOST_CHARACTERS && HOST_NAME.test(value);
  return issueUnless(isHost, path, HOST);
};

/** Origins that browsers send for extensions and apps, e.g. `chrome-extension://…`; their hosts keep the letter case. */
const APP_ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[\w.-]+(?::\d+)?$/;

const isOrigin = (value: unknown): boolean => {
  if (typeof value !== "string" || value.includes("*")) return false;
  if (!/^https?:/.test(value)) return APP_ORIGIN.test(value);
  try {
    return new URL(value).origin === value;
  } catch {
    return false;
  }
};
const origin: Validate = (value, path) => issueUnless(isOrigin(value), path, ORIGIN);

/** Validates every entry of a list. In place of a list, a string would be searched for parts of it. */
const each = (validate: Validate, value: unknown, path: string): Issue[] =>
  Array.isArray(value)
    ? value.flatMap((entry, index) => validate(entry, `${path}[${index}]`))
    : [issue(path, ARRAY)];

const cache: Validate = (value, path) => {
  if (!isPlainObject(value)) return [issue(path, OBJECT)];
  const { seconds, store, ...rest } = plainOptions<VerifyCacheOptions>(
    OPERATION,
    value as VerifyCacheOptions,
  );
  const isTime = Number.isInteger(seconds) && (seconds as number) >= 1 && (seconds as number) <= 3600;
  const isStore = store === undefined || [store?.get, store?.put].every((one) => typeof one === "function");
  return [
    ...issueUnless(isTime, `${path}.seconds`, SECONDS_OF_A_CACHE),
    ...issueUnless(isStore, `${path}.store`, STORE),
    ...Object.keys(rest).map((name) => issue(`${path}.${name}`, OPTION)),
  ];
};

/** The validation of each option, if it is given. */
const VALIDATIONS: Record<keyof VerifyServiceOptions, Validate> = {
  // Without a host nothing is trusted; the core calls such a list blank, too.
  hosts: (value, path) =>
    Array.isArray(value) && value.length === 0 ? [issue(path, NOT_BLANK)] : each(host, value, path),
  skewSeconds: skew,
  allowMetadata: (value, path) => each(notBlank, value, path),
  issuerLabel: notBlank,
  maxAgeSeconds: count,
  timeoutMs: count,
  totalTimeoutMs: count,
  maxRetries: (value, path) => issueUnless(isCount(value) && value < 2 ** 32, path, COUNT),
  allowedOrigins: (value, path) => each(origin, value, path),
  compareNames: (value, path) => issueUnless(typeof value === "boolean", path, BOOLEAN),
  allow: callable,
  cache,
  receipts: (value, path) =>
    issueUnless(typeof value === "boolean" || isReceiptSigner(value), path, SIGNING_KEY),
  onLog: callable,
};

/** Bytes that kid, label and hosts may have in a signed receipt: it may have some 12 000, and the rest has some 2 000. */
const MAX_RECEIPT_BYTES = 8192;

/** Throws if receipts could not be signed because they are too long. Otherwise every request would end with a 500. */
const checkReceiptLength = (
  { kid }: ReceiptSigner,
  labels: readonly (string | null | undefined)[],
  hosts: readonly string[] | undefined,
): void => {
  const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value ?? null)).length;
  if (sizeOf([kid, hosts]) + Math.max(...labels.map(sizeOf)) > MAX_RECEIPT_BYTES) {
    throw invalid(OPERATION, "receipts", RECEIPT_LENGTH);
  }
};

/**
 * The options of a handler after their validation, without a prototype.
 *
 * @internal
 */
export type CheckedOptions = Partial<VerifyServiceOptions> & { readonly accounts: readonly VerifyAccount[] };

const readAccounts = (client: unknown, accounts: unknown): readonly VerifyAccount[] => {
  if (accounts !== undefined) {
    const list = accounts as readonly VerifyAccount[];
    return checkAccounts(OPERATION, list);
  }
  const verifying = client as VerifyAccount["client"] | undefined;
  if (typeof verifying?.verify !== "function") throw invalid(OPERATION, "client", CLIENT);
  return [Object.assign(Object.create(null), { client: verifying })];
};

/**
 * Validates the options of a handler.
 *
 * @throws ValidationError with every issue.
 *
 * @internal
 */
export const checkOptions = (options: VerifyHandlerOptions): CheckedOptions => {
  const given = plainOptions<VerifyHandlerOptions>(OPERATION, options);
  const { client, accounts } = given;
  delete given.client;
  delete given.accounts;
  const service: Partial<VerifyServiceOptions> = given;
  const issues = Object.entries(service).flatMap(([name, value]) =>
    // A misspelt option would be a limit that does not apply.
    Object.hasOwn(VALIDATIONS, name)
      ? VALIDATIONS[name as keyof VerifyServiceOptions](value, name)
      : [issue(name, OPTION)],
  );
  if (client !== undefined && accounts !== undefined) issues.push(issue("accounts", NOT_BESIDE_CLIENT));
  if (issues.length > 0) throw invalidIssues(OPERATION, issues);
  const checked: CheckedOptions = Object.assign(service, { accounts: readAccounts(client, accounts) });
  if (service.cache) service.cache = ownMembers<VerifyCacheOptions>(service.cache) as VerifyCacheOptions;
  const { receipts, issuerLabel, hosts } = service;
  if (typeof receipts === "object") {
    checkReceiptLength(receipts, [issuerLabel, ...checked.accounts.map(({ label }) => label)], hosts);
  }
  return checked;
};
