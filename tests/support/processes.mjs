/**
 * Starts and stops the servers that tests use: the sandbox, the Worker under wrangler, and Prism.
 *
 *     const sandbox = await startSandbox({ seed: "demo" });
 *     const worker = await startWorker({
 *       vars: { HYPERSTACK_API_BASE: sandbox.url, HYPERSTACK_MODE: "sandbox", HYPERSTACK_SAMPLES: "[]" },
 *       secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
 *     });
 *     …
 *     await worker.stop();
 *     await sandbox.stop();
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Every process group that has to be gone when this process is. */
const running = new Set();

process.on("exit", () => {
  for (const server of running) server.killNow();
});
for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
]) {
  process.once(signal, () => process.exit(128 + number));
}

/**
 * Starts a sandbox on a free port.
 *
 * @param {{ seed?: string, token?: string, args?: string[] }} [options]
 * @returns {Promise<{ url: string, token: string, logs(): string, stop(): Promise<void> }>}
 */
export async function startSandbox({ seed, token = randomToken(), args = [] } = {}) {
  const program = process.env.HYPERSTACK_SANDBOX_BIN ?? join(root, "target/debug/hyperstack-sandbox");
  if (!existsSync(program)) {
    throw new Error(`${program} is missing: cargo build --package hyperstack-sandbox`);
  }
  const seeded = seed === undefined ? [] : ["--seed", seed];
  const server = new Server("sandbox", program, ["--port", "0", "--token", token, ...seeded, ...args], {
    env: process.env,
    cwd: root,
  });
  const url = await server.waitUntil(20_000, () => /^listening on (http:\S+)$/m.exec(server.logs())?.[1]);
  return { url, token, logs: () => server.logs(), stop: () => server.stop() };
}

/**
 * Starts a Worker in workerd, that of `www/` unless `config` names another, or `args` and `cwd` one without a
 * configuration. `vars` and `secrets` hold strings; secrets are never on a command line.
 *
 * @param {{ config?: string, args?: string[], cwd?: string, vars?: Record<string, string>,
 *   secrets?: Record<string, string>, devVars?: boolean, port?: number }} [options] `devVars`: it reads the .dev.vars
 *   beside its configuration, as in development, instead of `secrets`.
 * @returns {Promise<{ url: string, logs(): string, stop(): Promise<void> }>}
 */
