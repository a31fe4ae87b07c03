/**
 * The data types: what every call takes and returns. Fields are spelled as the Hyperstack API spells them.
 *
 * Generated from the Rust types in `src`. Do not edit; write it with
 * `UPDATE_GENERATED=1 cargo test --features typescript --test generated`.
 */

/**
 * A string that the API is documented to pick from `Known`. A value that it adds later is kept as it is.
 *
 * @category Data
 */
export type OpenEnum<Known extends string> = Known | (string & {});

/**
 * JSON whose shape this package does not know.
 *
 * @category Data
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/* --------------------------------------------------------------- account */

/**
 * What `account.get` returns. Source: vendor page `auth`.
 *
 * @category Data
 */
export interface Account {
  /** Always `true`: any other response is an error. */
  success: true;
  /** The API's own words. */
  message: string;
  /** Name of the organisation. */
  account_name: string;
  /** Short name of the organisation. */
  account_id: string;
  [extra: string]: unknown;
}

/* ---------------------------------------------------------------- groups */

/**
 * What `groups.create` sends. Source: vendor page `create-credential-group`.
 *
 * @category Data
 */
export interface CreateGroupParams {
  /** Title of the group. */
  title: string;
  /** Description of the group. The vendor's dashboard treats it as HTML. */
  description: string;
  /** Template key of the certificate. One of `certificate_template` and `badge_template` is required. */
  certificate_template?: string | undefined;
  /** Template key of the badge. One of `certificate_template` and `badge_template` is required. */
  badge_template?: string | undefined;
  /** External page of the course. */
  url?: string | undefined;
  /** Tags; the API returns them joined by commas, so a tag must not contain one. */
  tags?: readonly string[] | undefined;
  /** Human-readable code: letters, digits, hyphens and spaces. Created by the API when left out. */
  group_code?: string | undefined;
  /** Whether the credentials of this group expire. Default `false`. */
  does_expire?: boolean | undefined;
  /** Validity in years, greater than 0 and at most 1000. Required when `does_expire` is `true`. */
  validity?: number | undefined;
  /** Anchor the credentials on a blockchain. Default `false`. */
  blockchain?: boolean | undefined;
}

/**
 * What `groups.create` returns. Source: vendor page `create-credential-group`.
 *
 * @category Data
 */
export interface CreatedGroup {
  /** Always `true`: any other response is an error. */
  success: true;
  /** Key of the new group (12 alphanumerics in the vendor's examples). */
  group_key: string;
  [extra: string]: unknown;
}

/**
 * What `groups.update` sends: only what is given changes. Source: vendor page `update-credential-group`.
 *
 * @category Data
 */
export interface UpdateGroupParams {
  /** Title of the group. */
  title?: string | undefined;
  /** Description of the group. The vendor's dashboard treats it as HTML. */
  description?: string | undefined;
  /** Template key of the certificate. */
  certificate_template?: string | undefined;
  /** Template key of the badge. */
  badge_template?: string | undefined;
  /** External page of the course. */
  url?: string | undefined;
  /** Tags; the API returns them joined by commas, so a tag must not contain one. */
  tags?: readonly string[] | undefined;
  /** Human-readable code: letters, digits, hyphens and spaces. */
  group_code?: string | undefined;
  /** Whether the credentials of this group expire. */
  does_expire?: boolean | undefined;
  /** Validity in years, greater than 0 and at most 1000. Required when `does_expire` is `true`. */
  validity?: number | undefined;
  /** Anchor the credentials on a blockchain. */
  blockchain?: boolean | undefined;
}

/**
 * A response that only says that the request was carried out.
 *
 * @category Data
 */
export interface Done {
  /** Always `true`: any other response is an error. */
  success: true;
  [extra: string]: unknown;
}

/**
 * A group as `groups.view` returns it. Source: vendor page `view-credential-group`.
 *
 * @category Data
 */
export interface Group {
  /** Always `true`: any other response is an error. */
  success: true;
  /** Title of the group. */
  title: string;
  /** Description; the vendor's dashboard treats it as HTML, so escape it before it is shown. */
  description: string;
  /** Tags of the group. The API returns them joined by commas; here they are a list again. */
  tags: string[];
  /** Human-readable code of the group. Not the `group_key` that calls take. */
  group_code: string;
  /** Page of the course, as it was set. Its form in the response is not documented, so it is not checked. */
  url?: unknown;
  /** Whether credentials of this group expire. */
  does_expire: boolean;
  /** Years; present only when `does_expire` is `true`. Its form is not documented, so it is not checked. */
  validity?: unknown;
  [extra: string]: unknown;
}

