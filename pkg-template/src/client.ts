/** `Hyperstack`, the API client, and `Verifier`, its counterpart for browsers. Both only carry options to the core. */
import { ApiPromise, type ApiResponse } from "./api-promise.js";
import { Call, type Client, defined, type HyperstackEvent } from "./call.js";
import { encode, encodeRequest, parse, run } from "./core.js";
import { functions, invalid, isHyperstackError } from "./errors.js";
import { type IssueManyItem, type IssueManyOptions, IssueRun } from "./issue-many.js";
import { Paged } from "./paged.js";
import { type WaitOptions, waitUntilPublished } from "./publication.js";
import type {
  Account,
  CreatedGroup,
  CreateGroupParams,
  Credential,
  CredentialRecord,
  Done,
  DoneWithMessage,
  DraftCredential,
  FoundGroup,
  GenerateCredentialParams,
  Group,
  IssuedCredential,
  ListedGroup,
  PageParams,
  ParsedCredentialUrl,
  PublishedCredential,
  SearchCredentialsParams,
  SearchGroupsParams,
  SubscribeWebhookParams,
  UpdateCredentialParams,
  UpdateGroupParams,
  UpdateRecipientParams,
  Verification,
} from "./types.js";

/**
 * A fetch of one's own: a service binding, a proxy, a test. It is called unbound with `(url, init)`.
 *
 * @param url - The full address: `baseUrl` and the path of the operation.
 * @param init - Method, headers (the token among them), body, `redirect: "manual"` and a signal.
 * @returns The answer. A rejection with anything is a `ConnectionError`.
 * @category Client
 */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Options that a client and each of its calls take.
 *
 * @category Client
 */
export interface TransportOptions {
  /** Milliseconds for one attempt, headers and body. Default 30 000. */
  timeoutMs?: number | undefined;
  /** Milliseconds over all attempts and the waits between them. Default 60 000. */
  totalTimeoutMs?: number | undefined;
  /** How often a request that may be repeated is sent again. Default 2. */
  maxRetries?: number | undefined;
  /** Largest answer that is read, in bytes. Default 8 388 608; `verify` reads at most 65 536. */
  maxResponseBytes?: number | undefined;
}

/**
 * Options of one call.
 *
 * @category Client
 */
