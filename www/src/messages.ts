/**
 * Owns the lookup of texts: every word on the page comes from messages/<language>.json by key.
 */
import en from "../public/messages/en.json" with { type: "json" };

export type MessageKey = keyof typeof en;
export type MessageParams = Readonly<Record<string, string | number>>;

/** A further language is a further entry; the type demands that it is complete. */
const catalogues: Readonly<Record<string, Readonly<Record<MessageKey, string>>>> = { en };

/** The language of the page, as its `<html lang>` says. */
export const language = "en";

const texts: Readonly<Record<MessageKey, string>> = catalogues[language] ?? en;

/** Whether there is a text under this key; for keys put together from codes that came from outside. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}

/** The text under `key`, its `{placeholders}` filled from `params`. A placeholder without a value stays visible. */
export function message(key: MessageKey, params: MessageParams = {}): string {
  return texts[key].replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = params[name];
    if (value === undefined) return placeholder;
    return typeof value === "number" ? String(value) : isolated(value);
  });
}

/** Bidirectional controls, which could reorder the sentence around an inserted value. */
const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A value that cannot change the direction of the text it is put into. */
function isolated(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  return `\u2068${value.replace(bidiControls, "")}\u2069`;
}
