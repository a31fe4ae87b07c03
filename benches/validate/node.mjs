import { readFileSync } from "node:fs";
import { prepare } from "./common.mjs";

const wasm = readFileSync(new URL("./decoder_bench_bg.wasm", import.meta.url));
export const bench = prepare(new WebAssembly.Module(wasm), { codeGeneration: true });