/**
 * Which page of a list.
 *
 * @category Data
 */
export interface PageParams {
  /** The page, from 1. Default 1. */
  page?: number | undefined;
  /** Entries per page. Default 50, the API's own. Its maximum is not documented. */
  page_size?: number | undefined;
}

/**
 * A page of all groups. Known from a third party's catalogue only; that the response is paged is not
 * documented.
 *
 * @category Data
 */
export interface ListedGroupPage {
  /** Always `true`: any other response is an error. */
  success: true;
  /** Entries in all, if the API says so. */
  total?: number;
  /** The number of this page, if the API says so. */
  page?: number;
  /** Entries per page, if the API says so. */
  page_size?: number;
  /** The entries. */
  groups: ListedGroup[];
  [extra: string]: unknown;
}

/**
 * A group in the response of `groups.list`. No vendor page describes it, so its members are not checked.
 *
 * @category Data
 */
export type ListedGroup = { [field: string]: unknown };

/**
 * `groups.search`: a page of the groups with a title (`POST /v1/groups/search`, vendor page `search-groups`).
 * Titles match in part, so compare the results.
 *
 * @category Data
 */
export interface SearchGroupsParams {
  /** Matched against titles: any of its words, also in part. */
  keyword?: string | undefined;
  /** The same under another name; `keyword` wins. */
  title?: string | undefined;
  /** The whole keyword must occur as one phrase. Default `false`. */
  strict?: boolean | undefined;
  /** The page, from 1. Default 1. */
  page?: number | undefined;
  /** Entries per page. Default 50, the API's own. Its maximum is not documented. */
  page_size?: number | undefined;
}

/**
 * A page of groups that a search found. Source: vendor page `search-groups`.
 *
 * @category Data
 */
export interface FoundGroupPage {
  /** Always `true`: any other response is an error. */
  success: true;
  /** Entries in all. */
  total: number;
  /** The number of this page, from 1. */
  page: number;
  /** Entries per page. */
  page_size: number;
  /** The entries. */
  groups: FoundGroup[];
  [extra: string]: unknown;
}

/**
 * A group in the response of `groups.search`. Source: vendor page `search-groups`.
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
  /** When the group was changed last, ISO 8601. */
  last_modified: string;
  /** When the group was created, ISO 8601. */
  created_at: string;
  [extra: string]: unknown;
}

/* ----------------------------------------------------------- credentials */

/**
 * What `credentials.generate` and `credentials.issue` send. Source: vendor pages `generate-credential`,
 * `create-credential`.
 *
 * @category Data
 */
export interface GenerateCredentialParams {
  /** The person that the credential is issued to. */
  recipient: Recipient;
  /** Key of the group, as `groups.create` returned it. */
  group_key: string;
  /** Values of the account's custom attributes. Every key begins with `custom_`. */
  custom_attributes?: { [key: `custom_${string}`]: Json } | undefined;
}

/**
 * The person that a new credential is issued to.
 *
 * @category Data
 */
export interface Recipient {
  /** Full name, of visible characters. White space is sent as it is given. */
  name: string;
  /** The bare e-mail address. Personal data: it never enters an error, an event or a log. */
  email: string;
}

/** The fields that every credential has. */
interface CredentialFields {
  /** Id of the credential: 32 letters and digits, or a lower-case UUID in older accounts. */
  document_id: string;
  /** Public page of the credential; for a draft it works only when published. */
  document_url: string;
  /** The person that it is issued to. Personal data. */
  recipient: CredentialRecipient;
  /** The group it belongs to. */
  group: CredentialGroup;
  /** When it was issued, ISO 8601; for a draft, when the record was created. */
  issued_on: string;
  /** When it expires, ISO 8601; `null`: never. */
  valid_until: string | null;
  /** Values of the custom attributes, by their `custom_…` keys. May hold personal data. */
  metadata: { [key: string]: unknown };
  /** Who may see the credential. Missing in the responses of the vendor's older documentation. */
  privacy?: Privacy;
  [extra: string]: unknown;
}

/**
 * A credential as lists and searches hold it.
 *
 * @category Data
 */
export interface CredentialRecord extends CredentialFields {
  /** Lifecycle status at the time of the response. The dates may say more: see `verify`. */
  status: LifecycleStatus;
}

