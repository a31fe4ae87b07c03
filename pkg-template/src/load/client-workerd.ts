/** The wasm as an imported module: Workers and edge runtimes forbid compiling bytes. */
import wasm from "./hyperstack_credentials_bg.wasm";

export const load = (): unknown => wasm;
