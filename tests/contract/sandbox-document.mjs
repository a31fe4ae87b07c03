/**
 * Adds to `openapi.yaml` what only the sandbox has, for validating the sandbox: where the documentation says nothing the
 * sandbox still has to answer something. None of this is the API's, so none of it is in `openapi.yaml`.
 */
import { operations, resolve } from "../support/openapi.mjs";

/** What the sandbox says where no answer is documented: to malformed JSON, fields of the wrong type, broken rules. */
const REFUSAL = {
  type: "object",
  required: ["success", "error"],
  properties: { success: { const: false }, error: { type: "string", pattern: "^Sandbox: " } },
  additionalProperties: false,
};

/** A blank text, by Unicode's White_Space, is a missing one to the sandbox. */
const FILLED = {
  pattern: "[^\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]",
};

const COMMON_DAY = [
  "(0[13578]|1[02])/(0[1-9]|[12][0-9]|3[01])",
  "(0[469]|11)/(0[1-9]|[12][0-9]|30)",
  "02/(0[1-9]|1[0-9]|2[0-8])",
].join("|");
const LEAP_YEAR = "[0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00";
/** Days that exist. */
const DAY = { pattern: `^([0-9]{4}/(${COMMON_DAY})|(${LEAP_YEAR})/02/29)$` };

/** Requests the documentation leaves open and the sandbox does not take. */
const STRICTER = {
  "NewCredential/properties/recipient/properties/name": FILLED,
  "NewCredential/properties/recipient/properties/email": FILLED,
  "RecipientChanges/properties/email": FILLED,
  // In a change, a blank text is one that is not given, so these are not rules of `GroupFields`.
  "NewGroup/allOf/1": { properties: { title: FILLED, description: FILLED } },
  "NewGroup/allOf/1/anyOf/0": { properties: { certificate_template: FILLED } },
  "NewGroup/allOf/1/anyOf/1": { properties: { badge_template: FILLED } },
  "GroupFields/properties/tags/items": FILLED,
  "GroupFields/properties/validity": { type: "integer", minimum: 1, maximum: 1000 },
  "PageRequest/properties/page_size": { maximum: 200 },
  // The last second with a year of four digits in every time zone.
  "ExpiryChange/properties/expiry": { type: ["integer", "null"], minimum: 0, maximum: 253402207200 },
  SearchDate: DAY,
};

/** The document with what the sandbox adds, and without what it leaves out. */
export function asTheSandboxAnswers(document) {
  const changed = structuredClone(document);
  for (const [place, keywords] of Object.entries(STRICTER)) {
    Object.assign(resolve(changed, { $ref: `#/components/schemas/${place}` }), keywords);
  }
  for (const { operation, responses } of operations(changed)) {
    // The older documentation's failure without a status: the sandbox never answers so.
    delete responses.default;
    for (const [status, response] of Object.entries(responses)) {
      responses[status] = status < 400 ? response : exactly(response);
    }
    const schemas = [responses[400]?.content["application/json"].schema ?? [], REFUSAL].flat();
    responses[400] = {
      description: "Refused.",
      content: { "application/json": { schema: { anyOf: schemas } } },
    };
    operation.responses = responses;
  }
  return changed;
}

/** Of failures, the sandbox knows no others than the documented ones. */
function exactly(response) {
  const copy = structuredClone(response);
  for (const body of Object.values(copy.content)) {
    if (body.examples !== undefined) {
      body.schema = { enum: Object.values(body.examples).map(({ value }) => value) };
    }
  }
  return copy;
}