/**
 * A credential as `credentials.view` returns it.
 *
 * @category Data
 */
export interface Credential extends CredentialRecord {
  /** Always `true`: any other response is an error. */
  success: true;
}

/**
 * A credential as `generate` and `issue` return it.
 *
 * @category Data
 */
export interface DraftCredential extends CredentialFields {
  /** Always `true`: any other response is an error. */
  success: true;
  /**
   * Added by this package: the response was lost, and this is the credential that was found in the account.
   */
  reconciled?: true;
  /**
   * `draft` after `generate`, `published` after `issue`. A reconciled one has the status that the account's
   * search returned.
   */
  status: PublicationStatus;
}

/**
 * What `credentials.issue` returns.
 *
 * @category Data
 */
export type IssuedCredential = DraftCredential;

/**
 * Publication status, in the responses of `generate` and `issue`.
 *
 * @category Data
 */
export type PublicationStatus = OpenEnum<"draft" | "published">;

/**
 * Lifecycle status, in the responses of `view`, `list` and `search`.
 *
 * @category Data
 */
export type LifecycleStatus = OpenEnum<"active" | "suspended" | "expired" | "revoked" | "unpublished">;

/**
 * The person that a credential is issued to.
 *
 * @category Data
 */
export interface CredentialRecipient {
  /** Full name. */
  name: string;
  /** E-mail address. */
  email: string;
  [extra: string]: unknown;
}

/**
 * The group of a credential.
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

/**
 * Who may see a credential.
 *
 * @category Data
 */
export type Privacy = OpenEnum<"public" | "private">;

/**
 * A response that says, also in words, that the request was carried out.
 *
 * @category Data
 */
export interface DoneWithMessage {
  /** Always `true`: any other response is an error. */
  success: true;
  /** The API's own words. For people; programs have nothing to read from it. */
  message: string;
  [extra: string]: unknown;
}

/**
 * What `credentials.publish` returns: the publication was queued, it may not be complete yet.
 *
 * @category Data
 */
export interface PublishedCredential extends DoneWithMessage {
  /** Added by this package: the response was lost, and the credential was found published. */
  reconciled?: true;
}

/**
 * What `credentials.update` sends. Source: vendor page `update-credential`.
 *
 * @category Data
 */
export interface UpdateCredentialParams {
  /**
   * When it expires, in seconds since 1970 (JavaScript may pass a `Date`); `null`: never. It must be given:
   * leaving it out would erase the expiry.
   */
  expiry: number | Date | null;
}

/**
 * A page of credentials. Source: vendor pages `list-credentials`, `search-credentials`.
 *
 * @category Data
 */
export interface CredentialPage {
  /** Always `true`: any other response is an error. */
  success: true;
  /** Entries in all. */
  total: number;
  /** The number of this page, from 1. */
  page: number;
  /** Entries per page. */
  page_size: number;
  /** The entries. */
  credentials: CredentialRecord[];
  [extra: string]: unknown;
}

/**
 * `credentials.search`: a page of the credentials that match everything given (`POST /v1/credentials/search`,
 * vendor page `search-credentials`). Names, addresses and keys match in part: a hit does not prove equality.
 *
 * @category Data
 */
export interface SearchCredentialsParams {
  /** Matched in part: compare what the search returns. */
  recipient?: RecipientFilter | undefined;
  /** Matched in part: compare what the search returns. */
  group_key?: string | undefined;
  /** Matched in part against `document_id`. */
  credential_key?: string | undefined;
  /** Values that the credential's attributes must have. Every key begins with `custom_`. */
  custom_attributes?: { [key: `custom_${string}`]: Json } | undefined;
  /** Issued on or after this day, `YYYY/MM/DD`. */
  start_date?: string | undefined;
  /** Issued on or before this day, `YYYY/MM/DD`; only together with `start_date`. */
  end_date?: string | undefined;
  /** The page, from 1. Default 1. */
  page?: number | undefined;
  /** Entries per page. Default 50, the API's own. Its maximum is not documented. */
  page_size?: number | undefined;
}

/**
 * The recipient in a search.
 *
 * @category Data
 */
export interface RecipientFilter {
  /** Part of the name. */
  name?: string | undefined;
  /** Part of the address. */
  email?: string | undefined;
}

/* ------------------------------------------------------------ recipients */

/**
 * `recipients.update`: changes attributes of a recipient (`POST /v1/recipients/update`, vendor page
 * `update-recipient`). The API responds to an unknown recipient with status 200 and `success: false`.
 *
 * @category Data
 */
