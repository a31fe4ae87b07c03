/** Base64url without padding (RFC 4648), in its one canonical spelling. */

export const toBase64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

/** Returns the bytes, or `undefined` if the text is not exactly how they are written. */
export const fromBase64Url = (text: unknown): Uint8Array<ArrayBuffer> | undefined => {
  if (typeof text !== "string" || !/^[\w-]+$/.test(text)) return undefined;
  try {
    const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    // `atob` ignores stray bits: one signature could be written in several ways.
    return toBase64Url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
};
