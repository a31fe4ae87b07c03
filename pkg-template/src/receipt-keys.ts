/** Keys of receipts: Ed25519 keys as JSON Web Keys (RFC 8037). */
import { fromBase64Url, toBase64Url } from "./base64url.js";
import { invalid } from "./errors.js";
import { ownMembers } from "./options.js";
import { ReceiptError, receiptError } from "./receipt-error.js";
import { JWK_PRIVATE, JWK_PUBLIC, JWK_UNIQUE } from "./rules.js";

/**
 * What signs receipts: the result of {@link importReceiptKey}, or any private Ed25519 `CryptoKey` and the name of its
 * public half.
 *
 * @category Receipts
 */
export interface ReceiptSigner {
  /** A private Ed25519 `CryptoKey` with the usage `sign`, by the runtime's own types. It need not be extractable. */
  key: Awaited<ReturnType<typeof crypto.subtle.importKey>>;
  /** The name of the public key in the published set. */
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
  /** The name of the key. Default: its thumbprint (RFC 7638). */
  kid?: string | undefined;
  /** If it is given, `sig`. */
  use?: string | undefined;
  /** If it is given, `EdDSA` or `Ed25519`. */
  alg?: string | undefined;
}

/**
 * A public key in a set of {@link receiptKeySet}.
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
  /** The name of the key. */
  kid: string;
  /** The use of the key. */
  use: "sig";
  /** The algorithm in the header of what it signed. */
  alg: "EdDSA";
}

/** @internal */
export const ALGORITHM = "Ed25519";
const KEY_BYTES = 32;

/**
 * The y coordinates of the eight points whose order is at most 8, little-endian. With such a key anyone can write
 * "signatures" that match: implementations of WebCrypto differ in whether they refuse it.
 */
