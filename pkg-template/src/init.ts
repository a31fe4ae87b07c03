/** `init`: loading ahead of the first call, or from a source of one's own. */
import { core, provide } from "./core.js";
import { failure } from "./errors.js";

/**
 * Loads the WebAssembly now instead of at the first call. Not needed.
 *
 * @param wasm - Where it comes from instead of the entry's own copy: a compiled `WebAssembly.Module`, bytes, a
 * `Response`, or a promise of one of them.
 * @throws {@link HyperstackError} `already_loaded` for a second, different source; {@link InternalError}
 * `wasm_unavailable` where it cannot be loaded: the next call tries the entry's own copy.
 * @category Client
 */
export const init = async (wasm?: unknown): Promise<void> => {
  if (wasm !== undefined && !provide(wasm)) {
    const text = "the WebAssembly core is loaded already, from another source";
    throw failure("HyperstackError", "already_loaded", "init", text);
  }
  await core();
};
