/**
 * Shows the details to compare with the copy: what the issuer's account contains, and what is withheld.
 */
import type { Verification } from "hyperstack-credentials/external";
import { element } from "./elements.ts";
import { foreignText } from "./foreign-text.ts";
import { credentialDate } from "./instants.ts";
import { isMessageKey, locale, type MessageKey, message } from "./messages.ts";

/** The block for a verification; `null` if the account returned nothing to compare. */
export function compareBlock(verification: Verification, options: { verified: boolean }): HTMLElement | null {
  const { credential, withheld } = verification;
  if (credential === null) return null;
  const rows = element(
    "dl",
    { class: "facts compare-facts" },
    row(
      message("compare.name"),
      credential.recipient === null
        ? absent(credential.privacy === "public" ? "compare.value_withheld" : "compare.name_withheld")
        : foreignText(credential.recipient.name, "name"),
    ),
    row(message("compare.credential_title"), nameOrAbsent(credential.group.title)),
    row(message("compare.issued_on"), credentialDate(credential.issued_on)),
    row(
      message("compare.valid_until"),
      credential.valid_until === null ? message("compare.no_expiry") : credentialDate(credential.valid_until),
    ),
    row(message("compare.id"), foreignText(credential.document_id, "code")),
    credential.group.code === "" ? null : row(message("compare.code"), nameOrAbsent(credential.group.code)),
    ...Object.entries(credential.metadata).map(([key, value]) =>
      row(foreignText(attributeName(key), "name"), foreignText(String(value), "name")),
    ),
    withheld.length === 0 ? null : row(message("compare.withheld"), withheldNames(withheld)),
  );
  return element(
    "section",
    { id: "compare", class: "panel", "aria-labelledby": "compare-title" },
    element("h2", { id: "compare-title" }, message("compare.title")),
    element("p", { class: "hint" }, message(options.verified ? "compare.text" : "compare.text_not_verified")),
    rows,
  );
}

function row(name: string | HTMLElement, value: string | HTMLElement): HTMLElement {
  return element("div", {}, element("dt", {}, name), element("dd", {}, value));
}

/** The label of a custom attribute: `custom_start_date` becomes "Start date". */
function attributeName(key: string): string {
  const words = key.replace(/^custom_/, "").replaceAll("_", " ");
  return words.charAt(0).toLocaleUpperCase(locale()) + words.slice(1);
}

function nameOrAbsent(text: string | null): HTMLElement {
  return text === null ? absent("compare.value_withheld") : foreignText(text, "name");
}

/** Shown in place of a value that the result withholds. */
function absent(key: MessageKey): HTMLElement {
  return element("span", { class: "withheld" }, message(key));
}

/** The fields that the response held and the result withholds, by name. */
export function withheldNames(withheld: readonly string[]): HTMLElement {
  return element(
    "ul",
    { class: "plain-list withheld" },
    ...withheld.map((name) => {
      const key = `withheld.${name}`;
      return element(
        "li",
        { "data-withheld": name },
        isMessageKey(key) ? message(key) : foreignText(name, "code"),
      );
    }),
  );
}
