/**
 * Controls the verify page: its language and mode, the input, the current check, and where its result is shown.
 * list-mode.ts controls the list.
 *
 * Hooks that tests and scripts may rely on:
 *   #verify-form #credential-url #recipient-name #verify-button #cancel-button   the form; #name-disclosure holds the name
 *   #field-error      what is wrong with the link; hidden if nothing is, or if the result already says it
 *   #form-part #check-another   the form, folded while there is a result, and the button that unfolds it
 *   #status           the status region (role=status), there from the start
 *   #sandbox-banner   shown in sandbox mode; [data-sample="<name>"] are the buttons of the samples
 *   #config-notice #verifier-notice   shown when /api/config, or the verifier's wasm, could not be loaded
 *   #languages        links with data-language; #mode-single #mode-list switch between #single and #list
 *   #result           aria-busy while a check runs; data-outcome, data-verdict and data-reason ("" for none) once a
 *                     result is shown, and only then. data-reason is an IndeterminateReason or "page_fault".
 *   #progress         shown while a check is in flight, with #cancel-button
 *   #verdict-title    heading of the result, focused after a check that the user started
 *   #subject #facts   whose credential it is and what for; [data-withheld="<field>"] are the fields withheld
 *   #details #checks #exports   folds; [data-check="<id>"] are the thirteen checks with data-state and data-code
 *   #retry-button #correct-button #suggestion-button #copy-button #print-button   actions of a result; #share-link when copying failed
 *   html[data-ready]  once the script has started
 * An empty field sets #field-error only, because there is nothing to check.
 */
import { init, type ParseCode, parseCredentialUrl, Verifier } from "hyperstack-credentials/external";
import { suggestedLink } from "../../pkg-template/src/suggestion.ts";
import { mayHoldAddress } from "./addresses.ts";
import { batchingFetch } from "./batching.ts";
import { fragmentFor, linkFromFragment, pageAddress } from "./deep-link.ts";
import { applyTexts, byId, element } from "./elements.ts";
import { type Finding, findingOf, headlineOf, inputProblemOf, repeatableLink } from "./finding.ts";
import { startListMode } from "./list-mode.ts";
import {
  direction,
  isLanguage,
  type Language,
  language,
  languages,
  message,
  useLanguage,
  wantedLanguage,
} from "./messages.ts";
import { defaultConfig, loadConfig, type PageConfig } from "./page-config.ts";
import { resultView } from "./result-view.ts";
import { sampleList } from "./sample-list.ts";
import { linkOfCode, startScanning } from "./scan.ts";

const configTimeoutMs = 5000;

/** The longest link that the grammar allows; a longer one gets no deep link. */
const longestDeepLink = 2048;

const listFragment = "#list";

/** Milliseconds for a link of a list, the time in which others of its batch are verified included. */
const batchTimeoutMs = 120_000;

/** A check that takes longer is called slow. */
const slowMs = 2000;

/** The input to check, and whether the user started the check (otherwise a deep link did). */
interface Request {
  link: string;
  recipientName: string | null;
  startedByUser: boolean;
}

/** What the page shows of the single check, stored so that it can be shown in another language. */
type Shown =
  | { kind: "nothing" }
  | { kind: "input_problem"; problem: ParseCode }
  | { kind: "progress"; slow: boolean }
  | { kind: "result"; finding: Finding; suggestion: string | null; request: Request; at: number };

await useLanguage(wantedLanguage(location.search, navigator.languages));

const page = {
  single: byId("single", HTMLElement),
  list: byId("list", HTMLElement),
  title: byId("single-title", HTMLElement),
  modes: byId("modes", HTMLElement),
  formPart: byId("form-part", HTMLElement),
  another: byId("another", HTMLElement),
  checkAnother: byId("check-another", HTMLButtonElement),
  progress: byId("progress", HTMLElement),
  progressText: byId("progress-text", HTMLElement),
  form: byId("verify-form", HTMLFormElement),
  link: byId("credential-url", HTMLInputElement),
  fieldError: byId("field-error", HTMLElement),
  nameDisclosure: byId("name-disclosure", HTMLDetailsElement),
  name: byId("recipient-name", HTMLInputElement),
  verify: byId("verify-button", HTMLButtonElement),
  verifyText: byId("verify-button-text", HTMLElement),
  cancel: byId("cancel-button", HTMLButtonElement),
  status: byId("status", HTMLElement),
  result: byId("result", HTMLElement),
};

