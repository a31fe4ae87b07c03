/** Paths that the benchmarks use. */
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const benches = fileURLToPath(new URL("../", import.meta.url));
/** Below `target/`, a folder for each bundle. */
export const output = `${root}target/benches`;
