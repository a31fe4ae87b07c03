/**
 * Owns the form of a deep link: `#verify=<percent-encoded link>`, which never holds a name.
 */

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

/** The fragment that asks to check `link`. */
export function fragmentFor(link: string): string {
  // Half a surrogate pair cannot be encoded.
  return prefix + encodeURIComponent(link.replace(/\p{Surrogate}/gu, "\ufffd"));
}
