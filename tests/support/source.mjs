/** Imports modules of the package's or the page's sources, for lists that are not part of the public surface. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Imports a TypeScript module by its path in the repository. It must not need the wasm. `changed` has functions that change the
 * text of files, by file name, to what a later version may have.
 *
 * @param {string} path
 * @param {Record<string, (text: string) => string>} changed
 */
export const importSource = async (path, changed = {}) => {
  const asChanged = {
    name: "as-changed",
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const change = changed[basename(file)];
        return change && { contents: change(readFileSync(file, "utf8")), loader: "ts" };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../${path}`, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
    plugins: [asChanged],
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
