/** `issueMany`: issuing to a list of people, once each, also across interrupted runs. */
import { abortable, pause } from "./abort.js";
import {
  failure,
  type HyperstackError,
  invalid,
  isHyperstackError,
  requireFunctions,
  ValidationError,
} from "./errors.js";
import { CREDENTIAL_EXISTS, OUTCOME_UNKNOWN } from "./failures.js";
import {
  contentOf,
  type IssueManyItem,
  type ItemPlace,
  isIterable,
  type Prepare,
  readItem,
  recipientOf,
} from "./issue-item.js";
import { type IssueJournalEntry, isJournalEntry, isOpen, replaces } from "./issue-journal.js";
import { type CreationOptions, checkedSignal, plainOptions, type RequestOptions } from "./options.js";
import { numberOf } from "./paged.js";
import {
  BOOLEAN,
  CONCURRENCY,
  ITERABLE,
  JOURNAL,
  ONCE,
  OPTION_OF_NO_RUN,
  OPTION_OF_ONE_ITEM,
  type Rule,
} from "./rules.js";
import type { GenerateCredentialParams, IssuedCredential } from "./types.js";

/**
 * Why an item was not sent. `duplicate`: the item `of` is identical. `done`: issued, by the journal. `low_balance`,
 * `unauthorized`, `forbidden`, `rate_limited` (for longer than a minute): an earlier item ended the run with that.
 * `group_not_found`: an earlier item of that group failed with it.
 *
 * @category Issuing to many
 */
export type SkipReason =
  | "duplicate"
  | "done"
  | "group_not_found"
  | "low_balance"
  | "unauthorized"
  | "forbidden"
  | "rate_limited";
type EndReason = Exclude<SkipReason, "duplicate" | "done" | "group_not_found">;

/**
 * The result of one item. `status` narrows it, and so does `reason` of a skipped one.
 *
 * @category Issuing to many
 */
export type IssueResult = ItemPlace & {
  /** The item itself. */
  item: IssueManyItem;
} & (
    | {
        /** A credential was created. */
        status: "issued";
        /** As `credentials.issue` returns it. `reconciled` means that its response was lost and the credential was found. */
        credential: IssuedCredential;
        /** Only results of another status have it. */
        error?: undefined;
        /** Only results of another status have it. */
        reason?: undefined;
      }
    | {
        /** The account already has one for this recipient and group (`credential_exists`). */
        status: "exists";
        /** The API's response, in this run or, with `attempts: 0`, in the run that wrote the journal. */
        error: HyperstackError;
        /** Only results of another status have it. */
        credential?: undefined;
        /** Only results of another status have it. */
        reason?: undefined;
      }
    | {
        /** Nothing was created, unless `error.mayHaveTakenEffect`. */
        status: "failed";
        /** Why, as `credentials.issue` rejects. */
        error: HyperstackError;
        /** Only results of another status have it. */
        credential?: undefined;
        /** Only results of another status have it. */
        reason?: undefined;
      }
    | SkippedItem
  );

/**
 * The result of an item that was not sent.
 *
 * @category Issuing to many
 */
export type SkippedItem = {
  /** Nothing was sent. */
  status: "skipped";
  /** Only results of another status have it. */
  credential?: undefined;
  /** Only results of another status have it. */
  error?: undefined;
} & (
  | {
      /** An earlier item is identical. */
      reason: "duplicate";
      /** The index of the first one. */
      of: number;
      /** The `line` of the first one, if it has one. */
      of_line?: number | string;
    }
  | {
      /** The journal shows that it was issued. */
      reason: "done";
      /** The id of the credential, if the journal contains it. */
      document_id?: string;
    }
  | {
      /** The failure of an earlier item that ended the run, or the part of it for the same group. */
      reason: Exclude<SkipReason, "duplicate" | "done">;
    }
);

/**
 * The progress of a run.
 *
 * @category Issuing to many
 */
export interface IssueManyProgress {
  /** Results so far. */
  done: number;
  /** Of these, credentials that were created. */
  issued: number;
  /** Of these, recipients that already had one of the group. */
  exists: number;
  /** Of these, errors. */
  failed: number;
  /** Of these, items that were not sent. */
  skipped: number;
  /** Number of items, or `null` if the input does not say (a generator). */
  total: number | null;
}

