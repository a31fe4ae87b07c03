/**
 * A core: one wasm module, loaded at the first call, and its current instance. An instance that has died is replaced at
 * the next call, from the module that was compiled for the first one.
 */
import { failure, type HyperstackError } from "../errors.js";
import { ALREADY_LOADED, LOADING_TIMEOUT } from "./errors.js";
import { type CallHooks, type GlueFactory, Instance } from "./instance.js";
import { canAbort, onAbort } from "./signals.js";
import { compile, isModule, missing, unavailable } from "./source.js";

/** Later than this, JavaScript's timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The default of `totalTimeoutMs`. */
const DEFAULT_TOTAL_TIMEOUT_MS = 60_000;

/** What the loader needs to know of a call. */
export interface CallSettings {
  readonly signal?: AbortSignal | undefined;
  /** How long the call may wait for the core; whatever is not a positive integer, the wasm refuses later. */
  readonly totalTimeoutMs?: unknown;
}

/** The cores of this script. */
const cores = new Set<Core<unknown>>();
/** What `init` got. Every core waits for it, because only the compiled module says whose it is. */
let provided: { readonly source: unknown; readonly module: Promise<WebAssembly.Module> } | undefined;

export class Core<Exports> {
  readonly #factory: GlueFactory<Exports>;
  readonly #load: () => unknown;
  /** Kept, so that a fresh instance costs no second download. */
  #module: WebAssembly.Module | undefined;
  #instance: Instance<Exports> | undefined;
  /** Shared by the calls that wait for the first instance. A failure clears it, so the next call tries again. */
  #starting: Promise<void> | undefined;

  /** `load` returns the package's own copy: bytes, a module, a `Response`, or a promise of one of them. */
  constructor(factory: GlueFactory<Exports>, load: () => unknown) {
    this.#factory = factory;
    this.#load = load;
    cores.add(this);
  }

  /** Whether a module is loaded or about to be. */
  get hasStarted(): boolean {
    return !!(this.#module || this.#starting);
  }

  /** Whether a compiled module is this core's. */
  fits(module: WebAssembly.Module): boolean {
    return WebAssembly.Module.imports(module).some((one) => one.module === this.#factory.importName);
  }

  /** Loads the core ahead of the first call; returns the module that it runs on. */
  async ready(): Promise<WebAssembly.Module | undefined> {
    await this.#start();
    return this.#module;
  }

  /**
   * Makes a call in the current instance, or in a new one. `begin` calls one export, with the hooks among its options:
   * its signal is the one that the wasm is to listen to.
   *
   * @throws {@link InternalError} `wasm_unavailable`, and `core_failed` if the instance dies; {@link TimeoutError} if the
   * core does not load in time.
   */
  async call<T>(
    operation: string,
    settings: CallSettings,
    begin: (exports: Exports, hooks: CallHooks) => Promise<T>,
  ): Promise<T> {
    const { signal, totalTimeoutMs } = settings;
    // While a call waits, the instance can die again.
    for (let loading = this.#start(); !this.#instance; loading = this.#start()) {
      if (loading) await inTime(loading, operation, signal, totalTimeoutMs);
    }
    return this.#instance.call(operation, signal, begin);
  }

  /**
   * Creates an instance if there is none. Does not wait if the module is already compiled: in workerd, two requests must not
   * share a promise.
   */
  #start(): Promise<void> | undefined {
    if (this.#instance || this.#starting) return this.#starting;
    try {
      if (missing()) throw undefined;
      const source = this.#module ?? (provided ? undefined : this.#load());
      if (isModule(source)) {
        this.#instantiate(source as WebAssembly.Module);
        return undefined;
      }
      this.#starting = this.#compile(source);
      return this.#starting;
    } catch (thrown) {
      throw unavailable(thrown);
    }
  }

  /** Instantiates what `init` got if it is this core's module, or else the package's own copy. */
  async #compile(own: unknown): Promise<void> {
    try {
      const module = await provided?.module;
      this.#instantiate(module && this.fits(module) ? module : await compile(own ?? this.#load()));
    } catch (thrown) {
      throw unavailable(thrown);
    } finally {
      this.#starting = undefined;
    }
  }

  #instantiate(module: WebAssembly.Module): void {
    this.#instance = new Instance(module, this.#factory, () => {
      this.#instance = undefined;
    });
    this.#module = module;
  }
}

/** Waits for a core, at most as long as the call may take in all. */
const inTime = async (
  loading: Promise<void>,
  operation: string,
  signal: AbortSignal | undefined,
  totalTimeoutMs: unknown,
): Promise<void> => {
  if (signal?.aborted) throw signal.reason;
  const isLimit = Number.isSafeInteger(totalTimeoutMs) && (totalTimeoutMs as number) > 0;
  const ms = isLimit ? (totalTimeoutMs as number) : DEFAULT_TOTAL_TIMEOUT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unlisten: (() => void) | undefined;
  const limit = new Promise<never>((_, reject) => {
    const text = "the WebAssembly core took too long to load";
    const timeout = (): void => reject(failure(LOADING_TIMEOUT, operation, text, { retryable: true }));
    timer = setTimeout(timeout, Math.min(ms, LONGEST_TIMER_MS));
    if (canAbort(signal)) unlisten = onAbort(signal, () => reject(signal.reason));
  });
  try {
    await Promise.race([loading, limit]);
  } finally {
    clearTimeout(timer);
    unlisten?.();
  }
};

/**
 * Takes `source` as the module of the core that it belongs to.
 *
 * @throws {@link HyperstackError} `already_loaded` if that core has another module; {@link InternalError}
 * `wasm_unavailable` if it is no module of this package, or cannot be loaded.
 */
export const provide = async (source: unknown): Promise<void> => {
  const conflict = (): HyperstackError => {
    const text = "the WebAssembly core is already loaded from another source: call init first";
    return failure(ALREADY_LOADED, "init", text);
  };
  if (provided?.source !== source) {
    if (provided || [...cores].every((core) => core.hasStarted)) throw conflict();
    provided = { source, module: compile(source) };
  }
  const used = provided;
  try {
    const module = await used?.module;
    const core = module && [...cores].find((core) => core.fits(module));
    if (!core) throw new Error("it is not a module of this script");
    if ((await core.ready()) !== module) throw conflict();
  } catch (thrown) {
    // A source that failed once may always fail (a response is read once): the next call takes the package's own copy.
    if (provided === used) provided = undefined;
    throw unavailable(thrown);
  }
};
