/** The wasm as a file beside the script: for caching, and for the smallest download. */
import { wasmIntegrity } from "#integrity";

// A cache or an unfinished deployment must not combine this script with the wasm of another build.
export const load = (): unknown =>
  fetch(new URL("./hyperstack_credentials_bg.wasm", import.meta.url), { integrity: wasmIntegrity });
