/** The core with the API client, which can do all that the other one can. */
import { factory } from "#client-glue";
import { load } from "#client-load";
import { Core } from "./loader.js";

export const core = /* @__PURE__ */ new Core(factory, load);
