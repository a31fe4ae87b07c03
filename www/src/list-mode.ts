/**
 * Controls the list mode: reading the field, a file or a drop, showing the rows, checking them, and saving the file.
 *
 * Hooks that tests and scripts may rely on:
 *   #list-form #list-text #list-file #list-start #list-stop #list-clear #list-samples   the form
 *   #list-error       why a text was refused, in words; otherwise hidden
 *   #list-progress #list-progress-text   progress of a run; shown from its start
 *   #list-status      the status region (role=status)
 *   #list             data-run: "" | "dry" | "running" | "pausing" | "done" | "stopped" | "gave_up"
 *   #list-table       rows with data-row, data-outcome, data-verdict, data-reason; buttons data-sort and data-show
 *   #list-again #list-export #list-print   actions for rows that were checked
 */
import type { ParsedCredentialUrl } from "hyperstack-credentials/external";
import { mostInBatch } from "./batching.ts";
import { byId, element } from "./elements.ts";
import type { Finding } from "./finding.ts";
import { decodeFile, foreignFormat, mostCharacters, mostRows, readList } from "./list-input.ts";
import { countRows, isOpen, type ListRow, makeRows, toCsv } from "./list-model.ts";
import { type RunEnd, runList } from "./list-run.ts";
import { type ListTable, listTable, type TableView } from "./list-table.ts";
import { type MessageKey, type MessageParams, message } from "./messages.ts";
import { saveFile } from "./save-file.ts";
import { TimeLeft } from "./time-left.ts";

/** Verifies a link. */
export interface ListService {
  parse: (link: string) => Promise<ParsedCredentialUrl>;
  /** The link that a text probably means. */
  suggest: (text: string) => string | null;
  ask: (link: string, signal: AbortSignal) => Promise<Finding>;
}

/** The list mode, as the page uses it. */
export interface ListMode {
  /** Offers sample links. */
  offerSamples: (links: readonly string[]) => void;
  /** Shows everything again, in the current language. */
  relabel: () => void;
}

/** A status text that can be shown again in another language. */
type Said = readonly [MessageKey, MessageParams?];

/** Bytes of a file that are read: enough for the longest text. */
const mostBytes = mostCharacters * 4;

/** The pause in typing after which the list is read, in milliseconds. */
const typingRestMs = 300;

/** The interval at which rows are counted during a run, in milliseconds. */
const countEveryMs = 50;

