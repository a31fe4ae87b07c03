/** Tests that the programs in the documents are TypeScript and compile unchanged against the package. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { commentExamples, programs, programsOf, sources } from "../support/documents.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "target/document-programs");
const compiler = join(root, "node_modules/typescript/bin/tsc");

const web = { lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"] };
/** The types for each runtime. A program's runtime follows from the names it mentions. */
const NODE = { name: "node", options: { ...web, types: ["node"] } };
const RUNTIMES = [
  { name: "deno", mentions: /\bDeno\b/, options: { ...web, types: ["deno"] } },
  {
    name: "workers",
    mentions: /\b(?:ExportedHandler|ExecutionContext|KVNamespace|RateLimit)\b/,
    options: { lib: ["ESNext"], types: ["@cloudflare/workers-types"] },
  },
  NODE,
];
const runtimeOf = ({ code }) => RUNTIMES.find(({ mentions }) => mentions?.test(code)) ?? NODE;

const STRICT = {
  target: "ES2022",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  isolatedModules: true,
  moduleDetection: "force",
  noEmit: true,
};
const RESOLUTIONS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];

/** Returns the compiler's errors, with lines of the documents. Each program is a separate module. */
async function complaintsOf(some, options, name, shared = "") {
  const place = join(folder, name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const files = some.map((program, index) => {
    const file = `program${index}.mts`;
    writeFileSync(join(place, file), program.code);
    return file;
  });
  if (shared) {
    writeFileSync(join(place, "shared.d.mts"), shared);
    files.push("shared.d.mts");
  }
  const config = join(place, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files }));
  const output = await new Promise((resolve) => {
    const args = [compiler, "--pretty", "false", "--project", config];
    execFile(process.execPath, args, { cwd: place }, (error, stdout, stderr) =>
      resolve(error ? `${stdout}${stderr}` || String(error) : ""),
    );
  });
  const inDocument = (_, index, line, rest) => {
    const program = some[Number(index)];
    return `${program.path}:${program.line + Number(line) - 1}${rest}`;
  };
  return output
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/^program(\d+)\.mts\((\d+),\d+\)(.*)$/, inDocument));
}

test("programs are TypeScript", () => {
  const others = programs.filter(({ language }) => language !== "ts");
  assert.deepEqual(
    others.map(({ path, line }) => `${path}:${line}`),
    [],
  );
  assert.ok(programs.length > 15, `only ${programs.length} programs were found`);
});

for (const resolution of RESOLUTIONS) {
  for (const runtime of RUNTIMES) {
    const some = programs.filter((one) => one.language === "ts" && runtimeOf(one) === runtime);
    if (some.length === 0) continue;
    const { moduleResolution } = resolution;
    test(`programs for ${runtime.name} compile unchanged, ${moduleResolution}`, async () => {
      const options = { ...resolution, ...runtime.options };
      assert.deepEqual(await complaintsOf(some, options, `${runtime.name}-${moduleResolution}`), []);
    });
  }
}

/** The names that the examples in comments use without an import, by their modules. */
const IMPORTED = {
  "hyperstack-credentials": `
    Hyperstack Verifier assertVerified confirmWebhook createReceipt createVerifyHandler importReceiptKey init
    isHyperstackError isVerified parseCredentialUrl parseWebhook readIssueJournal receiptKeySet signReceipt
    toNodeListener verifyInAccounts verifyReceipt`,
  "hyperstack-credentials/exports": "linkedInUrl toOpenBadgeDraft toSchemaOrg toScriptText",
  "hyperstack-credentials/element": "defineHyperstackVerify",
  "node:fs/promises": "readFile",
  "node:http": "createServer",
};
const imported = Object.entries(IMPORTED).flatMap(([module, names]) =>
  names.split(/\s+/).map((name) => name && `const ${name}: typeof import("${module}").${name};`),
);

/** Declares those names, and the values that the examples use. */
const SURROUNDINGS = `
import type * as main from "hyperstack-credentials";
declare global {
  ${imported.join("\n  ")}
  const hyperstack: main.Hyperstack, academy: main.Hyperstack, labs: main.Hyperstack;
  const verifier: main.Verifier;
  const verification: main.Verification;
  const signer: main.ReceiptSigner;
  const publicJwk: main.ReceiptJwk;
  const keys: main.ReceiptKeySet;
  const people: main.IssueManyItem[];
  const request: Request;
  const link: string, document_id: string, group_key: string, jws: string;
}
`;

test("the examples in the facade's comments compile", async () => {
  const options = { ...RESOLUTIONS[0], ...web, types: ["node"] };
  assert.deepEqual(await complaintsOf(commentExamples, options, "comments", SURROUNDINGS), []);
  assert.ok(commentExamples.length > 40, `only ${commentExamples.length} examples were found`);
});

/** The files whose classes users call. */
const CLASSES = /\/(?:resources\/\w+|hyperstack|verifier|api-promise|paged|issue-many)\.ts$/;
const METHOD = /\/\*\*((?:(?!\*\/).)*)\*\/\n {2}(?:readonly (\w+) = \(|(?:async )?\*?([\w.[\]]+)\()/gs;
const FUNCTION =
  /\/\*\*((?:(?!\*\/).)*)\*\/\nexport (?:const (\w+) =\s+(?:async )?(?:<.*>)?\(|(?:async )?function (\w+))/gs;

test("every public function and method has an example", () => {
  const missing = [];
  let documented = 0;
  for (const [path, text] of sources) {
    const methods = CLASSES.test(path) ? [...text.matchAll(METHOD)] : [];
    const functions = [...text.matchAll(FUNCTION)].filter(([, comment]) => comment.includes("@category"));
    for (const [, comment, name, other] of [...methods, ...functions]) {
      if (comment.includes("@internal")) continue;
      if (comment.includes("@example")) documented += 1;
      else missing.push(`${path}: ${name ?? other}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(documented > 40, `only ${documented} were found`);
});

test("no comment grades its evidence, which is in docs/api-facts.md", () => {
  const graded = [...sources].flatMap(([path, text]) =>
    [...text.matchAll(/\b3P\b|\(V\)|, V\)|\(I[:)]/g)].map(
      ({ 0: found, index }) => `${path}:${text.slice(0, index).split("\n").length} ${found}`,
    ),
  );
  assert.deepEqual(graded, []);
});

test("a mistake in a program is reported with its line in the document", async () => {
  const text = [
    "# Page",
    "",
    "<!-- example: wrong -->",
    "",
    "```ts",
    'import { Hyperstack } from "hyperstack-credentials";',
    'const [first] = "a b".split(" ");',
    "new Hyperstack({ token: first, retries: 1 });",
    "console.log(first.length);",
    "```",
    "```sh",
    "npm test",
    "```",
  ].join("\n");
  const [wrong, ...others] = programsOf("docs/page.md", text);
  assert.deepEqual([wrong.name, wrong.line, others], ["wrong", 6, []]);
  const complaints = await complaintsOf([wrong], { ...RESOLUTIONS[0], ...web, types: [] }, "wrong");
  assert.deepEqual(
    complaints.map((line) => line.replace(/ error (TS\d+).*/, " $1")),
    ["docs/page.md:8: TS2353", "docs/page.md:9: TS18048"],
  );
});
