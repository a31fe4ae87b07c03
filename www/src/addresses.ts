/**
 * Finds e-mail addresses in strings from outside, in the spellings by which they get into links and tables: percent
 * encoded, as character references, in full-width letters, with invisible characters in them, or with words for the signs.
 */

/** Rounds of decoding: `%2540` takes two, a reference to a percent sign one more. */
const maxDecodingRounds = 4;

const namedReferences: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  commat: "@",
  gt: ">",
  lcub: "{",
  lpar: "(",
  lsqb: "[",
  lt: "<",
  nbsp: " ",
  percnt: "%",
  period: ".",
  quot: '"',
  rcub: "}",
  rpar: ")",
  rsqb: "]",
  shy: "",
};

/** Brackets and quotation marks besides the ASCII brackets; the core has the same list (`is_bracket`). */
const otherBrackets =
  /["'`«»\u2018-\u201f‹›\u2045\u2046\u2768-\u2775\u27e6-\u27ef\u2983-\u2998\u3008-\u3011\u3014-\u301b]/g;

/** Longer strings are not searched: no link, name or title is as long. */
const maxLength = 5000;

/** Shown in the place of an address. */
const omission = "…";

/** Whether a string may hold an e-mail address. Doubtful cases count as one. */
export function mayHoldAddress(text: string): boolean {
  if (text.length > maxLength) return true;
  const plain = normalized(text);
  return (
    /[^\s@] ?@ ?[^\s@]/.test(plain) ||
    /[^\s] ?[([{<|] ?(?:at|ät|@) ?[)\]}>|] ?[^\s]/.test(plain) ||
    // Words alone only where a domain follows: titles have an "at", too.
    /[^\s+_*~-][\s+_*~-]+at[\s+_*~-]+[^\s@]+?(?:\.|[\s+_*~-]+dot[\s+_*~-]+| ?[([{<|] ?dot ?[)\]}>|] ?)[^\s]/.test(
      plain,
    )
  );
}

/** Removes every address from the string; if an address cannot be separated from the rest, removes everything. */
export function withoutAddresses(text: string): string {
  if (!mayHoldAddress(text)) return text;
  const rest = text.replace(/[^\s<>"'(),;:]+/gu, (word) => (mayHoldAddress(word) ? omission : word));
  return mayHoldAddress(rest) ? omission : rest;
}

/** The input as it may be shown: without any e-mail address. */
export function shownInput(entered: string, trustedHosts: readonly string[] = []): string {
  if (!mayHoldAddress(withoutTrick(entered, trustedHosts))) return entered;
  const head = headOf(entered);
  // The address is usually in the query, and the link before it is what the reader recognises.
  if (!mayHoldAddress(withoutTrick(head, trustedHosts))) return `${head}…`;
  return withoutAddresses(entered);
}

/** A link without its query and fragment. The `#` of a character reference does not begin a fragment. */
export function headOf(link: string): string {
  return link.replace(/(?:\?|(?<!&(?:amp;)*)#).*$/s, "");
}

/** The link without a trusted host that is used as a user name. */
export function withoutTrick(link: string, trustedHosts: readonly string[]): string {
  return link.replace(/^(\s*https?:\/\/)([^/@\s]+)@(?=[^/@\s]+(?:\/|$))/i, (all, scheme, user) =>
    trustedHosts.includes(user.toLowerCase()) ? scheme : all,
  );
}

function normalized(text: string): string {
  let decoded = text.normalize("NFKC");
  for (let round = 0; round < maxDecodingRounds; round += 1) {
    const next = decodedOnce(decoded).normalize("NFKC");
    if (next === decoded) break;
    decoded = next;
  }
  return (
    decoded
      .replace(/\s+/gu, " ")
      // The braille blank looks as if nothing were there; the ideographic full stop is a dot of host names.
      .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/gu, "")
      .replace(/\u3002/g, ".")
      .replace(otherBrackets, "|")
      .replace(/ +/g, " ")
      .toLowerCase()
  );
}

function decodedOnce(text: string): string {
  return (
    text
      .replace(/(?:%[0-9a-f]{2})+/gi, percentDecoded)
      .replace(/%u([0-9a-f]{4})/gi, (all, hexadecimal) => character(hexadecimal, undefined, all))
      .replace(
        /&(?:#(?:x0*([0-9a-f]{1,6})|0*(\d{1,7}))|(amp|apos|commat|gt|lcub|lpar|lsqb|lt|nbsp|percnt|period|quot|rcub|rpar|rsqb|shy));?/gi,
        (all, hexadecimal, decimal, name) =>
          name === undefined
            ? character(hexadecimal, decimal, all)
            : (namedReferences[name.toLowerCase()] ?? all),
      )
      .replace(/\\(?:u\{0*([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2}))/gi, (all, braced, four, two) =>
        character(braced ?? four ?? two, undefined, all),
      )
      .replace(/\\([0-7]{2,3})/g, (_, octal) => String.fromCodePoint(Number.parseInt(octal, 8)))
      // Quoted-printable: signs in ASCII only, because other strings hold equals signs, too.
      .replace(/=(2[0-9a-f]|40|5[bd]|7[bd])/gi, (all, hexadecimal) => character(hexadecimal, undefined, all))
  );
}

function percentDecoded(encoded: string): string {
  const bytes = encoded.split("%").slice(1);
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)));
}

function character(hexadecimal: string | undefined, decimal: string | undefined, otherwise: string): string {
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}
