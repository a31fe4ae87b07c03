/** The core with the API client; it can do everything that the verifier's core can. */
import { factory } from "#client-glue";
import { load } from "#client-load";
import { Core } from "./loader.js";

export const core = /* @__PURE__ */ new Core(factory, load);
