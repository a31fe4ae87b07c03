/** Reads the programs in the README files and docs/*.md, each after its mark `<!-- example: name -->`. */
import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);

/** The documents by their paths. */
export const documents = new Map(
  ["README.md", "pkg-template/README.md", ...readdirSync(new URL("docs", root)).map((name) => `docs/${name}`)]
    .filter((path) => path.endsWith(".md"))
    .map((path) => [path, readFileSync(new URL(path, root), "utf8")]),
);

/** The program of that name, whichever document it stands in. */
export const example = (name) => {
  const text = [...documents.values()].join("\n");
  const at = text.indexOf(`<!-- example: ${name} -->`);
  if (at < 0) throw new Error(`there is no example ${name}`);
  const code = /```js\n([\s\S]*?)```/.exec(text.slice(at));
  if (!code) throw new Error(`the example ${name} has no program`);
  return code[1];
};
