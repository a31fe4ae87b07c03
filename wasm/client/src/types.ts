/** The configuration of a client. Calls with the same object share its retry quota. */
export interface ClientConfig {
  /** API token (dashboard → Settings → API Access), or a function that returns one; called at every attempt. */
  token: string | (() => string | Promise<string>);
  /** Sends the requests. Default: the global `fetch`, looked up at every request. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Receives what happens during calls. What it throws is ignored. */
  onEvent?:
    | ((event: { type: "request" | "response" | "retry" | "error"; call: number; operation: string }) => void)
    | undefined;
  /** Default `https://api.thehyperstack.com`. https only, http on loopback; the token is sent nowhere else. */
  baseUrl?: string | undefined;
  /** Header that `requestId` is read from. Default `x-request-id`. */
  requestIdHeader?: string | undefined;
  /** Milliseconds for one attempt: token, headers and body. Default 30 000. */
  timeoutMs?: number | undefined;
  /** Milliseconds for the whole call: attempts and the waits between them. Default 60 000. */
  totalTimeoutMs?: number | undefined;
  /** Retries after the first attempt. Default 2. */
  maxRetries?: number | undefined;
  /** Largest response that is read, in bytes. Default 8 388 608. */
  maxResponseBytes?: number | undefined;
}

/** Options of one call. Limits replace those of the configuration. */
export interface CallOptions {
  /** Aborts the call in any phase; it then rejects with `signal.reason`. */
  signal?: AbortSignal | null | undefined;
  /** Headers that are added to every request of the call, e.g. `traceparent`. */
  headers?: { [name: string]: string } | undefined;
  timeoutMs?: number | undefined;
  totalTimeoutMs?: number | undefined;
  maxRetries?: number | undefined;
  maxResponseBytes?: number | undefined;
  /** Milliseconds since 1970: an earlier call like this one, made then or later, may have been carried out, so the account is searched first. */
  mayExistSince?: number | Date | undefined;
  /** Called right before each request is sent. */
  onAttempt?: (() => void) | undefined;
}

/** The response of an operation. */
export interface ApiResponse<T> {
  /** The data of the response, validated. Fields that this package does not know are kept. */
  data: T;
  /** HTTP status. */
  status: number;
  /** The headers of the last response. */
  headers: Headers;
  /** Value of the `requestIdHeader`, if the response had one. */
  requestId: string | null;
  /** Requests of the operation that were sent. */
  attempts: number;
  /** The response was lost, and what it would have held was read from the account. */
  reconciled: boolean;
}

/** Options of one verification: how it is done, and those of every call. */
export interface VerifyOptions extends ParseOptions, CallOptions {
  /** How far clocks may differ, in seconds. Default 300; 0 is allowed. */
  skewSeconds?: number | undefined;
  /** The instant that the verdict is about, a `Date` or milliseconds since 1970. Default: when the response arrives. */
  now?: Date | number | undefined;
  /** A name to compare with the recipient's. Default: not compared. */
  recipientName?: string | undefined;
  /** The keys of metadata that may be shown. Default: none. */
  allowMetadata?: readonly string[] | undefined;
  /** What the report calls the issuer. */
  issuerLabel?: string | undefined;
  /** The oldest response that can support `valid`, in seconds (`Age`). Default 300. */
  maxAgeSeconds?: number | undefined;
}