let config: PageConfig = defaultConfig;
let verifier: Verifier | null = null;
let batched: Verifier | null = null;
/** The current check; results of other checks are never shown. */
let running: AbortController | null = null;
let slowness: ReturnType<typeof setTimeout> | undefined;
let shown: Shown = { kind: "nothing" };
/** Whether the form is folded: while a link from the address is checked, and while there is a result. */
let folded = false;

const configured = configure();
// Fetched while the user pastes the link. A failure is shown at once, and the check fetches it again.
const verifierReady = (): Promise<void> =>
  init().then(
    () => showVerifierNotice(false),
    () => showVerifierNotice(true),
  );
void verifierReady();

const list = startListMode({
  parse: async (link) => {
    await configured;
    return parseCredentialUrl(link, { hosts: [...config.hosts] });
  },
  suggest: (text) => suggestedLink(text, config.hosts),
  ask: async (link, signal) => findingOf(await listVerifier().verify(link, { signal })),
});

page.form.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = page.nameDisclosure.open ? page.name.value.trim() : "";
  void check({ link: page.link.value, recipientName: name === "" ? null : name, startedByUser: true });
});
page.link.addEventListener("input", outdate);
page.name.addEventListener("input", outdate);
page.cancel.addEventListener("click", () => {
  stop();
  clearResult();
  announce(message("status.cancelled"));
  page.verify.focus();
});
page.checkAnother.addEventListener("click", () => {
  // The result stays one step back.
  history.pushState(null, "", pageAddress(""));
  fillIn("", null);
  clearResult();
  announce("");
  page.link.focus();
});
startScanning((text) => {
  const link = linkOfCode(text);
  fillIn(link, null);
  announce(message("status.scanned"));
  void check({ link, recipientName: null, startedByUser: true });
}, announce);
for (const code of Object.keys(languages).filter(isLanguage)) addLanguage(code);
writeTexts();
window.addEventListener("hashchange", followAddress);
followAddress();
document.documentElement.setAttribute("data-ready", "");

/** Fetches the settings of the service and applies them. */
async function configure(): Promise<void> {
  config = await loadConfig("/api/config", configTimeoutMs);
  byId("config-notice", HTMLElement).hidden = config.loaded;
  document.body.setAttribute("data-mode", config.mode);
  byId("sandbox-banner", HTMLElement).hidden = config.mode !== "sandbox";
  // Not offered if the service would refuse it, or if the settings are unknown.
  page.nameDisclosure.hidden = !config.compareNames;
  if (!config.compareNames) page.nameDisclosure.open = false;
  writeConfig();
  list.offerSamples(config.samples.map(({ input }) => input));
}

/** Shows the settings in words. */
function writeConfig(): void {
  const label = byId("issuer-label", HTMLElement);
  label.hidden = config.issuerLabel === null;
  label.textContent = message("page.issuer", { issuer: config.issuerLabel ?? "" });
  byId("trust-service", HTMLElement).hidden = config.issuerLabel === null;
  byId("trust-issuer", HTMLElement).textContent = message("trust.service", {
    issuer: config.issuerLabel ?? "",
  });
  byId("trust-contact", HTMLElement).hidden = config.issuerUrl === null;
  if (config.issuerUrl !== null) {
    const link = byId("trust-link", HTMLAnchorElement);
    link.href = config.issuerUrl;
    link.textContent = new URL(config.issuerUrl).hostname;
  }
  byId("sample-groups", HTMLElement).replaceChildren(
    ...sampleList(config.samples, ({ input, recipientName }) => {
      fillIn(input, recipientName);
      void check({ link: input, recipientName, startedByUser: true });
    }),
  );
  byId("samples", HTMLElement).hidden = config.samples.length === 0;
}

/** A link to the page in another language, which switches the texts without reloading the page. */
function addLanguage(code: Language): void {
  const { name, direction: dir } = languages[code];
  const link = element(
    "a",
    { href: `?lang=${code}`, lang: code, dir, hreflang: code, "data-language": code },
    name,
  );
  link.addEventListener("click", async (event) => {
    // Another tab, or a language that could not be loaded: the browser follows the link.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!(await useLanguage(code))) return;
    history.replaceState(null, "", `?lang=${code}${location.hash}`);
    writeTexts();
    writeConfig();
    list.relabel();
    write();
    announce("");
  });
  byId("languages", HTMLElement).append(link);
}

