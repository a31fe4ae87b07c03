/** The verdict on a credential link: `verified` is what is left when every check has said an explicit yes. */
import { ApiError } from "./errors.ts";
import { HOST, headOf, linksTo, parseLink } from "./link.ts";
import { NOT_BLANK } from "./rules.ts";
import type { Answer, CallOptions } from "./transport.ts";

const CHECKS = [
  "input_parse",
  "host_trusted",
  "id_format",
  "lookup",
  "response_shape",
  "response_binding",
  "status",
  "validity_period",
  "not_before",
  "status_clock_agreement",
  "privacy",
  "recipient_match",
  "freshness",
] as const;
type CheckId = (typeof CHECKS)[number];
type State = "pass" | "fail" | "warn" | "error" | "skipped";
const REQUIRED: CheckId[] = [
  "input_parse",
  "id_format",
  "lookup",
  "response_shape",
  "response_binding",
  "status",
  "validity_period",
  "not_before",
];

interface Check {
  id: CheckId;
  state: State;
  code: string;
  params: Record<string, unknown>;
}

export interface Verification {
  schema: "hyperstack-verify/1";
  outcome: "verified" | "not_verified" | "indeterminate";
  verdict: string;
  reason: string | null;
  retryable: boolean;
  retry_after_s: number | null;
  checks: Check[];
  subject: { input_kind: "url" | "id"; id: string | null; canonical_url: string | null };
  credential: Record<string, unknown> | null;
  withheld: string[];
  checked_at: string;
  now_source: "system" | "option";
  issuer_label: string | null;
  verifier: { name: string; version: string };
  policy: { hosts: readonly string[]; skew_s: number; private: "withhold" };
}

export interface VerifyOptions extends CallOptions {
  hosts?: readonly string[] | undefined;
  skewSeconds?: number | undefined;
  now?: number | undefined;
  recipientName?: string | undefined;
  allowMetadata?: readonly string[] | undefined;
  issuerLabel?: string | undefined;
}

interface Credential {
  document_id: string;
  document_url: string;
  recipient: { name: string; email: string };
  group: { title: string; code: string };
  issued_on: string;
  valid_until: string | null;
  metadata: Record<string, unknown>;
  status: string;
  privacy?: string | undefined;
}

/** One credential is below 2 KB; more than this is not an answer to `view`. */
const MAX_ANSWER_BYTES = 65_536;
const BY_STATUS: Record<string, string | null> = {
  active: null,
  revoked: "revoked",
  suspended: "suspended",
  unpublished: "unpublished",
  expired: "expired",
};
const RETRYABLE = ["network", "timeout", "rate_limited", "upstream_5xx", "bad_content_type", "bad_json"];
const FAILED_CHECK: Record<string, CheckId> = {
  bad_json: "response_shape",
  bad_shape: "response_shape",
  id_mismatch: "response_binding",
  url_mismatch: "response_binding",
  unknown_status: "status",
};

const reasonOf = ({ kind, code, status }: ApiError): string => {
  switch (kind) {
    case "authentication":
      return "unauthorized";
    case "permission":
      return "forbidden";
    case "rate_limit":
      return "rate_limited";
    case "server":
      return "upstream_5xx";
    case "timeout":
      return "timeout";
    case "connection":
      return "network";
    case "response":
      if (status === 404) return "bad_shape";
      if (code === "unexpected_redirect") return "upstream_redirect";
      return ["bad_content_type", "body_too_large", "bad_json", "id_mismatch"].includes(code)
        ? code
        : "bad_shape";
    default:
      return "bad_shape";
  }
};

const fold = (name: string): string => name.normalize("NFKC").toLowerCase();

/** Compares all of the longer one, so that the time taken does not tell how far a guess was right. */
const sameName = (given: string, actual: string): boolean => {
  const length = Math.max(given.length, actual.length);
  let differs = given.length ^ actual.length;
  for (let at = 0; at < length; at += 1)
    differs |= (given.charCodeAt(at) || 0) ^ (actual.charCodeAt(at) || 0);
  return differs === 0;
};

const ADDRESS = /\S[@＠﹫]\S|%40/;

