/** Maps a list with several calls at once; the results are in the order of the list. */
export async function* mapInOrder<T, Result>(
  items: readonly T[],
  concurrency: number,
  map: (item: T) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const pending: Promise<Result>[] = [];
  let next = 0;
  const start = (): void => {
    const call = map(items[next++] as T);
    // A rejection is reported when the loop comes to it.
    call.catch(() => {});
    pending.push(call);
  };
  while (next < items.length || pending.length > 0) {
    while (next < items.length && pending.length < concurrency) start();
    yield await (pending.shift() as Promise<Result>);
  }
}
