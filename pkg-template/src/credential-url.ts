/** Parsing credential links and ids. */
import { callCore } from "./core-call.js";
import { plainOptions } from "./options.js";
import type { ParsedCredentialUrl } from "./types.js";
import { core } from "./verifier-core.js";

/**
 * How a credential link is parsed.
 *
 * @category Verification
 */
export interface ParseOptions {
  /** Hosts that are trusted, no others: list an issuer's own domain here. Default `["hyperstack.id"]`. */
  hosts?: readonly string[] | undefined;
}

/**
 * Parses a pasted link or id without any request.
 *
 * @param text - A pasted link or id, unchanged; white space around it is ignored.
 * @param options - Which hosts are trusted.
 * @returns `{ ok: true, input_kind, id, canonical_url }`, or `{ ok: false, code }` with the first rule that the text breaks.
 * @throws {@link ValidationError} for wrong options or a text that is not a string.
 * @example
 * ```ts
 * const parsed = await parseCredentialUrl(link);
 * console.log(parsed.ok ? parsed.id : parsed.code);
 * ```
 * @category Verification
 */
export const parseCredentialUrl = async (
  text: string,
  options?: ParseOptions,
): Promise<ParsedCredentialUrl> => {
  const given = plainOptions("parseCredentialUrl", options);
  return callCore(core, "parseCredentialUrl", {}, (exports) => exports.parseCredentialUrl(text, given));
};
