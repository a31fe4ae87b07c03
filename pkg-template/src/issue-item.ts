/** Reads items of `issueMany` and identifies identical items and recipients. */
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
   * A key chosen by the caller, for example the line in a file. It must not be an e-mail address. It is not sent, but the
   * result and the journal contain it.
   */
  line?: number | string | undefined;
};

/**
 * The position of an item in the input.
 *
 * @category Issuing to many
 */
export interface ItemPlace {
  /** Its index in the input, from 0. */
  index: number;
  /** The item's `line`, if it has one. */
  line?: number | string;
}

/** Trims names and addresses, if the client has `trimWhitespace`. */
export type Prepare = <T>(params: T) => T;

/** An item, or the error that makes it unreadable. */
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
 * Copies an item, because the source may reuse its object for the next one, and separates `line` from it.
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
    // The journal contains the key, and must not contain addresses.
    if (String(line).includes("@")) return { error: invalid(operation, "line", NO_EMAIL) };
    return { params: params as GenerateCredentialParams, line };
  } catch {
    return { error: invalid(operation, "", JSON_VALUE) };
  }
};

/**
 * Returns a string that is equal for identical items only. The order of members does not matter.
 *
 * @internal
 */
export const contentOf = (params: GenerateCredentialParams, index: number): string =>
  canonicalText(params, index);

/**
 * Returns a string that is equal for items of one group whose addresses a search cannot distinguish: addresses that differ
 * only in case, Unicode form, the final sigma or an ideographic full stop.
 *
 * @internal
 */
export const recipientOf = (params: GenerateCredentialParams, index: number): string => {
  const { email } = Object(params.recipient);
  return canonicalText([params.group_key, typeof email === "string" ? fold(email) : email], index);
};

const fold = (email: string): string =>
  email.normalize("NFKC").toLowerCase().replaceAll("\u03c2", "\u03c3").replaceAll("\u3002", ".");

/** Copies plain objects and arrays. Other values stay as they are, so that the core reports them. */
const copyOf = <T>(value: T, ancestors: readonly unknown[] = []): T => {
  const inner = [...ancestors, value];
  if (Array.isArray(value)) return Array.from(value, (member) => copyOf(member, inner)) as T;
  // A cycle is not copied.
  if (!isPlainObject(value) || ancestors.includes(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, copyOf(member, inner)]),
  ) as T;
};

/** Replaces a value that JSON would omit or change by an object that no valid item contains. */
const markNonJson = (value: unknown): unknown => {
  const isNonFinite = typeof value === "number" && !Number.isFinite(value);
  const isNonJson = isNonFinite || typeof value === "bigint" || typeof value === "function";
  return isNonJson || typeof value === "symbol" ? { "": `${typeof value} ${String(value)}` } : value;
};

const sortMembers = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** Serializes a value as JSON with sorted members. */
const canonicalText = (value: unknown, index: number): string => {
  try {
    return JSON.stringify(value, (_, member: unknown) => sortMembers(markNonJson(member)));
  } catch {
    // A cycle: the core refuses the item, so its string only has to be unique.
    return JSON.stringify([{ "": index }]);
  }
};
