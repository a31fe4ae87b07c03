/**
 * Receiving webhooks: `parseWebhook` reads what came, `confirmWebhook` asks the API whether it is so.
 *
 * Both are functions of their own and no methods of the client: reading needs no token, and a bundler drops what a
 * program that receives nothing does not import.
 */
import { readBytes } from "./body.js";
import { type Hyperstack, type ParseOptions, parseCredentialUrl, type RequestOptions } from "./client.js";
import { flaw } from "./core.js";
import { invalid, isHyperstackError, WebhookError } from "./errors.js";
import { PUBLISHED } from "./publication.js";
import type { Credential, OpenEnum } from "./types.js";

/**
 * A delivery that is no `Request`: what a Node server or a queue has of it.
 *
 * @category Webhooks
 */
export interface WebhookDelivery {
  /** Where it is given, it must be `POST`. */
  method?: string | undefined;
  /** As `node:http` gives them, or a `Headers`; letter case does not matter. Needed for signatures. */
  headers?:
    | {
        /**
         * As of `Headers`.
         *
         * @param name - Name of the header, in lower case.
         */
        get(name: string): string | null;
      }
    | { readonly [name: string]: string | readonly string[] | undefined }
    | undefined;
  /** The body as it came, not parsed: a signature is over its bytes. */
  body: string | Uint8Array | ArrayBuffer;
}

/**
 * Options of {@link parseWebhook}.
 *
 * @category Webhooks
 */
export interface ParseWebhookOptions extends ParseOptions {
  /**
   * Verifies the delivery by Standard Webhooks (standardwebhooks.com): a secret `whsec_…`, a public key `whpk_…`, or
   * several of them while one replaces another; one has to fit. The vendor documents no signatures, so this is for a
   * relay that signs, and for the day it does. Given but `undefined` or empty it is an error: a variable that is not
   * set must not turn the check off.
   */
  secret?: string | readonly string[];
  /** How far a signed delivery's clock may be behind or ahead, in seconds. Default 300; 0 is allowed. */
  toleranceSeconds?: number | undefined;
  /** The instant a signed delivery is judged at: a `Date` or milliseconds since 1970. Default: the clock. */
  now?: Date | number | undefined;
  /** Largest body that is read, in bytes. Default 65 536. */
  maxBodyBytes?: number | undefined;
}

/**
 * What a delivery says. Nothing of it is proven: see `confirmWebhook`.
 *
 * @category Webhooks
 */
export interface WebhookEvent {
  /** Name of the event. Documented is `credential.issued` only; `null` where none was found. */
  event: OpenEnum<"credential.issued"> | null;
  /** The credential it is about, well formed; `null` where none was found. The key to work once by. */
  document_id: string | null;
  /** Id of the delivery (`webhook-id`), the same when it is sent again; `null` unless a signature was verified. */
  id: string | null;
  /** When it was sent (`webhook-timestamp`); `null` unless a signature was verified. */
  timestamp: Date | null;
  /** `unchecked`: no `secret` was given, so anyone may have sent it. */
  signature: "verified" | "unchecked";
  /** The JSON as it came, with every field. May hold personal data. */
  payload: unknown;
}

/**
 * What the issuer's account says of a delivery.
 *
 * @category Webhooks
 */
export type WebhookConfirmation =
  | {
      /** The account of the token has it, and it was published. */
      confirmed: true;
      /** The credential as the API has it now: it may have been suspended or revoked since it was published. */
      credential: Credential;
    }
  | {
      /** It has not, or that cannot be said. */
      confirmed: false;
      /**
       * `not_in_account`: the account of the token has no such credential: made up, deleted, or another organisation's.
       * `not_published`: it is a draft still. Publication is queued, so it may be worth asking again later.
       * `unknown_event`: the delivery names an event that is not `credential.issued`. Nothing was asked.
       * `no_document_id`: the delivery names no credential. Nothing was asked.
       * `unknown_status`: the API gave a status that is not documented.
       */
      reason: "not_in_account" | "not_published" | "unknown_event" | "no_document_id" | "unknown_status";
    };

