/**
 * Creates DOM elements from plain data. Text is only ever inserted as text, never as markup or style.
 */
import { isMessageKey, message } from "./messages.ts";

/** Content of an element; `null` is left out. */
export type Content = Node | string | null;

/** A new element with attributes (`true`: present, `false`: left out) and content. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | boolean>> = {},
  ...content: Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false) made.setAttribute(key, value);
  }
  made.append(...content.filter((part) => part !== null));
  return made;
}

/** The element of index.html with this id; a page without it is a broken build. */
export function byId<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

/** Fills every element with `data-text` under `root` with the text of that key, and names those with `data-label`. */
export function applyTexts(root: ParentNode): void {
  for (const place of root.querySelectorAll("[data-text]")) {
    const text = textOf(place, "data-text");
    if (place.textContent !== text) place.textContent = text;
  }
  for (const place of root.querySelectorAll("[data-label]")) {
    place.setAttribute("aria-label", textOf(place, "data-label"));
  }
}

function textOf(place: Element, attribute: string): string {
  const key = place.getAttribute(attribute) ?? "";
  if (!isMessageKey(key)) throw new Error(`no text for ${key}`);
  return message(key);
}
