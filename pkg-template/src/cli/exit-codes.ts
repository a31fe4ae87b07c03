/** The exit codes of the command line; docs/cli.md and `--help` list them. */
export const EXIT = {
  /** Every link is verified, every row has its credential, or the request succeeded. */
  OK: 0,
  /** A link is not verified, a row failed, or the API refused the request. */
  NEGATIVE: 1,
  /** A link could not be checked, a run ended early, or no response says whether the request succeeded. */
  UNFINISHED: 2,
  /** Wrong use of the command line (`EX_USAGE` of sysexits). */
  USAGE: 64,
  /** A file has an error (`EX_DATAERR`). */
  DATA: 65,
  /** A file is missing or cannot be read (`EX_NOINPUT`). */
  NO_INPUT: 66,
  /** A bug in this program (`EX_SOFTWARE`). */
  INTERNAL: 70,
  /** A file or standard output cannot be written (`EX_CANTCREAT`). */
  CANNOT_WRITE: 73,
  /** A second Ctrl-C ended the process at once. */
  INTERRUPTED: 130,
} as const;

/** An exit code of the command line. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
