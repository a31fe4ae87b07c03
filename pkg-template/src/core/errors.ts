/** The errors that the loader creates. Those of calls come from the wasm. */
import type { Failure } from "../failures.js";

export const ALREADY_LOADED: Failure = { name: "HyperstackError", code: "already_loaded" };
export const CORE_FAILED: Failure = { name: "InternalError", code: "core_failed" };
export const LOADING_TIMEOUT: Failure = { name: "TimeoutError", code: "timeout" };
export const WASM_UNAVAILABLE: Failure = { name: "InternalError", code: "wasm_unavailable" };
