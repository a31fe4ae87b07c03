/**
 * Starts the servers around the fault table (tests/faults): the sandbox, another origin that must receive nothing, one
 * that accepts connections and stays silent, and an address where nobody listens.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { startSandbox } from "./processes.mjs";

/** `world` is what `runRow` needs of it, and can travel as JSON. */
export async function startFaultWorld() {
  const sandbox = await startSandbox();
  const elsewhere = await startSandbox();
  const held = new Set();
  const silent = createServer((socket) => {
    held.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => held.delete(socket));
  });
  const [silentPort, closedPort] = [await listen(silent), await unusedPort()];
  return {
    world: {
      sandbox: { url: sandbox.url, token: sandbox.token },
      elsewhere: elsewhere.url,
      // https: the connection is not made before the server has said something.
      silentUrl: `https://127.0.0.1:${silentPort}`,
      closedUrl: `http://127.0.0.1:${closedPort}`,
    },
    logs: () => sandbox.logs() + elsewhere.logs(),
    assertNoSecretIn(text) {
      assert.ok(!text.includes(sandbox.token), "the token is in a log");
      assert.ok(!text.includes("quill.marigold"), "the recipient's address is in a log");
    },
    async stop() {
      for (const socket of held) socket.destroy();
      silent.close();
      await elsewhere.stop();
      await sandbox.stop();
    },
  };
}

async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

async function unusedPort() {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}
