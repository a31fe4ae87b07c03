/**
 * Controls the verify page: its language and mode, the input, the current check, and where its result is shown.
 * list-mode.ts controls the list.
 *
 * Hooks that tests and scripts may rely on:
 *   #verify-form #credential-url #recipient-name #verify-button #cancel-button   the form; #name-disclosure holds the name
 *   #field-error      the problem of the link, in words; hidden while there is none
 *   #status           the status region (role=status), there from the start
 *   #sandbox-banner   shown in sandbox mode; [data-sample="<name>"] are the buttons of the samples
 *   #config-notice #verifier-notice   shown when /api/config, or the verifier's wasm, could not be had
 *   #languages        links with data-language; #mode-single #mode-list switch between #single and #list
 *   #result           aria-busy while a check runs; data-outcome, data-verdict and data-reason ("" for none) once a
 *                     result is shown, and only then. data-reason is an IndeterminateReason or "page_fault".
 *   #progress         the step list while the answer is awaited
 *   #verdict-title    heading of the result, focused after a check that the user started
 *   #compare          the block to compare; [data-withheld="<field>"] are the fields withheld, here or in the result
 *   [data-check="<id>"]  thirteen lines with data-state (a CheckState or "pending") and data-code
 *   #retry-button #correct-button #copy-button #print-button   actions of a result; #share-link when copying failed
 *   html[data-ready]  once the script works
 * An empty field gives #field-error only: there is nothing to have a verdict on.
 */
import { init, parseCredentialUrl, Verifier } from "hyperstack-credentials/external";
import { mayHoldAddress } from "./addresses.ts";
import { fragmentFor, linkFromFragment, pageAddress } from "./deep-link.ts";
import { applyTexts, byId, element } from "./elements.ts";
import {
  checksOfAcceptedInput,
  type Finding,
  findingOf,
  headlineOf,
  inputProblemOf,
  repeatableLink,
} from "./finding.ts";
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
import { progressView, resultView } from "./result-view.ts";
import { sampleList } from "./sample-list.ts";
import { linkOfCode, startScanning } from "./scan.ts";

const configTimeoutMs = 5000;

/** A longer link than the grammar allows is not worth a link of its own. */
const longestDeepLink = 2048;

const listFragment = "#list";

/** What is to be checked, and whether somebody pressed a button for it (else a link brought it). */
interface Request {
  link: string;
  recipientName: string | null;
  startedByUser: boolean;
}

/** What the page shows of the one check, kept to be written anew in another language. */
type Shown =
  | { kind: "nothing" }
  | { kind: "empty_field" }
  | { kind: "progress"; parsed: { input_kind: "url" | "id"; id: string } }
  | { kind: "result"; finding: Finding; request: Request; at: number };

await useLanguage(wantedLanguage(location.search, navigator.languages));

