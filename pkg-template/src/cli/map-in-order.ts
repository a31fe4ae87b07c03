/** Maps a list with up to `concurrency` calls at once. Yields results in the order of the list. */
export async function* mapInOrder<T, Result>(
  items: readonly T[],
  concurrency: number,
  map: (item: T) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const pending: Promise<Result>[] = [];
  let next = 0;
  const start = (): void => {
    const call = map(items[next++] as T);
    // The rejection surfaces when the loop awaits the call.
    call.catch(() => {});
    pending.push(call);
  };
  while (next < items.length || pending.length > 0) {
    while (next < items.length && pending.length < concurrency) start();
    yield await (pending.shift() as Promise<Result>);
  }
}
