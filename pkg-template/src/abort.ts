/** Waiting that an abort ends at once, and that leaves no timer and no listener behind. */

/** Resolves as `work` does, or rejects with the signal's reason if that fires first. */
export const abortable = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  let abort = (): void => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort);
      work.then(resolve, reject);
    });
  } finally {
    signal?.removeEventListener("abort", abort);
  }
};

/** Waits for so many milliseconds. */
export const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  // Signals of older runtimes and polyfills have no `throwIfAborted`.
  if (signal?.aborted) throw signal.reason;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await abortable(elapsed, signal);
  } finally {
    clearTimeout(timer);
  }
};
