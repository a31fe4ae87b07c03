/**
 * Receipts: what a verification said, without anything of the recipient, to be kept. Signed (JWS, Ed25519) they can be
 * checked by others with the verifier's published key.
 */
import { HyperstackError, invalid } from "./errors.js";
import type {
  CheckCode,
  CheckId,
  CheckState,
  IndeterminateReason,
  Outcome,
  Verdict,
  Verification,
} from "./types.js";

/**
 * What a verification said: who checked, when, by which policy, and with which result. Members are those of
 * {@link Verification}. Nothing of the recipient is in it: no name, no address, no fields of the credential, and no
 * `params` of checks.
 *
 * @category Receipts
 */
export interface Receipt {
  /** Version of this object's form. */
  schema: "hyperstack-receipt/1";
  /** `true` only inside of a signature: what {@link verifyReceipt} gives. Outside of one it proves nothing. */
  signed: boolean;
  /** The answer in one of three words. */
  outcome: Outcome;
  /** The headline: which state decided. */
  verdict: Verdict;
  /** Why nothing could be said; `null` unless `verdict` is `indeterminate`. */
  reason: IndeterminateReason | null;
  /** What was asked about. */
  subject: Verification["subject"];
  /** ISO 8601, UTC, milliseconds: the instant the verdict speaks of. */
  checked_at: string;
  /** `system`: the clock of the machine that verified; `option`: injected by the caller. */
  now_source: Verification["now_source"];
  /** Who the verifier says the issuer is. */
  issuer_label: string | null;
  /** The program that made the verdict. */
  verifier: Verification["verifier"];
  /** What was judged by. */
  policy: Verification["policy"];
  /** All thirteen, in the order of `CheckId`. */
  checks: {
    /** Which check. */
    id: CheckId;
    /** How it ended. */
    state: CheckState;
    /** Why it ended so. */
    code: CheckCode;
  }[];
}

/**
 * A receipt that anyone could have written: a note for one's own files.
 *
 * @category Receipts
 */
export type UnsignedReceipt = Receipt & {
  /** Nobody vouches for it. */
  signed: false;
};

/**
 * The content of a signature that was verified.
 *
 * @category Receipts
 */
export type SignedReceipt = Receipt & {
  /** It stood inside of a signature. */
  signed: true;
};

/**
 * What signs receipts: made by {@link importReceiptKey}, or any private Ed25519 `CryptoKey` and the name of its public
 * half.
 *
 * @category Receipts
 */
export interface ReceiptSigner {
  /** A private Ed25519 `CryptoKey` with the usage `sign`, by the runtime's own types. It need not be extractable. */
  key: Awaited<ReturnType<typeof crypto.subtle.importKey>>;
  /** What the public key is called in the published set. */
  kid: string;
}

/**
 * An Ed25519 key as JSON (RFC 8037).
 *
 * @category Receipts
 */
export interface ReceiptJwk {
  /** Always `OKP`. */
  kty?: string | undefined;
  /** Always `Ed25519`. */
  crv?: string | undefined;
  /** The public half, base64url. */
  x?: string | undefined;
  /** The private half, base64url. Secret: it belongs where the API token does. */
  d?: string | undefined;
  /** What the key is called. Default: its thumbprint (RFC 7638). */
  kid?: string | undefined;
  /** Where it is given, `sig`. */
  use?: string | undefined;
  /** Where it is given, `EdDSA` or `Ed25519`. */
  alg?: string | undefined;
}

/**
 * A public key as {@link receiptKeySet} gives it.
 *
 * @category Receipts
 */
export interface PublishedReceiptKey {
  /** The kind of key. */
  kty: "OKP";
  /** The curve. */
  crv: "Ed25519";
  /** The public half, base64url. */
  x: string;
  /** What the key is called. */
  kid: string;
  /** What it is for. */
  use: "sig";
  /** The algorithm in the header of what it signed. */
  alg: "EdDSA";
}

/**
 * Public keys as they are published at `/.well-known/jwks.json` (RFC 7517).
 *
 * @category Receipts
 */