export interface UpdateRecipientParams {
  /** The recipient: name and address themselves cannot be changed. */
  email: string;
  /**
   * Values of the account's recipient attributes; only those defined there change. Every key begins with
   * `custom_`.
   */
  custom_attributes?: { [key: `custom_${string}`]: Json } | undefined;
}

/* -------------------------------------------------------------- webhooks */

/**
 * `webhooks.subscribe`: sets the webhook, in place of the one before (`POST /v1/webhook/subscribe`, vendor
 * page `webhook-subscribe`).
 *
 * @category Data
 */
export interface SubscribeWebhookParams {
  /** Where deliveries go. Begins with `https://` or `http://`. */
  url: string;
  /** What is delivered. At least one; documented is `credential.issued` only. */
  events: readonly OpenEnum<"credential.issued">[];
}

/* ---------------------------------------------------------- verification */

/**
 * The result of a verification, to be kept: who verified, when, by which policy, and with which result. It
 * holds no data of the recipient: no name, no address, no fields of the credential, and no `params` of
 * checks.
 *
 * @category Receipts
 */
export interface Receipt {
  /** Version of the form of this object. */
  schema: "hyperstack-receipt/1";
  /** `true` only inside a signature: in the result of `verifyReceipt`. Outside of one it proves nothing. */
  signed: boolean;
  /** The outcome in one of three words. */
  outcome: Outcome;
  /** The headline: which state decided. */
  verdict: Verdict;
  /** Why there is no verdict; `null` unless `verdict` is `indeterminate`. */
  reason: IndeterminateReason | null;
  /** What was verified. */
  subject: VerificationSubject;
  /** The instant that the verdict is about. ISO 8601, UTC, milliseconds. */
  checked_at: string;
  /** Where `checked_at` comes from. */
  now_source: "system" | "option";
  /** What the verifier calls the issuer (its own option, not from the API). */
  issuer_label: string | null;
  /** The program that computed the verdict. */
  verifier: VerifierVersion;
  /** What the verdict was computed by. */
  policy: VerificationPolicy;
  /** Every check, in the order of `CheckId`. */
  checks: Omit<Check, "params">[];
}

/**
 * A receipt that anyone could have written: a note for the verifier's own files.
 *
 * @category Receipts
 */
export interface UnsignedReceipt extends Receipt {
  /** Nobody vouches for it. */
  signed: false;
}

/** The fields that every verification has. */
interface VerificationFields {
  /** Version of the form of this object. */
  schema: "hyperstack-verify/1";
  /** Whether the same verification may come to a verdict later. */
  retryable: boolean;
  /** Seconds that the upstream asked to wait, if it did. */
  retry_after_s: number | null;
  /** Every check, always, in the order of `CheckId`. */
  checks: Check[];
  /** What was verified. */
  subject: VerificationSubject;
  /** What the response contains and this result does not. */
  withheld: OpenEnum<WithheldField>[];
  /** The instant that the verdict is about. ISO 8601, UTC, milliseconds. */
  checked_at: string;
  /** Where `checked_at` comes from. */
  now_source: "system" | "option";
  /** What the verifier calls the issuer (its own option, not from the API). */
  issuer_label: string | null;
  /** The program that computed the verdict. */
  verifier: VerifierVersion;
  /** What the verdict was computed by. */
  policy: VerificationPolicy;
  /**
   * Only of a service with the option `receipts`: the same as a receipt, or as a signed one for
   * `verifyReceipt`.
   */
  receipt?: UnsignedReceipt | string;
}

/**
 * A verification that says yes: every required check passed.
 *
 * @category Verification
 */
export interface VerifiedVerification extends VerificationFields {
  /** The outcome in one of three words. */
  outcome: "verified";
  /** The headline: which state decided. */
  verdict: "valid";
  /** Why there is no verdict; `null` unless `verdict` is `indeterminate`. */
  reason: null;
  /** `null` unless the issuer's account responded about this very id and the credential was published. */
  credential: VerifiedCredential;
}

/**
 * A verification that says no about a credential that the issuer's account has published.
 *
 * @category Verification
 */
