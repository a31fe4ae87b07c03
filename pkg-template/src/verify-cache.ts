/** The short memory of a verifying service: yeses only, never longer than it was told to keep them. */
import { Verifier } from "./client.js";
import type { ParsedCredentialUrl, VerifiedVerification } from "./types.js";
import { isVerified } from "./verification.js";

/**
 * Where a verifying service keeps answers: a `Map`, Workers KV, Redis. What it gives back is looked at as if a stranger had
 * written it. A store that fails, or that takes longer than a second, costs nothing but the memory.
 *
 * @category Verification
 */
export interface VerifyCacheStore {
  /**
   * What was put under a key, `null` or `undefined` where there is nothing.
   *
   * @param key - 64 hexadecimal digits: a hash in which no id, link or name can be read.
   */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /**
   * Keeps a text. Whether it is forgotten in time does not matter for verdicts: they are not used after that.
   *
   * @param key - 64 hexadecimal digits.
   * @param value - A verification as JSON. It holds the name of the recipient where the credential is public.
   * @param seconds - For how long it is of use.
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
   * For how long a `verified` may be answered again: the longest that a credential revoked meanwhile is still called valid,
   * 1 to 3600.
   */
  seconds: number;
  /**
   * Where answers are kept; one that several services share needs the same accounts and options in each, because no key
   * says whose answer it is. Default: in memory, the last 1 000 answers.
   */
  store?: VerifyCacheStore | undefined;
}

/** A credential as it was asked for. */
type Asked = Extract<ParsedCredentialUrl, { ok: true }>;

/** Answers that the default store holds: some 3 MB. */
const MOST = 1000;
/** Milliseconds that a store may take. */
const PATIENCE_MS = 1000;

const inMemory = (): VerifyCacheStore => {
  const entries = new Map<string, { value: string; ends: number }>();
  return {
    get: (key) => {
      const { value, ends } = entries.get(key) ?? { ends: 0 };
      if (ends > Date.now()) return value;
      entries.delete(key);
      return undefined;
    },
    put: (key, value, seconds) => {
      entries.delete(key);
      entries.set(key, { value, ends: Date.now() + seconds * 1000 });
      const [oldest] = entries.keys();
      if (entries.size > MOST && oldest !== undefined) entries.delete(oldest);
    },
  };
};

/** What comes of it in time; `undefined` where nothing does. */
const inTime = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  try {
    return await Promise.race([end, (async () => work())()]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
};

/** Seconds since the issuer's account said it, an intermediate cache's age included. */
const ageOf = (verification: VerifiedVerification): number => {
  const freshness = verification.checks.find(({ id }) => id === "freshness");
  const before = Number(freshness?.params.age_s ?? 0);
  // Below 0 it would make an old answer young.
  return before >= 0 ? before + (Date.now() - Date.parse(verification.checked_at)) / 1000 : Number.NaN;
};

/** Seconds that a yes may still be repeated for; not beyond the credential's own end. 0 or less: not at all. */
const leftOf = (verification: VerifiedVerification, seconds: number): number => {
  const { valid_until } = verification.credential;
  const end = valid_until === null ? Number.POSITIVE_INFINITY : Date.parse(valid_until);
  return Math.min(seconds - ageOf(verification), (end - Date.now()) / 1000);
};

/** What {@link verifyCache} makes. */
export interface VerifyCache {
  /** A yes that is young enough, with its age said; `undefined` where it has to be asked anew. */
  find(asked: Asked): Promise<{ verification: VerifiedVerification; ageSeconds: number } | undefined>;
  /** Keeps a yes. */
  keep(asked: Asked, verification: VerifiedVerification): Promise<void>;
}

/** The memory of a service. `policy` is what its answers depend on beside the credential. */
export const verifyCache = (
  { seconds, store = inMemory() }: VerifyCacheOptions,
  hosts: readonly string[] | undefined,
  policy: object,
): VerifyCache => {
  const keyOf = async ({ input_kind, canonical_url }: Asked): Promise<string> => {
    const text = JSON.stringify(["hyperstack-verify/1", input_kind, canonical_url, policy]);
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  return {
    find: async (asked) => {
      const key = await keyOf(asked);
      const text = await inTime(() => store.get(key));
      if (typeof text !== "string") return undefined;
      // A stored answer is judged as one that came over the network: about this credential, and without a contradiction.
      const stored = async () => new Response(text, { headers: { "content-type": "application/json" } });
      const verifier = new Verifier({ endpoint: "https://cache.invalid/", fetch: stored, hosts });
      const verification = await verifier.verify(asked.input_kind === "url" ? asked.canonical_url : asked.id);
      if (!isVerified(verification)) return undefined;
      const age = ageOf(verification);
      // Said in the future, by a clock that disagrees: how old it is cannot be known.
      if (!(age >= 0) || Date.parse(verification.checked_at) > Date.now()) return undefined;
      if (!(leftOf(verification, seconds) > 0)) return undefined;
      // Rounded up: what was stored is never called live.
      const ageSeconds = Math.max(1, Math.ceil(age));
      const checks = verification.checks.map((check) =>
        check.id === "freshness"
          ? { ...check, state: "warn" as const, code: "cached" as const, params: { age_s: ageSeconds } }
          : check,
      );
      return { verification: { ...verification, checks }, ageSeconds };
    },
    keep: async (asked, verification) => {
      const left = leftOf(verification, seconds);
      if (!(left > 0)) return;
      const key = await keyOf(asked);
      await inTime(() => store.put(key, JSON.stringify(verification), Math.ceil(left)));
    },
  };
};
