/** Functions of the client's module that send no request, for the server's parts, so that they need no second module. */
import { core } from "./client-core.js";
import { callCore } from "./core-call.js";
import type { ParsedCredentialUrl, Verification } from "./types.js";

/** Parses a link or an id, as `parseCredentialUrl` does. */
export const parseLink = (text: string, hosts: readonly string[] | undefined): Promise<ParsedCredentialUrl> =>
  callCore(core, "parseCredentialUrl", {}, (exports) =>
    exports.parseCredentialUrl(text, hosts === undefined ? {} : { hosts }),
  );

/** Returns which rule of strict JSON the text breaks, e.g. `duplicate_key`; `undefined` if none. */
export const jsonFlaw = async (operation: string, text: string): Promise<string | undefined> =>
  (await callCore(core, operation, {}, (exports) => exports.checkJson(text))) ?? undefined;

/** Validates the text of a verification as `Verifier` validates the response of a service. */
export const acceptVerification = (
  text: string,
  input: string,
  hosts: readonly string[] | undefined,
): Promise<Verification> => {
  const stored = async (): Promise<Response> =>
    new Response(text, { headers: { "content-type": "application/json" } });
  const config = { endpoint: "https://cache.invalid/", fetch: stored, ...(hosts && { hosts }) };
  return callCore(core, "verify", {}, (exports) => exports.verifyRemote(config, input));
};
