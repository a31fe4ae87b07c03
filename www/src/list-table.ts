/**
 * Shows the rows of a list: counts that filter, a table that sorts, and one line for each row, which is created once and
 * then updated.
 */
import { fragmentFor, pageAddress } from "./deep-link.ts";
import { type Content, element } from "./elements.ts";
import { headlineOf, lookOf, repeatableLink } from "./finding.ts";
import { foreignText } from "./foreign-text.ts";
import { icon } from "./icons.ts";
import { instantRange } from "./instants.ts";
import {
  countRows,
  disclosed,
  type ListRow,
  outcomeOf,
  outcomes,
  type RowOutcome,
  reasonOf,
  verdictOf,
} from "./list-model.ts";
import { isMessageKey, locale, message, number } from "./messages.ts";

const columns = ["row", "result", "name", "title", "link"] as const;
type Column = (typeof columns)[number];

/** The visitor's filter and order; they outlive the table, which is created again for another language. */
export interface TableView {
  shown: RowOutcome | "all";
  sortedBy: Column;
  ascending: boolean;
}

/** The order of results: those that need attention come first. */
const rank: Readonly<Record<RowOutcome, number>> = {
  not_verified: 0,
  could_not_check: 1,
  not_checked: 2,
  duplicate: 3,
  verified: 4,
};

/** The table of a list, and the functions that update it. */
export interface ListTable {
  /** Hook of tests: #list-table; rows have data-row, data-outcome, data-verdict and data-reason. */
  root: HTMLElement;
  /** Updates a row. */
  update: (row: ListRow) => void;
  /** Updates the counts. */
  count: () => void;
  /** Counts, sorts and filters again, when a run ends. */
  refresh: () => void;
}

export function listTable(rows: readonly ListRow[], view: TableView): ListTable {
  const lines = new Map(
    rows.map((row) => [row, element("tr", { role: "row", "data-row": String(row.number) })]),
  );
  const body = element("tbody", { role: "rowgroup" });
  const times = element("p", { id: "list-times", class: "hint", hidden: true });
  const bar = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({
    id: "list-chart",
    class: "list-chart",
    viewBox: "0 0 1 1",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  }))
    bar.setAttribute(name, value);
  const nothing = element("p", { class: "hint", hidden: true }, message("list.nothing_shown"));

  const headings = new Map(
    columns.map((column) => {
      const button = element(
        "button",
        { type: "button", class: "sort", "data-sort": column },
        message(`list.column_${column}`),
      );
      button.addEventListener("click", () => {
        view.ascending = view.sortedBy === column ? !view.ascending : true;
        view.sortedBy = column;
        arrange();
      });
      return [column, element("th", { role: "columnheader", scope: "col" }, button)];
    }),
  );

  const filters = new Map(
    (["all", ...outcomes] as const).map((name) => {
      const count = element("span", { class: "filter-count" });
      const button = element(
        "button",
        { type: "button", class: "filter", "data-show": name },
        message(`list.show_${name}`),
        " ",
        count,
      );
      button.addEventListener("click", () => {
        view.shown = name;
        filter();
      });
      return [name, { button, count }];
    }),
  );

  /** Counts change with every result; the rows shown change only on request or when a run ends. */
  function count(): void {
    const counts = countRows(rows);
    for (const [name, { button, count }] of filters) {
      const found = name === "all" ? rows.length : counts[name];
      count.textContent = number(found);
      button.hidden = found === 0 && view.shown !== name;
    }
    draw();
  }

  /** The first and last instant of the checks, for the printed list. */
  function showTimes(): void {
    const found = rows.flatMap((row) => disclosed(row).checkedAt || []).sort();
    const [first, last] = [found[0], found.at(-1)];
    times.hidden = first === undefined || last === undefined;
    if (first === undefined || last === undefined) return;
    times.textContent = `${message("result.checked_at")}: ${instantRange(first, last)}`;
  }

  /** The outcomes as a bar; the counts beside it say the same in words. */
  function draw(): void {
    const counts = countRows(rows);
    let x = 0;
    bar.replaceChildren(
      ...outcomes.map((outcome) => {
        const width = counts[outcome] / rows.length;
        const part = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        for (const [name, value] of Object.entries({ x, width, height: 1 }))
          part.setAttribute(name, String(value));
        part.setAttribute("data-outcome", outcome);
        x += width;
        return part;
      }),
    );
  }

  function filter(): void {
    let visible = 0;
    for (const [row, line] of lines) {
      line.hidden = view.shown !== "all" && outcomeOf(row) !== view.shown;
      if (!line.hidden) visible += 1;
    }
    nothing.hidden = visible > 0;
    for (const [name, { button }] of filters)
      button.setAttribute("aria-pressed", String(name === view.shown));
    count();
  }

  function arrange(): void {
    const collator = new Intl.Collator(locale(), { numeric: true });
    const sorted = [...rows].sort((one, other) => {
      const order = compare(one, other, view.sortedBy, collator);
      return (view.ascending ? order : -order) || one.number - other.number;
    });
    body.replaceChildren(...sorted.map((row) => lines.get(row) as HTMLElement));
    for (const [column, heading] of headings) {
      if (column === view.sortedBy) {
        heading.setAttribute("aria-sort", view.ascending ? "ascending" : "descending");
      } else heading.removeAttribute("aria-sort");
    }
  }

  function fill(row: ListRow): void {
    const line = lines.get(row);
    if (line === undefined) return;
    const outcome = outcomeOf(row);
    line.setAttribute("data-outcome", outcome);
    line.setAttribute("data-state", row.state.kind);
    line.setAttribute("data-verdict", verdictOf(row) ?? "");
    line.setAttribute("data-reason", reasonOf(row) ?? "");
    line.replaceChildren(...cells(row));
  }

  for (const row of rows) fill(row);
  arrange();
  filter();
  showTimes();

  return {
    root: element(
      "section",
      { class: "panel", "aria-labelledby": "list-rows-title" },
      element("h2", { id: "list-rows-title", tabindex: "-1" }, message("list.rows_title")),
      element("p", { class: "hint" }, message("list.meaning")),
      times,
      bar,
      element(
        "div",
        { class: "filters", role: "group", "aria-label": message("list.show") },
        ...[...filters.values()].map(({ button }) => button),
      ),
      // The roles by name: on a narrow screen the style sheet stacks the cells, which removes the implicit roles.
      element(
        "table",
        { id: "list-table", role: "table", class: "list-table", "aria-labelledby": "list-rows-title" },
        element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...headings.values())),
        body,
      ),
      nothing,
    ),
    update: fill,
    count,
    refresh() {
      arrange();
      filter();
      showTimes();
    },
  };
}

