import { prepare } from "./common.mjs";

globalThis.bench = prepare({ codeGeneration: true });
document.title = "ready";
