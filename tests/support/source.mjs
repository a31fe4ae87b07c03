/** Imports modules of the package's or the page's sources, for lists that are not part of the public surface. */
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
