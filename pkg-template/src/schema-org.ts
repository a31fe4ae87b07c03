/** A public credential as JSON-LD of schema.org. */
import { failure } from "./errors.js";
import { disclosed, type ExportOptions, Issues, requireFresh } from "./export-options.js";
import { NOT_PUBLIC } from "./failures.js";
import { REQUIRED } from "./rules.js";
import type { Verification } from "./types.js";

/**
 * Options of {@link toSchemaOrg}.
 *
 * @category Exports
 */
export interface SchemaOrgOptions extends ExportOptions {
  /** Name of the credential. Default: the group's title; required if that is withheld. */
  name?: string | undefined;
  /** The issuer. Default: the `issuer_label` of the verification; left out if there is none. */
  issuer?:
    | {
        /** Name of the organisation. */
        name?: string | undefined;
        /** Its website. */
        url?: string | undefined;
      }
    | undefined;
  /** Kind of credential, e.g. `badge` or `certificate`: the API's response does not say. Default: left out. */
  category?: string | undefined;
}

/**
 * A public credential in the vocabulary of schema.org.
 *
 * @category Exports
 */
export interface SchemaOrgCredential {
  /** The vocabulary. */
  "@context": "https://schema.org";
  /** The kind of thing. */
  "@type": "EducationalOccupationalCredential";
  /** The name of this node for others: its page. */
  "@id": string;
  /** Name of the credential. */
  name: string;
  /** The credential's own page. */
  url: string;
  /** The `document_id`. */
  identifier: string;
  /** When it was issued, ISO 8601 in UTC. */
  datePublished: string;
  /** When it expires; absent if it does not. */
  expires?: string;
  /** Kind of credential, as given. */
  credentialCategory?: string;
  /** The issuer. */
  recognizedBy?: {
    /** The kind of thing. */
    "@type": "Organization";
    /** Its name. */
    name: string;
    /** Its website. */
    url?: string;
  };
  /** The recipient; absent if the name is withheld. */
  about?: {
    /** The kind of thing. */
    "@type": "Person";
    /** The name on the credential. */
    name: string;
    /** The credential above. */
    hasCredential: {
      /** Its `@id`. */
      "@id": string;
    };
  };
}

/**
 * Returns a credential that is marked public as JSON-LD of schema.org, for the page that shows it. Write it with
 * {@link toScriptText}. Markup is a description for search engines and not a proof of anything.
 *
 * @param verification - The result of `verify`, from just now.
 * @param options - The issuer, and what the verification withholds.
 * @returns The document. It never holds an e-mail address or metadata.
 * @throws {@link HyperstackError} `not_verified`, `not_fresh` or `not_public`; {@link ValidationError} for wrong or missing
 * options: all of them in its `issues`.
 * @example
 * ```ts
 * const issuer = { name: "Acme Academy", url: "https://acme.example" };
 * const markup = toSchemaOrg(await hyperstack.verify(link), { issuer });
 * ```
 * @category Exports
 */
export const toSchemaOrg = (
  verification: Verification,
  options: SchemaOrgOptions = {},
): SchemaOrgCredential => {
  const operation = "toSchemaOrg";
  const issues = new Issues(operation);
  const given = issues.options(options, ["name", "issuer", "category"]);
  const { credential, issuer_label, subject } = requireFresh(operation, issues, verification, given);
  if (credential.privacy !== "public") {
    throw failure(NOT_PUBLIC, operation, "the credential is not marked public");
  }
  const issuer = issues.members("issuer", given.issuer, ["name", "url"]);
  const issuerName = issues.string("issuer.name", issuer.name) ?? disclosed(issuer_label);
  const issuerUrl = issues.page("issuer.url", issuer.url);
  if (issuer.url !== undefined && issuerName === undefined && issuer.name === undefined) {
    issues.add("issuer.name", REQUIRED);
  }
  const category = issues.string("category", given.category);
  const name = issues.required("name", given.name, disclosed(credential.group.title));
  issues.throwIfAny();

  const { document_id, issued_on, valid_until } = credential;
  const url = subject.canonical_url;
  const recipient = disclosed(credential.recipient?.name);
  return {
    "@context": "https://schema.org",
    "@type": "EducationalOccupationalCredential",
    "@id": url,
    name: name as string,
    url,
    identifier: document_id,
    datePublished: issued_on,
    ...(valid_until !== null && { expires: valid_until }),
    ...(category !== undefined && { credentialCategory: category }),
    ...(issuerName !== undefined && {
      recognizedBy: {
        "@type": "Organization",
        name: issuerName,
        ...(issuerUrl !== undefined && { url: issuerUrl }),
      },
    }),
    ...(recipient !== undefined && {
      about: { "@type": "Person", name: recipient, hasCredential: { "@id": url } },
    }),
  };
};
