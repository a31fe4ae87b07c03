/** The candidates: each turns the text or the bytes of a page into objects, or throws. All check the same. */
import Ajv from "ajv";
import * as v from "valibot";
// Made at build time: code that needs no code generation at run time.
import standalone from "#ajv-standalone";
import { DOCUMENT_ID, NOT_BLANK, TIMESTAMP } from "../handwritten/rules.ts";
import { credentialsPage } from "../handwritten/schemas.ts";
import { options, schema } from "./ajv-schema.mjs";
import { BASE } from "./names.mjs";

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

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();
const json = (check) => ({
  fromText: (text) => check(JSON.parse(text)),
  fromBytes: (bytes) => check(JSON.parse(decoder.decode(bytes))),
});
const byAjv = (validate) =>
  json((value) => {
    if (!validate(value)) throw new Error("refused");
    return value;
  });

/**
 * @param {Record<string, (bytes: Uint8Array) => unknown>} decoders Ours, by name.
 * @param {{ codeGeneration: boolean }} runtime Whether it makes functions of strings.
 */
export function validators(decoders, { codeGeneration }) {
  const found = { [BASE]: json((value) => value) };
  for (const [name, decode] of Object.entries(decoders)) {
    const fromBytes = (bytes) => {
      const value = decode(bytes);
      if (value === undefined) throw new Error("refused");
      return value;
    };
    found[name] = { fromBytes, fromText: (text) => fromBytes(encoder.encode(text)) };
  }
  if (codeGeneration) {
    found["JSON.parse + zod 4"] = json((value) => credentialsPage.parse(value));
    found["JSON.parse + ajv 8, compiled"] = byAjv(new Ajv(options).compile(schema));
  }
  found["JSON.parse + zod 4, no code generation"] = json((value) =>
    credentialsPage.parse(value, { jitless: true }),
  );
  found["JSON.parse + valibot"] = json((value) => v.parse(valibotPage, value));
  found["JSON.parse + ajv 8, standalone code"] = byAjv(standalone);
  return found;
}
