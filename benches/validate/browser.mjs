import { prepare } from "./common.mjs";

const wasm = await WebAssembly.compileStreaming(fetch(new URL("./decoder_bench_bg.wasm", import.meta.url)));
globalThis.bench = prepare(wasm, { codeGeneration: true });
document.title = "ready";
