/**
 * What a fresh valid verification can be turned into: a LinkedIn link, schema.org markup, an unsigned Open Badges draft.
 * Pure functions, an entry of their own: who exports nothing pays nothing. Whatever the API does not give is asked for.
 */
import { failure, type Issue, type ValidationError } from "./errors.js";
import type { Verification, VerifiedVerification } from "./types.js";
import { isVerified } from "./verification.js";

export { HyperstackError, type Issue, isHyperstackError, ValidationError } from "./errors.js";

/**
 * What every export takes.
 *
 * @category Exports
 */
export interface ExportOptions {
  /** How old the verification may be, in seconds; ahead of the clock it may be as much. Default 300. */
  maxAgeSeconds?: number | undefined;
  /** The instant it is judged at: a `Date` or milliseconds since 1970. Default: the clock. */
  now?: Date | number | undefined;
}

const EXPORT_OPTIONS = ["maxAgeSeconds", "now"];

/** The findings of one call. */
class Findings {
  readonly #operation: string;
  readonly #issues: Issue[] = [];

  constructor(operation: string) {
    this.#operation = operation;
  }

  /** Throws what was found, all of it. */
  settle(): void {
    const issues = this.#issues;
    if (issues.length === 0) return;
    const said = issues.map(({ path, message }) => `${path || "the argument"} ${message}`).join("; ");
    throw failure("ValidationError", "invalid_request", this.#operation, said, { issues });
  }

  readonly wrong = (path: string, rule: string, message: string): void => {
    this.#issues.push({ path, rule, message });
  };

  /** An object with no other fields than these; none where it was left out. */
  fields(path: string, given: unknown, names: readonly string[]): Record<string, unknown> {
    const { wrong } = this;
    if (given === undefined) return {};
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      wrong(path, "object", "must be an object");
      return {};
    }
    for (const name of Object.keys(given)) {
      const at = path ? `${path}.${name}` : name;
      if (names.includes(name)) continue;
      if (name === "proof") wrong(at, "unsigned", "must not be given: what is made here is not signed");
      else wrong(at, "unknown_field", "is not an option");
    }
    return given as Record<string, unknown>;
  }

  /** A text that is one, and says something; nothing where it was left out. */
  text(path: string, given: unknown): string | undefined {
    const { wrong } = this;
    if (given === undefined) return undefined;
    if (typeof given !== "string") wrong(path, "string", "must be a string");
    else if (given.trim() === "") wrong(path, "not_blank", "must not be blank");
    else if (/\p{Surrogate}/u.test(given)) wrong(path, "json", "must be whole characters");
    else return given;
    return undefined;
  }

  /** The name of a thing: others show it as a link, so it is of a kind that is harmless as one. */
  uri(path: string, given: unknown): string | undefined {
    const { wrong } = this;
    const text = this.text(path, given);
    if (text === undefined || /^(?:https?:\/\/[^\s/]|urn:[^\s:]+:\S|did:[^\s:]+:\S)\S*$/i.test(text))
      return text;
    wrong(path, "uri", "must be a URI: https, http, urn or did");
    return undefined;
  }

  /** The address of a page. */
  page(path: string, given: unknown): string | undefined {
    const { wrong } = this;
    const text = this.text(path, given);
    if (text === undefined || /^https?:\/\/\S+$/i.test(text)) return text;
    wrong(path, "http_url", "must begin with https:// or http:// and hold no white space");
    return undefined;
  }
}

/** Whether a verification says yes and holds what it does not say yes without; one that this package made always does. */
const isWhole = (verification: Verification): verification is VerifiedVerification => {
  if (!isVerified(verification)) return false;
  const { credential, checks, policy } = verification;
  const texts = [
    credential?.document_id,
    credential?.document_url,
    credential?.issued_on,
    verification.checked_at,
  ];
  return (
    texts.every((text) => typeof text === "string" && text !== "") &&
    typeof credential.group === "object" &&
    credential.group !== null &&
    Array.isArray(checks) &&
    Number.isFinite(policy?.skew_s)
  );
};

