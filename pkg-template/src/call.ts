/** One call under way: sending, reading, waiting and aborting, as its session in the core says. */
import type { Session } from "#glue";
import { joined } from "./body.js";
import { type HyperstackError, invalid, TimeoutError } from "./errors.js";

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

/** How something that was waited for ended. */
type Outcome = [how: "value" | "thrown", what: unknown] | [how: "timeout" | "aborted"];

/** Later than this, JavaScript's timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The default of `totalTimeoutMs`. */
const LONGEST_LOADING_MS = 60_000;
const NO_BYTES = new Uint8Array();

/** Of another realm, a stream's bytes are no `Uint8Array` of ours; copying makes them one. */
const bytesOf = (value: unknown): Uint8Array => {
  if (typeof (value as ArrayBufferLike | undefined)?.byteLength !== "number") throw new TypeError("no bytes");
  return new Uint8Array(value as ArrayBuffer);
};

/** Unicode compatibility form and lower case, which the core compares names in; the tables are the runtime's. */
export const foldName = (name: string): string => name.normalize("NFKC").toLowerCase();

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** What is to be called when a signal fires, by signal, and how to stop listening to it. */
const heard = new WeakMap<AbortSignal, { aborts: Set<() => void>; ring: () => void }>();

/** One listener for all calls on a signal: of more than ten, Node warns that they leak. Gives how to stop. */
const shared = (signal: AbortSignal, abort: () => void): (() => void) => {
  let all = heard.get(signal);
  if (!all) {
    const aborts = new Set<() => void>();
    const ring = (): void => {
      for (const each of [...aborts]) each();
    };
    signal.addEventListener("abort", ring);
    all = { aborts, ring };
    heard.set(signal, all);
  }
  const { aborts, ring } = all;
  aborts.add(abort);
  return () => {
    aborts.delete(abort);
    if (aborts.size > 0) return;
    heard.delete(signal);
    try {
      signal.removeEventListener("abort", ring);
    } catch {
      // The signal is the caller's and may be anything.
    }
  };
};

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
  /** Of the last answer. */
  headers: unknown = null;
  #body: Uint8Array = NO_BYTES;
  readonly #client: Client;
  readonly #signal: AbortSignal | undefined;
  readonly #number: number;
  /** Of the request that is on its way. */
  #controller: AbortController | undefined;
  /** The time of what is being done is over. */
  #expired = false;
  /** Ends what is being waited for. */
  #ring: ((how: "timeout" | "aborted") => void) | undefined;
  #lost: HyperstackError | undefined;

  constructor(operation: string, client: Client, signal: AbortSignal | undefined) {
    this.operation = operation;
    this.#client = client;
    this.#signal = signal ?? undefined;
    client.calls += 1;
    this.#number = client.calls;
  }

  /** The client's token, where it is no function. */
  get token(): string | undefined {
    return text(this.#client.token);
  }

  /** Whether anybody is told of what happens. */
  get observed(): boolean {
    return this.#client.onEvent !== undefined;
  }

  /** What an answer says: the text behind the frame of `done`, or the last body as it came. */
  data(done: string): unknown {
    const end = done.indexOf("\n");
    // The core has checked that it is UTF-8.
    return JSON.parse(end < 0 ? new TextDecoder().decode(this.#body) : done.slice(end + 1));
  }

  /** Carries a session on to its end; gives the word it ends with, and what belongs to it. */
  async carry(session: Session, enter: <T>(work: () => T) => T): Promise<[word: string, details: string]> {
    const unlisten = this.#listen();
    try {
      let happened: [event: string, body?: Uint8Array] = [""];
      for (;;) {
        const [event, body = NO_BYTES] = happened;
        let said = enter(() =>
          session.step(event, body, Date.now(), Math.random(), this.#client.quota ?? -1),
        );
        const quota = enter(() => session.quota);
        if (quota >= 0) this.#client.quota = quota;
        // What is to be told, a line each, then an empty line.
        for (let end = said.indexOf("\n"); ; end = said.indexOf("\n")) {
          const line = said.slice(0, end);
          said = said.slice(end + 1);
          if (line === "") break;
          const at = line.indexOf("{");
          if (this.#client.onEvent) this.#tell({ type: line.slice(0, at), ...JSON.parse(line.slice(at)) });
        }
        const end = said.indexOf("\n");
        const word = said.slice(0, end);
        const details = said.slice(end + 1);
        if (word === "send") happened = await this.#send(JSON.parse(details));
        else if (word === "token") happened = await this.#token(Number(details));
        else if (word === "wait") happened = await this.#wait(Number(details));
        else return [word, details];
        if (this.#lost) throw this.#lost;
      }
    } finally {
      unlisten();
    }
  }

  /** Waits for the core, as long as the call may take in all: `limit` names the setting that says so. */
  async loading<T>(settings: string, limit: string, load: () => Promise<T>): Promise<T> {
    const set: unknown = JSON.parse(settings)[limit];
    // What is wrong with it the core says, once it is there.
    const ms = Number.isSafeInteger(set) && (set as number) > 0 ? (set as number) : LONGEST_LOADING_MS;
    const unlisten = this.#listen();
    try {
      const [how, what] = await this.#limited(ms, () => this.#outcome(load));
      if (how === "value") return what as T;
      if (how === "thrown") throw what;
      if (how === "aborted" && this.#signal?.aborted) throw this.#signal.reason;
    } finally {
      unlisten();
    }
    throw new TimeoutError({
      name: "TimeoutError",
      code: "timeout",
      message: `${this.operation}: the WebAssembly core did not load in time`,
      operation: this.operation,
      retryable: true,
      attempts: 0,
    });
  }

  /** Listens to the caller's signal; gives how to stop that. */
  #listen(): () => void {
    const signal = this.#signal;
    if (!signal) return () => {};
    const abort = (): void => this.#stop();
    try {
      signal.aborted;
      return shared(signal, abort);
    } catch {
      throw invalid(this.operation, "signal", "abort_signal", "must be an AbortSignal");
    }
  }

  /** Ends the call with an error, whatever it is doing. */
  abandon(error: HyperstackError): void {
    this.#lost = error;
    this.#stop();
  }

  #stop(): void {
    this.#ring?.("aborted");
    this.#controller?.abort();
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

  #aborted(): boolean {
    try {
      return this.#lost !== undefined || this.#signal?.aborted === true;
    } catch {
      return false;
    }
  }

  /** Gives `work` so many milliseconds, for all that it waits for. */
  async #limited<T>(ms: number, work: () => Promise<T>): Promise<T> {
    this.#expired = false;
    const expire = (): void => {
      this.#expired = true;
      this.#ring?.("timeout");
    };
    const timer = setTimeout(expire, Math.min(ms, LONGEST_TIMER_MS));
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for what `work` gives, unless the caller aborts or the time is over first. Never rejects. */
  #outcome(work: () => unknown): Promise<Outcome> {
    return new Promise((resolve) => {
      if (this.#aborted()) return resolve(["aborted"]);
      if (this.#expired) return resolve(["timeout"]);
      this.#ring = (how) => resolve([how]);
      // A promise of our own: one of somebody else's may have a `then` that throws.
      new Promise((settle) => settle(work())).then(
        (value) => resolve(["value", value]),
        (thrown) => resolve(["thrown", thrown]),
      );
    });
  }

  async #token(ms: number): Promise<[string]> {
    const { token } = this.#client;
    if (typeof token !== "function") return this.#aborted() ? ["aborted\n"] : [`done\n${token}`];
    try {
      const [how, value] = await this.#limited(ms, () => this.#outcome(() => token()));
      if (how === "value") return [`done\n${text(value) ?? ""}`];
      // What the function threw is dropped: it may hold the token.
      return [how === "thrown" ? "lost\n{}" : `${how}\n`];
    } catch {
      return ["lost\n{}"];
    }
  }

  async #wait(ms: number): Promise<[string]> {
    try {
      const [how] = await this.#limited(ms, () => this.#outcome(() => new Promise(() => {})));
      return [how === "timeout" ? "done" : "aborted"];
    } catch {
      // Without timers there is no waiting, and no repeat either.
      return ["aborted"];
    }
  }

  async #send({ ms, ...request }: Request): Promise<[string, Uint8Array?]> {
    const controller = new AbortController();
    this.#controller = controller;
    let finished = false;
    try {
      return await this.#limited(ms, async () => {
        const answer = await this.#exchange(request, controller.signal, Date.now() + ms);
        finished = answer[1] !== undefined;
        return answer;
      });
    } catch (thrown) {
      // A global scope without timers, or a response that is none.
      return [lost(thrown)];
    } finally {
      if (!finished) controller.abort();
      this.#controller = undefined;
    }
  }

  async #exchange(
    { url, idHeader, most, ...parts }: Omit<Request, "ms">,
    signal: AbortSignal,
    ends: number,
  ): Promise<[string, Uint8Array?]> {
    // "error" is unknown to Workers; a manual redirect is refused when it arrives.
    const init = { ...parts, redirect: "manual" as const, signal };
    const [how, response] = await this.#outcome(() => {
      this.sent += 1;
      // Looked up now, and called unbound: browsers refuse fetch on any other receiver.
      const fetch = (this.#client.fetch ?? globalThis.fetch) as typeof globalThis.fetch;
      return fetch(url, init);
    });
    if (how !== "value") return [how === "thrown" ? lost(response) : `${how}\n`];
    const answer = Object(response) as Response;
    const status = typeof answer.status === "number" ? answer.status : 0;
    // `redirected`: a custom fetch followed one all the same, and this is somebody else's answer.
    if (answer.type === "opaqueredirect" || (status >= 300 && status < 400) || answer.redirected) {
      return [`redirect\n${status}`];
    }
    if (status === 0) return [lost()];
    const header = (name: string): string | undefined => text(answer.headers?.get?.(name));
    const announced = header("content-length")?.trim() ?? "";
    if (/^\d+$/.test(announced) && Number(announced) > most) return ["too_large\n"];
    const body = await this.#read(answer, most, ends);
    if (typeof body === "string") return [body];
    this.headers = answer.headers;
    this.#body = body;
    const head = {
      status,
      type: header("content-type"),
      retryAfter: header("retry-after"),
      requestId: header(idHeader),
      age: header("age"),
    };
    return [`done\n${JSON.stringify(head)}`, body];
  }

  /** The body, or what became of it instead. */
  async #read(response: Response, most: number, ends: number): Promise<Uint8Array | string> {
    const reader = response.body?.getReader?.();
    if (!reader) {
      if (typeof response.arrayBuffer !== "function") return NO_BYTES;
      // No stream (a mock, or an empty body): the whole of it at once, then measured.
      const [how, whole] = await this.#outcome(() => response.arrayBuffer());
      if (how !== "value") return how === "thrown" ? lost(whole) : `${how}\n`;
      const bytes = bytesOf(whole);
      return bytes.length > most ? "too_large\n" : bytes;
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    let done = false;
    try {
      while (!done) {
        const [how, chunk] = await this.#outcome(() => reader.read());
        if (how !== "value") return how === "thrown" ? lost(chunk) : `${how}\n`;
        const read = Object(chunk) as ReadableStreamReadResult<Uint8Array>;
        if (read.done) {
          done = true;
        } else {
          // A stream that always has its next chunk ready never lets a timer fire.
          if (Date.now() > ends) return "timeout\n";
          const bytes = bytesOf(read.value);
          size += bytes.length;
          if (size > most) return "too_large\n";
          parts.push(bytes);
        }
      }
    } finally {
      // Waited for by nobody, but a rejection would be reported as unhandled.
      if (!done) new Promise((settle) => settle(reader.cancel())).catch(() => {});
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : joined(parts, size);
  }
}

/** What the core says of a request. */
interface Request {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** Milliseconds for headers and body. */
  ms: number;
  /** Bytes that the body may have. */
  most: number;
  /** The header that holds a request's id. */
  idHeader: string;
}
