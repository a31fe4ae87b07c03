/**
 * Defines the Worker's settings: each variable and secret once, with its default, its rule and how it is read.
 * `docs/deploying.md` and `wrangler.jsonc` list the same settings; `tests/workerd/worker-settings.test.mjs` compares
 * them. A fault never contains a value: a token in the wrong variable must not end up in a log.
 */

import type { ReceiptJwk } from "hyperstack-credentials";

/** An account of the issuer, or of one of several. */
export interface Account {
  label: string | undefined;
  token: string;
}

/** What is wrong with a variable, for the operator. */
export interface Fault {
  variable: string;
  /** What it has to be. */
  rule: string;
}

/** A value that breaks its variable's rule. */
class Broken extends Error {}

const demand = (holds: boolean): void => {
  if (!holds) throw new Broken();
};

const entriesOf = (text: string): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Broken();
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** As the client requires it: what a header can hold, so no stray line break. */
const isToken = (token: unknown): token is string =>
  typeof token === "string" && token.length <= 4096 && /^[\x21-\x7e]+$/.test(token);

/** A token, or several accounts as JSON; no token begins like an array. */
const accounts = (text: string): readonly Account[] => {
  if (!text.trimStart().startsWith("[")) {
    demand(isToken(text));
    return [{ label: undefined, token: text }];
  }
  const listed = jsonOf(text);
  demand(Array.isArray(listed) && listed.length >= 1 && listed.length <= 16);
  const read = (listed as unknown[]).map((entry): Account => {
    if (!isRecord(entry)) throw new Broken();
    const { label, token, ...rest } = entry;
    if (!isToken(token) || Object.keys(rest).length > 0) throw new Broken();
    return { label: label === undefined ? undefined : name(label), token };
  });
  // The same account twice could contradict itself, and uses its quota twice.
  demand(new Set(read.map(({ token }) => token)).size === read.length);
  return read;
};

const name = (text: unknown): string => {
  if (typeof text !== "string" || text.trim() === "" || text.length > 200) throw new Broken();
  return text;
};

/** The issuer's web site: an https address as a person would click it. */
const website = (text: string): string => {
  demand(text.length <= 500 && /^https:\/\/[a-z0-9.-]+(?:\/[\w.~/-]*)?$/i.test(text) && URL.canParse(text));
  demand(isHost(new URL(text).hostname));
  return text;
};

/** Where to reach the operator: a mail link without a subject or a second address, or a web page. */
const contact = (text: string): string => {
  const [, mailbox, host = ""] = /^mailto:([\w.+-]{1,64})@([^@]+)$/.exec(text) ?? [];
  if (mailbox === undefined) return website(text);
  demand(isHost(host));
  return text;
};

/** A picture among the Worker's own files, so that the page's policy stays as it is. */
const ownPicture = (text: string): string => {
  demand(text.length <= 200 && /^(?:\/[\w-]+(?:\.[\w-]+)*)+\.(?:svg|png|webp|jpe?g)$/i.test(text));
  return text;
};

const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.(?:\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){3})$/i;

/** As the client judges `baseUrl`; what is accepted here must not be refused at the first request. */
const apiBase = (text: string): string => {
  const [, scheme, host = "", port, path = ""] =
    /^(https?):\/\/(\[::1\]|[^/:]*)(?::(\d{1,5}))?((?:\/[\w.~:[\]-]*)*)$/.exec(text) ?? [];
  demand(host === "[::1]" || host.split(".").every((label) => /^(?!-)[a-z\d-]+(?<!-)$/i.test(label)));
  demand(port === undefined || (Number(port) > 0 && Number(port) < 65_536));
  demand(!path.split("/").some((segment) => segment === "." || segment === ".."));
  demand(scheme === "https" || (scheme === "http" && LOOPBACK.test(host)));
  demand(URL.canParse(text));
  return text;
};

/** Whether an address is the vendor's own API, in any spelling that leads there. */
const isLiveApi = (base: string): boolean =>
  /(?:^|\.)thehyperstack\.com\.?$/.test(new URL(base).hostname.toLowerCase());

const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** As the core judges `hosts`. */
const isHost = (host: string): boolean => {
  const labels = host.split(".");
  return (
    host.length <= 253 &&
    labels.length > 1 &&
    labels.every((label) => HOST_LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "")
  );
};

const hosts = (text: string): readonly string[] => {
  const listed = entriesOf(text);
  demand(listed.length > 0 && listed.every(isHost));
  return listed;
};

