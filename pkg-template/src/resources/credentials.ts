/** Credentials: certificates and badges issued to a person. */
import type { ApiPromise } from "../api-promise.js";
import type { Caller } from "../caller.js";
import type { IssueManyItem, Prepare } from "../issue-item.js";
import { type IssueManyOptions, IssueRun } from "../issue-many.js";
import type { CreationOptions, ListOptions, RequestOptions } from "../options.js";
import type { Paged } from "../paged.js";
import { type WaitOptions, waitUntilPublished } from "../publication.js";
import type {
  Credential,
  CredentialRecord,
  Done,
  DraftCredential,
  GenerateCredentialParams,
  IssuedCredential,
  PageParams,
  PublishedCredential,
  SearchCredentialsParams,
  UpdateCredentialParams,
} from "../types.js";
import { type ManyValidation, type ValidateManyOptions, validateMany } from "../validate-many.js";
import { trimRecipient } from "../white-space.js";

/** Converts an `expiry` that is a `Date` into seconds since 1970, as the API has it. */
const withExpiryInSeconds = (params: UpdateCredentialParams): UpdateCredentialParams => {
  const own = typeof params === "object" && params !== null && Object.hasOwn(params, "expiry");
  if (!own || !(params.expiry instanceof Date)) return params;
  return { ...params, expiry: Math.floor(params.expiry.getTime() / 1000) };
};

/**
 * Credentials: certificates and badges issued to a person.
 *
 * @category Client
 */
export class CredentialsResource {
  readonly #caller: Caller;
  /** Trims the recipient of a creation, if the client trims, before the core validates it. */
  readonly #prepare: Prepare;

  /** @internal */
  constructor(caller: Caller, trims: boolean) {
    this.#caller = caller;
    this.#prepare = trims ? trimRecipient : (params) => params;
  }

  /**
   * Creates a draft (`POST /v1/credentials/generate`, vendor page `generate-credential`). After a lost response the
   * account is searched before anything is sent again; a credential that is found is returned with `reconciled: true`.
   *
   * @param params - Recipient, group and the values of custom attributes.
   * @param options - As for every call, and `mayExistSince` to resume after a crash.
   * @throws {@link ConflictError} `credential_exists`, {@link InsufficientBalanceError} `low_balance`,
   * {@link NotFoundError} `group_not_found`, {@link BadRequestError} `missing_recipient`; with `mayExistSince`
   * {@link ResponseError} `outcome_unknown`.
   * @example
   * ```ts
   * const recipient = { name: "Zoë Larsson", email: "zoe@example.com" };
   * const draft = await hyperstack.credentials.generate({ recipient, group_key });
   * await hyperstack.credentials.publish(draft.document_id);
   * ```
   */
  readonly generate = (
    params: GenerateCredentialParams,
    options?: CreationOptions,
  ): ApiPromise<DraftCredential> =>
    this.#caller.call("credentials.generate", options, (core, config, given) =>
      core.generateCredential(config, this.#prepare(params), given),
    );

  /**
   * Creates and publishes at once (`POST /v1/credentials/new`, vendor page `create-credential`); the recipient gets an
   * e-mail unless the group says otherwise. A lost response is reconciled as with `generate`.
   *
   * @param params - Recipient, group and the values of custom attributes.
   * @param options - As for every call, and `mayExistSince` to resume after a crash.
   * @throws The errors of `generate`.
   * @example
   * ```ts
   * const recipient = { name: "Zoë Larsson", email: "zoe@example.com" };
   * const { document_url } = await hyperstack.credentials.issue({ recipient, group_key });
   * ```
   */
  readonly issue = (
    params: GenerateCredentialParams,
    options?: CreationOptions,
  ): ApiPromise<IssuedCredential> =>
    this.#caller.call("credentials.issue", options, (core, config, given) =>
      core.issueCredential(config, this.#prepare(params), given),
    );

  /**
   * Issues to many: a list, a generator or an async generator. `for await (const result of run)` yields every result when
   * it is ready, `run.settled()` returns all of them in the order of the input; one that fails does not stop the others.
   * Identical items are issued once. An empty balance or a refused token ends the run, and the rest is `skipped`.
   *
   * With `onJournal` storing entries and `journal` passing them to a later run, an interrupted run can be resumed without
   * issuing anything twice: items that were in flight are searched in the account first.
   *
   * The run itself can end with `signal.reason`, and with what the input or a function of the options throws.
   *
   * @param recipients - The arguments of `issue`, one by one.
   * @param options - Group, concurrent requests, journal, progress, abort, options of each call.
   * @throws {@link ValidationError} at once, for wrong options.
   * @example
   * ```ts
   * const run = hyperstack.credentials.issueMany(people, { group_key });
   * for await (const { line, status, error } of run) console.log(line, status, error?.message ?? "");
   * ```
   */
  readonly issueMany = (
    recipients: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>,
    options?: IssueManyOptions,
  ): IssueRun => new IssueRun(recipients, this, options, this.#prepare);

  /**
   * Checks a list by the rules of `issue`, and finds identical items and shared addresses. Sends nothing, so it works with
   * any token.
   *
   * @param recipients - As for `issueMany`.
   * @param options - The group, as for `issueMany`.
   * @returns How many items `issueMany` would send, and the findings.
   * @throws {@link ValidationError} for wrong options; what the input throws.
   * @example
   * ```ts
   * const { total, valid, findings } = await hyperstack.credentials.validateMany(people, { group_key });
   * for (const finding of findings) console.log(finding.line, finding.kind);
   * ```
   */
  readonly validateMany = (
    recipients: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>,
    options?: ValidateManyOptions,
  ): Promise<ManyValidation> =>
    validateMany(recipients, options, this.#prepare, (params) =>
      this.#caller.local("credentials.validateMany", (core) => core.checkNewCredential(params)),
    );

  /**
   * Publishes a draft (`POST /v1/credential/{document_id}/publish`, vendor page `publish-credential`). Publication is
   * only queued: `waitUntilPublished` waits for it.
   *
   * @param document_id - Id of the draft: 32 letters and digits, or a lower-case UUID.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link BadRequestError} `invalid_status` if it is not a draft, {@link NotFoundError} `credential_not_found`.
   * @example
   * ```ts
   * await hyperstack.credentials.publish(document_id);
   * ```
   */
  readonly publish = (document_id: string, options?: RequestOptions): ApiPromise<PublishedCredential> =>
    this.#caller.call("credentials.publish", options, (core, config, given) =>
      core.publishCredential(config, document_id, given),
    );