export interface ReceiptKeySet {
  /** Those of other kinds are not looked at. */
  keys: readonly ReceiptJwk[];
}

/**
 * Options of {@link verifyReceipt}.
 *
 * @category Receipts
 */
export interface VerifyReceiptOptions {
  /** The credential that the receipt has to be about: a receipt proves nothing of another one. Default: any. */
  documentId?: string | undefined;
  /** Most seconds between `checked_at` and `now`, either way. Default: any age; a receipt records what was so once. */
  maxAgeSeconds?: number | undefined;
  /** The instant that age is counted at: a `Date` or milliseconds since 1970. Default: the clock. */
  now?: Date | number | undefined;
}

/**
 * What {@link verifyReceipt} gives.
 *
 * @category Receipts
 */
export interface VerifiedReceipt {
  /** What was signed. Its `outcome` may well be a no. */
  receipt: SignedReceipt;
  /** The key that signed it, by its name. */
  kid: string;
}

/**
 * A receipt that is not believed, or (`ed25519_unavailable`) a runtime that knows no such signatures. `code` says why;
 * codes are append-only.
 *
 * @category Errors
 */
export class ReceiptError extends HyperstackError {
  /** Why it is not believed. */
  declare readonly code:
    | "malformed"
    | "too_large"
    | "bad_header"
    | "unsupported_algorithm"
    | "unknown_key"
    | "bad_signature"
    | "bad_payload"
    | "other_credential"
    | "too_old"
    | "too_new"
    | "ed25519_unavailable";
}

const SCHEMA = "hyperstack-receipt/1";
const ALGORITHM = "Ed25519";
const TYPE = "hyperstack-receipt+jws";
/** One is some 2 500 characters. */
const MAX_CHARACTERS = 16_384;

const CHECK_IDS: readonly CheckId[] = [
  "input_parse",
  "host_trusted",
  "id_format",
  "lookup",
  "response_shape",
  "response_binding",
  "status",
  "validity_period",
  "not_before",
  "status_clock_agreement",
  "privacy",
  "recipient_match",
  "freshness",
];

/** Those that a yes does not rest on: they warn at most, or are skipped where there was nothing to judge. */
const BESIDE_A_YES: readonly CheckId[] = [
  "host_trusted",
  "status_clock_agreement",
  "privacy",
  "recipient_match",
  "freshness",
];

/** Whether a check leaves a yes standing: the others must have passed, and none may contradict it. */
const bearsOut = ({ id, state }: Receipt["checks"][number]): boolean =>
  state === "pass" || (BESIDE_A_YES.includes(id) && (state === "warn" || state === "skipped"));

const unsound = (operation: string, code: ReceiptError["code"], text: string): ReceiptError =>
  new ReceiptError({
    name: "ReceiptError",
    code,
    message: `${operation}: ${text}`,
    operation,
    retryable: false,
    attempts: 0,
  });

/* ---------------------------------------------------------------- the receipt */

/** The members of a receipt and no others, in their order: the text of a receipt is the same everywhere. */
const pick = (from: Omit<Verification, "schema"> | Receipt, signed: boolean): Receipt => {
  const { outcome, verdict, reason, subject, checked_at, now_source, issuer_label, verifier, policy } = from;
  return {
    schema: SCHEMA,
    signed,
    outcome,
    verdict,
    reason,
    subject: { input_kind: subject.input_kind, id: subject.id, canonical_url: subject.canonical_url },
    checked_at,
    now_source,
    issuer_label,
    verifier: { name: verifier.name, version: verifier.version },
    policy: { hosts: policy.hosts.map((host) => host), skew_s: policy.skew_s, private: policy.private },
    checks: from.checks.map(({ id, state, code }) => ({ id, state, code })),
  };
};

/** A word of a closed list or one that a later version adds: never a text in which something personal could stand. */
const isCode = (value: unknown): boolean => typeof value === "string" && /^[a-z\d_]{1,64}$/.test(value);

