"use client";
/** A page in the browser: it has no token, and sends the link to `api/verify/route.ts`. */
import { type Verification, Verifier } from "hyperstack-credentials/verifier";
import { type FormEvent, useState } from "react";

export default function Page() {
  const [verification, setVerification] = useState<Verification>();

  async function check(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const link = String(new FormData(event.currentTarget).get("link"));
    setVerification(await new Verifier({ endpoint: "/api/verify" }).verify(link));
  }

  return (
    <form onSubmit={check}>
      <label>
        Credential link <input name="link" required />
      </label>
      <button type="submit">Verify</button>
      {verification && <output>{verification.reason ?? verification.verdict}</output>}
    </form>
  );
}