  /**
   * Waits until a credential is published: reads it at once, then less and less often, from every 0.5 s to every 8 s. A
   * published one that was revoked since counts as published.
   *
   * @param document_id - Id of the credential: 32 letters and digits, or a lower-case UUID.
   * @param options - `limitMs`, and the options of every `view`.
   * @returns The credential as it was read last.
   * @throws {@link TimeoutError} `not_published` after `limitMs`, and the errors of `view`.
   * @example
   * ```ts
   * const { status } = await hyperstack.credentials.waitUntilPublished(document_id, { limitMs: 30_000 });
   * ```
   */
  readonly waitUntilPublished = (
    document_id: string,
    options?: RequestOptions & WaitOptions,
  ): Promise<Credential> => waitUntilPublished((request) => this.view(document_id, request), options);

  /**
   * Reads a credential of this account (`GET /v1/credential/{document_id}/view`, vendor page `view-credential`).
   *
   * @param document_id - Id of the credential: 32 letters and digits, or a lower-case UUID.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link NotFoundError} `credential_not_found` if this account has none with that id,
   * {@link ResponseError} `id_mismatch` if the response is for another credential.
   * @example
   * ```ts
   * const { status, valid_until } = await hyperstack.credentials.view(document_id);
   * ```
   */
  readonly view = (document_id: string, options?: RequestOptions): ApiPromise<Credential> =>
    this.#caller.call("credentials.view", options, (core, config, given) =>
      core.viewCredential(config, document_id, given),
    );

  /**
   * Sets or removes the expiry of a credential (`POST /v1/credential/{document_id}/update`, vendor page
   * `update-credential`). Nothing else can be changed.
   *
   * @param document_id - Id of the credential: 32 letters and digits, or a lower-case UUID.
   * @param params - `expiry` in seconds since 1970 or as a `Date`, whose fraction of a second is cut off; `null` removes it.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link NotFoundError} `credential_not_found`.
   * @example
   * ```ts
   * await hyperstack.credentials.update(document_id, { expiry: new Date("2030-01-01T00:00:00Z") });
   * ```
   */
  readonly update = (
    document_id: string,
    params: UpdateCredentialParams,
    options?: RequestOptions,
  ): ApiPromise<Done> =>
    this.#caller.call("credentials.update", options, (core, config, given) =>
      core.updateCredential(config, document_id, withExpiryInSeconds(params), given),
    );

  /**
   * Lists all credentials, most recently published first (`POST /v1/credentials/all`, vendor page `list-credentials`).
   *
   * @param params - First page, from 1, and entries per page, 50 by default.
   * @param options - Abort, timeouts, retries, headers, maximum of pages.
   * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is iterated.
   * @example
   * ```ts
   * for await (const { document_id, status } of hyperstack.credentials.list()) console.log(document_id, status);
   * ```
   */
  readonly list = (params?: PageParams, options?: ListOptions): Paged<CredentialRecord> =>
    this.#caller.list(
      { operation: "credentials.list", member: "credentials", id: "document_id" },
      params,
      options,
      (core, config, page, given) => core.listCredentials(config, page, given),
    );

  /**
   * Searches credentials by recipient, group, id, attributes or date (`POST /v1/credentials/search`, vendor page
   * `search-credentials`). Parts of names, addresses and keys match, so compare the results.
   *
   * @param params - The search, first page, entries per page.
   * @param options - Abort, timeouts, retries, headers, maximum of pages.
   * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is iterated.
   * @example
   * ```ts
   * const found = hyperstack.credentials.search({ recipient: { email: "zoe@example.com" }, group_key });
   * const [credential] = await found.toArray({ limit: 1 });
   * ```
   */
  readonly search = (params?: SearchCredentialsParams, options?: ListOptions): Paged<CredentialRecord> =>
    this.#caller.list(
      { operation: "credentials.search", member: "credentials", id: "document_id" },
      params,
      options,
      (core, config, page, given) => core.searchCredentials(config, page, given),
    );
}
