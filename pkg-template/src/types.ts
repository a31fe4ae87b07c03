/**
 * The public data types: what goes into and comes out of every call. Wire fields keep the spelling of the
 * Hyperstack API. Nothing here runs; the rules are enforced by the Rust core.
 */
import type { UnsignedReceipt } from "./receipt.js";

/**
 * A string the API is documented to pick from `Known`; a value it adds later is kept as it is.
 *
 * @category Data
 */
export type OpenEnum<Known extends string> = Known | (string & {});

/**
 * JSON as it is kept when this package does not know its shape.
 *
 * @category Data
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/* ------------------------------------------------------------------ groups */

/**
 * What `groups.create` sends. Source: vendor page `create-credential-group` (V).
 *
 * @category Data
 */
export interface CreateGroupParams {
  /** Title of the group. Must not be empty. */
  title: string;
  /** Description of the group (the vendor's dashboard treats it as HTML). Must not be empty. */
  description: string;
  /** Template key of the certificate. One of `certificate_template` and `badge_template` is required. */
  certificate_template?: string | undefined;
  /** Template key of the badge. One of `certificate_template` and `badge_template` is required. */
  badge_template?: string | undefined;
  /** External page of the course. */
  url?: string | undefined;
  /** Tags; the API gives them back joined by commas, so a tag must not contain one. */
  tags?: readonly string[] | undefined;
  /** Human-readable code: letters, digits, hyphens and spaces. Made by the API when left out. */
  group_code?: string | undefined;
  /** Whether the credentials of this group expire. Default `false`. */
  does_expire?: boolean | undefined;
  /** Validity in years, greater than 0. Required when `does_expire` is `true`. */
  validity?: number | undefined;
  /** Anchor the credentials on a blockchain. Default `false`. */
  blockchain?: boolean | undefined;
}

/**
 * What `groups.create` gives back. Fields the vendor adds later are kept.
 *
 * @category Data
 */
export interface CreatedGroup {
  /** Always `true`: an answer that says otherwise is an error instead. */
  success: true;
  /** Key of the new group (12 alphanumerics in the vendor's examples). */
  group_key: string;
  [extra: string]: unknown;
}

/**
 * What `groups.update` sends: only what is given changes. Source: vendor page `update-credential-group` (V).
 *
 * @category Data
 */
export type UpdateGroupParams = Partial<CreateGroupParams>;

/**
 * A group as `groups.view` returns it. Source: vendor page `view-credential-group`.
 *
 * @category Data
 */
export interface Group {
  /** Always `true`: an answer that says otherwise is an error instead. */
  success: true;
  /** Title of the group. */
  title: string;
  /** Description; the vendor's dashboard treats it as HTML, so escape it before it is shown. */
  description: string;
  /** The API joins them with commas; they are given back as they were set. */
  tags: string[];
  /** Human-readable code of the group. Not the `group_key` that calls take. */
  group_code: string;
  /** Page of the course, as it was set. Its form in the answer is not documented, so it is not checked. */
  url?: unknown;
  /** Whether credentials of this group expire. */
  does_expire: boolean;
  /** Years; there only when `does_expire` is `true`. */
  validity?: unknown;
  [extra: string]: unknown;
}

/**
 * Which page of a list.
 *
 * @category Lists
 */
export interface PageParams {
  /** First page to read, from 1. Default 1. */
  page?: number | undefined;
  /** Entries a page. Default 50, the API's own. Its maximum is not documented. */
  page_size?: number | undefined;
}

/**
 * What `groups.search` looks for. Source: vendor page `search-groups`.
 *
 * @category Data
 */
export interface SearchGroupsParams extends PageParams {
  /** Matched against titles: any of its words, also in part. */
  keyword?: string | undefined;
  /** The same under another name; `keyword` wins. */
  title?: string | undefined;
  /** The whole keyword must occur as one phrase. Default `false`. */
  strict?: boolean | undefined;
}

