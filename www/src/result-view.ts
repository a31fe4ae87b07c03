/**
 * Shows the result of a check as one card: the verdict, whose credential it is and what for, by whom, until when and when
 * it was checked; what it does not mean; and, folded, everything behind it.
 *
 * Hooks: #verdict-title #subject #facts #details #checks #exports; [data-part="why" | "advice" | "limits"]
 */
import { isVerified, type Verification } from "hyperstack-credentials/external";
import { shownInput } from "./addresses.ts";
import { checkList, checkSummary } from "./check-list.ts";
import { fact, nameAndTitle, otherDetails, withheldNames } from "./credential-rows.ts";
import { type Content, element } from "./elements.ts";
import { exportActions } from "./export-actions.ts";
import { checksOf, type Finding, headlineOf, inputProblemOf, instantOf } from "./finding.ts";
import { foreignText } from "./foreign-text.ts";
import { icon } from "./icons.ts";
import { credentialDate, instant } from "./instants.ts";
import { beginsWithPlaceholder, type MessageKey, message } from "./messages.ts";
import type { PageConfig } from "./page-config.ts";
import { qrCode } from "./qr-code.ts";
import { retryButton, waitUntil } from "./retry-button.ts";
import { shareActions } from "./share-actions.ts";

/** What surrounds a finding, and what its buttons do. */
export interface ResultContext {
  /** The input. */
  input: string;
  /** The link that the input probably means, if it is not one. */
  suggestion: string | null;
  /** The address that repeats the check. */
  deepLink: string;
  /** When it was first shown, in milliseconds; a wait counts from then. */
  shownAt: number;
  config: PageConfig;
  onRetry: () => void;
  onCorrect: () => void;
  onSuggestion: (link: string) => void;
  announce: (text: string) => void;
}

/** Shows a finding; the verdict's heading is `#verdict-title`. */
export function resultView(finding: Finding, context: ResultContext): HTMLElement {
  const headline = headlineOf(finding);
  const { verification } = finding.kind === "verification" ? finding : { verification: null };
  const issuer = issuerOf(finding, context);
  return element(
    "section",
    { class: "verdict-card", "data-tone": headline.tone, "aria-labelledby": "verdict-title" },
    element(
      "div",
      { class: "verdict-head" },
      element("span", { class: "verdict-icon" }, icon(headline.icon)),
      element(
        "div",
        { class: "verdict-words" },
        context.config.mode === "sandbox"
          ? element("p", { class: "sandbox-tag" }, message("sandbox.banner_title"))
          : null,
        element("h1", { id: "verdict-title", tabindex: "-1" }, message(`verdict.${headline.verdict}.title`)),
        subject(verification, context),
      ),
      element("div", { class: "verdict-meaning" }, ...meaning(finding, issuer)),
    ),
    suggestion(context),
    facts(finding, context),
    element(
      "div",
      { class: "explanations" },
      context.suggestion === null ? part("advice", advice(finding, issuer)) : null,
      part("limits", aboutIssuer(`verdict.${headline.verdict}.limits`, issuer), icon("info")),
    ),
    element("div", { class: "actions result-actions" }, ...actions(finding, context)),
    element(
      "div",
      { class: "folds" },
      details(finding, context),
      checks(finding),
      verification !== null && isVerified(verification)
        ? exportActions(verification, context.announce)
        : null,
    ),
    printed(context),
  );
}

/** A text with the issuer's name, or with "the issuer". */
function aboutIssuer(key: MessageKey, issuer: string | null): string {
  const unnamed = beginsWithPlaceholder(key) ? "result.issuer_unnamed_first" : "result.issuer_unnamed";
  return message(key, { issuer: issuer ?? message(unnamed) });
}

function part(name: string, text: string, mark: Node | null = null): HTMLElement {
  return element("p", { "data-part": name }, mark, text);
}

/** Whose credential it is and what for; without that, what was checked. */
function subject(verification: Verification | null, { input, config }: ResultContext): HTMLElement {
  if (verification?.credential) return nameAndTitle(verification.credential);
  if (verification?.withheld.includes("credential")) {
    const text = message("withheld.credential");
    return element("p", { id: "subject", class: "subject withheld", "data-withheld": "credential" }, text);
  }
  const about = verification?.subject;
  const known = about?.input_kind === "id" ? about.id : about?.canonical_url;
  return element(
    "p",
    { id: "subject", class: "subject" },
    foreignText(known ?? shownInput(input, config.hosts), "code"),
  );
}