const outcomeOf = (verdict: string): Outcome =>
  verdict === "valid" ? "verified" : verdict === "indeterminate" ? "indeterminate" : "not_verified";

/** Whether every member is as it has to be, and all agree. */
const isSound = (receipt: Receipt): boolean => {
  const {
    outcome,
    verdict,
    reason,
    subject,
    checked_at,
    now_source,
    issuer_label,
    verifier,
    policy,
    checks,
  } = receipt;
  const { id, canonical_url } = subject;
  const named =
    typeof id === "string" && /^(?:[A-Za-z\d]{32}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.test(id);
  const host = /^https:\/\/([a-z\d.-]+)\/credential\//.exec(canonical_url ?? "")?.[1];
  const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(checked_at);
  const instant = typeof checked_at === "string" && written && !Number.isNaN(Date.parse(checked_at));
  const texts = [verifier.name, verifier.version, ...policy.hosts];
  const states: readonly CheckState[] = ["pass", "fail", "warn", "error", "skipped"];
  const link = named ? `https://${host}/credential/${id}` : null;
  return (
    isCode(verdict) &&
    outcome === outcomeOf(verdict) &&
    (outcome === "indeterminate" ? isCode(reason) : reason === null) &&
    (subject.input_kind === "url" || subject.input_kind === "id") &&
    (named || (id === null && outcome !== "verified")) &&
    canonical_url === link &&
    instant &&
    (now_source === "system" || now_source === "option") &&
    (issuer_label === null || typeof issuer_label === "string") &&
    texts.every((text) => typeof text === "string") &&
    Number.isSafeInteger(policy.skew_s) &&
    policy.skew_s >= 0 &&
    policy.private === "withhold" &&
    checks.length === CHECK_IDS.length &&
    checks.every(
      ({ id, state, code }, at) => id === CHECK_IDS[at] && states.includes(state) && isCode(code),
    ) &&
    (outcome !== "verified" || checks.every(bearsOut))
  );
};

/**
 * Makes a receipt of a verification, whatever it said.
 *
 * @param verification - What `verify`, {@link verifyInAccounts} or {@link Verifier} gave.
 * @throws {@link ValidationError} for anything else.
 * @category Receipts
 */
export const createReceipt = (verification: Verification): UnsignedReceipt => {
  const given = verification?.schema === "hyperstack-verify/1";
  const receipt = given ? readReceipt(verification, false) : undefined;
  if (!receipt) throw invalid("createReceipt", "verification", "verification", "must be as verify gives it");
  return receipt as UnsignedReceipt;
};

/** The receipt in a value, or nothing where it is none. Members that a receipt does not have are left out. */
const readReceipt = (value: unknown, signed: boolean): Receipt | undefined => {
  try {
    const receipt = pick(value as Receipt, signed);
    return isSound(receipt) ? receipt : undefined;
  } catch {
    // A member that should be an object or a list is none.
    return undefined;
  }
};

/* ---------------------------------------------------------------- texts and bytes */

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

/** The bytes, or nothing where the text is not exactly how they are written. */
const fromBase64Url = (text: unknown): Uint8Array<ArrayBuffer> | undefined => {
  if (typeof text !== "string" || !/^[\w-]+$/.test(text)) return undefined;
  try {
    const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    // `atob` forgives stray bits: the same signature could then be written in several ways.
    return toBase64Url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
};

const encoded = (value: object): string => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));

