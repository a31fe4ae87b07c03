// The wasm from an address of one's own, and from there only this very file.
import { init, Verifier } from "hyperstack-credentials/external";
import { verifierIntegrity } from "hyperstack-credentials/integrity";
import { ask } from "./shared/ask.js";

try {
  await init(fetch("/elsewhere.wasm", { integrity: verifierIntegrity }));
  document.title = await ask(new Verifier({ endpoint: "/api/verify" }));
} catch (error) {
  document.title = `failed: ${error.code}`;
}
