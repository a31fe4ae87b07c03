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
  writeHead(status: number, headers: Record<string, string>): unknown;
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

/** The body as it comes in. A reader that lets go has the rest read and dropped, so that the answer still gets through. */
const bodyOf = (request: NodeRequest): ReadableStream<Uint8Array> => {
  let open = true;
  return new ReadableStream({
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
    cancel: () => {
      open = false;
      request.resume();
    },
  });
};

/**
 * Makes a handler a listener of `node:http`: `createServer(toNodeListener(handler))`, or a route of Express and its like,
 * before anything that reads bodies. Whoever hangs up aborts the question.
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
    const headers = new Headers();
    let asked: Request;
    try {
      for (const [name, value] of Object.entries(request.headers)) {
        // Those of HTTP/2 that begin with a colon are no headers.
        if (!name.startsWith(":")) for (const one of [value ?? []].flat()) headers.append(name, one);
      }
      const host = headers.get("host") ?? [request.headers[":authority"] ?? "localhost"].flat()[0];
      const base = `${(socket as { encrypted?: boolean } | null)?.encrypted ? "https" : "http"}://${host}`;
      const body = method === "GET" || method === "HEAD" ? null : bodyOf(request);
      // `duplex` is missing in the types of browsers.
      const init = { method, headers, body, duplex: "half", signal: controller.signal };
      // Put behind it as it is: `//evil.example/` is a path here, and no other host.
      asked = new Request(`${base}${url.startsWith("/") ? url : "/"}`, init);
    } catch {
      // A host or a method (TRACE) that no `Request` can have.
      response.writeHead(400, { "cache-control": "no-store" });
      response.end();
      return;
    }
    const answer = await handler(asked);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(bytes);
  };
