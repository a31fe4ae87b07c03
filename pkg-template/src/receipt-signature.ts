/** Signing and verifying receipts: JWS in compact form (RFC 7515) with Ed25519 (RFC 8037). */
import { fromBase64Url, toBase64Url } from "./base64url.js";
import { invalid } from "./errors.js";
import { isInOtherUnit, isPlainObject, ownMembers, plainOptions, toMilliseconds } from "./options.js";
import { contentToSign, type Receipt, signedContent, type UnsignedReceipt } from "./receipt.js";
import { ReceiptError, receiptError } from "./receipt-error.js";
import {
  ALGORITHM,
  importPublic,
  isReceiptSigner,
  nameOf,
  publicBytes,
  type ReceiptJwk,
  type ReceiptSigner,
  withCrypto,
} from "./receipt-keys.js";
import {
  EPOCH_MILLISECONDS,
  JWK_SET,
  JWK_WITHOUT_D,
  NON_NEGATIVE,
  OPTION,
  RECEIPT,
  RECEIPT_LENGTH,
  SIGNING_KEY,
  STRING,
} from "./rules.js";

/**
 * The content of a verified signature.
 *
 * @category Receipts
 */
export type SignedReceipt = Receipt & {
  /** It was inside a signature. */
  signed: true;
};

/**
 * Public keys as they are published at `/.well-known/jwks.json` (RFC 7517).
 *
 * @category Receipts
 */
export interface ReceiptKeySet {
  /** Those of other kinds are ignored. */
  keys: readonly ReceiptJwk[];
}

/**
 * Options of {@link verifyReceipt}.
 *
 * @category Receipts
 */
export interface VerifyReceiptOptions {
  /** The credential that the receipt has to be about: a receipt proves nothing about another one. Default: any. */
  documentId?: string | undefined;
  /** Maximum of seconds between `checked_at` and `now`, either way. Default: any age; a receipt records the past. */
  maxAgeSeconds?: number | undefined;
  /** The instant from which the age is counted: a `Date` or milliseconds since 1970. Default: the clock. */
  now?: Date | number | undefined;
}

/**
 * The result of {@link verifyReceipt}.
 *
 * @category Receipts
 */
export interface VerifiedReceipt {
  /** What was signed. Its `outcome` may be `not_verified`. */
  receipt: SignedReceipt;
  /** The name of the key that signed it. */
  kid: string;
}

const HEADER_ALGORITHM = "EdDSA";
const HEADER_TYPE = "hyperstack-receipt+jws";
/** A usual receipt has some 2 500 characters. */
const MAX_CHARACTERS = 16_384;

const encode = (value: object): string => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));

