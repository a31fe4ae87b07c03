/** The boundary to the core: how a module is called, how its errors become those of this package. */
import { fromCore } from "./errors.js";

/** A WebAssembly module that is loaded by its first call and replaced after it died (`client-core.ts`, `verifier-core.ts`). */
export interface Core<Exports> {
  /**
   * Calls `enter` with the exports of a live instance. Rejects with the fields of an error, or with the reason of the
   * signal.
   */
  call<T>(
    operation: string,
    options: { signal?: AbortSignal | undefined; totalTimeoutMs?: number | undefined },
    enter: Enter<Exports, T>,
  ): Promise<T>;
}

/** Calls one export. The core passes a signal of its own, which fires with the caller's. */
export type Enter<Exports, T> = (
  exports: Exports,
  onAttempt: () => void,
  signal: AbortSignal | undefined,
) => Promise<T>;

/** Limits of a call while the module is loading. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  readonly totalTimeoutMs?: unknown;
}

/** Makes a call in a module. Its errors become instances of the classes of this package. */
export const callCore = async <Exports, T>(
  core: Core<Exports>,
  operation: string,
  { signal, totalTimeoutMs }: CallLimits,
  enter: Enter<Exports, T>,
): Promise<T> => {
  // The core reports a limit that is wrong; until it is loaded, the default applies.
  const usable = Number.isSafeInteger(totalTimeoutMs) && (totalTimeoutMs as number) > 0;
  const limits = { signal, totalTimeoutMs: usable ? (totalTimeoutMs as number) : undefined };
  try {
    return await core.call(operation, limits, enter);
  } catch (thrown) {
    throw fromCore(thrown, signal);
  }
};

/**
 * Calls an observer of the caller. What it throws or rejects with is ignored: it must end neither the call nor, as an
 * unhandled rejection, the process.
 */
export const notify = <Event>(observer: ((event: Event) => unknown) | undefined, event: Event): void => {
  (async () => observer?.(event))().catch(() => {});
};
