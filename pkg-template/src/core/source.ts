/** Compiles a core's module from its source, and creates the error if that fails. */
import { failure, type HyperstackError, isHyperstackError } from "../errors.js";
import { WASM_UNAVAILABLE } from "./errors.js";

/** What a module and its glue need of the runtime. */
const NEEDED = ["WebAssembly", "TextDecoder", "TextEncoder", "AbortController"];

/** The first thing of the platform that is missing. */
export const missing = (): string | undefined =>
  NEEDED.find((name) => typeof (globalThis as Record<string, unknown>)[name] === "undefined");

/** Whether `source` is a compiled module, of this realm or another. */
export const isModule = (source: unknown): boolean =>
  Object.prototype.toString.call(source) === "[object WebAssembly.Module]";

/** Compiles bytes, a `Response`, a compiled module, or a promise of one of them. */
export const compile = async (source: unknown): Promise<WebAssembly.Module> => {
  const from: unknown = await source;
  if (isModule(from)) return from as WebAssembly.Module;
  if (typeof Response === "function" && from instanceof Response) {
    if (!from.ok) throw new Error(`status ${from.status}`);
    // Another content type only costs the streaming.
    if (from.headers.get("content-type") === "application/wasm" && WebAssembly.compileStreaming) {
      return WebAssembly.compileStreaming(from);
    }
    return WebAssembly.compile(await from.arrayBuffer());
  }
  return WebAssembly.compile(from as BufferSource);
};

/** What engines say where compiling is forbidden. */
const FORBIDDEN = /unsafe-eval|wasm-eval|content security policy|\bCSP\b|disallowed by embedder/i;

/** The error of a core that cannot be loaded. */
export const unavailable = (thrown: unknown): HyperstackError => {
  if (isHyperstackError(thrown)) return thrown;
  let reason = thrown instanceof Error ? thrown.message : "unknown";
  let retryable = true;
  const lacking = missing();
  if (lacking) {
    reason = `this runtime has no ${lacking}`;
    retryable = false;
  } else if (FORBIDDEN.test(reason)) {
    reason = "compiling is not allowed here; in a page, add 'wasm-unsafe-eval' to the CSP's script-src";
    retryable = false;
  }
  const text = `the WebAssembly core could not be loaded (${reason})`;
  return failure(WASM_UNAVAILABLE, "init", text, { retryable });
};
