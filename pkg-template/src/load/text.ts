/** The number of bytes that a character encodes without a prefix: 0 to 89. */
const BASE = 90;
/** The code of the prefix of the bytes from 90 to 179, a space. Bytes from 180 on have "!" (33). */
const FIRST_PREFIX = 32;
/** The code of the character that encodes the first byte of each range, "#". Smaller codes are prefixes. */
const FIRST_CODE = 35;
/** "}", which replaces "<". */
const BRACE = 125;
const LESS_THAN = 60;
/** "~", which replaces the backslash. */
const TILDE = 126;
const BACKSLASH = 92;

/** Returns the code that `as_text` replaced; any other code is returned as it is. */
const restored = (code: number): number => {
  if (code === TILDE) return BACKSLASH;
  return code === BRACE ? LESS_THAN : code;
};

/**
 * Decodes a module that a script holds as text, encoded by `as_text` in xtask/src/wasm.rs: each character is a byte below
 * 90, or one of the next 90 after a space, or one of the rest after a "!". "}" and "~" replace "<" and the backslash.
 */
export const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let offset = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < FIRST_CODE) {
      offset = (code - FIRST_PREFIX + 1) * BASE;
    } else {
      bytes[length] = offset + restored(code) - FIRST_CODE;
      length += 1;
      offset = 0;
    }
  }
  return bytes.subarray(0, length);
};
