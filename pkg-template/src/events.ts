/** The events that a client reports about its calls. */

/**
 * What happens during a call, for logs, traces and metrics. `call` numbers the calls of a client, so that the events of
 * one call can be grouped when several run at once. Nothing in an event is secret: no token, no body, no address, no id.
 *
 * @category Client
 */
export type HyperstackEvent = {
  /** Counts this client's calls from 1. */
  call: number;
  /**
   * The operation that was called, e.g. `credentials.view`. After a lost response the account is searched, so
   * `credentials.search` can be part of a `credentials.generate`.
   */
  operation: string;
} & (
  | {
      /** A request is sent. */
      type: "request";
      /** Counts the requests of this operation from 1. */
      attempt: number;
    }
  | {
      /** A response was received, with any status. */
      type: "response";
      /** The request of this operation that it belongs to, from 1. */
      attempt: number;
      /** HTTP status. */
      status: number;
      /** Milliseconds from sending to the last byte. */
      durationMs: number;
      /** Value of the `requestIdHeader`, if the response had one. */
      requestId?: string;
    }
  | {
      /** The request will be retried after `delayMs`, because of `code`. */
      type: "retry";
      /** The request of this operation that failed, from 1. */
      attempt: number;
      /** Milliseconds until the retry. */
      delayMs: number;
      /** `code` of the error that it would have been, e.g. `rate_limited`. */
      code: string;
      /** HTTP status, if there was a response. */
      status?: number;
    }
  | {
      /** The call rejects with this error. There is no event for an abort, nor for an `indeterminate` verification. */
      type: "error";
      /** Class of the error, e.g. `TimeoutError`. */
      name: string;
      /** `code` of the error. */
      code: string;
      /** Requests that were sent. */
      attempts: number;
      /** Whether the same call may be made again without harm and may end differently. */
      retryable: boolean;
      /** HTTP status, if there was a response. */
      status?: number;
      /** Value of the `requestIdHeader`, if the response had one. */
      requestId?: string;
    }
);