/** A verification that says yes, and said so just now. */
const fresh = (
  operation: string,
  findings: Findings,
  verification: Verification,
  options: Record<string, unknown>,
): VerifiedVerification => {
  const { wrong } = findings;
  if (!isWhole(verification)) {
    const text = `the verdict is ${verification?.verdict ?? "missing"}`;
    throw failure("HyperstackError", "not_verified", operation, text, {
      retryable: verification?.retryable === true,
    });
  }
  if ("proof" in verification)
    wrong("proof", "unsigned", "must not be given: what is made here is not signed");
  const { maxAgeSeconds = 300, now = Date.now() } = options;
  const instant = now instanceof Date ? now.getTime() : now;
  const seconds = { maxAgeSeconds, now: instant };
  for (const [path, value] of Object.entries(seconds)) {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) continue;
    wrong(path, "number", "must be a number, 0 or more");
  }
  findings.settle();
  const at = instant as number;
  const { checks, checked_at, credential, policy } = verification;
  // An answer out of a cache is as old as the cache says.
  const cached = Number(checks.find(({ id }) => id === "freshness")?.params.age_s ?? 0) * 1000;
  const away = Math.max(Math.abs(at - Date.parse(checked_at)), at - Date.parse(checked_at) + cached);
  const until =
    credential.valid_until === null ? Number.POSITIVE_INFINITY : Date.parse(credential.valid_until);
  const ended = until + policy.skew_s * 1000 < at;
  // Written so that a date that is none (NaN) is not fresh.
  if (!(away <= (maxAgeSeconds as number) * 1000) || ended || Number.isNaN(until)) {
    const text = ended ? "the credential has expired since it was verified" : "the verification is too old";
    throw failure("HyperstackError", "not_fresh", operation, text, { retryable: true });
  }
  if (Number.isNaN(Date.parse(credential.issued_on))) {
    wrong("credential.issued_on", "timestamp", "must be an ISO 8601 date and time with a time zone");
  }
  return verification;
};

/** Whether an e-mail address seems to stand in a text, spelt as people or programs do; as in src/decode/text.rs. */
const looksLikeAddress = (text: string): boolean =>
  /\S[@\uff20\ufe6b]\S|%40|&#64;|&#x40;|&commat;/i.test(text);

/** A text of the credential; the core lets none with an address through, and neither does this. */
const disclosed = (text: string | null | undefined): string | undefined =>
  typeof text === "string" && text.trim() !== "" && !looksLikeAddress(text) ? text : undefined;

/**
 * Options of {@link linkedInUrl}.
 *
 * @category Exports
 */
export interface LinkedInOptions extends ExportOptions {
  /** Number of the organisation's page on LinkedIn: its logo is shown then. One of this and `organizationName`. */
  organizationId?: string | number | undefined;
  /** Name of the organisation. Default: the `issuer_label` of the verification, unless `organizationId` is given. */
  organizationName?: string | undefined;
  /** What the profile calls the credential. Default: the group's title; required where that is withheld. */
  name?: string | undefined;
}

/**
 * The link that opens LinkedIn's "add licence or certification" form, filled in: name, organisation, months of issue and
 * expiry (in UTC), credential id and the credential's page. Nothing is sent before its recipient presses save there.
 *
 * @param verification - What `verify` gave, just now.
 * @param options - The organisation, and what the verification withholds.
 * @returns An address on `www.linkedin.com`. The form is known by use, it is not documented in public.
 * @throws {@link HyperstackError} `not_verified` or `not_fresh`; {@link ValidationError} for wrong options, and for
 * those that are missing: all of them in its `issues`.
 * @category Exports
 */
