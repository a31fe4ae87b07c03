/**
 * What one writes instead of using the package: a client with fetch and zod that checks the same. `benches/` weighs it.
 *
 * It lacks, and the package has: duplicate keys in answers refused (`JSON.parse` hides them), `issueMany` with its
 * journal, `waitUntilPublished`, webhooks, events, own headers, `withResponse`, named rules and paths in verdicts,
 * error classes that work across realms and copies, survival of values from other realms, and the tests of it all.
 */
import type * as z from "zod";
import { ApiError } from "./errors.ts";
import * as schemas from "./schemas.ts";
import { type CallOptions, type Inquire, type Operation, QUOTA, type Settings, send } from "./transport.ts";
import { type Verification, type VerifyOptions, verify } from "./verify.ts";

export { ApiError } from "./errors.ts";
export { isVerified, type Verification, type VerifyOptions } from "./verify.ts";

export interface ClientOptions extends Omit<CallOptions, "signal"> {
  token: string | (() => string | Promise<string>);
  baseUrl?: string | undefined;
  fetch?: typeof fetch | undefined;
  dangerouslyAllowBrowser?: boolean | undefined;
}

const at = (path: string) => (): string => path;
const READ = { method: "POST", repeat: "safe", notFound: "not_found" } as const;
const OF_CREDENTIAL = { ...READ, id: schemas.documentId, notFound: "credential_not_found" } as const;
const OF_GROUP = { ...READ, id: schemas.groupKey, notFound: "group_not_found" } as const;

/** Makes an operation's type follow from its schema. */
const operation = <T>(value: Operation<T>): Operation<T> => value;

const operations = {
  account: operation({ ...READ, name: "account.get", path: at("/v1/auth"), answer: schemas.account }),
  groupsCreate: operation({
    ...READ,
    name: "groups.create",
    path: at("/v1/groups/new"),
    request: schemas.newGroup,
    answer: schemas.createdGroup,
    repeat: "never",
  }),
  groupsView: operation({
    ...OF_GROUP,
    name: "groups.view",
    method: "GET",
    path: (key) => `/v1/group/view/${key}`,
    answer: schemas.group,
  }),
  groupsUpdate: operation({
    ...OF_GROUP,
    name: "groups.update",
    path: (key) => `/v1/group/update/${key}`,
    request: schemas.changedGroup,
    answer: schemas.done,
  }),
  groupsList: operation({
    ...READ,
    name: "groups.list",
    path: at("/v1/groups/all"),
    request: schemas.pages,
    answer: schemas.unknownGroupsPage,
  }),
  groupsSearch: operation({
    ...READ,
    name: "groups.search",
    path: at("/v1/groups/search"),
    request: schemas.groupFilters,
    answer: schemas.groupsPage,
  }),
  generate: operation({
    ...READ,
    name: "credentials.generate",
    path: at("/v1/credentials/generate"),
    request: schemas.newCredential,
    answer: schemas.credential,
    repeat: "reconcile",
    notFound: "group_not_found",
  }),
  issue: operation({
    ...READ,
    name: "credentials.issue",
    path: at("/v1/credentials/new"),
    request: schemas.newCredential,
    answer: schemas.credential,
    repeat: "reconcile",
    notFound: "group_not_found",
  }),
  publish: operation({
    ...OF_CREDENTIAL,
    name: "credentials.publish",
    path: (id) => `/v1/credential/${id}/publish`,
    answer: schemas.doneWithMessage,
    repeat: "publish",
  }),
  view: operation({
    ...OF_CREDENTIAL,
    name: "credentials.view",
    method: "GET",
    path: (id) => `/v1/credential/${id}/view`,
    answer: schemas.credential,
    echoesId: true,
  }),
  update: operation({
    ...OF_CREDENTIAL,
    name: "credentials.update",
    path: (id) => `/v1/credential/${id}/update`,
    request: schemas.expiry,
    answer: schemas.done,
  }),
  list: operation({
    ...READ,
    name: "credentials.list",
    path: at("/v1/credentials/all"),
    request: schemas.pages,
    answer: schemas.credentialsPage,
  }),
  search: operation({
    ...READ,
    name: "credentials.search",
    path: at("/v1/credentials/search"),
    request: schemas.credentialFilters,
    answer: schemas.credentialsPage,
  }),
  recipientsUpdate: operation({
    ...READ,
    name: "recipients.update",
    path: at("/v1/recipients/update"),
    request: schemas.recipientChange,
    answer: schemas.doneWithMessage,
    notFound: "recipient_not_found",
  }),
  subscribe: operation({
    ...READ,
    name: "webhooks.subscribe",
    path: at("/v1/webhook/subscribe"),
    request: schemas.subscription,
    answer: schemas.doneWithMessage,
  }),
  unsubscribe: operation({
    ...READ,
    name: "webhooks.unsubscribe",
    path: at("/v1/webhook/unsubscribe"),
    answer: schemas.done,
  }),
};

