/**
 * One instance of a wasm module and the calls in flight in it. Every entry into the wasm goes through a guard: what is
 * thrown out of it (a trap, a foreign exception) leaves its memory in an unknown state, so the instance is never entered
 * again. Its calls are rejected, and its timers and requests end with it.
 */
import { failure, type HyperstackError } from "../errors.js";
import { CORE_FAILED } from "./errors.js";
import { follow } from "./signals.js";

/** wasm-bindgen's glue for one instance: what the wasm imports, and the functions of the module for JavaScript. */
export type Glue<Exports> = Exports & InstanceExports & { __wbg_set_wasm(exports: object): void };

/** What every module exports for the loader. */
interface InstanceExports {
  /** The timers and requests that are open, in a set that always shows the current ones. */
  openHandles(): Set<AbortController | ReturnType<typeof setTimeout>>;
}

/** wasm-bindgen's glue, which the build turns into a factory (xtask/src/factory.rs). */
export interface GlueFactory<Exports> {
  /** The name under which the wasm imports the glue; no other module has it. */
  readonly importName: string;
  readonly createGlue: () => Glue<Exports>;
}

/** Options of a call that the loader adds to those of the caller. */
export interface CallHooks {
  /** Called before each request that is sent. */
  readonly onAttempt: () => void;
  /** Called if the call is given up because the Worker's request that made it has ended: its promise never settles. */
  readonly onAbandon: () => void;
  /** Follows the caller's signal. */
  readonly signal?: AbortSignal;
}

/** A function of the wasm, as JavaScript sees it. */
type WasmFunction = (...args: unknown[]) => unknown;

interface CallInFlight {
  readonly operation: string;
  /** Requests that were sent. */
  attempts: number;
  readonly reject: (error: unknown) => void;
  /** The call's own timer, which checks whether the instance has died. */
  deathCheck?: ReturnType<typeof setInterval>;
}

/** How often a call that only its own request may reject checks whether its instance has died, in milliseconds. */
const DEATH_CHECK_MS = 100;

/**
 * Whether code after an `await` continues in whichever request settles the promise, where the first request's I/O cannot be
 * used: in Workers with a compatibility date before 2024-10-14.
 */
const continuesInOtherRequests = (): boolean => {
  const { WebSocketPair, Cloudflare } = globalThis as {
    WebSocketPair?: unknown;
    Cloudflare?: { compatibilityFlags?: Record<string, boolean> };
  };
  return !!WebSocketPair && Cloudflare?.compatibilityFlags?.handle_cross_request_promise_resolution !== true;
};

/**
 * What a callback into a dead instance gets. wasm-bindgen reads a fallible callback's result as a list whose second
 * entry is set after a failure.
 */
const NO_RESULT: readonly number[] = [0, 0];

/** Does cleanup that may fail, e.g. in workerd, where one request may not touch what belongs to another. */
const attempt = (cleanup: () => void): void => {
  try {
    cleanup();
  } catch {
    // It ends by itself.
  }
};

/** Ends a timer or a request. */
const close = (handle: AbortController | ReturnType<typeof setTimeout>): void => {
  if (handle instanceof AbortController) handle.abort();
  else clearTimeout(handle);
};

/** The error of a call whose instance died. */
const coreFailed = ({ operation, attempts }: CallInFlight, thrown: unknown): HyperstackError => {
  const effect = attempts > 0 ? "; the request may have taken effect" : "";
  const text = `the WebAssembly core crashed; the next call starts a new one${effect}`;
  return failure(CORE_FAILED, operation, text, {
    retryable: attempts === 0,
    attempts,
    ...(attempts > 0 && { mayHaveTakenEffect: true }),
    // The engine's text of a trap is harmless; a foreign exception may hold anything.
    cause:
      thrown instanceof WebAssembly.RuntimeError
        ? { name: "RuntimeError", message: thrown.message }
        : undefined,
  });
};

