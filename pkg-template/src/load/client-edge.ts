/** The wasm as an imported module. Edge functions need `?module`, without which the import would be an instance. */
import wasm from "./hyperstack_credentials_bg.wasm?module";

export const load = (): unknown => wasm;
