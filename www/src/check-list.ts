/**
 * Shows the list of checks: one line each with icon, name, state in words and explanation, pending ones included.
 */
import type { Check, CheckId, CheckState } from "hyperstack-credentials/external";
import { element } from "./elements.ts";
import { foreignText } from "./foreign-text.ts";
import { type IconName, icon } from "./icons.ts";
import { credentialDate } from "./instants.ts";
import { isMessageKey, locale, message } from "./messages.ts";

type LineState = CheckState | "pending";

/** A passed check gets its tick only under a verified headline: elsewhere ticks would contradict the verdict. */
const icons: Readonly<Record<LineState, IconName>> = {
  pending: "pending",
  pass: "dot",
  fail: "cross",
  warn: "triangle",
  error: "unknown",
  skipped: "dash",
};

/** The list of checks: those that were made, and then those that are pending. */
export function checkList(
  checks: readonly Check[],
  options: { verified: boolean; pending?: readonly CheckId[] },
): HTMLElement {
  const made = checks.map((check) => line(check.id, check, options.verified));
  const pending = (options.pending ?? []).map((id) => line(id, undefined, options.verified));
  return element("ol", { class: "checks" }, ...made, ...pending);
}

function line(id: CheckId, check: Check | undefined, verified: boolean): HTMLElement {
  const state: LineState = check?.state ?? "pending";
  return element(
    "li",
    { class: "check", "data-check": id, "data-state": state, "data-code": check?.code ?? "" },
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
      check === undefined ? null : element("p", { class: "check-explanation" }, explanation(check)),
      check === undefined ? null : parameters(check),
    ),
  );
}

/** The name of a check. A service of a later version may report one that this page does not know. */
function name(id: string): (string | HTMLElement)[] {
  const key = `check.${id}`;
  return isMessageKey(key) ? [message(key)] : [message("checks.unknown"), " ", foreignText(id, "code")];
}

/** Counts the checks by state, in words. */
export function checkCounts(checks: readonly Check[]): string {
  const states = ["pass", "fail", "warn", "error", "skipped"] as const;
  const counted = states
    .map((state) => ({ state, count: checks.filter((check) => check.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => message(`checks.count_${state}`, { count }));
  return new Intl.ListFormat(locale(), { type: "unit" }).format(counted);
}

/** The text for the code of a check: its own, else that of the input fault or reason it names, else the code. */
function explanation({ id, code }: Check): string {
  for (const key of [`code.${id}.${code}`, `parse.${code}`, `reason.${code}`, `code.any.${code}`]) {
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
