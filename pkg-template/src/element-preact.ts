/** Adds `<hyperstack-verify>` to the JSX of Preact. Types only. */
import type { HTMLAttributes } from "preact";
import type { HyperstackVerifyElement } from "./element.js";
import type { HyperstackVerifyListeners, HyperstackVerifyProperties } from "./element-jsx.js";

/**
 * Props of the element in Preact.
 *
 * @category Element
 */
export type HyperstackVerifyProps = HTMLAttributes<HyperstackVerifyElement> &
  HyperstackVerifyProperties &
  HyperstackVerifyListeners<"on">;

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "hyperstack-verify": HyperstackVerifyProps;
    }
  }
}
