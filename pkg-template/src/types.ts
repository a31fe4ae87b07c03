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
 * What `account.get` returns. Source: vendor page `auth` (V).
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
 * What `groups.create` sends. Source: vendor page `create-credential-group` (V).
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
  /** Validity in years, greater than 0. Required when `does_expire` is `true`. */
  validity?: number | undefined;
  /** Anchor the credentials on a blockchain. Default `false`. */
  blockchain?: boolean | undefined;
}

/**
 * What `groups.create` returns. Source: vendor page `create-credential-group` (V).
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
 * What `groups.update` sends: only what is given changes. Source: vendor page `update-credential-group` (V).
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
  /** Validity in years, greater than 0. Required when `does_expire` is `true`. */
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
 * A group as `groups.view` returns it. Source: vendor page `view-credential-group` (V).
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
 * A page of all groups. Known from a third party's catalogue only (3P); that the response is paged is not
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
 * A group in the response of `groups.list`. No vendor page describes it (3P), so its members are not checked.
 *
 * @category Data
 */
export type ListedGroup = { [field: string]: unknown };

/**
 * `groups.search`: a page of the groups with a title (`POST /v1/groups/search`, vendor page `search-groups`,
 * V). Titles match in part: compare what comes back.
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
 * A page of groups that a search found. Source: vendor page `search-groups` (V).
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
 * A group in the response of `groups.search`. Source: vendor page `search-groups` (V).
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
 * `create-credential` (V).
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
  /** Full name. */
  name: string;
  /** E-mail address. Personal data: it never enters an error, an event or a log. */
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
 * A credential as `credentials.view` returns it. Source: vendor page `view-credential` (V).
 *
 * @category Data
 */
export interface Credential extends CredentialRecord {
  /** Always `true`: any other response is an error. */
  success: true;
}

/**
 * A credential as `generate` and `issue` return it. Source: vendor pages `generate-credential`,
 * `create-credential` (V).
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
 * Who may see a credential.
 *
 * @category Data
 */
export type Privacy = OpenEnum<"public" | "private">;

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
 * What `credentials.update` sends. Source: vendor page `update-credential` (V).
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
 * A page of credentials. Source: vendor pages `list-credentials`, `search-credentials` (V).
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
 * vendor page `search-credentials`, V). Names, addresses and keys match in part: a hit is no proof of
 * equality.
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
 * `update-recipient`, V). The API answers an unknown recipient with status 200 and `success: false`.
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
 * page `webhook-subscribe`, V).
 *
 * @category Data
 */
export interface SubscribeWebhookParams {
  /** Where deliveries go. Begins with `https://` or `http://`. */
  url: string;
  /** What is delivered. At least one; documented is `credential.issued` only. */
  events: readonly OpenEnum<"credential.issued">[];
}
