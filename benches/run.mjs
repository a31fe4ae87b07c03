/** Measures one part, `node benches/run.mjs <part> [--quick]`; `cargo xtask bench` builds what it needs and calls it. */
import { write } from "./lib/report.mjs";

/** In the order of the document. */
const PARTS = ["size", "validate", "cold", "requests", "memory", "resets"];

const [part, ...options] = process.argv.slice(2);
if (!PARTS.includes(part)) throw new Error(`there is no part ${part}; there are ${PARTS.join(", ")}`);
const quick = options.includes("--quick");
const { measure } = await import(`./parts/${part}.mjs`);
const result = await measure({ quick, say: (text) => console.log(text) });
console.log(`\n${result.title}\n\n${result.text}`);
if (!quick) write(PARTS, part, result);
