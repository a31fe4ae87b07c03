/** What others check a parsed page with: each returns it, or throws. All check the same. */
import Ajv from "ajv";
import * as v from "valibot";
// Made at build time: code that needs no code generation at run time.
import standalone from "#ajv-standalone";
import { DOCUMENT_ID, NOT_BLANK, TIMESTAMP } from "../handwritten/rules.ts";
import { credentialsPage } from "../handwritten/schemas.ts";
import { options, schema } from "./ajv-schema.mjs";
import { BASE, VALIBOT, ZOD, ZOD_WITHOUT } from "./names.mjs";

const text = v.string();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(text, v.regex(TIMESTAMP));
export const valibotPage = v.looseObject({
  success: v.literal(true),
  total: count,
  page: count,
  page_size: count,
  credentials: v.array(
    v.looseObject({
      document_id: v.pipe(text, v.regex(DOCUMENT_ID)),
      document_url: text,
      recipient: v.looseObject({ name: text, email: text }),
      group: v.looseObject({ title: text, key: text, code: text }),
      issued_on: time,
      valid_until: v.nullable(time),
      // Its `record` takes lists, too.
      metadata: v.pipe(
        v.custom((value) => !Array.isArray(value)),
        v.record(text, v.unknown()),
      ),
      status: v.pipe(text, v.regex(NOT_BLANK)),
      privacy: v.optional(text),
    }),
  ),
});

const byAjv = (validate) => (value) => {
  if (!validate(value)) throw new Error("refused");
  return value;
};

/** @param {{ codeGeneration: boolean }} runtime Whether it makes functions of strings. */
export function validators({ codeGeneration }) {
  const found = { [BASE]: (value) => value };
  if (codeGeneration) {
    found[ZOD] = (value) => credentialsPage.parse(value);
    found["JSON.parse + ajv 8, compiled"] = byAjv(new Ajv(options).compile(schema));
  }
  found[ZOD_WITHOUT] = (value) => credentialsPage.parse(value, { jitless: true });
  found[VALIBOT] = (value) => v.parse(valibotPage, value);
  found["JSON.parse + ajv 8, standalone code"] = byAjv(standalone);
  return found;
}
