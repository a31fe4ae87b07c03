/** The names that pages use of the element. `docs/element.md` lists them. */

export const ATTRIBUTES = ["auto", "endpoint", "heading-level", "hosts", "lang", "value"] as const;

export const EVENTS = ["hyperstack-verify", "hyperstack-result", "hyperstack-error"] as const;
export type EventName = (typeof EVENTS)[number];

export const SLOTS = ["label", "hint", "submit"] as const;
export type SlotName = (typeof SLOTS)[number];

export const PARTS = [
  "form",
  "label",
  "hint",
  "input",
  "error",
  "actions",
  "button",
  "cancel",
  "status",
  "result",
  "card",
  "card-verified",
  "card-caution",
  "card-alarm",
  "card-neutral",
  "head",
  "icon",
  "verdict",
  "subject",
  "meaning",
  "explanations",
  "details",
  "facts",
  "term",
  "value",
  "withheld",
  "warning",
  "more",
  "retry",
  "suggestion",
  "suggested",
  "suggestion-button",
] as const;
export type PartName = (typeof PARTS)[number];
