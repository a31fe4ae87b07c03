/** The JSX props of `<hyperstack-verify>`. The entry of each framework adds them to those of every element. */
import type { HyperstackVerifyMessages } from "./element.js";

/**
 * Attributes of the element, for frameworks that only set attributes.
 *
 * @category Element
 */
export interface HyperstackVerifyAttributes {
  /** The verify service: a path on this origin or an https address. Default `/api/verify`. */
  endpoint?: string | undefined;
  /** The link or id in the field. */
  value?: string | undefined;
  /** Checks `value` at once. Set it to `""` or leave it out. */
  auto?: "" | undefined;
  /** Trusted hosts, separated by spaces. Default `hyperstack.id`. */
  hosts?: string | undefined;
  /** Heading level of the verdict, 1 to 6. Default 2. */
  "heading-level"?: number | `${number}` | undefined;
}

/**
 * Attributes and properties of the element, for frameworks that set properties.
 *
 * @category Element
 */
export interface HyperstackVerifyProperties extends Omit<HyperstackVerifyAttributes, "auto"> {
  /** Checks `value` at once. */
  auto?: boolean | undefined;
  /** Custom texts. */
  messages?: HyperstackVerifyMessages | undefined;
}

/**
 * Listeners for the element's events. Each key is the framework's prefix and the name of an event.
 *
 * @category Element
 */
export type HyperstackVerifyListeners<Prefix extends string> = {
  [Name in "hyperstack-verify" | "hyperstack-result" | "hyperstack-error" as `${Prefix}${Name}`]?:
    | ((event: GlobalEventHandlersEventMap[Name]) => void)
    | undefined;
};
