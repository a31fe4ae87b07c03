/** The link to LinkedIn's form for a licence or certification. */
import { disclosed, type ExportOptions, Issues, requireFresh } from "./export-options.js";
import { ONE_ORGANIZATION, ORGANIZATION_ID } from "./rules.js";
import type { Verification } from "./types.js";

/**
 * Options of {@link linkedInUrl}.
 *
 * @category Exports
 */
export interface LinkedInOptions extends ExportOptions {
  /** Number of the organisation's page on LinkedIn, whose logo is shown then. One of this and `organizationName`. */
  organizationId?: string | number | undefined;
  /** Name of the organisation. Default: the `issuer_label` of the verification, unless `organizationId` is given. */
  organizationName?: string | undefined;
  /** Name of the credential in the profile. Default: the group's title; required if that is withheld. */
  name?: string | undefined;
}

/**
 * Returns the link that opens LinkedIn's "add licence or certification" form, filled in: name, organisation, months of
 * issue and expiry (in UTC), credential id and the credential's page. Nothing is sent before its recipient presses save.
 *
 * @param verification - The result of `verify`, from just now.
 * @param options - The organisation, and what the verification withholds.
 * @returns An address on `www.linkedin.com`. The form is known by use, it is not documented in public.
 * @throws {@link HyperstackError} `not_verified` or `not_fresh`; {@link ValidationError} for wrong or missing options: all
 * of them in its `issues`.
 * @example
 * ```ts
 * const url = linkedInUrl(await hyperstack.verify(link));
 * ```
 * @category Exports
 */
export const linkedInUrl = (verification: Verification, options: LinkedInOptions = {}): string => {
  const operation = "linkedInUrl";
  const issues = new Issues(operation);
  const given = issues.options(options, ["organizationId", "organizationName", "name"]);
  const { credential, issuer_label, subject } = requireFresh(operation, issues, verification, given);
  const id = given.organizationId === undefined ? undefined : String(given.organizationId);
  if (id !== undefined && !/^[1-9]\d{0,18}$/.test(id)) issues.add("organizationId", ORGANIZATION_ID);
  const isNamed = given.organizationName !== undefined;
  const label = id === undefined ? disclosed(issuer_label) : undefined;
  const organization = issues.string("organizationName", given.organizationName) ?? label;
  const isMissing = organization === undefined && id === undefined && !isNamed;
  if (isMissing || (isNamed && id !== undefined)) issues.add("organizationName", ONE_ORGANIZATION);
  const name = issues.required("name", given.name, disclosed(credential.group.title));
  issues.throwIfAny();

  const query = new URLSearchParams({ startTask: "CERTIFICATION_NAME", name: name as string });
  if (id === undefined) query.set("organizationName", organization as string);
  else query.set("organizationId", id);
  const setMonth = (prefix: string, instant: string): void => {
    const date = new Date(instant);
    query.set(`${prefix}Year`, String(date.getUTCFullYear()));
    query.set(`${prefix}Month`, String(date.getUTCMonth() + 1));
  };
  setMonth("issue", credential.issued_on);
  if (credential.valid_until !== null) setMonth("expiration", credential.valid_until);
  query.set("certUrl", subject.canonical_url);
  query.set("certId", credential.document_id);
  // A plus sign of a text is %2B here; the others are spaces, which some parsers of links do not recognise.
  return `https://www.linkedin.com/profile/add?${query.toString().replaceAll("+", "%20")}`;
};
