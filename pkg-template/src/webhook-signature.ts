/** Signatures of deliveries by Standard Webhooks (standardwebhooks.com). */
import { invalid } from "./errors.js";
import { MIN_ITEMS, SECRET } from "./rules.js";
import { OPERATION, webhookError } from "./webhook-error.js";

/** Maximum of signatures that are checked. Each costs a hash of the body, and a stranger writes the list. */
const MAX_SIGNATURES = 16;

/** A key, and the version of the signatures made with it. */
interface VersionedKey {
  readonly version: "v1" | "v1a";
  readonly key: CryptoKey;
}

/** The headers and the body that a signature covers. */
interface SignedDelivery {
  readonly header: (name: string) => string | null;
  readonly body: Uint8Array;
}

/** When a signed delivery is judged. */
interface Tolerance {
  readonly nowMs: number;
  readonly toleranceSeconds: number;
}

const fromBinary = (binary: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(binary, (character) => character.charCodeAt(0));

const importKey = async (secret: string): Promise<VersionedKey> => {
  try {
    const isPublic = secret.startsWith("whpk_");
    const raw = fromBinary(atob(secret.replace(/^(whsec|whpk)_/, "")));
    // Everyone can sign with an empty key. Not every runtime refuses one.
    if (raw.length === 0) throw new TypeError("empty key");
    const algorithm = isPublic ? { name: "Ed25519" } : { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
    return { version: isPublic ? "v1a" : "v1", key };
  } catch {
    throw invalid(OPERATION, "secret", SECRET);
  }
};

/**
 * Imports the keys of one or several secrets.
 *
 * @throws ValidationError for a secret that is missing or malformed, and for none.
 */
export const importKeys = async (secret: string | readonly string[] | undefined): Promise<VersionedKey[]> => {
  const secrets = [secret ?? ""].flat();
  if (secrets.length === 0) throw invalid(OPERATION, "secret", MIN_ITEMS);
  return Promise.all(secrets.map((one) => importKey(one)));
};

/** Returns whether a signature matches. The runtime compares in constant time. */
const matches = async (key: CryptoKey, signature: string, content: BufferSource): Promise<boolean> => {
  try {
    const binary = atob(signature);
    // `atob` ignores white space and stray bits: one signature could be written in several ways.
    if (btoa(binary) !== signature) return false;
    return await crypto.subtle.verify(key.algorithm.name, key, fromBinary(binary), content);
  } catch {
    return false;
  }
};

/** Returns id and time of a delivery that one of the keys signed. */
export const verifySignature = async (
  { header, body }: SignedDelivery,
  keys: readonly VersionedKey[],
  { nowMs, toleranceSeconds }: Tolerance,
): Promise<{ id: string; timestamp: Date }> => {
  const id = header("webhook-id");
  const sentAt = header("webhook-timestamp");
  const listed = header("webhook-signature");
  if (!id || !sentAt || !listed) throw webhookError("signature_missing");
  if (!/^\d{1,12}$/.test(sentAt)) throw webhookError("bad_timestamp");
  const seconds = Number(sentAt);
  const ageSeconds = Math.floor(nowMs / 1000) - seconds;
  if (ageSeconds > toleranceSeconds) throw webhookError("timestamp_too_old");
  if (ageSeconds < -toleranceSeconds) throw webhookError("timestamp_too_new");

  const head = new TextEncoder().encode(`${id}.${sentAt}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  const signatures = listed.split(" ").map((entry) => entry.split(","));
  for (const { version, key } of keys) {
    const candidates = signatures.filter(([itsVersion]) => itsVersion === version).slice(0, MAX_SIGNATURES);
    for (const [, signature = ""] of candidates) {
      if (await matches(key, signature, content)) return { id, timestamp: new Date(seconds * 1000) };
    }
  }
  throw webhookError("bad_signature");
};
