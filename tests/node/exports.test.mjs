/**
 * What is made of a verification: only of a fresh valid one, of what it discloses and of what the caller says, and nothing
 * that looks signed.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Hyperstack } from "hyperstack-credentials";
import {
  isHyperstackError,
  linkedInUrl,
  toOpenBadgeDraft,
  toSchemaOrg,
  toScriptText,
  ValidationError,
} from "hyperstack-credentials/exports";
import { wasmInText } from "../support/consumers.mjs";
import { credential, ID, json, mockFetch } from "../support/mock.mjs";
import { builtScripts } from "../support/source.mjs";

const cjs = new URL("../../pkg/dist/exports.cjs", import.meta.url);

const NOW = Date.parse("2026-03-01T12:00:00Z");
const PAGE = `https://hyperstack.id/credential/${ID}`;

/** Addresses in disguise; each is withheld by the core, and left out here of what another service may send. */
const ADDRESSES = [
  "zoe.larsson@example.com",
  "zoe.larsson\u00a0@\u00a0example.com",
  "zoe.larsson\u3000@\u2003example.com",
  "zoe.larsson\uff20example.com",
  "z\u200boe.larsson@exam\u00adple.com",
  "zoe&#0064;example.com",
  "zoe&#x040;example.com",
  "zoe&amp;#64;example.com",
  "zoe%40example.com",
  "zoe%2540example.com",
  "zoe=40example.com",
  "zoe\\u0040example.com",
  "zoe (at) example.com",
  "zoe\u00a0[at]\u200b example.com",
  "zoe AT example DOT com",
];

/** A verification of an answer like this, at `NOW`. */
const verified = (changes = {}, { now = NOW, headers = {}, ...options } = {}) => {
  const fetch = mockFetch(() => json(credential(changes), { headers }));
  const client = new Hyperstack({ token: "t", fetch, maxRetries: 0 });
  return client.verify(PAGE, { now, issuerLabel: "Acme Academy", ...options });
};
const at = { now: NOW };
const thrownBy = (make) => {
  try {
    make();
  } catch (error) {
    return error;
  }
  throw new Error("an exception was expected");
};
const findings = (make) => {
  const error = thrownBy(make);
  assert.ok(error instanceof ValidationError, String(error));
  assert.deepEqual([error.code, error.attempts, error.retryable], ["invalid_request", 0, false]);
  for (const { path, message } of error.issues)
    assert.ok(error.message.includes(`${path} ${message}`.trim()));
  return error.issues.map(({ path, rule }) => `${path} ${rule}`.trim()).sort();
};
const query = (url) => Object.fromEntries(new URL(url).searchParams);

/** Every export, with what it cannot do without. */
const ALL = {
  linkedInUrl: (verification, options) => linkedInUrl(verification, options),
  toSchemaOrg: (verification, options) => toSchemaOrg(verification, options),
  toOpenBadgeDraft: (verification, options) => toOpenBadgeDraft(verification, options),
};

