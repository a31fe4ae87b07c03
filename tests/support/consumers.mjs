/**
 * Shared by the tests of the packed package: finds the scratch projects (created by xtask/src/consumers.rs), runs tools
 * there, counts the wasm in their output, and serves that output to a browser with a verify service beside it.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** What `tests/consumers/shared/ask.js` comes to at a sandbox with the demo's credentials. */
export const VERDICTS = "valid revoked";

/** A folder of `tests/consumers` as the scratch project that it was made into. */
export function project(name) {
  const folder = process.env.HYPERSTACK_CONSUMERS;
  if (!folder) throw new Error("HYPERSTACK_CONSUMERS is not set: cargo xtask test --only test-package");
  return join(folder, name);
}

/** The environment of a tool: nothing of ours, and the Node that runs the tests for those that are scripts. */
export function toolEnvironment(more = {}) {
  const { PATH, HOME, TMPDIR } = process.env;
  const path = `${dirname(process.execPath)}:${PATH}`;
  return { PATH: path, HOME, ...(TMPDIR && { TMPDIR }), NO_COLOR: "1", ...more };
}

/** Runs a program that npm installed in a scratch project (or one by its absolute path) there, and returns its output. */
export async function run(cwd, program, args, env) {
  const path = resolve(cwd, "node_modules", program);
  try {
    const { stdout } = await promisify(execFile)(path, args, {
      cwd,
      env: toolEnvironment(env),
      maxBuffer: 64 << 20,
    });
    return stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}: ${error.message}\n${error.stdout}\n${error.stderr}`);
  }
}

const MAGIC = "\0asm";
/** How it begins as text inside a script (pkg-template/src/load/text.ts). */
const MAGIC_TEXT = "# * } 6$###";

const count = (text, part) => text.split(part).length - 1;

/** The copies of a wasm module inside of a script. */
export const wasmInText = (text) => count(text, MAGIC_TEXT) + count(text, MAGIC);

/** The copies of a wasm module in the files below a folder, source maps aside: as files, and inside of scripts. */
export function wasmIn(folder) {
  const found = { files: 0, inside: 0 };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith(".map")) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), "latin1");
    if (text.startsWith(MAGIC)) found.files += 1;
    else found.inside += wasmInText(text);
  }
  return found;
}

/** `createVerifyHandler` of the package that is installed in a project, before a sandbox. */
export async function verifyingService(name, sandbox, allowedOrigins = []) {
  const entry = join(project(name), "node_modules/hyperstack-credentials/dist/index.js");
  const { createVerifyHandler, Hyperstack } = await import(pathToFileURL(entry).href);
  const client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
  return createVerifyHandler({ client, allowedOrigins });
}

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/**
 * Serves `files`, then folders, the first that has the file, and `/api/verify`. `page` stands in for an index.html that
 * is not there.
 *
 * @param {{ folders: string[], files?: Record<string, string | Buffer>, headers?: Record<string, string>,
 *   page?: string, verify: (request: Request) => Promise<Response> }} options
 */
export async function serve({ folders, files = {}, verify, headers = {}, page = "" }) {
  const requests = [];
  const fileFor = async (path) => {
    if (path in files) return files[path];
    for (const folder of folders) {
      const body = await readFile(join(folder, path)).catch(() => null);
      if (body) return body;
    }
    return path === "/index.html" ? page : null;
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, origin);
    requests.push(pathname);
    if (pathname === "/api/verify") {
      const body = await Array.fromAsync(request, (chunk) => Buffer.from(chunk));
      const { method } = request;
      const asked = new Request(origin + pathname, {
        method,
        headers: request.headers,
        ...(method === "POST" && { body: Buffer.concat(body) }),
      });
      const answer = await verify(asked);
      response.writeHead(answer.status, { ...headers, ...Object.fromEntries(answer.headers) });
      response.end(Buffer.from(await answer.arrayBuffer()));
      return;
    }
    const path = pathname === "/" ? "/index.html" : pathname;
    const body = await fileFor(path);
    if (body === null) response.writeHead(404, headers).end();
    else
      response.writeHead(200, { ...headers, "content-type": TYPES[extname(path)] ?? "text/plain" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    url: origin,
    /** The paths that were asked for since the last call. */
    requests: () => requests.splice(0),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
