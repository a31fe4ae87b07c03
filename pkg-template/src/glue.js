/**
 * What stands between the facade and one instance of the core, in place of wasm-bindgen's own glue. The build checks that
 * values cross as they do here, puts in the imports, and shortens the names of the exports (xtask/src/glue.rs).
 */
const encoder = new TextEncoder();
// A byte order mark that the core writes is a character.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const createGlue = async (foldName, instantiate) => {
  /** The core's memory. Where it has grown, what was looked at before has no bytes any more. */
  let memory = new Uint8Array();
  const at = (start, length) => {
    if (memory.length === 0) memory = new Uint8Array(wasm.memory.buffer);
    return memory.subarray(start >>> 0, (start >>> 0) + length);
  };
  /** Whose memory is used. It is freed as a whole: src/standalone.rs. */
  let arena;
  const enter = (next) => {
    arena = wasm.enter(next);
    return arena;
  };
  /** The length of what was given last: lists of both would be made for every text. */
  let size;
  /** Gives a text or bytes to the core: tells the place, which is none for `undefined`. */
  const give = (value) => {
    size = 0;
    if (value === undefined) return 0;
    size = value.length;
    const start = wasm.__wbindgen_malloc(size, 1);
    const place = at(start, size);
    if (typeof value !== "string") {
      place.set(value);
      return start;
    }
    // Most texts are short and ASCII, and then this is faster than the encoder.
    for (let index = 0; index < size; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 127) return give(encoder.encode(value));
      place[index] = code;
    }
    return start;
  };
  const read = (start, length) => decoder.decode(at(start, length));
  /** A function from text to text, as the core calls it. */
  const passing = (work) => (to, start, length) => {
    const own = arena;
    const text = work(read(start, length));
    // What the page has put in the place of a function of JavaScript's may have made a call of ours.
    enter(own);
    const given = [give(text), size];
    new Uint32Array(wasm.memory.buffer, to >>> 0, 2).set(given);
  };
  const refuse = () => {
    throw new Error();
  };
  const nothing = () => {};
  const wasm = await instantiate({ IMPORTS });
  wasm.__wbindgen_start();
  return {
    begin(observed, asked, argument) {
      const own = enter(0);
      const session = wasm.begin(observed, give(asked), size, give(argument), size);
      return {
        // What comes in is not kept longer than the step: a body may be large, and another may follow.
        step(event, body, nowMs, random, quota) {
          const passed = enter(0);
          const place = give(event);
          const length = size;
          const bodyPlace = give(body);
          enter(own);
          const given = wasm.step(session, place, length, bodyPlace, size, nowMs, random, quota);
          const text = read(given[0], given[1]);
          wasm.leave(passed);
          return text;
        },
        get quota() {
          return wasm.quota(session);
        },
        // Nobody else would: a finalizer would go into instances that have died.
        free: () => wasm.leave(own),
      };
    },
  };
};
