/**
 * Writes and reads the page's own addresses: `?lang=<code>#verify=<percent-encoded link>`. They never hold a name, and
 * nothing else that somebody put into a query.
 */
import { isLanguage } from "./messages.ts";

const prefix = "#verify=";

/** The link that a fragment asks to check; `null` where it asks for nothing. */
export function linkFromFragment(fragment: string): string | null {
  if (!fragment.startsWith(prefix)) return null;
  const encoded = fragment.slice(prefix.length);
  try {
    return decodeURIComponent(encoded).trim() || null;
  } catch {
    // Not percent-encoded as it should be: the text as it stands is examined, and found faulty by name.
    return encoded;
  }
}

/** The address of this page with a fragment. Of its query only the language is kept. */
export function pageAddress(fragment: string): string {
  const [code = ""] = new URLSearchParams(location.search).get("lang")?.toLowerCase().split("-") ?? [];
  const query = isLanguage(code) ? `?lang=${code}` : "";
  return location.pathname + query + fragment;
}

/** The fragment that asks to check `link`; "" where there is none. */
export function fragmentFor(link: string): string {
  if (link === "") return "";
  // Half a surrogate pair cannot be encoded.
  return prefix + encodeURIComponent(link.replace(/\p{Surrogate}/gu, "\ufffd"));
}
