/**
 * Sends the requests of a verifier together: a `fetch` that collects them, sends one batch at a time to
 * `/api/verify/batch`, and resolves each with the response that a single request would have received.
 */

/** Links of a batch; the service accepts no more. */
export const mostInBatch = 50;

/** The pause in which requests are collected, in milliseconds. */
const collectMs = 10;

interface Waiting {
  input: string;
  init: RequestInit;
  signal: AbortSignal | null;
  resolve: (response: Response) => void;
  reject: (reason: unknown) => void;
}

/** A line of the response. */
interface Line {
  at: number;
  response: Response;
}

/** A `fetch` for a verifier; `send` is the page's own. */
export function batchingFetch(endpoint: string, send: typeof fetch = fetch): typeof fetch {
  let queue: Waiting[] = [];
  let busy = false;

  async function flush(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      while (queue.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, collectMs));
        queue = queue.filter(({ signal }) => !signal?.aborted);
        await sendBatch(queue.splice(0, mostInBatch));
      }
    } finally {
      busy = false;
    }
  }

  async function sendBatch(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const ended = new AbortController();
    const onAbort = () => {
      if (batch.every(({ signal }) => signal?.aborted)) ended.abort();
    };
    for (const { signal } of batch) signal?.addEventListener("abort", onAbort);
    try {
      const response = await send(endpoint, {
        ...batch[0]?.init,
        method: "POST",
        headers: { accept: "application/x-ndjson", "content-type": "application/json" },
        body: JSON.stringify({ inputs: batch.map(({ input }) => input) }),
        signal: ended.signal,
      });
      const kind = response.headers.get("content-type") ?? "";
      if (response.status !== 200 || !/^application\/x-ndjson\s*(?:;|$)/i.test(kind)) {
        // Each gets the refusal of the whole.
        for (const { resolve } of batch) resolve(response.clone());
        await response.body?.cancel();
        return;
      }
      // Of several lines for one link, the first counts.
      for await (const { at, response: found } of linesOf(response)) batch[at]?.resolve(found);
      throw new TypeError("the batch ended before this link");
    } catch (reason) {
      // Does nothing for those that have their response.
      for (const { reject } of batch) reject(reason);
    } finally {
      for (const { signal } of batch) signal?.removeEventListener("abort", onAbort);
    }
  }

  return (_, init = {}) =>
    new Promise((resolve, reject) => {
      const { input } = JSON.parse(String(init.body)) as { input: string };
      const signal = init.signal ?? null;
      signal?.throwIfAborted();
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      queue.push({ input, init, signal, resolve, reject });
      void flush();
    });
}

/** The lines of a response. The request ends with the loop that reads them. */
async function* linesOf(response: Response): AsyncGenerator<Line> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done = true, value = "" } = (await reader?.read()) ?? {};
      text += value;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) yield* readLine(line);
      if (done) return;
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

/** A line that is valid. Any other is skipped: its link then has no response, and the other links keep theirs. */
function* readLine(text: string): Generator<Line> {
  try {
    const { at, status, headers, body } = JSON.parse(text);
    if (Number.isInteger(at)) yield { at, response: new Response(JSON.stringify(body), { status, headers }) };
  } catch {
    // Not a line of the service.
  }
}
