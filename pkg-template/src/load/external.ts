/** The wasm as a file beside the script: for caching, and where every byte of script counts. */
export const load = (): unknown => fetch(new URL("./hyperstack_credentials_bg.wasm", import.meta.url));
