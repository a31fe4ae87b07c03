/** The bare packages that `wasm-pack build --target web` makes: typed async functions, called as a page would. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { credential, ID } from "../support/mock.mjs";
import { startSandbox } from "../support/processes.mjs";

const folder = (module) => join(process.env.HYPERSTACK_WASM_PACK, "wasm", module);
const OPERATIONS = [
  ...["getAccount", "createGroup", "viewGroup", "updateGroup", "listGroups", "searchGroups"],
  ...["generateCredential", "issueCredential", "publishCredential", "viewCredential", "updateCredential"],
  ...["listCredentials", "searchCredentials", "updateRecipient", "subscribeWebhook", "unsubscribeWebhook"],
];
const REMOTE = ["parseCredentialUrl", "verifyRemote"];

/** The functions that return a promise, and what the promise holds, by the declarations. */
const declared = (module, name) => {
  const text = readFileSync(join(folder(module), `${name}.d.ts`), "utf8");
  return new Map(
    [...text.matchAll(/^export function (\w+)\(.*\): Promise<(.+)>;$/gm)].map(([, ...of]) => of),
  );
};

/** Loads a module as a page does, but from bytes: Node's fetch reads no files. */
const load = async (module, name) => {
  const script = await import(pathToFileURL(join(folder(module), `${name}.js`)).href);
  await script.default({ module_or_path: readFileSync(join(folder(module), `${name}_bg.wasm`)) });
  return script;
};

const LINK = `https://hyperstack.id/credential/${ID}`;

describe("wasm/client", () => {
  let client;
  before(async () => {
    client = await load("client", "hyperstack_wasm_client");
  });

  test("declares a typed promise for every operation", () => {
    const types = declared("client", "hyperstack_wasm_client");
    for (const name of [...OPERATIONS, "verify", ...REMOTE]) {
      assert.ok(types.has(name), `${name} is not declared`);
      assert.doesNotMatch(types.get(name), /^any$/, name);
    }
  });

  test("returns a typed response", async () => {
    const requests = [];
    const fetch = async (url, init) => {
      requests.push([init.method, url, new Headers(init.headers).get("authorization")]);
      return Response.json(credential());
    };
    const { data, status, attempts } = await client.viewCredential({ token: "t", fetch }, ID);
    assert.deepEqual([data.document_id, status, attempts], [ID, 200, 1]);
    assert.deepEqual(requests, [
      ["GET", `https://api.thehyperstack.com/v1/credential/${ID}/view`, "Bearer t"],
    ]);
  });

  test("verifies", async () => {
    const fetch = async () => Response.json(credential());
    const { outcome, verdict } = await client.verify({ token: "t", fetch }, LINK);
    assert.deepEqual([outcome, verdict], ["verified", "valid"]);
  });

  test("rejects with an Error that has the fields of the error", async () => {
    const error = await client.viewCredential({ token: "t" }, "../groups").catch((thrown) => thrown);
    assert.ok(error instanceof Error);
    assert.deepEqual([error.name, error.code, error.attempts], ["ValidationError", "invalid_request", 0]);
  });
});

describe("wasm/verifier", () => {
  test("declares a typed promise for each function", () => {
    assert.deepEqual([...declared("verifier", "hyperstack_wasm_verifier").keys()].sort(), REMOTE);
  });

  test("parses a link", async () => {
    const verifier = await load("verifier", "hyperstack_wasm_verifier");
    const { ok, id } = await verifier.parseCredentialUrl(LINK);
    assert.deepEqual([ok, id], [true, ID]);
  });
});

describe("examples/plain-wasm", () => {
  const name = "hyperstack_example";
  const built = join(process.env.HYPERSTACK_WASM_PACK, "examples/plain-wasm");

  test("exports its own functions and no others", () => {
    const text = readFileSync(join(built, `${name}.d.ts`), "utf8");
    const functions = [...text.matchAll(/^export function (\w+)\(/gm)].map(([, exported]) => exported);
    assert.deepEqual(functions.filter((exported) => exported !== "initSync").sort(), ["issue", "verdict"]);
  });

  test("distinguishes a valid credential from a revoked one, and issues", async (context) => {
    const sandbox = await startSandbox({ seed: "demo" });
    context.after(() => sandbox.stop());
    const script = await import(pathToFileURL(join(built, `${name}.js`)).href);
    await script.default({ module_or_path: readFileSync(join(built, `${name}_bg.wasm`)) });
    // The example calls the real API's address. The test redirects its requests to the sandbox.
    const { fetch } = globalThis;
    context.mock.method(globalThis, "fetch", (url, init) => fetch(sandbox.url + new URL(url).pathname, init));
    const link = (id) => `https://hyperstack.id/credential/${id}`;
    assert.equal(await script.verdict(sandbox.token, link("DemoValid00000000000000000000001")), "valid");
    assert.equal(await script.verdict(sandbox.token, link("DemoRevoked000000000000000000005")), "revoked");
    const issued = await script.issue(sandbox.token, "DemoClimate1", "Noor Haddad", "noor@example.com");
    assert.match(issued, /^https:\/\/hyperstack\.id\/credential\/\w{32}$/);
  });
});