export const linkedInUrl = (verification: Verification, options: LinkedInOptions = {}): string => {
  const operation = "linkedInUrl";
  const findings = new Findings(operation);
  const { wrong } = findings;
  const given = findings.fields("", options, [
    ...EXPORT_OPTIONS,
    "organizationId",
    "organizationName",
    "name",
  ]);
  const { credential, issuer_label } = fresh(operation, findings, verification, given);
  const number = given.organizationId === undefined ? undefined : String(given.organizationId);
  if (number !== undefined && !/^[1-9]\d{0,18}$/.test(number)) {
    wrong("organizationId", "organization_id", "must be the organisation's number on LinkedIn");
  }
  const named = findings.text("organizationName", given.organizationName);
  const organization = named ?? (number === undefined ? disclosed(issuer_label) : undefined);
  const missing = organization === undefined && number === undefined && given.organizationName === undefined;
  if (missing || (given.organizationName !== undefined && number !== undefined)) {
    wrong("organizationName", "one_organization", "or organizationId is required, and only one of them");
  }
  const name = findings.text("name", given.name) ?? disclosed(credential.group.title);
  if (name === undefined && given.name === undefined) wrong("name", "required", "is required");
  findings.settle();

  const query = new URLSearchParams({ startTask: "CERTIFICATION_NAME", name: name as string });
  if (number === undefined) query.set("organizationName", organization as string);
  else query.set("organizationId", number);
  const month = (prefix: string, instant: string): void => {
    const date = new Date(instant);
    query.set(`${prefix}Year`, String(date.getUTCFullYear()));
    query.set(`${prefix}Month`, String(date.getUTCMonth() + 1));
  };
  month("issue", credential.issued_on);
  if (credential.valid_until !== null) month("expiration", credential.valid_until);
  query.set("certUrl", credential.document_url);
  query.set("certId", credential.document_id);
  // A plus sign of a text is %2B by now; those left are spaces, which not every reader of a link takes for such.
  return `https://www.linkedin.com/profile/add?${query.toString().replaceAll("+", "%20")}`;
};

/**
 * Options of {@link toSchemaOrg}.
 *
 * @category Exports
 */
export interface SchemaOrgOptions extends ExportOptions {
  /** Name of the credential. Default: the group's title; required where that is withheld. */
  name?: string | undefined;
  /** Who issued it. Default: the `issuer_label` of the verification; left out where there is none. */
  issuer?:
    | {
        /** Name of the organisation. */
        name?: string | undefined;
        /** Its website. */
        url?: string | undefined;
      }
    | undefined;
  /** Kind of credential, e.g. `badge` or `certificate`: the API's answer does not say. Default: left out. */
  category?: string | undefined;
}

/**
 * A public credential in the words of schema.org.
 *
 * @category Exports
 */
export interface SchemaOrgCredential {
  /** The vocabulary. */
  "@context": "https://schema.org";
  /** The kind of thing. */
  "@type": "EducationalOccupationalCredential";
  /** What other nodes call this one: its page. */
  "@id": string;
  /** Name of the credential. */
  name: string;
  /** The credential's own page. */
  url: string;
  /** The `document_id`. */
  identifier: string;
  /** When it was issued, ISO 8601 in UTC. */
  datePublished: string;
  /** When it expires; not there where it does not. */
  expires?: string;
  /** Kind of credential, as given. */
  credentialCategory?: string;
  /** Who it was issued by. */
  recognizedBy?: {
    /** The kind of thing. */
    "@type": "Organization";
    /** Its name. */
    name: string;
    /** Its website. */
    url?: string;
  };
  /** Who it was issued to; not there where the name is withheld. */
  about?: {
    /** The kind of thing. */
    "@type": "Person";
    /** Name as it stands on the credential. */
    name: string;
    /** The credential above. */
    hasCredential: {
      /** Its `@id`. */
      "@id": string;
    };
  };
}

/**
 * A credential that is marked public as JSON-LD of schema.org, for the page that shows it. Write it with
 * {@link toScriptText}. Markup is a description for search engines and not a proof of anything.
 *
 * @param verification - What `verify` gave, just now.
 * @param options - The issuer, and what the verification withholds.
 * @returns The document. It never holds an e-mail address or metadata.
 * @throws {@link HyperstackError} `not_verified`, `not_fresh` or `not_public`; {@link ValidationError} for wrong
 * options, and for those that are missing: all of them in its `issues`.
 * @category Exports
 */
