/** `verifyInAccounts`: verification against several issuer accounts, and the one verdict of their results. */
import { invalid } from "./errors.js";
import { type Hyperstack, totalTimeoutMsOf, type VerifyOptions } from "./hyperstack.js";
import { isNotBlank, isPlainObject, ownMembers, plainOptions } from "./options.js";
import { ARRAY, CLIENT, NOT_BLANK, NOT_EMPTY, OPTION, STRING } from "./rules.js";
import type { IndeterminateReason, Verdict, Verification } from "./types.js";

/**
 * An issuer's account: the client that holds its token, and a name for it.
 *
 * @category Verification
 */
export interface VerifyAccount {
  /** The client with the account's token. Its own transport options apply to its requests. */
  client: Pick<Hyperstack, "verify">;
  /** The verifier's name for this issuer: `issuer_label` of a verdict of this account. Default: `issuerLabel`. */
  label?: string | undefined;
}

/**
 * The result of an account in one word.
 *
 * @internal
 */
export type AccountResult = Verdict | IndeterminateReason;

/** Results of accounts that have the credential, the strictest first. Of several, the first in this list decides. */
const STRICTEST_FIRST: readonly AccountResult[] = [
  "revoked",
  "suspended",
  "unpublished",
  "expired",
  "not_yet_valid",
  "recipient_mismatch",
  // The account has it, with an unknown status or under another's link: `valid` of another account must not hide that.
  "unknown_status",
  "url_mismatch",
  "valid",
];

/**
 * Reasons of an account that has not responded about the credential. Any other is a response about it that could not be read or is
 * too old, and may have been a no: `valid` of another account must not hide it.
 */
const WITHOUT_RESPONSE: readonly AccountResult[] = [
  "network",
  "timeout",
  "rate_limited",
  "upstream_5xx",
  "upstream_redirect",
  "unauthorized",
  "forbidden",
];

const resultOf = ({ verdict, reason }: Verification): AccountResult => reason ?? verdict;

/** Ranks of results below those of accounts that have the credential. */
const RETRYABLE = STRICTEST_FIRST.length;
const NOT_RETRYABLE = RETRYABLE + 1;
const NOT_IN_ACCOUNT = RETRYABLE + 2;

/** The order in which results decide, the first first. */
const rank = (verification: Verification): number => {
  const found = STRICTEST_FIRST.indexOf(resultOf(verification));
  if (found >= 0) return found;
  if (verification.outcome !== "indeterminate") return NOT_IN_ACCOUNT;
  // As long as a retry may help for one of them, it may bring a verdict.
  return verification.retryable ? RETRYABLE : NOT_RETRYABLE;
};

const decide = (verifications: readonly Verification[], issuerLabel: string | undefined): Verification => {
  // The sort is stable: of equals, the first account decides.
  const sorted = [...verifications].sort((one, other) => rank(one) - rank(other));
  const first = sorted[0] as Verification;
  const unread = sorted.find(({ reason }) => reason !== null && !WITHOUT_RESPONSE.includes(reason));
  const decisive = first.verdict === "valid" && unread ? unread : first;
  if (decisive.outcome === "indeterminate") {
    const longestWait = Math.max(...verifications.map(({ retry_after_s }) => retry_after_s ?? 0));
    return decisive.retryable && longestWait > 0 ? { ...decisive, retry_after_s: longestWait } : decisive;
  }
  // That no account has it, or that the text is not a link, is not the statement of one of several accounts.
  const byNone = !STRICTEST_FIRST.includes(decisive.verdict) && verifications.length > 1;
  return byNone ? { ...decisive, issuer_label: issuerLabel ?? null } : decisive;
};

/**
 * Copies the accounts, without prototypes.
 *
 * @throws ValidationError of the operation for invalid ones.
 *
 * @internal
 */