/**
 * Options of `credentials.issueMany`.
 *
 * @category Issuing to many
 */
export interface IssueManyOptions {
  /** The group of items without one. */
  group_key?: string | undefined;
  /** Creates drafts, as `credentials.generate` does, which mail nobody. Default `false`. Use a journal for drafts only. */
  draft?: boolean | undefined;
  /** Concurrent requests. Default 5, at most 100. */
  concurrency?: number | undefined;
  /**
   * Called after every result, and awaited. What it throws ends the run.
   *
   * @param progress - A copy of the counts.
   */
  onProgress?: ((progress: IssueManyProgress) => void | Promise<void>) | undefined;
  /** The journal of an interrupted run: what it did is not done again, what it left open is searched first. */
  journal?: Iterable<IssueJournalEntry> | undefined;
  /**
   * Stores an entry, before the request is sent and after it ended; the run awaits it. If it fails, the run ends before
   * it sends anything that is not in the journal.
   *
   * @param entry - To be stored, e.g. as one line of JSON; see {@link readIssueJournal}.
   */
  onJournal?: ((entry: IssueJournalEntry) => void | Promise<void>) | undefined;
  /** Ends the run: it rejects with `signal.reason`. Requests in flight stay open in the journal. */
  signal?: AbortSignal | undefined;
  /** Options of every single call. */
  request?: Omit<RequestOptions, "signal"> | undefined;
}

type Issue = (params: GenerateCredentialParams, options: CreationOptions) => Promise<IssuedCredential>;
/** The calls that create one credential. */
interface Calls {
  readonly issue: Issue;
  readonly generate: Issue;
}
type Items = Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>;

/** Errors after which every further item would end the same way. */
const END_REASONS: Readonly<Record<string, EndReason>> = {
  InsufficientBalanceError: "low_balance",
  AuthenticationError: "unauthorized",
  PermissionError: "forbidden",
};
/**
 * The whole run waits for a rate limit that ends within this time; a longer one ends the run.
 *
 * @internal
 */
export const MAX_RATE_LIMIT_WAIT_MS = 60_000;
/**
 * How often an item is sent again after rate limits.
 *
 * @internal
 */
export const MAX_RATE_LIMIT_WAITS = 10;
const DEFAULT_RATE_LIMIT_WAIT_MS = 1000;
/** @internal */
export const DEFAULT_CONCURRENCY = 5;
/** @internal */
export const MAX_CONCURRENCY = 100;

const OPERATION = "credentials.issueMany";
const OPTIONS = [
  "concurrency",
  "draft",
  "group_key",
  "journal",
  "onJournal",
  "onProgress",
  "request",
  "signal",
];
/** Options of a call that belong to a single item, or to the run. */
const OPTIONS_OF_ONE_ITEM = ["mayExistSince", "signal"];

/** Reads the options of a run. */
const readOptions = (options: IssueManyOptions | null | undefined) => {
  const given = plainOptions(OPERATION, options);
  const { concurrency = DEFAULT_CONCURRENCY, draft = false, onJournal, onProgress } = given;
  const wrong = (path: string, rule: Rule) => invalid(OPERATION, path, rule);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    throw wrong("concurrency", CONCURRENCY);
  }
  if (typeof draft !== "boolean") throw wrong("draft", BOOLEAN);
  for (const name of Object.keys(given)) {
    if (!OPTIONS.includes(name)) throw wrong(name, OPTION_OF_NO_RUN);
  }
  requireFunctions(OPERATION, { onJournal, onProgress });
  const signal = checkedSignal(OPERATION, given.signal);
  const request = plainOptions(OPERATION, given.request, "request");
  for (const name of OPTIONS_OF_ONE_ITEM) {
    if (Object.hasOwn(request, name)) throw wrong(`request.${name}`, OPTION_OF_ONE_ITEM);
  }
  const journal = new Map<string, IssueJournalEntry>();
  for (const entry of given.journal ?? []) {
    if (!isJournalEntry(entry)) throw wrong("journal", JOURNAL);
    const before = journal.get(entry.key);
    if (!before || replaces(entry, before)) journal.set(entry.key, entry);
  }
  return { group_key: given.group_key, concurrency, draft, onJournal, onProgress, signal, request, journal };
};