export interface RequestOptions extends TransportOptions {
  /** Aborts the call in any phase; it then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
  /**
   * More headers, e.g. `traceparent`, sent with every request of the call. Not those that this package or the runtime
   * decides (`authorization`, `accept`, `content-type`, `host`, …). A browser asks the API first whether it admits them.
   */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Options of a creation.
 *
 * @category Client
 */
export interface CreationOptions extends RequestOptions {
  /**
   * An earlier call like this one, made at that time or later (a `Date`, or milliseconds since 1970), may have been carried
   * out without anybody knowing: its process ended, its answer was lost. The account is searched first; what is found is
   * returned, marked `reconciled`, and nothing is sent.
   */
  mayExistSince?: Date | number | undefined;
}

/**
 * Options of a list. Those of a call hold for every page.
 *
 * @category Lists
 */
export interface ListOptions extends RequestOptions {
  /** Pages after which a list that does not end is an error. Default 1 000. */
  maxPages?: number | undefined;
}

/**
 * Options of a client. Those of {@link TransportOptions} are the defaults of its calls.
 *
 * @category Client
 */
export interface HyperstackOptions extends TransportOptions {
  /** API token (dashboard → Settings → API Access), or a function that gives it; asked at every attempt. */
  token: string | (() => string | Promise<string>);
  /** Default `https://api.thehyperstack.com`. https only, http on loopback; the token goes nowhere else. */
  baseUrl?: string | undefined;
  /** Makes the requests. Default: the global `fetch`, looked up at every request. */
  fetch?: Fetch | undefined;
  /** Header that `requestId` is read from. The vendor documents none. Default `x-request-id`. */
  requestIdHeader?: string | undefined;
  /**
   * Is told what happens, as it happens. What it throws is ignored. Events hold neither the token nor anything of a
   * recipient.
   *
   * @param event - What happened.
   */
  onEvent?: ((event: HyperstackEvent) => void) | undefined;
  /** Lets a page hold the token, where everyone can read it. Default `false`: constructing there throws. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/**
 * How a credential link is judged.
 *
 * @category Verification
 */
export interface ParseOptions {
  /** Hosts that are trusted, nothing else: add an issuer's own domain here. Default `["hyperstack.id"]`. */
  hosts?: readonly string[] | undefined;
}

/**
 * Options of {@link Hyperstack.verify}.
 *
 * @category Verification
 */
export interface VerifyOptions extends ParseOptions, RequestOptions {
  /** How far the clocks may differ, in seconds. Default 300; 0 is allowed. */
  skewSeconds?: number | undefined;
  /** The instant the verdict speaks of: a `Date` or milliseconds since 1970. Default: the clock, after the answer. */
  now?: Date | number | undefined;
  /** Compare the recipient's name (case, spacing and Unicode form aside). Default: not compared. */
  recipientName?: string | undefined;
  /** Keys of `metadata` that may be shown. Default: none. */
  allowMetadata?: readonly string[] | undefined;
  /** What the verifier calls the issuer; stands in the result as it is. */
  issuerLabel?: string | undefined;
}

/**
 * Options of {@link Verifier}.
 *
 * @category Verification
 */
export interface VerifierOptions extends ParseOptions {
  /** The verifying service: a path on this origin (`/api/verify`) or an https address. */
  endpoint: string;
  /** Makes the request. Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /** Milliseconds for the whole question. Default 30 000. */
  timeoutMs?: number | undefined;
}

/** Settings that the core knows and a call may not change. */
const CLIENT_OPTIONS: readonly string[] = ["baseUrl", "requestIdHeader"];

const millisecondsOf = <T>(time: Date | T): number | T => (time instanceof Date ? time.getTime() : time);

/**
 * Client of the Hyperstack API. Needs the issuer's token, so it belongs on a server, a Worker or a function.
 *
 * Every call can reject with {@link ValidationError} (nothing was sent), {@link AuthenticationError},
 * {@link PermissionError}, {@link RateLimitError}, {@link ServerError}, {@link ResponseError}, {@link ConnectionError},
 * {@link TimeoutError}, {@link InternalError}, and with `signal.reason`. What a call can reject with beyond these stands at
 * the call; `docs/errors.md` has every code with a hint, `docs/retries.md` what is sent again.
 *
 * The letter at each call says how well its behaviour is known: V, the vendor's page was read; 3P, a third party's
 * catalogue only; I, inferred. Nothing was tried against the live API.
 *
 * @category Client
 */
export class Hyperstack {
  readonly #client: Client;
  readonly #settings: object;
  #text: string | undefined;

  /**
   * Makes a client. Nothing is sent.
   *
   * @param options - The token, and what differs from the defaults.
   * @throws {@link ValidationError} for a token, `fetch` or `onEvent` that is none, for an option that only a call takes
   * (`headers`, `signal`, `mayExistSince`), and in a browser unless `dangerouslyAllowBrowser` is set. Other options are
   * judged at the first call.
   */
  constructor(options: HyperstackOptions) {
    const { token, fetch, onEvent, dangerouslyAllowBrowser, ...settings } = options ?? {};
    if (!(typeof token === "function" || (typeof token === "string" && token !== ""))) {
      throw invalid("Hyperstack", "token", "token", "must be a string or a function that gives one");
    }
    functions("Hyperstack", { fetch, onEvent });
    for (const name of ["headers", "mayExistSince", "signal"]) {
      if (name in settings) throw invalid("Hyperstack", name, "unknown_field", "is an option of a call");
    }
    // A page, or a worker of one: everything it holds can be read by whoever opens it.
    const { window, document, importScripts } = globalThis as Record<string, unknown>;
    const inBrowser = (window !== undefined && document !== undefined) || typeof importScripts === "function";
    if (inBrowser && dangerouslyAllowBrowser !== true) {
      const advice = "must not be given to a browser: use Verifier there (or set dangerouslyAllowBrowser)";
      throw invalid("Hyperstack", "token", "not_in_browser", advice);
    }
    this.#client = { token, fetch, onEvent, calls: 0 };
    this.#settings = defined(settings);
  }

