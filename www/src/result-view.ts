/**
 * Shows a check in progress and its result: steps, verdict card, comparison, list of checks.
 */
import { type Check, isVerified } from "hyperstack-credentials/external";
import { shownInput } from "./addresses.ts";
import { checkCounts, checkList } from "./check-list.ts";
import { compareBlock, withheldNames } from "./compare-block.ts";
import { type Content, element } from "./elements.ts";
import { exportActions } from "./export-actions.ts";
import { checksAfter, checksOf, type Finding, headlineOf, inputProblemOf, instantOf } from "./finding.ts";
import { foreignText } from "./foreign-text.ts";
import { icon } from "./icons.ts";
import { instant } from "./instants.ts";
import { beginsWithPlaceholder, type MessageKey, message } from "./messages.ts";
import type { PageConfig } from "./page-config.ts";
import { qrCode } from "./qr-code.ts";
import { retryButton, waitUntil } from "./retry-button.ts";
import { shareActions } from "./share-actions.ts";

/** What surrounds a finding, and what its buttons do. */
export interface ResultContext {
  /** The input. */
  input: string;
  /** The address that repeats the check. */
  deepLink: string;
  /** When it was first shown, in milliseconds; a wait counts from then. */
  shownAt: number;
  config: PageConfig;
  onRetry: () => void;
  onCorrect: () => void;
  announce: (text: string) => void;
}

/** Shows the checks while a check is in flight. */
export function progressView(checks: readonly Check[]): HTMLElement {
  return element(
    "section",
    { id: "progress", class: "panel", "aria-labelledby": "progress-title" },
    element("h2", { id: "progress-title" }, message("progress.title")),
    element("p", { class: "hint" }, message("progress.text")),
    checkList(checks, { verified: false, pending: checksAfter(checks) }),
  );
}

/** Shows a finding; the verdict's heading is `#verdict-title`. */
export function resultView(finding: Finding, context: ResultContext): HTMLElement[] {
  const verified = headlineOf(finding).tone === "verified";
  const views = [verdictCard(finding, context)];
  if (finding.kind === "verification") {
    const compare = compareBlock(finding.verification, { verified });
    if (compare !== null) views.push(compare);
  }
  if (finding.kind === "verification" && isVerified(finding.verification)) {
    views.push(exportActions(finding.verification, context.announce));
  }
  const checks = checksOf(finding);
  if (checks.length > 0) views.push(checksBlock(finding, checks, verified));
  return views;
}

function verdictCard(finding: Finding, context: ResultContext): HTMLElement {
  const headline = headlineOf(finding);
  const { verdict } = headline;
  const issuer = issuerOf(finding, context);
  return element(
    "section",
    { class: "verdict-card", "data-tone": headline.tone, "aria-labelledby": "verdict-title" },
    context.config.mode === "sandbox" ? element("p", { class: "sandbox-tag" }, message("sandbox.tag")) : null,
    element(
      "div",
      { class: "verdict-head" },
      element("span", { class: "verdict-icon" }, icon(headline.icon)),
      element("h2", { id: "verdict-title", tabindex: "-1" }, message(`verdict.${verdict}.title`)),
      element("p", { class: "verdict-meaning" }, aboutIssuer(`verdict.${verdict}.meaning`, issuer)),
    ),
    element("div", { class: "explanations" }, ...explanations(finding, issuer)),
    facts(finding, context),
    element("div", { class: "actions result-actions" }, ...actions(finding, context)),
  );
}

/** A text with the issuer's name, or with "the issuer". */
function aboutIssuer(key: MessageKey, issuer: string | null): string {
  const unnamed = beginsWithPlaceholder(key) ? "result.issuer_unnamed_first" : "result.issuer_unnamed";
  return message(key, { issuer: issuer ?? message(unnamed) });
}

function explanations(finding: Finding, issuer: string | null): HTMLElement[] {
  const { verdict, reason } = headlineOf(finding);
  const problem = inputProblemOf(finding);
  // For an untrusted address, the reason already says what it means.
  const why =
    problem === "untrusted_host"
      ? null
      : problem !== null
        ? message(`parse.${problem}`)
        : reason !== null
          ? message(`reason.${reason}`)
          : null;
  const advice =
    problem !== null ? message(`parse.${problem}.todo`) : aboutIssuer(`verdict.${verdict}.advice`, issuer);
  return [
    why === null ? null : explained("why", message("result.reason_title"), why),
    explained("limits", message("result.limits_title"), aboutIssuer(`verdict.${verdict}.limits`, issuer)),
    explained("advice", message("result.advice_title"), advice),
  ].filter((part) => part !== null);
}

