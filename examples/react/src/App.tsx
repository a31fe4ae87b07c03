/** A page with the element and a list of results. React 19 passes attributes and events to elements. */
import type { Verification } from "hyperstack-credentials";
import type {} from "hyperstack-credentials/element/react"; // adds the element to JSX
import { useState } from "react";

export function App() {
  const [checked, setChecked] = useState<Verification[]>([]);
  return (
    <main>
      <h1>Verify a credential</h1>
      <hyperstack-verify
        endpoint="/api/verify"
        onhyperstack-result={({ detail }) => setChecked((earlier) => [detail, ...earlier])}
      />
      <h2>Checked</h2>
      <ul>
        {checked.map((verification) => (
          <li key={verification.checked_at}>{describe(verification)}</li>
        ))}
      </ul>
    </main>
  );
}

/** Distinguishes an outage from a no: an outage says nothing about the credential. */
function describe(verification: Verification): string {
  switch (verification.outcome) {
    case "verified":
      return `Valid: ${verification.credential.group.title}`;
    case "not_verified":
      return `Not valid: ${verification.verdict}`;
    default:
      return `Could not check: ${verification.reason}`;
  }
}
