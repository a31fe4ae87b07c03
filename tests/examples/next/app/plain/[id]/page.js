import { Hyperstack } from "hyperstack-credentials";

// Nothing here tells Next that the page is dynamic.
export default async function Page({ params }) {
  const { id } = await params;
  const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
  const { verdict } = await new Hyperstack({ token, baseUrl }).verify(id);
  return <output>{verdict}</output>;
}
