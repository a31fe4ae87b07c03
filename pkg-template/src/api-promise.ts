/** The promise of a call's data that can also give the answer around it. */

/** Data and the HTTP answer it came in. */
export interface ApiResponse<T> {
  data: T;
  status: number;
  headers: Headers;
  /** Value of the `requestIdHeader`, or `null`. */
  requestId: string | null;
  /** Requests that were sent, 1 where the first was answered. */
  attempts: number;
  /** The answer was lost, and what it would have said was read from the account. `data.reconciled` is then there too. */
  reconciled: boolean;
}

/** Awaited, it is the data; `withResponse()` gives `{ data, status, headers, requestId, attempts }`. */
export class ApiPromise<T> extends Promise<T> {
  readonly #response: Promise<ApiResponse<T>>;

  constructor(response: Promise<ApiResponse<T>>) {
    // The promise of the base class stays unused: `then` below goes to the response.
    super((resolve) => resolve(undefined as T));
    this.#response = response;
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  withResponse(): Promise<ApiResponse<T>> {
    return this.#response;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise.
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#response.then((response) => response.data).then(fulfilled, rejected);
  }

  override catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected);
  }

  override finally(settled?: (() => void) | null): Promise<T> {
    return this.then().finally(settled);
  }
}