export interface InvalidCredentialVerification extends VerificationFields {
  /** The outcome in one of three words. */
  outcome: "not_verified";
  /** The headline: which state decided. */
  verdict: "expired" | "suspended" | "revoked" | "not_yet_valid" | "recipient_mismatch";
  /** Why there is no verdict; `null` unless `verdict` is `indeterminate`. */
  reason: null;
  /** `null` unless the issuer's account responded about this very id and the credential was published. */
  credential: VerifiedCredential;
}

/**
 * A verification that says no, and nothing about a credential.
 *
 * @category Verification
 */
export interface NoCredentialVerification extends VerificationFields {
  /** The outcome in one of three words. */
  outcome: "not_verified";
  /** The headline: which state decided. */
  verdict: "unpublished" | "not_found_in_account" | "untrusted_host" | "malformed_input";
  /** Why there is no verdict; `null` unless `verdict` is `indeterminate`. */
  reason: null;
  /** `null` unless the issuer's account responded about this very id and the credential was published. */
  credential: null;
}

/**
 * A verification without a verdict: the credential could not be checked.
 *
 * @category Verification
 */
export interface IndeterminateVerification extends VerificationFields {
  /** The outcome in one of three words. */
  outcome: "indeterminate";
  /** The headline: which state decided. */
  verdict: "indeterminate";
  /** Why there is no verdict; `null` unless `verdict` is `indeterminate`. */
  reason: IndeterminateReason;
  /** `null` unless the issuer's account responded about this very id and the credential was published. */
  credential: null;
}

/**
 * The result of a verification. It says what the issuer's account responded at `checked_at`; it carries no
 * signature. It holds nothing that may not be shown: the e-mail address never enters it.
 *
 * @category Verification
 */
export type Verification =
  | VerifiedVerification
  | InvalidCredentialVerification
  | NoCredentialVerification
  | IndeterminateVerification;

/**
 * The checks that reports of older services do not have: they were added to the form after its first version.
 *
 * @category Verification
 */
export type LaterCheckId = never;

/**
 * The outcome in one of three words. Only `verified` means yes.
 *
 * @category Verification
 */
export type Outcome = "verified" | "not_verified" | "indeterminate";

/**
 * The headline of a verification. `valid` is the only one that goes with `verified`.
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
 * Why there is no verdict. Append-only.
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
  | "unknown_status"
  | "stale";

/**
 * A check in the report. A service of a later version can report checks that this version does not know.
 *
 * @category Verification
 */
export interface Check {
  /** Which check. */
  id: CheckId;
  /** How it ended. */
  state: CheckState;
  /** Why it ended so. */
  code: CheckCode;
  /**
   * Values for the text of the code: `valid_until`, `issued_on`, `age_s`, `path`, `rule`, `http_status`,
   * `cause`. Never personal data.
   */
  params: { [name: string]: string | number };
}

/**
 * The checks, in the order of the report. Append-only.
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
 * How a check ended. `error`: could not be checked. `skipped`: not reached, not requested or not applicable.
 * Neither is a pass.
 *
 * @category Verification
 */
export type CheckState = "pass" | "fail" | "warn" | "error" | "skipped";

/**
 * Why a check ended as it did. Texts are chosen by it. Append-only.
 *
 * @category Verification
 */
export type CheckCode =
  | ParseCode
  | IndeterminateReason
  | "url"
  | "id"
  | "listed"
  | "bare_id"
  | "alphanumeric_32"
  | "uuid"
  | "answered"
  | "not_found_in_account"
  | "complete"
  | "bound"
  | "active"
  | "revoked"
  | "suspended"
  | "unpublished"
  | "expired"
  | "within"
  | "no_expiry"
  | "started"
  | "not_yet_valid"
  | "agree"
  | "status_clock_conflict"
  | "not_applicable"
  | "public"
  | "private"
  | "privacy_unknown"
  | "privacy_not_stated"
  | "match"
  | "recipient_mismatch"
  | "not_requested"
  | "live"
  | "cached"
  | "not_reached";

/**
 * Why a string is not a credential link or id: the first rule that it breaks. Append-only.
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
 * What was verified.
 *
 * @category Verification
 */
export interface VerificationSubject {
  /** Whether a link or a bare id was given; `url` also for input that is neither. */
  input_kind: "url" | "id";
  /** Id of the credential; `null` if the input does not contain one. */
  id: string | null;
  /** The link without query, fragment and trailing slash; `null` if the input does not contain an id. */
  canonical_url: string | null;
}

/**
 * What may be shown of a credential.
 *
 * @category Verification
 */