export const toSchemaOrg = (
  verification: Verification,
  options: SchemaOrgOptions = {},
): SchemaOrgCredential => {
  const operation = "toSchemaOrg";
  const findings = new Findings(operation);
  const { wrong } = findings;
  const given = findings.fields("", options, [...EXPORT_OPTIONS, "name", "issuer", "category"]);
  const { credential, issuer_label } = fresh(operation, findings, verification, given);
  if (credential.privacy !== "public") {
    throw failure("HyperstackError", "not_public", operation, "the credential is not marked public");
  }
  const issuer = findings.fields("issuer", given.issuer, ["name", "url"]);
  const issuerName = findings.text("issuer.name", issuer.name) ?? disclosed(issuer_label);
  const issuerUrl = findings.page("issuer.url", issuer.url);
  if (issuer.url !== undefined && issuerName === undefined && issuer.name === undefined) {
    wrong("issuer.name", "required", "is required");
  }
  const category = findings.text("category", given.category);
  const name = findings.text("name", given.name) ?? disclosed(credential.group.title);
  if (name === undefined && given.name === undefined) wrong("name", "required", "is required");
  findings.settle();

  const { document_url, document_id, issued_on, valid_until } = credential;
  const recipient = disclosed(credential.recipient?.name);
  return {
    "@context": "https://schema.org",
    "@type": "EducationalOccupationalCredential",
    "@id": document_url,
    name: name as string,
    url: document_url,
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
      about: { "@type": "Person", name: recipient, hasCredential: { "@id": document_url } },
    }),
  };
};

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/**
 * JSON that may stand between `<script type="application/ld+json">` and `</script>` as it is: a name with `</script>` in
 * it ends nothing there. It parses to the same.
 *
 * @param document - What {@link toSchemaOrg} or {@link toOpenBadgeDraft} made.
 * @returns The text of the script.
 * @category Exports
 */
export const toScriptText = (document: SchemaOrgCredential | OpenBadgeDraft): string =>
  JSON.stringify(document, undefined, 2).replace(/[<>&\u2028\u2029]/g, (found) => ESCAPES[found] as string);

/**
 * What {@link toOpenBadgeDraft} cannot know. All of it may be left out: what is missed is named.
 *
 * @category Exports
 */
export interface OpenBadgeDetails extends ExportOptions {
  /** URI of the badge itself. Not the credential's page at Hyperstack, which is another document. */
  id?: string | undefined;
  /** Who signs it. */
  issuer?:
    | {
        /** URI of the issuer's profile: an address or a DID, whose key signs. */
        id?: string | undefined;
        /** Name. Default: the `issuer_label` of the verification. */
        name?: string | undefined;
        /** Website. */
        url?: string | undefined;
      }
    | undefined;
  /** Who it is about. */
  subject?:
    | {
        /** URI of the recipient, e.g. a DID. Never an e-mail address. Default: identified by name, where that is shown. */
        id?: string | undefined;
      }
    | undefined;
  /** What was achieved. */
  achievement?:
    | {
        /** URI of the achievement, the same for everybody who has it. */
        id?: string | undefined;
        /** Name. Default: the group's title. */
        name?: string | undefined;
        /** A short description. */
        description?: string | undefined;
        /** What has to be done for it: a page, a text (Markdown) or both. */
        criteria?:
          | {
              /** Address of a page. */
              id?: string | undefined;
              /** Text, Markdown. */
              narrative?: string | undefined;
            }
          | undefined;
        /** A term of the standard, e.g. `Certificate` or `Badge`. Default: left out. */
        achievementType?: string | undefined;
        /** Address of its picture, PNG or SVG. Default: left out. */
        image?: string | undefined;
      }
    | undefined;
  /** A draft is not signed, and does not come from something signed. */
  proof?: never;
}