export async function startWorker({
  config = "www/wrangler.jsonc",
  args: worker = ["--config", join(root, config)],
  cwd = dirname(join(root, config)),
  vars = {},
  secrets = {},
  devVars = false,
  port,
} = {}) {
  const node = process.env.WRANGLER_NODE ?? join(root, "node_modules/.bin/node");
  const chosen = port ?? (await freePort());
  // State of its own: two Workers at once would lock each other out.
  const state = mkdtempSync(join(tmpdir(), "hyperstack-worker-"));
  const args = [
    join(root, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    ...worker,
    ...["--ip", "127.0.0.1", "--port", String(chosen), "--inspector-port", "0"],
    "--show-interactive-dev-session=false",
    // In place of a .dev.vars or .env that happens to lie beside it.
    ...(devVars ? [] : ["--env-file", "/dev/null"]),
    ...["--persist-to", join(state, "state")],
    ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
  // Its environment is where wrangler gets the secrets from, so it gets a small one.
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const env = {
    ...Object.fromEntries(
      Object.entries({ PATH, HOME, LANG, TMPDIR }).filter(([, value]) => value !== undefined),
    ),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    CLOUDFLARE_INCLUDE_PROCESS_ENV: String(!devVars),
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_LOG_PATH: join(state, "logs"),
    WRANGLER_REGISTRY_PATH: join(state, "registry"),
    NO_COLOR: "1",
    ...secrets,
  };
  const server = new Server("wrangler", node, args, { env, cwd }, () =>
    rmSync(state, { recursive: true, force: true, maxRetries: 3 }),
  );
  const url = `http://127.0.0.1:${chosen}`;
  await server.waitUntil(60_000, async () => {
    if (server.logs().includes("Build failed")) throw new Error("wrangler cannot build the Worker");
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      return answer.status < 500;
    } catch {
      return false;
    }
  });
  return { url, logs: () => server.logs(), stop: () => server.stop() };
}

/**
 * Starts Prism before a server: it answers with an error of its own (`application/problem+json`) where a request, or the
 * server's answer to it, is not as `openapi.yaml` describes.
 *
 * @param {{ upstream: string }} options
 * @returns {Promise<{ url: string, logs(): string, stop(): Promise<void> }>}
 */
export async function startPrism({ upstream }) {
  const prism = join(root, "node_modules/@stoplight/prism-cli/dist/index.js");
  const port = await freePort();
  const args = [prism, "proxy", join(root, "openapi.yaml"), upstream, "--errors", "--port", String(port)];
  const server = new Server("prism", process.execPath, args, {
    env: { ...process.env, NO_COLOR: "1" },
    cwd: root,
  });
  await server.waitUntil(60_000, () => server.logs().includes("Prism is listening"));
  return { url: `http://127.0.0.1:${port}`, logs: () => server.logs(), stop: () => server.stop() };
}

/**
 * Starts any other server; `ready` looks, again and again, at what it has printed, until it finds what it looks for.
 *
 * @param {string} name
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, ready(logs: string): unknown }} options
 */
export async function startProgram(name, program, args, { cwd = root, env = process.env, ready }) {
  const server = new Server(name, program, args, { cwd, env });
  const found = await server.waitUntil(60_000, () => ready(server.logs()));
  return {
    found,
    logs: () => server.logs(),
    stop: () => server.stop(),
    residentBytes: () => server.residentBytes(),
    cpuSeconds: () => server.cpuSeconds(),
  };
}

/** A program in a process group of its own, with what it printed. */
class Server {
  #name;
  #child;
  #output = "";
  #failure;
  #ended = false;
  #closed;
  #cleanUp;

  constructor(name, program, args, options, cleanUp = () => {}) {
    this.#name = name;
    this.#cleanUp = cleanUp;
    this.#child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8");
      stream.unref();
      stream.on("data", (text) => {
        this.#output += text;
      });
    }
    this.#closed = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        this.#failure = error;
        this.#ended = true;
        resolve();
      });
      this.#child.once("exit", (code, signal) => {
        this.#failure ??= new Error(`it ended with ${signal ?? `exit code ${code}`}`);
        this.#ended = true;
        resolve();
      });
    });
    // A test that failed before its `stop()` must not wait for its servers: the process ends, and them with it.
    this.#child.unref();
    running.add(this);
  }

  logs() {
    return this.#output;
  }

  /** Polls until `ready` gives something; a program that ends, or takes too long, is an error with its logs. */
  async waitUntil(milliseconds, ready) {
    const deadline = Date.now() + milliseconds;
    try {
      for (;;) {
        const found = await ready();
        if (found) return found;
        if (this.#ended) throw this.#failure;
        if (Date.now() > deadline) throw new Error(`it was not ready within ${milliseconds / 1000} s`);
        await sleep(25);
      }
    } catch (cause) {
      await this.stop();
      throw new Error(`${this.#name} did not start: ${cause.message}\n${this.#output}`, { cause });
    }
  }

  /** Ends the whole group; may be called more than once. */
  async stop() {
    this.#signal("SIGTERM");
    const patience = AbortSignal.timeout(5_000);
    while (this.#groupLives() && !patience.aborted) await sleep(20);
    this.killNow();
    this.#child.ref();
    await this.#closed;
  }

  /** Without waiting, for a process that is about to exit. */
  killNow() {
    this.#signal("SIGKILL");
    if (running.delete(this)) this.#cleanUp();
  }

  #groupLives() {
    return this.#signal(0);
  }

  /** The fields of /proc/<pid>/stat of every process of the group, from the third on. */
  #statistics() {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          // The name in parentheses may hold anything.
          const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
            .replace(/^.*\) /s, "")
            .split(" ");
          return Number(fields[2]) === this.#child.pid ? [fields] : [];
        } catch {
          return []; // It has ended in between.
        }
      });
  }

  /** Memory that the group has in use. Pages of 4096 bytes, as on all that this runs on. */
  residentBytes() {
    return this.#statistics().reduce((sum, fields) => sum + Number(fields[21]) * 4096, 0);
  }

  /** Time that the group has spent on a processor. Linux counts it in hundredths. */
  cpuSeconds() {
    return this.#statistics().reduce(
      (sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) / 100,
      0,
    );
  }

  /** Whether there was anyone to receive it. */
  #signal(signal) {
    if (this.#child.pid === undefined) return false;
    try {
      // The group outlives its first process as long as one of its members does.
      return process.kill(-this.#child.pid, signal);
    } catch {
      return false;
    }
  }
}

function randomToken() {
  return `test-${randomBytes(16).toString("hex")}`;
}

/** A port that nobody listened on a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
