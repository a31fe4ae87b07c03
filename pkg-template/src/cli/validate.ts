/** Validates all rows of a list before anything is sent: faulty rows, duplicates, shared addresses. */
import type { Hyperstack, IssueManyItem, ItemFinding } from "hyperstack-credentials";
import { usageError } from "./cli-error.js";
import type { People, Person } from "./people.js";

/** A problem or a possible problem in a row. */
export interface Finding {
  readonly line: number;
  /** The heading of the column. Empty if the finding is about the whole row. */
  readonly column: string;
  /** Rows that are `invalid` or `duplicate` are left out. Rows with a `shared_address` are sent. */
  readonly kind: ItemFinding["kind"];
  /** Stable name: a rule of the package, `extra_cells`, `duplicate` or `shared_address`. */
  readonly code: string;
  readonly message: string;
  /** The line of the row that this one repeats. */
  readonly repeats?: number;
  /** The line of the earlier row with the same address and another name. */
  readonly sharesWith?: number;
}

/** The result of validating a list. */
export interface ListValidation {
  readonly findings: readonly Finding[];
  /** The rows to send. */
  readonly valid: readonly Person[];
  readonly counts: Readonly<Record<ItemFinding["kind"], number>>;
}

const EXTRA_CELLS =
  "the row has more cells than there are headings, so its cells may be in the wrong columns";

/** Describes a duplicate. */
export const repeatText = (line: number | string): string => `the same as line ${line}`;

/** Describes a finding, without the values of cells: they are personal data. */
const describe = (finding: ItemFinding, person: Person, people: People): Finding[] => {
  const { line } = person;
  switch (finding.kind) {
    case "invalid":
      return finding.issues.map(({ path, rule, message, character }) => {
        if (path === "group_key") throw usageError(`--group: ${message}.`);
        const isNamed = character === undefined || message.includes(character);
        return {
          line,
          column: people.headingOf(path),
          kind: "invalid",
          code: rule,
          message: isNamed ? message : `${message} (${character})`,
        };
      });
    case "duplicate": {
      const repeats = Number(finding.of_line);
      return [
        { line, column: "", kind: "duplicate", code: "duplicate", message: repeatText(repeats), repeats },
      ];
    }
    case "shared_address": {
      const sharesWith = Number(finding.with_line);
      const message = `the address of line ${sharesWith}, with another name; a group that allows one credential per address refuses the second`;
      return [
        {
          line,
          column: people.headingOf("recipient.email"),
          kind: "shared_address",
          code: "shared_address",
          message,
          sharesWith,
        },
      ];
    }
  }
};

/** Validates rows by the rules of `credentials.issue`. Sends nothing. */
export const validateRows = async (
  client: Hyperstack,
  people: People,
  rows: readonly Person[],
  group_key: string,
): Promise<ListValidation> => {
  const checked = rows.filter(({ hasExtraCells }) => !hasExtraCells);
  const items: IssueManyItem[] = checked.map(({ item }) => item);
  const { findings: itemFindings } = await client.credentials.validateMany(items, { group_key });
  const counts = { invalid: rows.length - checked.length, duplicate: 0, shared_address: 0 };
  const findings: Finding[] = rows
    .filter(({ hasExtraCells }) => hasExtraCells)
    .map(({ line }) => ({ line, column: "", kind: "invalid", code: "extra_cells", message: EXTRA_CELLS }));
  const leftOut = new Set(findings.map(({ line }) => line));
  for (const finding of itemFindings) {
    const person = checked[finding.index] as Person;
    counts[finding.kind] += 1;
    if (finding.kind !== "shared_address") leftOut.add(person.line);
    findings.push(...describe(finding, person, people));
  }
  findings.sort((one, other) => one.line - other.line);
  return { findings, valid: rows.filter(({ line }) => !leftOut.has(line)), counts };
};