const OPERATION = "webhooks.parse";
const ISSUED = "credential.issued";

/** Signatures that are tried. Each costs a hash of the body, and a stranger writes the list. */
const MAX_SIGNATURES = 16;

const fault = (code: WebhookError["code"], text: string): WebhookError =>
  new WebhookError({
    name: "WebhookError",
    code,
    message: `${OPERATION}: ${text}`,
    operation: OPERATION,
    retryable: false,
    attempts: 0,
  });

const header = (headers: WebhookDelivery["headers"], name: string): string | null => {
  if (typeof headers?.get === "function") return headers.get(name);
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
  // Several are joined as `fetch` and Node join them.
  return found === undefined ? null : [found].flat().join(", ");
};

const readBody = async (body: unknown, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
  let bytes: Uint8Array<ArrayBuffer> | null;
  if (typeof body === "string") bytes = new TextEncoder().encode(body);
  else if (body === null) bytes = new Uint8Array();
  else if (body instanceof ArrayBuffer) bytes = new Uint8Array(body);
  else if (ArrayBuffer.isView(body)) {
    bytes = new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
  } else if (typeof (body as ReadableStream | undefined)?.getReader === "function") {
    try {
      bytes = await readBytes(body as ReadableStream<Uint8Array>, maxBytes);
    } catch {
      throw fault("truncated", "the body broke off");
    }
  } else {
    throw invalid(OPERATION, "body", "raw", "must be the body as it came, text or bytes: not parsed");
  }
  if (!bytes || bytes.length > maxBytes) throw fault("body_too_large", `the body is over ${maxBytes} bytes`);
  return bytes;
};

