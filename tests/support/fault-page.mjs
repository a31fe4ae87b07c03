/**
 * Serves a page that runs rows of the fault table (tests/faults) and cases (tests/vectors) with the built package.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const root = new URL("../../", import.meta.url);
const TYPES = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm", html: "text/html" };

const HTML = `<!doctype html><title>waiting</title><link rel="icon" href="data:,"><script type="module">
  import * as api from "/pkg/dist/index.js";
  import { runRow } from "/tests/faults/run.mjs";
  import rows from "/tests/faults/table.mjs";
  import wrong from "/tests/faults/wrong.mjs";
  import { runCase } from "/tests/support/case-run.mjs";
  const tables = { rows, wrong };
  window.runRows = async (table, members, world) => {
    const found = [];
    for (const at of members) found.push(await runRow(tables[table][at], { ...world, api }));
    return found;
  };
  // As text: Chromium's driver calls hasOwnProperty on what it is given, and one case has such a member.
  window.runCases = async (cases) => {
    const wrong = [];
    for (const each of JSON.parse(cases)) wrong.push(...(await runCase(api, each)).map((text) => each.name + ": " + text));
    return wrong;
  };
  document.title = "ready";
</script>`;

/** Only what the page is made of: `pkg/dist`, the table, and what steers the sandbox. */
const FILES = /^\/(pkg\/dist\/[\w.-]+|tests\/(faults|support)\/[\w-]+\.mjs)$/;

export async function servePage() {
  const server = createServer(async (request, response) => {
    try {
      const path = request.url === "/" ? "/index.html" : request.url;
      if (path !== "/index.html" && !FILES.test(path)) throw new Error("no such file");
      const body = path === "/index.html" ? HTML : await readFile(new URL(`.${path}`, root));
      response.writeHead(200, { "content-type": TYPES[path.split(".").at(-1)] }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}
