import { Verifier } from "hyperstack-credentials";
import { ask } from "../shared/ask.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname !== "/verdicts") return;
  const verdicts = ask(new Verifier({ endpoint: "/api/verify" })).catch((error) => `failed: ${error}`);
  event.respondWith(verdicts.then((text) => new Response(text)));
});
