/** Bundles sources as a user's bundler would: esbuild, minified, for browsers, Node or workerd. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { benches, output } from "./paths.mjs";

const TARGETS = {
  browser: { platform: "browser" },
  node: { platform: "node", target: "node20" },
  // `workerd` is how the package is told; `worker` and `browser` what others go by.
  workerd: { platform: "browser", conditions: ["workerd", "worker", "browser"] },
};

const compiled = (runtime, more) => ({
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "error",
  define: { "process.env.NODE_ENV": '"production"' },
  // A module of its own in workerd, a file beside the script elsewhere.
  loader: { ".wasm": "copy" },
  assetNames: "[name]",
  absWorkingDir: benches,
  // The repository's `paths` lead to the package's sources; a user's bundler finds the built package.
  tsconfigRaw: {},
  ...TARGETS[runtime],
  ...more,
});

/** Bundles `source`, the text of a module that stands in `benches/`, without writing it anywhere. */
export async function bundleText(source, runtime = "browser", more = {}) {
  const stdin = { contents: source, resolveDir: benches, loader: "ts" };
  const { outputFiles } = await build(compiled(runtime, { stdin, write: false, outfile: "out.js", ...more }));
  return Buffer.from(outputFiles.find(({ path }) => path.endsWith("out.js")).contents);
}

/** Bundles `entries` (`{ name: file in benches/ }`) into a folder of its own and gives its path. */
export async function bundle(folder, entries, runtime, more = {}) {
  const outdir = join(output, folder);
  await rm(outdir, { recursive: true, force: true });
  await build(compiled(runtime, { entryPoints: entries, outdir, outExtension: { ".js": ".mjs" }, ...more }));
  return outdir;
}

/** Bytes as they are, and as servers send them at best. */
export const sizes = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length,
});