/** What the verdict means, and the reason where there is one. */
function meaning(finding: Finding, issuer: string | null): HTMLElement[] {
  const { verdict, reason } = headlineOf(finding);
  const problem = inputProblemOf(finding);
  const means = element("p", {}, aboutIssuer(`verdict.${verdict}.meaning`, issuer));
  // For an untrusted address, the meaning already is the reason.
  if (problem !== null && problem !== "untrusted_host")
    return [part("why", message(`parse.${problem}`)), means];
  if (reason === null) return [means];
  const offline = reason === "network" && !navigator.onLine;
  return [means, part("why", message(offline ? "result.offline" : `reason.${reason}`))];
}

function advice(finding: Finding, issuer: string | null): string {
  const problem = inputProblemOf(finding);
  return problem === null
    ? aboutIssuer(`verdict.${headlineOf(finding).verdict}.advice`, issuer)
    : message(`parse.${problem}.todo`);
}

function facts(finding: Finding, context: ResultContext): HTMLElement {
  const { outcome, verdict } = headlineOf(finding);
  const credential = finding.kind === "verification" ? finding.verification.credential : null;
  const local = inputProblemOf(finding) !== null;
  const rows: (HTMLElement | null)[] =
    credential === null
      ? [
          verdict === "untrusted_host" ? trustedHosts(context) : null,
          local || outcome === "indeterminate"
            ? null
            : fact(message("result.account"), ...issuerLine(finding, context)),
        ]
      : [
          fact(message("result.issued_by"), ...issuerLine(finding, context)),
          fact(message("compare.issued_on"), credentialDate(credential.issued_on)),
          fact(
            message("compare.valid_until"),
            credential.valid_until === null
              ? message("compare.no_expiry")
              : credentialDate(credential.valid_until),
          ),
        ];
  return element(
    "dl",
    { id: "facts", class: "facts facts-main" },
    ...rows,
    fact(message("result.checked_at"), instant(instantOf(finding), "local")),
  );
}

function trustedHosts({ config }: ResultContext): HTMLElement {
  return fact(message("result.trusted_hosts"), ...config.hosts.map((host) => foreignText(host, "code")));
}

/** The issuer's name: from the verification, else from the page's settings. */
function issuerOf(finding: Finding, { config }: ResultContext): string | null {
  return (finding.kind === "verification" ? finding.verification.issuer_label : null) ?? config.issuerLabel;
}

/** The issuer with its logo and web site, which the operator sets for the issuer of the page, not for other accounts. */
function issuerLine(finding: Finding, context: ResultContext): Content[] {
  const { issuerLabel, issuerUrl, issuerLogo } = context.config;
  const issuer = issuerOf(finding, context);
  const name = element(
    "span",
    {},
    issuer === null ? message("result.issuer_unnamed_first") : foreignText(issuer, "name"),
  );
  if (issuer !== issuerLabel) return [name];
  const site =
    issuerUrl === null
      ? null
      : element(
          "a",
          { class: "issuer-site", href: issuerUrl, target: "_blank", rel: "noopener noreferrer", dir: "ltr" },
          ...hostname(issuerUrl),
        );
  return [element("span", { class: "issuer" }, logo(issuerLogo), element("span", {}, name, " ", site))];
}

/** The host of an address, which breaks before its dots if it is too long for a line. */
function hostname(url: string): Content[] {
  const [first = "", ...others] = new URL(url).hostname.split(".");
  return [first, ...others.flatMap((label) => [element("wbr", {}), `.${label}`])];
}

function logo(path: string | null): HTMLElement | null {
  if (path === null) return null;
  const image = element("img", { class: "issuer-logo", src: path, alt: "", width: "32", height: "32" });
  image.addEventListener("error", () => image.remove());
  return image;
}

/** A fold of the card. */
function fold(id: string, title: Content[], ...content: Content[]): HTMLElement {
  return element(
    "details",
    { id, class: "disclosure fold" },
    element("summary", {}, element("span", {}, ...title)),
    ...content,
  );
}

