/** Lazy loading of the wasm core, and the crossing of results and errors from it. */
import * as glue from "#glue";
import { load } from "#load";
import { type ErrorFields, InternalError, type Issue, invalid, toError } from "./errors.js";

type Core = typeof glue;

let source: unknown;
// The promise is the memo, so that calls made meanwhile share one instance; a failure clears it for the next try.
let started: Promise<Core> | undefined;

const start = async (): Promise<Core> => {
  try {
    await glue.default({ module_or_path: await (source ?? load()) });
    return glue;
  } catch (thrown) {
    started = undefined;
    // A source that failed once may fail for ever (a response is read once): the next call takes the entry's own.
    source = undefined;
    throw new InternalError({
      name: "InternalError",
      code: "wasm_unavailable",
      message: `init: the WebAssembly core could not be loaded (${thrown instanceof Error ? thrown.message : "unknown"})`,
      operation: "init",
      retryable: true,
      attempts: 0,
    });
  }
};

/** The core, loaded at the first call. */
export const core = (): Promise<Core> => {
  started ??= start();
  return started;
};

/** Takes `wasm` as the source instead of the entry's own; `false` where another one is in use already. */
export const provide = (wasm: unknown): boolean => {
  if (wasm === source) return true;
  if (started) return false;
  source = wasm;
  return true;
};

/** The values of a crossing, or what it throws. */
export const settle = (crossing: glue.Crossing, signal?: AbortSignal): unknown[] => {
  switch (crossing[0]) {
    case 0:
      return crossing.slice(1);
    case 1:
      throw toError(crossing[1] as ErrorFields);
    default:
      throw signal?.reason;
  }
};

/** JSON text of options. What JSON cannot hold (a cycle, a BigInt) is a `ValidationError`. */
export const encode = (operation: string, value: unknown, replacer?: Replacer): string | undefined => {
  try {
    return JSON.stringify(value, replacer);
  } catch {
    throw invalid(operation, "", "json", "must be JSON: no cycles, no BigInt");
  }
};

type Replacer = (key: string, member: unknown) => unknown;

/**
 * JSON text of a request. A `ValidationError` also where `JSON.stringify` would quietly write `null` or nothing in place
 * of what JSON cannot hold: `{ expiry: NaN }` must not become `{ expiry: null }`, which erases the expiry.
 */
export const encodeRequest = (operation: string, value: unknown): string | undefined => {
  const issues: Issue[] = [];
  const text = encode(operation, value, (path, member) => {
    if (typeof member === "number" && !Number.isFinite(member)) {
      issues.push({ path, rule: "number", message: "must be a finite number" });
    } else if (typeof member === "function" || typeof member === "symbol") {
      issues.push({ path, rule: "json", message: "must be JSON: no functions, no symbols" });
    }
    return member;
  });
  const [first] = issues;
  if (first) {
    const error = invalid(operation, first.path, first.rule, first.message);
    error.issues.push(...issues.slice(1));
    throw error;
  }
  return text;
};

/** The fields that are set, so that an explicit `undefined` does not hide a default. */
export const defined = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
