/** `verifyInAccounts`: one question to several issuer accounts, and the one verdict that their answers amount to. */
import type { Hyperstack, VerifyOptions } from "./client.js";
import { invalid } from "./errors.js";
import type { IndeterminateReason, Verdict, Verification } from "./types.js";

/**
 * An issuer's account: the client that holds its token, and what it is called.
 *
 * @category Verification
 */
export interface VerifyAccount {
  /** The client with the account's token. Its own transport options hold for its requests. */
  client: Pick<Hyperstack, "verify">;
  /** What the verifier calls this issuer: `issuer_label` of a verdict that this account gave. Default: `issuerLabel`. */
  label?: string | undefined;
}

/** What an account said, in one word. */
export type AccountAnswer = Verdict | IndeterminateReason;

/** An account that knows the credential gives one of these; of several the first here stands. */
const STRICTEST_FIRST: readonly AccountAnswer[] = [
  "revoked",
  "suspended",
  "unpublished",
  "expired",
  "not_yet_valid",
  "recipient_mismatch",
  // It has the credential, in a state that nobody knows, or under another's link: no yes may cover that up.
  "unknown_status",
  "url_mismatch",
  "valid",
];

const answerOf = ({ verdict, reason }: Verification): AccountAnswer => reason ?? verdict;

/** Where the answer stands: below those who know the credential, those who could not be asked, then those who know it not. */
const rank = (verification: Verification): number => {
  const known = STRICTEST_FIRST.indexOf(answerOf(verification));
  if (known >= 0) return known;
  if (verification.outcome !== "indeterminate") return STRICTEST_FIRST.length + 2;
  // Asking again may bring a verdict as long as it may for one of them.
  return STRICTEST_FIRST.length + (verification.retryable ? 0 : 1);
};

const conclude = (answers: readonly Verification[], issuerLabel: string | undefined): Verification => {
  // Stable: of equals the first account's.
  const [first] = [...answers].sort((one, other) => rank(one) - rank(other));
  const chosen = first as Verification;
  if (chosen.outcome === "indeterminate") {
    const waits = answers.map(({ retry_after_s }) => retry_after_s ?? 0);
    const longest = Math.max(...waits);
    return chosen.retryable && longest > 0 ? { ...chosen, retry_after_s: longest } : chosen;
  }
  // That none of several has it, or that the text is no link, is nothing that one of them said.
  const ofNone = STRICTEST_FIRST.indexOf(chosen.verdict) < 0 && answers.length > 1;
  return ofNone ? { ...chosen, issuer_label: issuerLabel ?? null } : chosen;
};

/** Throws for what are no accounts; `operation` is who was given them. */
export const checkAccounts = (operation: string, accounts: readonly VerifyAccount[]): void => {
  if (!Array.isArray(accounts)) throw invalid(operation, "accounts", "array", "must be an array");
  if (accounts.length === 0) throw invalid(operation, "accounts", "not_empty", "must not be empty");
  for (const [at, account] of accounts.entries()) {
    const { client, label, ...rest } = (account ?? {}) as VerifyAccount;
    const path = `accounts[${at}]`;
    if (typeof client?.verify !== "function") {
      throw invalid(operation, `${path}.client`, "client", "must be a Hyperstack client");
    }
    if (label !== undefined && typeof label !== "string") {
      throw invalid(operation, `${path}.label`, "string", "must be a string");
    }
    if (label?.trim() === "") throw invalid(operation, `${path}.label`, "not_blank", "must not be blank");
    for (const name of Object.keys(rest)) {
      throw invalid(operation, `${path}.${name}`, "unknown_field", "is not an option");
    }
  }
};

/** Asks all of them; gives the verdict, and what each said in their order. */
export const askAccounts = async (
  urlOrId: string,
  accounts: readonly VerifyAccount[],
  options: VerifyOptions,
): Promise<{ verification: Verification; answers: AccountAnswer[] }> => {
  // All are waited for, also where one rejects: nothing goes on behind the caller's back.
  const settled = await Promise.allSettled(
    accounts.map(async ({ client, label }) =>
      client.verify(urlOrId, { ...options, issuerLabel: label ?? options.issuerLabel }),
    ),
  );
  const answers = settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
  return { verification: conclude(answers, options.issuerLabel), answers: answers.map(answerOf) };
};

/**
 * Verifies a credential link or id against several accounts: of several issuers, or one for each brand. All are asked at
 * once, and every answer is waited for, so `timeoutMs` and `totalTimeoutMs` bound the slowest.
 *
 * - The account that knows the credential gives the verdict, with its `label` as `issuer_label`.
 * - `not_found_in_account` only where every account answered so.
 * - Where none knows it and one could not be asked: `indeterminate`, with that account's reason. `retry_after_s` is the
 *   longest wait that any of them asked for.
 * - Two accounts that both know it contradict each other. The stricter one stands: `revoked`, `suspended`, `unpublished`,
 *   `expired`, `not_yet_valid`, `recipient_mismatch`, `unknown_status`, `url_mismatch`, then `valid`; of equals the first in
 *   the list.
 * - A text that is no link on a trusted host, nor an id, is asked of nobody.
 *
 * @param urlOrId - A pasted link or id, as it is; at most 2 048 bytes.
 * @param accounts - The accounts, at least one.
 * @param options - As of {@link Hyperstack.verify}, for every account. `issuerLabel` stands where no account's label does.
 * @returns The verdict with all thirteen checks, as of one account.
 * @throws {@link ValidationError} for wrong arguments, {@link InternalError}, and `signal.reason`.
 * @category Verification
 */
export const verifyInAccounts = async (
  urlOrId: string,
  accounts: readonly VerifyAccount[],
  options: VerifyOptions = {},
): Promise<Verification> => {
  checkAccounts("verifyInAccounts", accounts);
  return (await askAccounts(urlOrId, accounts, options ?? {})).verification;
};
