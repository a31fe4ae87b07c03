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
  signal: AbortSignal | null;
  resolve: (response: Response) => void;
  reject: (reason: unknown) => void;
}

/** A line of the response. */
interface Line {
  at: number;
  status: number;
  headers: Record<string, string>;
  body: unknown;
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
        method: "POST",
        headers: { accept: "application/x-ndjson", "content-type": "application/json" },
        body: JSON.stringify({ inputs: batch.map(({ input }) => input) }),
        signal: ended.signal,
      });
      const kind = response.headers.get("content-type") ?? "";
      if (response.status !== 200 || !kind.startsWith("application/x-ndjson")) {
        // Each gets the refusal of the whole.
        const { status, headers } = response;
        const text = await response.text();
        for (const { resolve } of batch) resolve(new Response(text, { status, headers }));
        return;
      }
      for await (const { at, status, headers, body } of linesOf(response)) {
        batch[at]?.resolve(new Response(JSON.stringify(body), { status, headers }));
      }
      throw new TypeError("the batch ended before this link");
    } catch (reason) {
      // Does nothing for those that have their response.
      for (const { reject } of batch) reject(reason);
    } finally {
      for (const { signal } of batch) signal?.removeEventListener("abort", onAbort);
    }
  }

  return (_, init) =>
    new Promise((resolve, reject) => {
      const { input } = JSON.parse(String(init?.body)) as { input: string };
      const signal = init?.signal ?? null;
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      queue.push({ input, signal, resolve, reject });
      void flush();
    });
}

async function* linesOf(response: Response): AsyncGenerator<Line> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done = true, value = "" } = (await reader?.read()) ?? {};
    text += value;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line) as Line;
    if (done) return;
  }
}