export interface VerifiedCredential {
  /** Id of the credential. */
  document_id: string;
  /** Its public page: the canonical link, on a trusted host whatever host the API wrote. */
  document_url: string;
  /** `null` when withheld: always unless the credential is marked public. */
  recipient: VerifiedRecipient | null;
  /** The group it belongs to. */
  group: VerifiedGroup;
  /** ISO 8601, UTC. */
  issued_on: string;
  /** ISO 8601, UTC; `null`: never expires. */
  valid_until: string | null;
  /** Status as the API wrote it. The verdict is what counts: dates can overrule it. */
  status: LifecycleStatus;
  /** `null` if the response does not say, or says something unknown. */
  privacy: Privacy | null;
  /** Only listed keys with a string, number or boolean. */
  metadata: { [key: string]: string | number | boolean };
}

/**
 * The recipient as shown.
 *
 * @category Verification
 */
export interface VerifiedRecipient {
  /** Name of the person that the credential is issued to. */
  name: string;
}

/**
 * The group as shown.
 *
 * @category Verification
 */
export interface VerifiedGroup {
  /** `null` if the issuer put an e-mail address into it. */
  title: string | null;
  /** `null` if the issuer put an e-mail address into it. */
  code: string | null;
}

/**
 * The program that computed a verdict.
 *
 * @category Verification
 */
export interface VerifierVersion {
  /** Name of the package. */
  name: string;
  /** Its version. */
  version: string;
}

/**
 * What a verdict was computed by.
 *
 * @category Verification
 */
export interface VerificationPolicy {
  /** The trusted hosts. */
  hosts: string[];
  /** The tolerance for clocks that differ, in seconds. */
  skew_s: number;
  /** What is done with a credential that is not marked public. */
  private: "withhold";
}

/**
 * What the response contains and the report does not.
 *
 * @category Verification
 */
export type WithheldField =
  | "credential"
  | "recipient.email"
  | "recipient.name"
  | "group.title"
  | "group.code"
  | "metadata";

/**
 * What `parseCredentialUrl` resolves to.
 *
 * @category Verification
 */
export type ParsedCredentialUrl =
  | {
      /** A link on a trusted host, or an id. */
      ok: true;
      /** Whether a link or a bare id was given. */
      input_kind: "url" | "id";
      /** Id of the credential. */
      id: string;
      /**
       * The link with a lower-case host and nothing after the id. A bare id gets the first of the trusted
       * hosts.
       */
      canonical_url: string;
    }
  | {
      /** It is neither. */
      ok: false;
      /** The first rule that the input breaks. */
      code: ParseCode;
    };

/* ---------------------------------------------------------------- events */

/**
 * What happens during a call. Nothing in an event is secret: no token, no body, no address, no id of a
 * credential.
 *
 * `operation` is the operation that is requested: the search for a lost creation is `credentials.search`,
 * also within a `credentials.generate`.
 *
 * @category Client
 */
export type HyperstackEvent = {
  /** Counts this client's calls from 1. */
  call: number;
  /** The operation, e.g. `credentials.view`. */
  operation: string;
} & (
  | {
      /** A request is sent. */
      type: "request";
      /** Counts the requests of this operation from 1. */
      attempt: number;
    }
  | {
      /** A response arrived, whatever it says. */
      type: "response";
      /** The request that it is the response to, from 1. */
      attempt: number;
      /** Milliseconds from sending to the last byte. */
      durationMs: number;
      /** Value of the configured request id header, if the response had one. */
      requestId?: string;
      /** HTTP status. */
      status: number;
    }
  | {
      /** The request is sent again after `delayMs`, because of `code`. */
      type: "retry";
      /** The request that failed, from 1. */
      attempt: number;
      /** Milliseconds until it is sent again. */
      delayMs: number;
      /** `code` of the error that it would have been, e.g. `rate_limited`. */
      code: string;
      /** HTTP status, if there was a response. */
      status?: number;
    }
  | {
      /** The call rejects with this error. An abort and a `verify` without a verdict cause no event. */
      type: "error";
      /** Class of the error. */
      name: string;
      /** `code` of the error. */
      code: string;
      /** Requests that were sent. */
      attempts: number;
      /** Whether the same call may be made again without harm and may end differently. */
      retryable: boolean;
      /** HTTP status, if there was a response. */
      status?: number;
      /** Value of the configured request id header, if the response had one. */
      requestId?: string;
      /** The runtime's code of a lost connection, e.g. `ECONNREFUSED`. */
      cause?: string;
    }
);