const fromBinary = (binary: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(binary, (character) => character.charCodeAt(0));

/** A secret as the key it is and the version of the signatures made with it. */
const keyOf = async (secret: string): Promise<[version: string, key: CryptoKey]> => {
  try {
    const isPublic = secret.startsWith("whpk_");
    const raw = fromBinary(atob(secret.replace(/^(whsec|whpk)_/, "")));
    // With an empty key everyone can sign. importKey has to refuse it, but this is no place to rely on that.
    if (raw.length === 0) throw raw;
    const algorithm = isPublic ? { name: "Ed25519" } : { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
    return [isPublic ? "v1a" : "v1", key];
  } catch {
    const form = "must be whsec_ or whpk_ and base64; to check no signature, leave the option out";
    throw invalid(OPERATION, "secret", "secret", form);
  }
};

/** Whether a signature fits. The comparison is the runtime's own, in constant time. */
const fits = async (key: CryptoKey, signature: string, content: BufferSource): Promise<boolean> => {
  try {
    const binary = atob(signature);
    // `atob` forgives white space and stray bits: the same signature could then be written in several ways.
    return (
      btoa(binary) === signature &&
      (await crypto.subtle.verify(key.algorithm.name, key, fromBinary(binary), content))
    );
  } catch {
    return false;
  }
};

/** Standard Webhooks: the delivery's id and time where one of the keys signed it. */
const checkSignature = async (
  headers: WebhookDelivery["headers"],
  body: Uint8Array,
  keys: [version: string, key: CryptoKey][],
  toleranceSeconds: number,
  now: number,
): Promise<{ id: string; timestamp: Date }> => {
  const id = header(headers, "webhook-id");
  const sent = header(headers, "webhook-timestamp");
  const listed = header(headers, "webhook-signature");
  if (!id || !sent || !listed) {
    throw fault("signature_missing", "webhook-id, webhook-timestamp or webhook-signature is missing");
  }
  if (!/^\d{1,12}$/.test(sent)) throw fault("bad_timestamp", "webhook-timestamp is no time in seconds");
  const seconds = Number(sent);
  const age = Math.floor(now / 1000) - seconds;
  if (age > toleranceSeconds) throw fault("timestamp_too_old", "the delivery was sent too long ago");
  if (age < -toleranceSeconds) throw fault("timestamp_too_new", "the delivery was sent in the future");

  const head = new TextEncoder().encode(`${id}.${sent}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  const signatures = listed.split(" ").map((entry) => entry.split(","));
  for (const [version, key] of keys) {
    for (const [, signature = ""] of signatures.filter(([its]) => its === version).slice(0, MAX_SIGNATURES)) {
      if (await fits(key, signature, content)) return { id, timestamp: new Date(seconds * 1000) };
    }
  }
  throw fault("bad_signature", "no signature fits");
};

/** Objects that a payload is usually wrapped in, and where they stand. Own properties only. */
const objectsIn = (value: unknown, path = "", depth = 3): [path: string, members: [string, unknown][]][] => {
  if (typeof value !== "object" || value === null) return [];
  const members = Object.entries(value);
  const inner = members.filter(([name]) => /^(data|payload|event|object|credential|document)$/i.test(name));
  return [
    [path, members],
    ...(depth === 0
      ? []
      : inner.flatMap(([name, member]) => objectsIn(member, `${path}${name}.`, depth - 1))),
  ];
};

/** The texts in members with such names, by path. */
const textsIn = (objects: ReturnType<typeof objectsIn>, names: RegExp): [path: string, text: string][] =>
  objects.flatMap(([path, members]) =>
    members.flatMap(([name, text]): [string, string][] =>
      typeof text === "string" && names.test(name) ? [[path + name, text]] : [],
    ),
  );

const eventIn = (objects: ReturnType<typeof objectsIn>): string | null => {
  // The outermost object that names one: further in, `type` is rather that of a thing.
  for (const object of objects) {
    const names = textsIn([object], /^(event|topic|type|event_?(type|name))$/i).map(([, text]) => text);
    const [first] = names;
    if (first !== undefined) return names.find((name) => name === ISSUED) ?? first;
  }
  return null;
};

const documentIdIn = async (
  objects: ReturnType<typeof objectsIn>,
  hosts: ParseOptions["hosts"],
): Promise<string | null> => {
  // A plain `id` counts only where nothing has a name of its own, and never at the top: there it is the delivery's.
  const plain = objects.filter(([path]) => !/^$|event\.$/i.test(path));
  for (const texts of [
    textsIn(objects, /^(document|credential)(_?(id|key|url|link))?$/i),
    textsIn(plain, /^(id|url|link)$/i),
  ]) {
    let found: { path: string; id: string } | undefined;
    for (const [path, text] of texts) {
      const parsed = await parseCredentialUrl(text, { hosts });
      if (!parsed.ok) continue;
      if (found && found.id !== parsed.id) {
        throw fault("ambiguous_document_id", `${found.path} and ${path} name different credentials`);
      }
      found = { path, id: parsed.id };
    }
    if (found) return found.id;
  }
  return null;
};

/**
 * Reads a delivery: a `Request` (Workers, Deno, Bun, Hono, Next), or headers and body of one.
 *
 * The vendor documents that `credential.issued` is sent and nothing of how it looks. So names and places are inferred:
 * the event's name is looked for as `event`, `event_type`, `type` and the like; the credential as `document_id`,
 * `credential_id`, `document_url` and the like, at the top and in `data`, `payload`, `event`, `object`, `credential` or
 * `document`, and is taken only if it is an id or a credential link on one of `hosts`. What is not found is `null`, and
 * `payload` has it all.
 *
 * Refused with a `WebhookError`: another method than POST, a content type that is not JSON (none is fine), a body that
 * is too large or no JSON (a key that stands twice included, as in the API's answers), two different credentials in the
 * places above, and with `secret` a signature that is missing, wrong, too old or too new.
 *
 * Answer quickly and work afterwards. A delivery may come twice: let `document_id` be the key that work is done once by.
 *
 * @param request - The delivery, its body not yet read.
 * @param options - Secret, tolerance in seconds, limit in bytes, trusted hosts.
 * @throws {@link WebhookError} for what is no delivery, {@link ValidationError} for a wrong option.
 * @category Webhooks
 */
export const parseWebhook = async (
  request: Request | WebhookDelivery,
  options: ParseWebhookOptions = {},
): Promise<WebhookEvent> => {
  const given = options ?? {};
  const { secret, toleranceSeconds = 300, now = Date.now(), maxBodyBytes = 65_536, hosts, ...rest } = given;
  // A misspelt `secret` would be a check that is not made.
  for (const name of Object.keys(rest)) {
    throw invalid(OPERATION, name, "unknown_field", "is not an option");
  }
  // Compared with NaN nothing is too old or too large.
  for (const [name, value] of Object.entries({ toleranceSeconds, now: Number(now), maxBodyBytes })) {
    if (!Number.isFinite(value) || value < 0) {
      throw invalid(OPERATION, name, "number", "must be a number, 0 or more");
    }
  }
  const keys = "secret" in given ? await Promise.all([secret ?? ""].flat().map((one) => keyOf(one))) : null;
  if (keys?.length === 0) throw invalid(OPERATION, "secret", "min_items", "must not be empty");

  const { method = "POST", headers, body, bodyUsed } = (request ?? {}) as Partial<Request> & WebhookDelivery;
  if (bodyUsed) throw invalid(OPERATION, "request", "unread", "was read before: give it here first");
  if (method !== "POST") throw fault("bad_method", "a delivery is a POST");
  const type = header(headers, "content-type");
  if (typeof type === "string" && !/^\s*application\/([^;]*\+)?json\s*(;|$)/i.test(type)) {
    throw fault("bad_content_type", "the body is not declared as JSON");
  }
  const bytes = await readBody(body, maxBodyBytes);
  const signed = keys && (await checkSignature(headers, bytes, keys, toleranceSeconds, Number(now)));

  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fault("bad_json", "the body is not valid JSON (utf8)");
  }
  const broken = await flaw(OPERATION, text);
  if (broken) throw fault("bad_json", `the body is not valid JSON (${broken})`);
  const payload: unknown = JSON.parse(text);
  const objects = objectsIn(payload);
  return {
    event: eventIn(objects),
    document_id: await documentIdIn(objects, hosts),
    id: signed?.id ?? null,
    timestamp: signed?.timestamp ?? null,
    signature: signed ? "verified" : "unchecked",
    payload,
  };
};

/**
 * Asks the API whether a delivery is so (`credentials.view`): anyone can post to a webhook's address, and no signature
 * is documented. Act on `credential`, not on what the delivery said.
 *
 * `confirmed` means: the account of this client's token has that credential and it was published. Whether the vendor
 * sent this very delivery remains unknown, so a repeated or invented one about a published credential is confirmed,
 * too. Only credentials of that account can be; of others' nothing can be said. A delivery without an event's name is
 * taken for `credential.issued`, the only one there is.
 *
 * An outage is never "not confirmed": it rejects.
 *
 * @param hyperstack - The client of the account that the webhook was subscribed with.
 * @param event - What {@link parseWebhook} gave.
 * @param options - Options of the `view` that is made.
 * @throws The errors of `credentials.view`, but for `NotFoundError`.
 * @category Webhooks
 */
export const confirmWebhook = async (
  hyperstack: Pick<Hyperstack, "credentials">,
  event: Pick<WebhookEvent, "event" | "document_id">,
  options?: RequestOptions,
): Promise<WebhookConfirmation> => {
  if ((event.event ?? ISSUED) !== ISSUED) return { confirmed: false, reason: "unknown_event" };
  if (!event.document_id) return { confirmed: false, reason: "no_document_id" };
  let credential: Credential;
  try {
    credential = await hyperstack.credentials.view(event.document_id, options);
  } catch (thrown) {
    if (isHyperstackError(thrown) && thrown.name === "NotFoundError") {
      return { confirmed: false, reason: "not_in_account" };
    }
    throw thrown;
  }
  if (PUBLISHED.includes(credential.status)) {
    return { confirmed: true, credential };
  }
  const reason = credential.status === "unpublished" ? "not_published" : "unknown_status";
  return { confirmed: false, reason };
};
