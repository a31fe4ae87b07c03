/** `init`: loads the WebAssembly ahead of the first call, or from another source. */
import { provide } from "./core/loader.js";
import { core } from "./verifier-core.js";

/**
 * Loads the WebAssembly now instead of at the first call. Not needed. In a browser that is the module behind `Verifier`, which
 * is smaller than the one behind `Hyperstack`.
 *
 * @param wasm - Where it comes from instead of the entry's own copy: a compiled `WebAssembly.Module`, bytes, a
 * `Response`, or a promise of one of them. In a browser, either of the package's two modules.
 * @throws {@link HyperstackError} `already_loaded` for a second, different source; {@link InternalError}
 * `wasm_unavailable` where it cannot be loaded: the next call tries the entry's own copy.
 * @example
 * ```ts
 * await init(); // loads the WebAssembly before the first call needs it
 * ```
 * @category Client
 */
export const init = async (wasm?: unknown): Promise<void> => {
  if (wasm === undefined) await core.ready();
  else await provide(wasm);
};
