/** Lists that come in pages: walking them, and not trusting them to end. */
import { failure, type HyperstackError, invalid } from "./errors.js";

/**
 * One page of a list.
 *
 * @category Lists
 */
export interface Page<T> {
  /** Its entries, without those that an earlier page had. */
  items: T[];
  /** Its number, from 1. */
  page: number;
  /** Entries there are in all, where the API says so. */
  total: number | null;
}

interface Source<T> {
  operation: string;
  /** The first page to ask for. */
  first: number;
  /** What makes an entry the same as another one; `undefined` where nothing is known to. */
  id: keyof T | undefined;
  fetch: (page: number, signal: AbortSignal) => Promise<Record<string, unknown>>;
  signal: AbortSignal | undefined;
  maxPages: number;
}

/**
 * A list. `for await (const item of list)` walks all of it, `pages()` page by page, `toArray({ limit })` gathers.
 * The next page is fetched while one is worked on; leaving the loop cancels it. Entries that moved to the next page
 * meanwhile are given once.
 *
 * @category Lists
 */
export class Paged<T> implements AsyncIterable<T> {
  readonly #source: Source<T>;

  /** @internal */
  constructor(source: Source<T>) {
    this.#source = source;
  }

  /**
   * Every entry. Each walk begins anew at the first page.
   *
   * @throws As `pages` does.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { items } of this.pages()) yield* items;
  }

  /**
   * Gathers up to `limit` entries. The limit is required: a list may be far longer than expected.
   *
   * @param options - How many.
   * @throws {@link ValidationError} for a limit that is no whole number, 0 or more; else as `pages` does.
   */
  async toArray({
    limit,
  }: {
    /** The most entries that are wanted. */
    limit: number;
  }): Promise<T[]> {
    if (!Number.isInteger(limit) || limit < 0) {
      throw invalid(this.#source.operation, "limit", "count", "must be a whole number, 0 or more");
    }
    const items: T[] = [];
    if (limit > 0) {
      for await (const item of this) if (items.push(item) >= limit) break;
    }
    return items;
  }

  /**
   * Page by page.
   *
   * @throws The errors of every call; {@link ResponseError} `page_repeated`, `page_mismatch` or `too_many_pages` where the
   * list cannot be trusted to end.
   */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const { fetch, first, id, maxPages, operation, signal } = this.#source;
    // `credentials` of `credentials.list`.
    const member = operation.split(".")[0] as string;
    const idOf = (item: T): unknown => id && item[id];
    const broken = (code: string, text: string): HyperstackError =>
      failure("ResponseError", code, operation, text, { attempts: 1 });
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    const seen = new Set<unknown>();
    let ahead: ReturnType<typeof fetch> | undefined;
    let previous: string | undefined;
    try {
      for (let page = first; ; page += 1) {
        if (page - first >= maxPages) {
          throw broken("too_many_pages", `the list did not end after ${maxPages} pages (maxPages)`);
        }
        const data = await (ahead ?? fetch(page, controller.signal));
        ahead = undefined;
        if (data.page !== undefined && data.page !== page) {
          throw broken("page_mismatch", `page ${page} was asked for, page ${data.page} was answered`);
        }
        const items = data[member] as T[];
        const count = items.length;
        const total = numberOf(data.total);
        // By their ids where those are known: an entry may change meanwhile, and all of a large page takes its time.
        const fingerprint = JSON.stringify(items.map((item) => idOf(item) ?? item));
        if (count > 0 && fingerprint === previous) {
          throw broken("page_repeated", `page ${page} is page ${page - 1} again`);
        }
        previous = fingerprint;
        const size = numberOf(data.page_size) ?? count;
        const last = count === 0 || (total === null ? count < size : page * size >= total);
        if (!last) {
          ahead = fetch(page + 1, controller.signal);
          // Its failure is thrown when its turn comes, and is nobody's when the loop is left before.
          ahead.catch(() => {});
        }
        const fresh = items.filter((item) => {
          const id = idOf(item);
          // Whether adding it changes anything.
          return id === undefined || seen.size < seen.add(id).size;
        });
        yield { items: fresh, page, total };
        if (last) return;
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      if (ahead) controller.abort();
    }
  }
}

/**
 * The number that an answer, or a list, has in this place.
 * @internal
 */
export const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
