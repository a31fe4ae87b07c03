/**
 * The documented requests and answers as literals, so that the compiler holds the public types to them. That they
 * are those of vectors/fixtures.json is held by node/types.test.mjs.
 */
import type {
  Account,
  CreatedGroup,
  CreateGroupParams,
  Credential,
  CredentialRecord,
  Done,
  DoneWithMessage,
  DraftCredential,
  FoundGroup,
  GenerateCredentialParams,
  IssuedCredential,
  PublishedCredential,
  SubscribeWebhookParams,
  UpdateCredentialParams,
  UpdateGroupParams,
} from "hyperstack-credentials";

export const create_group = {
  request: {
    title: "Course Completion Certificate",
    description: "Awarded upon successful completion of the course.",
    certificate_template: "abcdefg",
    badge_template: "xyz",
    url: "https://acme.com/course",
    tags: ["apple", "mango", "orange"],
    group_code: "CERT-2024",
    does_expire: true,
    validity: 1,
    blockchain: true,
  } satisfies CreateGroupParams,
  answer: { success: true, group_key: "aBcDeFgHiJkL" } satisfies CreatedGroup,
};

const common = {
  success: true,
  document_id: "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx",
  document_url: "https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx",
  recipient: { name: "John Doe", email: "john@example.com" },
  group: { title: "Cloud Certification", key: "GcI6H5b66a3v", code: "CC-2024" },
  issued_on: "2024-03-15T10:30:00Z",
  valid_until: null,
  metadata: { custom_location: "Mars" },
} as const;

export const generate_credential = {
  request: {
    recipient: { name: "John Doe", email: "john@example.com" },
    group_key: "GcI6H5b66a3v",
    custom_attributes: { custom_location: "Mars" },
  } satisfies GenerateCredentialParams,
  answer: { ...common, status: "draft", privacy: "public" } satisfies DraftCredential,
};

export const publish_credential = {
  request: null,
  answer: { success: true, message: "Credential published successfully" } satisfies PublishedCredential,
};

export const view_credential = {
  request: null,
  answer: { ...common, status: "active", privacy: "public" } satisfies Credential,
};

export const issue_credential = {
  request: null,
  answer: { ...common, status: "published", privacy: "public" } satisfies IssuedCredential,
};

export const update_credential = {
  request: { expiry: 1893456000 } satisfies UpdateCredentialParams,
  answer: { success: true } satisfies Done,
};

const { success: _, ...record } = common;

export const list_credentials = {
  request: null,
  answer: {
    success: true,
    total: 1,
    page: 1,
    page_size: 50,
    credentials: [{ ...record, status: "active", privacy: "public" } satisfies CredentialRecord],
  },
};

export const update_group = {
  request: {
    title: "Updated Course Certificate",
    description: "Updated course description",
    tags: ["updated", "certificate"],
    does_expire: true,
    validity: 2,
  } satisfies UpdateGroupParams,
  answer: { success: true } satisfies Done,
};

const times = { last_modified: "2023-08-21T08:25:25.930Z", created_at: "2022-08-07T14:09:43.311Z" };

export const search_groups = {
  request: null,
  answer: {
    success: true,
    total: 2,
    page: 1,
    page_size: 50,
    groups: [
      {
        title: "Certificate of Security Course Completion",
        group_key: "Zvw1xPIqF7J7",
        group_code: "SCC-2023",
        ...times,
      },
      { title: "Certificate of Cloud Management", group_key: "l2DdnE614Fs2", group_code: "CM-1", ...times },
    ] satisfies FoundGroup[],
  },
};

export const authenticate = {
  request: null,
  answer: {
    success: true,
    message: "Authentication Successful",
    account_name: "Acme Corp",
    account_id: "acme-corp",
  } satisfies Account,
};

export const webhook_subscribe = {
  request: {
    url: "https://yourapp.com/webhooks/hyperstack",
    events: ["credential.issued"],
  } satisfies SubscribeWebhookParams,
  answer: { success: true, message: "Webhook updated successfully" } satisfies DoneWithMessage,
};

// What the fixtures do not show but the documentation does: no `privacy` in older answers, an expiry, fields to come.
({ ...common, status: "active" }) satisfies Credential;
({ ...common, status: "expired", valid_until: "2025-03-15T10:30:00Z" }) satisfies Credential;
({ ...common, status: "active", tier: { gold: true } }) satisfies Credential;
// And what none of them may be.
// @ts-expect-error a credential has a status
({ ...common }) satisfies Credential;
// @ts-expect-error an answer that is no success is an error, not data
({ ...common, status: "active", success: false }) satisfies Credential;
// @ts-expect-error the recipient has an address
({ ...common, status: "active", recipient: { name: "John Doe" } }) satisfies Credential;
// @ts-expect-error dates are strings, as the API spells them
({ ...common, status: "active", issued_on: new Date() }) satisfies Credential;
