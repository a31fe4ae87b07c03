/** The error of a delivery that is refused. */
import { HyperstackError } from "./errors.js";

/**
 * A delivery that `parseWebhook` refuses: it is malformed, or its signature does not match a given secret. The fault is
 * the sender's, so respond with 400. `code` says which; codes are append-only.
 *
 * @category Errors
 */
export class WebhookError extends HyperstackError {
  /** What is wrong with the delivery. */
  declare readonly code:
    | "bad_method"
    | "bad_content_type"
    | "body_too_large"
    | "truncated"
    | "bad_json"
    | "ambiguous_document_id"
    | "signature_missing"
    | "bad_timestamp"
    | "timestamp_too_old"
    | "timestamp_too_new"
    | "bad_signature";
}

/**
 * What each code means.
 *
 * @internal
 */
export const WEBHOOK_FAULTS: Readonly<Record<WebhookError["code"], string>> = {
  bad_method: "the method is not POST",
  bad_content_type: "the content type is not JSON",
  body_too_large: "the body is too large",
  truncated: "the body was cut off",
  bad_json: "the body is not valid JSON",
  ambiguous_document_id: "the delivery names different credentials",
  signature_missing: "webhook-id, webhook-timestamp or webhook-signature is missing",
  bad_timestamp: "webhook-timestamp is not a Unix time in seconds",
  timestamp_too_old: "webhook-timestamp is more than toleranceSeconds ago",
  timestamp_too_new: "webhook-timestamp is more than toleranceSeconds in the future",
  bad_signature: "no signature matches the secret",
};

/**
 * The operation of errors about deliveries.
 *
 * @internal
 */
export const OPERATION = "webhooks.parse";

/**
 * Creates the error of a code; `text` replaces its sentence.
 *
 * @internal
 */
export const webhookError = (code: WebhookError["code"], text: string = WEBHOOK_FAULTS[code]): WebhookError =>
  new WebhookError({
    name: "WebhookError",
    code,
    message: `${OPERATION}: ${text}`,
    operation: OPERATION,
    retryable: false,
    attempts: 0,
  });
