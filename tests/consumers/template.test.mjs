/**
 * The template that a verify service is started from, as `npm create cloudflare` would copy it: installed with the packed
 * package, compiled, deployed as far as that goes without an account, and asked for verdicts.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { project, run, wasmIn } from "../support/consumers.mjs";
import { steer } from "../support/control.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { entriesOnce } from "../support/worker-log.mjs";
import { configuration } from "../support/worker-module.mjs";
import { dryRun } from "../support/workerd.mjs";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const cwd = project("template");

let sandbox;
let worker;
before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  worker = await startWorker({
    cwd,
    args: ["--config", join(cwd, "wrangler.jsonc")],
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      ISSUER_LABEL: "Acme Academy",
      ALLOWED_ORIGINS: "https://acme.example, https://www.acme.example",
    },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
});
after(async () => {
  await worker?.stop();
  await sandbox?.stop();
});

const verify = async (input, headers = {}) => {
  const answer = await fetch(`${worker.url}/api/verify`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ input }),
  });
  return { answer, body: await answer.json() };
};

test("verifies for allowed origins", async () => {
  const samples = await steer(sandbox).samples();
  const inputs = Object.fromEntries(samples.map(({ name, input }) => [name, input]));
  for (const verdict of ["valid", "revoked", "not_found_in_account"]) {
    const { answer, body } = await verify(inputs[verdict], { origin: "https://www.acme.example" });
    assert.equal(answer.headers.get("access-control-allow-origin"), "https://www.acme.example");
    assert.deepEqual([answer.status, body.verdict, body.issuer_label], [200, verdict, "Acme Academy"]);
  }
  const { body } = await verify(inputs.valid, { origin: "https://evil.example" });
  assert.equal(body.code, "origin_not_allowed");
  assert.equal((await fetch(`${worker.url}/`)).status, 404);
  assert.deepEqual(
    (await entriesOnce(worker, 4)).map(({ event, verdict, reason }) => [event, verdict, reason]),
    [
      ["verify", "valid", null],
      ["verify", "revoked", null],
      ["verify", "not_found_in_account", null],
      ["verify", null, "origin_not_allowed"],
    ],
  );
});

test("refuses a visitor's 61st request in a minute", async () => {
  // As many as always fit into one minute of the clock and the next one's beginning.
  const statuses = new Set();
  for (let count = 0; count < 125 && !statuses.has(429); count += 1) {
    statuses.add((await verify("x", { "cf-connecting-ip": `2001:db8::${count}` })).answer.status);
  }
  assert.deepEqual([...statuses], [200, 429]);
});

test("compiles and passes a dry-run deployment, with its own tools", async () => {
  assert.equal(await run(cwd, "typescript/bin/tsc", ["--noEmit"]), "");
  const out = join(cwd, "out");
  const output = await dryRun(out, { cwd, wrangler: join(cwd, "node_modules/wrangler/bin/wrangler.js") });
  const bindings = [...output.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name).sort();
  assert.deepEqual(bindings, ["ALLOWED_ORIGINS", "ISSUER_LABEL", "VERIFY_LIMIT"]);
  assert.deepEqual(wasmIn(out), { files: 1, inside: 0 });
});

test("is a template for npm create cloudflare, with the repository's versions", () => {
  const manifest = JSON.parse(read("template/package.json"));
  const { version } = JSON.parse(read("pkg/package.json"));
  assert.deepEqual(manifest.dependencies, { "hyperstack-credentials": `^${version}` });
  const { typescript, wrangler } = JSON.parse(read("package.json")).devDependencies;
  assert.deepEqual(manifest.devDependencies, { typescript, wrangler });

  const { compatibility_date, observability, ratelimits, secrets } = configuration("template/wrangler.jsonc");
  const service = configuration();
  assert.deepEqual(
    { compatibility_date, observability, ratelimits, secrets },
    {
      compatibility_date: service.compatibility_date,
      observability: service.observability,
      // It serves no page, so no lists.
      ratelimits: service.ratelimits.filter(({ name }) => name === "VERIFY_LIMIT"),
      secrets: service.secrets,
    },
  );
  const example = read("template/.dev.vars.example").matchAll(/^(\w+)=/gm);
  assert.deepEqual(
    Array.from(example, ([, name]) => name),
    ["HYPERSTACK_API_TOKEN"],
  );
  // What Cloudflare's deploy button asks for, and how it explains it.
  const { vars } = configuration("template/wrangler.jsonc");
  assert.deepEqual(Object.keys(manifest.cloudflare.bindings), ["HYPERSTACK_API_TOKEN", ...Object.keys(vars)]);
  assert.ok(
    existsSync(new URL("template/README.md", root)) && read("template/.gitignore").includes(".dev.vars\n"),
  );
  // A copy, because a template has to stand alone.
  assert.equal(read("template/src/visitor.ts"), read("www/src/visitor.ts"));
});
