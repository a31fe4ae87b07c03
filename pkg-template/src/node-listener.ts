/** `toNodeListener`: a fetch-style handler for Node's own server. Knows Node by the form of its objects only. */
import type { VerifyHandler } from "./verify-handler.js";

/**
 * What is needed of an `IncomingMessage` of `node:http`, `node:https` or `node:http2`.
 *
 * @category Verification
 */
export interface NodeRequest {
  /** Method, in capitals. */
  method?: string | undefined;
  /** Path and query. */
  url?: string | undefined;
  /** Names in lower case. */
  headers: { [name: string]: string | string[] | undefined };
  /** The connection; `encrypted` where it is one of TLS. */
  socket?: object | null | undefined;
  /**
   * As of a readable stream.
   *
   * @param event - `data`, `end`, `error` or `close`.
   * @param listener - Is called with the event's value.
   */
  on(event: string, listener: (value: Uint8Array) => void): unknown;
  /** Stops `data` for now. */
  pause(): unknown;
  /** Goes on with `data`. */
  resume(): unknown;
}

/**
 * What is needed of a `ServerResponse`.
 *
 * @category Verification
 */
export interface NodeResponse {
  /** Whether everything was sent. */
  readonly writableFinished: boolean;
  /**
   * As of a writable stream.
   *
   * @param event - `close`.
   * @param listener - Is called once nothing more can be sent.
   */
  on(event: "close", listener: () => void): unknown;
  /**
   * Sends status and headers.
   *
   * @param status - Of the answer.
   * @param headers - By name.
   */
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  /**
   * Sends the body and ends the answer.
   *
   * @param body - All of it.
   */
  end(body?: Uint8Array): unknown;
}

/**
 * What {@link toNodeListener} makes.
 *
 * @param request - Its body must not have been read.
 * @param response - Nothing must have been sent.
 * @returns Settles once the answer was handed over.
 * @category Verification
 */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/** A body as it comes in, and how to have the rest of it read and dropped. */
const bodyOf = (request: NodeRequest): { body: ReadableStream<Uint8Array>; drop: () => void } => {
  let open = true;
  const drop = (): void => {
    open = false;
    request.resume();
  };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const last = (work: () => void) => () => {
        if (open) work();
        open = false;
      };
      request.on("data", (chunk) => {
        if (!open) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) request.pause();
      });
      request.on(
        "end",
        last(() => controller.close()),
      );
      // A connection that breaks off says `close` without `end`.
      for (const event of ["error", "close"]) {
        request.on(
          event,
          last(() => controller.error(new TypeError("the body broke off"))),
        );
      }
    },
    pull: () => {
      request.resume();
    },
    // So that the answer still gets through.
    cancel: drop,
  });
  return { body, drop };
};

/** What a `Host` may be: with a slash, a question mark or the like it would reach into the path. */
const HOST = /^[^\s/\\?#@]+$/;

/** Headers as Node takes them: cookies are the ones that may stand there more than once. */
const headersOf = ({ headers }: Response): Record<string, string | string[]> => {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { "set-cookie": cookies }) };
};

/**
 * Makes a handler a listener of `node:http`: `createServer(toNodeListener(handler))`, or a route of Express and its like,
 * before anything that reads bodies. Whoever hangs up aborts the question. What a handler leaves of a body is read and dropped,
 * so that the connection can be used again; how long that may take, Node's `requestTimeout` says. A handler that rejects,
 * which one of {@link createVerifyHandler} does not, is answered 500.
 *
 * Behind a proxy that ends TLS this server knows its own origin as `http://…`. Browsers say themselves when a page asks its
 * own origin; for those that do not, list it in `allowedOrigins`.
 *
 * @param handler - What {@link createVerifyHandler} made.
 * @category Verification
 */
export const toNodeListener =
  (handler: VerifyHandler): NodeListener =>
  async (request, response) => {
    const controller = new AbortController();
    response.on("close", () => {
      if (!response.writableFinished) controller.abort();
    });
    const { method = "GET", url = "/", socket } = request;
    const refuse = (status: number): void => {
      response.writeHead(status, { "cache-control": "no-store" });
      response.end();
    };
    const headers = new Headers();
    let asked: Request;
    let drop = (): void => {};
    try {
      for (const [name, value] of Object.entries(request.headers)) {
        // Those of HTTP/2 that begin with a colon are no headers.
        if (!name.startsWith(":")) for (const one of [value ?? []].flat()) headers.append(name, one);
      }
      const named = headers.get("host") ?? [request.headers[":authority"] ?? ""].flat()[0];
      const host = named || "localhost";
      if (!HOST.test(host)) return refuse(400);
      const base = `${(socket as { encrypted?: boolean } | null)?.encrypted ? "https" : "http"}://${host}`;
      let body: ReadableStream<Uint8Array> | null = null;
      if (method !== "GET" && method !== "HEAD") ({ body, drop } = bodyOf(request));
      // `duplex` is missing in the types of browsers.
      const init = { method, headers, body, duplex: "half", signal: controller.signal };
      // Put behind it as it is: `//evil.example/` is a path here, and no other host.
      asked = new Request(`${base}${url.startsWith("/") ? url : "/"}`, init);
    } catch {
      // A host or a method (TRACE) that no `Request` can have.
      drop();
      return refuse(400);
    }
    try {
      const answer = await handler(asked);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      response.writeHead(answer.status, headersOf(answer));
      response.end(bytes);
    } catch {
      refuse(500);
    }
    // Else what nobody reads holds up the next request on this connection.
    drop();
  };
