/** One call under way: sending, reading, waiting and aborting, as its session in the core says. */
import type { Session } from "#glue";
import type { ApiResponse } from "./api-promise.js";
import { joined } from "./body.js";
import { failure, type HyperstackError, invalid } from "./errors.js";

/**
 * What happens during a call, for logs, traces and metrics. `call` numbers a client's calls, so that what belongs
 * together can be told where calls run at once. Nothing in an event is secret: no token, no body, no address, no id.
 *
 * @category Client
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
      /** Which request of this operation it answers, from 1. */
      attempt: number;
      /** HTTP status. */
      status: number;
      /** Milliseconds from sending to the last byte. */
      durationMs: number;
      /** Value of the `requestIdHeader`, where the answer had one. */
      requestId?: string;
    }
  | {
      /** The request will be sent again after `delayMs`, because of `code`. */
      type: "retry";
      /** Which request of this operation failed, from 1. */
      attempt: number;
      /** Milliseconds until it is sent again. */
      delayMs: number;
      /** `code` of the error that it would have been, e.g. `rate_limited`. */
      code: string;
      /** HTTP status, where there was an answer. */
      status?: number;
    }
  | {
      /** The call rejects with this. An abort and a `verify` that cannot check make none. */
      type: "error";
      /** Class of the error, e.g. `TimeoutError`. */
      name: string;
      /** `code` of the error. */
      code: string;
      /** Requests that were sent. */
      attempts: number;
      /** Whether the same call may be made again without harm and may end differently. */
      retryable: boolean;
      /** HTTP status, where there was an answer. */
      status?: number;
      /** Value of the `requestIdHeader`, where the answer had one. */
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

type Cancellable = { cancel?: () => unknown } | null | undefined;

/** Later than this, JavaScript's timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The default of `totalTimeoutMs`. */
const LONGEST_LOADING_MS = 60_000;
export const NO_BYTES: Uint8Array = new Uint8Array();
// Strict: what is no UTF-8 the core is to refuse, not to read as something else.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true });
const TIMEOUT = "timeout";
const ABORTED = "aborted";
const TOO_LARGE = "too_large";

/** Of another realm, a stream's bytes are no `Uint8Array` of ours; copying makes them one. */
const bytesOf = (value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  if (typeof (value as ArrayBufferLike | undefined)?.byteLength !== "number") throw new TypeError("no bytes");
  return new Uint8Array(value as ArrayBuffer);
};

/** The first line, and what follows it. */
export const halves = (lines: string): [first: string, rest: string] => {
  const end = lines.indexOf("\n");
  return end < 0 ? [lines, ""] : [lines.slice(0, end), lines.slice(end + 1)];
};

/** Does what may fail without anybody being told, at once or later: an unheard failure would end a Node process. */
const quietly = async (work: () => unknown): Promise<void> => {
  try {
    await work();
  } catch {
    // It is somebody else's: a stream, a signal, an observer.
  }
};

/** Unicode compatibility form and lower case, which the core compares names in; the tables are the runtime's. */
export const foldName = (name: string): string => name.normalize("NFKC").toLowerCase();

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** What is to be called when a signal fires, by signal, and how to stop listening to it. */
const heard = new WeakMap<AbortSignal, [aborts: Set<() => void>, ring: () => void]>();

/** One listener for all calls on a signal: of more than ten, Node warns that they leak. Gives how to stop. */
const shared = (signal: AbortSignal, abort: () => void): (() => void) => {
  const [aborts, ring] = heard.get(signal) ?? [
    new Set(),
    () => {
      for (const each of [...aborts]) each();
    },
  ];
  if (aborts.size === 0) {
    signal.addEventListener("abort", ring);
    heard.set(signal, [aborts, ring]);
  }
  aborts.add(abort);
  return () => {
    aborts.delete(abort);
    if (aborts.size === 0) void quietly(() => signal.removeEventListener("abort", ring));
  };
};

/** The fields that are set, so that an explicit `undefined` does not hide a default. */
export const defined = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** What a runtime said when a connection failed. Any value works; what may be shown of it the core decides. */
const lost = (thrown?: unknown): string => {
  let details = {};
  try {
    const { name, code, message, cause } = Object(thrown) as Record<string, unknown>;
    // Node and Bun put the system's code (ECONNRESET) one level down.
    const inner = Object(cause) as { code?: unknown };
    details = {
      name: text(name),
      code: text(code) ?? text(inner.code),
      message: text(message) ?? text(thrown),
    };
  } catch {
    // It may be anything, and then nothing is known.
  }
  return `lost\n${JSON.stringify(details)}`;
};

/**
 * A call under way: does what its session in the core says, one thing at a time, until that says how it ended.
 * @internal
 */
export class Call {
  /** What the caller asked for. */
  readonly operation: string;
  /** Requests that were sent, those that looked for a lost one included. */
  sent = 0;
  readonly #client: Client;
  readonly #signal: AbortSignal | undefined;
  readonly #number: number;
  /** Of the last answer. */
  #headers: unknown = null;
  #body: Uint8Array = NO_BYTES;
  /** The body that the core has checked, as text. */
  #said = "";
  /** Of the request that is on its way. */
  #controller: AbortController | undefined;
  /** Ends what is being waited for. */
  #ring: ((event: string) => void) | undefined;
  #lost: HyperstackError | undefined;

  constructor(operation: string, client: Client, signal: AbortSignal | undefined) {
    this.operation = operation;
    this.#client = client;
    this.#signal = signal;
    this.#number = ++client.calls;
  }

  /** The client's token, where it is no function. An aborted call gives none: it ends where that is asked for. */
  get token(): string | undefined {
    return this.#aborted() ? undefined : text(this.#client.token);
  }

  /** Whether anybody is told of what happens. */
  get observed(): boolean {
    return !!this.#client.onEvent;
  }

  /** Carries a session on to its end; gives the word it ends with, and what belongs to it. */
  async carry(session: Session, enter: <T>(work: () => T) => T): Promise<[word: string, details: string]> {
    const client = this.#client;
    const unlisten = this.#listen();
    try {
      for (let event = ""; ; ) {
        try {
          this.#said = decoder.decode(this.#body);
        } catch {
          event = event.replace(/^done/, "garbled");
          this.#body = NO_BYTES;
        }
        const said = enter(() => {
          const said = session.step(event, this.#body, Date.now(), Math.random(), client.quota ?? -1);
          const { quota } = session;
          if (quota >= 0) client.quota = quota;
          return said;
        });
        // What is to be told, a line each, then an empty line.
        let [line, rest] = halves(said);
        for (; line; [line, rest] = halves(rest)) {
          const at = line.indexOf("{");
          this.#tell({ type: line.slice(0, at), ...JSON.parse(line.slice(at)) });
        }
        const [word, details] = halves(rest);
        if (word !== "send" && word !== "token" && word !== "wait") {
          return [word, details];
        }
        this.#body = NO_BYTES;
        event = await this.#act(word, details);
        if (this.#lost) throw this.#lost;
      }
    } finally {
      unlisten?.();
    }
  }

  /** The answer of an operation, from what belongs to `done`: lines, and what is said where the body does not say it. */
  answer(details: string): ApiResponse<unknown> {
    const [status, attempts, reconciled, requestId, ...said] = details.split("\n");
    return {
      data: JSON.parse(said.join("\n") || this.#said),
      status: Number(status),
      headers: this.#headers as Headers,
      requestId: requestId || null,
      attempts: Number(attempts),
      reconciled: reconciled === "1",
    };
  }

  /** Waits for the core, as long as the call may take in all: `limit` names the setting that says so. */
  async loading<T>(settings: string, limit: string, load: () => Promise<T>): Promise<T> {
    const set: unknown = JSON.parse(settings)[limit];
    const unlisten = this.#listen();
    try {
      let loaded: Promise<T> | undefined;
      // What is wrong with the setting the core says, once it is there.
      const ms = Number.isSafeInteger(set) && (set as number) > 0 ? (set as number) : LONGEST_LOADING_MS;
      const event = await this.#outcome(ms, () => {
        loaded = load();
        return loaded;
      });
      // Whether it came or failed.
      if (loaded && event !== TIMEOUT && event !== ABORTED) return await loaded;
      if (event === ABORTED && this.#signal?.aborted) throw this.#signal.reason;
    } finally {
      unlisten?.();
    }
    throw failure("TimeoutError", "timeout", this.operation, "the WebAssembly core did not load in time", {
      retryable: true,
    });
  }

  /** Listens to the caller's signal; gives how to stop that. */
  #listen(): (() => void) | undefined {
    const signal = this.#signal;
    if (!signal) return;
    try {
      signal.aborted;
      return shared(signal, () => this.#stop(ABORTED));
    } catch {
      throw invalid(this.operation, "signal", "abort_signal", "must be an AbortSignal");
    }
  }

  /** Ends the call with an error, whatever it is doing. */
  abandon(error: HyperstackError): void {
    this.#lost = error;
    this.#stop(ABORTED);
  }

  /** Ends what is being waited for, and the request that is on its way. */
  #stop(event: string): void {
    this.#ring?.(event);
    this.#controller?.abort();
  }

  /** Tells how the call failed; gives the error back. */
  failed<E extends HyperstackError>(error: E): E {
    const { name, code, operation, attempts, retryable, status, requestId } = error;
    this.#tell(defined({ type: "error", operation, name, code, attempts, retryable, status, requestId }));
    return error;
  }

  #tell(event: object): void {
    // An observer that fails does not cost the call. An async function fits the type, too.
    void quietly(() => this.#client.onEvent?.({ call: this.#number, ...event } as HyperstackEvent));
  }

  #aborted(): boolean {
    try {
      return !!this.#lost || this.#signal?.aborted === true;
    } catch {
      return false;
    }
  }

  /**
   * Waits for the event that `work` gives, unless the caller aborts or so many milliseconds are over first. Rejects only
   * where there are no timers.
   */
  #outcome<T>(ms: number, work: () => Promise<T>): Promise<T | string> {
    return new Promise((resolve) => {
      if (this.#aborted()) return resolve(ABORTED);
      const timer = setTimeout(() => this.#stop(TIMEOUT), Math.min(ms, LONGEST_TIMER_MS));
      const ring = (event: T | string): void => {
        clearTimeout(timer);
        resolve(event);
      };
      this.#ring = ring;
      work().then(ring, (thrown) => ring(lost(thrown)));
    });
  }

  /** Does what the session says, in the time that it says; gives what became of it. */
  async #act(word: string, details: string): Promise<string> {
    try {
      // The first line says how long it may take.
      const ms = Number.parseInt(details, 10);
      if (word === "send") return await this.#send(details, ms);
      const { token } = this.#client;
      const event = await this.#outcome(ms, async () => {
        if (word === "wait") return new Promise<string>(() => {});
        return `done\n${text(typeof token === "function" ? await token() : token) ?? ""}`;
      });
      // What the function threw the core drops: it may hold the token.
      return word === "wait" && event === TIMEOUT ? "done" : event;
    } catch (thrown) {
      // A global scope without timers.
      return lost(thrown);
    }
  }

  async #send(details: string, ms: number): Promise<string> {
    const ends = Date.now() + ms;
    // As `send` in src/session.rs writes it.
    const lines = details.split("\n");
    const [, most, idHeader, method, url] = lines as [string, string, string, string, string];
    const headers: Record<string, string> = {};
    let at = 5;
    for (let line = lines[at]; line; line = lines[at]) {
      const colon = line.indexOf(":");
      headers[line.slice(0, colon)] = line.slice(colon + 1);
      at += 1;
    }
    const controller = new AbortController();
    const { signal } = controller;
    this.#controller = controller;
    // "error" is unknown to Workers; a manual redirect is refused when it arrives.
    const init: RequestInit = { method, headers, redirect: "manual", signal };
    if (at < lines.length) init.body = lines.slice(at + 1).join("\n");
    const limit = Number(most);
    let body: Cancellable;
    // Lets go of a body that nobody reads, without waiting for that.
    const drop = (): unknown => quietly(() => body?.cancel?.());
    // Waited for as a whole: one thing to race with aborts and time. Once those have won, it touches nothing of the call.
    const event = await this.#outcome(ms, async () => {
      this.sent += 1;
      // Looked up now, and called unbound: browsers refuse fetch on any other receiver.
      const fetch = (this.#client.fetch ?? globalThis.fetch) as typeof globalThis.fetch;
      const answer: Response = Object(await fetch(url, init));
      body = answer.body;
      // A fetch that ignores its signal.
      if (signal.aborted) {
        drop();
        return ABORTED;
      }
      const status = typeof answer.status === "number" ? answer.status : 0;
      // `redirected`: a custom fetch followed one all the same, and this is somebody else's answer.
      if (answer.type === "opaqueredirect" || (status >= 300 && status < 400) || answer.redirected) {
        return `redirect\n${status}`;
      }
      if (status === 0) return lost();
      const header = (name: string): string | undefined => text(answer.headers?.get?.(name));
      if (Number(header("content-length")) > limit) return TOO_LARGE;
      const chunks: Uint8Array[] = [];
      let size = 0;
      const isTooMuch = (chunk: unknown): boolean => {
        const bytes = bytesOf(chunk);
        chunks.push(bytes);
        size += bytes.length;
        return size > limit;
      };
      const reader = answer.body?.getReader?.();
      if (reader) body = reader;
      while (reader) {
        const { done, value } = Object(await reader.read()) as ReadableStreamReadResult<Uint8Array>;
        if (signal.aborted || this.#aborted()) return ABORTED;
        if (done) break;
        // A stream that always has its next chunk ready never lets a timer fire.
        if (Date.now() > ends) return TIMEOUT;
        if (isTooMuch(value)) return TOO_LARGE;
      }
      if (!reader && typeof answer.arrayBuffer === "function") {
        // No stream (a mock, or an empty body): the whole of it at once, then measured.
        const whole = await answer.arrayBuffer();
        if (signal.aborted) return ABORTED;
        if (isTooMuch(whole)) return TOO_LARGE;
      }
      // A copy, which nobody else can change: the core takes its bytes for the text that the decoder saw.
      this.#body = joined(chunks, size);
      this.#headers = answer.headers;
      // A line each, empty where there is none; no real header holds an end of line, and as it is it would be another one.
      const line = (name: string): string => `\n${header(name)?.trim().replaceAll("\n", "\0") ?? ""}`;
      const said = `done\n${status}${line("content-type")}${line("retry-after")}${line(idHeader)}${line("age")}`;
      this.#controller = undefined;
      return said;
    });
    if (this.#controller) {
      this.#controller = undefined;
      drop();
      controller.abort();
    }
    return event;
  }
}
