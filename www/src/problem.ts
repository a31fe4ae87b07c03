/** Defines the problems that the Worker itself reports; those of `/api/verify` are the package's. */

/** Each with its status, its title and what to do. */
export const PROBLEMS = {
  not_found: [404, "Not found", "This service has nothing at this path."],
  method_not_allowed: [405, "The method is not allowed", "The allow header lists the allowed method."],
  invalid_batch: [
    400,
    "The request is not a valid batch",
    'The body must be JSON, {"inputs": [1 to 50 links or ids]}, of at most 131 072 bytes.',
  ],
  unauthorized: [
    401,
    "The health key is missing or wrong",
    "Send the key in the header authorization: Bearer <key>.",
  ],
  not_configured: [
    500,
    "The service is not configured",
    "The operator can find the cause at /healthz and in the log.",
  ],
  internal: [
    500,
    "The request failed",
    "This service has an internal error. It says nothing about any credential.",
  ],
} as const;

/** A problem document (RFC 9457). */
export const problem = (code: keyof typeof PROBLEMS, headers: Record<string, string> = {}): Response => {
  const [status, title, detail] = PROBLEMS[code];
  const type = `urn:problem-type:hyperstack-credentials:${code}`;
  return new Response(JSON.stringify({ type, title, status, detail, code }), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
};
