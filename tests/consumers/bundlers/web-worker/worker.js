import { Verifier } from "hyperstack-credentials";
import { ask } from "../shared/ask.js";

self.onmessage = async ({ data: endpoint }) => {
  postMessage(await ask(new Verifier({ endpoint })).catch((error) => `failed: ${error}`));
};
