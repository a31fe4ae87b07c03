/** The boundary to the core: how a module is called, how its errors become those of this package. */
import type { CallHooks } from "./core/instance.js";
import type { CallSettings, Core } from "./core/loader.js";
import { fromCore } from "./errors.js";

/** Makes a call in a module. Its errors become instances of the classes of this package. */
export const callCore = async <Exports, T>(
  core: Core<Exports>,
  operation: string,
  settings: CallSettings,
  enter: (exports: Exports, hooks: CallHooks) => Promise<T>,
): Promise<T> => {
  try {
    return await core.call(operation, settings, enter);
  } catch (thrown) {
    throw fromCore(thrown, settings.signal);
  }
};

/**
 * Calls an observer of the caller. What it throws or rejects with is ignored: it must end neither the call nor, as an
 * unhandled rejection, the process.
 */
export const notify = <Event>(observer: ((event: Event) => unknown) | undefined, event: Event): void => {
  (async () => observer?.(event))().catch(() => {});
};
