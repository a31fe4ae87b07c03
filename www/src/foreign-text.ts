/**
 * Shows text from outside (names, titles, links): isolated in direction, wrapped anywhere, and shortened.
 */
import { element } from "./elements.ts";
import { message } from "./messages.ts";

/** Characters shown; a button shows the rest. */
const shownCharacters = 160;

/**
 * Invisible characters, and those that change the direction of what follows. The joiners U+200C and U+200D are
 * left out: names in Persian and in Indian scripts are spelled with them.
 */
const hiddenCharacters =
  /\p{Cc}|[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\uffa0]/gu;

/** The direction of a foreign text: `name` in its own, `code` (ids, links) from left to right. */
export type ForeignKind = "name" | "code";

/** The text as an element; a long one is cut, with a button that shows all of it. */
export function foreignText(foreign: string, kind: ForeignKind): HTMLElement {
  // A link is compared letter by letter, so nothing in it may hide or reorder what follows.
  const text = kind === "code" ? foreign.replace(hiddenCharacters, named) : foreign;
  const characters = Array.from(text);
  const whole = element("bdi", {
    class: kind === "code" ? "foreign foreign-code" : "foreign",
    dir: kind === "code" ? "ltr" : "auto",
  });
  const box = element("span", { class: "foreign-box" }, whole);
  if (characters.length <= shownCharacters) {
    whole.textContent = text;
  } else {
    const cut = `${characters.slice(0, shownCharacters).join("")}…`;
    const button = element("button", { type: "button", class: "button-text", "aria-expanded": "false" });
    const show = (all: boolean) => {
      whole.textContent = all ? text : cut;
      button.setAttribute("aria-expanded", String(all));
      button.textContent = all
        ? message("compare.show_less")
        : message("compare.show_all", { count: characters.length });
    };
    button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
    show(false);
    box.append(" ", button);
  }
  if (foreign.search(hiddenCharacters) >= 0) {
    box.append(element("span", { class: "foreign-warning" }, message("compare.hidden_characters")));
  }
  return box;
}

/** The code point of an invisible character. */
function named(character: string): string {
  return `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
}
