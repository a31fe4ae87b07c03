/** A plugin for esbuild that resolves `#ajv-standalone` to the validator that ajv writes at build time. */
import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { benches } from "../lib/paths.mjs";

async function source() {
  // The schema lies beside TypeScript, which not every Node reads.
  const { outputFiles } = await build({
    entryPoints: [`${benches}validate/ajv-schema.mjs`],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  const { schema, options } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  const ajv = new Ajv({ ...options, code: { source: true, esm: true } });
  return standaloneCode.default(ajv, ajv.compile(schema));
}

export const ajvStandalone = {
  name: "ajv-standalone",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#ajv-standalone$/ }, ({ path }) => ({ path, namespace: "ajv" }));
    onLoad({ filter: /.*/, namespace: "ajv" }, async () => ({
      contents: await source(),
      resolveDir: benches,
    }));
  },
};
