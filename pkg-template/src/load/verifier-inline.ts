/** The wasm as text inside the script: works in every bundler and runtime that may compile bytes. */
import text from "#verifier-wasm";
import { fromBase64 } from "./base64.js";

export const load = (): unknown => fromBase64(text);
