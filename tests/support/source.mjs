/** Imports modules of the package's or the page's sources, for lists that are not part of the public surface. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The exports of a TypeScript module, by its path in the repository. It must not need the wasm. */
export const importSource = async (path) => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../${path}`, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
};

/** The text of a script of the built package, and of the scripts beside it that it imports. */
export const builtScripts = (file) => {
  const texts = new Map();
  const open = [file];
  for (let next = open.pop(); next; next = open.pop()) {
    if (texts.has(next)) continue;
    const text = readFileSync(new URL(`../../pkg/dist/${next}`, import.meta.url), "utf8");
    texts.set(next, text);
    for (const [, imported] of text.matchAll(/^(?:import .*|\} )from "\.\/(.*)";$/gm)) open.push(imported);
  }
  return texts;
};
