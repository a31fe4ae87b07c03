/** Lists that the API returns page by page: iterating over them, with guards against lists that do not end. */
import { failure, type HyperstackError, invalid } from "./errors.js";
import { type Failure, PAGE_MISMATCH, PAGE_REPEATED, TOO_MANY_PAGES } from "./failures.js";
import { COUNT } from "./rules.js";

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
  /** Number of entries in all pages, if the API says so. */
  total: number | null;
}

/**
 * A page as the API returns it.
 *
 * @internal
 */
export interface PageData {
  readonly page?: unknown;
  readonly page_size?: unknown;
  readonly total?: unknown;
  readonly credentials?: unknown;
  readonly groups?: unknown;
}

/**
 * An operation that lists.
 *
 * @internal
 */
export interface ListOperation<T> {
  readonly operation: string;
  /** The member of a page that holds its entries. */
  readonly member: "credentials" | "groups";
  /** The member that identifies an entry, if one does. */
  readonly id?: keyof T;
}

interface Source<T> extends ListOperation<T> {
  /** The first page to read. */
  readonly first: number;
  readonly fetch: (page: number, signal: AbortSignal) => Promise<PageData>;
  readonly signal: AbortSignal | undefined;
  readonly maxPages: number;
}

/**
 * A list. `for await (const item of list)` iterates over all entries, `pages()` over pages, `toArray({ limit })` collects
 * entries. The next page is fetched while one is processed; leaving the loop aborts that request. Entries that moved to
 * the next page meanwhile are returned once.
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
   * Iterates over every entry. Each iteration begins again at the first page.
   *
   * @throws As `pages` does.
   * @example
   * ```ts
   * for await (const { document_id } of hyperstack.credentials.list()) console.log(document_id);
   * ```
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { items } of this.pages()) yield* items;
  }

  /**
   * Collects up to `limit` entries. The limit is required: a list may be far longer than expected.
   *
   * @param options - The limit.
   * @throws {@link ValidationError} for a limit that is not a whole number, 0 or more; else as `pages` does.
   * @example
   * ```ts
   * const credentials = await hyperstack.credentials.list().toArray({ limit: 100 });
   * ```
   */
  async toArray({
    limit,
  }: {
    /** Maximum number of entries. */
    limit: number;
  }): Promise<T[]> {
    if (!Number.isInteger(limit) || limit < 0) throw invalid(this.#source.operation, "limit", COUNT);
    const items: T[] = [];
    if (limit > 0) {
      for await (const item of this) if (items.push(item) >= limit) break;
    }
    return items;
  }

  /**
   * Iterates over the pages.
   *
   * @throws The errors of every call; {@link ResponseError} `page_repeated`, `page_mismatch` or `too_many_pages` if the list
   * may never end.
   * @example
   * ```ts
   * for await (const { items, total } of hyperstack.credentials.list().pages()) console.log(items.length, total);
   * ```
   */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const { operation, member, id, first, fetch, signal, maxPages } = this.#source;
    const broken = (kind: Failure, text: string): HyperstackError =>
      failure(kind, operation, text, { attempts: 1 });
    const idOf = (item: T): unknown => (id === undefined ? undefined : item[id]);
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    const seen = new Set<unknown>();
    let nextPage: Promise<PageData> | undefined;
    let previous: string | undefined;
    try {
      for (let page = first; ; page += 1) {
        if (page - first >= maxPages) {
          throw broken(TOO_MANY_PAGES, `the list did not end after ${maxPages} pages (maxPages)`);
        }
        const data = await (nextPage ?? fetch(page, controller.signal));
        nextPage = undefined;
        if (data.page !== undefined && data.page !== page) {
          throw broken(PAGE_MISMATCH, `page ${page} was requested, but page ${data.page} was returned`);
        }
        const items = data[member] as T[];
        const count = items.length;
        const total = numberOf(data.total);
        // By ids, if there are any: an entry may change meanwhile, and serializing all of a large page takes time.
        const fingerprint = JSON.stringify(items.map((item) => idOf(item) ?? item));
        if (count > 0 && fingerprint === previous) {
          throw broken(PAGE_REPEATED, `page ${page} repeats page ${page - 1}`);
        }
        previous = fingerprint;
        const size = numberOf(data.page_size) ?? count;
        const last = count === 0 || (total === null ? count < size : page * size >= total);
        if (!last) {
          nextPage = fetch(page + 1, controller.signal);
          // Its failure is thrown when that page is read; if the loop is left before, nobody needs it.
          nextPage.catch(() => {});
        }
        const unseen = items.filter((item) => {
          const key = idOf(item);
          if (key === undefined) return true;
          const isNew = !seen.has(key);
          seen.add(key);
          return isNew;
        });
        yield { items: unseen, page, total };
        if (last) return;
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      if (nextPage) controller.abort();
    }
  }
}

/**
 * Returns the value if it is a number.
 *
 * @internal
 */
export const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
