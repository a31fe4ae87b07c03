/** The wasm core: loading it lazily, and going on with a fresh instance when one has died. */
import { createGlue, type Glue } from "#glue";
import { load } from "#load";
import { type Call, foldName, halves, NO_BYTES } from "./call.js";
import { type ErrorFields, failure, type HyperstackError, type Issue, invalid, toError } from "./errors.js";

/** One instance of the core, and the calls that have a session in it. */
interface Core extends Glue {
  /** Something was thrown out of it, which leaves it in a state that nobody knows: it is never entered again. */
  dead?: boolean;
  readonly calls: Set<Call>;
}

let source: unknown;
/** Kept, so that a fresh instance costs no second download. */
let compiled: WebAssembly.Module | undefined;
/** What an instance is made of at the moment: `compiled` once it has turned out to be a core. */
let tried: WebAssembly.Module | undefined;
// The promise is the memo, so that calls made meanwhile share one instance; a failure clears it for the next try.
let started: Promise<Core> | undefined;
/** The one that was loaded last, while it lives. */
let loaded: Core | undefined;

/** Makes an instance; gives its exports. */
const instantiate = async (imports: WebAssembly.Imports): Promise<WebAssembly.Exports> => {
  let from: unknown = await (compiled ?? source ?? load());
  let made: WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource | undefined;
  if (typeof Response === "function" && from instanceof Response) {
    if (!from.ok) throw new Error(`status ${from.status}`);
    // A server that calls it something else costs only the streaming.
    if (from.headers.get("content-type") === "application/wasm" && WebAssembly.instantiateStreaming) {
      made = await WebAssembly.instantiateStreaming(from, imports);
    } else from = await from.arrayBuffer();
  }
  made ??= await WebAssembly.instantiate(from as BufferSource, imports);
  // Of bytes it makes both, of a module the instance alone.
  const { instance = made, module = from } = made as Partial<WebAssembly.WebAssemblyInstantiatedSource>;
  tried = module as WebAssembly.Module;
  return (instance as WebAssembly.Instance).exports;
};

/** What goes into the core: a call, or what sends nothing. */
type Entering = Pick<Call, "operation" | "sent">;

/** The error of a call that was under way when its instance died. */
const lost = ({ operation, sent }: Entering, thrown: unknown): HyperstackError => {
  const effect = sent > 0 ? "; the request may have taken effect" : "";
  const text = `the WebAssembly core failed, the next call gets a fresh one${effect}`;
  return failure("InternalError", "core_failed", operation, text, {
    retryable: sent === 0,
    attempts: sent,
    // What the engine says of a trap is harmless; an exception of somebody else's may hold anything.
    cause:
      thrown instanceof WebAssembly.RuntimeError
        ? { name: "RuntimeError", message: thrown.message }
        : undefined,
  });
};

