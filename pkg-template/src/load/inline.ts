/** The wasm as bytes inside the script: works in every bundler and runtime that may compile bytes. */
import bytes from "#wasm";

export const load = (): unknown => bytes;