/** An origin as a browser, an extension or an app sends it in `Origin`; any other string would never match. */
const isOrigin = (text: string): boolean => {
  if (!/^https?:/i.test(text)) {
    return (
      /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::\d{1,5})?$/.test(text) &&
      !text.startsWith("file:")
    );
  }
  // The parser accepts a wildcard as a host name.
  return /^https?:\/\/[a-z0-9._:[\]-]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
};

const origins = (text: string): readonly string[] => {
  const listed = entriesOf(text);
  demand(listed.every(isOrigin));
  return listed;
};

const metadataKeys = (text: string): readonly string[] => {
  const listed = entriesOf(text);
  demand(listed.every((key) => /^custom_[^\s"]+$/.test(key)));
  return listed;
};

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    demand(/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most);
    return Number(text);
  };

const yesNo = (text: string): boolean => {
  demand(text === "true" || text === "false");
  return text === "true";
};

const mode = (text: string): "live" | "sandbox" => {
  demand(text === "live" || text === "sandbox");
  return text as "live" | "sandbox";
};

const samples = (text: string): readonly unknown[] => {
  const listed = jsonOf(text);
  demand(Array.isArray(listed));
  return listed as unknown[];
};

/** 32 bytes as base64url. */
const isKeyHalf = (half: unknown): half is string => typeof half === "string" && /^[\w-]{43}$/.test(half);

const isReceiptKey = (jwk: unknown): jwk is ReceiptJwk =>
  isRecord(jwk) && jwk.kty === "OKP" && jwk.crv === "Ed25519" && isKeyHalf(jwk.x);

/** Whether the halves of a key match, which only importing it shows. */
const receiptKey = (text: string): ReceiptJwk => {
  const jwk = jsonOf(text);
  if (!isReceiptKey(jwk) || !isKeyHalf(jwk.d)) throw new Broken();
  return jwk;
};

const publicKeys = (text: string): readonly ReceiptJwk[] => {
  const listed = jsonOf(text);
  if (!Array.isArray(listed) || !listed.every(isReceiptKey)) throw new Broken();
  // A private half must not be in a variable, which everyone with the repository can read.
  demand(listed.every((jwk) => !("d" in jwk)));
  return listed;
};

const healthKey = (text: string): string => {
  demand(isToken(text) && text.length >= 32);
  return text;
};

/**
 * Every variable. `initial` is the value of an absent or empty variable: a string that is read like any other, or `null`
 * for none. `required` variables have no `initial`.
 */
export const VARIABLES = {
  HYPERSTACK_API_TOKEN: {
    secret: true,
    initial: "required",
    rule: "a token of printable ASCII without spaces or line breaks, or a JSON array of 1 to 16 accounts, each with token and label",
    read: accounts,
  },
  HYPERSTACK_RECEIPT_KEY: {
    secret: true,
    initial: null,
    rule: "a private Ed25519 key as JWK, with kty, crv, x and d",
    read: receiptKey,
  },
  HYPERSTACK_HEALTH_KEY: {
    secret: true,
    initial: null,
    rule: "at least 32 printable ASCII characters without spaces",
    read: healthKey,
  },
  HYPERSTACK_API_BASE: {
    secret: false,
    initial: "https://api.thehyperstack.com",
    rule: "an https URL (http on loopback only) without user info, query or fragment",
    read: apiBase,
  },
  HYPERSTACK_ISSUER_LABEL: {
    secret: false,
    initial: null,
    rule: "at most 200 characters",
    read: name,
  },
  HYPERSTACK_ISSUER_URL: {
    secret: false,
    initial: null,
    rule: "an https URL without user info, port, query or fragment",
    read: website,
  },
  HYPERSTACK_CONTACT_URL: {
    secret: false,
    initial: null,
    rule: "mailto: and an e-mail address, or an https URL without user info, port, query or fragment",
    read: contact,
  },
  HYPERSTACK_ISSUER_LOGO: {
    secret: false,
    initial: null,
    rule: "the path of an image among the page's files (svg, png, webp or jpg), e.g. /logo.svg",
    read: ownPicture,
  },
  HYPERSTACK_HOSTS: {
    secret: false,
    initial: "hyperstack.id",
    rule: "host names separated by commas, without scheme, port, path or wildcard",
    read: hosts,
  },
  HYPERSTACK_ALLOW_METADATA: {
    secret: false,
    initial: "",
    rule: "keys that begin with custom_, separated by commas",
    read: metadataKeys,
  },
  HYPERSTACK_COMPARE_NAMES: { secret: false, initial: "false", rule: "true or false", read: yesNo },
  HYPERSTACK_SKEW_SECONDS: {
    secret: false,
    initial: "300",
    rule: "a whole number from 0 to 86400",
    read: whole(0, 86_400),
  },
  HYPERSTACK_TIMEOUT_MS: {
    secret: false,
    initial: "5000",
    rule: "a whole number from 100 to 30000",
    read: whole(100, 30_000),
  },
  HYPERSTACK_CACHE_SECONDS: {
    secret: false,
    initial: "0",
    rule: "a whole number from 0 to 3600",
    read: whole(0, 3600),
  },
  HYPERSTACK_RECEIPT_PUBLIC_KEYS: {
    secret: false,
    initial: "[]",
    rule: "a JSON array of public Ed25519 keys as JWK, with kty, crv and x, without d",
    read: publicKeys,
  },
  ALLOWED_ORIGINS: {
    secret: false,
    initial: "",
    rule: "origins such as https://acme.example, separated by commas, without paths or wildcards",
    read: origins,
  },
  HYPERSTACK_MODE: { secret: false, initial: "live", rule: "live or sandbox", read: mode },
  HYPERSTACK_SAMPLES: { secret: false, initial: "[]", rule: "a JSON array", read: samples },
} as const;

/** Every binding that is not a variable, with the method by which it is used. */
const BINDINGS = { ASSETS: "fetch", VERIFY_LIMIT: "limit", LIST_LIMIT: "limit", UPSTREAM: "fetch" } as const;

/** Whether a binding is of the right kind. A variable of the same name is a string and would fail at every request. */
const isBinding = (value: unknown, method: string): boolean =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Record<string, unknown>)[method] === "function";

type Variables = typeof VARIABLES;

/** The name of a variable. */
export type VariableName = keyof Variables;

/** The values of the variables, by name. */
export type Settings = {
  readonly [Name in VariableName]:
    | ReturnType<Variables[Name]["read"]>
    | (Variables[Name]["initial"] extends null ? null : never);
};

/**
 * Reads the variables of an environment. An unknown name with the same prefix is a fault: a misspelt
 * `HYPERSTACK_ALLOWED_HOSTS` that nobody notices is worse than a Worker that refuses to work.
 *
 * @param env - The Worker's bindings, or the variables of a configuration file.
 * @param given - Which variables to demand; `variables` leaves out the secrets, which a configuration file never has.
 */
export const readSettings = (
  env: Readonly<Record<string, unknown>>,
  given: "all" | "variables" = "all",
): { settings: Settings; faults: [] } | { settings: null; faults: Fault[] } => {
  const faults: Fault[] = [];
  const settings: Record<string, unknown> = {};
  for (const [variable, { secret, initial, rule, read }] of Object.entries(VARIABLES)) {
    if (secret && given === "variables" && env[variable] === undefined) continue;
    // A configuration file may hold numbers and truth values as such.
    const value = env[variable] ?? "";
    const text = ["number", "boolean"].includes(typeof value) ? String(value) : value;
    try {
      if (text !== "" || initial === "")
        settings[variable] = read(typeof text === "string" ? text : broken());
      else if (initial === "required") faults.push({ variable, rule: "must be set" });
      else settings[variable] = initial === null ? null : read(initial);
    } catch (thrown) {
      if (!(thrown instanceof Broken)) throw thrown;
      faults.push({ variable, rule: `must be ${rule}` });
    }
  }
  for (const variable of Object.keys(env)) {
    if (variable.startsWith("HYPERSTACK_") && !(variable in VARIABLES)) {
      faults.push({ variable, rule: "is not a setting of this Worker" });
    }
  }
  for (const [variable, method] of Object.entries(BINDINGS)) {
    if (env[variable] !== undefined && !isBinding(env[variable], method)) {
      faults.push({ variable, rule: "must be a binding, not a variable" });
    }
  }
  // Real credentials would be shown as samples, and names compared without a limit.
  const base = settings.HYPERSTACK_API_BASE;
  if (settings.HYPERSTACK_MODE === "sandbox" && typeof base === "string" && isLiveApi(base)) {
    faults.push({
      variable: "HYPERSTACK_MODE",
      rule: "must be live if HYPERSTACK_API_BASE is the live API",
    });
  }
  // Names could be guessed without a limit.
  if (given === "all" && settings.HYPERSTACK_COMPARE_NAMES === true && settings.HYPERSTACK_MODE === "live") {
    if (env.VERIFY_LIMIT === undefined) {
      faults.push({ variable: "VERIFY_LIMIT", rule: "must be bound if HYPERSTACK_COMPARE_NAMES is true" });
    }
  }
  return faults.length > 0 ? { settings: null, faults } : { settings: settings as Settings, faults: [] };
};

const broken = (): never => {
  throw new Broken();
};