/**
 * A group in the answer of `groups.search`.
 *
 * @category Data
 */
export interface FoundGroup {
  /** Title of the group. */
  title: string;
  /** Key of the group, for the calls that take one. */
  group_key: string;
  /** Human-readable code of the group. */
  group_code: string;
  /** When the group was changed last; ISO 8601, UTC, with milliseconds. */
  last_modified: string;
  /** When the group was made; ISO 8601, UTC. */
  created_at: string;
  [extra: string]: unknown;
}

/**
 * A group in the answer of `groups.list`. No vendor page was seen; a third party names `title`, `description` and some
 * kind of id. Nothing in it is checked.
 *
 * @category Data
 */
export type ListedGroup = { [field: string]: unknown };

/* ------------------------------------------------------------- credentials */

/**
 * The person a credential is made out to.
 *
 * @category Data
 */
export interface Recipient {
  /** Full name. */
  name: string;
  /** E-mail address. Personal data: never logged by this package, never sent to a browser by its Worker. */
  email: string;
}

/**
 * What `credentials.generate` sends. Source: vendor page `generate-credential`.
 *
 * @category Data
 */
export interface GenerateCredentialParams {
  /** Who it is made out to. Name and address are both required. */
  recipient: Recipient;
  /** Key of the group, as `groups.create` returned it. */
  group_key: string;
  /** Values of the account's custom fields. Every key starts with `custom_`. */
  custom_attributes?: { [key: `custom_${string}`]: Json } | undefined;
}

/**
 * Publication status, in the answers of `generate` and `issue`.
 *
 * @category Data
 */
export type PublicationStatus = OpenEnum<"draft" | "published">;
/**
 * Lifecycle status, in the answer of `view`.
 *
 * @category Data
 */
export type LifecycleStatus = OpenEnum<"active" | "suspended" | "expired" | "revoked" | "unpublished">;
/**
 * Who may see a credential.
 *
 * @category Data
 */
export type Privacy = OpenEnum<"public" | "private">;

/**
 * The group as it stands inside a credential.
 *
 * @category Data
 */
export interface CredentialGroup {
  /** Title of the group, as printed on the credential. */
  title: string;
  /** Key of the group (`group_key` of the calls). */
  key: string;
  /** Human-readable code of the group. */
  code: string;
  [extra: string]: unknown;
}

interface CredentialFields {
  /** Id of the credential: 32 alphanumerics, or a lower-case UUID in older accounts. */
  document_id: string;
  /** Public page of the credential; for a draft it works only once published. */
  document_url: string;
  /** Who it is made out to. Personal data. */
  recipient: Recipient & { [extra: string]: unknown };
  /** The group it belongs to. */
  group: CredentialGroup;
  /** ISO 8601, UTC. For a draft: when the record was made. */
  issued_on: string;
  /** ISO 8601, UTC; `null`: never expires. */
  valid_until: string | null;
  /** Values of the custom attributes, by their `custom_…` keys. May hold personal data. */
  metadata: { [key: string]: unknown };
  /** Absent in the answers of the vendor's older documentation. */
  privacy?: Privacy;
  [extra: string]: unknown;
}

/**
 * A credential as lists and searches hold it.
 *
 * @category Data
 */
export interface CredentialRecord extends CredentialFields {
  /** Lifecycle status at the time of the answer. The dates may say more: see `verify`. */
  status: LifecycleStatus;
}

/**
 * A credential as `credentials.view` returns it. Source: vendor page `view-credential`.
 *
 * @category Data
 */
export interface Credential extends CredentialRecord {
  /** Always `true`: an answer that says otherwise is an error instead. */
  success: true;
}

/**
 * A credential as `generate` and `issue` return it. Source: vendor pages `generate-credential`, `create-credential`.
 *
 * @category Data
 */
