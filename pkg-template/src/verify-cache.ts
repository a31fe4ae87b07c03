/** The cache of a verify service: it holds `verified` results only, for a limited time. */
import { acceptVerification } from "./local.js";
import type { ParsedCredentialUrl, Verification, VerifiedVerification } from "./types.js";
import { isVerified } from "./verification.js";

/**
 * Where a verify service caches results: a `Map`, Workers KV, Redis. What it returns is validated like the response of
 * an untrusted service. If the store fails or takes longer than a second, the account is queried.
 *
 * @category Verification
 */
export interface VerifyCacheStore {
  /**
   * Returns what was put under a key, `null` or `undefined` if there is nothing.
   *
   * @param key - 64 hexadecimal digits: a hash that reveals no id, link or name.
   */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /**
   * Stores a value. Verdicts do not depend on whether it is deleted in time: it is not used after that.
   *
   * @param key - 64 hexadecimal digits.
   * @param value - A verification as JSON, with the name of the recipient if the credential is public. Empty if the stored
   * one must not be used any more: storing it and deleting the key are both right.
   * @param seconds - How long it is of use.
   */
  put(key: string, value: string, seconds: number): unknown;
}

/**
 * Option `cache` of {@link createVerifyHandler}.
 *
 * @category Verification
 */
export interface VerifyCacheOptions {
  /**
   * How long a `verified` may be returned again: the longest time that a credential revoked meanwhile is still called
   * valid, 1 to 3600. A result that is older than `maxAgeSeconds`, where that is given, is not returned either.
   */
  seconds: number;
  /**
   * Where results are stored; one that several services share needs the same accounts and options in each, because a key
   * does not depend on the account. Default: in memory, the last 1 000 results.
   */
  store?: VerifyCacheStore | undefined;
}

/**
 * A credential that a request is about.
 *
 * @internal
 */
export type Subject = Extract<ParsedCredentialUrl, { ok: true }>;

/** Results that the default store holds: some 3 MB. */
const MAX_ENTRIES = 1000;
/** The longest time that a store may take. */
const MAX_STORE_MS = 1000;
const MAX_KEYS_WITH_A_NO = 1000;

/** Sets a key of a bounded map; the entry that was set first is deleted first. */
const setBounded = <T>(map: Map<string, T>, key: string, value: T, maxEntries: number): void => {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > maxEntries && oldest !== undefined) map.delete(oldest);
};

const inMemory = (): VerifyCacheStore => {
  const entries = new Map<string, { value: string; endsAt: number }>();
  return {
    get: (key) => {
      const { value, endsAt } = entries.get(key) ?? { endsAt: 0 };
      if (endsAt > Date.now()) return value;
      entries.delete(key);
      return undefined;
    },
    put: (key, value, seconds) => {
      if (value === "") entries.delete(key);
      else setBounded(entries, key, { value, endsAt: Date.now() + seconds * 1000 }, MAX_ENTRIES);
    },
  };
};

