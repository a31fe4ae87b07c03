import { ask } from "./inline.mjs";

export default { fetch: async () => Response.json(await ask()) };
