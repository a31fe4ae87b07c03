import { Verifier } from "hyperstack-credentials";
import { ask } from "./shared/ask.js";

document.title = await ask(new Verifier({ endpoint: "/api/verify" })).catch((error) => `failed: ${error}`);
