/** The wasm as a file beside the script: for caching, and for the smallest download. */
import { verifierIntegrity } from "#integrity";

// A cache or an unfinished deployment must not combine this script with the wasm of another build.
export const load = (): unknown =>
  fetch(new URL("./hyperstack_verifier_bg.wasm", import.meta.url), { integrity: verifierIntegrity });
