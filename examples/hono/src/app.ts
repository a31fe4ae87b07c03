/** Serves a credential's verdict as a page, and as JSON for other pages. */
import { Hono } from "hono";
import { html } from "hono/html";
import { createVerifyHandler, Hyperstack, isVerified } from "hyperstack-credentials";

const hyperstack = new Hyperstack({
  token: process.env.HYPERSTACK_API_TOKEN,
  baseUrl: process.env.HYPERSTACK_API_BASE, // only for the sandbox
});
const verify = createVerifyHandler({ client: hyperstack });

export const app = new Hono();

// All methods, so that preflights reach the handler; no middleware before it may read the body.
app.all("/api/verify", (context) => verify(context.req.raw));

app.get("/credential/:id", async (context) => {
  const verification = await hyperstack.verify(context.req.param("id"));
  if (verification.outcome === "indeterminate") {
    return context.html(
      html`<p>We could not check this credential (${verification.reason}). Try again.</p>`,
      503,
    );
  }
  return context.html(
    isVerified(verification)
      ? html`<p>Valid: ${verification.credential.group.title}</p>`
      : html`<p>Not valid: ${verification.verdict}</p>`,
  );
});