const start = async (): Promise<Core> => {
  try {
    loaded = { ...(await createGlue(foldName, instantiate)), calls: new Set() };
    compiled = tried;
    return loaded;
  } catch (thrown) {
    started = undefined;
    // A source that failed once may fail for ever (a response is read once): the next call takes the entry's own.
    source = undefined;
    const text = `the WebAssembly core could not be loaded (${thrown instanceof Error ? thrown.message : "unknown"})`;
    throw failure("InternalError", "wasm_unavailable", "init", text, { retryable: true });
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

/** A core that is alive. */
const living = async (): Promise<Core> => {
  // It can have died since it was asked for.
  while (!loaded) await core();
  return loaded;
};

/** Goes into the core. What is thrown out of it ends it, with all its calls. */
const enter = <T>(instance: Core, entering: Entering, work: () => T): T => {
  try {
    return work();
  } catch (thrown) {
    instance.dead = true;
    loaded = started = undefined;
    for (const call of instance.calls) call.abandon(lost(call, thrown));
    throw lost(entering, thrown);
  }
};

/** Makes a call: an operation, `verify` or `ask`. Gives what belongs to `done`. */
export const run = async (
  call: Call,
  signal: AbortSignal | undefined,
  verb: string,
  subject: unknown,
  argument: string | undefined,
  options: string,
  settings: string,
): Promise<string> => {
  const limit = verb === "ask" ? "timeoutMs" : "totalTimeoutMs";
  // Entered in the same turn: while this waits, it can die.
  while (!loaded) await call.loading(settings, limit, core);
  const instance = loaded;
  const inside = <T>(work: () => T): T => enter(instance, call, work);
  const session = inside(() =>
    instance.begin(call.observed, asking(verb, bounded(subject), options, settings, call.token), argument),
  );
  instance.calls.add(call);
  try {
    const [word, details] = await call.carry(session, inside);
    if (word === "aborted" && signal?.aborted) throw signal.reason;
    if (word === "aborted") {
      throw failure("InternalError", "internal", call.operation, "this runtime has no timers here");
    }
    return ended(word, details);
  } finally {
    instance.calls.delete(call);
    if (!instance.dead) inside(() => session.free());
  }
};

/** What a session is asked for, as src/session.rs has it. */
const asking = (verb: string, subject: unknown, options = "{}", settings = "{}", token?: string): string => {
  // A number is no string either.
  const given = typeof subject === "string" || subject === undefined ? subject : 0;
  const named = JSON.stringify({ verb, subject: given, token });
  return `${named.slice(0, -1)},"options":${options},"settings":${settings}}`;
};

/** What a session says that needs nobody else: it ends with its first step. */
const alone = async (operation: string, asked: string): Promise<string> => {
  const instance = await living();
  const said = enter(instance, { operation, sent: 0 }, () => {
    const session = instance.begin(false, asked);
    const said = session.step("", NO_BYTES, 0, 0, -1);
    session.free();
    return said;
  });
  // Nothing was told before.
  return ended(...halves(said.slice(1)));
};

/** Reads a link: the JSON text of what it is. */
export const parse = (text: unknown, options: string): Promise<string> =>
  alone("parseCredentialUrl", asking("parse", bounded(text), options));

/** The rule that a text breaks as JSON, or nothing. */
export const flaw = (operation: string, text: string): Promise<string> =>
  alone(operation, asking("flaw", text));

/** What belongs to `done`; throws what belongs to `error`. */
const ended = (word: string, details: string): string => {
  if (word === "error") throw toError(JSON.parse(details) as ErrorFields);
  return details;
};

/** Longer texts would fill the core's memory, and that ends all its calls. */
const LONGEST_TEXT = 2 ** 24;
/** A text that is no link, no id and too long, in place of one that is all that, too; in JSON it may become six times as long. */
const bounded = (text: unknown): unknown =>
  typeof text === "string" && text.length > 2 ** 20 ? "-".repeat(4096) : text;
/** Half of a surrogate pair, which is no character and would silently become another one. */
const HALF_A_CHARACTER = /\p{Surrogate}/u;

/** What `JSON.stringify` would quietly leave out or write as something else, by what is wrong with it. */
const unfit = (holder: unknown, key: string, member: unknown): string | undefined => {
  if (typeof member === "string")
    return HALF_A_CHARACTER.test(member) ? "must be whole characters" : undefined;
  if (typeof member === "function" || typeof member === "symbol") {
    return "must be JSON: no functions, no symbols";
  }
  if (member === undefined && Array.isArray(holder)) return "must be JSON: no gaps";
  if (member === null && (holder as Record<string, unknown>)[key] instanceof Date) return "must be a date";
  if (typeof member !== "object" || member === null || Array.isArray(member)) return undefined;
  // A Map, a Set, a Headers: what they hold is not in their fields.
  const prototype: unknown = Object.getPrototypeOf(member);
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain || Object.keys(member).length > 0 ? undefined : "must be JSON: a plain object";
};

/**
 * JSON text of options or of a request. A `ValidationError` with every finding where JSON cannot hold it (a cycle, a
 * BigInt), and where `JSON.stringify` would quietly write something else or nothing.
 */
export const encode = (operation: string, value: unknown, finite = false): string | undefined => {
  const issues: Issue[] = [];
  function check(this: unknown, path: string, member: unknown): unknown {
    const message = unfit(this, path, member);
    if (message) issues.push({ path, rule: "json", message });
    else if (finite && typeof member === "number" && !Number.isFinite(member)) {
      issues.push({ path, rule: "number", message: "must be a finite number" });
    }
    return member;
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(value, check);
  } catch {
    throw invalid(operation, "", "json", "must be JSON: no cycles, no BigInt");
  }
  if (text !== undefined && text.length > LONGEST_TEXT) {
    throw invalid(operation, "", "too_long", "must be at most 16 Mi characters of JSON");
  }
  const [first] = issues;
  if (first) throw Object.assign(invalid(operation, first.path, first.rule, first.message), { issues });
  return text;
};

/** JSON text of a request: `{ expiry: NaN }` must not become `{ expiry: null }`, which erases the expiry. */
export const encodeRequest = (operation: string, value: unknown): string | undefined =>
  encode(operation, value, true);