function details(finding: Finding, context: ResultContext): HTMLElement {
  const { verification } = finding.kind === "verification" ? finding : { verification: null };
  const { verdict } = headlineOf(finding);
  const credential = verification?.credential ?? null;
  const withheld = credential === null ? [] : (verification?.withheld ?? []);
  return fold(
    "details",
    [message("result.details")],
    part("more", aboutIssuer(`verdict.${verdict}.more`, issuerOf(finding, context))),
    element(
      "dl",
      { class: "facts" },
      ...(credential === null ? [] : otherDetails(credential)),
      withheld.length === 0 ? null : fact(message("compare.withheld"), withheldNames(withheld)),
      // After a fault of the page it is unknown how far the check got.
      verification === null ? null : fact(message("result.asked"), source(finding, context)),
      credential === null ? null : link(verification),
      verdict === "malformed_input" ? trustedHosts(context) : null,
      contact(context),
      fact(
        message("result.checked_at_utc"),
        instant(instantOf(finding), "utc"),
        verification?.now_source === "option"
          ? element("span", { class: "fact-line" }, message("result.clock_set"))
          : null,
      ),
    ),
  );
}

/** Where to reach the operator of the service, who is not always the issuer. */
function contact({ config: { contactUrl } }: ResultContext): HTMLElement | null {
  if (contactUrl === null) return null;
  const { protocol, hostname, pathname } = new URL(contactUrl);
  const text = protocol === "mailto:" ? pathname : `${hostname}${pathname.replace(/\/$/, "")}`;
  const link = element(
    "a",
    { id: "contact-link", href: contactUrl, target: "_blank", rel: "noopener noreferrer", dir: "ltr" },
    text,
  );
  return fact(message("result.contact"), link);
}

function source(finding: Finding, context: ResultContext): string {
  const { outcome } = headlineOf(finding);
  if (inputProblemOf(finding) !== null) return message("result.asked_nobody");
  const issuer = issuerOf(finding, context);
  if (outcome === "indeterminate")
    return issuer === null
      ? message("result.asked_attempt_unnamed")
      : message("result.asked_attempt", { issuer });
  return issuer === null ? message("result.asked_unnamed") : message("result.asked_issuer", { issuer });
}

/** The link that was checked; an id is among the details. */
function link(verification: Verification | null): HTMLElement | null {
  const about = verification?.subject;
  if (about?.input_kind === "url" && about.canonical_url !== null) {
    return fact(message("result.subject_url"), foreignText(about.canonical_url, "code"));
  }
  return null;
}

function checks(finding: Finding): HTMLElement | null {
  const made = checksOf(finding);
  if (finding.kind !== "verification" || made.length === 0) return null;
  const { tone, reason } = headlineOf(finding);
  const { name, version } = finding.verification.verifier;
  return fold(
    "checks",
    [...checkSummary(made, tone === "verified")],
    // What the card says already is not repeated.
    ...checkList(made, { verified: tone === "verified", said: inputProblemOf(finding) ?? reason }),
    element("p", { class: "hint" }, message("checks.verifier", { name, version })),
  );
}

/** Offers the link that the input probably means. */
function suggestion({ suggestion: link, onSuggestion }: ResultContext): HTMLElement | null {
  if (link === null) return null;
  const button = element(
    "button",
    { id: "suggestion-button", type: "button", class: "button button-main" },
    message("form.suggestion_use"),
  );
  button.addEventListener("click", () => onSuggestion(link));
  return element(
    "div",
    { id: "suggestion", class: "suggestion" },
    element("p", {}, message(link.includes("/") ? "form.suggestion" : "form.suggestion_id")),
    element("p", {}, foreignText(link, "code")),
    button,
  );
}

function actions(finding: Finding, context: ResultContext): HTMLElement[] {
  const made: HTMLElement[] = [];
  if (headlineOf(finding).outcome === "indeterminate") {
    const verification = finding.kind === "verification" ? finding.verification : null;
    const mayHelp = verification?.retryable ?? true;
    made.push(
      retryButton(
        waitUntil(verification?.retry_after_s ?? 0, context.shownAt),
        mayHelp,
        context.onRetry,
        () => context.announce(message("status.retry_ready")),
      ),
    );
    if (!mayHelp) made.push(element("p", { class: "hint actions-note" }, message("result.retry_useless")));
  }
  if (inputProblemOf(finding) !== null) {
    const correct = element(
      "button",
      { id: "correct-button", type: "button", class: "button" },
      message("result.go_to_field"),
    );
    correct.addEventListener("click", context.onCorrect);
    made.push(correct);
  }
  made.push(...shareActions(context.deepLink, context.announce));
  return made;
}

/** On paper: where to check again. */
function printed({ deepLink }: ResultContext): HTMLElement {
  return element(
    "div",
    { class: "print-only" },
    element(
      "p",
      {},
      message("result.link_to_check"),
      " ",
      element("bdi", { class: "foreign foreign-code", dir: "ltr" }, deepLink),
    ),
    qrCode(deepLink, message("result.qr")),
  );
}
