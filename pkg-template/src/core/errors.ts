/** The errors that the loader makes itself. Those of calls come from the wasm. */
import { type ErrorFields, failure, type HyperstackError } from "../errors.js";

/** Class and code of an error; `docs/errors.md` lists the codes. */
interface Failure {
  readonly name: string;
  readonly code: string;
}

export const ALREADY_LOADED: Failure = { name: "HyperstackError", code: "already_loaded" };
export const CORE_FAILED: Failure = { name: "InternalError", code: "core_failed" };
export const LOADING_TIMEOUT: Failure = { name: "TimeoutError", code: "timeout" };
export const WASM_UNAVAILABLE: Failure = { name: "InternalError", code: "wasm_unavailable" };

/** Creates an error; `more` is what differs from a final failure that sent nothing. */
export const coreError = (
  { name, code }: Failure,
  operation: string,
  text: string,
  more?: Partial<ErrorFields>,
): HyperstackError => failure(name, code, operation, text, more);
