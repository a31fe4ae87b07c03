/** The wasm as text inside the script: works in every bundler and runtime that may compile bytes. */
import text from "#wasm";

/**
 * Each character is a byte below 90, or one of the next 90 after a blank, or of the next after a "!". Where a quoted text
 * wants no backslash and a page no "<", "}" and "~" stand for them. Brotli finds in this what it finds in the module,
 * which base64 hides from it (docs/decisions/0009-package.md).
 */
const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let page = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 35) {
      page = (code - 31) * 90;
    } else {
      bytes[length] = page + (code > 124 ? code * 32 - 3940 : code) - 35;
      length += 1;
      page = 0;
    }
  }
  return bytes.subarray(0, length);
};

export const load = (): unknown => bytesOf(text);
