/**
 * Finds what is wrong in a Markdown document without reading its sense: links that lead nowhere, and pieces of the commands by
 * which it was once written.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Folders that are built, installed or not written by us. */
const SKIPPED = new Set([".git", "node_modules", "target", "pkg", "dist", "api-reference"]);

/** Every document of the repository, relative to its root. */
export function documents(folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : documents(path);
    return entry.name.endsWith(".md") ? [relative(root, path)] : [];
  });
}

const isFence = (line) => /^\s*(?:```|~~~)/.test(line);

/** The lines of prose with their numbers; those of code blocks are left out. */
function proseOf(text) {
  let inCode = false;
  return text.split("\n").flatMap((line, at) => {
    if (isFence(line)) {
      inCode = !inCode;
      return [];
    }
    return inCode ? [] : [{ line, number: at + 1 }];
  });
}

/** The name by which a heading can be linked to, as GitHub and npm make it. */
const slug = (heading) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
    .replaceAll(" ", "-");

/** The anchors of a document. */
export function anchorsOf(text) {
  const anchors = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name]) => name));
  for (const { line } of proseOf(text)) {
    const heading = /^#{1,6} +(.*?) *#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const name = slug(heading);
    let unique = name;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${name}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The link targets of a line; those in inline code are not links. */
const linksIn = (line) => {
  const text = line.replace(/`[^`]*`/g, "``");
  return [
    ...[...text.matchAll(/\]\(<?([^)\s>]*)>?(?: "[^"]*")?\)/g)],
    ...[...text.matchAll(/^\[[^\]]+\]: *<?([^\s>]+)>?/g)],
    ...[...text.matchAll(/<(https?:[^>\s]+)>/g)],
  ].map(([, target]) => target);
};

/** Hosts whose front page says nothing: a link there was to be completed. */
const UNFINISHED =
  /^https?:\/\/(?:www\.)?(?:github\.com|gitlab\.com|npmjs\.com|crates\.io|docs\.rs|example\.com)\/?$/;

/** What is wrong with a link, or `null`. `read` gives the text of a file, `exists` says whether it is there. */
function faultOfLink(target, path, text, { read, exists }) {
  if (target === "") return "leads nowhere";
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    if (/^mailto:/i.test(target)) return null;
    if (!URL.canParse(target)) return "is no address";
    if (!target.startsWith("https://")) return "is not https";
    return UNFINISHED.test(target) ? "leads to a front page" : null;
  }
  if (target.startsWith("/")) return "depends on where the document is shown";
  const [file, anchor] = target.split("#");
  const place = file === "" ? path : join(dirname(path), decodeURIComponent(file));
  if (place.startsWith("..")) return "leads out of the repository";
  if (!exists(place)) return "leads to a file that is not there";
  if (anchor === undefined) return null;
  if (!place.endsWith(".md"))
    return /^L\d+(?:-L\d+)?$/.test(anchor) ? null : "has an anchor in a file without headings";
  return anchorsOf(file === "" ? text : read(place)).has(anchor)
    ? null
    : "leads to a heading that is not there";
}

/** What a document in prose cannot hold: each a pattern and what it is. */
const LEFTOVERS = [
  [/^(?:EOF|EOT|EOS|E)$/, "the end of a here-document"],
  [/(?<!<)<<-?\s*['"]?[A-Z]+['"]?\s*$/, "the beginning of a here-document"],
  [/^\s*(?:sed -i|cat >|git (?:add|commit|apply)|rm -|python3? -|chmod |echo ['"])/, "a command of a shell"],
  [/^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/, "a mark of a merge"],
  [/^(?:diff --git |@@ -\d+|\+\+\+ [ab]\/|--- [ab]\/)/, "a piece of a patch"],
  [/\b(?:TODO|FIXME|XXX|TBD|MEASURE)\b/, "a note to oneself"],
  [/\blorem ipsum\b/i, "filler"],
  [/(?:^|[\s`(])(?:\/home\/|\/Users\/|\/root\/|\/work\/|[A-Z]:\\)/, "a path of one machine"],
  [/\$\{?[A-Z_]{3,}\}?(?![\w`])/, "a variable that was not filled in"],
];

/** What is wrong in a document: `{ line, fault }`. */
export function faultsOf(path, text, files) {
  const faults = [];
  const found = (line, fault) => faults.push({ line, fault });
  if (!text.endsWith("\n") || text.endsWith("\n\n"))
    found(text.split("\n").length, "it does not end in one line break");
  if (text.split("\n").filter(isFence).length % 2 > 0) found(1, "a code block is not closed");
  if (text.split("<!--").length !== text.split("-->").length) found(1, "a comment is not closed");
  for (const { line, number } of proseOf(text)) {
    const prose = line.replace(/`[^`]*`/g, "``");
    for (const [pattern, what] of LEFTOVERS)
      if (pattern.test(prose)) found(number, `${what} is left over: ${line}`);
    for (const target of linksIn(line)) {
      const fault = faultOfLink(target, path, text, files);
      if (fault !== null) found(number, `the link ${target} ${fault}`);
    }
  }
  return faults;
}

/** The files of the repository. */
export const repository = {
  read: (path) => readFileSync(join(root, path), "utf8"),
  exists: (path) => existsSync(join(root, path)),
};
