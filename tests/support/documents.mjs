/**
 * Reads the programs in the README files and docs/*.md, some of them after a mark `<!-- example: name -->`, which tests run, and
 * the examples in the facade's comments.
 */
import { readdirSync, readFileSync } from "node:fs";
import { transformSync } from "esbuild";

const root = new URL("../../", import.meta.url);
const pages = readdirSync(new URL("docs", root)).filter((name) => name.endsWith(".md"));

/** The documents by their paths. */
export const documents = new Map(
  [
    "README.md",
    "pkg-template/README.md",
    "sandbox/README.md",
    "template/README.md",
    ...pages.map((name) => `docs/${name}`),
  ].map((path) => [path, readFileSync(new URL(path, root), "utf8")]),
);

const MARK = /<!-- example: (\w+) -->\s*$/;
const BLOCK = /^ *```(\w+)\n([\s\S]*?)^ *```$/gm;
const PROGRAMS = ["js", "javascript", "jsx", "ts", "typescript", "tsx"];

/** Every program of a document: its name if it has a mark, its language, its code, and the line where the code begins. */
export const programsOf = (path, text) =>
  [...text.matchAll(BLOCK)]
    .filter(([, language]) => PROGRAMS.includes(language))
    .map(({ 1: language, 2: code, index }) => {
      const before = text.slice(0, index);
      return { path, name: MARK.exec(before)?.[1], language, code, line: before.split("\n").length + 1 };
    });

/** Every program of every document. */
export const programs = [...documents].flatMap(([path, text]) => programsOf(path, text));

/** The files of the facade by their paths. */
export const sources = new Map(
  readdirSync(new URL("pkg-template/src", root), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `pkg-template/src/${name}`)
    .map((path) => [path, readFileSync(new URL(path, root), "utf8")]),
);

/** Every example in a comment of the facade. */
export const commentExamples = [...sources].flatMap(([path, text]) =>
  programsOf(path, text.replace(/^ *\* ?/gm, "")),
);

/** Returns a named program as JavaScript, from whichever document it is in. Only its types are removed. */
export const example = (name) => {
  const program = programs.find((one) => one.name === name);
  if (!program) throw new Error(`there is no example ${name}`);
  return transformSync(program.code, {
    loader: "ts",
    target: "esnext",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  }).code;
};