  /** The account that the token belongs to. */
  readonly account = {
    /**
     * Reads its name (`POST /v1/auth`, vendor page `auth`, V): a harmless way to try a token.
     *
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link AuthenticationError} `unauthorized` for a token that is not valid.
     */
    get: (options?: RequestOptions): ApiPromise<Account> => this.#call("account.get", options),
  };

  /** Credential groups: the template of a course or programme. */
  readonly groups = {
    /**
     * Creates a group (`POST /v1/groups/new`, vendor page `create-credential-group`, V).
     * Never repeated after a lost connection: the error then says that the group may exist.
     *
     * @param params - Title, description, at least one template; `validity` in years.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link BadRequestError} `missing_title_description`.
     */
    create: (params: CreateGroupParams, options?: RequestOptions): ApiPromise<CreatedGroup> =>
      this.#call("groups.create", options, params),

    /**
     * Reads a group (`GET /v1/group/view/{group_key}`, vendor page `view-credential-group`, V).
     *
     * @param group_key - Key of the group: 1 to 64 letters, digits, `-` or `_`.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link NotFoundError} `group_not_found` where there is none (I: that answer is not documented).
     */
    view: (group_key: string, options?: RequestOptions): ApiPromise<Group> =>
      this.#call("groups.view", options, undefined, group_key),

    /**
     * Changes what is given of a group (`POST /v1/group/update/{group_key}`, vendor page `update-credential-group`, V).
     *
     * @param group_key - Key of the group: 1 to 64 letters, digits, `-` or `_`.
     * @param params - The fields that change; `validity` in years.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link NotFoundError} `group_not_found`, {@link BadRequestError} (I: that there are 404 and 400 is documented,
     * their codes are not).
     */
    update: (group_key: string, params: UpdateGroupParams, options?: RequestOptions): ApiPromise<Done> =>
      this.#call("groups.update", options, params, group_key),

    /**
     * All groups (`POST /v1/groups/all`, 3P). No vendor page describes it, so its entries are not checked.
     *
     * @param params - First page, from 1, and entries a page, 50 by default.
     * @param options - Abort, timeouts, repeats, headers, most pages.
     * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is walked.
     */
    list: (params?: PageParams, options?: ListOptions): Paged<ListedGroup> =>
      this.#list("groups.list", undefined, params, options),

    /**
     * Groups by title (`POST /v1/groups/search`, vendor page `search-groups`, V). Titles match in part: compare what
     * comes back.
     *
     * @param params - What to look for, first page, entries a page.
     * @param options - Abort, timeouts, repeats, headers, most pages.
     * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is walked.
     */
    search: (params?: SearchGroupsParams, options?: ListOptions): Paged<FoundGroup> =>
      this.#list("groups.search", "group_key", params, options),
  };