const SMALL_ORDER: readonly string[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
/** A y coordinate that is not below the prime 2²⁵⁵ − 19: a second spelling of another one. */
const NOT_REDUCED = /^(?:e[d-f]|f[\da-f])(?:ff){30}7f$/;

/** Whether the bytes are the only spelling of a point, and its order is not small. */
const isSafePoint = (bytes: Uint8Array): boolean => {
  // The highest bit is the sign of x.
  const y = bytes.map((byte, index) => (index === KEY_BYTES - 1 ? byte & 0x7f : byte));
  const hex = Array.from(y, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return !SMALL_ORDER.includes(hex) && !NOT_REDUCED.test(hex);
};

/**
 * Runs an operation of WebCrypto that a runtime may lack. Its errors may quote a key, so they are not passed on.
 *
 * @internal
 */
export const withCrypto = async <T>(
  operation: string,
  work: (subtle: SubtleCrypto) => Promise<T>,
): Promise<T> => {
  const { subtle } = (globalThis.crypto ?? {}) as Partial<Crypto>;
  if (!subtle) throw receiptError(operation, "ed25519_unavailable");
  try {
    return await work(subtle);
  } catch (thrown) {
    if ((thrown as Error | undefined)?.name === "NotSupportedError") {
      throw receiptError(operation, "ed25519_unavailable");
    }
    throw thrown;
  }
};

/**
 * Returns the public half of a JWK for signatures; `undefined` for any other key.
 *
 * @internal
 */
export const publicBytes = (jwk: ReceiptJwk | null | undefined): Uint8Array<ArrayBuffer> | undefined => {
  const { kty, crv, x, use = "sig", alg = "EdDSA", kid = "kid" } = ownMembers<ReceiptJwk>(jwk);
  const fits = kty === "OKP" && crv === ALGORITHM && use === "sig" && (alg === "EdDSA" || alg === ALGORITHM);
  if (!fits || typeof kid !== "string" || kid === "") return undefined;
  const bytes = fromBase64Url(x);
  return bytes?.length === KEY_BYTES && isSafePoint(bytes) ? bytes : undefined;
};

/**
 * Returns the name of a key: its `kid`, else its thumbprint (RFC 7638).
 *
 * @internal
 */
export const nameOf = async (operation: string, jwk: ReceiptJwk): Promise<string> => {
  const { kid, crv, kty, x } = ownMembers<ReceiptJwk>(jwk);
  if (kid !== undefined) return kid;
  const text = new TextEncoder().encode(JSON.stringify({ crv, kty, x }));
  const hash = await withCrypto(operation, (subtle) => subtle.digest("SHA-256", text));
  return toBase64Url(new Uint8Array(hash));
};

/** @internal */
export const importPublic = (operation: string, bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  withCrypto(operation, (subtle) => subtle.importKey("raw", bytes, { name: ALGORITHM }, false, ["verify"]));

/** @internal */
export const isReceiptSigner = (signer: unknown): signer is ReceiptSigner => {
  const { key, kid } = ownMembers<ReceiptSigner>(signer);
  const able = key?.type === "private" && key.algorithm?.name === ALGORITHM && key.usages?.includes("sign");
  return able === true && typeof kid === "string" && kid !== "";
};

/**
 * Imports a private key from its JSON, for {@link signReceipt} and the option `receipts` of {@link createVerifyHandler}.
 *
 * @param jwk - The private JWK, or its JSON text as a secret holds it (an error never quotes it).
 * @throws {@link ValidationError} for anything but a private Ed25519 key whose halves belong together;
 * {@link ReceiptError} `ed25519_unavailable`.
 * @example
 * ```ts
 * const signer = await importReceiptKey(process.env.HYPERSTACK_RECEIPT_KEY ?? "");
 * ```
 * @category Receipts
 */
export const importReceiptKey = async (jwk: ReceiptJwk | string): Promise<ReceiptSigner> => {
  const operation = "importReceiptKey";
  const wrong = () => invalid(operation, "jwk", JWK_PRIVATE);
  let given: ReceiptJwk;
  try {
    given = typeof jwk === "string" ? JSON.parse(jwk) : jwk;
  } catch {
    throw wrong();
  }
  given = ownMembers(given);
  const bytes = publicBytes(given);
  const secret = bytes && fromBase64Url(given.d);
  if (!bytes || secret?.length !== KEY_BYTES) throw wrong();
  const { kty, crv, x, d } = given as { kty: string; crv: string; x: string; d: string };
  let key: CryptoKey;
  let belongTogether: boolean;
  try {
    key = await withCrypto(operation, (subtle) =>
      subtle.importKey("jwk", { kty, crv, x, d }, { name: ALGORITHM }, false, ["sign"]),
    );
    // Otherwise nobody could verify its signatures, and the signer would not notice.
    const signature = await crypto.subtle.sign(ALGORITHM, key, bytes);
    const publicKey = await importPublic(operation, bytes);
    belongTogether = await crypto.subtle.verify(ALGORITHM, publicKey, signature, bytes);
  } catch (thrown) {
    if (thrown instanceof ReceiptError) throw thrown;
    throw wrong();
  }
  if (!belongTogether) throw wrong();
  return { key, kid: await nameOf(operation, given) };
};

/**
 * Returns the public halves of keys, to be published at `/.well-known/jwks.json`. Keep a key in the set as long as
 * receipts that it signed are to be verified; publish a new one before it signs.
 *
 * @param keys - Private or public JWKs. Private halves and other members are not in the set.
 * @throws {@link ValidationError} for anything but an Ed25519 key, and for two of one name.
 * @example
 * ```ts
 * const keys = await receiptKeySet(publicJwk); // serve it as /.well-known/jwks.json
 * ```
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
    keys.map(async (jwk, index): Promise<PublishedReceiptKey> => {
      if (!publicBytes(jwk)) throw invalid(operation, `keys[${index}]`, JWK_PUBLIC);
      const kid = await nameOf(operation, jwk);
      return { kty: "OKP", crv: ALGORITHM, x: jwk.x as string, kid, use: "sig", alg: "EdDSA" };
    }),
  );
  const names = set.map(({ kid }) => kid);
  const duplicate = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (duplicate >= 0) throw invalid(operation, `keys[${duplicate}].kid`, JWK_UNIQUE);
  return { keys: set };
};
