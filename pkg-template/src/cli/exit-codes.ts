/** The exit codes of the command line; docs/cli.md and `--help` list them. */
export const EXIT = {
  /** Done: every link is verified, every row has its credential, the request succeeded. */
  OK: 0,
  /** A link is not verified, a row failed, the API refused the request. */
  NEGATIVE: 1,
  /** A link could not be checked, a run ended early, no response that says whether the request succeeded. */
  UNFINISHED: 2,
  /** Wrong use of the command line (`EX_USAGE` of sysexits). */
  USAGE: 64,
  /** A file has an error (`EX_DATAERR`). */
  DATA: 65,
  /** A file is missing or cannot be read (`EX_NOINPUT`). */
  NO_INPUT: 66,
  /** A fault of this program (`EX_SOFTWARE`). */
  INTERNAL: 70,
  /** A file cannot be written (`EX_CANTCREAT`). */
  CANNOT_WRITE: 73,
  /** The second Ctrl-C: ended at once. */
  INTERRUPTED: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
