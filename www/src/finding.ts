/**
 * Defines the result of a check on this page: a verification, or a fault of the page itself. The package decides the
 * verdict; the look of each verdict is defined here.
 */
import type {
  Check,
  IndeterminateReason,
  ParseCode,
  Verdict,
  Verification,
} from "hyperstack-credentials/external";
import { isVerified } from "hyperstack-credentials/external";
import { headOf, mayHoldAddress, withoutTrick } from "./addresses.ts";
import type { IconName } from "./icons.ts";
import { isMessageKey } from "./messages.ts";

/** The result of a check. */
export type Finding =
  | { kind: "verification"; verification: Verification }
  | { kind: "page_fault"; at: string };

/** The tone of a result: its colours. Only `verified` has a green tick, only `alarm` has red. */
export type Tone = "verified" | "caution" | "alarm" | "neutral";

/** The headline of a result, and how it looks. */
export interface Headline {
  outcome: Verification["outcome"];
  verdict: Verdict;
  /** The package's reasons, and one that only this page has. */
  reason: IndeterminateReason | "page_fault" | null;
  tone: Tone;
  icon: IconName;
}

const looks: Readonly<
  Record<Exclude<Verdict, "valid">, { tone: Exclude<Tone, "verified">; icon: IconName }>
> = {
  expired: { tone: "caution", icon: "clock" },
  suspended: { tone: "alarm", icon: "pause" },
  revoked: { tone: "alarm", icon: "ban" },
  unpublished: { tone: "caution", icon: "draft" },
  not_yet_valid: { tone: "caution", icon: "calendar" },
  not_found_in_account: { tone: "neutral", icon: "not_found" },
  untrusted_host: { tone: "alarm", icon: "stop" },
  malformed_input: { tone: "caution", icon: "broken_link" },
  recipient_mismatch: { tone: "caution", icon: "person" },
  indeterminate: { tone: "neutral", icon: "unknown" },
};

/** The members that say whether a verification means yes, read one by one: the page does not rely on their agreement. */
type Headwords = Pick<Verification, "outcome" | "verdict" | "reason">;

const saysYes = ({ outcome, verdict }: Headwords): boolean => outcome === "verified" || verdict === "valid";

/** The finding in a verification. If outcome and verdict contradict each other, the page is at fault. */
export function findingOf(verification: Verification): Finding {
  if (saysYes(verification) && !isVerified(verification))
    return { kind: "page_fault", at: new Date().toISOString() };
  return { kind: "verification", verification };
}

/** The headline of a finding. Only `isVerified` leads to the verified look. */
export function headlineOf(finding: Finding): Headline {
  if (finding.kind === "page_fault") return indeterminate("page_fault");
  const { verification } = finding;
  if (isVerified(verification)) {
    return { outcome: "verified", verdict: "valid", reason: null, tone: "verified", icon: "shield_check" };
  }
  const headwords: Headwords = verification;
  const { outcome, verdict, reason } = headwords;
  if (verdict === "valid") return indeterminate("page_fault");
  return { outcome, verdict, reason, ...looks[verdict] };
}

/** The look of a verdict that needed no request. */
export function lookOf(verdict: Verdict): Pick<Headline, "tone" | "icon"> {
  return verdict === "valid" ? looks.indeterminate : looks[verdict];
}

function indeterminate(reason: Headline["reason"]): Headline {
  return { outcome: "indeterminate", verdict: "indeterminate", reason, ...looks.indeterminate };
}

/** The fault of the input, if that is the finding. */
export function inputProblemOf(finding: Finding): ParseCode | null {
  if (finding.kind === "page_fault") return null;
  const failed = finding.verification.checks.find((check) => check.state === "fail");
  return failed !== undefined && isParseCode(failed.code) ? failed.code : null;
}

/** Whether a code means that the input is not a credential link. */
function isParseCode(code: string): code is ParseCode {
  return isMessageKey(`parse.${code}`);
}

/** The instant that a finding is about. */
export function instantOf(finding: Finding): string {
  return finding.kind === "verification" ? finding.verification.checked_at : finding.at;
}

/** The checks of a finding; a fault of the page has none. */
export function checksOf(finding: Finding): readonly Check[] {
  return finding.kind === "verification" ? finding.verification.checks : [];
}

/**
 * The link that a deep link repeats: the one that the verification is about, else the input, without what may be personal.
 * What follows `?` or `#` is not part of a credential's link, and for a string that may hold an e-mail address there is none ("").
 *
 * @param trustedHosts - One of them before an `@` is not an address but a known trick, which may stay in the link.
 */
export function repeatableLink(
  finding: Finding | null,
  entered: string,
  trustedHosts: readonly string[] = [],
): string {
  const subject = finding?.kind === "verification" ? finding.verification.subject : null;
  const named = subject?.input_kind === "id" ? subject.id : subject?.canonical_url;
  const head = headOf(entered.trim());
  return named ?? (mayHoldAddress(withoutTrick(head, trustedHosts)) ? "" : head);
}
