/** (b) Ways of decoding a page in Rust, with their sizes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sizes } from "../lib/bundle.mjs";
import { ratio, table, time } from "../lib/markdown.mjs";
import { quarters, sample } from "../lib/measure.mjs";
import { root } from "../lib/paths.mjs";
import { BAD, GOOD, page } from "../validate/documents.mjs";
import { BASE } from "../validate/names.mjs";

const WAYS = {
  tables: "shape tables, `JSON.parse` for the result (the package's)",
  serde_json: "serde_json, derived types, `JSON.parse` for the result",
  serde_wasm_bindgen: "serde_json, derived types, serde-wasm-bindgen",
};
const LEVELS = ["3", "s", "z"];
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

async function load(name) {
  const folder = join(root, "target/decoders", name);
  const glue = await import(join(folder, "decoder_bench.js"));
  const wasm = await readFile(join(folder, "decoder_bench_bg.wasm"));
  glue.initSync({ module: wasm });
  const script = await readFile(join(folder, "decoder_bench.min.js"));
  return { decode: glue.decode, bytes: sizes(wasm).brotli + sizes(script).brotli };
}

/** Every one refuses every bad document; what it gives for a good one may lack fields that nobody described. */
function check(name, decode) {
  const taken = (text) => decode(encoder.encode(text)) !== undefined;
  for (const [document, text] of Object.entries(GOOD))
    if (!taken(text)) throw new Error(`${name} refuses: ${document}`);
  for (const documents of Object.values(BAD))
    for (const [document, text] of Object.entries(documents))
      if (taken(text)) throw new Error(`${name} accepts: ${document}`);
}

export async function measure({ quick, say }) {
  const counts = quick ? [1, 50] : [1, 50, 1000];
  const names = quick
    ? ["tables-shipped"]
    : Object.keys(WAYS).flatMap((way) => LEVELS.map((level) => `${way}-${level}`));
  const runners = { [BASE]: (bytes) => JSON.parse(decoder.decode(bytes)) };
  const weights = {};
  for (const name of names) {
    const { decode, bytes } = await load(name);
    check(name, decode);
    runners[name] = decode;
    weights[name] = `${(bytes / 1000).toFixed(1)} kB`;
  }
  const cells = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  for (const count of counts) {
    say(`${count} credentials`);
    const bytes = encoder.encode(page(count));
    const how = quick ? { rounds: 3, milliseconds: 1 } : { rounds: 21, warmUp: 6, milliseconds: 6 };
    const samples = await sample(
      Object.fromEntries(Object.entries(runners).map(([name, run]) => [name, () => run(bytes)])),
      how,
    );
    for (const [name, list] of Object.entries(samples))
      cells[name].push(time(quarters(list)[1] / count), ratio(list, samples[BASE]));
  }
  const words = (name) => {
    const [way, level] = name.split("-");
    return WAYS[way] ? `${WAYS[way]}, ${level === "shipped" ? "as shipped" : `\`-O${level}\``}` : name;
  };
  const text = [
    "Rust decoders by themselves, from the bytes of a page to objects, at three optimization levels: time for one credential, the",
    `ratio to ${BASE}, and wasm with glue in kB of brotli. All refuse what [(b)](#b-validation) calls bad. serde-wasm-bindgen's`,
    "way drops fields that nobody described; the others keep them.",
    "",
    table(
      ["", ...counts.flatMap((count) => [`${count}: a credential`, "×"]), "brotli"],
      Object.entries(cells).map(([name, found]) => [words(name), ...found, weights[name] ?? ""]),
    ),
  ].join("\n");
  return { title: "(b) Ways of decoding", programs: ["node"], goals: [], text };
}