function explained(name: string, title: string, text: string): HTMLElement {
  return element("div", { "data-part": name }, element("h3", {}, title), element("p", {}, text));
}

function facts(finding: Finding, context: ResultContext): HTMLElement {
  const at = instantOf(finding);
  const { verdict } = headlineOf(finding);
  const clockSet = finding.kind === "verification" && finding.verification.now_source === "option";
  // With a credential, the comparison block names them.
  const withheld =
    finding.kind === "verification" && finding.verification.credential === null
      ? finding.verification.withheld
      : [];
  const distrusted = verdict === "untrusted_host" || verdict === "malformed_input";
  return element(
    "dl",
    { class: "facts" },
    fact(
      message("result.checked_at"),
      element("span", { class: "fact-line" }, instant(at, "local"), " ", message("result.time_local")),
      element("span", { class: "fact-line" }, instant(at, "utc")),
      clockSet ? element("span", { class: "fact-line" }, message("result.clock_set")) : null,
    ),
    // After a fault of the page it is unknown how far the check got.
    finding.kind === "page_fault" ? null : fact(message("result.asked"), ...queriedAccount(finding, context)),
    subject(finding, context),
    withheld.length === 0 ? null : fact(message("compare.withheld"), withheldNames(withheld)),
    distrusted
      ? fact(
          message("result.trusted_hosts"),
          ...context.config.hosts.map((host) => foreignText(host, "code")),
        )
      : null,
    element(
      "div",
      { class: "print-only" },
      element("dt", {}, message("result.link_to_check")),
      element(
        "dd",
        {},
        element("bdi", { class: "foreign foreign-code", dir: "ltr" }, context.deepLink),
        qrCode(context.deepLink, message("result.qr")),
      ),
    ),
  );
}

function fact(name: string, ...value: Content[]): HTMLElement {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...value));
}

/** The issuer's name: from the verification, else from the page's settings. */
function issuerOf(finding: Finding, { config }: ResultContext): string | null {
  return (finding.kind === "verification" ? finding.verification.issuer_label : null) ?? config.issuerLabel;
}

function queriedAccount(finding: Finding, context: ResultContext): Content[] {
  const { outcome } = headlineOf(finding);
  const issuer = issuerOf(finding, context);
  if (inputProblemOf(finding) !== null) return [message("result.asked_nobody")];
  if (outcome === "indeterminate") {
    return [
      issuer === null ? message("result.asked_attempt_unnamed") : message("result.asked_attempt", { issuer }),
    ];
  }
  return [
    issuer === null ? message("result.asked_unnamed") : message("result.asked_issuer", { issuer }),
    element("span", { class: "fact-line hint" }, message("result.transport")),
  ];
}

function subject(finding: Finding, context: ResultContext): HTMLElement {
  const about = finding.kind === "verification" ? finding.verification.subject : null;
  if (about?.input_kind === "url" && about.canonical_url !== null) {
    return fact(message("result.subject_url"), foreignText(about.canonical_url, "code"));
  }
  if (about?.input_kind === "id" && about.id !== null) {
    return fact(message("result.subject_id"), foreignText(about.id, "code"));
  }
  const shown = shownInput(context.input, context.config.hosts);
  return fact(message("result.subject_text"), foreignText(shown, "code"));
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

function checksBlock(finding: Finding, checks: readonly Check[], verified: boolean): HTMLElement {
  const verifier = finding.kind === "verification" ? finding.verification.verifier : null;
  return element(
    "section",
    { class: "panel", "aria-labelledby": "checks-title" },
    element("h2", { id: "checks-title" }, message("checks.title")),
    element("p", { class: "hint" }, checkCounts(checks)),
    checkList(checks, { verified }),
    verifier === null
      ? null
      : element(
          "p",
          { class: "hint checks-verifier" },
          message("checks.verifier", { name: verifier.name, version: verifier.version }),
        ),
  );
}