for (const [name, make] of Object.entries(ALL)) {
  test(`${name}: refuses every verdict but valid`, async () => {
    const client = (status, body) =>
      new Hyperstack({ token: "t", fetch: mockFetch(() => json(body, { status })), maxRetries: 0 });
    const others = [
      ...["expired", "suspended", "revoked", "unpublished", "of a kind not known"].map((status) =>
        verified({ status }),
      ),
      verified({ issued_on: "2027-01-01T00:00:00Z" }),
      verified({ valid_until: "2026-01-01T00:00:00Z" }),
      verified({}, { recipientName: "Somebody Else" }),
      client(404, { success: false, error: "x" }).verify(PAGE),
      client(500, {}).verify(PAGE),
      client(200, credential()).verify("https://hyperstack.id.example/credential/x"),
      client(200, credential()).verify("nothing"),
    ];
    const verdicts = new Set();
    for (const verification of await Promise.all(others)) {
      const error = thrownBy(() => make(verification, at));
      assert.deepEqual([isHyperstackError(error), error.code, error.operation], [true, "not_verified", name]);
      assert.equal(error.retryable, verification.retryable);
      assert.ok(error.message.includes(verification.verdict));
      verdicts.add(verification.verdict);
    }
    assert.equal(verdicts.size, 10);
    const good = await verified();
    for (const forged of [
      undefined,
      null,
      {},
      "valid",
      { ...good, outcome: "not_verified" },
      { ...good, verdict: "revoked" },
      { ...good, credential: null },
      { ...good, credential: {} },
      { ...good, credential: { ...good.credential, group: null } },
      { ...good, checks: undefined },
      { ...good, policy: {} },
      { ...good, checked_at: undefined },
    ]) {
      assert.equal(thrownBy(() => make(forged, at)).code, "not_verified");
    }
  });

  test(`${name}: accepts a valid one only while it is fresh`, async () => {
    const verification = await verified();
    const code = (options) => {
      try {
        make(verification, options);
        return null;
      } catch (error) {
        assert.deepEqual([error.operation, error.retryable], [name, true]);
        return error.code;
      }
    };
    assert.equal(code({ now: new Date(NOW) }), null);
    assert.equal(code({ now: NOW + 300_000 }), null);
    assert.equal(code({ now: NOW + 300_001 }), "not_fresh");
    assert.equal(code({ now: NOW - 300_000 }), null, "a clock that is behind");
    assert.equal(code({ now: NOW - 300_001 }), "not_fresh");
    assert.equal(code({ now: NOW + 10_001, maxAgeSeconds: 10 }), "not_fresh");
    assert.equal(code({ now: NOW + 3_600_000, maxAgeSeconds: 3600 }), null);
    assert.equal(code({}), "not_fresh", "the clock is long past the injected instant");
    const now = await verified({}, { now: Date.now() });
    assert.doesNotThrow(() => make(now, {}));
    assert.equal(
      thrownBy(() => make({ ...verification, checked_at: "yesterday" }, { now: NOW })).code,
      "not_fresh",
    );
  });

  test(`${name}: counts the age of a cached response`, async () => {
    const verification = await verified({}, { headers: { age: "200" } });
    assert.equal(verification.verdict, "valid");
    assert.doesNotThrow(() => make(verification, { now: NOW + 100_000 }));
    assert.equal(thrownBy(() => make(verification, { now: NOW + 100_001 })).code, "not_fresh");
  });

  test(`${name}: refuses a credential that has expired since`, async () => {
    const verification = await verified({ valid_until: "2026-03-01T12:00:10Z" }, { skewSeconds: 0 });
    assert.doesNotThrow(() => make(verification, { now: NOW + 10_000 }));
    const error = thrownBy(() => make(verification, { now: NOW + 10_001 }));
    assert.deepEqual([error.code, /expired/.test(error.message)], ["not_fresh", true]);
  });

  test(`${name}: names wrong options`, async () => {
    const verification = await verified();
    assert.deepEqual(
      findings(() => make(verification, { ...at, maxAge: 1, proof: {} })),
      ["maxAge unknown_field", "proof unsigned"],
    );
    for (const options of [null, "x", []]) {
      assert.deepEqual(
        findings(() => make({ ...verification, checked_at: new Date().toISOString() }, options)),
        ["object"],
      );
    }
    for (const maxAgeSeconds of [-1, Number.NaN, Number.POSITIVE_INFINITY, "300", null]) {
      assert.deepEqual(
        findings(() => make(verification, { ...at, maxAgeSeconds })),
        ["maxAgeSeconds number"],
      );
    }
    for (const now of [new Date("x"), "2026", null]) {
      assert.deepEqual(
        findings(() => make(verification, { now })),
        ["now number"],
      );
    }
    assert.deepEqual(
      findings(() => make({ ...verification, proof: {} }, at)),
      ["proof unsigned"],
    );
  });

  test(`${name}: withholds a disguised address`, async () => {
    const whole = await verified();
    for (const address of ADDRESSES) {
      const credential = {
        ...whole.credential,
        recipient: { name: address },
        group: { title: "Cloud Certification", code: address },
      };
      const text = JSON.stringify(make({ ...whole, credential, issuer_label: "Acme" }, at));
      assert.ok(!text.includes(address) && !text.includes("zoe"), address);
      const titled = { ...credential, group: { title: address, code: "C" } };
      const options = name === "toOpenBadgeDraft" ? at : { ...at, name: "A name" };
      assert.ok(!JSON.stringify(make({ ...whole, credential: titled }, options)).includes("zoe"), address);
    }
    for (const title of ["At the summit, dotted lines", "Zoë, the First", "Look at dotty"]) {
      const credential = { ...whole.credential, group: { title, code: "C" } };
      const text = JSON.stringify(make({ ...whole, credential }, at));
      assert.ok(text.includes(title) || text.includes(encodeURIComponent(title)), title);
    }
  });

  test(`${name}: the page is the link on the trusted host, for any host in the response`, async () => {
    const whole = await verified();
    const credential = { ...whole.credential, document_url: `https://evil.example/credential/${ID}` };
    const text = JSON.stringify(make({ ...whole, credential }, at));
    assert.doesNotMatch(text, /evil/);
    if (name !== "toOpenBadgeDraft")
      assert.ok(text.includes(PAGE) || text.includes(encodeURIComponent(PAGE)));
    const { canonical_url: _, ...subject } = whole.subject;
    assert.equal(thrownBy(() => make({ ...whole, subject }, at)).code, "not_verified");
  });

  test(`${name}: never contains the e-mail address`, async () => {
    const whole = await verified({}, { allowMetadata: ["custom_location"] });
    // As a service of somebody else's might answer.
    const { recipient, group } = whole.credential;
    const talkative = {
      ...whole,
      credential: {
        ...whole.credential,
        recipient: { ...recipient, email: "john@example.com" },
        group: { ...group, code: "john%40example.com", key: "john@example.com" },
        metadata: { custom_mail: "john@example.com" },
      },
    };
    for (const verification of [whole, talkative]) {
      const text = JSON.stringify(make(verification, at));
      assert.doesNotMatch(text, /@example|%40|&#64|Mars/);
      assert.match(text, /Cloud/);
    }
  });
}

test("linkedInUrl: the form's fields, with months in UTC and no query in the page's address", async () => {
  const verification = await verified({
    group: { title: "C++ & Ünïcode = 100 %", key: "k", code: "C" },
    issued_on: "2023-12-31T23:30:00-02:00",
    valid_until: "2027-01-01T00:30:00+01:00",
  });
  const url = linkedInUrl(verification, at);
  assert.ok(
    url.startsWith("https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=C%2B%2B%20%26"),
  );
  assert.doesNotMatch(url, /\+/);
  assert.deepEqual(query(url), {
    startTask: "CERTIFICATION_NAME",
    name: "C++ & Ünïcode = 100 %",
    organizationName: "Acme Academy",
    issueYear: "2024",
    issueMonth: "1",
    expirationYear: "2026",
    expirationMonth: "12",
    certUrl: PAGE,
    certId: ID,
  });
  assert.deepEqual(Object.keys(query(linkedInUrl(await verified(), at))), [
    ...["startTask", "name", "organizationName", "issueYear", "issueMonth", "certUrl", "certId"],
  ]);
});

test("linkedInUrl: one organisation, by name or by number", async () => {
  const verification = await verified();
  const organization = (options) => {
    const { organizationName, organizationId } = query(linkedInUrl(verification, { ...at, ...options }));
    return [organizationName, organizationId];
  };
  assert.deepEqual(organization({}), ["Acme Academy", undefined]);
  assert.deepEqual(organization({ organizationName: "Acme" }), ["Acme", undefined]);
  assert.deepEqual(organization({ organizationId: 1337 }), [undefined, "1337"]);
  assert.deepEqual(organization({ organizationId: "1337" }), [undefined, "1337"]);
  const wrong = (options) => findings(() => linkedInUrl(verification, { ...at, ...options }));
  assert.deepEqual(wrong({ organizationId: 1, organizationName: "Acme" }), [
    "organizationName one_organization",
  ]);
  for (const organizationId of ["acme", "", 0, -1, 1.5, "01", Number.NaN, 1e21, null, {}]) {
    assert.deepEqual(wrong({ organizationId }), ["organizationId organization_id"], String(organizationId));
  }
  assert.deepEqual(wrong({ organizationName: " ", name: 1 }), ["name string", "organizationName not_blank"]);
  assert.deepEqual(wrong({ name: "half \ud800" }), ["name json"]);
});

test("linkedInUrl: requires everything that is withheld, all at once", async () => {
  const verification = await verified(
    { group: { title: "of john@example.com", key: "k", code: "c" } },
    { issuerLabel: undefined },
  );
  assert.equal(verification.credential.group.title, null);
  assert.deepEqual(
    findings(() => linkedInUrl(verification, at)),
    ["name required", "organizationName one_organization"],
  );
  const given = query(linkedInUrl(verification, { ...at, name: "Course", organizationName: "Acme" }));
  assert.deepEqual([given.name, given.organizationName], ["Course", "Acme"]);
});

test("toSchemaOrg: the whole document", async () => {
  const verification = await verified({ valid_until: "2027-01-01T00:00:00Z" });
  const document = toSchemaOrg(verification, {
    ...at,
    issuer: { name: "Acme", url: "https://acme.example" },
    category: "certificate",
  });
  assert.deepEqual(document, {
    "@context": "https://schema.org",
    "@type": "EducationalOccupationalCredential",
    "@id": PAGE,
    name: "Cloud Certification",
    url: PAGE,
    identifier: ID,
    datePublished: "2024-03-15T10:30:00Z",
    expires: "2027-01-01T00:00:00Z",
    credentialCategory: "certificate",
    recognizedBy: { "@type": "Organization", name: "Acme", url: "https://acme.example" },
    about: { "@type": "Person", name: "John Doe", hasCredential: { "@id": PAGE } },
  });
  const least = toSchemaOrg(await verified({}, { issuerLabel: undefined }), at);
  assert.deepEqual(Object.keys(least), [
    ...["@context", "@type", "@id", "name", "url", "identifier", "datePublished", "about"],
  ]);
});

test("toSchemaOrg: public credentials only", async () => {
  for (const privacy of ["private", "of a kind not known", undefined]) {
    const verification = await verified({ privacy });
    assert.equal(verification.verdict, "valid");
    const error = thrownBy(() => toSchemaOrg(verification, at));
    assert.deepEqual([error.code, error.retryable], ["not_public", false], String(privacy));
  }
});

test("toSchemaOrg: leaves out or requires what is withheld", async () => {
  const verification = await verified({
    recipient: { name: "john@example.com", email: "john@example.com" },
    group: { title: "of john@example.com", key: "k", code: "c" },
  });
  assert.deepEqual(
    findings(() => toSchemaOrg(verification, at)),
    ["name required"],
  );
  assert.equal("about" in toSchemaOrg(verification, { ...at, name: "Course" }), false);
  const wrong = { issuer: { url: "javascript:alert(1)", mail: 1 }, category: "" };
  assert.deepEqual(
    findings(() => toSchemaOrg(verification, { ...at, name: "Course", ...wrong })),
    ["category not_blank", "issuer.mail unknown_field", "issuer.url http_url"],
  );
  const unnamed = await verified({}, { issuerLabel: undefined });
  assert.deepEqual(
    findings(() => toSchemaOrg(unnamed, { ...at, issuer: { url: "https://acme.example" } })),
    ["issuer.name required"],
  );
});

test("toScriptText: no document can end its script", async () => {
  const name = "</script><!--<script>\u2028\u2029&amp;]]>";
  const verification = await verified({ recipient: { name, email: "j@example.com" } });
  for (const document of [toSchemaOrg(verification, at), toOpenBadgeDraft(verification, at).draft]) {
    const text = toScriptText(document);
    assert.doesNotMatch(text, /[<>&\u2028\u2029]/);
    assert.deepEqual(JSON.parse(text), document);
    assert.ok(JSON.stringify(document).includes("</script>"));
  }
});

const DETAILS = {
  id: "urn:uuid:91537dba-56cb-11ec-bf63-0242ac130002",
  issuer: { id: "did:web:acme.example", url: "https://acme.example" },
  achievement: {
    id: "https://acme.example/achievements/cloud",
    description: "Runs things in clouds.",
    criteria: { id: "https://acme.example/cloud", narrative: "Pass the *exam*." },
    achievementType: "Certificate",
    image: "https://acme.example/cloud.png",
  },
};

test("toOpenBadgeDraft: the whole draft", async () => {
  const verification = await verified({ valid_until: "2027-01-01T00:00:00Z" });
  const { draft, missing } = toOpenBadgeDraft(verification, { ...at, ...DETAILS });
  assert.deepEqual(missing, []);
  assert.deepEqual(draft, {
    "@context": [
      "https://www.w3.org/ns/credentials/v2",
      "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    id: DETAILS.id,
    type: ["VerifiableCredential", "OpenBadgeCredential"],
    name: "Cloud Certification",
    issuer: {
      id: "did:web:acme.example",
      type: ["Profile"],
      name: "Acme Academy",
      url: "https://acme.example",
    },
    validFrom: "2024-03-15T10:30:00Z",
    validUntil: "2027-01-01T00:00:00Z",
    credentialSubject: {
      type: ["AchievementSubject"],
      identifier: [{ type: "IdentityObject", hashed: false, identityHash: "John Doe", identityType: "name" }],
      achievement: {
        id: "https://acme.example/achievements/cloud",
        type: ["Achievement"],
        name: "Cloud Certification",
        description: "Runs things in clouds.",
        criteria: DETAILS.achievement.criteria,
        humanCode: "CC-2024",
        achievementType: "Certificate",
        image: { id: "https://acme.example/cloud.png", type: "Image" },
      },
    },
  });
  const subject = { id: "did:example:john" };
  const named = toOpenBadgeDraft(verification, { ...at, ...DETAILS, subject }).draft.credentialSubject;
  assert.deepEqual([named.id, "identifier" in named], ["did:example:john", false]);
});

/**
 * What the standard demands, read from the data model that 1EdTech generates the JSON schema from: "Open Badges
 * Specification 3.0", classes AchievementCredential, Profile, AchievementSubject, Achievement, Criteria, IdentityObject
 * (github.com/1EdTech/openbadges-specification, ob_v3p0), and W3C "Verifiable Credentials Data Model 2.0", sections
 * 4.3 to 4.9. Gives what is wrong with a document, by path.
 */
const complaints = (document) => {
  const found = [];
  const demand = (there, path) => there || found.push(path);
  const text = (value) => typeof value === "string" && value !== "";
  const uri = (value) => text(value) && URL.canParse(value);
  const has = (value, type) => Array.isArray(value) && value.includes(type);
  const instant = (value) =>
    text(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value);
  const { issuer, credentialSubject: subject } = document;
  const achievement = subject?.achievement;
  demand(document["@context"]?.[0] === "https://www.w3.org/ns/credentials/v2", "@context[0]");
  demand(
    /^https:\/\/purl\.imsglobal\.org\/spec\/ob\/v3p0\/context-3\.0\.\d\.json$/.test(
      document["@context"]?.[1],
    ),
    "@context[1]",
  );
  demand(uri(document.id), "id");
  demand(has(document.type, "VerifiableCredential") && has(document.type, "OpenBadgeCredential"), "type");
  demand(text(document.name), "name");
  demand(uri(issuer?.id), "issuer.id");
  demand(has(issuer?.type, "Profile"), "issuer.type");
  demand(instant(document.validFrom), "validFrom");
  demand(document.validUntil === undefined || instant(document.validUntil), "validUntil");
  demand(has(subject?.type, "AchievementSubject"), "credentialSubject.type");
  const identified = subject?.identifier?.every(
    ({ type, hashed, identityHash, identityType }) =>
      type === "IdentityObject" && typeof hashed === "boolean" && text(identityHash) && text(identityType),
  );
  demand(subject?.id === undefined ? identified : uri(subject.id), "credentialSubject.id");
  demand(uri(achievement?.id), "credentialSubject.achievement.id");
  demand(has(achievement?.type, "Achievement"), "credentialSubject.achievement.type");
  demand(text(achievement?.name), "credentialSubject.achievement.name");
  demand(text(achievement?.description), "credentialSubject.achievement.description");
  const { id, narrative } = achievement?.criteria ?? {};
  demand(
    (id === undefined ? text(narrative) : uri(id)) && (narrative === undefined || text(narrative)),
    "credentialSubject.achievement.criteria",
  );
  demand(!("proof" in document), "proof");
  return found;
};

/** A copy without one of the details. */
const without = (details, path) => {
  const copy = structuredClone(details);
  const [name, ...rest] = path.split(".").reverse();
  delete rest.reduceRight((inside, key) => inside?.[key], copy)?.[name];
  return copy;
};

test("toOpenBadgeDraft: what the standard requires is present or listed as missing", async () => {
  const withheld = await verified(
    {
      recipient: { name: "john@example.com", email: "john@example.com" },
      group: { title: "of john@example.com", key: "k", code: "john@example.com" },
    },
    { issuerLabel: undefined },
  );
  const whole = {
    ...structuredClone(DETAILS),
    subject: { id: "did:example:john" },
    issuer: { ...DETAILS.issuer, name: "Acme" },
  };
  whole.achievement.name = "Cloud";
  for (const verification of [withheld, await verified()]) {
    const all = toOpenBadgeDraft(verification, { ...at, ...whole });
    assert.deepEqual([all.missing, complaints(all.draft)], [[], []]);
  }
  // One detail less: it is missed by the name under which it is given, and by the place where it belongs.
  for (const detail of [
    ...["id", "issuer.id", "issuer.name", "subject.id"],
    ...["achievement.id", "achievement.name", "achievement.description", "achievement.criteria"],
  ]) {
    const { draft, missing } = toOpenBadgeDraft(withheld, { ...at, ...without(whole, detail) });
    assert.deepEqual([...new Set(missing.map((one) => one.detail))], [detail]);
    const paths = missing.map(({ path }) => path).sort();
    // The name of a profile is optional in the standard, and asked for here.
    assert.deepEqual(detail === "issuer.name" ? [detail] : complaints(draft).sort(), paths);
    for (const { why } of missing) assert.match(why, /^[A-Z].{20,}\.$/);
    assert.doesNotMatch(JSON.stringify(draft), /john@|null|undefined/);
  }
  const { draft, missing } = toOpenBadgeDraft(withheld, at);
  assert.equal(missing.length, 9);
  assert.deepEqual(
    complaints(draft).sort(),
    missing
      .map(({ path }) => path)
      .filter((path) => path !== "issuer.name")
      .sort(),
  );
  assert.deepEqual(
    [draft.issuer, draft.credentialSubject],
    [
      { type: ["Profile"] },
      { type: ["AchievementSubject"], achievement: { type: ["Achievement"], criteria: {} } },
    ],
  );
});

test("toOpenBadgeDraft: does not name the recipient of a private credential", async () => {
  const verification = await verified({ privacy: "private" });
  const { draft, missing } = toOpenBadgeDraft(verification, { ...at, ...DETAILS });
  assert.deepEqual(
    missing.map(({ detail }) => detail),
    ["subject.id"],
  );
  assert.doesNotMatch(JSON.stringify(draft), /John/);
});

test("toOpenBadgeDraft: refuses a proof and an address at any place", async () => {
  const verification = await verified();
  const wrong = (details) => findings(() => toOpenBadgeDraft(verification, { ...at, ...details }));
  assert.deepEqual(wrong({ proof: undefined }), ["proof unsigned"]);
  assert.deepEqual(
    wrong({
      issuer: { proof: 1 },
      subject: { proof: 1 },
      achievement: { proof: 1, criteria: { proof: [] } },
    }),
    [
      "achievement.criteria.proof unsigned",
      "achievement.proof unsigned",
      "issuer.proof unsigned",
      "subject.proof unsigned",
    ],
  );
  for (const id of ["urn:email:john@example.com", "https://x.example/?who=john%40example.com"]) {
    assert.deepEqual(wrong({ subject: { id } }), ["subject.id no_email"]);
  }
  for (const id of [
    "mailto:john@example.com",
    "javascript:alert(1)",
    "john",
    "urn:",
    "did:web",
    "https://",
    "https:// x",
    "data:,x",
  ]) {
    assert.deepEqual(wrong({ id }), ["id uri"], id);
    assert.deepEqual(wrong({ issuer: { id } }), ["issuer.id uri"], id);
  }
  assert.deepEqual(
    wrong({
      issuer: { email: "a@b", url: "ftp://x" },
      subject: [],
      achievement: { criteria: "x", image: {}, name: "" },
    }),
    [
      "achievement.criteria object",
      "achievement.image string",
      "achievement.name not_blank",
      "issuer.email unknown_field",
      "issuer.url http_url",
      "subject object",
    ],
  );
});

test("the entry contains no wasm and sends no request", () => {
  assert.equal(wasmInText([...builtScripts("index.js").values()].join("\n")), 2);
  const scripts = [...builtScripts("exports.js"), ["exports.cjs", readFileSync(cjs, "utf8")]];
  for (const [name, text] of scripts) {
    assert.equal(wasmInText(text), 0, name);
    assert.doesNotMatch(text, /WebAssembly|\bfetch\b/, name);
  }
});
