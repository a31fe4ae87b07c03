/** Gets a page of credentials, or one credential, as a user does. */
import { Hyperstack } from "hyperstack-credentials";
import { readBytes } from "../handwritten/body.ts";
import { Client } from "../handwritten/client.ts";
import { CAREFUL, HANDWRITTEN, PACKAGE } from "./names.mjs";
import { validators } from "./validators.mjs";

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

/**
 * The candidates: each calls `fetch` once and returns the credentials of the page that it resolves to, or rejects.
 *
 * @param {{ codeGeneration: boolean }} runtime Whether it makes functions of strings.
 */
export function pageCallers(fetch, runtime) {
  const options = { token: "t", fetch, maxRetries: 0, dangerouslyAllowBrowser: true };
  const ours = new Hyperstack(options);
  const theirs = new Client(options);
  const url = "https://api.example/v1/credentials/all";
  const byValidators = Object.entries(validators(runtime)).map(([name, check]) => [
    name,
    async () => check(JSON.parse(await (await fetch(url)).text())).credentials,
  ]);
  return {
    ...Object.fromEntries(byValidators),
    [CAREFUL]: async () => (await careful(fetch, url, {})).credentials,
    [HANDWRITTEN]: async () => (await theirs.credentials.list().next()).value,
    [PACKAGE]: async () => (await ours.credentials.list().pages().next()).value.items,
  };
}
