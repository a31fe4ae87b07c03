/** The wasm as a file beside the script: for caching, and where every byte of script counts. */
import { verifierIntegrity } from "#integrity";

// The wasm of another build, out of a cache or a half-done deployment, must not meet this script.
export const load = (): unknown =>
  fetch(new URL("./hyperstack_verifier_bg.wasm", import.meta.url), { integrity: verifierIntegrity });
