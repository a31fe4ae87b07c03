/** `toNodeListener`: a fetch-style handler for Node's own server. Uses no module of Node, only the form of its objects. */
import type { VerifyHandler } from "./verify-handler.js";

/**
 * The part of an `IncomingMessage` of `node:http`, `node:https` or `node:http2` that is needed.
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
  /** The connection; `encrypted` if it uses TLS. */
  socket?: object | null | undefined;
  /** The body that a body parser has read: text, bytes, or the value of its JSON. */
  body?: unknown;
  /** The bytes of the body that a platform has read. */
  rawBody?: unknown;
  /** Whether something has begun to read the body. */
  readableDidRead?: boolean | undefined;
  /** Whether the body was read to its end. */
  readableEnded?: boolean | undefined;
  /**
   * As that of a readable stream.
   *
   * @param event - `data`, `end`, `error` or `close`.
   * @param listener - Is called with the event's value.
   */
  on(event: string, listener: (value: Uint8Array) => void): unknown;
  /** Stops `data` for now. */
  pause(): unknown;
  /** Continues with `data`. */
  resume(): unknown;
}

/**
 * The part of a `ServerResponse` that is needed.
 *
 * @category Verification
 */
export interface NodeResponse {
  /** Whether everything was sent. */
  readonly writableFinished: boolean;
  /** Whether something has responded. */
  readonly headersSent?: boolean | undefined;
  /**
   * As that of a writable stream.
   *
   * @param event - `close`.
   * @param listener - Is called when nothing more can be sent.
   */
  on(event: "close", listener: () => void): unknown;
  /**
   * Sends status and headers.
   *
   * @param status - HTTP status.
   * @param headers - By name.
   */
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  /**
   * Sends the body and ends the response.
   *
   * @param body - All of it.
   */
  end(body?: Uint8Array): unknown;
}

/**
 * A listener of {@link toNodeListener}.
 *
 * @param request - The request; a body that was read must be in its `body` or `rawBody`.
 * @param response - Nothing must have been sent.
 * @returns Resolves when the response was handed over, always: a listener does not reject.
 * @category Verification
 */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/** A body, and how to have its rest read and dropped. */
interface IncomingBody {
  readonly body: BodyInit | null;
  readonly drop: () => void;
}

/** Streams a body that nothing has read. */
const streamOf = (request: NodeRequest): IncomingBody => {
  let open = true;
  const drop = (): void => {
    open = false;
    request.resume();
  };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const close = (settle: () => void) => () => {
        if (open) settle();
        open = false;
      };
      request.on("data", (chunk) => {
        if (!open) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) request.pause();
      });
      const end = close(() => controller.close());
      request.on("end", end);
      // A connection that is cut emits `close` without `end`.
      const fail = close(() => controller.error(new TypeError("the body was cut off")));
      request.on("error", fail);
      request.on("close", fail);
    },
    pull: () => {
      request.resume();
    },
    // So that the client still gets the response.
    cancel: drop,
  });
  return { body, drop };
};

/** Returns the body that a body parser or the platform has read; `undefined` if it kept nothing, or what is not JSON. */
const parsedBody = (request: NodeRequest): BodyInit | undefined => {
  try {
    const read = request.rawBody ?? request.body;
    if (read === undefined || read === null) return undefined;
    if (typeof read === "string") return read;
    if (read instanceof ArrayBuffer || ArrayBuffer.isView(read)) return read as BodyInit;
    return JSON.stringify(read);
  } catch {
    // A cycle, a BigInt, or a member that throws when it is read.
    return undefined;
  }
};

/** Returns the body; `undefined` if something else has read it and kept nothing. */
const bodyOf = (request: NodeRequest): IncomingBody | undefined => {
  const { method, readableDidRead, readableEnded } = request;
  if (method === "GET" || method === "HEAD") return { body: null, drop: () => {} };
  if (!readableDidRead && !readableEnded) return streamOf(request);
  const body = parsedBody(request);
  return body === undefined ? undefined : { body, drop: () => {} };
};

