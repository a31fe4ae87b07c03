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
    if (limit === 0) return items;
    for await (const item of this) {
      items.push(item);
      if (items.length >= limit) break;
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
    const { first, id, maxPages, operation, signal } = this.#source;
    const idOf = (item: T): unknown => id && item[id];
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    const seen = new Set<unknown>();
    let ahead: Promise<RawPage<T>> | undefined;
    try {
      let previous: string | undefined;
      for (let page = first; ; page += 1) {
        if (page - first >= maxPages) {
          throw broken(
            operation,
            "too_many_pages",
            `the list did not end after ${maxPages} pages (maxPages)`,
          );
        }
        const raw = await (ahead ?? this.#read(page, controller.signal));
        ahead = undefined;
        const { items, total, page_size } = raw;
        // By their ids where those are known: an entry may change meanwhile, and all of a large page takes its time.
        const fingerprint = JSON.stringify(items.map((item) => idOf(item) ?? item));
        if (items.length > 0 && fingerprint === previous) {
          throw broken(operation, "page_repeated", `page ${page} is page ${page - 1} again`);
        }
        previous = fingerprint;
        const size = page_size ?? items.length;
        const last = items.length === 0 || (total !== null ? page * size >= total : items.length < size);
        if (!last) {
          ahead = this.#read(page + 1, controller.signal);
          // Its failure is thrown when its turn comes, and is nobody's when the loop is left before.
          ahead.catch(() => {});
        }
        const fresh = items.filter((item) => {
          const id = idOf(item);
          if (id === undefined) return true;
          const isNew = !seen.has(id);
          seen.add(id);
          return isNew;
        });
        yield { items: fresh, page, total };
        if (last) return;
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      if (ahead) controller.abort();
    }
  }

  async #read(page: number, signal: AbortSignal): Promise<RawPage<T>> {
    const { fetch, operation } = this.#source;
    // `credentials` of `credentials.list`.
    const [member = ""] = operation.split(".");
    const data = await fetch(page, signal);
    if (data.page !== undefined && data.page !== page) {
      throw broken(operation, "page_mismatch", `page ${page} was asked for, page ${data.page} was answered`);
    }
    const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
    return { items: data[member] as T[], total: number(data.total), page_size: number(data.page_size) };
  }
}

interface RawPage<T> {
  items: T[];
  total: number | null;
  page_size: number | null;
}

const broken = (operation: string, code: string, text: string): HyperstackError =>
  failure("ResponseError", code, operation, text, { attempts: 1 });
