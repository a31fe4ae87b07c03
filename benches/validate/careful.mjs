/** A request with what no client may leave out, and no checks: timeout, abort, and a limit for the body. */
import { readBytes } from "../handwritten/body.ts";

/** Resolves to the parsed body. */
export async function careful(fetch, url, init) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 30_000);
  try {
    const answer = await fetch(url, { ...init, signal: controller.signal, redirect: "manual" });
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("application/json"))
      throw new Error("refused");
    const bytes = await readBytes(answer.body, 8_388_608);
    if (bytes === null) throw new Error("too large");
    return JSON.parse(new TextDecoder().decode(bytes));
  } finally {
    clearTimeout(timer);
  }
}
