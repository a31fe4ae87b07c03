/** The wasm as text inside the script: works in every bundler and runtime that may compile bytes. */
import text from "#client-wasm";
import { bytesOf } from "./text.js";

export const load = (): unknown => bytesOf(text);
