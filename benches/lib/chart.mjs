/** Draws measurements as multiples of their goals: an SVG for light and dark pages, with all of its numbers as text. */

const UNITS = { "": 1, ns: 1e-6, µs: 1e-3, ms: 1, s: 1e3 };
const QUANTITY = /(\d[\d ]*(?:\.\d+)?)(?: (ns|µs|ms|s)\b)?/g;

/** Returns the numbers in a cell, times in milliseconds: 48.2, 45.9 and 67 for "48.2 ms (45.9 ms to 67.0 ms)". */
export const quantities = (cell) =>
  [...cell.matchAll(QUANTITY)].map(
    ([, digits, unit = ""]) => Number(digits.replaceAll(" ", "")) * UNITS[unit],
  );

/** The goals that are numbers, with the measurement (`median`, and the quarters around it) as a multiple of each. */
export function multiples(goals) {
  return goals.flatMap((goal) => {
    const [limit] = quantities(goal.goal);
    if (limit === undefined || !/^[≤<] \d/.test(goal.goal)) return [];
    const [median, low = median, high = median] = quantities(goal.measured).map((number) => number / limit);
    if (!(median > 0)) throw new Error(`"${goal.measured}" is not a number to compare with "${goal.goal}"`);
    return [{ ...goal, median, low, high }];
  });
}

/** The longest common prefix of two labels, in whole words. */
function shared(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return one.slice(0, one.lastIndexOf(" ", length) + 1);
}

/** In characters. */
const MIN_HEADING_LENGTH = 16;

/** Groups rows under their common prefix. */
export function grouped(rows) {
  const groups = [];
  for (const row of rows) {
    const last = groups.at(-1);
    const start = last === undefined ? "" : shared(last.start, row.what);
    if (start.length >= MIN_HEADING_LENGTH) {
      last.start = start;
      last.rows.push(row);
    } else groups.push({ start: row.what, rows: [row] });
  }
  return groups.map(({ start, rows: its }) => ({
    heading: its.length > 1 ? start.replace(/,? $/, "") : undefined,
    rows: its.map((row) => ({ ...row, label: its.length > 1 ? row.what.slice(start.length) : row.what })),
  }));
}

const WIDTH = 760;
const LEFT = 16;
const BAR = { left: 16, right: 520, height: 10 };
const ROW = 38;
const HEAD = 30;
const TOP = 34;

const STYLE = `
  svg { background: #fff; font: 13px system-ui, sans-serif; }
  text { fill: #1a2130; stroke: #fff; stroke-width: 4px; paint-order: stroke; }
  .heading { font-weight: 600; }
  .number, .scale { fill: #545f73; }
  .met { fill: #0d6b3c; }
  .missed { fill: #b35c00; }
  .spread { stroke: #1a2130; }
  .goal { stroke: #545f73; stroke-dasharray: 4 3; }
  @media (prefers-color-scheme: dark) {
    svg { background: #10151e; }
    text { fill: #e9edf4; stroke: #10151e; }
    .number, .scale { fill: #a9b3c5; }
    .met { fill: #74dba0; }
    .missed { fill: #f3a462; }
    .spread { stroke: #e9edf4; }
    .goal { stroke: #a9b3c5; }
  }`;

const escaped = (text) =>
  text.replaceAll("`", "").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Returns the chart as an SVG document. */
export function chart(goals) {
  const rows = multiples(goals);
  const most = Math.ceil(Math.max(...rows.map(({ high }) => high)));
  const x = (multiple) => (BAR.left + (multiple / most) * (BAR.right - BAR.left)).toFixed(1);
  const parts = [];
  let y = TOP;
  for (const { heading, rows: its } of grouped(rows)) {
    y += 10;
    if (heading !== undefined) {
      parts.push(`<text class="heading" x="${LEFT}" y="${y + 14}">${escaped(heading)}</text>`);
      y += HEAD - 8;
    }
    for (const { label, goal, measured, met, median, low, high } of its) {
      const state = met.startsWith("yes") ? "met" : "missed";
      const middle = y + 20 + BAR.height / 2;
      parts.push(
        `<text x="${LEFT}" y="${y + 14}">${escaped(label)}</text>`,
        `<rect class="${state}" x="${BAR.left}" y="${y + 20}" width="${(x(median) - BAR.left).toFixed(1)}" height="${BAR.height}"/>`,
      );
      if (low < high)
        parts.push(`<line class="spread" x1="${x(low)}" y1="${middle}" x2="${x(high)}" y2="${middle}"/>`);
      const number = `${measured.replace(/ \(.*/, "")}, goal ${goal.replace(/,.*/, "")}: ${state}`;
      parts.push(`<text class="number" x="${BAR.right + 12}" y="${middle + 4}">${escaped(number)}</text>`);
      y += ROW;
    }
  }
  const height = y + 12;
  const scale = Array.from({ length: most + 1 }, (_, at) => at).map(
    (at) =>
      `<text class="scale" x="${x(at)}" y="20" text-anchor="middle">${at === 1 ? "goal" : `${at} ×`}</text>`,
  );
  const description = rows.map(({ what, goal, measured }) => `${what}: ${measured}, goal ${goal}.`).join(" ");
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">Size and speed as multiples of their goals: shorter bars are better</title>',
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${STYLE}\n</style>`,
    ...scale,
    `<line class="goal" x1="${x(1)}" y1="26" x2="${x(1)}" y2="${height - 8}"/>`,
    ...parts,
    "</svg>",
  ].join("\n")}\n`;
}