const judged = (options: VerifyOptions): { hosts: string[]; skewS: number; now: number | undefined } => {
  const {
    hosts = ["hyperstack.id"],
    skewSeconds = 300,
    now,
    recipientName,
    allowMetadata = [],
    issuerLabel,
  } = options;
  const wrong = (path: string, text: string): ApiError =>
    new ApiError("validation", "invalid", "verify", `${path} ${text}`, { issues: [{ path, message: text }] });
  if (!Array.isArray(hosts) || hosts.length === 0 || !hosts.every((host) => HOST.test(host)))
    throw wrong("hosts", "must be plain host names");
  for (const [path, value] of Object.entries({ skewSeconds, now: now ?? 0 })) {
    if (!Number.isSafeInteger(value) || value < 0) throw wrong(path, "must be a whole number, 0 or more");
  }
  for (const [path, value] of Object.entries({ recipientName, issuerLabel })) {
    if (value !== undefined && !NOT_BLANK.test(value)) throw wrong(path, "must not be blank");
  }
  if (!allowMetadata.every((key) => NOT_BLANK.test(key))) throw wrong("allowMetadata", "must not be blank");
  return { hosts: hosts.map((host) => host.toLowerCase()), skewS: skewSeconds, now };
};

export const verify = async (
  text: string,
  options: VerifyOptions,
  view: (id: string, call: CallOptions) => Promise<Answer<Credential>>,
): Promise<Verification> => {
  const {
    skewSeconds,
    now: _now,
    hosts: _hosts,
    recipientName,
    allowMetadata = [],
    issuerLabel,
    ...call
  } = options;
  const { hosts, skewS, now: given } = judged(options);
  const clock = (): number => given ?? Date.now();
  const checks = new Map<CheckId, Check>(
    CHECKS.map((id) => [id, { id, state: "skipped", code: "not_reached", params: {} }]),
  );
  const set = (id: CheckId, state: State, code: string, params: Record<string, unknown> = {}): void => {
    checks.set(id, { id, state, code, params });
  };
  const passed = (id: CheckId): boolean => checks.get(id)?.state === "pass";
  const failed = (id: CheckId): boolean => checks.get(id)?.state === "fail";

  const parsed = parseLink(text, hosts);
  let now = clock();
  const result = (verdict: string, rest: Partial<Verification> = {}): Verification => ({
    schema: "hyperstack-verify/1",
    outcome: verdict === "valid" ? "verified" : verdict === "indeterminate" ? verdict : "not_verified",
    verdict,
    reason: null,
    retryable: false,
    retry_after_s: null,
    checks: [...checks.values()],
    subject: parsed.ok
      ? {
          input_kind: parsed.kind,
          id: parsed.id,
          canonical_url: `https://${parsed.host}/credential/${parsed.id}`,
        }
      : { input_kind: "url", id: null, canonical_url: null },
    credential: null,
    withheld: [],
    checked_at: new Date(now).toISOString(),
    now_source: given === undefined ? "system" : "option",
    issuer_label: issuerLabel ?? null,
    verifier: { name: "handwritten", version: "0" },
    policy: { hosts, skew_s: skewS, private: "withhold" },
    ...rest,
  });
  const undecided = (reason: string, error?: ApiError): Verification => {
    const check = FAILED_CHECK[reason] ?? "lookup";
    const reached: [CheckId, string][] = [
      ["lookup", "answered"],
      ["response_shape", "complete"],
      ["response_binding", "bound"],
    ];
    for (const [id, code] of reached) if (CHECKS.indexOf(id) < CHECKS.indexOf(check)) set(id, "pass", code);
    const [issue] = error?.issues ?? [];
    set(check, "error", reason, {
      ...(issue && { path: issue.path }),
      ...(error?.status !== undefined && { http_status: error.status }),
    });
    const wait = error?.retryAfterMs;
    return result("indeterminate", {
      reason,
      retryable: RETRYABLE.includes(reason),
      retry_after_s: wait === undefined ? null : Math.ceil(wait / 1000),
    });
  };

  if (!parsed.ok) {
    const id =
      parsed.code === "untrusted_host"
        ? "host_trusted"
        : parsed.code === "id_format"
          ? "id_format"
          : "input_parse";
    if (id !== "input_parse") set("input_parse", "pass", "url");
    if (id === "id_format") set("host_trusted", "pass", "listed");
    set(id, "fail", parsed.code);
    return result(id === "host_trusted" ? "untrusted_host" : "malformed_input");
  }
  set("input_parse", "pass", parsed.kind);
  if (parsed.kind === "url") set("host_trusted", "pass", "listed");
  else set("host_trusted", "skipped", "bare_id");
  set("id_format", "pass", parsed.id.length === 32 ? "alphanumeric_32" : "uuid");

  let answer: Answer<Credential>;
  try {
    const maxResponseBytes = Math.min(call.maxResponseBytes ?? MAX_ANSWER_BYTES, MAX_ANSWER_BYTES);
    answer = await view(parsed.id, { ...call, maxResponseBytes });
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind === "validation") throw error;
    now = clock();
    if (error.kind === "not_found" && error.status === 404) {
      set("lookup", "fail", "not_found_in_account");
      return result("not_found_in_account");
    }
    return undecided(reasonOf(error), error);
  }
  // Read after the answer: the verdict speaks of the instant it was given.
  now = clock();
  if (answer.status !== 200) return undecided("bad_shape");
  const age = /^\s*\d+\s*$/.test(answer.age ?? "") ? Number(answer.age) : 0;
  set("freshness", age === 0 ? "pass" : "warn", age === 0 ? "live" : "cached", { age_s: age });
  const credential = answer.data;
  const { status, valid_until, issued_on, privacy } = credential;
  if (credential.document_id !== parsed.id) return undecided("id_mismatch");
  if (!linksTo(credential.document_url, parsed.id)) return undecided("url_mismatch");
  if (!Object.hasOwn(BY_STATUS, status)) return undecided("unknown_status");
  set("lookup", "pass", "answered");
  set("response_shape", "pass", "complete");
  set("response_binding", "pass", "bound");
  set("status", status === "active" ? "pass" : "fail", status);
  if (status === "unpublished") return result("unpublished", { withheld: ["credential"] });

  const skew = skewS * 1000;
  const over = valid_until !== null && Date.parse(valid_until) + skew < now;
  const until = valid_until === null ? {} : { valid_until };
  set(
    "validity_period",
    over ? "fail" : "pass",
    over ? "expired" : valid_until === null ? "no_expiry" : "within",
    until,
  );
  const early = Date.parse(issued_on) > now + skew;
  set("not_before", early ? "fail" : "pass", early ? "not_yet_valid" : "started", { issued_on });
  if (status !== "active" && status !== "expired")
    set("status_clock_agreement", "skipped", "not_applicable", until);
  else if ((status === "expired") === over) set("status_clock_agreement", "pass", "agree", until);
  else set("status_clock_agreement", "warn", "status_clock_conflict", until);

  if (recipientName === undefined) set("recipient_match", "skipped", "not_requested");
  else if (sameName(fold(recipientName), fold(credential.recipient.name)))
    set("recipient_match", "pass", "match");
  else set("recipient_match", "fail", "recipient_mismatch");
  if (privacy === "public" || privacy === "private") set("privacy", "pass", privacy);
  else set("privacy", "warn", privacy === undefined ? "privacy_not_stated" : "privacy_unknown");

  const email = credential.recipient.email.trim().toLowerCase();
  const disclosing = (text: string): boolean =>
    ADDRESS.test(text) || (email !== "" && text.toLowerCase().includes(email));
  const disclose = privacy === "public";
  const withheld = ["recipient.email"];
  const keep = (name: string, text: string, allowed: boolean): boolean => {
    const shown = allowed && !disclosing(text);
    if (!shown) withheld.push(name);
    return shown;
  };
  const name = keep("recipient.name", credential.recipient.name, disclose);
  const title = keep("group.title", credential.group.title, true);
  const code = keep("group.code", credential.group.code, true);
  const listed = Object.entries(credential.metadata).filter(
    ([key, value]) =>
      disclose &&
      (value === null || typeof value !== "object") &&
      allowMetadata.includes(key) &&
      !disclosing(String(value)) &&
      !disclosing(key),
  );
  if (listed.length < Object.keys(credential.metadata).length) withheld.push("metadata");
  const shown = {
    document_id: credential.document_id,
    document_url: headOf(credential.document_url),
    recipient: name ? { name: credential.recipient.name } : null,
    group: { title: title ? credential.group.title : null, code: code ? credential.group.code : null },
    issued_on,
    valid_until,
    status,
    privacy: disclose || privacy === "private" ? privacy : null,
    metadata: Object.fromEntries(listed),
  };

  const byStatus = failed("status") ? BY_STATUS[status] : null;
  const verdict =
    byStatus ??
    (failed("validity_period") ? "expired" : null) ??
    (failed("not_before") ? "not_yet_valid" : null) ??
    (failed("recipient_match") ? "recipient_mismatch" : null);
  if (verdict !== null) return result(verdict, { credential: shown, withheld });
  const all =
    REQUIRED.every(passed) &&
    (parsed.kind === "id" || passed("host_trusted")) &&
    (recipientName === undefined || passed("recipient_match"));
  return all ? result("valid", { credential: shown, withheld }) : undecided("bad_shape");
};

export const isVerified = (verification: Verification): boolean =>
  verification.outcome === "verified" && verification.verdict === "valid";
