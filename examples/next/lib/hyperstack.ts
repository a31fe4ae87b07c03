/** Creates the account's client, for code on the server only: in a browser, it throws. */
import { Hyperstack } from "hyperstack-credentials";

export const hyperstack = () =>
  new Hyperstack({
    token: process.env.HYPERSTACK_API_TOKEN,
    baseUrl: process.env.HYPERSTACK_API_BASE, // only for the sandbox
  });