export class Instance<Exports> {
  readonly #glue: Glue<Exports>;
  readonly #onDeath: () => void;
  readonly #calls = new Set<CallInFlight>();
  readonly #openHandles: ReturnType<InstanceExports["openHandles"]>;
  /** Whether each call must be rejected in the request that made it. */
  readonly #rejectsInOwnRequest = continuesInOtherRequests();
  #dead = false;
  /** What the wasm threw when it failed. */
  #cause: unknown;
  /** Entries in progress. At 0, an entry is a callback: of a timer, a promise or a finalizer. */
  #depth = 0;

  /** Instantiates a compiled module. `onDeath` is called before the calls are rejected. */
  constructor(module: WebAssembly.Module, factory: GlueFactory<Exports>, onDeath: () => void) {
    this.#onDeath = onDeath;
    this.#glue = factory.createGlue();
    const imports = { [factory.importName]: this.#glue as WebAssembly.ModuleImports };
    const { exports } = new WebAssembly.Instance(module, imports);
    const guarded: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(exports)) {
      guarded[name] = typeof value === "function" ? this.#guard(value as WasmFunction) : value;
    }
    this.#glue.__wbg_set_wasm(guarded);
    this.#enter(guarded.__wbindgen_start as () => void);
    this.#openHandles = this.#enter(() => this.#glue.openHandles());
  }

  /** Makes a call: `begin` calls one of the exports, with the hooks among its options. */
  call<T>(
    operation: string,
    signal: AbortSignal | undefined,
    begin: (exports: Exports, hooks: CallHooks) => Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const [own, unfollow] = follow(signal);
      const settle =
        <V>(how: (value: V) => void) =>
        (value: V): void => {
          this.#calls.delete(call);
          how(value);
          unfollow();
          clearInterval(call.deathCheck);
        };
      const call: CallInFlight = { operation, attempts: 0, reject: settle(reject) };
      const hooks: CallHooks = {
        onAttempt: () => {
          call.attempts += 1;
        },
        onAbandon: () => {
          this.#calls.delete(call);
        },
        ...(own && { signal: own }),
      };
      this.#calls.add(call);
      if (this.#rejectsInOwnRequest) {
        // Outside a request, timers throw, and there are no other requests.
        attempt(() => {
          call.deathCheck = setInterval(() => {
            if (this.#dead) call.reject(coreFailed(call, this.#cause));
          }, DEATH_CHECK_MS);
        });
      }
      try {
        this.#enter(() => begin(this.#glue, hooks)).then(settle(resolve), call.reject);
      } catch (thrown) {
        // After a trap, the call is already rejected, or this is its own request.
        call.reject(this.#dead ? coreFailed(call, this.#cause) : thrown);
      }
    });
  }

  #enter<T>(work: () => T): T {
    this.#depth += 1;
    try {
      return work();
    } finally {
      this.#depth -= 1;
    }
  }

  /** Wraps a function of the wasm. Nobody waits for what a callback throws; all others must be unwound. */
  #guard(enterWasm: WasmFunction): WasmFunction {
    return (...args) => {
      const isCallback = this.#depth === 0;
      if (!this.#dead) {
        this.#depth += 1;
        try {
          const result = enterWasm(...args);
          // Something between a nested entry and this one can have caught what was thrown, e.g. a promise's constructor.
          if (!this.#dead) return result;
        } catch (thrown) {
          this.#die(thrown);
        } finally {
          this.#depth -= 1;
        }
      }
      if (isCallback) return NO_RESULT;
      throw new Error("the WebAssembly core failed");
    };
  }

  #die(thrown: unknown): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#cause = thrown;
    this.#onDeath();
    for (const handle of this.#openHandles) attempt(() => close(handle));
    for (const call of this.#calls) {
      if (call.deathCheck === undefined) attempt(() => call.reject(coreFailed(call, thrown)));
    }
  }
}
