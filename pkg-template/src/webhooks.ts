/**
 * Receiving webhooks: `parseWebhook` reads a delivery, `confirmWebhook` confirms it with the API.
 *
 * Both are functions, not methods of the client: reading needs no token, and a bundler drops them from programs that
 * receive no webhooks.
 */
import { readBytes } from "./body.js";
import type { ParseOptions } from "./credential-url.js";
import { invalid, isHyperstackError } from "./errors.js";
import type { Hyperstack } from "./hyperstack.js";
import { jsonFlaw } from "./local.js";
import { isInOtherUnit, plainOptions, type RequestOptions, toMilliseconds } from "./options.js";
import { isPublished } from "./publication.js";
import { DAY_SECONDS, EPOCH_MILLISECONDS, NON_NEGATIVE, OPTION, RAW_BODY, UNREAD } from "./rules.js";
import type { Credential, OpenEnum } from "./types.js";
import { OPERATION, webhookError } from "./webhook-error.js";
import { documentIdIn, eventIn, ISSUED, objectsIn } from "./webhook-payload.js";
import { importKeys, verifySignature } from "./webhook-signature.js";

/**
 * A delivery that is not a `Request`: what a Node server or a queue has of it.
 *
 * @category Webhooks
 */
export interface WebhookDelivery {
  /** If it is given, it must be `POST`. */
  method?: string | undefined;
  /** As `node:http` has them, or a `Headers`; letter case does not matter. Needed for signatures. */
  headers?:
    | {
        /**
         * As that of `Headers`.
         *
         * @param name - Name of the header, in lower case.
         */
        get(name: string): string | null;
      }
    | { readonly [name: string]: string | readonly string[] | undefined }
    | undefined;
  /** The body as it was received, not parsed: a signature covers its bytes. */
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
   * several of them while one replaces another; one has to match. The vendor documents no signatures, so this is for a
   * relay that signs, and for the day it does. Given but `undefined` or empty it is an error: a variable that is not
   * set must not turn the check off.
   */
  secret?: string | readonly string[];
  /** How far the clock of a signed delivery may be behind or ahead, in seconds: 0 to 86 400 (a day). Default 300. */
  toleranceSeconds?: number | undefined;
  /** The instant a signed delivery is judged at: a `Date` or milliseconds since 1970. Default: the clock. */
  now?: Date | number | undefined;
  /** Largest body that is read, in bytes. Default 65 536. */
  maxBodyBytes?: number | undefined;
}

/**
 * The content of a delivery. Nothing of it is proven: see `confirmWebhook`.
 *
 * @category Webhooks
 */
export interface WebhookEvent {
  /** Name of the event. Documented is `credential.issued` only; `null` if none was found. */
  event: OpenEnum<"credential.issued"> | null;
  /** The credential it is about, well formed; `null` if none was found. Use it as the key to process a delivery once. */
  document_id: string | null;
  /** Id of the delivery (`webhook-id`), the same when it is sent again; `null` unless a signature was verified. */
  id: string | null;
  /** When it was sent (`webhook-timestamp`); `null` unless a signature was verified. */
  timestamp: Date | null;
  /** `unchecked`: no `secret` was given, so anyone may have sent it. */
  signature: "verified" | "unchecked";
  /** The JSON as it was received, with every field. May hold personal data. */
  payload: unknown;
}

/**
 * What the issuer's account says about a delivery.
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
      /** It does not, or that is unknown. */
      confirmed: false;
      /**
       * `not_in_account`: the account of the token has no such credential: made up, deleted, or another organisation's.
       * `not_published`: it is still a draft. Publication is queued, so it may be worth asking again later.
       * `unknown_event`: the delivery names an event that is not `credential.issued`. Nothing was sent.
       * `no_document_id`: the delivery names no credential. Nothing was sent.
       * `unknown_status`: the API returned a status that is not documented.
       */
      reason: "not_in_account" | "not_published" | "unknown_event" | "no_document_id" | "unknown_status";
    };

const DEFAULT_TOLERANCE_SECONDS = 300;
/** A day. A larger tolerance is probably in milliseconds, and would accept replays for days. */
const MAX_TOLERANCE_SECONDS = 86_400;
const DEFAULT_MAX_BODY_BYTES = 65_536;
const JSON_TYPE = /^\s*application\/([^;]*\+)?json\s*(;|$)/i;

const headerOf = (headers: WebhookDelivery["headers"], name: string): string | null => {
  if (typeof headers?.get === "function") return headers.get(name);
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
  // Several are joined as `fetch` and Node join them.
  return found === undefined ? null : [found].flat().join(", ");
};

const toBytes = async (body: unknown, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> => {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body === null) return new Uint8Array();
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
  }
  if (typeof (body as ReadableStream | undefined)?.getReader !== "function") {
    throw invalid(OPERATION, "body", RAW_BODY);
  }
  try {
    return await readBytes(body as ReadableStream<Uint8Array>, maxBytes);
  } catch {
    throw webhookError("truncated");
  }
};

const readBody = async (body: unknown, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = await toBytes(body, maxBytes);
  if (bytes && bytes.length <= maxBytes) return bytes;
  throw webhookError("body_too_large", `the body is larger than maxBodyBytes (${maxBytes})`);
};