/**
 * A run of `credentials.issueMany`. `for await` yields the results when they are ready, `settled()` returns all of them in
 * the order of the input; one of the two, once. Leaving the loop starts nothing more and awaits what is in flight.
 *
 * @category Issuing to many
 */
export class IssueRun implements AsyncIterable<IssueResult> {
  /** Set until the run is iterated, which is possible once. */
  #items: Items | undefined;
  readonly #issue: Issue;
  /** Trims an item, if the client trims, before it is recognised: items that differ only in trimmed white space are the same. */
  readonly #prepare: Prepare;
  readonly #options: ReturnType<typeof readOptions>;
  readonly #journal: Map<string, IssueJournalEntry>;
  /** The position of the first item with each key, in this run. */
  readonly #first = new Map<string, ItemPlace>();
  /** Settles when the items so far are identified: one after the other, so that of identical ones the first is issued. */
  #identified: Promise<unknown> = Promise.resolve();
  /** The last item of a recipient and group: the next one waits for it, or a lost one could be taken for the other. */
  readonly #lastOfRecipient = new Map<string, Promise<unknown>>();
  readonly #missingGroups = new Set<string>();
  #endReason: EndReason | undefined;
  /** Resolves when no rate limit is known any more. */
  #rateLimit: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(items: Items, calls: Calls, options: IssueManyOptions | null | undefined, prepare: Prepare) {
    if (!isIterable(items)) throw invalid(OPERATION, "recipients", ITERABLE);
    this.#options = readOptions(options);
    this.#journal = this.#options.journal;
    this.#items = items;
    this.#issue = this.#options.draft ? calls.generate : calls.issue;
    this.#prepare = prepare;
  }

  /** The last entry of every item: for `JSON.stringify`, and for `journal` of the run that resumes. */
  get journal(): IssueJournalEntry[] {
    return [...this.#journal.values()];
  }

  /**
   * Returns all results, in the order of the input.
   *
   * @throws As iterating does.
   * @example
   * ```ts
   * const results = await hyperstack.credentials.issueMany(people, { group_key }).settled();
   * ```
   */
  async settled(): Promise<IssueResult[]> {
    const results: IssueResult[] = [];
    for await (const result of this) results[result.index] = result;
    return results;
  }

  /**
   * Iterates over the results, in the order in which they are ready.
   *
   * @throws {@link ValidationError} the second time; `signal.reason`; what the input or a function of the options throws.
   * @example
   * ```ts
   * for await (const result of hyperstack.credentials.issueMany(people, { group_key })) {
   *   if (result.status === "failed") console.log(result.line, result.error.message);
   * }
   * ```
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<IssueResult, void, undefined> {
    const items = this.#items;
    this.#items = undefined;
    if (!items) throw invalid(OPERATION, "run", ONCE);
    const { concurrency, onProgress, signal } = this.#options;
    const { length, size } = items as { length?: unknown; size?: unknown };
    const total = numberOf(length) ?? numberOf(size);
    const progress: IssueManyProgress = { done: 0, issued: 0, exists: 0, failed: 0, skipped: 0, total };
    const source = iterate(items);
    const ready: IssueResult[] = [];
    let error: { thrown: unknown } | undefined;
    let wake: () => void = () => {};
    const woken = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
      });
    let index = 0;
    let ended = false;
    /** The next item is awaited beside the work, so that a slow source delays no result. */
    let pulling = false;
    /** Items that are awaited or in flight. */
    let busy = 0;
    const processNext = async (): Promise<void> => {
      busy += 1;
      pulling = true;
      try {
        let pulled: IteratorResult<IssueManyItem, void>;
        try {
          pulled = await source.next();
        } finally {
          pulling = false;
        }
        wake();
        if (pulled.done) ended = true;
        // In one turn with the pulling: the source may reuse its object for the next item.
        else if (!ended) ready.push(await this.#process(index++, pulled.value));
      } catch (thrown) {
        error ??= { thrown };
      }
      busy -= 1;
      wake();
    };
    const abort = (): void => wake();
    signal?.addEventListener("abort", abort);
    try {
      for (;;) {
        if (signal?.aborted) throw signal.reason;
        if (error) throw error.thrown;
        if (!ended && !pulling && busy + ready.length < concurrency) void processNext();
        const result = ready.shift();
        if (result) {
          progress.done += 1;
          progress[result.status] += 1;
          await onProgress?.({ ...progress });
          yield result;
        } else if (busy > 0) await woken();
        else return;
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      // If the loop is left early, nothing more is started. What is in flight is awaited, so that the journal has it.
      ended = true;
      const closed = source.return();
      closed.catch(() => {});
      while (busy > Number(pulling)) await woken();
      // Neither a source that does not respond nor an abort, which must not wait, delays the end.
      if (!pulling && !signal?.aborted && !error) await closed;
    }
  }

  /** Issues one item, unless it was issued before or the run has ended. */
  async #process(index: number, item: IssueManyItem): Promise<IssueResult> {
    const { params, line, error } = readItem(OPERATION, item, this.#options.group_key, this.#prepare);
    const place: ItemPlace = { index, ...(line !== undefined && { line }) };
    if (error) return { ...place, item, status: "failed", error };
    const identity = this.#identified.then(() => this.#identify(params, place));
    this.#identified = identity.catch(() => {});
    const { key, lane, first } = await identity;
    if (first) {
      const { index: of, line: of_line } = first;
      const original = { of, ...(of_line !== undefined && { of_line }) };
      return { ...place, item, status: "skipped", reason: "duplicate", ...original };
    }
    const before = this.#journal.get(key);
    const known = before && resultOf(before);
    if (known) return { ...place, item, ...known };

    const openSince = before && isOpen(before) ? before.at : undefined;
    const task = { params, place, key, lane, openSince };
    const turn = this.#issueInTurn(task, this.#lastOfRecipient.get(lane));
    this.#lastOfRecipient.set(lane, turn);
    try {
      return { ...place, item, ...(await turn) };
    } finally {
      if (this.#lastOfRecipient.get(lane) === turn) this.#lastOfRecipient.delete(lane);
    }
  }

  /** Returns the hashes of an item, and the position of the first identical one. */
  async #identify(
    params: GenerateCredentialParams,
    place: ItemPlace,
  ): Promise<{ key: string; lane: string; first: ItemPlace | undefined }> {
    const key = await sha256(contentOf(params, place.index));
    const lane = await sha256(recipientOf(params, place.index));
    const first = this.#first.get(key);
    if (!first) this.#first.set(key, place);
    return { key, lane, first };
  }

  /** Issues an item after the previous one of its recipient, and again after rate limits. */
  async #issueInTurn(item: Task, previous: Promise<unknown> | undefined): Promise<ItemResult> {
    let task = item;
    await previous?.catch(() => {});
    const { signal } = this.#options;
    for (let waits = 1; ; waits += 1) {
      await this.#rateLimit;
      if (signal?.aborted) throw signal.reason;
      if (this.#endReason) return { status: "skipped", reason: this.#endReason };
      if (this.#missingGroups.has(task.params.group_key)) {
        return { status: "skipped", reason: "group_not_found" };
      }
      const result = await this.#send(task);
      if (result.status !== "failed" || result.error.name !== "RateLimitError") return result;
      // The API refused before doing anything, so the item may be sent again when the whole run has waited. If a request
      // before that one was lost, the account is searched first.
      if (result.error.mayHaveTakenEffect) task = { ...task, openSince: this.#journal.get(task.key)?.at };
      const waitMs = result.error.retryAfterMs ?? DEFAULT_RATE_LIMIT_WAIT_MS * waits;
      if (waitMs > MAX_RATE_LIMIT_WAIT_MS) this.#endReason ??= "rate_limited";
      if (this.#endReason || waits > MAX_RATE_LIMIT_WAITS) return result;
      this.#rateLimit = Promise.all([this.#rateLimit, pause(waitMs, signal)]);
      this.#rateLimit.catch(() => {});
    }
  }

  /** Sends an item, and stores what is about to happen and how it ended. */
  async #send({ params, place, key, lane, openSince }: Task): Promise<ItemResult> {
    const { onJournal, request, signal } = this.#options;
    const at = openSince ?? Date.now();
    /** Stores an entry; an abort does not wait for that. */
    const store = async (
      state: IssueJournalEntry["state"],
      more?: Partial<IssueJournalEntry>,
    ): Promise<void> => {
      const entry = { key, lane, state, at, ...more, ...place };
      this.#journal.set(key, entry);
      if (onJournal) await abortable((async () => onJournal(entry))(), signal);
    };
    await store("started");
    let credential: IssuedCredential;
    try {
      credential = await this.#issue(params, { ...request, signal, mayExistSince: openSince });
      if (credential.reconciled && this.#mayBeAnothers(credential.document_id, key, lane)) {
        const text =
          "a response was lost, and the recipient has another credential: the request may have taken effect";
        throw failure(OUTCOME_UNKNOWN, OPERATION, text, { attempts: 1, mayHaveTakenEffect: true });
      }
    } catch (thrown) {
      // An abort ends the run; its reason may be an error of this package, and says nothing about this item.
      const aborted = signal?.aborted && thrown === signal.reason;
      if (aborted || !isHyperstackError(thrown)) throw thrown;
      if (thrown.code === "credential_exists" && thrown.name === "ConflictError") {
        await store("exists");
        return { status: "exists", error: thrown };
      }
      this.#endReason ??= END_REASONS[thrown.name];
      if (thrown.code === "group_not_found") this.#missingGroups.add(params.group_key);
      const uncertain =
        thrown.mayHaveTakenEffect || (thrown.attempts > 0 ? !isRefusal(thrown) : openSince !== undefined);
      await store("failed", {
        code: thrown.code,
        ...(uncertain && { uncertain: true }),
        ...brokenRule(thrown),
      });
      return { status: "failed", error: thrown };
    }
    await store("issued", { document_id: credential.document_id });
    return { status: "issued", credential };
  }

  /** Whether a credential that was found for a lost item may be that of another item of its recipient and group. */
  #mayBeAnothers(documentId: string, key: string, lane: string): boolean {
    return this.journal.some(
      (other) =>
        other.document_id === documentId || (other.lane === lane && other.key !== key && isOpen(other)),
    );
  }
}

/** The result of an item without the item. */
type ItemResult = IssueResult extends infer Result
  ? Result extends IssueResult
    ? Omit<Result, "index" | "line" | "item">
    : never
  : never;

/** An item that is to be sent. */
interface Task {
  readonly params: GenerateCredentialParams;
  readonly place: ItemPlace;
  /** SHA-256 of the item. */
  readonly key: string;
  /** SHA-256 of recipient and group. */
  readonly lane: string;
  /** When an earlier run sent it, if nobody knows whether that took effect. */
  readonly openSince: number | undefined;
}

/** The result of an item that is done by the journal. */
const resultOf = ({ state, document_id }: IssueJournalEntry): ItemResult | undefined => {
  if (state === "issued") {
    return { status: "skipped", reason: "done", ...(document_id !== undefined && { document_id }) };
  }
  if (state !== "exists") return undefined;
  const text = "the journal shows a credential of this group for the recipient";
  return { status: "exists", error: failure(CREDENTIAL_EXISTS, OPERATION, text) };
};

/** The field and the rule of the first issue, for the journal. */
const brokenRule = (error: HyperstackError): Partial<IssueJournalEntry> => {
  const issue = error instanceof ValidationError ? error.issues[0] : undefined;
  return issue ? { path: issue.path, rule: issue.rule } : {};
};

/** Whether the API refused, so that the request did not take effect. A proxy's refusal is a `ResponseError`. */
const isRefusal = ({ name, status = 0 }: HyperstackError): boolean =>
  status >= 400 && status < 500 && name !== "ResponseError";

/** Returns the SHA-256 of a string, in hexadecimal. */
const sha256 = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

async function* iterate<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}
