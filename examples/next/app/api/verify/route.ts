/** The route for `Verifier` and `<hyperstack-verify>` in the browser: POST {"input": link or id}. */
import { createVerifyHandler } from "hyperstack-credentials";
import { hyperstack } from "../../../lib/hyperstack";

// Created at the first request: the build has no token.
let handler: ReturnType<typeof createVerifyHandler> | undefined;

export function POST(request: Request): Promise<Response> {
  handler ??= createVerifyHandler({ client: hyperstack() });
  return handler(request);
}
