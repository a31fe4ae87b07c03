import { ask } from "./handwritten.mjs";

export default { fetch: async () => Response.json(await ask()) };
