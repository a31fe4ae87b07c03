/**
 * What a fresh valid verification can be exported as: a LinkedIn link, schema.org markup, an unsigned Open Badges draft.
 * Pure functions in a separate entry, so that a program without exports does not load them.
 */
export { HyperstackError, type Issue, isHyperstackError, ValidationError } from "./errors.js";
export type { ExportOptions } from "./export-options.js";
export { type LinkedInOptions, linkedInUrl } from "./linkedin.js";
export {
  type MissingDetail,
  type OpenBadgeDetails,
  type OpenBadgeDraft,
  toOpenBadgeDraft,
} from "./open-badge.js";
export { type SchemaOrgCredential, type SchemaOrgOptions, toSchemaOrg } from "./schema-org.js";
export { toScriptText } from "./script-text.js";
