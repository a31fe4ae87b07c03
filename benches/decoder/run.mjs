// Validates pages of credentials with every candidate, interleaved, and prints nanoseconds a credential.
// `cargo xtask bench` builds the candidates and calls this with their folder.
import { readFile } from "node:fs/promises";
import { brotliCompressSync } from "node:zlib";
import * as zod from "zod";

const folder = process.argv[2];
const names = process.argv.slice(3);

const credential = (n) => ({
  document_id: `j4nDvaxF6ehodPXI84p4X1yhQe7${String(n).padStart(5, "0")}`,
  document_url: `https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7${String(n).padStart(5, "0")}`,
  recipient: { name: n % 7 === 0 ? "Zoë Łukasiewicz" : "John Doe", email: `john.doe.${n}@example.com` },
  group: { title: "Cloud Certification", key: "GcI6H5b66a3v", code: "CC-2024" },
  issued_on: "2024-03-15T10:30:00Z",
  valid_until: n % 3 === 0 ? "2030-03-15T10:30:00Z" : null,
  metadata: { custom_location: "Mars" },
  status: "active",
  privacy: "public",
});
const page = (count) =>
  new TextEncoder().encode(
    JSON.stringify({
      success: true,
      total: count,
      page: 1,
      page_size: count,
      credentials: Array.from({ length: count }, (_, n) => credential(n)),
    }),
  );

const shape = () => {
  const text = zod.string();
  return zod.looseObject({
    success: zod.literal(true),
    total: zod.int().nonnegative(),
    page: zod.int().nonnegative(),
    page_size: zod.int().nonnegative(),
    credentials: zod.array(
      zod.looseObject({
        document_id: text,
        document_url: text,
        recipient: zod.looseObject({ name: text, email: text }),
        group: zod.looseObject({ title: text, key: text, code: text }),
        issued_on: text,
        valid_until: text.nullable(),
        metadata: zod.record(text, zod.unknown()),
        status: text,
        privacy: text.optional(),
      }),
    ),
  });
};
zod.config({ jitless: true });
const jitless = shape();
zod.config({ jitless: false });
const jit = shape();

const decoder = new TextDecoder();
const parse = (bytes) => JSON.parse(decoder.decode(bytes));
const runners = {
  "JSON.parse alone": parse,
  "JSON.parse + zod 4, code generation": (bytes) => jit.parse(parse(bytes)),
  "JSON.parse + zod 4, none": (bytes) => jitless.parse(parse(bytes), { jitless: true }),
};
const sizes = {};
for (const name of names) {
  const glue = await import(`${folder}/${name}/decoder_bench.js`);
  const wasm = await readFile(`${folder}/${name}/decoder_bench_bg.wasm`);
  const js = await readFile(`${folder}/${name}/decoder_bench.min.js`);
  glue.initSync({ module: wasm });
  runners[name] = glue.decode;
  sizes[name] =
    `${(brotliCompressSync(wasm).length / 1000).toFixed(1)} + ${(brotliCompressSync(js).length / 1000).toFixed(1)}`;
}

for (const [name, run] of Object.entries(runners)) {
  const good = run(page(3));
  if (good?.credentials?.[2]?.recipient?.email !== "john.doe.2@example.com")
    throw new Error(`${name} does not decode`);
  const broken = new TextEncoder().encode(decoder.decode(page(3)).replace('"status":"active"', '"status":1'));
  let refused = name === "JSON.parse alone";
  try {
    refused ||= run(broken) === undefined;
  } catch {
    refused = true;
  }
  if (!refused) throw new Error(`${name} accepts a wrong answer`);
}

for (const count of [1, 50, 1000]) {
  const bytes = page(count);
  const rounds = Math.max(1, Math.round(4000 / count));
  const samples = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  // Interleaved, so that a noisy second hits all of them alike; the first rounds warm up.
  for (let round = 0; round < 40; round++) {
    for (const [name, run] of Object.entries(runners)) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < rounds; i++) run(bytes);
      if (round >= 10) samples[name].push(Number(process.hrtime.bigint() - start) / rounds / count);
    }
  }
  console.log(
    `\n${count} credential${count > 1 ? "s" : ""} a page, ${bytes.length} bytes, ns a credential: median (fastest to slowest quarter)`,
  );
  const base = samples["JSON.parse alone"].toSorted((a, b) => a - b)[15];
  for (const [name, list] of Object.entries(samples)) {
    const sorted = list.toSorted((a, b) => a - b);
    const [low, median, high] = [7, 15, 22].map((at) => sorted[at]);
    console.log(
      `${name.padEnd(38)} ${median.toFixed(0).padStart(6)} (${low.toFixed(0)} to ${high.toFixed(0)})  x ${(median / base).toFixed(2)}` +
        (sizes[name] ? `   wasm + glue, kB brotli: ${sizes[name]}` : ""),
    );
  }
}
