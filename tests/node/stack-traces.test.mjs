/** Tests that the stack of an error contains the caller's line, although the call continued in wasm and after awaits. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import * as modules from "hyperstack-credentials";
import { rejection } from "../support/control.mjs";
import { ID } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

const commonJs = createRequire(import.meta.url)("hyperstack-credentials");
const UNKNOWN = "Unknown0000000000000000000000001";

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(() => sandbox.stop());

for (const [format, { Hyperstack, isHyperstackError, parseCredentialUrl, Verifier }] of [
  ["a module", modules],
  ["CommonJS", commonJs],
]) {
  const client = () => new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, maxRetries: 0 });
  const unreachable = () => new Hyperstack({ token: "t", baseUrl: "http://127.0.0.1:1", maxRetries: 0 });
  const group = { title: "T", description: "D", badge_template: "b" };

  for (const [what, call] of [
    ["a response", () => client().credentials.view(UNKNOWN)],
    ["a response, with its headers", () => client().credentials.view(UNKNOWN).withResponse()],
    ["a wrong argument", () => client().credentials.publish("../x")],
    ["a wrong option", () => client().groups.create(group, { signal: 1 })],
    ["no connection", () => unreachable().groups.create(group)],
    ["a list", () => unreachable().credentials.list().toArray({ limit: 1 })],
    ["a wait", () => client().credentials.waitUntilPublished(UNKNOWN)],
    ["a verification", () => client().verify(7)],
    ["a verification by a service", () => new Verifier({ endpoint: "https://a.example/" }).verify(7)],
    ["a link", () => parseCredentialUrl(7)],
    ["a check of a list", () => client().credentials.validateMany([], { groupKey: "k" })],
  ]) {
    test(`${format}: the error of ${what} has the caller's line`, async () => {
      async function callsThePackage() {
        await call();
      }
      const error = await rejection(callsThePackage());
      assert.ok(isHyperstackError(error), String(error));
      assert.match(error.stack, /\bcallsThePackage\b.*stack-traces\.test\.mjs:\d+:\d+/);
      assert.ok(error.stack.startsWith(`${error.name}: ${error.message}\n`), error.stack);
    });
  }

  test(`${format}: the error of a second page has the caller's line`, async () => {
    let pages = 0;
    const fetch = async () => {
      pages += 1;
      if (pages > 1) throw new TypeError("lost");
      const credential = { document_id: ID };
      return Response.json({ success: true, total: 2, page: 1, page_size: 1, credentials: [credential] });
    };
    const list = new Hyperstack({ token: "t", fetch, maxRetries: 0 }).credentials.list();
    async function iterates() {
      for await (const _ of list);
    }
    assert.match((await rejection(iterates())).stack, /\biterates\b.*stack-traces\.test\.mjs/);
  });
}
