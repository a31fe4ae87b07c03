/** The core without the API client. */
import { factory } from "#verifier-glue";
import { load } from "#verifier-load";
import { Core } from "./loader.js";

export const core = /* @__PURE__ */ new Core(factory, load);
