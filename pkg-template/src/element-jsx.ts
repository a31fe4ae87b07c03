/** What JSX passes to `<hyperstack-verify>`, apart from what it passes to any element. The frameworks' entries add it to theirs. */
import type { HyperstackVerifyMessages } from "./element.js";

/**
 * Attributes of the element, for frameworks that set attributes only.
 *
 * @category Element
 */
export interface HyperstackVerifyAttributes {
  /** The verify service: a path on this origin or an https address. Default `/api/verify`. */
  endpoint?: string | undefined;
  /** The link or id in the field. */
  value?: string | undefined;
  /** Checks a given value at once. `""` turns it on; leave it out otherwise. */
  auto?: "" | undefined;
  /** Trusted hosts, separated by spaces. Default `hyperstack.id`. */
  hosts?: string | undefined;
  /** Level of the verdict's heading, 1 to 6. Default 2. */
  "heading-level"?: number | `${number}` | undefined;
}

/**
 * Attributes and properties of the element, for frameworks that set a property where the element has one.
 *
 * @category Element
 */
export interface HyperstackVerifyProperties extends Omit<HyperstackVerifyAttributes, "auto"> {
  /** Checks a given value at once. */
  auto?: boolean | undefined;
  /** Custom texts. */
  messages?: HyperstackVerifyMessages | undefined;
}

/**
 * Listeners for the events of the element, by the framework's prefix and the name of the event.
 *
 * @category Element
 */
export type HyperstackVerifyListeners<Prefix extends string> = {
  [Name in "hyperstack-verify" | "hyperstack-result" | "hyperstack-error" as `${Prefix}${Name}`]?:
    | ((event: GlobalEventHandlersEventMap[Name]) => void)
    | undefined;
};
