/**
 * Looks at the variables of `wrangler.jsonc`, by the Worker's own rules, before anything is deployed: `wrangler` runs it
 * (`build.command`). By hand it takes a file of secrets as well, as `wrangler deploy --secrets-file` does:
 *
 *     node www/check-settings.mjs [--config www/wrangler.jsonc] [--secrets-file secrets.json]
 *
 * Says which variable breaks which rule, never what is in it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, parseEnv } from "node:util";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    config: { type: "string", default: here("wrangler.jsonc") },
    "secrets-file": { type: "string" },
  },
});

// Bundled first, because the Node that runs this may not read TypeScript.
const { outputFiles } = await build({
  entryPoints: [here("src/worker-settings.ts")],
  bundle: true,
  format: "esm",
  write: false,
  tsconfigRaw: {},
});
const { readSettings } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
);

// JSON with comments and trailing commas is an expression of JavaScript.
const config = runInNewContext(`(${readFileSync(values.config, "utf8")})`);
const secrets = (text) => (text.trimStart().startsWith("{") ? JSON.parse(text) : parseEnv(text));
const file = values["secrets-file"];
const given = {
  ...Object.fromEntries((config.ratelimits ?? []).map(({ name }) => [name, { limit() {} }])),
  ...Object.fromEntries((config.services ?? []).map(({ binding }) => [binding, { fetch() {} }])),
  // Last: a variable with the name of a binding is a fault.
  ...config.vars,
  ...(file && secrets(readFileSync(file, "utf8"))),
};

const { faults } = readSettings(given, file ? "all" : "variables");
for (const { variable, rule } of faults) console.error(`${variable}: ${rule}`);
if (faults.length > 0) process.exitCode = 1;
