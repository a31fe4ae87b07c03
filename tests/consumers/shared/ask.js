/** What every consumer asks, of the API or of a verifying service: a credential in force, and one that was revoked. */
const LINKS = [
  "https://hyperstack.id/credential/DemoValid00000000000000000000001",
  "https://hyperstack.id/credential/DemoRevoked000000000000000000005",
];

export const ask = async (client) => {
  const verdicts = [];
  for (const link of LINKS) {
    const { verdict, reason } = await client.verify(link);
    verdicts.push(reason ?? verdict);
  }
  return verdicts.join(" ");
};
