/** Makes the calls of one client: passes its configuration and the options to the core, and reports what the core cannot. */
import { ApiPromise, type ApiResponse } from "./api-promise.js";
import { core } from "./client-core.js";
import { callCore, notify } from "./core-call.js";
import { type HyperstackError, invalid, isHyperstackError } from "./errors.js";
import {
  type CreationOptions,
  checkedSignal,
  type ListOptions,
  plainOptions,
  toMilliseconds,
} from "./options.js";
import { type ListOperation, type PageData, Paged } from "./paged.js";
import { OPTION_OF_NO_CALL, ORDINAL } from "./rules.js";
import type { HyperstackEvent, PageParams } from "./types.js";

type Exports = Parameters<Parameters<typeof core.call>[2]>[0];
/** The configuration of a client as the exports read it: own members of a plain object. */
export type CoreConfig = Parameters<Exports["getAccount"]>[0];
/** The options of one call as the exports read them. */
export type CoreOptions = NonNullable<Parameters<Exports["getAccount"]>[1]>;

/** Calls one export with the configuration of the client and the options of the call. */
type Enter<T> = (exports: Exports, config: CoreConfig, options: CoreOptions) => Promise<T>;

const DEFAULT_MAX_PAGES = 1000;

/**
 * Numbers the calls of a client. An instance of the core counts its calls from 1, too; its numbers differ once an earlier
 * instance has died or a call has failed before it reached the core.
 */
class CallNumbers {
  #calls = 0;
  #instance: object | undefined;
  /** Calls that entered the instance. */
  #entered = 0;
  /** Numbers by those of the instance, if they differ. */
  readonly #numbers = new Map<number, number>();

  next(): number {
    this.#calls += 1;
    return this.#calls;
  }

  /** Notes that a call enters an instance. Returns a function that forgets it. */
  enter(instance: object, number: number): () => void {
    if (instance !== this.#instance) {
      this.#instance = instance;
      this.#entered = 0;
      this.#numbers.clear();
    }
    this.#entered += 1;
    const entered = this.#entered;
    if (entered !== number) this.#numbers.set(entered, number);
    return () => {
      if (instance === this.#instance) this.#numbers.delete(entered);
    };
  }

  /** Returns the number of a call by that of the instance. */
  of(entered: number): number {
    return this.#numbers.get(entered) ?? entered;
  }
}

/** Makes the calls of one client. */
export class Caller {
  readonly #config: CoreConfig;
  readonly #onEvent: ((event: HyperstackEvent) => unknown) | undefined;
  readonly #totalTimeoutMs: unknown;
  readonly #numbers = new CallNumbers();

  /** `settings` are the client's options that the core knows. */
  constructor(
    settings: { readonly totalTimeoutMs?: unknown },
    onEvent: ((event: HyperstackEvent) => unknown) | undefined,
  ) {
    const observer = onEvent && {
      onEvent: (event: HyperstackEvent) => notify(onEvent, { ...event, call: this.#numbers.of(event.call) }),
    };
    this.#config = Object.freeze(Object.assign(Object.create(null), settings, observer));
    this.#onEvent = onEvent;
    this.#totalTimeoutMs = settings.totalTimeoutMs;
  }

  /** Calls an operation of the API. */
  call<T>(
    operation: string,
    options: CreationOptions | null | undefined,
    enter: Enter<ApiResponse<T>>,
  ): ApiPromise<T> {
    return new ApiPromise(this.#run(operation, options, enter, true));
  }

  /** Verifies a credential: the same without an event for an error. */
  verify<T>(options: object | null | undefined, enter: Enter<T>): Promise<T> {
    return this.#run("verify", options, enter, false);
  }

  /** Calls an export that needs neither the client's configuration nor a request. */
  local<T>(operation: string, enter: (exports: Exports) => Promise<T>): Promise<T> {
    return callCore(core, operation, { totalTimeoutMs: this.#totalTimeoutMs }, enter);
  }

  /** Lists what an operation returns page by page. */
  list<T>(
    source: ListOperation<T>,
    params: PageParams | null | undefined,
    options: ListOptions | null | undefined,
    enter: (
      exports: Exports,
      config: CoreConfig,
      params: PageParams,
      options: CoreOptions,
    ) => Promise<ApiResponse<PageData>>,
  ): Paged<T> {
    const { operation } = source;
    const { maxPages = DEFAULT_MAX_PAGES, signal, ...rest } = plainOptions(operation, options);
    if (!Number.isInteger(maxPages) || maxPages < 1) throw invalid(operation, "maxPages", ORDINAL);
    const { page: first = 1, ...filters } = plainOptions(operation, params, "");
    const fetch = (page: number, aborted: AbortSignal): Promise<PageData> =>
      this.call(operation, { ...rest, signal: aborted }, (exports, config, given) =>
        enter(exports, config, { ...filters, page }, given),
      );
    return new Paged({ ...source, first, fetch, signal: checkedSignal(operation, signal), maxPages });
  }

  async #run<T>(
    operation: string,
    options: object | null | undefined,
    enter: Enter<T>,
    reportsErrors: boolean,
  ): Promise<T> {
    const number = this.#numbers.next();
    let entered = false;
    let leave = (): void => {};
    let signal: AbortSignal | undefined;
    try {
      const given = plainOptions<CreationOptions & { now?: Date | number }>(operation, options);
      signal = checkedSignal(operation, given.signal);
      for (const [name, value] of Object.entries(given)) {
        // The core refuses other unknown options, with everything else that is wrong.
        if (typeof value === "function") throw invalid(operation, name, OPTION_OF_NO_CALL);
      }
      if (given.mayExistSince !== undefined) given.mayExistSince = toMilliseconds(given.mayExistSince);
      if (given.now !== undefined) given.now = toMilliseconds(given.now);
      const totalTimeoutMs = given.totalTimeoutMs ?? this.#totalTimeoutMs;
      return await callCore(core, operation, { signal, totalTimeoutMs }, (exports, hooks) => {
        entered = true;
        if (this.#onEvent) leave = this.#numbers.enter(exports, number);
        return enter(exports, this.#config, Object.assign(given, hooks) as CoreOptions);
      });
    } catch (thrown) {
      const aborted = signal?.aborted && thrown === signal.reason;
      if (reportsErrors && !aborted && isHyperstackError(thrown)) {
        // The core reports its own errors, but not that it died.
        if (!entered || thrown.code === "core_failed") this.#reportError(number, thrown);
      }
      throw thrown;
    } finally {
      leave();
    }
  }

  #reportError(call: number, error: HyperstackError): void {
    const { name, code, operation, attempts, retryable, status, requestId } = error;
    notify(this.#onEvent, {
      type: "error",
      call,
      operation,
      name,
      code,
      attempts,
      retryable,
      ...(status !== undefined && { status }),
      ...(requestId !== undefined && { requestId }),
    });
  }
}
