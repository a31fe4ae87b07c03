/**
 * Owns the flow of the verify page: what was entered, the one check that runs, and where its outcome is shown.
 *
 * Hooks that tests and scripts may rely on:
 *   #verify-form #credential-url #recipient-name #verify-button #cancel-button   the form; #name-disclosure holds the name
 *   #field-error      the problem of the link, in words; hidden while there is none
 *   #status           the status region (role=status), there from the start
 *   #sandbox-banner   shown in sandbox mode; [data-sample="<name>"] are the buttons of the samples
 *   #config-notice    shown when /api/config could not be read
 *   #result           aria-busy while a check runs; data-outcome, data-verdict and data-reason ("" for none) once a
 *                     result is shown, and only then. data-reason is an IndeterminateReason or "page_fault".
 *   #progress         the step list while the answer is awaited
 *   #verdict-title    heading of the result, focused after a check that the user started
 *   #compare          the block to compare; [data-withheld="<field>"] are the fields withheld, here or in the result
 *   [data-check="<id>"]  thirteen lines with data-state (a CheckState or "pending") and data-code
 *   #retry-button #correct-button #copy-button #print-button   actions of a result; #share-link when copying failed
 * An empty field gives #field-error only: there is nothing to have a verdict on.
 */
import { init, parseCredentialUrl, Verifier } from "hyperstack-credentials/external";
import { fragmentFor, linkFromFragment } from "./deep-link.ts";
import { applyTexts, byId } from "./elements.ts";
import {
  checksOfAcceptedInput,
  type Finding,
  findingOf,
  headlineOf,
  inputProblemOf,
  repeatableLink,
} from "./finding.ts";
import { message } from "./messages.ts";
import { defaultConfig, loadConfig, type PageConfig } from "./page-config.ts";
import { progressView, resultView } from "./result-view.ts";
import { sampleList } from "./sample-list.ts";

const configTimeoutMs = 5000;

/** A longer link than the grammar allows is not worth a link of its own. */
const longestDeepLink = 2048;

/** What is to be checked, and whether somebody pressed a button for it (else a link brought it). */
interface Request {
  link: string;
  recipientName: string | null;
  startedByUser: boolean;
}

const page = {
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

applyTexts(document);
const configured = configure();
// Fetched while the link is being pasted. Where that fails, the check tries again and reports it.
init().catch(() => {});

page.form.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = page.nameDisclosure.open ? page.name.value.trim() : "";
  void check({ link: page.link.value, recipientName: name === "" ? null : name, startedByUser: true });
});
page.link.addEventListener("input", clearFieldError);
page.cancel.addEventListener("click", () => {
  stop();
  clearResult();
  announce(message("status.cancelled"));
  page.verify.focus();
});
window.addEventListener("hashchange", checkDeepLink);
checkDeepLink();

/** Asks what service this is, and shows it. */
async function configure(): Promise<void> {
  config = await loadConfig("/api/config", configTimeoutMs);
  byId("config-notice", HTMLElement).hidden = config.loaded;
  if (config.issuerLabel !== null) {
    const label = byId("issuer-label", HTMLElement);
    label.textContent = message("page.issuer", { issuer: config.issuerLabel });
    label.hidden = false;
  }
  document.body.setAttribute("data-mode", config.mode);
  byId("sandbox-banner", HTMLElement).hidden = config.mode !== "sandbox";
  // Not offered where the service would refuse it, or where it is not known.
  page.nameDisclosure.hidden = !config.compareNames;
  if (!config.compareNames) page.nameDisclosure.open = false;
  if (config.samples.length === 0) return;
  byId("sample-groups", HTMLElement).replaceChildren(
    ...sampleList(config.samples, ({ input, recipientName }) => {
      fillIn(input, recipientName);
      page.form.scrollIntoView({ block: "start" });
      void check({ link: input, recipientName, startedByUser: true });
    }),
  );
  byId("samples", HTMLElement).hidden = false;
}

/** Fills in and checks the link in the page's own address, if there is one. */
function checkDeepLink(): void {
  const link = linkFromFragment(location.hash);
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
    showFieldError(`${message("parse.empty")} ${message("parse.empty.todo")}`);
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
    const hosts = [...config.hosts];
    const parsed = await parseCredentialUrl(link, { hosts });
    if (signal.aborted) return null;
    // A text that is no credential link gets its verdict from the verifier too, which then asks nobody.
    if (parsed.ok) page.result.replaceChildren(progressView(checksOfAcceptedInput(parsed)));
    verifier ??= new Verifier({ endpoint: "/api/verify", hosts });
    return findingOf(
      await verifier.verify(link, { signal, ...(recipientName === null ? {} : { recipientName }) }),
    );
  } catch {
    // The verifier reports every fault of the way as a verification: what is thrown is a fault of the page.
    return signal.aborted ? null : { kind: "page_fault", at: new Date().toISOString() };
  }
}

function show(finding: Finding, request: Request): void {
  const headline = headlineOf(finding);
  const verdict = message(`verdict.${headline.verdict}.title`);
  const problem = inputProblemOf(finding);
  if (problem !== null) showFieldError(`${message(`parse.${problem}`)} ${message(`parse.${problem}.todo`)}`);

  const link = repeatableLink(finding, request.link);
  const fragment = link.length <= longestDeepLink ? fragmentFor(link) : "";
  if (request.startedByUser) history.replaceState(null, "", fragment || location.pathname);

  page.result.replaceChildren(
    ...resultView(finding, {
      input: request.link,
      deepLink: location.origin + location.pathname + fragment,
      config,
      onRetry: () => void check({ ...request, startedByUser: true }),
      onCorrect: () => page.link.focus(),
      announce,
    }),
  );
  page.result.setAttribute("data-outcome", headline.outcome);
  page.result.setAttribute("data-verdict", headline.verdict);
  page.result.setAttribute("data-reason", headline.reason ?? "");
  document.title = message("page.title_result", { verdict });
  announce(message("status.result", { verdict }));
  if (request.startedByUser) byId("verdict-title", HTMLElement).focus();
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
  page.result.replaceChildren();
  for (const name of ["data-outcome", "data-verdict", "data-reason"]) page.result.removeAttribute(name);
  document.title = message("page.title");
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
