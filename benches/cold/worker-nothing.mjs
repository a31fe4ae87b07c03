import { ask } from "./nothing.mjs";

export default { fetch: async () => Response.json(await ask()) };
