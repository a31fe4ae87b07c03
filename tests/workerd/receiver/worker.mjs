/** A receiver of webhooks as a Worker, which tells what it made of a delivery. */
import { confirmWebhook, Hyperstack, parseWebhook, WebhookError } from "hyperstack-credentials";

export default {
  async fetch(request, env) {
    if (request.method === "GET") return new Response("ready");
    try {
      const event = await parseWebhook(request, { secret: JSON.parse(env.SECRETS) });
      const hyperstack = new Hyperstack({ token: env.TOKEN, baseUrl: env.BASE });
      return Response.json({ event, found: await confirmWebhook(hyperstack, event) });
    } catch (error) {
      return Response.json(
        { name: error.name, code: error.code },
        { status: error instanceof WebhookError ? 400 : 500 },
      );
    }
  },
};