  /** Credentials: certificates and badges made out to a person. */
  readonly credentials = {
    /**
     * Creates a draft (`POST /v1/credentials/generate`, vendor page `generate-credential`, V). After a lost answer the
     * account is searched before anything is sent again; what is found is returned with `reconciled: true`.
     *
     * @param params - Recipient, group and the values of custom attributes.
     * @param options - As of every call, and `mayExistSince` to go on after a crash.
     * @throws {@link ConflictError} `credential_exists`, {@link InsufficientBalanceError} `low_balance`,
     * {@link NotFoundError} `group_not_found`, {@link BadRequestError} `missing_recipient`; with `mayExistSince`
     * {@link ResponseError} `outcome_unknown`.
     */
    generate: (params: GenerateCredentialParams, options?: CreationOptions): ApiPromise<DraftCredential> =>
      this.#call("credentials.generate", options, params),

    /**
     * Creates and publishes at once (`POST /v1/credentials/new`, vendor page `create-credential`, V); the recipient is
     * mailed unless the group says otherwise. A lost answer is looked for as with `generate`.
     *
     * @param params - Recipient, group and the values of custom attributes.
     * @param options - As of every call, and `mayExistSince` to go on after a crash.
     * @throws The errors of `generate` (I: the page names them, but shows no bodies).
     */
    issue: (params: GenerateCredentialParams, options?: CreationOptions): ApiPromise<IssuedCredential> =>
      this.#call("credentials.issue", options, params),

    /**
     * Issues to many: a list, a generator or an async one. `for await (const result of run)` gives every result as it comes,
     * `run.settled()` all of them in the order of the input; one that fails does not stop the others. The same item is
     * issued once. An empty balance or a refused token ends the run, and the rest is `skipped`.
     *
     * With `onJournal` writing entries down and `journal` giving them back, a run that was cut short goes on without
     * issuing anything twice: what was under way is looked for in the account first.
     *
     * What the run itself can end with: `signal.reason`, and what the input or a function of the options throws.
     *
     * @param recipients - What `issue` takes, one by one.
     * @param options - Group, requests at once, journal, progress, abort, options of each call.
     * @throws {@link ValidationError} at once, for options that are wrong.
     */
    issueMany: (
      recipients: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>,
      options?: IssueManyOptions,
    ): IssueRun =>
      new IssueRun(recipients, (params, request) => this.credentials.issue(params, request), options ?? {}),

    /**
     * Publishes a draft (`POST /v1/credential/{document_id}/publish`, vendor page `publish-credential`, V).
     * Publication is only queued: `waitUntilPublished` waits for it.
     *
     * @param document_id - Id of the draft: 32 letters and digits, or a lower-case UUID.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link BadRequestError} `invalid_status` for anything that is no draft, {@link NotFoundError}
     * `credential_not_found`.
     */
    publish: (document_id: string, options?: RequestOptions): ApiPromise<PublishedCredential> =>
      this.#call("credentials.publish", options, undefined, document_id),

    /**
     * Waits until a credential is published: reads it at once, then less and less often, from every 0.5 s to every 8 s. A
     * published one that was revoked since counts as published.
     *
     * @param document_id - Id of the credential: 32 letters and digits, or a lower-case UUID.
     * @param options - `limitMs`, and the options of every `view`.
     * @returns The credential as it was read last.
     * @throws {@link TimeoutError} `not_published` after `limitMs`, and the errors of `view`.
     */
    waitUntilPublished: (document_id: string, options?: RequestOptions & WaitOptions): Promise<Credential> =>
      waitUntilPublished((request) => this.credentials.view(document_id, request), options ?? {}),

    /**
     * Reads a credential of this account (`GET /v1/credential/{document_id}/view`, vendor page `view-credential`, V).
     *
     * @param document_id - Id of the credential: 32 letters and digits, or a lower-case UUID.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link NotFoundError} `credential_not_found` where this account has none with that id (I: another account's
     * is answered in the same way), {@link ResponseError} `id_mismatch` where the answer is about another one.
     */
    view: (document_id: string, options?: RequestOptions): ApiPromise<Credential> =>
      this.#call("credentials.view", options, undefined, document_id),

    /**
     * Sets or removes the end of a credential (`POST /v1/credential/{document_id}/update`, vendor page
     * `update-credential`, V). Nothing else of it can be changed.
     *
     * @param document_id - Id of the credential: 32 letters and digits, or a lower-case UUID.
     * @param params - `expiry` in seconds since 1970 or as a `Date`, whose fraction of a second is cut off; `null` removes it.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link NotFoundError} `credential_not_found`.
     */
    update: (
      document_id: string,
      params: UpdateCredentialParams,
      options?: RequestOptions,
    ): ApiPromise<Done> => {
      const expiry: unknown = params?.expiry;
      const seconds = expiry instanceof Date ? { expiry: Math.floor(expiry.getTime() / 1000) } : {};
      return this.#call("credentials.update", options, { ...params, ...seconds }, document_id);
    },

    /**
     * All credentials, the last published first (`POST /v1/credentials/all`, vendor page `list-credentials`, V).
     *
     * @param params - First page, from 1, and entries a page, 50 by default.
     * @param options - Abort, timeouts, repeats, headers, most pages.
     * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is walked.
     */
    list: (params?: PageParams, options?: ListOptions): Paged<CredentialRecord> =>
      this.#list("credentials.list", "document_id", params, options),

    /**
     * Credentials by recipient, group, id, attributes or date (`POST /v1/credentials/search`, vendor page
     * `search-credentials`, V). Names, addresses and keys match in part: compare what comes back.
     *
     * @param params - What to look for, first page, entries a page.
     * @param options - Abort, timeouts, repeats, headers, most pages.
     * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is walked.
     */
    search: (params?: SearchCredentialsParams, options?: ListOptions): Paged<CredentialRecord> =>
      this.#list("credentials.search", "document_id", params, options),
  };

