/** (a) What a user downloads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleText, sizes } from "../lib/bundle.mjs";
import { version } from "../lib/machine.mjs";
import { table, whole } from "../lib/markdown.mjs";
import { root } from "../lib/paths.mjs";

const CLIENT = "hyperstack_credentials_bg.wasm";
const VERIFIER = "hyperstack_verifier_bg.wasm";
/** Name, what is imported, and the wasm files beside the script. */
const OURS = [
  // All that `Hyperstack` does, and nothing of what a verifying service needs besides.
  [
    "the client, `Hyperstack`, `/external`: script and wasm",
    'export { Hyperstack } from "hyperstack-credentials/external"',
    [CLIENT],
  ],
  [
    "the client, `Hyperstack`, default entry (wasm inside)",
    'export { Hyperstack } from "hyperstack-credentials"',
    [],
  ],
  [
    "`Verifier` alone, `/external`",
    'export { Verifier, isVerified } from "hyperstack-credentials/external"',
    [VERIFIER],
  ],
  ["`Verifier` alone, default entry", 'export { Verifier, isVerified } from "hyperstack-credentials"', []],
  [
    "everything, `/external`: script and wasm",
    'export * from "hyperstack-credentials/external"',
    [CLIENT, VERIFIER],
  ],
  ["everything, default entry", 'export * from "hyperstack-credentials"', []],
];
const HANDWRITTEN = ["hand-written client with zod 4", 'export * from "./handwritten/client.ts"'];
const named = (name, rest = "") => `${name} ${version(name)}${rest}`;
const others = () => [
  HANDWRITTEN,
  [named("zod", ", everything"), 'export * from "zod"'],
  [
    named("zod", ", what the hand-written client uses of it and its schemas"),
    'export * from "./handwritten/schemas.ts"',
  ],
  [named("zod", "/mini, everything"), 'export * from "zod/mini"'],
  [named("valibot", ", everything"), 'export * from "valibot"'],
  [named("ky"), 'export { default } from "ky"'],
  [named("ofetch"), 'export { ofetch } from "ofetch"'],
  [named("@octokit/core"), 'export { Octokit } from "@octokit/core"'],
  [named("openai"), 'export { default } from "openai"'],
  // Its build for fetch: no Node modules.
  [named("stripe", ", build for Workers"), 'export { default } from "stripe"', "workerd"],
];
/** Row of `OURS`, goal and gate of the design. */
const GOALS = [
  [0, 62_000, 76_000],
  [2, 24_000, 30_000],
];

export async function measure({ say }) {
  const sum = (one, other) => Object.fromEntries(Object.keys(one).map((key) => [key, one[key] + other[key]]));
  const found = [];
  for (const [name, source, files] of OURS) {
    // The inline entry stands for what browsers get; its wasm is a part of the script.
    const script = sizes(await bundleText(source));
    const wasm = files.map((file) => sizes(readFileSync(join(root, "pkg/dist", file))));
    found.push([name, wasm.reduce(sum, script)]);
    say(`${name}: ${found.at(-1)[1].brotli}`);
  }
  const compared = [];
  for (const [name, source, runtime] of others()) {
    compared.push([name, sizes(await bundleText(source, runtime))]);
    say(`${name}: ${compared.at(-1)[1].brotli}`);
  }
  const base = found[0][1].brotli;
  const row = ([name, size]) => [
    name,
    whole(size.raw),
    whole(size.gzip),
    whole(size.brotli),
    (size.brotli / base).toFixed(2),
  ];
  const goals = GOALS.map(([at, goal, gate]) => {
    const [name, { brotli }] = found[at];
    return {
      what: `bytes of brotli, ${name}`,
      goal: `≤ ${whole(goal)}, at most ${whole(gate)}`,
      measured: whole(brotli),
      met: brotli <= goal ? "yes" : `no, ${whole(brotli - goal)} too many`,
    };
  });
  const text = [
    "Each bundled alone by esbuild, minified, for browsers, ES2022; gzip 9, brotli 11. Wasm is compressed as a separate file.",
    "The last column is brotli as a multiple of the first row.\n",
    table(["this package", "raw", "gzip", "brotli", "×"], found.map(row)),
    "",
    table(["others", "raw", "gzip", "brotli", "×"], compared.map(row)),
    "",
    "The hand-written client ([`benches/handwritten`](../benches/handwritten/client.ts)) has the same operations, request and response",
    "checks, retries, deadlines, limits and verdicts; its first comment says what it lacks. ky and ofetch check no responses; openai,",
    "stripe and @octokit/core are clients of other APIs, by their makers, and check none either: they show what people accept.",
  ].join("\n");
  return {
    title: "(a) Bytes downloaded",
    programs: ["esbuild"],
    goals,
    text,
    found: [...found, ...compared],
  };
}
