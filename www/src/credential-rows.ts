/**
 * Shows what a verification discloses of a credential: whose it is and what for, its other details, and what is withheld.
 */
import type { Verification } from "hyperstack-credentials/external";
import { type Content, element } from "./elements.ts";
import { foreignText } from "./foreign-text.ts";
import { isMessageKey, locale, type MessageKey, message } from "./messages.ts";

type Credential = NonNullable<Verification["credential"]>;

/** A line of a description list. */
export function fact(name: string | HTMLElement, ...value: Content[]): HTMLElement {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...value));
}

/** "Name · Title"; what is withheld says so in its place. */
export function nameAndTitle({ recipient, group, privacy }: Credential): HTMLElement {
  const name =
    recipient === null
      ? absent(privacy === "public" ? "result.name_has_address" : "result.name_withheld")
      : foreignText(recipient.name, "name");
  const title = group.title === null ? absent("result.title_has_address") : foreignText(group.title, "name");
  return element(
    "p",
    { id: "subject", class: "subject" },
    element("span", { class: "subject-name" }, name),
    element("span", { class: "subject-dot", "aria-hidden": "true" }, " · "),
    element("span", { class: "subject-title" }, title),
  );
}

/** The id, the code and the attributes. */
export function otherDetails({ document_id, group, metadata }: Credential): HTMLElement[] {
  return [
    fact(message("compare.id"), foreignText(document_id, "code")),
    ...(group.code === ""
      ? []
      : [
          fact(
            message("compare.code"),
            group.code === null ? absent("compare.value_withheld") : foreignText(group.code, "name"),
          ),
        ]),
    ...Object.entries(metadata).map(([key, value]) =>
      fact(foreignText(attributeName(key), "name"), foreignText(String(value), "name")),
    ),
  ];
}

/** The label of a custom attribute: `custom_start_date` becomes "Start date". */
function attributeName(key: string): string {
  const words = key.replace(/^custom_/, "").replaceAll("_", " ");
  return words.charAt(0).toLocaleUpperCase(locale()) + words.slice(1);
}

/** Shown in place of a value that the result withholds. */
export function absent(key: MessageKey): HTMLElement {
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
