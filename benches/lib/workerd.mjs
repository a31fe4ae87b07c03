/**
 * Starts workerd itself with a bundled Worker, without wrangler, whose proxy would be in front of every request and
 * hide what is measured.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, startProgram } from "../../tests/support/processes.mjs";
import { root } from "./paths.mjs";

/** The program, not the script of the same name in .bin, which would be a Node process before it. */
const program = join(
  root,
  "node_modules/@cloudflare",
  `workerd-${process.platform}-${archOf(process.arch)}`,
  "bin/workerd",
);

function archOf(arch) {
  return arch === "x64" ? "64" : arch;
}

const text = (value) => JSON.stringify(value);

/** What workerd reads: one Worker of the modules in `folder`, `entry` first, with texts as bindings. */
function configuration(folder, entry, port, bindings) {
  const modules = readdirSync(folder)
    .filter((name) => name.endsWith(".wasm"))
    .map((name) => `(name = ${text(name)}, wasm = embed ${text(name)})`);
  const texts = Object.entries(bindings).map(
    ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = ${text(entry)}, esModule = embed ${text(entry)}), ${modules.join(", ")}],
      compatibilityDate = "2026-11-01",
      bindings = [${[...texts, '(name = "ASSETS", service = "assets")'].join(", ")}],
    )),
    (name = "assets", worker = (
      modules = [(name = "none.js", esModule = "export default { fetch: () => new Response(null, { status: 404 }) }")],
      compatibilityDate = "2026-11-01",
    )),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}

/** Writes the configuration beside the modules; `start()` then starts a process of its own each time. */
export async function prepareWorker(folder, entry, bindings = {}) {
  const port = await freePort();
  const file = join(folder, `${entry}.capnp`);
  writeFileSync(file, configuration(folder, entry, port, bindings));
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    program,
    args: ["serve", file],
    async start() {
      const server = await startProgram("workerd", program, ["serve", file], {
        env: { PATH: process.env.PATH },
        // The first answer would warm up what is to be measured cold, so only the port is knocked at.
        ready: () => listens(port),
      });
      return { url, logs: server.logs, stop: server.stop };
    },
  };
}

/** Whether somebody listens; nothing is sent. */
export async function listens(port) {
  const { connect } = await import("node:net");
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
