import { prepare } from "./common.mjs";

export const bench = prepare({ codeGeneration: true });
