/** An item of `issueMany`: what is sent of it, its place in the input, and how identical items and recipients are recognised. */
import { invalid, type ValidationError } from "./errors.js";
import { isPlainObject } from "./options.js";
import { JSON_VALUE, LINE, NO_EMAIL } from "./rules.js";
import type { GenerateCredentialParams } from "./types.js";

/**
 * One credential to issue: the arguments of `credentials.issue`; `group_key` can be given once, in the options.
 *
 * @category Issuing to many
 */
export type IssueManyItem = Omit<GenerateCredentialParams, "group_key"> & {
  /** Key of the group, if it is not that of the options. */
  group_key?: string | undefined;
  /**
   * The caller's own key of the item, for example its line in a file; not an e-mail address. It is not sent. The result and
   * the journal have it.
   */
  line?: number | string | undefined;
};

/**
 * Where an item is in the input.
 *
 * @category Issuing to many
 */
export interface ItemPlace {
  /** Its place in the input, from 0. */
  index: number;
  /** The item's own `line`, if it has one. */
  line?: number | string;
}

/** Trims what is sent of an item, if the client trims. */
export type Prepare = <T>(params: T) => T;

/** An item that was read, or why it cannot be. */
type ReadItem =
  | { params: GenerateCredentialParams; line: number | string | undefined; error?: undefined }
  | { params?: undefined; line?: number | string | undefined; error: ValidationError };

/**
 * Whether the value can be iterated over as a list of items.
 *
 * @internal
 */
export const isIterable = (items: unknown): boolean => {
  if (typeof items === "string") return false;
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(items);
  return typeof async === "function" || typeof sync === "function";
};

/**
 * Copies an item, because a source may reuse its object for the next one, and takes the caller's key out of it.
 *
 * @internal
 */
export const readItem = (
  operation: string,
  item: IssueManyItem,
  group_key: string | undefined,
  prepare: Prepare,
): ReadItem => {
  try {
    const { line, ...own } = copyOf({ ...item });
    const params = prepare({ ...(group_key !== undefined && { group_key }), ...own });
    const isLine = line === undefined || typeof line === "string" || Number.isFinite(line);
    if (!isLine) return { error: invalid(operation, "line", LINE) };
    // The journal has the key, and no addresses.
    if (String(line).includes("@")) return { error: invalid(operation, "line", NO_EMAIL) };
    return { params: params as GenerateCredentialParams, line };
  } catch {
    return { error: invalid(operation, "", JSON_VALUE) };
  }
};

/**
 * Returns a text that only identical items share; the order of their members does not matter.
 *
 * @internal
 */
export const contentOf = (params: GenerateCredentialParams, index: number): string =>
  canonicalText(params, index);

/**
 * Returns a text that the items of one group share whose addresses a search cannot distinguish: those in another case or
 * Unicode form, with another lower-case sigma or dot.
 *
 * @internal
 */
export const recipientOf = (params: GenerateCredentialParams, index: number): string => {
  const { email } = Object(params.recipient);
  return canonicalText([params.group_key, typeof email === "string" ? fold(email) : email], index);
};

const fold = (email: string): string =>
  email.normalize("NFKC").toLowerCase().replaceAll("\u03c2", "\u03c3").replaceAll("\u3002", ".");

/** Copies plain objects and arrays. What is not JSON stays in the copy, so that the core reports it. */
const copyOf = <T>(value: T, ancestors: readonly unknown[] = []): T => {
  const inner = [...ancestors, value];
  if (Array.isArray(value)) return Array.from(value, (member) => copyOf(member, inner)) as T;
  // In a cycle the original stays.
  if (!isPlainObject(value) || ancestors.includes(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, copyOf(member, inner)]),
  ) as T;
};

/** Writes what JSON leaves out or changes as something that no item of JSON equals. */
const markUnfit = (value: unknown): unknown => {
  const isNumber = typeof value === "number" && !Number.isFinite(value);
  const isUnfit = isNumber || typeof value === "bigint" || typeof value === "function";
  return isUnfit || typeof value === "symbol" ? { "": `${typeof value} ${String(value)}` } : value;
};

const sortMembers = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** Returns JSON with its members in order. */
const canonicalText = (value: unknown, index: number): string => {
  try {
    return JSON.stringify(value, (_, member: unknown) => sortMembers(markUnfit(member)));
  } catch {
    // A cycle: the core refuses the item, so its text only has to differ from others.
    return JSON.stringify([{ "": index }]);
  }
};
