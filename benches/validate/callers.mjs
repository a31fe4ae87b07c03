/** Gets a page of credentials, or one credential, as a user does. */
import { Hyperstack } from "hyperstack-credentials";
import { Client } from "../handwritten/client.ts";
import { careful } from "./careful.mjs";
import { CAREFUL, HANDWRITTEN, PACKAGE } from "./names.mjs";
import { validators } from "./validators.mjs";

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
