/** The page of credentials as JSON Schema, and the options that ajv compiles it with. */
import { DOCUMENT_ID, NOT_BLANK, TIMESTAMP } from "../handwritten/rules.ts";

const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const time = { type: "string", pattern: TIMESTAMP.source };
const object = (properties, optional = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

export const schema = object({
  success: { const: true },
  total: count,
  page: count,
  page_size: count,
  credentials: {
    type: "array",
    items: object(
      {
        document_id: { type: "string", pattern: DOCUMENT_ID.source },
        document_url: text,
        recipient: object({ name: text, email: text }),
        group: object({ title: text, key: text, code: text }),
        issued_on: time,
        valid_until: { ...time, nullable: true },
        metadata: { type: "object" },
        status: { type: "string", pattern: NOT_BLANK.source },
        privacy: text,
      },
      ["privacy"],
    ),
  },
});
/** As its documentation advises; the patterns use nothing that the flag `u` changes. */
export const options = { strict: true, unicodeRegExp: false };
