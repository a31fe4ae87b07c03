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
    if (code < 35) {
      offset = (code - 31) * 90;
    } else {
      // "}" is 125 and "~" 126; what they replace is 60 and 92.
      bytes[length] = offset + (code > 124 ? code * 32 - 3940 : code) - 35;
      length += 1;
      offset = 0;
    }
  }
  return bytes.subarray(0, length);
};
