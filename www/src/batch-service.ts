/**
 * Serves `POST /api/verify/batch`: up to 50 links in one request, each verified and counted like one of `/api/verify`, with
 * the results as NDJSON in the order in which they come.
 */
import type { VerifyHandler } from "hyperstack-credentials";
import { problem } from "./problem.ts";

/** The path of the service, and of the requests by which it verifies each link. */
export const BATCH_PATH = "/api/verify/batch";

/** Links of a request. */
const mostLinks = 50;

/** Bytes of a request: the longest links that the grammar allows, as JSON. */
const mostBytes = 128 * 1024;

/** Links verified at once; Workers keep six connections open at once. */
const atOnce = 6;

/** What a line repeats of the headers of a response. */
const keptHeaders = ["content-type", "retry-after", "age"];

/** What each link's own request repeats of the headers of the whole. */
const passedHeaders = ["origin", "sec-fetch-site", "cf-connecting-ip"];

/** Verifies the links of a request by `verify`. For the page itself: other origins get the refusal of `verify`. */
export const serveBatch = async (request: Request, verify: VerifyHandler): Promise<Response> => {
  if (request.method !== "POST") return problem("method_not_allowed", { allow: "POST" });
  const inputs = await readInputs(request);
  if (inputs === null) return problem("invalid_batch");
  const headers = new Headers({ "content-type": "application/json" });
  for (const name of passedHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const address = new URL(BATCH_PATH, request.url);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  let next = 0;
  // Once a pause is asked for, the rest is refused without a lookup.
  let pause: string | null = null;
  const work = async (): Promise<void> => {
    while (next < inputs.length) {
      const at = next;
      next += 1;
      if (pause !== null) {
        await writer.write(encoder.encode(`${refusalOf(at, pause)}\n`));
        continue;
      }
      const body = JSON.stringify({ input: inputs[at] });
      const response = await verify(
        new Request(address, { method: "POST", headers, body, signal: request.signal }),
      );
      const retryAfter = response.headers.get("retry-after");
      // After a wait of 0 the others may be queried at once.
      if (retryAfter !== null && retryAfter !== "0") pause ??= retryAfter;
      await writer.write(encoder.encode(`${await lineOf(at, response)}\n`));
    }
  };
  void Promise.all(Array.from({ length: atOnce }, work)).then(
    () => writer.close(),
    // The visitor is gone.
    (reason) => writer.abort(reason).catch(() => {}),
  );
  return new Response(readable, {
    headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" },
  });
};

/** The line of a link that was not verified, because an earlier one of the batch was told to wait. */
const refusalOf = (at: number, retryAfter: string): string => {
  const headers = { "content-type": "application/problem+json", "retry-after": retryAfter };
  const body = { title: "Too many requests", status: 429, code: "too_many_requests" };
  return JSON.stringify({ at, status: 429, headers, body });
};

const lineOf = async (at: number, response: Response): Promise<string> => {
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const text = await response.text();
  return JSON.stringify({
    at,
    status: response.status,
    headers,
    body: text === "" ? null : JSON.parse(text),
  });
};

/** The links of a request; `null` if they are not 1 to 50 strings, more bytes than these can be, or cut off. */
const readInputs = async (request: Request): Promise<readonly string[] | null> => {
  if (!/^\s*application\/json\s*(?:;|$)/i.test(request.headers.get("content-type") ?? "")) return null;
  try {
    const text = await readText(request.body);
    if (text === null) return null;
    const { inputs, ...rest } = JSON.parse(text) as { inputs?: unknown };
    const valid =
      Array.isArray(inputs) &&
      inputs.length >= 1 &&
      inputs.length <= mostLinks &&
      inputs.every((input) => typeof input === "string") &&
      Object.keys(rest).length === 0;
    return valid ? (inputs as string[]) : null;
  } catch {
    return null;
  }
};

const readText = async (body: ReadableStream<Uint8Array> | null): Promise<string | null> => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  const reader = body?.getReader();
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done || value === undefined) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > mostBytes) {
      await reader?.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
};
