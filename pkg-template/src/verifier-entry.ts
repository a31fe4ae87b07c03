/** The entry `./verifier`: verification in a browser, without the API client. */
export { type ParseOptions, parseCredentialUrl } from "./credential-url.js";
export {
  ConnectionError,
  HyperstackError,
  InternalError,
  type Issue,
  isHyperstackError,
  TimeoutError,
  ValidationError,
} from "./errors.js";
export { init } from "./init.js";
export type * from "./types.js";
export * from "./verification.js";
export { Verifier, type VerifierOptions } from "./verifier.js";
