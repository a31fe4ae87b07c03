/** The ways to ask a server for a credential and for a verdict. */
import { Hyperstack } from "hyperstack-credentials";
import { Client } from "../handwritten/client.ts";
import { careful } from "../validate/careful.mjs";
import { BARE, CAREFUL, HANDWRITTEN, PACKAGE } from "../validate/names.mjs";

/** `view` where there is no `verify` to it: that needs checks. `fetch` may be one that answers at once. */
export function askers({ baseUrl, token, id, fetch = globalThis.fetch }) {
  const url = `${baseUrl}/v1/credential/${id}/view`;
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const ours = new Hyperstack({ baseUrl, token, fetch });
  const theirs = new Client({ baseUrl, token, fetch });
  return {
    [BARE]: async () => (await fetch(url, { headers })).json(),
    [CAREFUL]: () => careful(fetch, url, { headers }),
    [`${HANDWRITTEN}: view`]: () => theirs.credentials.view(id),
    [`${PACKAGE}: view`]: () => ours.credentials.view(id),
    [`${HANDWRITTEN}: verify`]: () => theirs.verify(id),
    [`${PACKAGE}: verify`]: () => ours.verify(id),
  };
}
