/** Trims the names and addresses of recipients, for the client option `trimWhitespace`. */

/**
 * What is removed at both ends: white space of every kind, and the direction marks and zero-width spaces that are copied with
 * a text. A byte order mark, which `\s` counts as white space, is refused instead.
 */
const SPACE = /[^\S\ufeff]|[\u061c\u200b\u200e\u200f]/;
/** A run of white space inside a string. It has no line breaks: the core refuses them. */
const RUN = /[^\S\ufeff\n\v\f\r\u2028\u2029]+/g;

/** Removes white space and direction marks at both ends, and replaces every run inside with one space. */
const trim = (text: string): string => {
  let [first, end] = [0, text.length];
  while (first < end && SPACE.test(text.charAt(first))) first += 1;
  while (end > first && SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(first, end).replace(RUN, " ");
};

/** Returns the object that JSON is made from: what `toJSON` returns, or else the object itself. */
const dataOf = (value: object): object => {
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === "function" ? Object(toJSON.call(value)) : value;
};

/** Returns a copy with `change` applied to these own members, or the value itself if nothing changes. */
const withMembers = <T>(value: T, names: readonly string[], change: (member: unknown) => unknown): T => {
  if (typeof value !== "object" || value === null) return value;
  const copy = { ...dataOf(value) } as Record<string, unknown>;
  let isChanged = false;
  for (const name of names) {
    if (!Object.hasOwn(copy, name)) continue;
    const changed = change(copy[name]);
    isChanged ||= changed !== copy[name];
    copy[name] = changed;
  }
  return isChanged ? (copy as T) : value;
};

const trimString = (value: unknown): unknown => (typeof value === "string" ? trim(value) : value);

/**
 * Returns the arguments of a call with trimmed `email`, `recipient.name` and `recipient.email`.
 *
 * @internal
 */
export const trimRecipient = <T>(params: T): T => {
  try {
    const trimmed = withMembers(params, ["email"], trimString);
    return withMembers(trimmed, ["recipient"], (recipient) =>
      withMembers(recipient, ["name", "email"], trimString),
    );
  } catch {
    // A member that throws when it is read: the core reports it.
    return params;
  }
};