export interface DraftCredential extends CredentialFields {
  /** Always `true`: an answer that says otherwise is an error instead. */
  success: true;
  /** Ours, not the API's: the answer was lost, and this is the credential that was found in the account. */
  reconciled?: true;
  /** `draft` after `generate`, `published` after `issue`. A reconciled one has the status that the account's search gave. */
  status: PublicationStatus;
}

/**
 * What `credentials.issue` returns.
 *
 * @category Data
 */
export type IssuedCredential = DraftCredential;

/**
 * What `credentials.update` sends. Source: vendor page `update-credential`.
 *
 * @category Data
 */
export interface UpdateCredentialParams {
  /** The new end: seconds since 1970, or a `Date`. `null` removes it; leaving it out would too, so it has to be said. */
  expiry: number | Date | null;
}

/**
 * What `credentials.search` looks for; everything given must match. Source: vendor page `search-credentials`.
 *
 * @category Data
 */
export interface SearchCredentialsParams extends PageParams {
  /** Matched in part: compare what comes back. */
  recipient?:
    | {
        /** Part of the name. */
        name?: string | undefined;
        /** Part of the address. */
        email?: string | undefined;
      }
    | undefined;
  /** Matched in part. */
  group_key?: string | undefined;
  /** Matched in part against `document_id`. */
  credential_key?: string | undefined;
  /** Values that the credential's attributes must have. Every key starts with `custom_`. */
  custom_attributes?: { [key: `custom_${string}`]: Json } | undefined;
  /** Issued on or after this day, `YYYY/MM/DD`. */
  start_date?: string | undefined;
  /** Issued on or before this day, `YYYY/MM/DD`; only together with `start_date`. */
  end_date?: string | undefined;
}

/* ------------------------------------------ account, recipients, webhooks */

/**
 * What `account.get` returns. Source: vendor page `auth`.
 *
 * @category Data
 */
export interface Account {
  /** Always `true`: an answer that says otherwise is an error instead. */
  success: true;
  /** The API's own words. */
  message: string;
  /** Name of the organisation. */
  account_name: string;
  /** Short name of the organisation. */
  account_id: string;
  [extra: string]: unknown;
}

/**
 * What `recipients.update` sends. Source: vendor page `update-recipient`.
 *
 * @category Data
 */
export interface UpdateRecipientParams {
  /** Who: name and address themselves cannot be changed. */
  email: string;
  /** Values of the account's recipient fields; only those defined there change. */
  custom_attributes?: { [key: `custom_${string}`]: Json } | undefined;
}

/**
 * What `webhooks.subscribe` sends. Source: vendor page `webhook-subscribe`.
 *
 * @category Data
 */
export interface SubscribeWebhookParams {
  /** Begins with `https://` or `http://`. */
  url: string;
  /** Documented is `credential.issued` only. At least one. */
  events: readonly OpenEnum<"credential.issued">[];
}

/**
 * An answer that says no more than that it was done.
 *
 * @category Data
 */
export interface Done {
  /** Always `true`: an answer that says otherwise is an error instead. */
  success: true;
  [extra: string]: unknown;
}

/**
 * The same with words of the API's own.
 *
 * @category Data
 */
export interface DoneWithMessage extends Done {
  /** The API's own words. For people; programs have nothing to read from it. */
  message: string;
}

/**
 * What `credentials.publish` gives back: the publication was queued, it may not be done yet.
 *
 * @category Data
 */
export interface PublishedCredential {
  /** Always `true`: an answer that says otherwise is an error instead. */
  success: true;
  /** The API's own words; this package's own where the answer was lost and the credential was found published (then there is `reconciled: true`, too). */
  message: string;
  [extra: string]: unknown;
}

/* ------------------------------------------------------------ verification */

/**
 * The three things a verification can say. Only `verified` means yes.
 *
 * @category Verification
 */
export type Outcome = "verified" | "not_verified" | "indeterminate";

/**
 * The headline. `valid` is the only one that goes with `verified`.
 *
 * @category Verification
 */
