/** Gets a page of credentials, or one credential, as a user does, with a fetch that responds at once. */
import { Hyperstack } from "hyperstack-credentials";
import { readBytes } from "../handwritten/body.ts";
import { Client } from "../handwritten/client.ts";
import { BARE, CAREFUL, HANDWRITTEN, PACKAGE } from "./names.mjs";

/** With what no client may leave out, and no checks. */
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

/** One page of `text`; the list says that it is the last one. */
export function pageCallers(text) {
  const instant = async () => new Response(text, { headers: { "content-type": "application/json" } });
  const options = { token: "t", fetch: instant, dangerouslyAllowBrowser: true };
  const ours = new Hyperstack(options);
  const theirs = new Client(options);
  return {
    [BARE]: async () => (await (await instant()).json()).credentials,
    [CAREFUL]: async () => (await careful(instant, "https://api.example", {})).credentials,
    [HANDWRITTEN]: async () => (await theirs.credentials.list().next()).value,
    [PACKAGE]: async () => (await ours.credentials.list().pages().next()).value.items,
  };
}