/** The form of a `Host`: with a slash, a question mark or the like it would change the path. */
const HOST = /^[^\s/\\?#@]+$/;

/** Returns headers as Node takes them. Only cookies can be several of one name. */
const headersOf = ({ headers }: Response): Record<string, string | string[]> => {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { "set-cookie": cookies }) };
};

/** Creates the request; `undefined` for a host or a method (TRACE) that no `Request` can have. */
const toRequest = (request: NodeRequest, body: BodyInit | null, signal: AbortSignal): Request | undefined => {
  const { method = "GET", url = "/", socket } = request;
  try {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      // The names of HTTP/2 that begin with a colon are not headers.
      if (!name.startsWith(":")) for (const one of [value ?? []].flat()) headers.append(name, one);
    }
    const [authority = ""] = [request.headers[":authority"] ?? ""].flat();
    const host = (headers.get("host") ?? authority) || "localhost";
    if (!HOST.test(host)) return undefined;
    const isEncrypted = (socket as { encrypted?: boolean } | null | undefined)?.encrypted;
    const origin = `${isEncrypted ? "https" : "http"}://${host}`;
    // The types of browsers do not have `duplex`.
    const init = { method, headers, body, duplex: "half", signal };
    // Appended unchanged: `//evil.example/` is a path here, and not another host.
    return new Request(`${origin}${url.startsWith("/") ? url : "/"}`, init);
  } catch {
    return undefined;
  }
};

const BODY_WAS_READ =
  "The body was read before this handler ran, and request.body is not text, bytes or JSON. Register this handler before any body parser.\n";

/**
 * Turns a handler into a listener of `node:http`: `createServer(toNodeListener(handler))`, or a route of Express and the
 * like. If a body parser has read the body, the listener uses `request.body` or `request.rawBody`; without either, or if it is
 * not JSON, it responds 500. A client that disconnects aborts the request. The rest of a body that the handler does not read is read
 * and dropped, so that the connection can be used again; Node's `requestTimeout` limits how long that may take. A handler that
 * rejects, which one of {@link createVerifyHandler} does not, leads to 500. If something else responds first, such as a middleware
 * with a time limit, its response stays. The listener itself never rejects.
 *
 * Behind a proxy that ends TLS this server's own origin is `http://…`. Browsers say when a page sends a request to its own origin; for
 * those that do not, list it in `allowedOrigins`.
 *
 * @param handler - A handler of {@link createVerifyHandler}.
 * @example
 * ```ts
 * createServer(toNodeListener(createVerifyHandler({ client: hyperstack }))).listen(8000);
 * ```
 * @category Verification
 */
export const toNodeListener =
  (handler: VerifyHandler): NodeListener =>
  async (request, response) => {
    let begun = false;
    const send = (status: number, headers: Record<string, string | string[]>, body: Uint8Array): void => {
      // Something else has responded meanwhile, such as a middleware with a time limit.
      if (response.headersSent && !begun) return;
      if (!begun) response.writeHead(status, headers);
      begun = true;
      response.end(body);
    };
    const refuse = (status: number, text = ""): void =>
      send(
        status,
        { "cache-control": "no-store", "content-type": "text/plain" },
        new TextEncoder().encode(text),
      );
    let drop = (): void => {};
    const serve = async (): Promise<void> => {
      const controller = new AbortController();
      response.on("close", () => {
        if (!response.writableFinished) controller.abort();
      });
      const incoming = bodyOf(request);
      if (!incoming) return refuse(500, BODY_WAS_READ);
      drop = incoming.drop;
      const converted = toRequest(request, incoming.body, controller.signal);
      if (!converted) return refuse(400);
      const result = await handler(converted);
      const bytes = new Uint8Array(await result.arrayBuffer());
      send(result.status, headersOf(result), bytes);
    };
    // A listener that rejects would end the process.
    for (const step of [serve, () => refuse(500)]) {
      try {
        await step();
        break;
      } catch {
        // The next step responds, if it still can.
      }
    }
    try {
      // Otherwise what nobody reads would hold up the next request on this connection.
      drop();
    } catch {
      // Nothing is left to read.
    }
  };
