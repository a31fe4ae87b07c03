/**
 * Loads a module of the verify page into Node, for tests that need no browser. It imports the built package.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** @param {string} name of a file in www/src, without its ending */
export async function pageModule(name) {
  const folder = `${root}target/page-modules`;
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/${name}-${process.pid}.mjs`;
  await build({
    entryPoints: [`${root}www/src/${name}.ts`],
    bundle: true,
    format: "esm",
    platform: "neutral",
    // Resolved from the folder of the result, which is inside this clone.
    external: ["hyperstack-credentials/external"],
    outfile,
    logLevel: "error",
  });
  return import(pathToFileURL(outfile).href);
}