const page = {
  single: byId("single", HTMLElement),
  list: byId("list", HTMLElement),
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
/** The check that runs; whatever belongs to another one is never shown. */
let running: AbortController | null = null;
let shown: Shown = { kind: "nothing" };

const configured = configure();
// Fetched while the link is being pasted. Where that fails it is said at once, and the check tries again.
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
  ask: async (link, signal) => findingOf(await theVerifier().verify(link, { signal })),
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
void startScanning((text) => {
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

/** Asks what service this is, and shows it. */
async function configure(): Promise<void> {
  config = await loadConfig("/api/config", configTimeoutMs);
  byId("config-notice", HTMLElement).hidden = config.loaded;
  document.body.setAttribute("data-mode", config.mode);
  byId("sandbox-banner", HTMLElement).hidden = config.mode !== "sandbox";
  // Not offered where the service would refuse it, or where it is not known.
  page.nameDisclosure.hidden = !config.compareNames;
  if (!config.compareNames) page.nameDisclosure.open = false;
  writeConfig();
  list.offerSamples(config.samples.map(({ input }) => input));
}

/** What the settings say in words. */
function writeConfig(): void {
  const label = byId("issuer-label", HTMLElement);
  label.hidden = config.issuerLabel === null;
  label.textContent = message("page.issuer", { issuer: config.issuerLabel ?? "" });
  byId("sample-groups", HTMLElement).replaceChildren(
    ...sampleList(config.samples, ({ input, recipientName }) => {
      fillIn(input, recipientName);
      page.form.scrollIntoView({ block: "start" });
      void check({ link: input, recipientName, startedByUser: true });
    }),
  );
  byId("samples", HTMLElement).hidden = config.samples.length === 0;
}

/** A link to the page in a language, which changes the words without loading anything anew. */
function addLanguage(code: Language): void {
  const { name, direction: dir } = languages[code];
  const link = element(
    "a",
    { href: `?lang=${code}`, lang: code, dir, hreflang: code, "data-language": code },
    name,
  );
  link.addEventListener("click", async (event) => {
    // Another tab, or a language that cannot be had here: the browser follows the link.
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

/** Everything that index.html says, in the language of now. */
function writeTexts(): void {
  document.documentElement.lang = language();
  document.documentElement.dir = direction();
  applyTexts(document);
  document.querySelector('meta[name="description"]')?.setAttribute("content", message("page.description"));
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
  page.single.hidden = listed;
  page.list.hidden = !listed;
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

/** Shows what the address asks for, and checks the link in it, if there is one. */
function followAddress(): void {
  showMode();
  const link = linkFromFragment(location.hash);
  // What somebody put into the address beside the link stays neither there nor in the history.
  const other = mayHoldAddress(location.hash) ? "" : location.hash;
  const fragment = link === null ? other : deepLinkFragment(null, link);
  const address = pageAddress(fragment);
  if (address !== location.pathname + location.search + location.hash)
    history.replaceState(null, "", address);
  if (link === null) return;
  // A name left over from an earlier check was not meant for this link.
  fillIn(link, null);
  void check({ link, recipientName: null, startedByUser: false });
}

function fillIn(link: string, recipientName: string | null): void {
  page.link.value = link;
  page.name.value = recipientName ?? "";
  page.nameDisclosure.open = recipientName !== null;
}

/** Runs one check from the entered text to the shown result. It ends any other; only the latest is shown. */
async function check(request: Request): Promise<void> {
  stop();
  clearFieldError();
  clearResult();
  if (request.link.trim() === "") {
    shown = { kind: "empty_field" };
    write();
    announce(message("status.input_problem"));
    if (request.startedByUser) page.link.focus();
    return;
  }
  const own = new AbortController();
  running = own;
  showBusy(true);
  announce(message("status.checking"));
  const finding = await find(request, own.signal);
  if (finding === null || running !== own) return;
  stop();
  show(finding, request);
}

/** The finding on a request; `null` where the check was ended before there was one. */
async function find({ link, recipientName }: Request, signal: AbortSignal): Promise<Finding | null> {
  try {
    await configured;
    if (signal.aborted) return null;
    const parsed = await parseCredentialUrl(link, { hosts: [...config.hosts] });
    showVerifierNotice(false);
    if (signal.aborted) return null;
    // A text that is no credential link gets its verdict from the verifier too, which then asks nobody.
    if (parsed.ok) {
      shown = { kind: "progress", parsed };
      write();
    }
    return findingOf(
      await theVerifier().verify(link, { signal, ...(recipientName === null ? {} : { recipientName }) }),
    );
  } catch {
    // The verifier reports every fault of the way as a verification: what is thrown is a fault of the page.
    return signal.aborted ? null : { kind: "page_fault", at: new Date().toISOString() };
  }
}

/** Made once the settings are known. */
function theVerifier(): Verifier {
  verifier ??= new Verifier({ endpoint: "/api/verify", hosts: [...config.hosts] });
  return verifier;
}

function show(finding: Finding, request: Request): void {
  shown = { kind: "result", finding, request, at: Date.now() };
  if (request.startedByUser && !inListMode()) {
    history.replaceState(null, "", pageAddress(deepLinkFragment(finding, request.link)));
  }
  const { verdict, outcome, reason } = headlineOf(finding);
  page.result.setAttribute("data-outcome", outcome);
  page.result.setAttribute("data-verdict", verdict);
  page.result.setAttribute("data-reason", reason ?? "");
  write();
  announce(message("status.result", { verdict: message(`verdict.${verdict}.title`) }));
  if (request.startedByUser) byId("verdict-title", HTMLElement).focus();
}

function deepLinkFragment(finding: Finding | null, entered: string): string {
  const link = repeatableLink(finding, entered, config.hosts);
  return link.length <= longestDeepLink ? fragmentFor(link) : "";
}

/** Writes what is shown of the one check, in the language of now. */
function write(): void {
  writeTitle();
  switch (shown.kind) {
    case "nothing":
      return;
    case "empty_field":
      showFieldError(`${message("parse.empty")} ${message("parse.empty.todo")}`);
      return;
    case "progress":
      page.result.replaceChildren(progressView(checksOfAcceptedInput(shown.parsed)));
      return;
    case "result": {
      const { finding, request, at } = shown;
      const problem = inputProblemOf(finding);
      if (problem !== null)
        showFieldError(`${message(`parse.${problem}`)} ${message(`parse.${problem}.todo`)}`);
      page.result.replaceChildren(
        ...resultView(finding, {
          input: request.link,
          // Whoever gets it reads it in a language of their own.
          deepLink: location.origin + location.pathname + deepLinkFragment(finding, request.link),
          shownAt: at,
          config,
          onRetry: () => void check({ ...request, startedByUser: true }),
          onCorrect: () => page.link.focus(),
          announce,
        }),
      );
    }
  }
}

/** Something else was entered: what is shown or under way, and the address, speak of what stood there before. */
function outdate(): void {
  if (shown.kind === "nothing" && running === null) return;
  const busy = running !== null;
  stop();
  clearFieldError();
  clearResult();
  if (linkFromFragment(location.hash) !== null) history.replaceState(null, "", pageAddress(""));
  announce(busy ? message("status.cancelled") : "");
}

/** Ends the running check, if there is one. */
function stop(): void {
  running?.abort();
  running = null;
  showBusy(false);
}

function showBusy(busy: boolean): void {
  page.verify.toggleAttribute("data-busy", busy);
  page.verifyText.textContent = message(busy ? "form.verify_busy" : "form.verify");
  page.cancel.hidden = !busy;
  page.result.setAttribute("aria-busy", String(busy));
}

function clearResult(): void {
  shown = { kind: "nothing" };
  page.result.replaceChildren();
  for (const name of ["data-outcome", "data-verdict", "data-reason"]) page.result.removeAttribute(name);
  writeTitle();
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
  if (shown.kind === "empty_field") shown = { kind: "nothing" };
  page.fieldError.hidden = true;
  page.fieldError.textContent = "";
  page.link.removeAttribute("aria-invalid");
}

function announce(text: string): void {
  page.status.textContent = text;
}
