// Makes calls in a zone and prints their results and errors. The test lowers this file, because zone.js cannot follow native async functions.
import { Hyperstack } from "hyperstack-credentials";

const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
const client = new Hyperstack({ token, baseUrl });

const returned = async (id) => client.credentials.view(id);
const awaited = async (id) => {
  const { document_id } = await client.credentials.view(id);
  return { document_id };
};
const chained = (id) => Promise.resolve().then(() => client.credentials.view(id));
const wrapped = (id) => new Promise((resolve) => resolve(client.credentials.view(id)));
const together = async (id) => (await Promise.all([client.credentials.view(id)]))[0];
const raced = (id) => Promise.race([client.credentials.view(id)]);
const response = async (id) => (await client.credentials.view(id).withResponse()).data;

const VALID = "DemoValid00000000000000000000001";

const calls = { returned, awaited, chained, wrapped, together, raced, response };
const main = async () => {
  const results = {};
  for (const [name, call] of Object.entries(calls)) {
    const data = await call(VALID);
    const error = await call("A".repeat(32)).then(
      () => "none",
      ({ name, code }) => `${name} ${code}`,
    );
    results[name] = [data?.document_id, error, Zone.current.name];
  }
  return results;
};
Zone.current
  .fork({ name: "calls" })
  .run(main)
  .then((results) => console.log(JSON.stringify(results)));
