/** Converts results of `issueMany` to rows of the report. */
import { type IssueResult, parseCredentialUrl } from "hyperstack-credentials";
import type { RowReport } from "./report-columns.js";
import { repeatText } from "./validate.js";

/** The report of a row that the run did not reach. */
export const NOT_REACHED = { code: "interrupted", reason: "the run ended before this row" };

const RECONCILED = "the response was lost, and the credential was found in the account";
const BY_JOURNAL = "in an earlier run, by the journal";
const MAY_EXIST = "; it may have taken effect, and the next run searches the account for it first";

/** Why a run ended, by the reason of a skipped row or the code of the failure that caused it. */
const END_REASONS: Readonly<Record<string, string>> = {
  low_balance: "The account has no credits left: add some.",
  unauthorized: "The API refused the token: check HYPERSTACK_API_TOKEN or --token-file.",
  forbidden: "The token may not issue credentials: use one that may.",
  rate_limited: "The API limits the rate for longer than a minute: wait.",
  group_not_found: "The group does not exist in the account of the token: check --group.",
};

/** Describes why the run ended with or before this row. */
export const endReason = ({ reason, error }: IssueResult): string | undefined =>
  END_REASONS[reason ?? error?.code ?? ""];

const linkOf = async (id: string | undefined): Promise<string | undefined> => {
  if (id === undefined) return undefined;
  const parsed = await parseCredentialUrl(id);
  return parsed.ok ? parsed.canonical_url : undefined;
};

/**
 * Whether a row got nothing because the account has a credential for its address, and the list has that address with another
 * name: the credential is the other person's.
 */
export const isRefusedForOther = ({ status }: IssueResult, sharesWith: number | undefined): boolean =>
  status === "exists" && sharesWith !== undefined;

/**
 * Returns the report of a row.
 *
 * @param sharesWith - The line of another row with the same address and another name.
 */
export const reportOf = async (result: IssueResult, sharesWith?: number): Promise<RowReport> => {
  if (isRefusedForOther(result, sharesWith)) {
    const reason = `the account has a credential for this address, which line ${sharesWith} has with another name; give one of them another address`;
    return { status: "failed", code: result.error?.code, reason };
  }
  switch (result.status) {
    case "issued": {
      const { document_url, reconciled } = result.credential;
      return { status: "issued", credential: document_url, ...(reconciled && { reason: RECONCILED }) };
    }
    case "exists":
      return { status: "exists", code: result.error.code, reason: result.error.message };
    case "failed": {
      const { code, message, mayHaveTakenEffect } = result.error;
      return { status: "failed", code, reason: message + (mayHaveTakenEffect ? MAY_EXIST : "") };
    }
    case "skipped":
      break;
  }
  if (result.reason === "done") {
    return { status: "issued", credential: await linkOf(result.document_id), reason: BY_JOURNAL };
  }
  if (result.reason === "duplicate") {
    return { status: "duplicate", code: "duplicate", reason: repeatText(result.of_line ?? result.of) };
  }
  return { status: "not_sent", code: result.reason, reason: END_REASONS[result.reason] };
};
