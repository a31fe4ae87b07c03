/**
 * Runs the Worker of `www/` as it is deployed: wrangler's own bundle, created without deploying it, in workerd without
 * wrangler and its proxy.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, startProgram } from "./processes.mjs";
import { configuration } from "./worker-module.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs `wrangler deploy --dry-run`, with little of the environment and `env`; gives what it printed.
 *
 * @param {string} folder - Where the bundle goes; what was there is removed.
 * @param {{ cwd?: string, wrangler?: string, env?: Record<string, string> }} [options]
 */
export async function dryRun(
  folder,
  { cwd = join(root, "www"), wrangler = join(root, "node_modules/wrangler/bin/wrangler.js"), env = {} } = {},
) {
  rmSync(folder, { recursive: true, force: true });
  const { PATH, HOME } = process.env;
  const node = process.env.WRANGLER_NODE ?? join(root, "node_modules/.bin/node");
  const { stdout, stderr } = await promisify(execFile)(
    node,
    [wrangler, "deploy", "--dry-run", "--outdir", folder],
    {
      cwd,
      env: {
        PATH,
        HOME,
        NO_COLOR: "1",
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_LOG_PATH: join(root, "target/wrangler/logs"),
        ...env,
      },
    },
  );
  return stdout + stderr;
}

/** A text of the configuration language. */
const text = (value) => JSON.stringify(value);

/**
 * Starts the bundle with `bindings`, texts all of them. There is no limit: whoever asks it asks as often as they can.
 *
 * @param {Record<string, string>} bindings
 */
export async function startBundle(bindings) {
  const folder = mkdtempSync(join(tmpdir(), "hyperstack-bundle-"));
  try {
    await dryRun(folder);
    const entry = "worker.js";
    const others = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name) && name !== entry);
    return await startModules(
      [
        { name: entry, path: join(folder, entry) },
        ...others.map((name) => ({ name: `./${name}`, path: join(folder, name) })),
      ],
      { bindings, assets: join(root, "www/dist"), ready: "/healthz" },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Starts a Worker of these modules, the first of which is its entry. It is ready when it serves the path `ready`.
 *
 * @param {{ name: string, path?: string, contents?: string }[]} modules
 * @param {{ compatibilityDate?: string, bindings?: Record<string, string>, assets?: string, ready?: string,
 *   v8Flags?: string[] }} [options]
 */
export async function startModules(
  modules,
  {
    compatibilityDate = configuration().compatibility_date,
    bindings = {},
    assets,
    ready = "/",
    v8Flags = [],
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "hyperstack-workerd-"));
  try {
    const port = await freePort();
    const texts = Object.entries(bindings).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    );
    const embedded = modules.map(({ name, path, contents = readFileSync(path) }, at) => {
      writeFileSync(join(folder, `module-${at}`), contents);
      const kind = name.endsWith(".wasm") ? "wasm" : "esModule";
      return `(name = ${text(name)}, ${kind} = embed "module-${at}")`;
    });
    const served = assets === undefined ? [] : ['(name = "ASSETS", service = "files")'];
    const files = assets === undefined ? "" : `(name = "files", disk = ${text(assets)}),`;
    // Readable for this user only, as the folder is: it can hold a token.
    writeFileSync(
      join(folder, "config.capnp"),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      compatibilityDate = ${text(compatibilityDate)},
      modules = [ ${embedded.join(", ")} ],
      bindings = [ ${[...served, ...texts].join(", ")} ],
    )),
    ${files}
    # The upstreams are on this machine.
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  # An isolate of Workers may have 128 MB; here it ends with the process.
  v8Flags = [ ${["--max-heap-size=128", ...v8Flags].map(text).join(", ")} ],
  sockets = [(name = "http", address = ${text(`127.0.0.1:${port}`)}, http = (), service = "main")],
);
`,
    );
    const url = `http://127.0.0.1:${port}`;
    const server = await startProgram(
      "workerd",
      join(root, "node_modules/.bin/workerd"),
      ["serve", "config.capnp"],
      {
        cwd: folder,
        ready: () =>
          fetch(`${url}${ready}`).then(
            (answer) => answer.ok,
            () => false,
          ),
      },
    );
    const stop = async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    };
    return { ...server, url, stop };
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}
