/** Signals of callers: one listener for all calls on a signal, because Node warns of more than ten. */

/** What is called when a signal fires, and the listener that does it. */
interface Followers {
  readonly aborts: Set<() => void>;
  readonly listener: () => void;
}

const followers = new WeakMap<AbortSignal, Followers>();

/** Calls `abort` when the signal fires; returns how to stop listening. */
export const onAbort = (signal: AbortSignal, abort: () => void): (() => void) => {
  let own = followers.get(signal);
  if (!own) {
    const aborts = new Set<() => void>();
    own = {
      aborts,
      listener: () => {
        for (const each of [...aborts]) each();
      },
    };
    followers.set(signal, own);
  }
  const { aborts, listener } = own;
  if (aborts.size === 0) signal.addEventListener("abort", listener);
  aborts.add(abort);
  return () => {
    aborts.delete(abort);
    if (aborts.size === 0) signal.removeEventListener("abort", listener);
  };
};

/** Whether the signal can still fire. Whatever is not an `AbortSignal` is left to the wasm, which refuses it. */
export const canAbort = (signal: AbortSignal | undefined): signal is AbortSignal => {
  try {
    return signal?.aborted === false && typeof signal.addEventListener === "function";
  } catch {
    return false;
  }
};

/** A signal for one call that fires with the caller's, and how to stop that. */
export const follow = (
  signal: AbortSignal | undefined,
): [own: AbortSignal | undefined, unfollow: () => void] => {
  if (!canAbort(signal)) return [signal, () => {}];
  const controller = new AbortController();
  return [controller.signal, onAbort(signal, () => controller.abort(signal.reason))];
};
