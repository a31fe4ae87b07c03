/** One class for what a call can end with; `kind` says which it is. */
export type ErrorKind =
  | "validation"
  | "authentication"
  | "permission"
  | "not_found"
  | "conflict"
  | "insufficient_balance"
  | "bad_request"
  | "rate_limit"
  | "server"
  | "response"
  | "connection"
  | "timeout";

export interface Issue {
  path: string;
  message: string;
}

interface Details {
  status?: number | undefined;
  retryAfterMs?: number | undefined;
  issues?: Issue[] | undefined;
}

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: ErrorKind;
  readonly code: string;
  readonly operation: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly issues: Issue[];
  attempts = 0;

  constructor(kind: ErrorKind, code: string, operation: string, message: string, details: Details = {}) {
    super(`${operation}: ${message}`);
    this.kind = kind;
    this.code = code;
    this.operation = operation;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.issues = details.issues ?? [];
  }
}
