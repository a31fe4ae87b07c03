/** A Worker that verifies credential links for pages, and receives the webhook `credential.issued`. */
import {
  confirmWebhook,
  createVerifyHandler,
  Hyperstack,
  parseWebhook,
  WebhookError,
  type WebhookEvent,
} from "hyperstack-credentials";

interface Env {
  /** A secret: `npx wrangler secret put HYPERSTACK_API_TOKEN`. */
  HYPERSTACK_API_TOKEN: string;
  /** Only for the sandbox. */
  HYPERSTACK_API_BASE?: string;
}

export default {
  async fetch(request, env, context) {
    // A client is cheap to create: the WebAssembly core is loaded once, at the first call.
    const hyperstack = new Hyperstack({ token: env.HYPERSTACK_API_TOKEN, baseUrl: env.HYPERSTACK_API_BASE });
    switch (new URL(request.url).pathname) {
      case "/api/verify":
        return createVerifyHandler({ client: hyperstack })(request);
      case "/webhook":
        return webhook(request, hyperstack, context);
      default:
        return new Response("Not found", { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;

async function webhook(
  request: Request,
  hyperstack: Hyperstack,
  context: ExecutionContext,
): Promise<Response> {
  try {
    const event = await parseWebhook(request);
    // Respond first, then do the work. In production, use a queue, which also survives an outage.
    context.waitUntil(record(event, hyperstack));
    return new Response(null, { status: 202 });
  } catch (error) {
    if (error instanceof WebhookError) return new Response(error.code, { status: 400 });
    throw error;
  }
}

/** Reads the credential from the account: anyone can post to a webhook, so a delivery is only a hint. */
async function record(event: WebhookEvent, hyperstack: Hyperstack): Promise<void> {
  const found = await confirmWebhook(hyperstack, event);
  if (found.confirmed) console.log("issued", found.credential.document_id);
  else console.log("ignored", found.reason);
}
