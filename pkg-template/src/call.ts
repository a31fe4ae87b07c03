/** One call under way: what it holds of the runtime, and how it lets go of that when the core cannot any more. */
import type { Hooks } from "#glue";
import type { HyperstackError } from "./errors.js";

/**
 * What happens during a call, for logs, traces and metrics. `call` numbers a client's calls, so that what belongs
 * together can be told where calls run at once. Nothing in an event is secret: no token, no body, no address, no id.
 */
export type HyperstackEvent = {
  /** Counts this client's calls from 1. */
  call: number;
  /**
   * What was asked of the API, e.g. `credentials.view`. A creation whose answer was lost is looked for, so
   * `credentials.search` can be part of a `credentials.generate`.
   */
  operation: string;
} & (
  | {
      /** A request goes out. */
      type: "request";
      /** Counts the requests of this operation from 1. */
      attempt: number;
    }
  | {
      /** An answer came, whatever it says. */
      type: "response";
      attempt: number;
      status: number;
      /** Milliseconds from sending to the last byte. */
      durationMs: number;
      requestId?: string;
    }
  | {
      /** The request will be sent again after `delayMs`, because of `code`. */
      type: "retry";
      attempt: number;
      delayMs: number;
      code: string;
      status?: number;
    }
  | {
      /** The call rejects with this. An abort and a `verify` that cannot check make none. */
      type: "error";
      name: string;
      code: string;
      attempts: number;
      retryable: boolean;
      status?: number;
      requestId?: string;
    }
);

/**
 * What a client's calls share.
 * @internal
 */
export interface Client {
  readonly fetch: unknown;
  readonly token: unknown;
  readonly onEvent?: ((event: HyperstackEvent) => unknown) | undefined;
  /** What is left for repeats; nothing was spent where it is missing. */
  quota?: number;
  /** Calls made so far. */
  calls: number;
}

/** @internal */
export class Call implements Hooks {
  /** What the caller asked for. */
  readonly operation: string;
  /** Requests that were sent, those that looked for a lost one included. */
  sent = 0;
  readonly #client: Client;
  readonly #signal: AbortSignal | undefined;
  readonly #number: number;
  #controller: AbortController | undefined;
  #answer: unknown;
  #timer: unknown;
  #listener: (() => void) | undefined;

  constructor(operation: string, client: Client, signal: AbortSignal | undefined) {
    this.operation = operation;
    this.#client = client;
    this.#signal = signal ?? undefined;
    client.calls += 1;
    this.#number = client.calls;
  }

  send(url: string, init: RequestInit): unknown {
    // Looked up now, and called unbound: browsers refuse fetch on any other receiver.
    const fetch = (this.#client.fetch ?? globalThis.fetch) as typeof globalThis.fetch;
    this.#answer = fetch(url, init);
    return this.#answer;
  }

  token(): unknown {
    const { token } = this.#client;
    return typeof token === "function" ? token() : token;
  }

  controller(): AbortController {
    this.sent += 1;
    this.#controller = new AbortController();
    return this.#controller;
  }

  timer(callback: () => void, ms: number): unknown {
    this.#timer = setTimeout(callback, ms);
    return this.#timer;
  }

  listen(callback: (() => void) | undefined): void {
    if (this.#listener) this.#signal?.removeEventListener("abort", this.#listener);
    this.#listener = callback;
    if (callback) this.#signal?.addEventListener("abort", callback);
  }

  aborted(): boolean {
    return this.#signal?.aborted === true;
  }

  get quota(): number | undefined {
    return this.#client.quota;
  }

  set quota(left: number) {
    this.#client.quota = left;
  }

  get listening(): boolean {
    return this.#client.onEvent !== undefined;
  }

  tell(type: string, event: string): void {
    this.#tell({ type, ...JSON.parse(event) });
  }

  /** Tells how the call failed; gives the error back. */
  failed<E extends HyperstackError>(error: E): E {
    const { name, code, operation, attempts, retryable, status, requestId } = error;
    const more = { ...(status !== undefined && { status }), ...(requestId !== undefined && { requestId }) };
    this.#tell({ type: "error", operation, name, code, attempts, retryable, ...more });
    return error;
  }

  #tell(event: object): void {
    try {
      const told: unknown = this.#client.onEvent?.({ call: this.#number, ...event } as HyperstackEvent);
      // An async function fits the type, too; its failure would end a Node process.
      Promise.resolve(told).catch(() => {});
    } catch {
      // An observer that fails does not cost the call.
    }
  }

  /** The core is gone: nothing that this call began may go on. */
  abandon(): void {
    clearTimeout(this.#timer as number | undefined);
    try {
      // Nobody may be waiting for it yet, and then its rejection would be nobody's.
      Promise.resolve(this.#answer).catch(() => {});
      this.listen(undefined);
    } catch {
      // Answer and signal are the caller's and may be anything.
    }
    this.#controller?.abort();
  }
}
