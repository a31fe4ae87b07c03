/**
 * Lists the expected results of the sandbox's samples, for the Worker's response and for the page, from their cases
 * (tests/vectors/README.md).
 */
import { sampleCases } from "./cases.mjs";

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

/** By the sample's name; `comparable`: something of the credential is shown. */
export const expected = Object.fromEntries(
  [...sampleCases()].map(
    ([
      name,
      {
        expected: { outcome, verdict, reason, checks, credential, withheld },
      },
    ]) => [
      name,
      {
        outcome,
        verdict,
        reason,
        // The one fault among the samples is the account's.
        httpStatus: outcome === "indeterminate" ? 502 : 200,
        states: checks.map(({ state }) => state),
        codes: Object.fromEntries(checks.map(({ id, code }) => [id, code])),
        withheld,
        comparable: credential !== null,
      },
    ],
  ),
);

/** The e-mail addresses in the sandbox's data; none of them may get past the Worker. */
export const secretAddresses = /@example\.com/i;
