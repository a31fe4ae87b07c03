/** `Hyperstack`, the client of the API. */
import { Caller } from "./caller.js";
import type { ParseOptions } from "./credential-url.js";
import { invalid, invalidIssues, issue, requireFunctions } from "./errors.js";
import {
  type Fetch,
  plainOptions,
  type RequestOptions,
  type TransportOptions,
  unknownOption,
} from "./options.js";
import { AccountResource } from "./resources/account.js";
import { CredentialsResource } from "./resources/credentials.js";
import { GroupsResource } from "./resources/groups.js";
import { RecipientsResource } from "./resources/recipients.js";
import { WebhooksResource } from "./resources/webhooks.js";
import {
  BOOLEAN,
  NOT_IN_BROWSER,
  OPTION_OF_A_CALL,
  type Rule,
  TOKEN,
  TOKEN_MISSING,
  TOKEN_TYPE,
} from "./rules.js";
import type { HyperstackEvent, Verification } from "./types.js";

/**
 * Options of a client. Those of {@link TransportOptions} are the defaults of its calls.
 *
 * @category Client
 */
export interface HyperstackOptions extends TransportOptions {
  /**
   * API token (dashboard → Settings → API Access), or a function returning it, called for every attempt. You can pass an
   * environment variable that may be unset: without a token, the constructor throws and names the variable to set.
   */
  token: string | undefined | (() => string | Promise<string>);
  /** Default `https://api.thehyperstack.com`. https only, http on loopback; the token is sent nowhere else. */
  baseUrl?: string | undefined;
  /** Sends the requests. Default: the global `fetch`, looked up for every request. */
  fetch?: Fetch | undefined;
  /** Header that `requestId` is read from. The vendor documents none. Default `x-request-id`. */
  requestIdHeader?: string | undefined;
  /**
   * Receives events while calls run. What it throws is ignored. Events hold neither the token nor data of a recipient.
   *
   * @param event - What happened.
   */
  onEvent?: ((event: HyperstackEvent) => void) | undefined;
  /**
   * Removes white space, direction marks (U+061C, U+200E, U+200F) and zero-width spaces around the names and addresses of
   * recipients, and replaces every run of white space inside with one space, before `generate`, `issue`, `issueMany` and
   * `recipients.update` validate and send them. Line breaks inside are still refused.
   * Default `false`: names are sent as they are, and an address with white space is refused.
   */
  trimWhitespace?: boolean | undefined;
  /** Lets a page hold the token, where everyone can read it. Default `false`: the constructor throws in a browser. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/**
 * Options of {@link Hyperstack.verify}.
 *
 * @category Verification
 */
export interface VerifyOptions extends ParseOptions, RequestOptions {
  /** How far the clocks may differ, in seconds: 0 to 86 400 (a day). Default 300. */
  skewSeconds?: number | undefined;
  /** The instant the verdict is about: a `Date` or milliseconds since 1970. Default: the clock, after the response. */
  now?: Date | number | undefined;
  /** Compares the recipient's name (case, spacing and Unicode form are ignored). Default: not compared. */
  recipientName?: string | undefined;
  /** Keys of `metadata` that may be shown. Default: none. */
  allowMetadata?: readonly string[] | undefined;
  /** The verifier's name for the issuer; the result holds it unchanged. */
  issuerLabel?: string | undefined;
  /** Greatest age in seconds of a response from a cache (header `age`) that may still be `valid`. Default 300. */
  maxAgeSeconds?: number | undefined;
}

const OPTIONS = [
  "baseUrl",
  "dangerouslyAllowBrowser",
  "fetch",
  "maxResponseBytes",
  "maxRetries",
  "onEvent",
  "requestIdHeader",
  "timeoutMs",
  "token",
  "totalTimeoutMs",
  "trimWhitespace",
];
const OPTIONS_OF_A_CALL = ["headers", "mayExistSince", "signal"];

/** Returns the rule that a token breaks, if any. The token that a function returns is validated by the call. */
const brokenTokenRule = (token: unknown): Rule | undefined => {
  if (token === undefined || token === null || token === "") return TOKEN_MISSING;
  if (typeof token === "string") return /^[!-~]{1,4096}$/.test(token) ? undefined : TOKEN;
  return typeof token === "function" ? undefined : TOKEN_TYPE;
};

/** Whether this is a page or a worker of one: whoever opens it can read everything it holds. */
const isBrowser = (): boolean => {
  const { window, document, importScripts, navigator, WebSocketPair } = globalThis as {
    window?: unknown;
    document?: unknown;
    importScripts?: unknown;
    navigator?: { userAgent?: unknown };
    WebSocketPair?: unknown;
  };
  // Workers with an old compatibility date have `importScripts`, too.
  if (WebSocketPair !== undefined || navigator?.userAgent === "Cloudflare-Workers") return false;
  return (window !== undefined && document !== undefined) || typeof importScripts === "function";
};

const DEFAULT_TOTAL_TIMEOUT_MS = 60_000;
const totalTimeouts = new WeakMap<object, number>();

/**
 * Returns the `totalTimeoutMs` that a client applies to a call without that option.
 *
 * @internal
 */
export const totalTimeoutMsOf = (client: object): number =>
  totalTimeouts.get(client) ?? DEFAULT_TOTAL_TIMEOUT_MS;

/**
 * Client of the Hyperstack API. Needs the issuer's token, so it belongs on a server, a Worker or a function.
 *
 * Every call can reject with {@link ValidationError} (nothing was sent), {@link AuthenticationError},
 * {@link PermissionError}, {@link RateLimitError}, {@link ServerError}, {@link ResponseError}, {@link ConnectionError},
 * {@link TimeoutError}, {@link InternalError}, and with `signal.reason`. Each call documents its further errors;
 * `docs/errors.md` has every code with a hint, `docs/retries.md` what is retried.
 *
 * `docs/api-facts.md` gives the evidence for the behaviour of each operation.
 *
 * @category Client
 */
export class Hyperstack {
  readonly #caller: Caller;

