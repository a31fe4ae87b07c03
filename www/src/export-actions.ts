/**
 * Offers what can be saved or shared from a valid result: a LinkedIn entry, markup for a web page, a receipt, and a
 * badge draft with what it lacks. A result that is not valid has none of these. A valid one that is no longer fresh has
 * only a receipt, which states its time.
 *
 * Hooks: #exports, with [data-export="linkedin" | "jsonld" | "receipt" | "badge"]; #badge-missing
 */

import {
  linkedInUrl,
  type MissingDetail,
  toOpenBadgeDraft,
  toSchemaOrg,
} from "hyperstack-credentials/exports";
import type { VerifiedVerification } from "hyperstack-credentials/external";
import { createReceipt } from "hyperstack-credentials/external";
import { element } from "./elements.ts";
import { foreignText } from "./foreign-text.ts";
import { isMessageKey, message } from "./messages.ts";
import { saveFile } from "./save-file.ts";

/** The block for a result. An export that it does not allow, because it is private or lacks a title, is not offered. */
export function exportActions(
  verification: VerifiedVerification,
  announce: (text: string) => void,
): HTMLElement {
  const tooOld = element("p", { class: "hint", "aria-hidden": "true", hidden: true });
  /** Creates an export now; returns `null` and says so if the result has become too old. */
  const fresh = <Made>(make: () => Made): Made | null => {
    const made = attempt(make);
    if (made === null) {
      // Shown here as well: the status region, which is read out, may be scrolled out of view.
      tooOld.textContent = message("exports.not_fresh");
      announce(message("exports.not_fresh"));
    }
    tooOld.hidden = made !== null;
    return made;
  };
  const file = (name: string, make: () => object) => () => {
    const made = fresh(make);
    if (made === null) return;
    const text = `${JSON.stringify(made, null, 2)}\n`;
    saveFile(`${name}-${verification.credential.document_id}.json`, "application/json", text);
  };
  const badge = () => toOpenBadgeDraft(verification);
  const offered = [
    linkedIn(verification, fresh),
    button(
      "jsonld",
      message("exports.jsonld"),
      () => toSchemaOrg(verification),
      file("credential", () => toSchemaOrg(verification)),
    ),
    button(
      "receipt",
      message("exports.receipt"),
      () => createReceipt(verification),
      file("receipt", () => createReceipt(verification)),
    ),
    button(
      "badge",
      message("exports.badge"),
      badge,
      file("badge-draft", () => badge().draft),
    ),
  ].filter((each) => each !== null);
  const lacking = attempt(badge)?.missing ?? [];
  return element(
    "details",
    { id: "exports", class: "disclosure fold" },
    element("summary", {}, element("span", {}, message("exports.title"))),
    element("p", { class: "hint" }, message("exports.text")),
    element("div", { class: "actions" }, ...offered),
    tooOld,
    lacking.length === 0
      ? null
      : element(
          "div",
          { id: "badge-missing" },
          element("h2", {}, message("exports.missing_title")),
          element("ul", { class: "missing" }, ...lacking.map(missing)),
        ),
  );
}

/** The result of an export function; `null` if the package refuses. */
function attempt<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch {
    return null;
  }
}

function linkedIn(
  verification: VerifiedVerification,
  fresh: (make: () => string) => string | null,
): HTMLElement | null {
  const address = attempt(() => linkedInUrl(verification));
  if (address === null) return null;
  const link = element(
    "a",
    {
      class: "button",
      href: address,
      target: "_blank",
      rel: "noopener noreferrer",
      "data-export": "linkedin",
    },
    message("exports.linkedin"),
  );
  // `auxclick`: the middle button, which opens another tab.
  for (const press of ["click", "auxclick"] as const) {
    link.addEventListener(press, (event) => {
      if (fresh(() => linkedInUrl(verification)) === null) event.preventDefault();
    });
  }
  return link;
}

function button(name: string, text: string, make: () => object, act: () => void): HTMLElement | null {
  if (attempt(make) === null) return null;
  const made = element("button", { type: "button", class: "button", "data-export": name }, text);
  made.addEventListener("click", act);
  return made;
}

function missing({ path, detail, why }: MissingDetail): HTMLElement {
  const key = `missing.${detail}`;
  return element("li", {}, foreignText(path, "code"), " ", isMessageKey(key) ? message(key) : why);
}
