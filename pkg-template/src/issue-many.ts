/** Issuing to a list of people: each once, whatever happens in between. */

import { defined } from "./call.js";
import type { CreationOptions, RequestOptions } from "./client.js";
import { encodeRequest } from "./core.js";
import { failure, functions, type HyperstackError, invalid, isHyperstackError } from "./errors.js";
import { numberOf } from "./paged.js";
import { abortable, pause } from "./pause.js";
import type { GenerateCredentialParams, IssuedCredential } from "./types.js";

/**
 * One credential to issue: what `credentials.issue` takes; `group_key` may be said once, in the options.
 *
 * @category Issuing to many
 */
export type IssueManyItem = Omit<GenerateCredentialParams, "group_key"> & {
  /** Key of the group, where it is not that of the options. */
  group_key?: string | undefined;
};

/**
 * Why an item was not sent. `duplicate`: the item `of` is the same. `done`: the journal says so. `low_balance`,
 * `unauthorized`, `forbidden`, `rate_limited` (for longer than a minute): an earlier item ended the run with that.
 * `group_not_found`: there is no such group, as an earlier item of it learnt.
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
type Ending = Exclude<SkipReason, "duplicate" | "done" | "group_not_found">;

/**
 * What became of one item.
 *
 * @category Issuing to many
 */
export type IssueResult = {
  /** Its place in the input, from 0. */
  index: number;
  /** The item itself. */
  item: IssueManyItem;
} & (
  | {
      /** A credential was made. */
      status: "issued";
      /** As `credentials.issue` gives it; `reconciled` in it says that its answer had been lost. */
      credential: IssuedCredential;
    }
  | {
      /** The account has one for this recipient and group already (`credential_exists`). */
      status: "exists";
      /** What the API said. */
      error: HyperstackError;
    }
  | {
      /** Nothing was made, unless `error` says that the request may have taken effect. */
      status: "failed";
      /** Why, as `credentials.issue` rejects. */
      error: HyperstackError;
    }
  | {
      /** Nothing was sent. */
      status: "skipped";
      /** Why not. */
      reason: SkipReason;
      /** With `duplicate`, the index of the first one. */
      of?: number;
      /** With `done`, the credential's id, where it was issued by that run. */
      document_id?: string;
    }
);

/**
 * What a run remembers of one item. It holds no name and no address: `key` is a SHA-256 over the item (which can be
 * guessed by whoever knows the item, so keep it as you keep the list).
 *
 * @category Issuing to many
 */
export interface IssueJournalEntry {
  /** SHA-256 of the item, in hexadecimal. Later entries of the same key replace earlier ones. */
  key: string;
  /** SHA-256 of recipient's address and group: what is found for a lost item must not be another one's. */
  lane: string;
  /**
   * `started`: a request may be on its way. `issued`, `exists`: done. `failed`: not done, unless `uncertain`. The last
   * entry of a key counts.
   */
  state: "started" | "issued" | "exists" | "failed";
  /** When the first request for it was about to be sent, in milliseconds since 1970. */
  at: number;
  /** Of a credential that was issued. */
  document_id?: string;
  /** `code` of the error, of a failure. */
  code?: string;
  /** It failed, and may have been carried out all the same. */
  uncertain?: boolean;
}

/**
 * How far a run has come.
 *
 * @category Issuing to many
 */
export interface IssueManyProgress {
  /** Results so far. */
  done: number;
  /** Of these, credentials made. */
  issued: number;
  /** Of these, recipients that had one of the group already. */
  exists: number;
  /** Of these, errors. */
  failed: number;
  /** Of these, items that were not sent. */
  skipped: number;
  /** Items in all, or `null` where the input does not tell (a generator). */
  total: number | null;
}

/**
 * Options of `credentials.issueMany`.
 *
 * @category Issuing to many
 */
