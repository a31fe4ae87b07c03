/** The wasm as an imported module, as edge functions want it marked: without the mark it would be an instance. */
import wasm from "./hyperstack_credentials_bg.wasm?module";

export const load = (): unknown => wasm;
