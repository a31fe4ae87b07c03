/** A verifying service with everything on: several accounts, a memory, signed receipts and their published key. */
import * as api from "hyperstack-credentials";
import { roundTrip } from "../../consumers/shared/receipts.js";

let service;
const start = async ({ TOKENS, RECEIPT_KEY, BASES }) => {
  const bases = JSON.parse(BASES);
  const accounts = JSON.parse(TOKENS).map((token, at) => ({
    label: `account ${at}`,
    client: new api.Hyperstack({ token, baseUrl: bases[at], maxRetries: 0 }),
  }));
  const handler = api.createVerifyHandler({
    accounts,
    cache: { seconds: 60 },
    receipts: await api.importReceiptKey(RECEIPT_KEY),
  });
  return { accounts, handler, keys: await api.receiptKeySet(JSON.parse(RECEIPT_KEY)) };
};

export default {
  async fetch(request, env) {
    service ??= start(env);
    const { accounts, handler, keys } = await service;
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/.well-known/jwks.json") return Response.json(keys);
    if (pathname === "/round-trip") {
      const verification = await api.verifyInAccounts(searchParams.get("id"), accounts);
      return new Response(await roundTrip(api, verification));
    }
    return request.method === "GET" ? new Response("ready") : handler(request);
  },
};
