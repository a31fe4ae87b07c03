/**
 * Runs a server in front of a Worker that forwards everything, headers included, until a test replaces the responses of
 * `/api/verify`.
 */
import { createServer } from "node:http";

/**
 * @param {{ url: string }} worker
 * `door.verify` is asked for every POST to /api/verify with its body; it gives `{ status, headers, body }`, or "cut"
 * to break the connection off, or `null` to pass the request on. `door.questions` holds the bodies that came. Paths in
 * `door.missing` are answered 404.
 */
export async function openFrontDoor(worker) {
  const door = { url: "", questions: [], batches: 0, missing: [], verify: async () => null, stop };
  const server = createServer(async (request, response) => {
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      let own = door.missing.includes(request.url) ? { status: 404, body: "{}" } : null;
      if (request.url === "/api/verify") {
        const question = JSON.parse(body.toString());
        door.questions.push(question);
        own = await door.verify(question);
      }
      if (request.url === "/api/verify/batch") {
        await batch(JSON.parse(body.toString()).inputs, request, response);
        return;
      }
      if (own === "cut") {
        request.socket.destroy();
        return;
      }
      if (own === null) {
        const { status, headers, bytes } = await passOn(request, body);
        response.writeHead(status, headers).end(bytes);
        return;
      }
      // The page's true headers, the policy among them, around the false answer.
      const { headers } = await passOn({ url: "/", method: "HEAD", headers: {} }, "");
      response
        .writeHead(own.status ?? 200, { ...headers, "content-type": "application/json", ...own.headers })
        .end(typeof own.body === "string" ? own.body : JSON.stringify(own.body));
    } catch {
      request.socket.destroy();
    }
  });

  /** Serves a batch as the Worker does, from its own responses or those of a test to each link. */
  async function batch(inputs, request, response) {
    const { headers } = await passOn({ url: "/", method: "HEAD", headers: {} }, "");
    response.writeHead(200, { ...headers, "content-type": "application/x-ndjson" });
    door.batches += 1;
    let next = 0;
    let pause = null;
    const work = async () => {
      while (next < inputs.length && !response.destroyed) {
        const at = next;
        next += 1;
        if (pause !== null) {
          response.write(`${JSON.stringify({ at, ...pause })}\n`);
          continue;
        }
        const question = { input: inputs[at] };
        door.questions.push(question);
        const own = await door.verify(question);
        if (own === "cut") {
          response.destroy();
          return;
        }
        const line = await lineOf(own, question, request);
        const wait = line.headers["retry-after"];
        if (wait !== undefined) {
          const body = { title: "Too many requests", status: 429, code: "too_many_requests" };
          const headers = { "content-type": "application/problem+json", "retry-after": wait };
          pause ??= { status: 429, headers, body };
        }
        response.write(`${JSON.stringify({ at, ...line })}\n`);
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    response.end();
  }

  async function lineOf(own, question, request) {
    if (own !== null) {
      const { status = 200, headers = {}, body } = own;
      return { status, headers: { "content-type": "application/json", ...headers }, body };
    }
    const single = { url: "/api/verify", method: "POST", headers: request.headers };
    const { status, headers, bytes } = await passOn(single, Buffer.from(JSON.stringify(question)));
    return { status, headers, body: JSON.parse(bytes.toString()) };
  }

  let visitors = 0;
  async function passOn(request, body) {
    const { host, connection, origin, "content-length": _, ...headers } = request.headers;
    visitors += 1;
    const answer = await fetch(worker.url + request.url, {
      method: request.method,
      // Each request from an address of its own: how many a minute may ask is tested elsewhere.
      headers: {
        ...headers,
        "accept-encoding": "identity",
        "cf-connecting-ip": `2001:db8:0:${visitors.toString(16)}::1`,
      },
      redirect: "manual",
      ...(body.length > 0 ? { body } : {}),
    });
    const kept = Object.fromEntries(answer.headers);
    for (const name of ["content-encoding", "transfer-encoding", "connection", "content-length"])
      delete kept[name];
    return { status: answer.status, headers: kept, bytes: Buffer.from(await answer.arrayBuffer()) };
  }

  async function stop() {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  door.url = `http://127.0.0.1:${server.address().port}`;
  return door;
}