export interface IssueManyOptions {
  /** The group of items that name none. */
  group_key?: string | undefined;
  /** Requests at once. Default 5, at most 100. */
  concurrency?: number | undefined;
  /**
   * Called after every result, and waited for. What it throws ends the run.
   *
   * @param progress - A copy of the counts.
   */
  onProgress?: ((progress: IssueManyProgress) => void | Promise<void>) | undefined;
  /** The journal of an earlier run that was cut short: what it did is not done again, what it left open is looked for first. */
  journal?: Iterable<IssueJournalEntry> | undefined;
  /**
   * Takes an entry down, before the request is sent and after its end; the run waits for it. If it fails, the run ends
   * before anything is sent that nobody would know of.
   *
   * @param entry - To be written down as one line of JSON, say; see {@link readIssueJournal}.
   */
  onJournal?: ((entry: IssueJournalEntry) => void | Promise<void>) | undefined;
  /** Ends the run: it rejects with `signal.reason`. Requests that were on their way are left open in the journal. */
  signal?: AbortSignal | undefined;
  /** Options of every single call. */
  request?: Omit<RequestOptions, "signal"> | undefined;
}

type Issue = (params: GenerateCredentialParams, options: CreationOptions) => Promise<IssuedCredential>;

/** Errors after which every further item would end the same way. */
const ENDINGS: Record<string, Ending> = {
  InsufficientBalanceError: "low_balance",
  AuthenticationError: "unauthorized",
  PermissionError: "forbidden",
};
/** A rate limit that is over sooner is waited for, by the whole run. */
const LONGEST_HOLD_MS = 60_000;
const MOST_HOLDS = 10;

const OPERATION = "credentials.issueMany";
const STATES: readonly string[] = ["started", "issued", "exists", "failed"];
const OPTIONS = ["concurrency", "group_key", "journal", "onJournal", "onProgress", "request", "signal"];

