/**
 * Owns what the sandbox's samples must come to: the result, and all thirteen checks, for the Worker's answer and for
 * what the page shows.
 */

export const checkIds = [
  "input_parse",
  "host_trusted",
  "id_format",
  "lookup",
  "response_shape",
  "response_binding",
  "status",
  "validity_period",
  "not_before",
  "status_clock_agreement",
  "privacy",
  "recipient_match",
  "freshness",
];

const states = { p: "pass", f: "fail", w: "warn", e: "error", s: "skipped" };

/** `row("valid", …, "ppp…")`: one letter for each check in the order above. */
const row = (outcome, verdict, letters, codes, rest = {}) => ({
  outcome,
  verdict,
  reason: null,
  httpStatus: 200,
  states: [...letters].map((letter) => states[letter]),
  codes,
  withheld: [],
  ...rest,
});

/** Whether the credential's fields are shown, by the fields withheld. */
const shown = { withheld: ["recipient.email"], comparable: true };

/** By the sample's name. `codes` names the checks that decide it. */
export const expected = {
  valid: row(
    "verified",
    "valid",
    "pppppppppppsp",
    { status: "active", freshness: "live" },
    {
      withheld: ["recipient.email", "metadata"],
      comparable: true,
    },
  ),
  valid_private: row(
    "verified",
    "valid",
    "pppppppppppsp",
    { privacy: "private" },
    {
      withheld: ["recipient.email", "recipient.name", "metadata"],
      comparable: true,
    },
  ),
  expired: row(
    "not_verified",
    "expired",
    "ppppppffpppsp",
    { status: "expired", validity_period: "expired" },
    shown,
  ),
  suspended: row("not_verified", "suspended", "ppppppfppspsp", { status: "suspended" }, shown),
  revoked: row("not_verified", "revoked", "ppppppfppspsp", { status: "revoked" }, shown),
  unpublished: row(
    "not_verified",
    "unpublished",
    "ppppppfsssssp",
    { status: "unpublished" },
    {
      withheld: ["credential"],
    },
  ),
  not_yet_valid: row(
    "not_verified",
    "not_yet_valid",
    "ppppppppfppsp",
    { not_before: "not_yet_valid" },
    shown,
  ),
  not_found_in_account: row("not_verified", "not_found_in_account", "pppfsssssssss", {
    lookup: "not_found_in_account",
  }),
  untrusted_host: row("not_verified", "untrusted_host", "pfsssssssssss", { host_trusted: "untrusted_host" }),
  malformed_input: row("not_verified", "malformed_input", "ppfssssssssss", { id_format: "id_format" }),
  recipient_mismatch: row(
    "not_verified",
    "recipient_mismatch",
    "pppppppppppfp",
    { recipient_match: "recipient_mismatch" },
    { withheld: ["recipient.email", "metadata"], comparable: true },
  ),
  indeterminate: row(
    "indeterminate",
    "indeterminate",
    "pppesssssssss",
    { lookup: "upstream_5xx" },
    {
      reason: "upstream_5xx",
      httpStatus: 502,
    },
  ),
};

/** The e-mail addresses in the sandbox's data; none of them may get past the Worker. */
export const secretAddresses = /@example\.com/i;
