/** The problems of a verify service (RFC 9457), each with its status. */
import type { IndeterminateReason, Verification } from "./types.js";

/** A problem that does not depend on a verification. */
interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/** By `code`. */
export const PROBLEMS = {
  method_not_allowed: {
    status: 405,
    title: "The method must be POST",
    detail: "Send the request with POST.",
  },
  origin_not_allowed: {
    status: 403,
    title: "This origin is not allowed",
    detail: "This service does not accept requests from the page's origin.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body must be application/json",
    detail: "Send the request with content-type: application/json.",
  },
  body_too_large: {
    status: 413,
    title: "The body must be at most 4096 bytes",
    detail: "Send one link or id, and optionally a name.",
  },
  invalid_body: {
    status: 400,
    title: 'The body must be {"input": string, "recipient_name"?: string}',
    detail: "The body is not UTF-8 JSON of this form, or a member is missing, blank, unknown or duplicated.",
  },
  names_not_compared: {
    status: 400,
    title: "This service does not compare names",
    detail: "Nothing was checked. Send the request without recipient_name.",
  },
  too_many_requests: {
    status: 429,
    title: "Too many requests",
    detail: "Nothing was checked. Retry after the time in the retry-after header.",
  },
  internal: {
    status: 500,
    title: "The service could not check the credential",
    detail: "This service has an internal error. It says nothing about the credential.",
  },
} as const satisfies Record<string, Problem>;

/** The codes of problems that do not depend on a verification. */
export type ProblemCode = keyof typeof PROBLEMS;

const INDETERMINATE_TITLE = "The credential could not be checked";
export const DEFAULT_INDETERMINATE_STATUS = 502;
export const INDETERMINATE_STATUS: Partial<Record<IndeterminateReason, number>> = {
  // The configuration of this service, not the caller's fault.
  unauthorized: 500,
  forbidden: 500,
  rate_limited: 503,
  timeout: 504,
};

/** Problem types are names, not addresses: nothing can be fetched there. */
const PROBLEM_TYPE = "urn:problem-type:hyperstack-credentials:";

interface ProblemBody extends Problem {
  readonly code: string;
  readonly verification?: Verification;
}

const respond = (
  { code, title, status, detail, ...members }: ProblemBody,
  headers: Record<string, string>,
): Response => {
  const body = { type: `${PROBLEM_TYPE}${code}`, title, status, detail, code, ...members };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
};

/** Creates the response of a problem. */
export const problem = (code: ProblemCode, headers: Record<string, string>): Response =>
  respond({ code, ...PROBLEMS[code] }, headers);

/** Creates the response of a verification that is `indeterminate`. */
export const indeterminateProblem = (
  verification: Verification,
  headers: Record<string, string>,
): Response => {
  const reason = verification.reason as IndeterminateReason;
  const { retry_after_s } = verification;
  const wait: Record<string, string> = retry_after_s === null ? {} : { "retry-after": String(retry_after_s) };
  const detail = `The issuer's account returned no conclusive response (${reason}). This says nothing about the credential.`;
  const status = INDETERMINATE_STATUS[reason] ?? DEFAULT_INDETERMINATE_STATUS;
  const title = INDETERMINATE_TITLE;
  return respond({ code: "indeterminate", title, status, detail, verification }, { ...headers, ...wait });
};