/** A SHA-256, the same for the same item in whatever order its fields are. */
const keyOf = async (item: unknown): Promise<string> => {
  const text = JSON.stringify(item, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/**
 * A run of `credentials.issueMany`. `for await` gives the results as they come, `settled()` all of them in the order of
 * the input; one of the two, once. Leaving the loop starts nothing more and waits for what is on its way.
 *
 * @category Issuing to many
 */
export class IssueRun implements AsyncIterable<IssueResult> {
  /** Until they are walked, which is once. */
  #items: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem> | undefined;
  readonly #issue: Issue;
  readonly #options: IssueManyOptions;
  readonly #journal = new Map<string, IssueJournalEntry>();
  /** Where an item of this run was first. */
  readonly #first = new Map<string, number>();
  /** The last item of a recipient and group: the next one waits for it, or a lost one could be taken for the other. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  #ending: Ending | undefined;
  readonly #missing = new Set<string>();
  /** Over when a rate limit is. */
  #hold: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(
    items: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>,
    issue: Issue,
    options: IssueManyOptions,
  ) {
    const { concurrency = 5, onJournal, onProgress, request, signal } = options;
    const wrong = (path: string, rule: string, message: string): never => {
      throw invalid(OPERATION, path, rule, message);
    };
    const walkable = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
    if (
      typeof items === "string" ||
      !(
        typeof walkable?.[Symbol.asyncIterator] === "function" ||
        typeof walkable?.[Symbol.iterator] === "function"
      )
    ) {
      wrong("recipients", "iterable", "must be a list, or what can be walked like one");
    }
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100) {
      wrong("concurrency", "ordinal", "must be a whole number from 1 to 100");
    }
    for (const name of Object.keys(options)) {
      if (!OPTIONS.includes(name))
        wrong(name, "unknown_field", "is not an option of issueMany (those of a call go into request)");
    }
    functions(OPERATION, { onJournal, onProgress });
    if (signal !== undefined && typeof signal?.addEventListener !== "function") {
      wrong("signal", "abort_signal", "must be an AbortSignal");
    }
    for (const name of ["mayExistSince", "signal"]) {
      // The first is each item's own; the second ends the run, not one of its requests.
      if (request && name in request)
        wrong(`request.${name}`, "unknown_field", "is not for all requests of a run");
    }
    for (const entry of options.journal ?? []) {
      const { key, lane, state, at } = entry ?? {};
      const whole =
        Number.isSafeInteger(at) &&
        at >= 0 &&
        typeof key === "string" &&
        typeof lane === "string" &&
        // One that says nothing known would have its item sent again.
        STATES.includes(state);
      if (!whole) wrong("journal", "journal", "must hold entries as onJournal gives them");
      this.#journal.set(key, entry);
    }
    this.#items = items;
    this.#issue = issue;
    this.#options = options;
  }

  /** What is known of every item so far: for `JSON.stringify`, and for `journal` of the run that goes on. */
  get journal(): IssueJournalEntry[] {
    return [...this.#journal.values()];
  }

  /**
   * All results, in the order of the input.
   *
   * @throws As walking the run does.
   */
  async settled(): Promise<IssueResult[]> {
    const results: IssueResult[] = [];
    for await (const result of this) results[result.index] = result;
    return results;
  }

  /**
   * The results, as they come.
   *
   * @throws {@link ValidationError} the second time; `signal.reason`; what the input or a function of the options throws.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<IssueResult, void, undefined> {
    const items = this.#items;
    this.#items = undefined;
    if (!items) {
      throw invalid(OPERATION, "", "once", "gives its results once: begin another run");
    }
    const { concurrency = 5, onProgress, signal } = this.#options;
    const sized = items as { length?: unknown; size?: unknown };
    const total = numberOf(sized.length) ?? numberOf(sized.size);
    const progress: IssueManyProgress = { done: 0, issued: 0, exists: 0, failed: 0, skipped: 0, total };
    const source = walk(items);
    const ready: IssueResult[] = [];
    let failed: { thrown: unknown } | undefined;
    let wake: () => void = () => {};
    const woken = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
      });
    let index = 0;
    let ended = false;
    /** The next item is waited for beside the work, so that a slow source holds up no result. */
    let pulling = false;
    /** Items that are waited for or under way. */
    let busy = 0;
    const next = async (): Promise<void> => {
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
        // In one turn with the pulling: the source may use its object again for the next one.
        else if (!ended) ready.push(await this.#run(index++, pulled.value));
      } catch (thrown) {
        failed ??= { thrown };
      }
      busy -= 1;
      wake();
    };
    const abort = (): void => wake();
    signal?.addEventListener("abort", abort);
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (failed) throw failed.thrown;
        if (!ended && !pulling && busy + ready.length < concurrency) void next();
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
      // Left early: nothing more is begun. What was begun is brought to its end, so that the journal knows of it.
      ended = true;
      const left = source.return();
      left.catch(() => {});
      while (busy > Number(pulling)) await woken();
      // A source that is being waited for, or an abort that must not wait, gets no time to say goodbye.
      if (!pulling && !signal?.aborted && !failed) await left;
    }
  }

  async #run(index: number, item: IssueManyItem): Promise<IssueResult> {
    const { group_key, onJournal, request, signal } = this.#options;
    const ends = (status: IssueResult["status"], more: object): IssueResult =>
      ({ index, item, status, ...more }) as IssueResult;
    const skipped = (reason: SkipReason, more?: object): IssueResult => ends("skipped", { reason, ...more });
    let params: GenerateCredentialParams;
    try {
      // A copy, made at once: the source may use its object again for the next one.
      const whole = { ...(group_key !== undefined && { group_key }), ...item };
      params = JSON.parse(encodeRequest("credentials.issue", whole) as string) as GenerateCredentialParams;
    } catch (error) {
      return ends("failed", { error });
    }
    const [key, lane] = await Promise.all([
      keyOf(params),
      keyOf([params.group_key, params.recipient?.email]),
    ]);
    const of = this.#first.get(key);
    if (of !== undefined) return skipped("duplicate", { of });
    this.#first.set(key, index);
    const before = this.#journal.get(key);
    if (before?.state === "issued" || before?.state === "exists") {
      return skipped("done", defined({ document_id: before.document_id }));
    }
    const open = before && isOpen(before) ? before.at : undefined;

    /** Sends it, and writes down what is about to happen and what became of it. */
    const send = async (): Promise<IssueResult> => {
      const at = open ?? Date.now();
      /** Notes an entry and has it written down; an abort does not wait for the writer. */
      const write = async (state: IssueJournalEntry["state"], more?: object): Promise<void> => {
        const entry = { key, lane, state, at, ...more };
        this.#journal.set(key, entry);
        // A promise of our own: the function may give no promise, or throw.
        if (onJournal) await abortable(new Promise((done) => done(onJournal(entry))), signal);
      };
      await write("started");
      let credential: IssuedCredential;
      try {
        credential = await this.#issue(params, { ...request, signal, mayExistSince: open });
        const { document_id, reconciled } = credential;
        // What was found may be another item's: one that has it already, or that may have been issued.
        const isOthers = (other: IssueJournalEntry): boolean =>
          other.document_id === document_id || (other.lane === lane && other.key !== key && isOpen(other));
        // Of two items for one recipient and group, one was lost, and what was found is the other one's.
        if (reconciled && this.journal.some(isOthers)) {
          throw failure(
            "ConnectionError",
            "outcome_unknown",
            OPERATION,
            "an answer was lost, and another credential of the recipient hides what became of it",
            { attempts: 1 },
          );
        }
      } catch (error) {
        // An abort ends the run; its reason may be an error of this package, and is no answer about this item.
        if (!isHyperstackError(error) || (signal?.aborted && error === signal.reason)) throw error;
        const { attempts, code, name, status = 0 } = error;
        if (code === "credential_exists") {
          await write("exists");
          return ends("exists", { error });
        }
        this.#ending ??= ENDINGS[name];
        if (code === "group_not_found") this.#missing.add(params.group_key);
        // What the API refused was not done; of everything else that was sent, now or before, nobody knows. A proxy's
        // refusal (a `ResponseError`) is not the API's.
        const refused = status >= 400 && status < 500 && name !== "ResponseError";
        const uncertain = attempts > 0 ? !refused : open !== undefined;
        await write("failed", { code, ...(uncertain && { uncertain }) });
        return ends("failed", { error });
      }
      await write("issued", { document_id: credential.document_id });
      return ends("issued", { credential });
    };

    const ahead = this.#lanes.get(lane);
    const work = async (): Promise<IssueResult> => {
      await ahead?.catch(() => {});
      for (let holds = 1; ; holds += 1) {
        await this.#hold;
        signal?.throwIfAborted();
        if (this.#ending) return skipped(this.#ending);
        if (this.#missing.has(params.group_key)) return skipped("group_not_found");
        const result = await send();
        if (result.status !== "failed" || result.error.name !== "RateLimitError") return result;
        // The API refused before doing anything, so the same item may be tried again when everybody has waited.
        const wait = result.error.retryAfterMs ?? 1000 * holds;
        if (wait > LONGEST_HOLD_MS) this.#ending ??= "rate_limited";
        if (this.#ending || holds > MOST_HOLDS) return result;
        this.#hold = Promise.all([this.#hold, pause(wait, signal)]);
        this.#hold.catch(() => {});
      }
    };
    const turn = work();
    this.#lanes.set(lane, turn);
    try {
      return await turn;
    } finally {
      if (this.#lanes.get(lane) === turn) this.#lanes.delete(lane);
    }
  }
}

/** It may have been carried out without anybody knowing. */
const isOpen = (entry: IssueJournalEntry): boolean => entry.state === "started" || entry.uncertain === true;

async function* walk<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/**
 * Reads a journal that was written entry by entry, each as a line break and its JSON. A line that was cut off by the
 * end of its process is left out: what it would have said is found out by asking the account.
 *
 * @param text - The whole file.
 * @category Issuing to many
 */
export const readIssueJournal = (text: string): IssueJournalEntry[] =>
  text.split("\n").flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return typeof (entry as IssueJournalEntry | null)?.key === "string" ? [entry as IssueJournalEntry] : [];
    } catch {
      return [];
    }
  });