/**
 * An Open Badges 3.0 credential that nobody has signed, as far as it is known. What stands in `missing` is not in it.
 *
 * @category Exports
 */
export interface OpenBadgeDraft {
  /** Verifiable Credentials 2.0, then Open Badges 3.0. */
  "@context": [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
  ];
  /** URI of the badge. */
  id?: string;
  /** The kinds of document. */
  type: ["VerifiableCredential", "OpenBadgeCredential"];
  /** What wallets show. */
  name?: string;
  /** Who is to sign. */
  issuer: {
    /** URI of the profile. */
    id?: string;
    /** The kind of thing. */
    type: ["Profile"];
    /** Name. */
    name?: string;
    /** Website. */
    url?: string;
  };
  /** `issued_on` of the credential. */
  validFrom: string;
  /** `valid_until` of the credential; not there where it does not expire. */
  validUntil?: string;
  /** Who achieved what. */
  credentialSubject: {
    /** URI of the recipient. */
    id?: string;
    /** The kind of thing. */
    type: ["AchievementSubject"];
    /** The recipient by name; only where no `id` was given and the name is shown. */
    identifier?: [
      {
        /** The kind of thing. */
        type: "IdentityObject";
        /** Not hashed: the credential is public. */
        hashed: false;
        /** The name as it stands on the credential. */
        identityHash: string;
        /** What `identityHash` is. */
        identityType: "name";
      },
    ];
    /** What was achieved. */
    achievement: {
      /** URI. */
      id?: string;
      /** The kind of thing. */
      type: ["Achievement"];
      /** Name. */
      name?: string;
      /** A short description. */
      description?: string;
      /** What has to be done for it. */
      criteria: {
        /** Address of a page. */
        id?: string;
        /** Text, Markdown. */
        narrative?: string;
      };
      /** The group's code. */
      humanCode?: string;
      /** A term of the standard. */
      achievementType?: string;
      /** Its picture. */
      image?: {
        /** Address. */
        id: string;
        /** The kind of thing. */
        type: "Image";
      };
    };
  };
  /** Never. */
  proof?: never;
}

/**
 * Something that the standard demands of a badge and nobody has said yet.
 *
 * @category Exports
 */
export interface MissingDetail {
  /** Where in the draft it belongs. */
  path: string;
  /** Which of the details gives it. */
  detail: string;
  /** What it is for. */
  why: string;
}

/**
 * An unsigned draft of an Open Badges 3.0 credential, and what it lacks. The API states no issuer identity, criteria or
 * description: they are asked for, never made up. It becomes a badge when nothing is missing and the issuer signs it with
 * a key of their own; this package signs nothing, and what is not signed proves nothing.
 *
 * @param verification - What `verify` gave, just now.
 * @param details - What the API does not know.
 * @returns The draft without a `proof`, and the list of what is `missing`; empty when it may be signed.
 * @throws {@link HyperstackError} `not_verified` or `not_fresh`; {@link ValidationError} for wrong details, a `proof`
 * among them.
 * @category Exports
 */
