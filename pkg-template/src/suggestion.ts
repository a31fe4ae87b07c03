/**
 * Suggests the credential link that a faulty input probably means, to be offered and never used silently. The grammar of
 * links stays strict: what is suggested must pass it, and leads to a trusted host only. The verify page uses it, too.
 */

/** Longer inputs get no suggestion. */
const longestInput = 5000;

/** Services that wrap links in e-mails and chats: their host, and how the wrapped link is read. */
const wrappers: readonly { host: RegExp; unwrap: (address: URL) => string | null }[] = [
  { host: /(^|\.)safelinks\.protection\.outlook\.com$/, unwrap: parameter("url") },
  { host: /^urldefense\.proofpoint\.com$/, unwrap: proofpointV2 },
  { host: /^urldefense\.com$/, unwrap: ({ href }) => /\/v3\/__(.+?)__;/.exec(href)?.[1] ?? null },
  { host: /^linkprotect\.cudasvc\.com$/, unwrap: parameter("a") },
  {
    host: /^(www\.)?google\.[a-z.]+$/,
    unwrap: (address) => parameter("q")(address) ?? parameter("url")(address),
  },
  { host: /^(www\.)?linkedin\.com$/, unwrap: parameter("url") },
  { host: /^lm?\.facebook\.com$/, unwrap: parameter("u") },
  { host: /^(www\.)?youtube\.com$/, unwrap: parameter("q") },
];

/** Quotes, brackets and punctuation around a link in running text. */
const before = /^[<([{"'‘’“”„«»‹›]+/u;
const behind = /[>)\]}"'‘’“”„«»‹›.,;:!?…]+$/u;

const idPattern = "[A-Za-z0-9]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const wholeId = new RegExp(`^(?:${idPattern})$`);

/**
 * Returns the link or id that the input probably means; `null` unless there is exactly one.
 *
 * @param hosts - The trusted hosts. No other host is ever suggested.
 */
export function suggestedLink(input: string, hosts: readonly string[]): string | null {
  if (input.length > longestInput) return null;
  const found = new Set([...pieces(input)].flatMap((piece) => linkIn(piece, hosts) ?? []));
  if (found.size > 1) return null;
  const [only] = found;
  if (only !== undefined) return only;
  // Broken by line breaks or spaces, as e-mail programs and PDF files do.
  const joined = input.replace(/\s+/gu, "");
  const link = joined === input ? null : linkIn(joined, hosts);
  if (link !== null) return link;
  const id = joined.replace(before, "").replace(behind, "");
  // Without a digit it is a sentence of that length.
  return id !== input && wholeId.test(id) && /\d/.test(id) ? id : null;
}

/** The words of a text, and a wrapped link as the link in it. */
function* pieces(input: string): Generator<string> {
  for (const word of input.split(/[\s<>"]+/u)) {
    yield word;
    // "Certificate:https://…" without a space.
    const scheme = word.search(/https?:\/\//i);
    if (scheme > 0 && /^[\p{L}\p{N}]+[:=(-]?$/u.test(word.slice(0, scheme))) yield word.slice(scheme);
  }
}

/** The credential link in a word, without what does not belong to it. */
function linkIn(word: string, hosts: readonly string[]): string | null {
  const text = word.replace(before, "").replace(behind, "");
  return trusted(text, hosts) ?? trusted(unwrapped(text) ?? "", hosts);
}

/** The link as the grammar requires it, if it leads to a credential on a trusted host. */
function trusted(text: string, hosts: readonly string[]): string | null {
  const [, www = "", host = "", id] =
    new RegExp(`^(?:https?://)?(www\\.)?([a-z0-9.-]+)/credential/(${idPattern})/?(?:[?#].*)?$`, "i").exec(
      text,
    ) ?? [];
  if (id === undefined || !wholeId.test(id)) return null;
  const known = (name: string) => hosts.find((each) => each.toLowerCase() === name.toLowerCase());
  const trustedHost = known(www + host) ?? known(host);
  return trustedHost === undefined ? null : `https://${trustedHost}/credential/${id}`;
}

/** The link that a known service wraps; one wrapped twice as well. */
function unwrapped(text: string, depth = 0): string | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text) || depth > 2) return null;
  const address = new URL(text);
  if (address.username !== "" || address.password !== "" || address.port !== "") return null;
  const inner = wrappers.find(({ host }) => host.test(address.hostname))?.unwrap(address) ?? null;
  return inner === null ? null : (unwrapped(inner, depth + 1) ?? inner);
}

function parameter(name: string): (address: URL) => string | null {
  return ({ searchParams }) => searchParams.get(name);
}

/** Proofpoint writes `-3A` for `%3A` and `_` for `/`. */
function proofpointV2({ searchParams }: URL): string | null {
  const encoded = searchParams.get("u");
  if (encoded === null) return null;
  try {
    return decodeURIComponent(encoded.replaceAll("_", "/").replace(/-(?=[0-9A-F]{2})/gi, "%"));
  } catch {
    return null;
  }
}
