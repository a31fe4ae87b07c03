/** What requests must be, and what answers must be. Answers keep the fields that are not described here. */
import * as z from "zod";
import {
  CUSTOM_KEY,
  DOCUMENT_ID,
  EMAIL,
  GROUP_CODE,
  GROUP_KEY,
  HTTP_URL,
  NO_COMMA,
  NOT_BLANK,
  SLASHED_DATE,
  TIMESTAMP,
} from "./rules.ts";

export const documentId = z.string().regex(DOCUMENT_ID, "must be 32 letters and digits or a lower-case UUID");
export const groupKey = z.string().regex(GROUP_KEY, "must be 1 to 64 letters, digits, - or _");
const filled = z.string().regex(NOT_BLANK, "must not be blank");
const email = z.string().regex(EMAIL, "must be an e-mail address");
const httpUrl = z.string().regex(HTTP_URL, "must begin with https:// or http:// and hold no white space");
const timestamp = z.string().regex(TIMESTAMP, "must be an ISO 8601 date and time with a time zone");
const date = z.string().regex(SLASHED_DATE, "must be a date written YYYY/MM/DD");
const ordinal = z.int().positive();
const count = z.int().nonnegative();
const attributes = z.record(z.string().regex(CUSTOM_KEY, "must begin with custom_"), z.unknown());
const paging = { page: ordinal.optional(), page_size: ordinal.optional() };

// Requests.

const groupFields = {
  title: filled,
  description: filled,
  certificate_template: filled.optional(),
  badge_template: filled.optional(),
  url: httpUrl.optional(),
  tags: z.array(z.string().regex(NO_COMMA, "must not hold a comma")).optional(),
  group_code: z.string().regex(GROUP_CODE, "must hold letters, digits, hyphens and spaces only").optional(),
  does_expire: z.boolean().optional(),
  validity: z.number().positive().optional(),
  blockchain: z.boolean().optional(),
};
const validityWhereItExpires = {
  check: (group: { does_expire?: boolean | undefined; validity?: number | undefined }): boolean =>
    group.does_expire !== true || group.validity !== undefined,
  params: { path: ["validity"], message: "is required when does_expire is true" },
};
export const newGroup = z
  .strictObject(groupFields)
  .refine((group) => group.certificate_template !== undefined || group.badge_template !== undefined, {
    path: ["certificate_template"],
    message: "or badge_template is required",
  })
  .refine(validityWhereItExpires.check, validityWhereItExpires.params);
export const changedGroup = z
  .strictObject({ ...groupFields, title: filled.optional(), description: filled.optional() })
  .refine(validityWhereItExpires.check, validityWhereItExpires.params);
export const groupFilters = z.strictObject({
  keyword: filled.optional(),
  title: filled.optional(),
  strict: z.boolean().optional(),
  ...paging,
});
export const newCredential = z.strictObject({
  recipient: z.strictObject({ name: filled, email }),
  group_key: groupKey,
  custom_attributes: attributes.optional(),
});
export const expiry = z.strictObject({ expiry: count.nullable() });
export const pages = z.strictObject(paging);
export const credentialFilters = z
  .strictObject({
    recipient: z.strictObject({ name: filled.optional(), email: filled.optional() }).optional(),
    group_key: filled.optional(),
    credential_key: filled.optional(),
    custom_attributes: attributes.optional(),
    start_date: date.optional(),
    end_date: date.optional(),
    ...paging,
  })
  .refine((filters) => filters.end_date === undefined || filters.start_date !== undefined, {
    path: ["start_date"],
    message: "is required where end_date is given",
  });
export const recipientChange = z.strictObject({ email, custom_attributes: attributes.optional() });
export const subscription = z.strictObject({ url: httpUrl, events: z.array(filled).min(1) });

// Answers.

const success = z.literal(true);
const credentialFields = {
  document_id: documentId,
  document_url: z.string(),
  recipient: z.looseObject({ name: z.string(), email: z.string() }),
  group: z.looseObject({ title: z.string(), key: z.string(), code: z.string() }),
  issued_on: timestamp,
  valid_until: timestamp.nullable(),
  metadata: z.record(z.string(), z.unknown()),
  status: filled,
  privacy: z.string().optional(),
};
const page = { success, total: count, page: count, page_size: count };
export const account = z.looseObject({
  success,
  message: z.string(),
  account_name: z.string(),
  account_id: z.string(),
});
export const createdGroup = z.looseObject({ success, group_key: filled });
/** Tags come as one string. */
export const group = z
  .looseObject({
    success,
    title: z.string(),
    description: z.string(),
    tags: z.string(),
    group_code: z.string(),
    does_expire: z.boolean(),
  })
  .transform(({ tags, ...rest }) => ({
    ...rest,
    tags: tags
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
  }));
export const groupsPage = z.looseObject({
  ...page,
  groups: z.array(
    z.looseObject({
      title: z.string(),
      group_key: filled,
      group_code: z.string(),
      last_modified: timestamp,
      created_at: timestamp,
    }),
  ),
});
/** No vendor page describes it. */
export const unknownGroupsPage = z.looseObject({
  success,
  total: count.optional(),
  page: count.optional(),
  page_size: count.optional(),
  groups: z.array(z.record(z.string(), z.unknown())),
});
export const credential = z.looseObject({ success, ...credentialFields });
export const credentialsPage = z.looseObject({
  ...page,
  credentials: z.array(z.looseObject(credentialFields)),
});
export const done = z.looseObject({ success });
export const doneWithMessage = z.looseObject({ success, message: z.string() });