export const toOpenBadgeDraft = (
  verification: Verification,
  details: OpenBadgeDetails = {},
): {
  /** As far as it is known. */
  draft: OpenBadgeDraft;
  /** What has to be given before it is signed. */
  missing: MissingDetail[];
} => {
  const operation = "toOpenBadgeDraft";
  const findings = new Findings(operation);
  const { wrong } = findings;
  const given = findings.fields("", details, [...EXPORT_OPTIONS, "id", "issuer", "subject", "achievement"]);
  const { credential, issuer_label } = fresh(operation, findings, verification, given);
  const about = findings.fields("achievement", given.achievement, [
    "id",
    "name",
    "description",
    "criteria",
    "achievementType",
    "image",
  ]);
  const issuer = findings.fields("issuer", given.issuer, ["id", "name", "url"]);
  const subject = findings.fields("subject", given.subject, ["id"]);
  const criteria = findings.fields("achievement.criteria", about.criteria, ["id", "narrative"]);

  const id = findings.uri("id", given.id);
  const issuerId = findings.uri("issuer.id", issuer.id);
  const issuerName = findings.text("issuer.name", issuer.name) ?? disclosed(issuer_label);
  const issuerUrl = findings.page("issuer.url", issuer.url);
  const subjectId = findings.uri("subject.id", subject.id);
  if (subjectId !== undefined && looksLikeAddress(subjectId)) {
    const path = "subject.id";
    wrong(path, "no_email", "must not hold an e-mail address");
  }
  const achievementId = findings.uri("achievement.id", about.id);
  const name = findings.text("achievement.name", about.name) ?? disclosed(credential.group.title);
  const description = findings.text("achievement.description", about.description);
  const criteriaId = findings.page("achievement.criteria.id", criteria.id);
  const narrative = findings.text("achievement.criteria.narrative", criteria.narrative);
  const achievementType = findings.text("achievement.achievementType", about.achievementType);
  const image = findings.page("achievement.image", about.image);
  findings.settle();

  const code = disclosed(credential.group.code);
  const recipient = disclosed(credential.recipient?.name);
  const missing: MissingDetail[] = [];
  const ask = (there: boolean, path: string, detail: string, why: string): void => {
    if (!there) missing.push({ path, detail, why });
  };
  const achievement = "credentialSubject.achievement";
  ask(id !== undefined, "id", "id", "Every badge has a URI of its own, which its issuer chooses.");
  ask(name !== undefined, "name", "achievement.name", "The title is withheld, and wallets show one.");
  ask(
    issuerId !== undefined,
    "issuer.id",
    "issuer.id",
    "The issuer's address or DID leads to the key that signs.",
  );
  ask(issuerName !== undefined, "issuer.name", "issuer.name", "Who shows the badge names who issued it.");
  ask(
    subjectId !== undefined || recipient !== undefined,
    "credentialSubject.id",
    "subject.id",
    "The recipient's name is withheld, so a URI has to say who this is about.",
  );
  ask(
    achievementId !== undefined,
    `${achievement}.id`,
    "achievement.id",
    "The achievement has a URI that all who have it share; the API gives none.",
  );
  ask(name !== undefined, `${achievement}.name`, "achievement.name", "The title is withheld.");
  ask(
    description !== undefined,
    `${achievement}.description`,
    "achievement.description",
    "The verification does not hold the group's description.",
  );
  ask(
    criteriaId !== undefined || narrative !== undefined,
    `${achievement}.criteria`,
    "achievement.criteria",
    "The API does not know what has to be done for it.",
  );

  const draft: OpenBadgeDraft = {
    "@context": [
      "https://www.w3.org/ns/credentials/v2",
      "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    ...(id !== undefined && { id }),
    type: ["VerifiableCredential", "OpenBadgeCredential"],
    ...(name !== undefined && { name }),
    issuer: {
      ...(issuerId !== undefined && { id: issuerId }),
      type: ["Profile"],
      ...(issuerName !== undefined && { name: issuerName }),
      ...(issuerUrl !== undefined && { url: issuerUrl }),
    },
    validFrom: credential.issued_on,
    ...(credential.valid_until !== null && { validUntil: credential.valid_until }),
    credentialSubject: {
      ...(subjectId !== undefined && { id: subjectId }),
      type: ["AchievementSubject"],
      ...(subjectId === undefined &&
        recipient !== undefined && {
          identifier: [
            { type: "IdentityObject", hashed: false, identityHash: recipient, identityType: "name" },
          ],
        }),
      achievement: {
        ...(achievementId !== undefined && { id: achievementId }),
        type: ["Achievement"],
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        criteria: {
          ...(criteriaId !== undefined && { id: criteriaId }),
          ...(narrative !== undefined && { narrative }),
        },
        ...(code !== undefined && { humanCode: code }),
        ...(achievementType !== undefined && { achievementType }),
        ...(image !== undefined && { image: { id: image, type: "Image" } }),
      },
    },
  };
  return { draft, missing };
};
