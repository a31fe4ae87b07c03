/**
 * Puts load on a server, from a separate process: `{ url, body, concurrency, milliseconds, expect }` comes as a
 * message, `{ times, wall }` in milliseconds goes back. An answer without `expect` in it ends it.
 */
import { Agent, request } from "node:http";

const agents = new Map();

function post(url, body, agent) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method: "POST", agent, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => {
        text += part;
      });
      answer.on("end", () => resolve(text));
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

process.on("message", async ({ url, body, concurrency, milliseconds, expect }) => {
  if (!agents.has(concurrency))
    agents.set(concurrency, new Agent({ keepAlive: true, maxSockets: concurrency }));
  const times = [];
  const started = performance.now();
  const ask = async () => {
    while (performance.now() - started < milliseconds) {
      const begun = performance.now();
      const text = await post(url, body, agents.get(concurrency));
      if (!text.includes(expect)) throw new Error(`${url} answered ${text}`);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  process.send({ times, wall: performance.now() - started });
});
