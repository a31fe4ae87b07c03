/** How a credential link is parsed. */
export interface ParseOptions {
  /** Hosts that are trusted, and no others. Default `["hyperstack.id"]`. */
  hosts?: readonly string[] | undefined;
}

/** Which verify service is asked, and how. */
export interface VerifierConfig extends ParseOptions {
  /** The verify service: a path on this origin (`/api/verify`) or an https address. */
  endpoint: string;
  /** Sends the request. Default: the global `fetch`. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Milliseconds until the response is complete. Default 30 000. */
  timeoutMs?: number | undefined;
}

/** Options of one verification through a service. */
export interface RemoteVerifyOptions {
  /** A name to compare with the recipient's, if the service does that. Default: not compared. */
  recipientName?: string | undefined;
  /** Aborts the call, which then rejects with `signal.reason`. */
  signal?: AbortSignal | null | undefined;
}
