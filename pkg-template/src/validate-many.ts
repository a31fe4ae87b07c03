/** `validateMany`: checks a list of people before anything is sent. */
import { type Issue, invalid, isHyperstackError, ValidationError } from "./errors.js";
import {
  contentOf,
  type IssueManyItem,
  type ItemPlace,
  isIterable,
  type Prepare,
  readItem,
  recipientOf,
} from "./issue-item.js";
import { plainOptions } from "./options.js";
import { ITERABLE, OPTION } from "./rules.js";
import type { GenerateCredentialParams } from "./types.js";

/**
 * Options of `credentials.validateMany`.
 *
 * @category Issuing to many
 */
export interface ValidateManyOptions {
  /** The group of items without one. */
  group_key?: string | undefined;
}

/**
 * A problem or a possible problem with an item.
 *
 * @category Issuing to many
 */
export type ItemFinding = ItemPlace &
  (
    | {
        /** `issueMany` would refuse the item. */
        kind: "invalid";
        /** Every issue, as in the `ValidationError` of `credentials.issue`. */
        issues: readonly Issue[];
      }
    | {
        /** The item is identical to an earlier one, so `issueMany` skips it. */
        kind: "duplicate";
        /** The index of the first one. */
        of: number;
        /** The `line` of the first one, if it has one. */
        of_line?: number | string;
      }
    | {
        /**
         * An earlier item has the same address and group but a different name. `issueMany` sends both, one after the other. The
         * address may be shared, or copied to the wrong row.
         */
        kind: "shared_address";
        /** The index of the earlier one. */
        with: number;
        /** The `line` of the earlier one, if it has one. */
        with_line?: number | string;
      }
  );

/**
 * The result of `credentials.validateMany`.
 *
 * @category Issuing to many
 */
export interface ManyValidation {
  /** The number of items in the list. */
  total: number;
  /** The number of items that `issueMany` would send. */
  valid: number;
  /** In the order of the list, at most one per item. */
  findings: ItemFinding[];
}

/** Rejects with the `ValidationError` of `credentials.issue` for these arguments. */
export type CheckItem = (params: GenerateCredentialParams) => Promise<void>;

const OPERATION = "credentials.validateMany";

/** An item and the recipient's name. */
interface NamedItem {
  readonly place: ItemPlace;
  readonly name: unknown;
}

/** Finds duplicates and shared addresses among valid items. */
class SeenItems {
  readonly #byContent = new Map<string, ItemPlace>();
  /** By address and group: the first item, and the first one with a different name. */
  readonly #byRecipient = new Map<string, NamedItem[]>();

  /** Adds an item, and returns a finding if it is a duplicate or shares an address. */
  add(params: GenerateCredentialParams, place: ItemPlace): ItemFinding | undefined {
    const content = contentOf(params, place.index);
    const original = this.#byContent.get(content);
    if (original) {
      const { index: of, line: of_line } = original;
      return { ...place, kind: "duplicate", of, ...(of_line !== undefined && { of_line }) };
    }
    this.#byContent.set(content, place);
    const recipient = recipientOf(params, place.index);
    const others = this.#byRecipient.get(recipient) ?? [];
    const { name } = params.recipient;
    const other = others.find((one) => one.name !== name);
    if (others.length === 0 || (others.length === 1 && other)) {
      this.#byRecipient.set(recipient, [...others, { place, name }]);
    }
    if (!other) return undefined;
    const { index, line } = other.place;
    return { ...place, kind: "shared_address", with: index, ...(line !== undefined && { with_line: line }) };
  }
}

/**
 * Checks a list by the rules of `credentials.issue`.
 *
 * @internal
 */
export const validateMany = async (
  items: Iterable<IssueManyItem> | AsyncIterable<IssueManyItem>,
  options: ValidateManyOptions | null | undefined,
  prepare: Prepare,
  check: CheckItem,
): Promise<ManyValidation> => {
  if (!isIterable(items)) throw invalid(OPERATION, "recipients", ITERABLE);
  const { group_key, ...others } = plainOptions(OPERATION, options);
  for (const name of Object.keys(others)) throw invalid(OPERATION, name, OPTION);
  const seen = new SeenItems();
  const result: ManyValidation = { total: 0, valid: 0, findings: [] };
  for await (const item of items) {
    const index = result.total;
    result.total += 1;
    const { params, line, error } = readItem(OPERATION, item, group_key, prepare);
    const place: ItemPlace = { index, ...(line !== undefined && { line }) };
    const wrong = error ?? (await refusal(check(params)));
    const finding: ItemFinding | undefined = wrong
      ? { ...place, kind: "invalid", issues: wrong.issues }
      : seen.add(params as GenerateCredentialParams, place);
    if (finding) result.findings.push(finding);
    if (!finding || finding.kind === "shared_address") result.valid += 1;
  }
  return result;
};

/** Returns the `ValidationError` that a check rejects with, if it does. */
const refusal = async (checked: Promise<void>): Promise<ValidationError | undefined> => {
  try {
    await checked;
    return undefined;
  } catch (thrown) {
    if (isHyperstackError(thrown) && thrown instanceof ValidationError) return thrown;
    throw thrown;
  }
};