/** The object that `encoded` wrote, or nothing: no member twice, no other spelling of the same. */
const decoded = (text: string | undefined): Record<string, unknown> | undefined => {
  const bytes = fromBase64Url(text);
  if (!bytes) return undefined;
  try {
    const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(json);
    const object = typeof value === "object" && value !== null && !Array.isArray(value);
    return object && JSON.stringify(value) === json ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/* ---------------------------------------------------------------- keys */

/** Runs what WebCrypto may not know. What it throws may quote a key, so it goes no further. */
const withCrypto = async <T>(operation: string, work: (subtle: SubtleCrypto) => Promise<T>): Promise<T> => {
  const unavailable = (): ReceiptError =>
    unsound(operation, "ed25519_unavailable", "this runtime has no Ed25519 in WebCrypto here");
  const { subtle } = (globalThis.crypto ?? {}) as Partial<Crypto>;
  if (!subtle) throw unavailable();
  try {
    return await work(subtle);
  } catch (thrown) {
    if ((thrown as Error | undefined)?.name === "NotSupportedError") throw unavailable();
    throw thrown;
  }
};

/** A JWK whose public half can be one, for signatures; its bytes. */
const publicBytes = (jwk: ReceiptJwk | null | undefined): Uint8Array<ArrayBuffer> | undefined => {
  const { kty, crv, x, use = "sig", alg = "EdDSA", kid = "kid" } = (jwk ?? {}) as Partial<ReceiptJwk>;
  const fits = kty === "OKP" && crv === ALGORITHM && use === "sig" && (alg === "EdDSA" || alg === ALGORITHM);
  const bytes = fits && typeof kid === "string" && kid !== "" ? fromBase64Url(x) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
};

/** What a key is called: its `kid`, else its thumbprint (RFC 7638). */
const nameOf = async (operation: string, { kid, crv, kty, x }: ReceiptJwk): Promise<string> => {
  if (kid !== undefined) return kid;
  const text = new TextEncoder().encode(JSON.stringify({ crv, kty, x }));
  const hash = await withCrypto(operation, (subtle) => subtle.digest("SHA-256", text));
  return toBase64Url(new Uint8Array(hash));
};

const importPublic = async (operation: string, bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  withCrypto(operation, (subtle) => subtle.importKey("raw", bytes, { name: ALGORITHM }, false, ["verify"]));

/** Whether it is what signs; the message is of `ReceiptSigner`. */
export const isReceiptSigner = (signer: unknown): signer is ReceiptSigner => {
  const { key, kid } = Object(signer) as Partial<ReceiptSigner>;
  const able = key?.type === "private" && key.algorithm?.name === ALGORITHM && key.usages?.includes("sign");
  return able === true && typeof kid === "string" && kid !== "";
};

/**
 * Takes a private key out of its JSON, for {@link signReceipt} and the option `receipts` of {@link createVerifyHandler}.
 *
 * @param jwk - The private JWK, or its JSON text as it stands in a secret (an error never quotes it).
 * @throws {@link ValidationError} for what is no private Ed25519 key, or one whose halves do not belong together;
 * {@link ReceiptError} `ed25519_unavailable`.
 * @category Receipts
 */
export const importReceiptKey = async (jwk: ReceiptJwk | string): Promise<ReceiptSigner> => {
  const operation = "importReceiptKey";
  const wrong = () => invalid(operation, "jwk", "jwk", "must be an Ed25519 JWK with x and d");
  let given: ReceiptJwk;
  try {
    given = typeof jwk === "string" ? JSON.parse(jwk) : jwk;
  } catch {
    throw wrong();
  }
  const bytes = publicBytes(given);
  const secret = bytes && fromBase64Url(given.d);
  if (!bytes || secret?.length !== 32) throw wrong();
  const { kty, crv, x, d } = given as { kty: string; crv: string; x: string; d: string };
  let key: CryptoKey;
  let belongs: boolean;
  try {
    key = await withCrypto(operation, (subtle) =>
      subtle.importKey("jwk", { kty, crv, x, d }, { name: ALGORITHM }, false, ["sign"]),
    );
    // Else what it signs could be verified by nobody, and nobody would notice here.
    const signature = await crypto.subtle.sign(ALGORITHM, key, bytes);
    belongs = await crypto.subtle.verify(ALGORITHM, await importPublic(operation, bytes), signature, bytes);
  } catch (thrown) {
    if (thrown instanceof ReceiptError) throw thrown;
    throw wrong();
  }
  if (!belongs) throw wrong();
  return { key, kid: await nameOf(operation, given) };
};

/**
 * The public halves of keys, to be published at `/.well-known/jwks.json`. Keep a key in it for as long as receipts that
 * it signed are to be verified; a new one is published before it signs.
 *
 * @param keys - Private or public JWKs. Private halves and other members do not get into the set.
 * @throws {@link ValidationError} for what is no Ed25519 key, and two of one name.
 * @category Receipts
 */
export const receiptKeySet = async (
  ...keys: readonly ReceiptJwk[]
): Promise<{
  /** One for each key, in their order. */
  keys: PublishedReceiptKey[];
}> => {
  const operation = "receiptKeySet";
  const set = await Promise.all(
    keys.map(async (jwk, at): Promise<PublishedReceiptKey> => {
      if (!publicBytes(jwk)) throw invalid(operation, `keys[${at}]`, "jwk", "must be an Ed25519 JWK");
      const kid = await nameOf(operation, jwk);
      return { kty: "OKP", crv: ALGORITHM, x: jwk.x as string, kid, use: "sig", alg: "EdDSA" };
    }),
  );
  const names = set.map(({ kid }) => kid);
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice >= 0) throw invalid(operation, `keys[${twice}].kid`, "jwk", "must be a name of its own");
  return { keys: set };
};

/* ---------------------------------------------------------------- signatures */

/**
 * Signs a receipt: a JWS in compact form (RFC 7515, EdDSA with Ed25519 by RFC 8037) over the receipt with `signed: true`.
 * The signature says that the holder of the key got this result at `checked_at`; it is not the issuer's, nor the vendor's.
 *
 * @param receipt - What {@link createReceipt} gave.
 * @param signer - The key, and the name under which its public half is published.
 * @throws {@link ValidationError} for a receipt or key that is none, {@link ReceiptError} `ed25519_unavailable`.
 * @category Receipts
 */
export const signReceipt = async (receipt: UnsignedReceipt, signer: ReceiptSigner): Promise<string> => {
  const operation = "signReceipt";
  if (!isReceiptSigner(signer)) {
    throw invalid(
      operation,
      "signer",
      "signing_key",
      "must hold a private Ed25519 key that may sign, and its kid",
    );
  }
  const unsigned = receipt?.schema === SCHEMA && receipt.signed === false;
  const payload = unsigned ? readReceipt(receipt, true) : undefined;
  if (!payload) throw invalid(operation, "receipt", "receipt", "must be as createReceipt gives it");
  const { key, kid } = signer;
  const content = `${encoded({ alg: "EdDSA", kid, typ: TYPE })}.${encoded(payload)}`;
  const bytes = new TextEncoder().encode(content);
  const signature = await withCrypto(operation, (subtle) => subtle.sign(ALGORITHM, key, bytes));
  const jws = `${content}.${toBase64Url(new Uint8Array(signature))}`;
  if (jws.length > MAX_CHARACTERS) {
    throw invalid(operation, "receipt", "receipt", "must be at most 16 384 characters once it is signed");
  }
  return jws;
};

/**
 * Verifies a signed receipt. Anything out of the ordinary is refused: another algorithm, another type, a header with
 * more members than `alg`, `kid` and `typ` (`crit` among them), a key that is not published, bytes that are not written
 * as {@link signReceipt} writes them.
 *
 * It says that the holder of the key made this verification at `checked_at`. Whether the credential is in force today is
 * another question: verify it anew.
 *
 * @param jws - The receipt in compact form.
 * @param keys - The verifier's public keys: a set, or the one. From a source that you trust: whoever chooses the keys
 * chooses what is believed.
 * @param options - The credential it has to be about, and its greatest age.
 * @returns The receipt, which may say no, and the name of the key.
 * @throws {@link ReceiptError} for a receipt that is not believed, {@link ValidationError} for keys and options that are
 * wrong.
 * @category Receipts
 */
export const verifyReceipt = async (
  jws: string,
  keys: ReceiptKeySet | ReceiptJwk,
  options: VerifyReceiptOptions = {},
): Promise<VerifiedReceipt> => {
  const operation = "verifyReceipt";
  const { documentId, maxAgeSeconds, now = Date.now(), ...rest } = options ?? {};
  for (const name of Object.keys(rest)) {
    // A misspelt one would be a check that is not made.
    throw invalid(operation, name, "unknown_field", "is not an option");
  }
  for (const [name, value] of Object.entries({ maxAgeSeconds: maxAgeSeconds ?? 0, now: Number(now) })) {
    if (!Number.isFinite(value) || value < 0) {
      throw invalid(operation, name, "number", "must be a number, 0 or more");
    }
  }
  if (documentId !== undefined && typeof documentId !== "string") {
    throw invalid(operation, "documentId", "string", "must be a string");
  }
  const list: unknown = (keys as ReceiptKeySet | undefined)?.keys ?? [keys];
  if (!Array.isArray(list) || list.some((key) => typeof key !== "object" || key === null)) {
    throw invalid(operation, "keys", "jwk", "must be a JWK or a JWK Set");
  }
  if (list.some((key: ReceiptJwk) => key.d !== undefined)) {
    throw invalid(operation, "keys", "jwk", "must be public: a private key does not belong here");
  }

  const refuse = (code: ReceiptError["code"], text: string): ReceiptError => unsound(operation, code, text);
  if (typeof jws !== "string") throw refuse("malformed", "a receipt is a text of three parts");
  if (jws.length > MAX_CHARACTERS) throw refuse("too_large", "the receipt is over 16 384 characters");
  const parts = jws.split(".");
  const [head, payload] = parts;
  const header = decoded(head);
  const content = decoded(payload);
  const signature = fromBase64Url(parts[2]);
  if (parts.length !== 3 || !header || !content || !signature) {
    throw refuse("malformed", "a receipt is three parts of base64url, two of them JSON");
  }
  const { alg, kid, typ, ...others } = header;
  if (alg !== "EdDSA") throw refuse("unsupported_algorithm", "alg must be EdDSA");
  if (typ !== TYPE || typeof kid !== "string" || Object.keys(others).length > 0) {
    throw refuse("bad_header", "the header must hold alg, kid and the typ of a receipt, nothing else");
  }

  const usable = (list as ReceiptJwk[]).flatMap((jwk) => {
    const bytes = publicBytes(jwk);
    return bytes ? [{ jwk, bytes }] : [];
  });
  const named = await Promise.all(
    usable.map(async ({ jwk, bytes }) => ({ bytes, name: await nameOf(operation, jwk) })),
  );
  const [fitting, ...more] = named.filter(({ name }) => name === kid);
  if (!fitting || more.length > 0) throw refuse("unknown_key", "not exactly one key has the name in kid");
  const signed = new TextEncoder().encode(`${head}.${payload}`);
  let holds = false;
  try {
    const key = await importPublic(operation, fitting.bytes);
    holds = await crypto.subtle.verify(ALGORITHM, key, signature, signed);
  } catch (thrown) {
    if (thrown instanceof ReceiptError) throw thrown;
    // A key that is no point of the curve: it has signed nothing.
  }
  if (!holds) throw refuse("bad_signature", "the signature is not of that key, or not over this content");

  const receipt = readReceipt(content, true) as SignedReceipt | undefined;
  // To the letter: nothing stands in it that is not said here.
  if (JSON.stringify(receipt) !== JSON.stringify(content) || !receipt)
    throw refuse("bad_payload", "what was signed is no receipt");
  if (documentId !== undefined && receipt.subject.id !== documentId) {
    throw refuse("other_credential", "the receipt is about another credential");
  }
  if (maxAgeSeconds !== undefined) {
    const age = (Number(now) - Date.parse(receipt.checked_at)) / 1000;
    if (age > maxAgeSeconds) throw refuse("too_old", "the verification was made too long ago");
    if (age < -maxAgeSeconds) throw refuse("too_new", "the verification was made in the future");
  }
  return { receipt, kid };
};
