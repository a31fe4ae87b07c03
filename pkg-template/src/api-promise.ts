/** The promise of a call's data that can also return the response around it. */

/**
 * Data and the HTTP response it was read from.
 *
 * @category Client
 */
export interface ApiResponse<T> {
  /** The value that the call resolves to. */
  data: T;
  /** HTTP status of the response; 200 if `reconciled`. */
  status: number;
  /** Headers of the last response. In a browser, only those that the API exposes. */
  headers: Headers;
  /** Value of the `requestIdHeader`, or `null`. */
  requestId: string | null;
  /** Requests that were sent: 1 if the first was answered. */
  attempts: number;
  /** The response was lost, and its content was read from the account. `data.reconciled` is set then, too. */
  reconciled: boolean;
}

const dataOf = async <T>(response: Promise<ApiResponse<T>>): Promise<T> => (await response).data;

/**
 * The result of a call: a promise of its data. `withResponse()` returns the response around it, too. The request is sent
 * once.
 *
 * @category Client
 */
export class ApiPromise<T> extends Promise<T> {
  readonly #response: Promise<ApiResponse<T>>;

  /** @internal */
  constructor(response: Promise<ApiResponse<T>>) {
    // The promise itself resolves to the data, for code that reads its state without calling `then`, such as zone.js. V8
    // traces async functions and the executor's own functions, so the stack of an error contains the caller's line.
    super((resolve, reject) => {
      dataOf(response).then(resolve, reject);
    });
    this.#response = response;
  }

  /** @internal */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /**
   * Returns data, status, headers, request id, attempts and `reconciled`. Rejects as the call does.
   *
   * @example
   * ```ts
   * const { data, attempts } = await hyperstack.credentials.view(document_id).withResponse();
   * ```
   */
  async withResponse(): Promise<ApiResponse<T>> {
    // Awaiting it marks its rejection as handled, and puts the caller's line into the stack.
    await this;
    return this.#response;
  }
}
