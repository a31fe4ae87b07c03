/** Issuing to a list of people: each once, whatever happens in between. */
import type { CreationOptions, RequestOptions } from "./client.js";
import { ConnectionError, type HyperstackError, invalid, isHyperstackError } from "./errors.js";
import { pause } from "./pause.js";
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
   * Called after every result. What it throws ends the run.
   *
   * @param progress - A copy of the counts.
   */
  onProgress?: ((progress: IssueManyProgress) => void) | undefined;
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
  request?: RequestOptions | undefined;
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

const OPTIONS = ["concurrency", "group_key", "journal", "onJournal", "onProgress", "request", "signal"];

/** The same text for the same item, in whatever order its fields are. */
const canonical = (item: unknown): string =>
  JSON.stringify(item, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

const keyOf = async (text: string): Promise<string> => {
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
  readonly #items: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>;
  readonly #issue: Issue;
  readonly #options: IssueManyOptions;
  readonly #journal = new Map<string, IssueJournalEntry>();
  /** Where an item of this run was first. */
  readonly #first = new Map<string, number>();
  /** The last item of a recipient and group: the next one waits for it, or a lost one could be taken for the other. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  /** Credentials that are some item's own. */
  readonly #taken = new Set<string>();
  #ending: Ending | undefined;
  readonly #missing = new Set<string>();
  /** Over when a rate limit is. */
  #hold: Promise<unknown> = Promise.resolve();
  #used = false;

  /** @internal */
  constructor(
    items: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>,
    issue: Issue,
    options: IssueManyOptions,
  ) {
    const { concurrency = 5, journal = [], onJournal, onProgress } = options;
    const wrong = (path: string, rule: string, message: string): never => {
      throw invalid("credentials.issueMany", path, rule, message);
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
    const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
    if (unknown !== undefined)
      wrong(unknown, "unknown_field", "is not an option of issueMany (those of a call go into request)");
    for (const [name, given] of Object.entries({ onJournal, onProgress })) {
      if (given !== undefined && typeof given !== "function") wrong(name, "function", "must be a function");
    }
    for (const entry of journal) {
      if (typeof entry?.key !== "string" || typeof entry.at !== "number") {
        wrong("journal", "journal", "must hold entries as onJournal gives them");
      }
      this.#note(entry);
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
    for await (const result of this) results.push(result);
    return results.sort((a, b) => a.index - b.index);
  }

  /**
   * The results, as they come.
   *
   * @throws {@link ValidationError} the second time; `signal.reason`; what the input or a function of the options throws.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<IssueResult, void, undefined> {
    if (this.#used) {
      throw invalid("credentials.issueMany", "", "once", "gives its results once: begin another run");
    }
    this.#used = true;
    const { concurrency = 5, onProgress, signal } = this.#options;
    const total = sizeOf(this.#items);
    const progress: IssueManyProgress = { done: 0, issued: 0, exists: 0, failed: 0, skipped: 0, total };
    const source = walk(this.#items);
    /** What is under way, by index; the next item is waited for as -1, so that a slow source holds up no result. */
    const running = new Map<number, Promise<[number, IssueResult | undefined]>>();
    const begin = (at: number, work: Promise<IssueResult | undefined>): void => {
      const ending = work.then((result): [number, IssueResult | undefined] => [at, result]);
      // Waited for below; but it may fail while the caller works on another result.
      ending.catch(() => {});
      running.set(at, ending);
    };
    let stop: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal?.reason);
    });
    aborted.catch(() => {});
    signal?.addEventListener("abort", stop);
    let index = 0;
    let ended = false;
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (!ended && running.size < concurrency && !running.has(-1)) {
          const pull = async (): Promise<undefined> => {
            const { done, value } = await source.next();
            if (done) {
              ended = true;
            } else if (!ended) {
              const at = index;
              index += 1;
              begin(at, this.#run(at, value));
            }
          };
          begin(-1, pull());
        }
        if (running.size === 0) return;
        const [finished, result] = await Promise.race([aborted, ...running.values()]);
        running.delete(finished);
        if (result) {
          progress.done += 1;
          progress[result.status] += 1;
          onProgress?.({ ...progress });
          yield result;
        }
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      // Left early: nothing more is begun. A source that is being waited for is told, but not waited for any longer.
      const left = ended ? undefined : source.return();
      ended = true;
      if (running.delete(-1)) left?.catch(() => {});
      else await left;
      // What was begun is brought to its end, so that the journal knows of it.
      await Promise.allSettled(running.values());
    }
  }

  async #run(index: number, item: IssueManyItem): Promise<IssueResult> {
    const { group_key, signal } = this.#options;
    const params = { ...(group_key !== undefined && { group_key }), ...item } as GenerateCredentialParams;
    const as = { index, item };
    const skipped = (reason: SkipReason, more: { of?: number; document_id?: string } = {}): IssueResult => ({
      ...as,
      status: "skipped",
      reason,
      ...more,
    });
    let text: string;
    try {
      text = canonical(params);
    } catch {
      // It is no JSON, so it is not sent either; the call says what is wrong with it.
      return { ...as, status: "failed", error: await failure(this.#issue(params, {})) };
    }
    const key = await keyOf(text);
    const of = this.#first.get(key);
    if (of !== undefined) return skipped("duplicate", { of });
    this.#first.set(key, index);
    const before = this.#journal.get(key);
    if (before?.state === "issued" || before?.state === "exists") {
      return skipped("done", before.document_id === undefined ? {} : { document_id: before.document_id });
    }
    const lane = `${params.group_key} ${params.recipient?.email}`;
    const ahead = this.#lanes.get(lane);
    const work = async (): Promise<IssueResult> => {
      await ahead?.catch(() => {});
      for (let holds = 0; ; holds += 1) {
        await this.#hold;
        signal?.throwIfAborted();
        if (this.#ending) return skipped(this.#ending);
        if (this.#missing.has(params.group_key)) return skipped("group_not_found");
        const result = await this.#one(key, params, before, as);
        if (result.status !== "failed" || result.error.name !== "RateLimitError") return result;
        // The API refused before doing anything, so the same item may be tried again when everybody has waited.
        const wait = result.error.retryAfterMs ?? 1000 * (holds + 1);
        if (wait > LONGEST_HOLD_MS) this.#ending ??= "rate_limited";
        if (this.#ending || holds >= MOST_HOLDS) return result;
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

  async #one(
    key: string,
    params: GenerateCredentialParams,
    before: IssueJournalEntry | undefined,
    as: { index: number; item: IssueManyItem },
  ): Promise<IssueResult> {
    const { request, signal } = this.#options;
    const open = before && (before.state === "started" || before.uncertain === true) ? before.at : undefined;
    const at = open ?? Date.now();
    await this.#write({ key, state: "started", at });
    try {
      const credential = await this.#issue(params, {
        ...request,
        ...(signal && { signal }),
        ...(open !== undefined && { mayExistSince: open }),
      });
      const { document_id } = credential;
      if (credential.reconciled && this.#taken.has(document_id)) throw hidden();
      await this.#write({ key, state: "issued", at, document_id });
      return { ...as, status: "issued", credential };
    } catch (thrown) {
      // An abort, or a journal that cannot be written, ends the run.
      if (!isHyperstackError(thrown)) throw thrown;
      const error = thrown;
      if (error.code === "credential_exists") {
        await this.#write({ key, state: "exists", at });
        return { ...as, status: "exists", error };
      }
      this.#ending ??= ENDINGS[error.name];
      if (error.code === "group_not_found") this.#missing.add(params.group_key);
      // What the API refused was not done; of everything else that was sent, now or before, nobody knows.
      const refused =
        error.attempts > 0 && error.status !== undefined && error.status >= 400 && error.status < 500;
      const uncertain = !refused && (error.attempts > 0 || open !== undefined);
      await this.#write({ key, state: "failed", at, code: error.code, ...(uncertain && { uncertain }) });
      return { ...as, status: "failed", error };
    }
  }

  #note(entry: IssueJournalEntry): void {
    this.#journal.set(entry.key, entry);
    if (entry.document_id !== undefined) this.#taken.add(entry.document_id);
  }

  async #write(entry: IssueJournalEntry): Promise<void> {
    this.#note(entry);
    await this.#options.onJournal?.(entry);
  }
}

/** Of two items for one recipient and group, one was lost, and what was found is the other one's. */
const hidden = (): ConnectionError =>
  new ConnectionError({
    name: "ConnectionError",
    code: "outcome_unknown",
    message:
      "credentials.issueMany: an answer was lost, and another credential of the recipient hides what became of it",
    operation: "credentials.issueMany",
    retryable: false,
    attempts: 1,
  });

const failure = (call: Promise<unknown>): Promise<HyperstackError> =>
  call.then(
    () => Promise.reject(new TypeError("an item that is no JSON was issued")),
    (error: HyperstackError) => error,
  );

async function* walk<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}

const sizeOf = (items: unknown): number | null => {
  const { length, size } = items as { length?: unknown; size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : null;
};

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
