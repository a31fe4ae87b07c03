/** The wasm core: loading it lazily, and going on with a fresh instance when one has died. */
import { type Crossing, createGlue, type Glue } from "#glue";
import { load } from "#load";
import type { Call } from "./call.js";
import { type ErrorFields, InternalError, type Issue, invalid, toError } from "./errors.js";

/** One instance of the core, and the calls that run in it. */
interface Core extends Glue {
  /** It must not be entered any more. */
  dead: boolean;
  readonly calls: Map<Pick<Call, "operation" | "sent" | "abandon">, (error: InternalError) => void>;
}

let source: unknown;
/** Kept, so that a fresh instance costs no second download. */
let compiled: WebAssembly.Module | undefined;
// The promise is the memo, so that calls made meanwhile share one instance; a failure clears it for the next try.
let started: Promise<Core> | undefined;

/** The exports of a dead instance give this: a null pointer, and a pair without an error. */
const NOTHING = [0, 0, 0];

/**
 * The exports, watched. Whatever is thrown out of one (a trap, a full stack, an exception of JavaScript that went
 * through) leaves the instance in a state that nobody knows, so it is never entered again: timers and promises that
 * still hold functions of it find nothing there.
 */
const watched = (exports: WebAssembly.Exports, died: (thrown: unknown) => void): WebAssembly.Exports => {
  let depth = 0;
  let dead = false;
  const watch =
    (entry: (...all: unknown[]) => unknown) =>
    (...all: unknown[]): unknown => {
      if (!dead) {
        depth += 1;
        try {
          return entry(...all);
        } catch (thrown) {
          if (!dead) {
            dead = true;
            died(thrown);
          }
        } finally {
          depth -= 1;
        }
      }
      // Rust that waits further up for this answer must not go on with a wrong one.
      if (depth > 0) throw new Error("dead");
      return NOTHING;
    };
  const members = Object.entries(exports).map(([name, member]) => [
    name,
    typeof member === "function" ? watch(member as (...all: unknown[]) => unknown) : member,
  ]);
  return Object.fromEntries(members);
};

const instantiate = async (
  from: unknown,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
  let bytes = from;
  if (typeof Response === "function" && from instanceof Response) {
    if (!from.ok) throw new Error(`status ${from.status}`);
    // A server that calls it something else costs only the streaming.
    if (from.headers.get("content-type") === "application/wasm" && WebAssembly.instantiateStreaming) {
      return WebAssembly.instantiateStreaming(from, imports);
    }
    bytes = await from.arrayBuffer();
  }
  const made: unknown = await WebAssembly.instantiate(bytes as BufferSource, imports);
  return made instanceof WebAssembly.Instance
    ? { instance: made, module: bytes as WebAssembly.Module }
    : (made as WebAssembly.WebAssemblyInstantiatedSource);
};

const internal = (fields: Partial<ErrorFields> & Pick<ErrorFields, "code" | "message" | "operation">) =>
  new InternalError({ name: "InternalError", retryable: true, attempts: 0, ...fields });

/** The errors of the calls that were under way when their instance died. */
const lost = ({ operation, sent }: Pick<Call, "operation" | "sent">, thrown: unknown): InternalError => {
  // What the engine says of a trap is harmless; an exception of somebody else's may hold anything.
  const cause = thrown instanceof WebAssembly.RuntimeError ? thrown.message : undefined;
  const effect = sent > 0 ? "; the request may have taken effect" : "";
  return internal({
    code: "core_failed",
    message: `${operation}: the WebAssembly core failed, the next call gets a fresh one${effect}`,
    operation,
    retryable: sent === 0,
    attempts: sent,
    ...(cause !== undefined && { cause: { name: "RuntimeError", message: cause } }),
  });
};

const start = async (): Promise<Core> => {
  try {
    const glue = createGlue();
    const core: Core = { ...glue, dead: false, calls: new Map() };
    const { instance, module } = await instantiate(await (compiled ?? source ?? load()), glue.imports);
    glue.attach(
      watched(instance.exports, (thrown) => {
        core.dead = true;
        started = undefined;
        for (const [call, reject] of core.calls) {
          call.abandon();
          reject(lost(call, thrown));
        }
      }),
    );
    compiled = module;
    return core;
  } catch (thrown) {
    started = undefined;
    // A source that failed once may fail for ever (a response is read once): the next call takes the entry's own.
    source = undefined;
    throw internal({
      code: "wasm_unavailable",
      message: `init: the WebAssembly core could not be loaded (${thrown instanceof Error ? thrown.message : "unknown"})`,
      operation: "init",
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
  if (started || compiled) return false;
  source = wasm;
  return true;
};

/** Runs `work` in the core as the call it is; rejects where the instance dies meanwhile. */
const within = async <T>(
  call: Pick<Call, "operation" | "sent" | "abandon">,
  work: (core: Core) => T | Promise<T>,
): Promise<T> => {
  let instance = await core();
  // It can have died since it was asked for, and whoever enters it then waits for ever.
  while (instance.dead) instance = await core();
  try {
    return await new Promise((resolve, reject) => {
      instance.calls.set(call, reject);
      // Not `resolve(work(…))`: a promise that has taken another one's part cannot be rejected any more.
      Promise.resolve(work(instance)).then(resolve, reject);
    });
  } finally {
    instance.calls.delete(call);
  }
};

/** Makes a call: an operation, `verify` or `ask`. Gives the values of its crossing. */
export const run = async (
  call: Call,
  signal: AbortSignal | undefined,
  verb: string,
  subject: unknown,
  argument: string | undefined,
  options: string,
  settings: string,
): Promise<unknown[]> => {
  const crossing = await within(call, (core) => core.run(verb, subject, argument, options, settings, call));
  return settle(crossing, signal);
};

/** What waits for nothing in the core, and so holds nothing. */
const passing = (operation: string) => ({ operation, sent: 0, abandon: () => {} });

/** Reads a link. Gives the values of its crossing. */
export const parse = async (text: unknown, options: string): Promise<unknown[]> =>
  settle(await within(passing("parseCredentialUrl"), (core) => core.parse(text, options)));

/** The rule that a text breaks as JSON, if any. */
export const flaw = (operation: string, text: string): Promise<string | undefined> =>
  within(passing(operation), (core) => core.flaw(text));

/** The values of a crossing, or what it throws. */
const settle = (crossing: Crossing, signal?: AbortSignal): unknown[] => {
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