export const checkAccounts = (operation: string, accounts: readonly VerifyAccount[]): VerifyAccount[] => {
  if (!Array.isArray(accounts)) throw invalid(operation, "accounts", ARRAY);
  if (accounts.length === 0) throw invalid(operation, "accounts", NOT_EMPTY);
  return Array.from(accounts, (account, index) => {
    const path = `accounts[${index}]`;
    // A client in place of an account is a likely mistake.
    const given = isPlainObject(account) ? plainOptions<Partial<VerifyAccount>>(operation, account) : {};
    const { client, label } = given;
    const others = Object.keys(given).filter((name) => name !== "client" && name !== "label");
    if (typeof client?.verify !== "function") throw invalid(operation, `${path}.client`, CLIENT);
    if (label !== undefined && typeof label !== "string") throw invalid(operation, `${path}.label`, STRING);
    if (label !== undefined && !isNotBlank(label)) throw invalid(operation, `${path}.label`, NOT_BLANK);
    for (const name of others) throw invalid(operation, `${path}.${name}`, OPTION);
    return given as VerifyAccount;
  });
};

/**
 * Verifies in all accounts. `elapsedMs` is how much of the total time of the calls has passed already.
 *
 * @internal
 */
export const verifyInAll = async (
  urlOrId: string,
  accounts: readonly VerifyAccount[],
  given: Partial<VerifyOptions>,
  elapsedMs = 0,
): Promise<{ verification: Verification; results: AccountResult[] }> => {
  const options = ownMembers<VerifyOptions>(given);
  const verify = async ({ client, label }: VerifyAccount): Promise<Verification> => {
    const given = ownMembers<VerifyOptions>(options);
    const issuerLabel = label ?? options.issuerLabel;
    if (issuerLabel !== undefined) given.issuerLabel = issuerLabel;
    if (elapsedMs > 0) {
      const totalTimeoutMs = options.totalTimeoutMs ?? totalTimeoutMsOf(client);
      given.totalTimeoutMs = Math.max(Math.ceil(totalTimeoutMs - elapsedMs), 1);
    }
    return client.verify(urlOrId, given);
  };
  // All are awaited, also if one rejects: no request is left behind.
  const settled = await Promise.allSettled(accounts.map(verify));
  const verifications = settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
  return {
    verification: decide(verifications, options.issuerLabel),
    results: verifications.map(resultOf),
  };
};

/**
 * Verifies a credential link or id against several accounts: of several issuers, or one for each brand. All are queried at
 * once, and every result is awaited, so `timeoutMs` and `totalTimeoutMs` bound the slowest.
 *
 * - The account that has the credential decides the verdict, with its `label` as `issuer_label`.
 * - `not_found_in_account` only if that is the result of every account.
 * - If none has it and one could not be queried: `indeterminate`, with that account's reason. `retry_after_s` is the
 *   longest wait that any of them asked for.
 * - Two accounts that both have it contradict each other. The stricter result decides: `revoked`, `suspended`,
 *   `unpublished`, `expired`, `not_yet_valid`, `recipient_mismatch`, `unknown_status`, `url_mismatch`, then `valid`; of
 *   equals the first in the list.
 * - A response about the credential that cannot be read, or is too old, may have been a no: beside `valid` of another account it
 *   is `indeterminate`. An account that could not be reached, or that refused its token, does not affect `valid`.
 * - No account is queried about a text that is neither a link on a trusted host nor an id.
 *
 * @param urlOrId - A pasted link or id, unchanged; at most 2 048 bytes.
 * @param accounts - The accounts, at least one.
 * @param options - As those of {@link Hyperstack.verify}, for every account. `issuerLabel` applies if no label does.
 * @returns The verdict with all thirteen checks, as of one account.
 * @throws {@link ValidationError} for wrong arguments, {@link InternalError}, and `signal.reason`.
 * @example
 * ```ts
 * const accounts = [{ client: academy, label: "Acme Academy" }, { client: labs, label: "Acme Labs" }];
 * const { verdict, issuer_label } = await verifyInAccounts(link, accounts);
 * ```
 * @category Verification
 */
export const verifyInAccounts = async (
  urlOrId: string,
  accounts: readonly VerifyAccount[],
  options?: VerifyOptions,
): Promise<Verification> => {
  const given = plainOptions("verifyInAccounts", options);
  const checked = checkAccounts("verifyInAccounts", accounts);
  return (await verifyInAll(urlOrId, checked, given)).verification;
};
