/** The pages of credentials that are validated, and the documents that every candidate must refuse. */

const id = (n) => `j4nDvaxF6ehodPXI84p4X1yhQe7${String(n).padStart(5, "0")}`;

const credential = (n) => ({
  document_id: id(n),
  document_url: `https://hyperstack.id/credential/${id(n)}`,
  recipient: { name: n % 7 === 0 ? "Zoë Łukasiewicz" : "John Doe", email: `john.doe.${n}@example.com` },
  group: { title: "Cloud Certification", key: "GcI6H5b66a3v", code: "CC-2024" },
  issued_on: "2024-03-15T10:30:00Z",
  valid_until: n % 3 === 0 ? "2030-03-15T10:30:00Z" : null,
  metadata: { custom_location: "Mars" },
  status: "active",
  privacy: "public",
});

const object = (count) => ({
  success: true,
  total: count,
  page: 1,
  page_size: count,
  credentials: Array.from({ length: count }, (_, n) => credential(n)),
});

/** A page of the list of credentials, as text. */
export const page = (count) => JSON.stringify(object(count));

const changed = (change) => {
  const body = object(2);
  change(body, body.credentials[1]);
  return JSON.stringify(body);
};
const FIELDS = [
  "document_id",
  "document_url",
  "recipient",
  "group",
  "issued_on",
  "valid_until",
  "metadata",
  "status",
];

/** Pages as the API may answer them, though the examples do not look so. */
export const GOOD = {
  "as documented": page(3),
  "no credentials": page(0),
  "fields that nobody described": changed((body, item) => {
    body.next = { page: 2 };
    item.recipient.locale = "sv";
    item.later = [1];
  }),
  "a status that nobody described": changed((_, item) => Object.assign(item, { status: "archived" })),
  "an id that is a UUID": changed((_, item) =>
    Object.assign(item, { document_id: "0b8a1d7e-3c59-4f4e-9d0a-7d0c2f1f5a11" }),
  ),
  "a leap day, a fraction, an offset": changed((_, item) =>
    Object.assign(item, { issued_on: "2024-02-29T23:59:59.123456789+05:30" }),
  ),
  "no privacy": changed((_, item) => delete item.privacy),
};

/** By the check that refuses them; every candidate must refuse every one, but for those that `EXCEPTIONS` names. */
export const BAD = {
  JSON: {
    "cut short": page(2).slice(0, -20),
    "something after the end": `${page(2)} 1`,
    "a comma too many": page(2).replace('"total"', ',"total"'),
  },
  "`success` is `true`": {
    "it is false": changed((body) => Object.assign(body, { success: false })),
    "it is a text": changed((body) => Object.assign(body, { success: "true" })),
    "it is missing": changed((body) => delete body.success),
  },
  "counts are whole and not negative": Object.fromEntries(
    [-1, 1.5, "3", null].map((total) => [
      `total is ${JSON.stringify(total)}`,
      changed((body) => Object.assign(body, { total })),
    ]),
  ),
  "every required field is there": Object.fromEntries([
    ...FIELDS.map((name) => [`no ${name}`, changed((_, item) => delete item[name])]),
    ["no recipient.email", changed((_, item) => delete item.recipient.email)],
    ["no group.code", changed((_, item) => delete item.group.code)],
    ["no list", changed((body) => delete body.credentials)],
  ]),
  "fields have their type": Object.fromEntries([
    ...FIELDS.map((name) => [`${name} is 1`, changed((_, item) => Object.assign(item, { [name]: 1 }))]),
    ["recipient.name is null", changed((_, item) => Object.assign(item.recipient, { name: null }))],
    ["privacy is null", changed((_, item) => Object.assign(item, { privacy: null }))],
    ["metadata is a list", changed((_, item) => Object.assign(item, { metadata: [] }))],
    ["a credential is null", changed((body) => body.credentials.push(null))],
    ["the list is an object", changed((body) => Object.assign(body, { credentials: {} }))],
    ["the body is a list", "[]"],
  ]),
  "only what may be `null` is": Object.fromEntries(
    FIELDS.filter((name) => name !== "valid_until").map((name) => [
      `${name} is null`,
      changed((_, item) => Object.assign(item, { [name]: null })),
    ]),
  ),
  "ids have their grammar": Object.fromEntries(
    ["", "short", "../../v1/auth", `${id(1)}x`, "0B8A1D7E-3C59-4F4E-9D0A-7D0C2F1F5A11"].map((document_id) => [
      JSON.stringify(document_id),
      changed((_, item) => Object.assign(item, { document_id })),
    ]),
  ),
  "times have a zone and exist": Object.fromEntries(
    [
      "2024-03-15T10:30:00",
      "2024-03-15",
      "2024-03-15 10:30:00Z",
      "2023-02-29T00:00:00Z",
      "2024-04-31T00:00:00Z",
      "2024-03-15T24:00:00Z",
      "2024-03-15T10:30Z",
      "2024-03-15T10:30:00+24:00",
      "soon",
    ].flatMap((time) => [
      [`issued_on ${time}`, changed((_, item) => Object.assign(item, { issued_on: time }))],
      [`valid_until ${time}`, changed((_, item) => Object.assign(item, { valid_until: time }))],
    ]),
  ),
  "a status is not blank": {
    empty: changed((_, item) => Object.assign(item, { status: "" })),
    blank: changed((_, item) => Object.assign(item, { status: " \t" })),
  },
  "no key stands twice": {
    "two ids": page(2).replace('"document_url"', '"document_id":"x","document_url"'),
    "two statuses": page(2).replace('"privacy"', '"status":"revoked","privacy"'),
  },
};

/** Checks that a candidate cannot do, by a word of its name. */
export const EXCEPTIONS = {
  "JSON.parse": ["no key stands twice"],
  "hand-written client": ["no key stands twice"],
};
