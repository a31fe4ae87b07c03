import { Hyperstack } from "hyperstack-credentials";

// Next then keeps every response that a request does not exempt from its cache.
export const fetchCache = "default-cache";

export default async function Page({ params }) {
  const { id } = await params;
  const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
  const { verdict } = await new Hyperstack({ token, baseUrl }).verify(id);
  return <output>{verdict}</output>;
}
