/** The grammar of credential links, on the raw text. */
import { DOCUMENT_ID } from "./rules.ts";

export type Parsed = { ok: true; kind: "url" | "id"; id: string; host: string } | { ok: false; code: string };

const trimmed = (text: string): string => text.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "");
const no = (code: string): Parsed => ({ ok: false, code });

export const parseLink = (given: string, hosts: readonly string[]): Parsed => {
  const text = trimmed(given);
  if (DOCUMENT_ID.test(text)) return { ok: true, kind: "id", id: text, host: hosts[0] as string };
  if (text === "") return no("empty");
  if (new TextEncoder().encode(text).length > 2048) return no("too_long");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0020\u007f]/.test(text)) return no("whitespace_or_control");
  const head = headOf(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (!/^[\u0000-\u007f]*$/.test(head)) return no("non_ascii");
  if (head.includes("\\")) return no("backslash");
  const colon = head.indexOf("://");
  if (colon < 0) return no(/[:/]/.test(head) ? "no_scheme" : "not_a_url");
  if (head.slice(0, colon).toLowerCase() !== "https") return no("scheme_not_https");
  const [, authority = "", path = ""] = /^([^/]*)(.*)$/s.exec(head.slice(colon + 3)) ?? [];
  if (authority.includes("@")) return no("userinfo");
  if (authority.startsWith("[")) return no("untrusted_host");
  if (authority.includes(":")) return no("port");
  if (authority.includes("%")) return no("encoded_host");
  const host = authority.toLowerCase();
  if (!hosts.includes(host)) return no("untrusted_host");
  const id = idIn(path);
  if (id === undefined) return no("path");
  return DOCUMENT_ID.test(id) ? { ok: true, kind: "url", id, host } : no("id_format");
};

export const headOf = (text: string): string => /^[^?#]*/.exec(text)?.[0] ?? "";

const idIn = (path: string): string | undefined => /^\/credential\/(.*?)\/?$/s.exec(path)?.[1];

const LABEL = "(?!-)[A-Za-z0-9-]{1,63}(?<!-)";
/** A plain host name: no port, no address of numbers. */
export const HOST = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`);

/** Whether a link of the answer leads to this credential, on whatever host. */
export const linksTo = (url: string, id: string): boolean => {
  const [, authority = "", path = ""] = /^https:\/\/([^/]*)(.*)$/s.exec(headOf(url)) ?? [];
  return HOST.test(authority) && idIn(path) === id;
};
