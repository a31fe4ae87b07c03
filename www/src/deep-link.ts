/**
 * Writes and reads the page's own addresses: `?lang=<code>#verify=<percent-encoded link>`. They never hold a name, nor
 * any other query parameter.
 */
import { isLanguage } from "./messages.ts";

const prefix = "#verify=";

/** The link to check in a fragment; `null` if there is none. */
export function linkFromFragment(fragment: string): string | null {
  if (!fragment.startsWith(prefix)) return null;
  const encoded = fragment.slice(prefix.length);
  try {
    return decodeURIComponent(encoded).trim() || null;
  } catch {
    // Not valid percent-encoding: the raw text is checked, and the verifier names what is wrong with it.
    return encoded;
  }
}

/** The address of this page with a fragment. Of its query only the language is kept. */
export function pageAddress(fragment: string): string {
  const [code = ""] = new URLSearchParams(location.search).get("lang")?.toLowerCase().split("-") ?? [];
  const query = isLanguage(code) ? `?lang=${code}` : "";
  return location.pathname + query + fragment;
}

/** The fragment that checks `link`; "" if there is no link. */
export function fragmentFor(link: string): string {
  if (link === "") return "";
  // Half a surrogate pair cannot be encoded.
  return prefix + encodeURIComponent(link.replace(/\p{Surrogate}/gu, "\ufffd"));
}
