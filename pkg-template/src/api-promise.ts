/** The promise of a call's data that can also give the answer around it. */

/**
 * Data and the HTTP answer it came in.
 *
 * @category Client
 */
export interface ApiResponse<T> {
  /** What awaiting the call gives. */
  data: T;
  /** HTTP status of the answer; 200 where `reconciled`. */
  status: number;
  /** Headers of the last answer. In a browser, only those that the API exposes. */
  headers: Headers;
  /** Value of the `requestIdHeader`, or `null`. */
  requestId: string | null;
  /** Requests that were sent, 1 where the first was answered. */
  attempts: number;
  /** The answer was lost, and what it would have said was read from the account. `data.reconciled` is then there too. */
  reconciled: boolean;
}

// `Promise` has both, and they go through `then`; here they have types without `any`.
export interface ApiPromise<T> {
  /**
   * As of every promise.
   *
   * @param rejected - Gets the error.
   */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
  /**
   * As of every promise.
   *
   * @param settled - Called at the end, whichever it is.
   */
  finally(settled?: (() => void) | null): Promise<T>;
}

/**
 * What a call gives. Awaited, it is the data; `withResponse()` gives the answer around it, too. The request is sent once.
 *
 * @category Client
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the base class has both.
export class ApiPromise<T> extends Promise<T> {
  readonly #response: Promise<ApiResponse<T>>;

  /** @internal */
  constructor(response: Promise<ApiResponse<T>>) {
    // The promise of the base class stays unused: `then` below goes to the response.
    super((resolve) => resolve(undefined as T));
    this.#response = response;
  }

  /** @internal */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Data, status, headers, request id, attempts and whether the answer had been lost. Rejects as the call does. */
  withResponse(): Promise<ApiResponse<T>> {
    return this.#response;
  }

  /**
   * As of every promise.
   *
   * @param fulfilled - Gets the data.
   * @param rejected - Gets the error.
   */
  // biome-ignore lint/suspicious/noThenProperty: this is a promise.
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#response.then((response) => response.data).then(fulfilled, rejected);
  }
}
