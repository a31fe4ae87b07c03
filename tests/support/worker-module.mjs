/**
 * Loads the Worker of `www/` without workerd: its module with the test's own bindings, for what no configuration of
 * wrangler can produce (a binding that fails, variables of any type). Reads `wrangler.jsonc`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A module of `www/src` as Node runs it. */
export async function loadModule(path) {
  const { outputFiles } = await build({
    entryPoints: [`${root}www/src/${path}`],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    tsconfigRaw: {},
    // One copy of the package, as it was built.
    alias: { "hyperstack-credentials": `${root}pkg/dist/index.js` },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** A configuration of wrangler. JSON with comments and trailing commas is an expression of JavaScript. */
export function configuration(path = "www/wrangler.jsonc") {
  const value = runInNewContext(`(${readFileSync(`${root}${path}`, "utf8")})`);
  // Objects of this realm, which `deepEqual` compares with others.
  return JSON.parse(JSON.stringify(value));
}

/** Runs `during` and gives what was logged meanwhile: the lines of `console.log`, parsed. */
export async function logged(during) {
  const lines = [];
  const { log } = console;
  console.log = (line) => lines.push(JSON.parse(line));
  try {
    await during();
  } finally {
    console.log = log;
  }
  return lines;
}
