/** Waiting that an abort ends at once, with nothing left behind. */

/** What `work` gives, unless the signal fires first. */
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

export const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  signal?.throwIfAborted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await abortable(
      new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
      signal,
    );
  } finally {
    clearTimeout(timer);
  }
};
