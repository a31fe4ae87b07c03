/** A server component: the verdict of the moment of the request. Next's fetch cache is never used for it. */
import { hyperstack } from "../../../lib/hyperstack";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const verification = await hyperstack().verify(id);
  switch (verification.outcome) {
    case "verified":
      return <p>Valid: {verification.credential.group.title}</p>;
    case "not_verified":
      return <p>Not valid: {verification.verdict}</p>;
    default:
      // An outage says nothing about the credential: it is neither a yes nor a no.
      return <p>We could not check this credential ({verification.reason}). Reload to try again.</p>;
  }
}
