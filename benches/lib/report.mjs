/**
 * Writes docs/benchmarks.md, a section for each part, and what is derived from it: the chart docs/benchmarks.svg, and the sentences
 * about it in README.md.
 *
 * A part returns `{ title, programs, goals, text }`: `goals` are `{ what, goal, measured, met }`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chart } from "./chart.mjs";
import { where } from "./machine.mjs";
import { table } from "./markdown.mjs";
import { root } from "./paths.mjs";

export const DOCUMENT = join(root, "docs/benchmarks.md");
export const CHART = join(root, "docs/benchmarks.svg");
export const README = join(root, "README.md");

const INTRODUCTION = `# Benchmarks

Written by \`cargo xtask bench\`; \`--only <part>\` measures one part again and rewrites its section alone. Candidates take
turns, round by round, in one run, so that a disturbance affects all of them. A cell is a median with the first and the third
quarter of the rounds; a ratio is taken within each round. Times measured under a load of more than the machine's cores
mean little. Goals are those of the design, met or not. The code is in
[\`benches/\`](../benches/run.mjs); \`cargo xtask test --only test-benches\` checks it without measuring speed.
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

/** All goals of the document. */
export function goalsOf(document) {
  const lines = document.split("\n");
  return lines.flatMap((line, at) => {
    if (line !== GOAL_HEAD) return [];
    const rows = lines.slice(at + 2);
    const end = rows.findIndex((row) => !row.startsWith("|"));
    return rows.slice(0, end).map((row) => {
      const cells = row.split("|").slice(1, -1);
      return Object.fromEntries(GOALS.map((name, index) => [name, cells[index].trim()]));
    });
  });
}

/** The README's summary of the goals. */
function summary(goals) {
  const find = (what) => {
    const found = goals.find((goal) => goal.what === what);
    if (found === undefined) throw new Error(`no goal is about "${what}"`);
    return { measured: found.measured.replace(/ \(.*/, ""), limit: found.goal.replace(/^≤ |,.*/g, "") };
  };
  const set = goals.filter(({ goal }) => goal !== "none set");
  const client = find("bytes of brotli, the client, `Hyperstack`, `/external`: script and wasm");
  const verifier = find("bytes of brotli, `Verifier` alone, `/external`");
  const page = "time of a call for 1 000 credentials against";
  const zod = find(`${page} JSON.parse + zod 4, Node`);
  const handWritten = find(`${page} hand-written client, zod 4, Node`);
  return [
    `The package meets ${set.filter(({ met }) => met.startsWith("yes")).length} of the ${set.length} goals of its design; the chart has those that are numbers.`,
    `The client is ${client.measured} bytes of brotli and \`Verifier\` ${verifier.measured}; the goals are ${client.limit} and ${verifier.limit}.`,
    `In Node, a call that returns 1 000 credentials takes ${zod.measured} times as long as \`JSON.parse\` with zod 4, and ${handWritten.measured} times as long as a hand-written client with zod ([all numbers](docs/benchmarks.md)).`,
  ].join("\n");
}

const README_MARKS = ["<!-- benchmarks: from docs/benchmarks.md -->", "<!-- end: benchmarks -->"];
const IMAGE = "![Chart: size and speed as multiples of their goals](docs/benchmarks.svg)";

/** Returns README with the chart and the summary. */
export function withGoals(readme, document) {
  const old = between(readme, README_MARKS);
  if (old === undefined) throw new Error(`README.md lacks ${README_MARKS.join(" … ")}`);
  const text = `\n${summary(goalsOf(document))}\n\n${IMAGE}\n`;
  return readme.replace(README_MARKS.join(old), () => README_MARKS.join(text));
}

/** Writes the chart and README from the document. */
export function derive(document) {
  writeFileSync(CHART, chart(goalsOf(document)));
  writeFileSync(README, withGoals(readFileSync(README, "utf8"), document));
}

export function write(parts, part, result) {
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
  const written = withSection(document, parts, part, section(part, result));
  writeFileSync(DOCUMENT, written);
  derive(written);
}
