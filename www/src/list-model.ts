/**
 * Defines the rows of a list: what is known before anything is sent, the result of a check, and how rows are counted,
 * sorted and saved.
 */
import type { ParseCode, ParsedCredentialUrl, Verdict } from "hyperstack-credentials/external";
import { type Finding, headlineOf, inputProblemOf } from "./finding.ts";
import type { ListEntry } from "./list-input.ts";

/** The state of a row. */
export type RowState =
  /** Has a link and waits for its check; `stopped` if a run ended before that. */
  | { kind: "ready"; stopped: boolean }
  | { kind: "running" }
  /** Judged without a request. */
  | { kind: "rejected"; code: ParseCode }
  /** The same credential as an earlier row; it is checked once. */
  | { kind: "duplicate"; of: number }
  | { kind: "found"; finding: Finding };

/** A row of the list. */
export interface ListRow {
  /** The number shown, from 1. */
  number: number;
  entry: ListEntry;
  /** The credential's id, if the link is valid. */
  id: string | null;
  state: RowState;
}

/** The groups by which rows are counted and filtered. "Could not check" and "not valid" are two groups. */
export const outcomes = ["verified", "not_verified", "could_not_check", "not_checked", "duplicate"] as const;

export type RowOutcome = (typeof outcomes)[number];

/** Creates the rows of entries, by parsing each link locally. A link that is not valid is corrected where one is obvious. */
export async function makeRows(
  entries: readonly ListEntry[],
  parse: (link: string) => Promise<ParsedCredentialUrl>,
  suggest: (text: string) => string | null = () => null,
): Promise<ListRow[]> {
  const firstOf = new Map<string, number>();
  const rows: ListRow[] = [];
  for (const [at, written] of entries.entries()) {
    const number = at + 1;
    let entry = written;
    let parsed: ParsedCredentialUrl =
      entry.link === null ? { ok: false, code: "not_a_url" } : await parse(entry.link);
    const suggested = parsed.ok ? null : suggest(written.text);
    if (suggested !== null) {
      const corrected = await parse(suggested);
      if (corrected.ok) {
        parsed = corrected;
        entry = { ...written, link: suggested, correctedFrom: written.shown };
      }
    }
    if (!parsed.ok) {
      rows.push({ number, entry, id: null, state: { kind: "rejected", code: parsed.code } });
      continue;
    }
    const first = firstOf.get(parsed.id);
    if (first === undefined) firstOf.set(parsed.id, number);
    rows.push({
      number,
      entry,
      id: parsed.id,
      state: first === undefined ? { kind: "ready", stopped: false } : { kind: "duplicate", of: first },
    });
  }
  return rows;
}

/** The group of a row. */
export function outcomeOf({ state }: ListRow): RowOutcome {
  switch (state.kind) {
    case "ready":
    case "running":
      return "not_checked";
    case "rejected":
      return "not_verified";
    case "duplicate":
      return "duplicate";
    case "found": {
      const { outcome } = headlineOf(state.finding);
      return outcome === "indeterminate" ? "could_not_check" : outcome;
    }
  }
}

/** The verdict of a row; `null` while there is none. */
export function verdictOf({ state }: ListRow): Verdict | null {
  if (state.kind === "found") return headlineOf(state.finding).verdict;
  if (state.kind === "rejected")
    return state.code === "untrusted_host" ? "untrusted_host" : "malformed_input";
  return null;
}

/** The code behind a verdict: the fault of a link, or the reason of an indeterminate one. */
export function reasonOf({ state }: ListRow): string | null {
  if (state.kind === "rejected") return state.code;
  if (state.kind !== "found") return null;
  return inputProblemOf(state.finding) ?? headlineOf(state.finding).reason;
}

/** Whether a (further) check may bring a verdict. */
export function isOpen(row: ListRow): boolean {
  return row.state.kind === "ready" || outcomeOf(row) === "could_not_check";
}

/** Counts the rows of each outcome. */
export function countRows(rows: readonly ListRow[]): Readonly<Record<RowOutcome, number>> {
  const counts = { verified: 0, not_verified: 0, could_not_check: 0, not_checked: 0, duplicate: 0 };
  for (const row of rows) counts[outcomeOf(row)] += 1;
  return counts;
}

/** The part of a credential that a verification discloses to a list; empty if there is none. */
export function disclosed({ state }: ListRow): {
  name: string;
  title: string;
  issuedOn: string;
  validUntil: string;
  checkedAt: string;
} {
  const verification =
    state.kind === "found" && state.finding.kind === "verification" ? state.finding.verification : null;
  const credential = verification?.credential ?? null;
  return {
    name: credential?.recipient?.name ?? "",
    title: credential?.group.title ?? "",
    issuedOn: credential?.issued_on ?? "",
    validUntil: credential?.valid_until ?? "",
    checkedAt:
      verification?.checked_at ??
      (state.kind === "found" && state.finding.kind === "page_fault" ? state.finding.at : ""),
  };
}

/** The columns of the file, in their order. */
export const csvColumns = [
  "row",
  "line",
  "input",
  "id",
  "outcome",
  "verdict",
  "reason",
  "same_as_row",
  "name",
  "title",
  "issued_on",
  "valid_until",
  "checked_at",
  "corrected_to",
] as const;

/** The rows as CSV (RFC 4180, UTF-8 with a mark, all fields quoted), with nothing that a spreadsheet would treat as a formula. */
export function toCsv(rows: readonly ListRow[]): string {
  const lines = rows.map((row) => {
    const { name, title, issuedOn, validUntil, checkedAt } = disclosed(row);
    const fields: Record<(typeof csvColumns)[number], string> = {
      row: String(row.number),
      line: String(row.entry.line),
      input: row.entry.shown,
      id: row.id ?? "",
      outcome: outcomeOf(row),
      verdict: verdictOf(row) ?? "",
      reason: reasonOf(row) ?? "",
      same_as_row: row.state.kind === "duplicate" ? String(row.state.of) : "",
      name,
      title,
      issued_on: issuedOn,
      valid_until: validUntil,
      checked_at: checkedAt,
      corrected_to: row.entry.correctedFrom === null ? "" : (row.entry.link ?? ""),
    };
    return csvColumns.map((column) => csvField(fields[column])).join(",");
  });
  return `\ufeff${[csvColumns.map(csvField).join(","), ...lines].join("\r\n")}\r\n`;
}

/**
 * Where a spreadsheet would begin to calculate: at one of its signs (their wide forms included) in front of a cell,
 * whatever is not seen before it, and quotes. A cell begins with the field; for a spreadsheet that separates by semicolons
 * or tabs, as a German one does, and so does not see the quotes, at each of these and at each line inside of it, too.
 */
const formula = /^(?:[\s\p{Cc}\p{Cf}"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/u;
// The sign comes first: searching backwards from every position takes quadratic time on long runs of spaces.
const formulaWithin = /(?=[=+\-@\uff1d\uff0b\uff0d\uff20])(?<=[;\t\r\n][\s\p{Cc}\p{Cf}"']*)/gu;

function csvField(text: string): string {
  const harmless = (formula.test(text) ? "'" : "") + text.replace(formulaWithin, "'");
  return `"${harmless.replaceAll('"', '""')}"`;
}
