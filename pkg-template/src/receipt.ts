/** Receipts: the result of a verification, without data of the recipient, to be kept. */
import { invalid } from "./errors.js";
import { ADDED_LATER, PRECEDENCE, VERIFIED_CHECKS } from "./receipt-checks.js";
import { VERIFICATION } from "./rules.js";
import type { CheckId, CheckState, Outcome, Receipt, UnsignedReceipt, Verification } from "./types.js";

export type { Receipt, UnsignedReceipt } from "./types.js";

const SCHEMA = "hyperstack-receipt/1";

const CHECK_IDS = Object.keys(VERIFIED_CHECKS);
const STATES: readonly CheckState[] = ["pass", "fail", "warn", "error", "skipped"];
/** States of a check that only later versions know: with these it contradicts no verdict. */
const HARMLESS: readonly CheckState[] = ["pass", "warn", "skipped"];

const DOCUMENT_ID = /^(?:[A-Za-z\d]{32}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/;
const CANONICAL_URL = /^https:\/\/([a-z\d.-]+)\/credential\//;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** A name of a closed list, also one that a later version adds; personal data cannot have this form. */
const NAME = /^[a-z\d_]{1,64}$/;

const isName = (value: unknown): boolean => typeof value === "string" && NAME.test(value);
const isKnown = (id: string): id is CheckId => Object.hasOwn(VERIFIED_CHECKS, id);

/** Copies the members of a receipt, and no others, in their order: a receipt is written the same everywhere. */
const copyMembers = (from: Omit<Verification, "schema"> | Receipt, signed: boolean): Receipt => {
  const { outcome, verdict, reason, subject, checked_at, now_source, issuer_label, verifier, policy } = from;
  return {
    schema: SCHEMA,
    signed,
    outcome,
    verdict,
    reason,
    subject: { input_kind: subject.input_kind, id: subject.id, canonical_url: subject.canonical_url },
    checked_at,
    now_source,
    issuer_label,
    verifier: { name: verifier.name, version: verifier.version },
    policy: { hosts: policy.hosts.map((host) => host), skew_s: policy.skew_s, private: policy.private },
    checks: from.checks.map(({ id, state, code }) => ({ id, state, code })),
  };
};

const outcomeOf = (verdict: string): Outcome => {
  if (verdict === "valid") return "verified";
  return verdict === "indeterminate" ? "indeterminate" : "not_verified";
};

const isValidSubject = ({ outcome, subject, policy }: Receipt): boolean => {
  const { input_kind, id, canonical_url } = subject;
  if (input_kind !== "url" && input_kind !== "id") return false;
  if (id === null) return canonical_url === null && outcome !== "verified";
  if (typeof id !== "string" || !DOCUMENT_ID.test(id)) return false;
  const host = CANONICAL_URL.exec(canonical_url ?? "")?.[1];
  return (
    canonical_url === `https://${host}/credential/${id}` && policy.hosts.some((trusted) => trusted === host)
  );
};

/** Whether a check of this state and code allows the outcome `verified`. */
const allowsVerified = ({ id, state, code }: Receipt["checks"][number]): boolean =>
  !isKnown(id) || VERIFIED_CHECKS[id][state]?.includes(code) === true;

/** Returns the verdict of a failed check. */
const verdictOf = ({ id, code }: Receipt["checks"][number]): string =>
  id === "input_parse" || id === "id_format" ? "malformed_input" : code;

/** Whether the checks come to the verdict. Of one that only later versions know, a check has to fail. */
const supportVerdict = ({ outcome, verdict, reason, subject, checks }: Receipt): boolean => {
  const failed = checks.filter(({ state }) => state === "fail").map(verdictOf);
  const undecided = checks.filter(({ state }) => state === "error").map(({ code }): string => code);
  if (outcome === "verified") {
    const { input_kind } = subject;
    // Only a bare id has no host to judge.
    const isTrusted = checks.some(({ id, state }) => id === "host_trusted" && state === "pass");
    return isTrusted === (input_kind === "url") && checks.every(allowsVerified);
  }
  if (outcome === "indeterminate") {
    return failed.length === 0 && (undecided.includes(reason ?? "") || reason === "bad_shape");
  }
  const isKnownVerdict = PRECEDENCE.includes(verdict);
  return isKnownVerdict ? PRECEDENCE.find((one) => failed.includes(one)) === verdict : failed.length > 0;
};

const isValidCheck = (check: Receipt["checks"][number]): boolean => {
  const { id, state, code } = check;
  if (!isName(id) || !isName(code) || !STATES.includes(state)) return false;
  if (!isKnown(id)) return HARMLESS.includes(state);
  return state !== "pass" || allowsVerified(check);
};

const areValidChecks = ({ checks }: Receipt): boolean => {
  const known = checks.map(({ id }) => id).filter((id) => isKnown(id));
  const ids = new Set<string>(checks.map(({ id }) => id));
  const expected = CHECK_IDS.filter((id) => ids.has(id) || !Object.hasOwn(ADDED_LATER, id));
  return known.join() === expected.join() && ids.size === checks.length && checks.every(isValidCheck);
};

const isValidPolicy = ({ policy }: Receipt): boolean =>
  policy.hosts.every((host) => typeof host === "string") &&
  Number.isSafeInteger(policy.skew_s) &&
  policy.skew_s >= 0 &&
  policy.private === "withhold";

/** Whether every member is valid, and none contradicts another. */
const isConsistent = (receipt: Receipt): boolean => {
  const { outcome, verdict, reason, checked_at, now_source, issuer_label, verifier } = receipt;
  return (
    isName(verdict) &&
    outcome === outcomeOf(verdict) &&
    (outcome === "indeterminate" ? isName(reason) : reason === null) &&
    isValidSubject(receipt) &&
    typeof checked_at === "string" &&
    INSTANT.test(checked_at) &&
    // Some engines read 31 February as 3 March.
    new Date(checked_at).toISOString() === checked_at &&
    (now_source === "system" || now_source === "option") &&
    (issuer_label === null || typeof issuer_label === "string") &&
    typeof verifier.name === "string" &&
    typeof verifier.version === "string" &&
    isValidPolicy(receipt) &&
    areValidChecks(receipt) &&
    supportVerdict(receipt)
  );
};

/** Reads a receipt from a value; `undefined` if it is not one. Other members are left out. */
const readReceipt = (value: unknown, signed: boolean): Receipt | undefined => {
  try {
    const receipt = copyMembers(value as Receipt, signed);
    return isConsistent(receipt) ? receipt : undefined;
  } catch {
    // A member that should be an object or a list is not.
    return undefined;
  }
};

/**
 * Returns the content of the signature of a receipt; `undefined` if `value` is not an unsigned receipt.
 *
 * @internal
 */
export const contentToSign = (value: unknown): Receipt | undefined => {
  const { schema, signed } = Object(value) as Partial<Receipt>;
  return schema === SCHEMA && signed === false ? readReceipt(value, true) : undefined;
};

/**
 * Returns the receipt that was signed; `undefined` if the content has other members, or is not one.
 *
 * @internal
 */
export const signedContent = (content: unknown): Receipt | undefined => {
  const receipt = readReceipt(content, true);
  return JSON.stringify(receipt) === JSON.stringify(content) ? receipt : undefined;
};

/**
 * Creates a receipt of a verification with any verdict.
 *
 * @param verification - The result of `verify`, {@link verifyInAccounts} or {@link Verifier}.
 * @throws {@link ValidationError} for anything else.
 * @example
 * ```ts
 * const receipt = createReceipt(await hyperstack.verify(link));
 * ```
 * @category Receipts
 */
export const createReceipt = (verification: Verification): UnsignedReceipt => {
  const isVerification = verification?.schema === "hyperstack-verify/1";
  const receipt = isVerification ? readReceipt(verification, false) : undefined;
  if (!receipt) throw invalid("createReceipt", "verification", VERIFICATION);
  return receipt as UnsignedReceipt;
};
