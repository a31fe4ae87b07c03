import { Hyperstack } from "hyperstack-credentials";
import { ask } from "./shared/ask.js";

export default {
  async fetch(_request, { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl }) {
    return new Response(await ask(new Hyperstack({ token, baseUrl })));
  },
};
