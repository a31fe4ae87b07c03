/** Defines the problems that the Worker itself reports; those of `/api/verify` are the package's. */

/** Each with its status, its title and what to do. */
export const PROBLEMS = {
  not_found: [404, "There is nothing here", "No service has this path."],
  method_not_allowed: [405, "This method is not allowed here", "The header allow names the one that is."],
  invalid_batch: [
    400,
    "The request is not a batch",
    'The body is JSON: {"inputs": [1 to 50 links or ids]}, of at most 131 072 bytes.',
  ],
  unauthorized: [401, "The health key is missing or wrong", "Send it as authorization: Bearer."],
  not_configured: [
    500,
    "The service is not configured",
    "Its operator finds the fault in /healthz and in the log.",
  ],
  internal: [500, "The request failed", "The fault is this service's. It says nothing about any credential."],
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
