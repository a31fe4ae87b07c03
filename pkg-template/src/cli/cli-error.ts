/** Errors that end a command, each with a message and an exit code. */
import { isHyperstackError, ValidationError } from "hyperstack-credentials";
import { EXIT, type ExitCode } from "./exit-codes.js";

/** An error that ends the command. Its message says what is wrong and what to do. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Returns an error about the command line itself. */
export const usageError = (message: string): CliError => new CliError(EXIT.USAGE, message);

/** What to do about an API error, by class. */
const FIXES: Readonly<Record<string, string>> = {
  AuthenticationError:
    "Check the token: HYPERSTACK_API_TOKEN or --token-file (dashboard → Settings → API Access).",
  InsufficientBalanceError: "Add credits to the account, and run the same command again.",
  RateLimitError: "Wait a minute, and run the same command again.",
};
/** Errors by which the API refuses a request. After any other error the outcome is unknown, or a retry may succeed. */
const REFUSALS = [
  "AuthenticationError",
  "BadRequestError",
  "ConflictError",
  "InsufficientBalanceError",
  "NotFoundError",
  "PermissionError",
];

/** The options of the command line, by those of the client that they set. */
const OPTIONS: Readonly<Record<string, string>> = {
  baseUrl: "--base-url (or HYPERSTACK_API_BASE)",
  token: "the token (HYPERSTACK_API_TOKEN or --token-file)",
  document_id: "ID",
  group_key: "the group's key",
};

const describeHyperstackError = (error: Error & { code: string }): string => {
  if (error instanceof ValidationError) {
    return error.issues
      .map(({ path, message }) => (path ? `${OPTIONS[path] ?? path}: ${message}` : message))
      .join("; ");
  }
  return [`${error.message} (${error.code})`, FIXES[error.name]].filter(Boolean).join(". ");
};

/** Returns the message and the exit code for anything thrown. */
export const describeError = (thrown: unknown): { message: string; exitCode: ExitCode } => {
  if (thrown instanceof CliError) return thrown;
  if (isHyperstackError(thrown)) {
    const message = describeHyperstackError(thrown);
    if (thrown.name === "ValidationError") return { message, exitCode: EXIT.USAGE };
    if (thrown.name === "InternalError") return { message, exitCode: EXIT.INTERNAL };
    return { message, exitCode: REFUSALS.includes(thrown.name) ? EXIT.NEGATIVE : EXIT.UNFINISHED };
  }
  return {
    message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    exitCode: EXIT.INTERNAL,
  };
};
