/** An unsigned draft of an Open Badges 3.0 credential. */
import { disclosed, type ExportOptions, Issues, mayHoldAddress, requireFresh } from "./export-options.js";
import { NO_EMAIL } from "./rules.js";
import type { Verification } from "./types.js";

/**
 * Details that {@link toOpenBadgeDraft} does not find in a verification. All are optional: the result names what is missing.
 *
 * @category Exports
 */
export interface OpenBadgeDetails extends ExportOptions {
  /** URI of the badge itself. Not the credential's page at Hyperstack, which is another document. */
  id?: string | undefined;
  /** The organisation that signs it. */
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
  /** The recipient. */
  subject?:
    | {
        /** URI of the recipient, e.g. a DID. Never an e-mail address. Default: identified by name, if that is shown. */
        id?: string | undefined;
      }
    | undefined;
  /** The achievement. */
  achievement?:
    | {
        /** URI of the achievement, the same for all of its recipients. */
        id?: string | undefined;
        /** Name. Default: the group's title. */
        name?: string | undefined;
        /** A short description. */
        description?: string | undefined;
        /** The requirements: a page, a text (Markdown) or both. */
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
  /** A draft is not signed, and not derived from something signed. */
  proof?: never;
}

/**
 * An Open Badges 3.0 credential without a signature, as far as it is known. What is listed in `missing` is not in it.
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
  /** The name that wallets show. */
  name?: string;
  /** The organisation that is to sign it. */
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
  /** `valid_until` of the credential; absent if it does not expire. */
  validUntil?: string;
  /** The recipient and the achievement. */
  credentialSubject: {
    /** URI of the recipient. */
    id?: string;
    /** The kind of thing. */
    type: ["AchievementSubject"];
    /** The recipient by name; only if no `id` was given and the name is shown. */
    identifier?: [
      {
        /** The kind of thing. */
        type: "IdentityObject";
        /** Not hashed: the credential is public. */
        hashed: false;
        /** The name on the credential. */
        identityHash: string;
        /** The kind of `identityHash`. */
        identityType: "name";
      },
    ];
    /** The achievement. */
    achievement: {
      /** URI. */
      id?: string;
      /** The kind of thing. */
      type: ["Achievement"];
      /** Name. */
      name?: string;
      /** A short description. */
      description?: string;
      /** The requirements. */
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
 * A detail that the standard requires of a badge and that is not known.
 *
 * @category Exports
 */
export interface MissingDetail {
  /** Its place in the draft. */
  path: string;
  /** The member of the details that provides it. */
  detail: string;
  /** Why it is needed. */
  why: string;
}

/** A detail that a badge needs. */
interface Requirement extends MissingDetail {
  /** Its value, if it is known. */
  readonly value: string | undefined;
}

/**
 * Returns an unsigned draft of an Open Badges 3.0 credential, and what it lacks. The API states no issuer identity,
 * criteria or description: they are required, never made up. It becomes a badge when nothing is missing and the issuer
 * signs it with its own key; this package signs nothing, and an unsigned draft proves nothing.
 *
 * @param verification - The result of `verify`, from just now.
 * @param details - What the API does not know.
 * @returns The draft without a `proof`, and the list of what is `missing`; empty if it may be signed.
 * @throws {@link HyperstackError} `not_verified` or `not_fresh`; {@link ValidationError} for wrong details, a `proof`
 * among them.
 * @example
 * ```ts
 * const { draft, missing } = toOpenBadgeDraft(await hyperstack.verify(link), {
 *   issuer: { id: "did:web:acme.example" },
 * });
 * ```
 * @category Exports
 */
export const toOpenBadgeDraft = (
  verification: Verification,
  details: OpenBadgeDetails = {},
): {
  /** As far as it is known. */
  draft: OpenBadgeDraft;
  /** What has to be provided before it is signed. */
  missing: MissingDetail[];
} => {
  const operation = "toOpenBadgeDraft";
  const issues = new Issues(operation);
  const given = issues.options(details, ["id", "issuer", "subject", "achievement"]);
  const { credential, issuer_label } = requireFresh(operation, issues, verification, given);
  const about = issues.members("achievement", given.achievement, [
    "id",
    "name",
    "description",
    "criteria",
    "achievementType",
    "image",
  ]);
  const issuer = issues.members("issuer", given.issuer, ["id", "name", "url"]);
  const subject = issues.members("subject", given.subject, ["id"]);
  const criteria = issues.members("achievement.criteria", about.criteria, ["id", "narrative"]);

  const id = issues.uri("id", given.id);
  const issuerId = issues.uri("issuer.id", issuer.id);
  const issuerName = issues.string("issuer.name", issuer.name) ?? disclosed(issuer_label);
  const issuerUrl = issues.page("issuer.url", issuer.url);
  const subjectId = issues.uri("subject.id", subject.id);
  if (subjectId !== undefined && mayHoldAddress(subjectId)) issues.add("subject.id", NO_EMAIL);
  const achievementId = issues.uri("achievement.id", about.id);
  const name = issues.string("achievement.name", about.name) ?? disclosed(credential.group.title);
  const description = issues.string("achievement.description", about.description);
  const criteriaId = issues.page("achievement.criteria.id", criteria.id);
  const narrative = issues.string("achievement.criteria.narrative", criteria.narrative);
  const achievementType = issues.string("achievement.achievementType", about.achievementType);
  const image = issues.page("achievement.image", about.image);
  issues.throwIfAny();

  const code = disclosed(credential.group.code);
  const recipient = disclosed(credential.recipient?.name);
  const requirements: Requirement[] = [
    {
      path: "id",
      detail: "id",
      why: "A badge needs its own URI, which the issuer chooses.",
      value: id,
    },
    {
      path: "name",
      detail: "achievement.name",
      why: "The title is withheld, but wallets show a title.",
      value: name,
    },
    {
      path: "issuer.id",
      detail: "issuer.id",
      why: "The issuer's URL or DID leads to its signing key.",
      value: issuerId,
    },
    {
      path: "issuer.name",
      detail: "issuer.name",
      why: "A badge must name its issuer.",
      value: issuerName,
    },
    {
      path: "credentialSubject.id",
      detail: "subject.id",
      why: "The recipient's name is withheld, so a URI has to identify the recipient.",
      value: subjectId ?? recipient,
    },
    {
      path: "credentialSubject.achievement.id",
      detail: "achievement.id",
      why: "An achievement needs one URI for all recipients; the API provides none.",
      value: achievementId,
    },
    {
      path: "credentialSubject.achievement.name",
      detail: "achievement.name",
      why: "The title is withheld.",
      value: name,
    },
    {
      path: "credentialSubject.achievement.description",
      detail: "achievement.description",
      why: "The verification does not contain the group's description.",
      value: description,
    },
    {
      path: "credentialSubject.achievement.criteria",
      detail: "achievement.criteria",
      why: "The API does not provide the criteria.",
      value: criteriaId ?? narrative,
    },
  ];
  const missing = requirements
    .filter(({ value }) => value === undefined)
    .map(({ path, detail, why }): MissingDetail => ({ path, detail, why }));

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