const parseStrictly = async (bytes: Uint8Array): Promise<unknown> => {
  const broken = (rule: string) => webhookError("bad_json", `the body is not valid JSON (${rule})`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw broken("utf8");
  }
  const flaw = await jsonFlaw(OPERATION, text);
  if (flaw !== undefined) throw broken(flaw);
  return JSON.parse(text);
};

/**
 * Reads a delivery: a `Request` (Workers, Deno, Bun, Hono, Next), or headers and body of one.
 *
 * The vendor documents that `credential.issued` is sent, and nothing about its form. So names and places are inferred:
 * the event's name is searched as `event`, `event_type`, `type` and the like; the credential as `document_id`,
 * `credential_id`, `document_url` and the like, at the top and in `data`, `payload`, `event`, `object`, `credential` or
 * `document`, and is used only if it is an id or a credential link on one of `hosts`. What is not found is `null`, and
 * `payload` has everything.
 *
 * Refused with a `WebhookError`: another method than POST, a content type that is not JSON (none is fine), a body that
 * is too large or not JSON (a duplicate key included, as in the API's responses), two different credentials in the
 * places above, and with `secret` a signature that is missing, wrong, too old or too new.
 *
 * Respond quickly and work afterwards. A delivery may be sent twice: use `document_id` as the key to process it once.
 *
 * @param request - The delivery, its body not yet read.
 * @param options - Secret, tolerance in seconds, limit in bytes, trusted hosts.
 * @throws {@link WebhookError} for a refused delivery, {@link ValidationError} for a wrong option.
 * @example
 * ```ts
 * const event = await parseWebhook(request);
 * ```
 * @category Webhooks
 */
export const parseWebhook = async (
  request: Request | WebhookDelivery,
  options?: ParseWebhookOptions,
): Promise<WebhookEvent> => {
  const {
    secret,
    toleranceSeconds = DEFAULT_TOLERANCE_SECONDS,
    now = Date.now(),
    maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
    hosts,
    ...rest
  } = plainOptions(OPERATION, options);
  // A misspelt `secret` would be a check that is not made.
  for (const name of Object.keys(rest)) throw invalid(OPERATION, name, OPTION);
  const nowMs = toMilliseconds(now);
  // Compared with NaN nothing is too old or too large.
  for (const [name, value] of Object.entries({ toleranceSeconds, now: nowMs, maxBodyBytes })) {
    if (!Number.isFinite(value) || value < 0) throw invalid(OPERATION, name, NON_NEGATIVE);
  }
  if (isInOtherUnit(nowMs)) throw invalid(OPERATION, "now", EPOCH_MILLISECONDS);
  if (toleranceSeconds > MAX_TOLERANCE_SECONDS) throw invalid(OPERATION, "toleranceSeconds", DAY_SECONDS);
  const isSigned = options !== null && options !== undefined && Object.hasOwn(options, "secret");
  const keys = isSigned ? await importKeys(secret) : null;

  const { method = "POST", headers, body, bodyUsed } = (request ?? {}) as Partial<Request> & WebhookDelivery;
  if (bodyUsed) throw invalid(OPERATION, "request", UNREAD);
  if (method !== "POST") throw webhookError("bad_method");
  const type = headerOf(headers, "content-type");
  if (typeof type === "string" && !JSON_TYPE.test(type)) throw webhookError("bad_content_type");
  const bytes = await readBody(body, maxBodyBytes);
  const header = (name: string): string | null => headerOf(headers, name);
  const signed = keys && (await verifySignature({ header, body: bytes }, keys, { nowMs, toleranceSeconds }));

  const payload = await parseStrictly(bytes);
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

/** The part of a client that {@link confirmWebhook} needs. */
type Viewer = { readonly credentials: Pick<Hyperstack["credentials"], "view"> };

/**
 * Confirms a delivery with the API (`credentials.view`): anyone can post to a webhook's address, and no signature is
 * documented. Act on `credential`, not on the content of the delivery.
 *
 * `confirmed` means: the account of this client's token has that credential and it was published. Whether the vendor
 * sent this very delivery remains unknown, so a repeated or invented one about a published credential is confirmed,
 * too. Only credentials of that account can be; of others' nothing is known. A delivery without an event's name counts
 * as `credential.issued`, the only documented one.
 *
 * An outage is never "not confirmed": the call rejects.
 *
 * @param hyperstack - The client of the account that the webhook was subscribed with.
 * @param event - The result of {@link parseWebhook}.
 * @param options - Options of the `view` that is made.
 * @throws The errors of `credentials.view`, except `NotFoundError`.
 * @example
 * ```ts
 * const found = await confirmWebhook(hyperstack, await parseWebhook(request));
 * if (found.confirmed) console.log("issued", found.credential.document_id);
 * ```
 * @category Webhooks
 */
export const confirmWebhook = async (
  hyperstack: Viewer,
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
  if (isPublished(credential)) return { confirmed: true, credential };
  const isDraft = credential.status === "unpublished";
  return { confirmed: false, reason: isDraft ? "not_published" : "unknown_status" };
};
