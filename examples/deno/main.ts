/** A verify service for Deno: `POST /api/verify` for pages, and `GET /credential/<id>` as text. */
import { createVerifyHandler, Hyperstack } from "hyperstack-credentials";

const hyperstack = new Hyperstack({
  token: Deno.env.get("HYPERSTACK_API_TOKEN"),
  baseUrl: Deno.env.get("HYPERSTACK_API_BASE"), // only for the sandbox
});
const verify = createVerifyHandler({ client: hyperstack });

const CREDENTIAL = new URLPattern({ pathname: "/credential/:id" });

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, async (request) => {
  if (new URL(request.url).pathname === "/api/verify") return verify(request);

  const id = CREDENTIAL.exec(request.url)?.pathname.groups.id;
  if (id === undefined) return new Response("Not found", { status: 404 });
  const { outcome, verdict, reason } = await hyperstack.verify(id);
  // An outage says nothing about the credential: it is neither a yes nor a no.
  if (outcome === "indeterminate") return new Response(`could not check: ${reason}`, { status: 503 });
  return new Response(verdict);
});
