/**
 * What stands between the facade and one instance of the core, in place of wasm-bindgen's own glue. The build checks that
 * values cross as they do here, puts in the imports, and shortens the names of the exports (xtask/src/glue.rs).
 */
const encoder = new TextEncoder();
// A byte order mark that the core writes is a character.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const createGlue = ({ foldName }) => {
  let wasm;
  const at = (start, length) => new Uint8Array(wasm.memory.buffer, start >>> 0, length);
  /** Gives a text or bytes away to the core, which frees them: place and length, no place for `undefined`. */
  const give = (value) => {
    if (value === undefined) return [0, 0];
    const { length } = value;
    const start = wasm.__wbindgen_malloc(length, 1);
    const place = at(start, length);
    if (typeof value !== "string") {
      place.set(value);
      return [start, length];
    }
    // Most texts are short and ASCII, and then this is faster than the encoder.
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 127) {
        wasm.__wbindgen_free(start, length, 1);
        return give(encoder.encode(value));
      }
      place[index] = code;
    }
    return [start, length];
  };
  const read = (start, length) => decoder.decode(at(start, length));
  /** Takes a text that the core gives away. */
  const take = ([start, length]) => {
    const text = read(start, length);
    wasm.__wbindgen_free(start, length, 1);
    return text;
  };
  /** A function from text to text, as the core calls it. */
  const passing = (work) => (to, start, length) => {
    const given = give(work(read(start, length)));
    new Uint32Array(wasm.memory.buffer, to >>> 0, 2).set(given);
  };
  const refuse = () => {
    throw new Error();
  };
  const nothing = () => {};
  return {
    imports: { IMPORTS },
    attach(exports) {
      wasm = exports;
      wasm.__wbindgen_start();
    },
    begin(observed, verb, subject, argument, options, settings, token) {
      const session = wasm.begin(
        observed,
        ...give(verb),
        ...give(subject),
        ...give(argument),
        ...give(options),
        ...give(settings),
        ...give(token),
      );
      return {
        step: (event, body, nowMs, random, quota) =>
          take(wasm.session_step(session, ...give(event), ...give(body), nowMs, random, quota)),
        get quota() {
          return wasm.session_quota(session);
        },
        // Nobody else would: a finalizer would go into instances that have died.
        free: () => wasm.__wbg_session_free(session, 0),
      };
    },
    parse: (text, options) => take(wasm.parse(...give(text), ...give(options))),
    flaw: (text) => take(wasm.flaw(...give(text))),
  };
};