/** Resolves as `work` does, or with `undefined` if it fails or takes too long. */
const inTime = async <T>(limitMs: number, work: () => T | Promise<T>): Promise<T | undefined> => {
  if (!(limitMs > 0)) return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  try {
    return await Promise.race([timeout, (async () => work())()]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
};

/** Seconds since the response of the issuer's account, the age of an intermediate cache included; `NaN` if unknown. */
const ageOf = (verification: VerifiedVerification): number => {
  const ageBefore: unknown = verification.checks.find(({ id }) => id === "freshness")?.params.age_s;
  // A negative age would make an old result young.
  if (!(typeof ageBefore === "number" && ageBefore >= 0)) return Number.NaN;
  return ageBefore + (Date.now() - Date.parse(verification.checked_at)) / 1000;
};

/** Seconds for which a result may be returned again; not beyond the expiry of the credential. 0 or less: not at all. */
const remainingSeconds = (verification: VerifiedVerification, seconds: number): number => {
  const { valid_until } = verification.credential;
  const expiresAt = valid_until === null ? Number.POSITIVE_INFINITY : Date.parse(valid_until);
  return Math.min(seconds - ageOf(verification), (expiresAt - Date.now()) / 1000);
};

/** A cached result, with its age in whole seconds. */
interface CachedResult {
  readonly verification: VerifiedVerification;
  readonly ageSeconds: number;
}

/**
 * The cache of one service. Each method takes at most `limitMs`.
 *
 * @internal
 */
export interface VerifyCache {
  /** Returns a result that is young enough, with its age in it; `undefined` if there is none. */
  find(subject: Subject, limitMs: number): Promise<CachedResult | undefined>;
  /** Stores a `verified` result; a conclusive one that is not `verified` replaces what is stored. */
  update(
    subject: Subject,
    verification: Verification,
    limits: {
      /** When the account was queried, in milliseconds since 1970. */
      readonly askedAt: number;
      readonly limitMs: number;
      /** Whether the result may be stored. */
      readonly isCacheable: boolean;
    },
  ): Promise<void>;
}

/**
 * Creates the cache of a service. `policy` is what its results depend on besides the credential.
 *
 * @internal
 */
export const verifyCache = (
  { seconds, store = inMemory() }: VerifyCacheOptions,
  hosts: readonly string[] | undefined,
  policy: object,
): VerifyCache => {
  /** When a credential was last found not to be valid, by key. */
  const lastNo = new Map<string, number>();
  const storeLimit = (limitMs: number): number => Math.min(limitMs, MAX_STORE_MS);

  // By the id alone: a link and a bare id are about one credential, so each replaces what the other stored.
  const keyOf = async ({ id }: Subject): Promise<string> => {
    const text = JSON.stringify(["hyperstack-verify/1", id, policy]);
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  return {
    find: async (subject, limitMs) => {
      const key = await keyOf(subject);
      const text = await inTime(storeLimit(limitMs), () => store.get(key));
      if (typeof text !== "string" || text === "") return undefined;
      const input = subject.input_kind === "url" ? subject.canonical_url : subject.id;
      const verification = await acceptVerification(text, input, hosts);
      if (!isVerified(verification)) return undefined;
      // Checked before the credential was found not to be valid: the store did not replace it.
      if (Date.parse(verification.checked_at) < (lastNo.get(key) ?? 0)) return undefined;
      const age = ageOf(verification);
      // From the future, by a clock that differs: its age cannot be known.
      if (!(age >= 0) || Date.parse(verification.checked_at) > Date.now()) return undefined;
      if (!(remainingSeconds(verification, seconds) > 0)) return undefined;
      // Rounded up: a stored result is never called live.
      const ageSeconds = Math.max(1, Math.ceil(age));
      const checks = verification.checks.map((check) =>
        check.id === "freshness"
          ? { ...check, state: "warn" as const, code: "cached" as const, params: { age_s: ageSeconds } }
          : check,
      );
      return { verification: { ...verification, checks }, ageSeconds };
    },
    update: async (subject, verification, { askedAt, limitMs, isCacheable }) => {
      if (verification.outcome === "indeterminate") return;
      const key = await keyOf(subject);
      if (isVerified(verification)) {
        const remaining = remainingSeconds(verification, seconds);
        // A later request may have ended before this one.
        const isOutdated = (lastNo.get(key) ?? 0) > askedAt;
        if (!isCacheable || isOutdated || !(remaining > 0)) return;
        const value = JSON.stringify(verification);
        await inTime(storeLimit(limitMs), () => store.put(key, value, Math.ceil(remaining)));
        return;
      }
      // That a name differs says nothing about the credential.
      if (verification.verdict === "recipient_mismatch") return;
      setBounded(lastNo, key, Date.now(), MAX_KEYS_WITH_A_NO);
      await inTime(storeLimit(limitMs), async () => {
        if (await store.get(key)) await store.put(key, "", seconds);
      });
    },
  };
};
