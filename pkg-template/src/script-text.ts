/** JSON inside a script element. */
import type { OpenBadgeDraft } from "./open-badge.js";
import type { SchemaOrgCredential } from "./schema-org.js";

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/**
 * Returns JSON that may be put between `<script type="application/ld+json">` and `</script>` unchanged: a name with
 * `</script>` in it ends nothing there. It parses to the same value.
 *
 * @param document - A document of {@link toSchemaOrg} or {@link toOpenBadgeDraft}.
 * @returns The text of the script.
 * @example
 * ```ts
 * const markup = toSchemaOrg(verification, { issuer: { name: "Acme Academy", url: "https://acme.example" } });
 * const element = `<script type="application/ld+json">${toScriptText(markup)}</script>`;
 * ```
 * @category Exports
 */
export const toScriptText = (document: SchemaOrgCredential | OpenBadgeDraft): string =>
  JSON.stringify(document, undefined, 2).replace(/[<>&\u2028\u2029]/g, (found) => ESCAPES[found] as string);