function compare(one: ListRow, other: ListRow, by: Column, collator: Intl.Collator): number {
  switch (by) {
    case "row":
      return one.number - other.number;
    case "result":
      return (
        rank[outcomeOf(one)] - rank[outcomeOf(other)] ||
        collator.compare(verdictOf(one) ?? "", verdictOf(other) ?? "") ||
        collator.compare(reasonOf(one) ?? "", reasonOf(other) ?? "")
      );
    case "link":
      return collator.compare(one.id ?? one.entry.shown, other.id ?? other.entry.shown);
    default: {
      const [first, second] = [disclosed(one)[by], disclosed(other)[by]];
      // Rows without a text come last.
      return Number(first === "") - Number(second === "") || collator.compare(first, second);
    }
  }
}

function cells(row: ListRow): HTMLElement[] {
  const { name, title, validUntil } = disclosed(row);
  const until =
    validUntil === ""
      ? null
      : element("span", { class: "fact-line hint" }, message("compare.valid_until"), " ", day(validUntil));
  return [
    element("td", { role: "cell", class: "cell-row" }, number(row.number)),
    element("td", { role: "cell", class: "cell-result" }, ...result(row)),
    cell(nameOf(row, name)),
    cell(title === "" ? null : foreignText(title, "name"), until),
    cell(link(row)),
  ];
}

/** The name, if the result discloses it. */
function nameOf({ state }: ListRow, name: string): HTMLElement | null {
  if (name !== "") return foreignText(name, "name");
  const credential =
    state.kind === "found" && state.finding.kind === "verification"
      ? state.finding.verification.credential
      : null;
  if (credential === null) return null;
  const key = credential.privacy === "public" ? "compare.value_withheld" : "compare.name_withheld";
  return element("span", { class: "withheld" }, message(key));
}

/** A cell; the cards of a narrow screen leave out an empty one. */
function cell(...content: Content[]): HTMLElement {
  return element("td", { role: "cell", "data-empty": content.every((part) => part === null) }, ...content);
}

function day(iso: string): HTMLElement {
  const at = new Date(iso);
  return element(
    "time",
    { datetime: iso },
    new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(at),
  );
}

function result(row: ListRow): Content[] {
  const { state } = row;
  const verdict = verdictOf(row);
  if (verdict !== null) {
    const { tone, icon: drawing } = state.kind === "found" ? headlineOf(state.finding) : lookOf(verdict);
    const reason = reasonOf(row);
    const key = verdict === "indeterminate" ? `reason.${reason}` : `parse.${reason}`;
    const why =
      row.entry.link === null
        ? message("list.no_link")
        : reason !== null && reason !== verdict && isMessageKey(key)
          ? message(key)
          : null;
    return [
      element(
        "span",
        { class: "row-verdict", "data-tone": tone },
        icon(drawing),
        element("span", {}, message(`verdict.${verdict}.title`)),
      ),
      why === null ? null : element("span", { class: "fact-line hint" }, why),
    ];
  }
  const text =
    state.kind === "duplicate"
      ? message("list.state_duplicate", { row: state.of })
      : state.kind === "running"
        ? message("list.state_running")
        : message(state.kind === "ready" && state.stopped ? "list.state_not_checked" : "list.state_ready");
  return [
    element(
      "span",
      { class: "row-verdict", "data-tone": "none" },
      icon(state.kind === "duplicate" ? "dash" : "pending"),
      element("span", {}, text),
    ),
  ];
}

/** The credential of a row; with a result, a link to all of it. */
function link(row: ListRow): HTMLElement {
  const shown = foreignText(row.id ?? row.entry.shown, row.entry.link === null ? "name" : "code");
  if (row.id === null) return shown;
  const { correctedFrom } = row.entry;
  const linked = row.state.kind === "duplicate" ? shown : linkTo(row, shown);
  if (correctedFrom === null) return linked;
  // Nothing is corrected silently.
  const note = element(
    "span",
    { class: "fact-line hint", "data-corrected": true },
    message("list.corrected"),
    " ",
    foreignText(correctedFrom, "code"),
  );
  return element("div", {}, linked, note);
}

function linkTo(row: ListRow, shown: HTMLElement): HTMLElement {
  const about = repeatableLink(row.state.kind === "found" ? row.state.finding : null, row.entry.link ?? "");
  return element("a", { href: pageAddress(fragmentFor(about)), target: "_blank", rel: "noopener" }, shown);
}