  /** The people that credentials are made out to. */
  readonly recipients = {
    /**
     * Changes attributes of a recipient (`POST /v1/recipients/update`, vendor page `update-recipient`, V).
     *
     * @param params - The address of the recipient, and the attributes that change.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link NotFoundError} `recipient_not_found`, which the API answers with status 200.
     */
    update: (params: UpdateRecipientParams, options?: RequestOptions): ApiPromise<DoneWithMessage> =>
      this.#call("recipients.update", options, params),
  };

  /** The organisation's one webhook. */
  readonly webhooks = {
    /**
     * Sets it, in place of the one before (`POST /v1/webhook/subscribe`, vendor page `webhook-subscribe`, V).
     * What comes then is read by {@link parseWebhook} and {@link confirmWebhook}.
     *
     * @param params - Where deliveries go, and of what.
     * @param options - Abort, timeouts, repeats, headers.
     * @throws {@link BadRequestError} `missing_url_event`, `invalid_event`, and one for an address that the API does not
     * accept, whose code is not known.
     */
    subscribe: (params: SubscribeWebhookParams, options?: RequestOptions): ApiPromise<DoneWithMessage> =>
      this.#call("webhooks.subscribe", options, params),

    /**
     * Removes it (`POST /v1/webhook/unsubscribe`, 3P).
     *
     * @param options - Abort, timeouts, repeats, headers.
     */
    unsubscribe: (options?: RequestOptions): ApiPromise<Done> => this.#call("webhooks.unsubscribe", options),
  };

  /**
   * Verifies a credential link or id against this account. Always a verdict: what cannot be checked is
   * `indeterminate`. Sends at most one `view`, with its repeats, and only where the text is a link on a trusted host or an
   * id; the link itself is never fetched.
   *
   * @param urlOrId - A pasted link or id, as it is; at most 2 048 bytes.
   * @param options - What is judged by, what may be shown, and the options of every call.
   * @returns The verdict with all thirteen checks.
   * @throws {@link ValidationError} for wrong arguments (a token that cannot stand in a header is one), {@link InternalError},
   * and `signal.reason`.
   */
  async verify(urlOrId: string, options?: VerifyOptions): Promise<Verification> {
    // What is judged by, and how it travels.
    const { hosts, skewSeconds, now, recipientName, allowMetadata, issuerLabel, ...transport } =
      options ?? {};
    const judged = {
      hosts,
      skewSeconds,
      now: millisecondsOf(now),
      recipientName,
      allowMetadata,
      issuerLabel,
    };
    const policy = encode("verify", judged) ?? "{}";
    const settings = this.#merge("verify", transport);
    const { signal } = transport;
    const call = new Call("verify", this.#client, signal);
    // Neither a link nor an id, and `undefined` is said to be no string.
    const input = typeof urlOrId === "string" ? urlOrId : undefined;
    return JSON.parse(await run(call, signal, "verify", input, undefined, policy, settings)) as Verification;
  }

  #call<T>(operation: string, options?: RequestOptions, params?: unknown, id?: unknown): ApiPromise<T> {
    const response = async (): Promise<ApiResponse<T>> => {
      const signal = options?.signal;
      const call = new Call(operation, this.#client, signal);
      try {
        const body = encodeRequest(operation, params);
        const settings = this.#merge(operation, options);
        const done = await run(call, signal, operation, id, body, "{}", settings);
        return call.answer(done) as ApiResponse<T>;
      } catch (thrown) {
        // The signal's reason may be an error of this package, and is no failure of this call.
        const failed = isHyperstackError(thrown) && thrown !== signal?.reason;
        throw failed ? call.failed(thrown) : thrown;
      }
    };
    return new ApiPromise(response());
  }

  #list<T>(
    operation: string,
    id: keyof T | undefined,
    params: PageParams | undefined,
    options: ListOptions | undefined,
  ): Paged<T> {
    const { maxPages = 1000, signal, ...rest } = options ?? {};
    if (!Number.isInteger(maxPages) || maxPages < 1) {
      throw invalid(operation, "maxPages", "ordinal", "must be a whole number, 1 or more");
    }
    const { page: first = 1, ...filters } = params ?? {};
    const fetch = (page: number, inner: AbortSignal): Promise<Record<string, unknown>> =>
      this.#call(operation, { ...rest, signal: inner }, { ...filters, page });
    return new Paged({ operation, first, id, fetch, signal, maxPages });
  }