/** Returns the object that `encode` wrote: no duplicate member, no other spelling of the same. */
const decode = (text: string | undefined): Record<string, unknown> | undefined => {
  const bytes = fromBase64Url(text);
  if (!bytes) return undefined;
  try {
    const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && JSON.stringify(value) === json ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Signs a receipt: a JWS in compact form (RFC 7515, EdDSA with Ed25519 by RFC 8037) over the receipt with `signed: true`.
 * The signature says that the holder of the key got this result at `checked_at`; it is not the issuer's, nor the vendor's.
 *
 * @param receipt - The result of {@link createReceipt}.
 * @param signer - The key, and the name under which its public half is published.
 * @throws {@link ValidationError} for an invalid receipt or key, {@link ReceiptError} `ed25519_unavailable`.
 * @example
 * ```ts
 * const jws = await signReceipt(createReceipt(verification), signer);
 * ```
 * @category Receipts
 */
export const signReceipt = async (receipt: UnsignedReceipt, signer: ReceiptSigner): Promise<string> => {
  const operation = "signReceipt";
  if (!isReceiptSigner(signer)) throw invalid(operation, "signer", SIGNING_KEY);
  const content = contentToSign(receipt);
  if (!content) throw invalid(operation, "receipt", RECEIPT);
  const { key, kid } = signer;
  const text = `${encode({ alg: HEADER_ALGORITHM, kid, typ: HEADER_TYPE })}.${encode(content)}`;
  const bytes = new TextEncoder().encode(text);
  const signature = await withCrypto(operation, (subtle) => subtle.sign(ALGORITHM, key, bytes));
  const jws = `${text}.${toBase64Url(new Uint8Array(signature))}`;
  if (jws.length > MAX_CHARACTERS) throw invalid(operation, "receipt", RECEIPT_LENGTH);
  return jws;
};

const OPERATION = "verifyReceipt";

interface Expectations {
  readonly documentId: string | undefined;
  readonly maxAgeSeconds: number | undefined;
  readonly nowMs: number;
}

const readOptions = (options: VerifyReceiptOptions | null | undefined): Expectations => {
  const { documentId, maxAgeSeconds, now = Date.now(), ...rest } = plainOptions(OPERATION, options);
  // A misspelt one would be a check that is not made.
  for (const name of Object.keys(rest)) throw invalid(OPERATION, name, OPTION);
  const nowMs = toMilliseconds(now);
  for (const [name, value] of Object.entries({ maxAgeSeconds: maxAgeSeconds ?? 0, now: nowMs })) {
    if (!Number.isFinite(value) || value < 0) throw invalid(OPERATION, name, NON_NEGATIVE);
  }
  if (isInOtherUnit(nowMs)) throw invalid(OPERATION, "now", EPOCH_MILLISECONDS);
  if (documentId !== undefined && typeof documentId !== "string") {
    throw invalid(OPERATION, "documentId", STRING);
  }
  return { documentId, maxAgeSeconds, nowMs };
};

const readKeys = (keys: ReceiptKeySet | ReceiptJwk): readonly ReceiptJwk[] => {
  const list: unknown = ownMembers<ReceiptKeySet>(keys).keys ?? [keys];
  if (!Array.isArray(list) || !list.every(isPlainObject)) {
    throw invalid(OPERATION, "keys", JWK_SET);
  }
  const own = list.map((key) => ownMembers<ReceiptJwk>(key));
  if (own.some(({ d }) => d !== undefined)) throw invalid(OPERATION, "keys", JWK_WITHOUT_D);
  return own;
};

/** A receipt in compact form, parsed and not yet verified. */
interface Parsed {
  readonly kid: string;
  readonly content: Record<string, unknown>;
  readonly signedBytes: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

const parse = (jws: unknown): Parsed => {
  if (typeof jws !== "string") throw receiptError(OPERATION, "malformed");
  if (jws.length > MAX_CHARACTERS) throw receiptError(OPERATION, "too_large");
  const parts = jws.split(".");
  const [head, payload] = parts;
  const header = decode(head);
  const content = decode(payload);
  const signature = fromBase64Url(parts[2]);
  if (parts.length !== 3 || !header || !content || !signature) throw receiptError(OPERATION, "malformed");
  const { alg, kid, typ, ...others } = header;
  if (alg !== HEADER_ALGORITHM) throw receiptError(OPERATION, "unsupported_algorithm");
  if (typ !== HEADER_TYPE || typeof kid !== "string" || Object.keys(others).length > 0) {
    throw receiptError(OPERATION, "bad_header");
  }
  return { kid, content, signature, signedBytes: new TextEncoder().encode(`${head}.${payload}`) };
};

const findKey = async (keys: readonly ReceiptJwk[], kid: string): Promise<Uint8Array<ArrayBuffer>> => {
  const usable = keys.flatMap((jwk) => {
    const bytes = publicBytes(jwk);
    return bytes ? [{ jwk, bytes }] : [];
  });
  const named = await Promise.all(
    usable.map(async ({ jwk, bytes }) => ({ bytes, name: await nameOf(OPERATION, jwk) })),
  );
  const [match, ...others] = named.filter(({ name }) => name === kid);
  if (!match || others.length > 0) throw receiptError(OPERATION, "unknown_key");
  return match.bytes;
};

const matches = async (
  publicKey: Uint8Array<ArrayBuffer>,
  { signature, signedBytes }: Parsed,
): Promise<boolean> => {
  try {
    const key = await importPublic(OPERATION, publicKey);
    return await crypto.subtle.verify(ALGORITHM, key, signature, signedBytes);
  } catch (thrown) {
    if (thrown instanceof ReceiptError) throw thrown;
    // The key is not a point of the curve: it has signed nothing.
    return false;
  }
};

/**
 * Verifies a signed receipt. Anything unusual is refused: another algorithm, another type, a header with more members
 * than `alg`, `kid` and `typ` (`crit` among them), a key that is not published or whose order is small, bytes that are not
 * written as {@link signReceipt} writes them, checks that contradict the verdict.
 *
 * It says that the holder of the key got this result at `checked_at`. Whether the credential is valid today is another
 * question: verify it again.
 *
 * @param jws - The receipt in compact form.
 * @param keys - The verifier's public keys: a set, or the only one. From a source that you trust: whoever chooses the keys
 * chooses what is accepted.
 * @param options - The credential it has to be about, and its maximum age.
 * @returns The receipt, which may say `not_verified`, and the name of the key.
 * @throws {@link ReceiptError} for a receipt that is not accepted, {@link ValidationError} for wrong keys and options.
 * @example
 * ```ts
 * const { receipt } = await verifyReceipt(jws, keys, { documentId: document_id });
 * ```
 * @category Receipts
 */
export const verifyReceipt = async (
  jws: string,
  keys: ReceiptKeySet | ReceiptJwk,
  options?: VerifyReceiptOptions,
): Promise<VerifiedReceipt> => {
  const { documentId, maxAgeSeconds, nowMs } = readOptions(options);
  const list = readKeys(keys);
  const parsed = parse(jws);
  const publicKey = await findKey(list, parsed.kid);
  if (!(await matches(publicKey, parsed))) throw receiptError(OPERATION, "bad_signature");

  const receipt = signedContent(parsed.content) as SignedReceipt | undefined;
  if (!receipt) throw receiptError(OPERATION, "bad_payload");
  if (documentId !== undefined && receipt.subject.id !== documentId) {
    throw receiptError(OPERATION, "other_credential");
  }
  if (maxAgeSeconds !== undefined) {
    const ageSeconds = (nowMs - Date.parse(receipt.checked_at)) / 1000;
    if (ageSeconds > maxAgeSeconds) throw receiptError(OPERATION, "too_old");
    if (ageSeconds < -maxAgeSeconds) throw receiptError(OPERATION, "too_new");
  }
  return { receipt, kid: parsed.kid };
};