export type Verdict =
  | "valid"
  | "expired"
  | "suspended"
  | "revoked"
  | "unpublished"
  | "not_yet_valid"
  | "not_found_in_account"
  | "untrusted_host"
  | "malformed_input"
  | "recipient_mismatch"
  | "indeterminate";

/**
 * Why nothing could be said. `null` unless the verdict is `indeterminate`.
 *
 * @category Verification
 */
export type IndeterminateReason =
  | "network"
  | "timeout"
  | "rate_limited"
  | "upstream_5xx"
  | "upstream_redirect"
  | "unauthorized"
  | "forbidden"
  | "bad_content_type"
  | "body_too_large"
  | "bad_json"
  | "bad_shape"
  | "id_mismatch"
  | "url_mismatch"
  | "unknown_status";

/**
 * Every check, in the order in which they stand in `Verification.checks`.
 *
 * @category Verification
 */
export type CheckId =
  | "input_parse"
  | "host_trusted"
  | "id_format"
  | "lookup"
  | "response_shape"
  | "response_binding"
  | "status"
  | "validity_period"
  | "not_before"
  | "status_clock_agreement"
  | "privacy"
  | "recipient_match"
  | "freshness";

/**
 * `error`: could not be checked. `skipped`: not reached, or not asked for. Neither is a pass.
 *
 * @category Verification
 */
export type CheckState = "pass" | "fail" | "warn" | "error" | "skipped";

/**
 * Codes of `input_parse`, `host_trusted` and `id_format` that say why a text is no credential URL.
 *
 * @category Verification
 */
export type ParseCode =
  | "empty"
  | "too_long"
  | "whitespace_or_control"
  | "non_ascii"
  | "backslash"
  | "no_scheme"
  | "not_a_url"
  | "scheme_not_https"
  | "userinfo"
  | "untrusted_host"
  | "port"
  | "encoded_host"
  | "path"
  | "id_format";

/**
 * All check codes. Append-only: a code is never renamed or reused.
 *
 * @category Verification
 */
export type CheckCode =
  | ParseCode
  | IndeterminateReason
  // input_parse
  | "url"
  | "id"
  // host_trusted
  | "listed"
  | "bare_id"
  // id_format
  | "alphanumeric_32"
  | "uuid"
  // lookup
  | "answered"
  | "not_found_in_account"
  // response_shape
  | "complete"
  // response_binding
  | "bound"
  // status
  | "active"
  | "suspended"
  | "expired"
  | "revoked"
  | "unpublished"
  // validity_period (fails with "expired")
  | "no_expiry"
  | "within"
  // not_before
  | "started"
  | "not_yet_valid"
  // status_clock_agreement
  | "agree"
  | "status_clock_conflict"
  | "not_applicable"
  // privacy
  | "public"
  | "private"
  | "privacy_not_stated"
  | "privacy_unknown"
  // recipient_match
  | "not_requested"
  | "match"
  | "recipient_mismatch"
  // freshness
  | "live"
  | "cached"
  // any check behind one that ended the verification
  | "not_reached";

/**
 * One line of the check list.
 *
 * @category Verification
 */
export interface Check {
  /** Which check. */
  id: CheckId;
  /** How it ended. */
  state: CheckState;
  /** Why it ended so. The page texts are chosen by it. */
  code: CheckCode;
  /**
   * Values for the text of the code: `valid_until`, `issued_on`, `path`, `rule`, `http_status`, `age_s`. Never personal
   * data.
   */
  params: { [name: string]: string | number };
}

/**
 * What may be shown of a credential. The e-mail address is never part of it.
 *
 * @category Verification
 */