  /** The options of a call over those of the client, as the core reads them. */
  #merge(operation: string, options: CreationOptions | undefined): string {
    const { signal: _, ...own } = options ?? {};
    own.mayExistSince &&= millisecondsOf(own.mayExistSince);
    for (const [name, value] of Object.entries(own)) {
      // Whoever passes on options they were given must not pass on where the token goes. What is no option at all the
      // core refuses, with everything else that is wrong; functions would not reach it.
      if (CLIENT_OPTIONS.includes(name) || typeof value === "function") {
        throw invalid(operation, name, "unknown_field", "is not an option of a call");
      }
    }
    const settings = defined(own);
    if (Object.keys(settings).length > 0) {
      return encode(operation, { ...this.#settings, ...settings }) ?? "{}";
    }
    // Those of the client alone are written once.
    this.#text ??= encode(operation, this.#settings) ?? "{}";
    return this.#text;
  }
}

/**
 * Asks a verifying service (`createVerifyHandler`). Holds no token, so it belongs in browsers.
 *
 * @category Verification
 */
export class Verifier {
  readonly #endpoint: string;
  readonly #fetch: Fetch | undefined;
  readonly #hosts: readonly string[] | undefined;
  readonly #settings: string;

  /**
   * Makes a verifier. Nothing is sent.
   *
   * @param options - Where to ask, and which hosts are trusted.
   * @throws {@link ValidationError} for an endpoint that is no string; other options are judged at the first question.
   */
  constructor(options: VerifierOptions) {
    const { endpoint, fetch, hosts, ...settings } = options ?? {};
    if (typeof endpoint !== "string") throw invalid("Verifier", "endpoint", "string", "must be a string");
    this.#endpoint = endpoint;
    this.#fetch = fetch;
    this.#hosts = hosts;
    this.#settings = encode("Verifier", settings) ?? "{}";
  }

  /**
   * Verifies a credential link or id. What the service answers is believed only if it is about this credential and
   * agrees with itself; otherwise the result is `indeterminate`. Asks once.
   *
   * @param urlOrId - A pasted link or id, as it is; at most 2 048 bytes.
   * @param options - A name to compare, and an abort.
   * @returns The verdict with all thirteen checks.
   * @throws {@link ValidationError} for wrong arguments, {@link InternalError}, and `signal.reason`.
   */
  async verify(
    urlOrId: string,
    options: {
      /** Compare the recipient's name, where the service is set up to (`compareNames`). Default: not compared. */
      recipientName?: string | undefined;
      /** Aborts the question; it then rejects with `signal.reason`. */
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<Verification> {
    const { recipientName, signal } = options ?? {};
    const policy = encode("verify", { hosts: this.#hosts, recipientName }) ?? "{}";
    const call = new Call("verify", { fetch: this.#fetch, token: "", calls: 0 }, signal);
    const input = typeof urlOrId === "string" ? urlOrId : undefined;
    const text = await run(call, signal, "ask", input, this.#endpoint, policy, this.#settings);
    return JSON.parse(text) as Verification;
  }
}

/**
 * Reads a pasted link or id: no network.
 *
 * @param text - A pasted link or id, as it is; white space around it is ignored.
 * @param options - Which hosts are trusted.
 * @returns `{ ok: true, input_kind, id, canonical_url }`, or `{ ok: false, code }` with the first rule that the text breaks.
 * @throws {@link ValidationError} for options that are wrong or a text that is no string.
 * @category Verification
 */
export const parseCredentialUrl = async (
  text: string,
  options: ParseOptions = {},
): Promise<ParsedCredentialUrl> => {
  const { hosts, ...rest } = options ?? {};
  const policy = encode("parseCredentialUrl", { hosts, ...rest }) ?? "{}";
  return JSON.parse(await parse(text, policy)) as ParsedCredentialUrl;
};
