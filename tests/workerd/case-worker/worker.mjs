/**
 * The Worker of the verify page, asked under a case's clock and configuration. What the Worker has no variable for
 * is given to the handler that it is made of.
 */
import { createVerifyHandler, Hyperstack } from "hyperstack-credentials";
import worker from "../../../www/src/worker.ts";

export default {
  async fetch(request, env, context) {
    const given = request.headers.get("x-case");
    if (given === null) return new Response("ready");
    const { now, vars, handler } = JSON.parse(given);
    // All cases speak of the same instant; those that run at once do not disturb each other.
    Date.now = () => now;
    const configured = {
      ...env,
      ...vars,
      ASSETS: { fetch: () => new Response(null, { status: 404 }) },
      // Names are compared only where a limit stands before it.
      VERIFY_LIMIT: { limit: async () => ({ success: true }) },
    };
    if (handler === undefined) return worker.fetch(request, configured, context);
    const client = new Hyperstack({
      token: configured.HYPERSTACK_API_TOKEN,
      baseUrl: configured.HYPERSTACK_API_BASE,
    });
    return createVerifyHandler({ client, compareNames: true, ...handler })(request);
  },
};
