/**
 * Shows the list of checks: one line each with icon, name, state in words and explanation; those that were not reached
 * share a line.
 */
import type { Check, CheckState } from "hyperstack-credentials/external";
import { element } from "./elements.ts";
import { foreignText } from "./foreign-text.ts";
import { type IconName, icon } from "./icons.ts";
import { credentialDate } from "./instants.ts";
import { isMessageKey, locale, message } from "./messages.ts";

/** A passed check gets its tick only under a verified headline: elsewhere ticks would contradict the verdict. */
const icons: Readonly<Record<CheckState, IconName>> = {
  pass: "dot",
  fail: "cross",
  warn: "triangle",
  error: "unknown",
  skipped: "dash",
};

const notReached = "not_reached";

/**
 * The list of checks, and the line of those that were not reached.
 *
 * @param options.said - The code that the page explains elsewhere.
 */
export function checkList(
  checks: readonly Check[],
  options: { verified: boolean; said: string | null },
): HTMLElement[] {
  const reached = checks.filter(({ code }) => code !== notReached);
  const others = checks.filter(({ code }) => code === notReached);
  const list = element("ol", { class: "checks" }, ...reached.map((check) => line(check, options)));
  if (others.length === 0) return [list];
  const separator = ", ";
  const names = others.flatMap(({ id, state, code }, at) => [
    ...(at === 0 ? [] : [separator]),
    element("span", { "data-check": id, "data-state": state, "data-code": code }, ...name(id)),
  ]);
  return [list, element("p", { class: "checks-others" }, message("checks.not_reached"), " ", ...names, ".")];
}

function line(check: Check, { verified, said }: { verified: boolean; said: string | null }): HTMLElement {
  const { id, state, code } = check;
  return element(
    "li",
    { class: "check", "data-check": id, "data-state": state, "data-code": code },
    icon(state === "pass" && verified ? "check" : icons[state]),
    element(
      "div",
      { class: "check-text" },
      element(
        "p",
        { class: "check-line" },
        element("span", { class: "check-name" }, ...name(id)),
        " ",
        element("span", { class: "check-state" }, message(`state.${state}`)),
      ),
      code === said ? null : element("p", { class: "check-explanation" }, explanation(check)),
      parameters(check),
    ),
  );
}

/** The name of a check. A service of a later version may report one that this page does not know. */
function name(id: string): (string | HTMLElement)[] {
  const key = `check.${id}`;
  return isMessageKey(key) ? [message(key)] : [message("checks.unknown"), " ", foreignText(id, "code")];
}

/** "12 of 12 checks passed", or where not all passed, how many did what. */
export function checkSummary(checks: readonly Check[], verified: boolean): (string | HTMLElement)[] {
  const count = checks.filter(({ state }) => state !== "skipped").length;
  if (verified && checks.every(({ state }) => state === "pass" || state === "skipped")) {
    return [message("checks.all_passed", { count })];
  }
  return [message("checks.title"), " ", element("span", { class: "fold-note" }, checkCounts(checks))];
}

/** Counts the checks by state, in words. */
function checkCounts(checks: readonly Check[]): string {
  const states = ["pass", "fail", "warn", "error", "skipped"] as const;
  const counted = states
    .map((state) => ({ state, count: checks.filter((check) => check.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => message(`checks.count_${state}`, { count }));
  return new Intl.ListFormat(locale(), { type: "unit" }).format(counted);
}

/** The text for the code of a check: its own, else that of the input fault or reason it names, else the code. */
function explanation({ id, code }: Check): string {
  for (const key of [`code.${id}.${code}`, `parse.${code}`, `reason.${code}`]) {
    if (isMessageKey(key)) return message(key);
  }
  return message("code.unknown", { code });
}

function parameters({ params }: Check): HTMLElement | null {
  const entries = Object.entries(params);
  if (entries.length === 0) return null;
  return element(
    "dl",
    { class: "check-params" },
    ...entries.map(([name, value]) => {
      const key = `param.${name}`;
      return element(
        "div",
        {},
        element("dt", {}, isMessageKey(key) ? message(key) : foreignText(name, "code")),
        element("dd", {}, parameterValue(value)),
      );
    }),
  );
}

function parameterValue(value: string | number): HTMLElement | string {
  if (typeof value === "number") return String(value);
  return /^\d{4}-\d{2}-\d{2}T/.test(value) ? credentialDate(value) : foreignText(value, "code");
}
