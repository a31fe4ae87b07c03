/**
 * Writes docs/benchmarks.md, a section for each part, and the table in README.md that is copied from it.
 *
 * A part gives `{ title, programs, goals, text }`: `goals` are `{ what, goal, measured, met }`, which README shows too.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { where } from "./machine.mjs";
import { table } from "./markdown.mjs";
import { root } from "./paths.mjs";

export const DOCUMENT = join(root, "docs/benchmarks.md");
export const README = join(root, "README.md");

const INTRODUCTION = `# Benchmarks

Written by \`cargo xtask bench\`; \`--only <part>\` measures one part again and rewrites its section alone. Candidates take
turns, round by round, in one run, so that a disturbance affects all of them. A cell is a median with the first and the third
quarter of the rounds; a ratio is taken within each round. Times measured under a load of more than the machine's cores
mean little. Goals are those of the design, met or not. The code is in
[\`benches/\`](../benches); \`cargo xtask test --only test-benches\` checks it without measuring speed.
`;

const marks = (part) => [`<!-- part: ${part} -->`, `<!-- end: ${part} -->`];

const between = (text, [from, to]) => {
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  return start < 0 || end < start ? undefined : text.slice(start + from.length, end);
};

const GOALS = ["what", "goal", "measured", "met"];
const GOAL_HEAD = "| what | goal | measured | met |";

/** The section as it stands in the document. */
export const section = (part, { title, programs, goals, text }) =>
  [
    `\n\n## ${title}\n`,
    `${where(programs)} Again: \`cargo xtask bench --only ${part}\`.\n`,
    ...(goals.length > 0
      ? [
          `${table(
            GOALS,
            goals.map((goal) => GOALS.map((name) => goal[name])),
          )}\n`,
        ]
      : []),
    `${text}\n\n`,
  ].join("\n");

/** The document with one section in place of the one before; the others stay. */
export function withSection(document, parts, part, body) {
  const sections = parts.map((name) => {
    const kept = name === part ? body : (between(document, marks(name)) ?? "\n\nNot measured yet.\n\n");
    return marks(name).join(kept);
  });
  return `${[INTRODUCTION, ...sections].join("\n")}\n`;
}

/** The rows of all goals, for README. */
export function goalRows(document) {
  const lines = document.split("\n");
  return lines.flatMap((line, at) => {
    if (line !== GOAL_HEAD) return [];
    const rows = lines.slice(at + 2);
    return rows.slice(
      0,
      rows.findIndex((row) => !row.startsWith("|")),
    );
  });
}

const README_MARKS = ["<!-- benchmarks: from docs/benchmarks.md -->", "<!-- end: benchmarks -->"];

/** README with the document's goals. */
export function withGoals(readme, document) {
  const old = between(readme, README_MARKS);
  if (old === undefined) throw new Error(`README.md lacks ${README_MARKS.join(" … ")}`);
  const rows = [GOAL_HEAD, "|---|---:|---:|---:|", ...goalRows(document)];
  return readme.replace(README_MARKS.join(old), () => README_MARKS.join(`\n${rows.join("\n")}\n`));
}

export function write(parts, part, result) {
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
  const written = withSection(document, parts, part, section(part, result));
  writeFileSync(DOCUMENT, written);
  writeFileSync(README, withGoals(readFileSync(README, "utf8"), written));
}
