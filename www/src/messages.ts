/**
 * Looks up texts: every word on the page comes from messages/<language>.json by key. English is part of the script, so
 * there is always a text; other languages are fetched when they are needed.
 */
import en from "../public/messages/en.json" with { type: "json" };

export type MessageKey = keyof typeof en;
export type MessageParams = Readonly<Record<string, string | number>>;

type Catalogue = Readonly<Record<MessageKey, string>>;

/** The languages with a file, by their own names. */
export const languages = {
  en: { name: "English", direction: "ltr" },
  de: { name: "Deutsch", direction: "ltr" },
  ar: { name: "العربية", direction: "rtl" },
} as const satisfies Readonly<Record<string, { name: string; direction: "ltr" | "rtl" }>>;

export type Language = keyof typeof languages;

const loadTimeoutMs = 5000;

let current: { language: Language; texts: Catalogue } = { language: "en", texts: en };

/** The language of the texts. */
export const language = (): Language => current.language;

/** The writing direction of the language. */
export const direction = (): "ltr" | "rtl" => languages[current.language].direction;

/** The reader's own locale within the page's language, for numbers, dates and sorting. */
export const locale = (): string =>
  navigator.languages.find((tag) => tag.split("-")[0] === current.language) ?? current.language;

/** The language of an address (`?lang=`), else the first available of the reader's languages, else English. */
export function wantedLanguage(search: string, preferred: readonly string[]): Language {
  const requested = new URLSearchParams(search).get("lang");
  const tags = requested === null ? preferred : [requested, ...preferred];
  return tags.map((tag) => tag.toLowerCase().split("-")[0] ?? "").find(isLanguage) ?? "en";
}

/** Whether there are texts in this language. */
export function isLanguage(code: string): code is Language {
  return Object.hasOwn(languages, code);
}

/** Switches to a language; if its texts are incomplete, the previous language stays. Returns whether it worked. */
export async function useLanguage(wanted: Language): Promise<boolean> {
  const texts = wanted === "en" ? en : await load(wanted);
  if (texts === null) return false;
  current = { language: wanted, texts };
  return true;
}

async function load(wanted: Language): Promise<Catalogue | null> {
  try {
    const answer = await fetch(`messages/${wanted}.json`, { signal: AbortSignal.timeout(loadTimeoutMs) });
    const texts: unknown = answer.ok ? await answer.json() : null;
    return isCatalogue(texts) ? texts : null;
  } catch {
    return null;
  }
}

function isCatalogue(texts: unknown): texts is Catalogue {
  if (typeof texts !== "object" || texts === null) return false;
  const found = texts as Record<string, unknown>;
  return Object.keys(en).every((key) => typeof found[key] === "string");
}

/** Whether there is a text under this key; for keys that contain a code from outside. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}

let numbers: { locale: string; format: Intl.NumberFormat } | null = null;

/** Formats a number for the reader. */
export function number(value: number): string {
  const wanted = locale();
  // Creating one costs more than the rest of a text.
  if (numbers?.locale !== wanted) numbers = { locale: wanted, format: new Intl.NumberFormat(wanted) };
  return numbers.format.format(value);
}

/** The text under `key`, its `{placeholders}` filled from `params`. A placeholder without a value stays visible. */
export function message(key: MessageKey, params: MessageParams = {}): string {
  return current.texts[key].replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = params[name];
    if (value === undefined) return placeholder;
    return typeof value === "number" ? number(value) : isolated(value);
  });
}

/** Whether the text under `key` begins with a placeholder, whose value then begins the sentence. */
export function beginsWithPlaceholder(key: MessageKey): boolean {
  return current.texts[key].startsWith("{");
}

/** Bidirectional controls, which could reorder the sentence around an inserted value. */
const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Isolates a value, so that it cannot change the direction of the text around it, nor be changed by it. */
function isolated(value: string): string {
  if (direction() === "ltr" && /^[\x20-\x7e]*$/.test(value)) return value;
  return `\u2068${value.replace(bidiControls, "")}\u2069`;
}