  /** The account that the token belongs to. */
  readonly account: AccountResource;
  /** Credential groups: the template of a course or programme. */
  readonly groups: GroupsResource;
  /** Credentials: certificates and badges issued to a person. */
  readonly credentials: CredentialsResource;
  /** The people that credentials are issued to. */
  readonly recipients: RecipientsResource;
  /** The webhook of the organisation; it has one. */
  readonly webhooks: WebhooksResource;

  /**
   * Creates a client. Nothing is sent.
   *
   * @param options - The token, and what differs from the defaults.
   * @throws {@link ValidationError} for a missing or invalid token, an invalid `fetch`, `onEvent` or `trimWhitespace`, for
   * an unknown option or one that only a call takes (`headers`, `signal`, `mayExistSince`), and in a browser unless
   * `dangerouslyAllowBrowser` is set. Values of other options are validated by the first call.
   * @example
   * ```ts
   * const hyperstack = new Hyperstack({ token: process.env.HYPERSTACK_API_TOKEN });
   * ```
   */
  constructor(options: HyperstackOptions) {
    const {
      dangerouslyAllowBrowser,
      onEvent,
      trimWhitespace = false,
      ...settings
    } = plainOptions("Hyperstack", options);
    const { token, fetch, totalTimeoutMs } = settings;
    const issues = Object.keys(settings)
      .filter((name) => !OPTIONS.includes(name))
      .map((name) => {
        const isOfACall = OPTIONS_OF_A_CALL.includes(name);
        return issue(name, isOfACall ? OPTION_OF_A_CALL : unknownOption(name, OPTIONS));
      });
    const tokenRule = brokenTokenRule(token);
    if (tokenRule) issues.unshift(issue("token", tokenRule));
    if (issues.length > 0) throw invalidIssues("Hyperstack", issues);
    requireFunctions("Hyperstack", { fetch, onEvent });
    if (typeof trimWhitespace !== "boolean") throw invalid("Hyperstack", "trimWhitespace", BOOLEAN);
    if (isBrowser() && dangerouslyAllowBrowser !== true) throw invalid("Hyperstack", "token", NOT_IN_BROWSER);
    if (typeof totalTimeoutMs === "number") totalTimeouts.set(this, totalTimeoutMs);
    const caller = new Caller(settings, onEvent);
    this.#caller = caller;
    this.account = new AccountResource(caller);
    this.groups = new GroupsResource(caller);
    this.credentials = new CredentialsResource(caller, trimWhitespace);
    this.recipients = new RecipientsResource(caller, trimWhitespace);
    this.webhooks = new WebhooksResource(caller);
  }

  /**
   * Verifies a credential link or id against this account. Always returns a verdict: what cannot be checked is
   * `indeterminate`. Sends at most one `view`, with its retries, and only if the text is a link on a trusted host or an
   * id; the link itself is never fetched.
   *
   * @param urlOrId - A pasted link or id, unchanged; at most 2 048 bytes.
   * @param options - The policy, what may be shown, and the options of every call.
   * @returns The verdict with all thirteen checks.
   * @throws {@link ValidationError} for wrong arguments (a token that cannot be sent in a header is one),
   * {@link InternalError}, and `signal.reason`.
   * @example
   * ```ts
   * const verification = await hyperstack.verify(link);
   * console.log(isVerified(verification) ? verification.credential.group.title : verification.verdict);
   * ```
   */
  async verify(urlOrId: string, options?: VerifyOptions): Promise<Verification> {
    return this.#caller.verify(options, (core, config, given) => core.verify(config, urlOrId, given));
  }
}