type Credential = z.infer<typeof schemas.credential>;
type NewCredential = z.infer<typeof schemas.newCredential>;
interface PageBody {
  total?: number | undefined;
  page?: number | undefined;
  page_size?: number | undefined;
}
type ItemOf<List> = List extends (infer Item)[] ? Item : never;
type ListOptions = CallOptions & { maxPages?: number };

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** How far the account's clock may be behind ours. */
const SKEW_MS = 300_000;

const checkedBaseUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fine =
    url &&
    (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname))) &&
    url.username === "" &&
    url.password === "" &&
    !/[?#@\\\s]/.test(text);
  if (!fine)
    throw new ApiError("validation", "invalid", "Client", "baseUrl must be https (http on loopback only)");
  return text.replace(/\/+$/, "");
};

export class Client {
  readonly #settings: Settings;

  constructor(options: ClientOptions) {
    const { token, fetch = globalThis.fetch, baseUrl = "https://api.thehyperstack.com" } = options;
    if (typeof window !== "undefined" && !options.dangerouslyAllowBrowser)
      throw new ApiError("validation", "invalid", "Client", "a token does not belong in a browser");
    this.#settings = {
      baseUrl: checkedBaseUrl(baseUrl),
      token: typeof token === "function" ? token : () => token,
      fetch: (...request) => fetch(...request),
      options: {
        timeoutMs: options.timeoutMs ?? 30_000,
        totalTimeoutMs: options.totalTimeoutMs ?? 60_000,
        maxRetries: options.maxRetries ?? 2,
        maxResponseBytes: options.maxResponseBytes ?? 8_388_608,
      },
      quota: { left: QUOTA },
    };
  }

  readonly account = {
    get: (options?: CallOptions) => this.#call(operations.account, undefined, undefined, options),
  };

  readonly groups = {
    create: (params: z.infer<typeof schemas.newGroup>, options?: CallOptions) =>
      this.#call(operations.groupsCreate, undefined, params, options),
    view: (key: string, options?: CallOptions) => this.#call(operations.groupsView, key, undefined, options),
    update: (key: string, params: z.infer<typeof schemas.changedGroup>, options?: CallOptions) =>
      this.#call(operations.groupsUpdate, key, params, options),
    list: (params: z.infer<typeof schemas.pages> = {}, options?: ListOptions) =>
      this.#pages(operations.groupsList, "groups", params, options),
    search: (params: z.infer<typeof schemas.groupFilters> = {}, options?: ListOptions) =>
      this.#pages(operations.groupsSearch, "groups", params, options),
  };

  readonly credentials = {
    generate: (params: NewCredential, options?: CallOptions) =>
      this.#call(operations.generate, undefined, params, options, this.#inquire(params, options)),
    issue: (params: NewCredential, options?: CallOptions) =>
      this.#call(operations.issue, undefined, params, options, this.#inquire(params, options)),
    publish: (id: string, options?: CallOptions) =>
      this.#call(operations.publish, id, undefined, options, async (_, totalTimeoutMs) => {
        const { status } = await this.credentials.view(id, { ...options, totalTimeoutMs });
        if (status === "unpublished" || status === "draft") return undefined;
        return { success: true, message: "Credential is published" };
      }),
    view: (id: string, options?: CallOptions) => this.#call(operations.view, id, undefined, options),
    update: (id: string, params: { expiry: number | Date | null }, options?: CallOptions) => {
      const expiry =
        params.expiry instanceof Date ? Math.floor(params.expiry.getTime() / 1000) : params.expiry;
      return this.#call(operations.update, id, { ...params, expiry }, options);
    },
    list: (params: z.infer<typeof schemas.pages> = {}, options?: ListOptions) =>
      this.#pages(operations.list, "credentials", params, options),
    search: (params: z.infer<typeof schemas.credentialFilters> = {}, options?: ListOptions) =>
      this.#pages(operations.search, "credentials", params, options),
  };

  readonly recipients = {
    update: (params: z.infer<typeof schemas.recipientChange>, options?: CallOptions) =>
      this.#call(operations.recipientsUpdate, undefined, params, options),
  };

  readonly webhooks = {
    subscribe: (params: z.infer<typeof schemas.subscription>, options?: CallOptions) =>
      this.#call(operations.subscribe, undefined, params, options),
    unsubscribe: (options?: CallOptions) => this.#call(operations.unsubscribe, undefined, undefined, options),
  };

  verify(text: string, options: VerifyOptions = {}): Promise<Verification> {
    return verify(text, options, (id, call) => send(this.#settings, operations.view, id, undefined, call));
  }

  async #call<T>(
    operation: Operation<T>,
    id: string | undefined,
    params: unknown,
    options?: CallOptions,
    inquire?: Inquire<T>,
  ): Promise<T> {
    return (await send(this.#settings, operation, id, params, options, inquire)).data;
  }

  /** Whether the account has a credential that a lost request would have made. Searches match in part. */
  #inquire({ recipient, group_key }: NewCredential, options: CallOptions = {}): Inquire<Credential> {
    return async (sinceMs, totalTimeoutMs) => {
      const found = this.credentials.search(
        { recipient: { email: recipient.email }, group_key },
        { ...options, totalTimeoutMs, maxPages: 20 },
      );
      for await (const page of found) {
        for (const credential of page) {
          const same = credential.recipient.email === recipient.email && credential.group.key === group_key;
          if (same && Date.parse(credential.issued_on) >= sinceMs - SKEW_MS)
            return { success: true, ...credential };
        }
      }
      return undefined;
    };
  }

  /** Page by page, one fetched ahead; a list that repeats a page, answers another or does not end is an error. */
  async *#pages<Body extends PageBody, Name extends keyof Body>(
    operation: Operation<Body>,
    member: Name,
    { page: first = 1, ...filters }: { page?: number | undefined },
    { maxPages = 1000, signal, ...options }: ListOptions = {},
  ): AsyncGenerator<ItemOf<Body[Name]>[], void, undefined> {
    const broken = (code: string, text: string): ApiError =>
      new ApiError("response", code, operation.name, text);
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    const read = (page: number) =>
      this.#call(operation, undefined, { ...filters, page }, { ...options, signal: controller.signal });
    const idOf = (item: ItemOf<Body[Name]>): unknown => {
      const { document_id, group_key } = item as { document_id?: unknown; group_key?: unknown };
      return document_id ?? group_key;
    };
    const seen = new Set<unknown>();
    let previous: string | undefined;
    let ahead: ReturnType<typeof read> | undefined;
    try {
      for (let page = first; ; page += 1) {
        if (page - first >= maxPages)
          throw broken("too_many_pages", `the list did not end after ${maxPages} pages`);
        const answer = await (ahead ?? read(page));
        ahead = undefined;
        if (answer.page !== undefined && answer.page !== page)
          throw broken("page_mismatch", `page ${page} was asked for, page ${answer.page} was answered`);
        const items = answer[member] as ItemOf<Body[Name]>[];
        const fingerprint = JSON.stringify(items);
        if (items.length > 0 && fingerprint === previous)
          throw broken("page_repeated", `page ${page} is page ${page - 1} again`);
        previous = fingerprint;
        const size = answer.page_size ?? items.length;
        const last =
          items.length === 0 ||
          (answer.total === undefined ? items.length < size : page * size >= answer.total);
        if (!last) {
          ahead = read(page + 1);
          ahead.catch(() => {});
        }
        yield items.filter((item) => {
          const id = idOf(item);
          if (id === undefined) return true;
          const fresh = !seen.has(id);
          seen.add(id);
          return fresh;
        });
        if (last) return;
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      if (ahead) controller.abort();
    }
  }
}