export interface VerifiedCredential {
  /** Id of the credential: the one that was asked for. */
  document_id: string;
  /** Its public page, without query and fragment. */
  document_url: string;
  /** `null` when withheld: always unless the credential is marked public. */
  recipient: {
    /** Name the credential is made out to. */
    name: string;
  } | null;
  /** The group it belongs to. */
  group: {
    /** `null` where the issuer put an e-mail address into it. */
    title: string | null;
    /** `null` where the issuer put an e-mail address into it. */
    code: string | null;
  };
  /** ISO 8601, UTC. */
  issued_on: string;
  /** ISO 8601, UTC; `null`: never expires. */
  valid_until: string | null;
  /** Status as the API gave it. The verdict is what counts: dates can overrule it. */
  status: LifecycleStatus;
  /** `null` when the answer did not say. */
  privacy: Privacy | null;
  /** Only allow-listed keys with a string, number or boolean value. */
  metadata: { [key: string]: string | number | boolean };
}

/**
 * The result of a verification. It says what the issuer's account answered at `checked_at`; it carries no signature.
 *
 * @category Verification
 */
export interface Verification {
  /** Version of this object's form. */
  schema: "hyperstack-verify/1";
  /** The answer in one of three words. */
  outcome: Outcome;
  /** The headline: which state decided. */
  verdict: Verdict;
  /** Why nothing could be said; `null` unless `verdict` is `indeterminate`. */
  reason: IndeterminateReason | null;
  /** Whether asking again may bring a verdict. */
  retryable: boolean;
  /** Seconds the upstream asked to wait, where it did. */
  retry_after_s: number | null;
  /** All thirteen, always, in the order of `CheckId`. */
  checks: Check[];
  /** What was asked about. */
  subject: {
    /** Whether a link or a bare id was given; `url` also for a text that is neither. */
    input_kind: "url" | "id";
    /** Id of the credential; `null` where the text holds none. */
    id: string | null;
    /** The link without query, fragment and trailing slash; `null` where the text holds no id. */
    canonical_url: string | null;
  };
  /** `null` unless the issuer's account answered for this very id and the credential was published. */
  credential: VerifiedCredential | null;
  /** Names of fields that the answer held and this result does not, e.g. `recipient.email`. */
  withheld: string[];
  /** ISO 8601, UTC, milliseconds: the instant the verdict speaks of. */
  checked_at: string;
  /** `system`: the clock of the machine that verified; `option`: injected by the caller. */
  now_source: "system" | "option";
  /** Who the verifier says the issuer is (its own option, not from the API). */
  issuer_label: string | null;
  /** The program that made the verdict. */
  verifier: {
    /** Name of the package. */
    name: string;
    /** Its version. */
    version: string;
  };
  /** What was judged by. */
  policy: {
    /** Hosts that were trusted. */
    hosts: string[];
    /** Tolerance for clocks that differ, in seconds. */
    skew_s: number;
    /** What is done with a credential that is not marked public. */
    private: "withhold";
  };
  /** Only of a service with the option `receipts`: the same as a receipt, or as a signed one for `verifyReceipt`. */
  receipt?: UnsignedReceipt | string;
}

/**
 * A verification that says yes.
 *
 * @category Verification
 */
export type VerifiedVerification = Verification & {
  /** All required checks passed. */
  outcome: "verified";
  /** The only verdict that goes with `verified`. */
  verdict: "valid";
  /** Only `indeterminate` has one. */
  reason: null;
  /** Always there: nothing is verified without an answer. */
  credential: VerifiedCredential;
};

/**
 * What `parseCredentialUrl` resolves to.
 *
 * @category Verification
 */
export type ParsedCredentialUrl =
  | {
      /** The text is a credential link on a trusted host, or an id. */
      ok: true;
      /** Which of the two. */
      input_kind: "url" | "id";
      /** Id of the credential. */
      id: string;
      /** The link without query, fragment and trailing slash; for an id, its link on the first of `hosts`. */
      canonical_url: string;
    }
  | {
      /** It is neither. */
      ok: false;
      /** The first rule it breaks. */
      code: ParseCode;
    };