export function startListMode(service: ListService): ListMode {
  const page = {
    root: byId("list", HTMLElement),
    form: byId("list-form", HTMLFormElement),
    text: byId("list-text", HTMLTextAreaElement),
    error: byId("list-error", HTMLElement),
    choose: byId("list-choose", HTMLButtonElement),
    file: byId("list-file", HTMLInputElement),
    samples: byId("list-samples", HTMLButtonElement),
    clear: byId("list-clear", HTMLButtonElement),
    start: byId("list-start", HTMLButtonElement),
    startText: byId("list-start-text", HTMLElement),
    stop: byId("list-stop", HTMLButtonElement),
    progressPart: byId("list-progress-part", HTMLElement),
    progress: byId("list-progress", HTMLProgressElement),
    progressText: byId("list-progress-text", HTMLElement),
    status: byId("list-status", HTMLElement),
    rows: byId("list-rows", HTMLElement),
  };

  const actions = element("div", { class: "actions list-actions" });
  let rows: readonly ListRow[] = [];
  let headerSkipped = false;
  let table: ListTable | null = null;
  let view: TableView = newView();
  let running: AbortController | null = null;
  let ended: RunEnd | null = null;
  let pausedUntil: number | null = null;
  /** For the time left: when the run started, its pauses so far, and the results that it found. */
  let timeLeft = new TimeLeft(0);
  let doneBefore = 0;
  let error: Said | null = null;
  let said: Said | null = null;
  /** Counts the lists that were read: results of an earlier one are dropped. */
  let reading = 0;
  /** Whether the field was changed since it was read. */
  let changed = false;
  let starting = false;
  let typing: ReturnType<typeof setTimeout> | undefined;
  let ticking: ReturnType<typeof setInterval> | undefined;
  let counting: ReturnType<typeof setTimeout> | undefined;

  page.text.addEventListener("input", () => {
    clearTimeout(typing);
    changed = true;
    typing = setTimeout(() => void take(page.text.value), typingRestMs);
  });
  page.form.addEventListener("submit", (event) => {
    event.preventDefault();
    void start();
  });
  page.stop.addEventListener("click", () => running?.abort());
  page.clear.addEventListener("click", () => {
    page.text.value = "";
    void take("");
    page.text.focus();
  });
  page.choose.addEventListener("click", () => page.file.click());
  page.file.addEventListener("change", () => {
    const file = page.file.files?.[0];
    if (file !== undefined) void takeFile(file);
    // The same file may be chosen again, after it was changed.
    page.file.value = "";
  });
  for (const name of ["dragenter", "dragover"] as const) {
    page.root.addEventListener(name, (event) => {
      const types = event.dataTransfer?.types ?? [];
      if (!types.includes("Files")) return;
      event.preventDefault();
      page.form.toggleAttribute("data-drop", true);
    });
  }
  for (const name of ["dragleave", "drop"] as const) {
    page.root.addEventListener(name, (event) => {
      if (name === "drop" || !page.root.contains(event.relatedTarget as Node | null)) {
        page.form.removeAttribute("data-drop");
      }
    });
  }
  page.root.addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files[0];
    // Text that is dropped on the field enters it like typing.
    if (file === undefined) return;
    event.preventDefault();
    void takeFile(file);
  });
  // The browser asks before the page with a running list is left.
  window.addEventListener("beforeunload", (event) => {
    if (running !== null) event.preventDefault();
  });

  async function takeFile(file: File): Promise<void> {
    if (running !== null) return;
    clearTimeout(typing);
    const own = ++reading;
    say(["list.reading"]);
    let text: string | null = null;
    let problem: Said = ["list.unreadable"];
    try {
      const format = foreignFormat(new Uint8Array(await file.slice(0, 8).arrayBuffer()));
      if (format !== null) problem = [format === "pdf" ? "list.pdf" : "list.spreadsheet"];
      else if (file.size <= mostBytes) text = decodeFile(new Uint8Array(await file.arrayBuffer()));
      else problem = ["list.too_large", { most: mostCharacters }];
    } catch {
      // The file was moved, or access was denied.
    }
    if (own !== reading) return;
    if (text !== null && text.length <= mostCharacters) {
      page.text.value = text;
      await take(text);
    } else {
      page.text.value = "";
      await take("", text === null ? problem : ["list.too_large", { most: mostCharacters }]);
    }
  }

  /** Reads a text and shows its rows, as far as they can be judged without a request. Returns whether it is a list. */
  async function take(text: string, problem: Said | null = null): Promise<boolean> {
    if (running !== null) return false;
    const own = ++reading;
    changed = false;
    const read = readList(text);
    let found: ListRow[] = [];
    error = problem;
    said = null;
    if (text.trim() !== "") {
      if (read.kind === "too_many") error = ["list.too_many", { count: read.count, most: mostRows }];
      else if (read.kind === "too_large") error = ["list.too_large", { most: mostCharacters }];
      else if (read.kind === "nothing") error = ["list.nothing"];
      else {
        try {
          found = await makeRows(read.entries, service.parse, service.suggest);
        } catch {
          error = ["page.verifier_missing"];
        }
        if (own !== reading || running !== null) return false;
        const ready = found.filter(isOpen).length;
        if (found.every(({ entry }) => entry.link === null)) {
          if (error === null) error = ["list.nothing"];
          found = [];
        } else if (ready > 0) said = ["list.found", { count: found.length, ready }];
        else if (found.length > 0) said = ["list.nothing_to_check"];
      }
    }
    headerSkipped = read.kind === "list" && read.headerSkipped;
    rows = found;
    ended = null;
    view = newView();
    showRows();
    show();
    return true;
  }

  async function start(): Promise<void> {
    if (running !== null || starting) return;
    clearTimeout(typing);
    // Includes what was typed a moment ago, and what is typed meanwhile.
    starting = true;
    let current = ended !== null && !changed;
    while (!current) current = (await take(page.text.value)) && !changed;
    starting = false;
    if (!rows.some(isOpen)) {
      if (error === null && rows.length === 0) error = ["list.nothing"];
      show();
      if (error !== null) page.text.focus();
      return;
    }
    const own = new AbortController();
    running = own;
    ended = null;
    headerSkipped = false;
    view.shown = "all";
    table?.refresh();
    said = ["list.status_running"];
    const whole = rows.filter(isOpen).length;
    timeLeft = new TimeLeft(Date.now());
    doneBefore = progressOf(rows).done;
    let announced = 0;
    show();
    page.stop.focus();
    const end = await runList(rows, {
      ask: service.ask,
      atOnce: mostInBatch,
      signal: own.signal,
      onRow: (row) => {
        table?.update(row);
        counting ??= setTimeout(() => {
          counting = undefined;
          table?.count();
          showProgress();
          // A screen reader announces every quarter, not every row.
          const quarter = Math.floor((4 * (whole - rows.filter(isWaiting).length)) / whole);
          if (quarter > announced && quarter < 4) {
            announced = quarter;
            say(["list.progress_text", progressOf(rows)]);
          }
        }, countEveryMs);
      },
      onPause: (until) => {
        pausedUntil = until;
        clearInterval(ticking);
        if (until !== null) {
          ticking = setInterval(showProgress, 250);
          said = ["list.pausing"];
          timeLeft.pause({ now: Date.now(), until, done: doneInRun() });
        } else said = ["list.status_running"];
        show();
      },
    });
    clearInterval(ticking);
    clearTimeout(counting);
    counting = undefined;
    running = null;
    ended = end;
    pausedUntil = null;
    const { verified, not_verified, could_not_check, not_checked } = countRows(rows);
    said =
      end === "stopped"
        ? ["list.status_stopped", { not_checked }]
        : end === "gave_up"
          ? ["list.status_gave_up"]
          : ["list.status_done", { verified, not_verified, could_not_check }];
    // The stop button disappears and would lose the focus; a focus elsewhere is left alone.
    const waiting = [page.stop, document.body].includes(document.activeElement as HTMLElement);
    table?.refresh();
    show();
    if (waiting) byId("list-rows-title", HTMLElement).focus();
  }

  function say(text: Said | null): void {
    said = text;
    page.status.textContent = text === null ? "" : message(...text);
  }

  function show(): void {
    const open = rows.filter(isOpen).length;
    const busy = running !== null;
    const hasStarted = ended !== null || busy;
    page.root.setAttribute(
      "data-run",
      busy ? (pausedUntil === null ? "running" : "pausing") : (ended ?? (rows.length > 0 ? "dry" : "")),
    );
    page.error.hidden = error === null;
    page.error.textContent = error === null ? "" : `${message("form.error_prefix")} ${message(...error)}`;
    if (error === null) page.text.removeAttribute("aria-invalid");
    else page.text.setAttribute("aria-invalid", "true");
    // The list cannot be changed during a run.
    page.text.readOnly = busy;
    page.choose.disabled = busy;
    page.samples.disabled = busy;
    page.clear.hidden = busy || page.text.value === "";
    page.start.hidden = !busy && (hasStarted || open === 0);
    page.start.toggleAttribute("data-busy", busy);
    if (busy) page.start.setAttribute("aria-disabled", "true");
    else page.start.removeAttribute("aria-disabled");
    page.startText.textContent = busy ? message("list.running") : message("list.start", { count: open });
    page.stop.hidden = !busy;
    page.progressPart.hidden = !hasStarted;
    showProgress();
    const corrected = rows.filter(({ entry }) => entry.correctedFrom !== null).length;
    const status: (Said | null)[] = [
      said,
      headerSkipped && !hasStarted ? ["list.header_skipped"] : null,
      corrected > 0 && !hasStarted ? ["list.corrected_count", { count: corrected }] : null,
    ];
    const text = status
      .filter((each) => each !== null)
      .map((each) => message(...each))
      .join(" ");
    // Setting the same text again would announce it again.
    if (page.status.textContent !== text) page.status.textContent = text;
    showActions(open);
  }

  function showProgress(): void {
    const { done, total } = progressOf(rows);
    page.progress.max = Math.max(total, 1);
    page.progress.value = done;
    const left =
      running === null
        ? null
        : timeLeft.seconds({ now: Date.now(), done: done - doneBefore, remaining: total - done });
    page.progressText.textContent = [
      message("list.progress_text", { done, total }),
      pausedUntil === null ? null : message("list.continuing", { seconds: secondsLeft(pausedUntil) }),
      left === null ? null : timeLeftText(left),
    ]
      .filter((text) => text !== null)
      .join(" ");
  }

  /** The rows that this run has done. */
  function doneInRun(): number {
    return progressOf(rows).done - doneBefore;
  }

  function showRows(): void {
    table = rows.length === 0 ? null : listTable(rows, view);
    page.rows.replaceChildren(...(table === null ? [] : [actions, table.root]));
  }

  function showActions(open: number): void {
    const made: HTMLElement[] = [];
    if (ended !== null) {
      if (open > 0)
        made.push(action("list-again", ["list.again", { count: open }], () => void start(), true));
      made.push(action("list-export", ["list.export"], save));
      made.push(action("list-print", ["list.print"], () => window.print()));
    }
    actions.replaceChildren(...made);
    actions.hidden = made.length === 0;
  }

  function save(): void {
    const at = new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-");
    saveFile(`credentials-${at}.csv`, "text/csv;charset=utf-8", toCsv(rows));
  }

  show();
  return {
    offerSamples(links) {
      page.samples.hidden = links.length === 0;
      page.samples.addEventListener("click", () => {
        page.text.value = links.join("\n");
        void take(page.text.value);
      });
    },
    relabel() {
      showRows();
      show();
    },
  };
}

/** The time left in words: by fives of seconds, from two minutes on in minutes. */
function timeLeftText(seconds: number): string {
  return seconds < 120
    ? message("list.seconds_left", { seconds: Math.max(5, Math.ceil(seconds / 5) * 5) })
    : message("list.minutes_left", { minutes: Math.ceil(seconds / 60) });
}

function newView(): TableView {
  return { shown: "all", sortedBy: "row", ascending: true };
}

function action(id: string, text: Said, act: () => void, prominent = false): HTMLButtonElement {
  const kind = prominent ? "button button-main" : "button";
  const button = element("button", { id, type: "button", class: kind }, message(...text));
  button.addEventListener("click", act);
  return button;
}

/** Whether a row waits for its check, or the check is in flight. */
function isWaiting({ state }: ListRow): boolean {
  return state.kind === "ready" || state.kind === "running";
}

/** How many of the rows that need a request have a result. */
function progressOf(rows: readonly ListRow[]): { done: number; total: number } {
  const total = rows.filter(({ state }) => state.kind !== "rejected" && state.kind !== "duplicate").length;
  return { done: total - rows.filter(isWaiting).length, total };
}

function secondsLeft(until: number): number {
  return Math.max(0, Math.ceil((until - Date.now()) / 1000));
}
