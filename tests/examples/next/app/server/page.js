import { Hyperstack } from "hyperstack-credentials";
import { ask } from "../../shared/ask.js";

// The verdict of the moment of the request, not of the build.
export const dynamic = "force-dynamic";

export default async function Page() {
  const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
  return <output>{await ask(new Hyperstack({ token, baseUrl }))}</output>;
}
