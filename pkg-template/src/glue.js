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
  /** Whose memory is used. It is freed as a whole: src/standalone.rs. */
  let arena;
  const enter = (next) => {
    arena = wasm.enter(next);
    return arena;
  };
  /** Gives a text or bytes to the core: place and length, no place for `undefined`. */
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
        return give(encoder.encode(value));
      }
      place[index] = code;
    }
    return [start, length];
  };
  const read = (start, length) => decoder.decode(at(start, length));
  /** Does something that leaves nothing in the core. */
  const alone = (work) => {
    const own = enter(0);
    const text = read(...work());
    wasm.leave(own);
    return text;
  };
  /** A function from text to text, as the core calls it. */
  const passing = (work) => (to, start, length) => {
    const own = arena;
    const text = work(read(start, length));
    // What the page has put in the place of a function of JavaScript's may have made a call of ours.
    enter(own);
    const given = give(text);
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
      const own = enter(0);
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
        // What comes in is not kept longer than the step: a body may be large, and another may follow.
        step: (event, body, nowMs, random, quota) =>
          alone(() => {
            const given = [...give(event), ...give(body)];
            enter(own);
            return wasm.session_step(session, ...given, nowMs, random, quota);
          }),
        get quota() {
          return wasm.session_quota(session);
        },
        // Nobody else would: a finalizer would go into instances that have died.
        free: () => wasm.leave(own),
      };
    },
    parse: (text, options) => alone(() => wasm.parse(...give(text), ...give(options))),
    flaw: (text) => alone(() => wasm.flaw(...give(text))),
  };
};
