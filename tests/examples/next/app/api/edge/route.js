import { createVerifyHandler, Hyperstack } from "hyperstack-credentials";

export const runtime = "edge";

export const POST = (request) => {
  const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
  return createVerifyHandler({ client: new Hyperstack({ token, baseUrl }) })(request);
};
