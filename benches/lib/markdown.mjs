/** Formats numbers and tables as Markdown. */
import { quarters, ratios } from "./measure.mjs";

/** 50200 as "50 200". */
export const whole = (number) =>
  Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, " ");

/** Nanoseconds in the unit that fits. */
export function time(ns) {
  const size = Math.abs(ns);
  const [value, unit] =
    size < 1e3 ? [ns, "ns"] : size < 1e6 ? [ns / 1e3, "µs"] : size < 1e9 ? [ns / 1e6, "ms"] : [ns / 1e9, "s"];
  return `${value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)} ${unit}`;
}

/** "median (first to third quarter)". */
export const spread = (list, write) => {
  const [low, median, high] = quarters(list);
  return `${write(median)} (${write(low)} to ${write(high)})`;
};

export const ratio = (list, base) => spread(ratios(list, base), (value) => value.toFixed(2));

/** Rows of cells; the first column to the left, the others to the right. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    `|---|${head
      .slice(1)
      .map(() => "---:|")
      .join("")}`,
    ...rows.map(line),
  ].join("\n");
}