/** Sets every text of index.html in the current language. */
function writeTexts(): void {
  document.documentElement.lang = language();
  document.documentElement.dir = direction();
  applyTexts(document);
  for (const name of ['name="description"', 'property="og:description"']) {
    document.querySelector(`meta[${name}]`)?.setAttribute("content", message("page.description"));
  }
  document.querySelector('meta[property="og:title"]')?.setAttribute("content", message("page.title"));
  for (const link of document.querySelectorAll("[data-language]")) {
    if (link.getAttribute("data-language") === language()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  page.verifyText.textContent = message(running === null ? "form.verify" : "form.verify_busy");
  showMode();
}

function inListMode(): boolean {
  return location.hash === listFragment;
}

function showMode(): void {
  const listed = inListMode();
  const resulted = shown.kind === "result" && !listed;
  page.single.hidden = listed;
  page.list.hidden = !listed;
  page.result.hidden = !resulted;
  page.another.hidden = !resulted;
  page.modes.hidden = resulted;
  page.title.hidden = resulted;
  page.formPart.hidden = folded;
  page.progress.hidden = shown.kind !== "progress";
  document.body.setAttribute("data-shown", resulted ? "result" : "");
  // No search engine keeps a result that it finds by a link.
  document.querySelector('meta[name="robots"]')?.remove();
  if (shown.kind !== "nothing" || linkFromFragment(location.hash) !== null) {
    document.head.append(element("meta", { name: "robots", content: "noindex" }));
  }
  document.body.setAttribute("data-view", listed ? "list" : "single");
  for (const [id, current] of [
    ["mode-single", !listed],
    ["mode-list", listed],
  ] as const) {
    if (current) byId(id, HTMLElement).setAttribute("aria-current", "page");
    else byId(id, HTMLElement).removeAttribute("aria-current");
  }
  writeTitle();
}

function writeTitle(): void {
  document.title = inListMode()
    ? message("list.title")
    : shown.kind === "result"
      ? message("page.title_result", {
          verdict: message(`verdict.${headlineOf(shown.finding).verdict}.title`),
        })
      : message("page.title");
}

/** Shows the mode of the address, and checks the link in it, if there is one. */
function followAddress(): void {
  showMode();
  const link = linkFromFragment(location.hash);
  // Anything else in the address is removed from it and from the history.
  const other = mayHoldAddress(location.hash) ? "" : location.hash;
  const fragment = link === null ? other : deepLinkFragment(null, link);
  const address = pageAddress(fragment);
  if (address !== location.pathname + location.search + location.hash)
    history.replaceState(null, "", address);
  if (link === null) {
    // As after going back to the page without a link.
    if (shown.kind === "result" && !inListMode()) clearResult();
    return;
  }
  // A name left over from an earlier check was not meant for this link.
  fillIn(link, null);
  void check({ link, recipientName: null, startedByUser: false });
}

function fillIn(link: string, recipientName: string | null): void {
  page.link.value = link;
  page.name.value = recipientName ?? "";
  page.nameDisclosure.open = recipientName !== null;
}

/** Runs one check from the entered text to the shown result. It ends any other check; only the latest is shown. */
async function check(request: Request): Promise<void> {
  stop();
  const wasFolded = folded;
  clearResult();
  if (request.link.trim() === "") {
    showInputProblem("empty");
    return;
  }
  const own = new AbortController();
  running = own;
  // From the form, it stays where it is until there is a result.
  folded = wasFolded || !request.startedByUser;
  shown = { kind: "progress", slow: false };
  write();
  showBusy(true);
  announce(message("status.checking"));
  slowness = setTimeout(() => {
    shown = { kind: "progress", slow: true };
    write();
    announce(message("progress.slow"));
  }, slowMs);
  const finding = await find(request, own.signal);
  if (finding === null || running !== own) return;
  const suggestion = await suggestionFor(finding, request.link);
  if (running !== own) return;
  stop();
  show(finding, suggestion, request);
}

/** The link that a faulty input probably means, if it is valid. */
async function suggestionFor(finding: Finding, input: string): Promise<string | null> {
  if (inputProblemOf(finding) === null) return null;
  const link = suggestedLink(input, config.hosts);
  if (link === null || !(await parseCredentialUrl(link, { hosts: [...config.hosts] })).ok) return null;
  return link;
}

/** The finding for an input; `null` if the check was ended first. */
async function find({ link, recipientName }: Request, signal: AbortSignal): Promise<Finding | null> {
  try {
    await configured;
    if (signal.aborted) return null;
    // The verifier also judges text that is not a credential link; it then sends nothing.
    const verification = await theVerifier().verify(link, {
      signal,
      ...(recipientName === null ? {} : { recipientName }),
    });
    showVerifierNotice(false);
    return findingOf(verification);
  } catch {
    // The verifier returns network faults as a verification, so what it throws is a fault of the page.
    return signal.aborted ? null : { kind: "page_fault", at: new Date().toISOString() };
  }
}

/** Created when the settings are known. */
function theVerifier(): Verifier {
  verifier ??= new Verifier({ endpoint: "/api/verify", hosts: [...config.hosts] });
  return verifier;
}

/** Sends the links of a list in batches. */
function listVerifier(): Verifier {
  batched ??= new Verifier({
    endpoint: "/api/verify",
    hosts: [...config.hosts],
    fetch: batchingFetch("/api/verify/batch"),
    timeoutMs: batchTimeoutMs,
  });
  return batched;
}

function show(finding: Finding, suggestion: string | null, request: Request): void {
  const focused = document.activeElement;
  shown = { kind: "result", finding, suggestion, request, at: Date.now() };
  folded = true;
  if (request.startedByUser && !inListMode()) {
    history.replaceState(null, "", pageAddress(deepLinkFragment(finding, request.link)));
  }
  const { verdict, outcome, reason } = headlineOf(finding);
  page.result.setAttribute("data-outcome", outcome);
  page.result.setAttribute("data-verdict", verdict);
  page.result.setAttribute("data-reason", reason ?? "");
  write();
  announce(message("status.result", { verdict: message(`verdict.${verdict}.title`) }));
  // Whoever opened a link has the focus nowhere yet, unless they went on meanwhile.
  if (
    request.startedByUser ||
    focused === null ||
    focused === document.body ||
    page.progress.contains(focused)
  ) {
    byId("verdict-title", HTMLElement).focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

function deepLinkFragment(finding: Finding | null, entered: string): string {
  const link = repeatableLink(finding, entered, config.hosts);
  return link.length <= longestDeepLink ? fragmentFor(link) : "";
}

/** Shows the single check in the current language. */
function write(): void {
  showMode();
  if (shown.kind !== "progress") page.progressText.textContent = "";
  switch (shown.kind) {
    case "nothing":
      return;
    case "input_problem":
      showFieldError(`${message(`parse.${shown.problem}`)} ${message(`parse.${shown.problem}.todo`)}`);
      return;
    case "progress": {
      const text = message(shown.slow ? "progress.slow" : "progress.text");
      if (page.progressText.textContent !== text) page.progressText.textContent = text;
      return;
    }
    case "result": {
      const { finding, suggestion, request, at } = shown;
      const problem = inputProblemOf(finding);
      page.result.replaceChildren(
        resultView(finding, {
          input: request.link,
          suggestion,
          // The recipient chooses their own language.
          deepLink: location.origin + location.pathname + deepLinkFragment(finding, request.link),
          shownAt: at,
          config,
          onRetry: () => void check({ ...request, startedByUser: true }),
          onCorrect: () => {
            clearResult();
            if (problem !== null) showInputProblem(problem);
          },
          onSuggestion: (link) => {
            fillIn(link, request.recipientName);
            void check({ ...request, link, startedByUser: true });
          },
          announce,
        }),
      );
    }
  }
}

/** Ends the check and removes the result after a change of the input: they are about the previous one. */
function outdate(): void {
  if (shown.kind === "nothing" && running === null) return;
  const busy = running !== null;
  stop();
  clearResult();
  if (linkFromFragment(location.hash) !== null) history.replaceState(null, "", pageAddress(""));
  announce(busy ? message("status.cancelled") : "");
}

/** Ends the running check, if there is one. */
function stop(): void {
  running?.abort();
  running = null;
  clearTimeout(slowness);
  showBusy(false);
}

function showBusy(busy: boolean): void {
  page.verify.toggleAttribute("data-busy", busy);
  page.verifyText.textContent = message(busy ? "form.verify_busy" : "form.verify");
  page.result.setAttribute("aria-busy", String(busy));
}

/** Back to the form, without a result or an error. */
function clearResult(): void {
  clearFieldError();
  shown = { kind: "nothing" };
  folded = false;
  page.result.replaceChildren();
  for (const name of ["data-outcome", "data-verdict", "data-reason"]) page.result.removeAttribute(name);
  showMode();
}

/** Reports the problem at the field, which gets the focus. */
function showInputProblem(problem: ParseCode): void {
  shown = { kind: "input_problem", problem };
  write();
  announce(message("status.input_problem"));
  page.link.focus();
}

function showVerifierNotice(missing: boolean): void {
  byId("verifier-notice", HTMLElement).hidden = !missing;
}

function showFieldError(text: string): void {
  page.fieldError.textContent = `${message("form.error_prefix")} ${text}`;
  page.fieldError.hidden = false;
  page.link.setAttribute("aria-invalid", "true");
}

function clearFieldError(): void {
  page.fieldError.hidden = true;
  page.fieldError.textContent = "";
  page.link.removeAttribute("aria-invalid");
}

function announce(text: string): void {
  page.status.textContent = text;
}
