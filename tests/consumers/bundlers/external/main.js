import { Verifier } from "hyperstack-credentials/external";
import { ask } from "../shared/ask.js";

const endpoint = new URLSearchParams(location.search).get("endpoint") ?? "/api/verify";
document.title = await ask(new Verifier({ endpoint })).catch((error) => `failed: ${error}`);
