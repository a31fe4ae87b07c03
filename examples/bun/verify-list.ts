/** Verifies a file of credential links, one per line, and prints a verdict for each. */
import { Hyperstack } from "hyperstack-credentials";

const [file] = Bun.argv.slice(2);
if (file === undefined) {
  console.error("usage: bun verify-list.ts <file with one credential link per line>");
  process.exit(64);
}

const hyperstack = new Hyperstack({
  token: Bun.env.HYPERSTACK_API_TOKEN,
  baseUrl: Bun.env.HYPERSTACK_API_BASE, // only for the sandbox
});

let unchecked = 0;
for (const line of (await Bun.file(file).text()).split("\n")) {
  const link = line.trim();
  if (link === "") continue;
  const verification = await hyperstack.verify(link);
  // An outage says nothing about the credential: it is neither a yes nor a no.
  if (verification.outcome === "indeterminate") unchecked += 1;
  console.log(`${verification.reason ?? verification.verdict}\t${link}`);
}
process.exit(unchecked > 0 ? 2 : 0);
