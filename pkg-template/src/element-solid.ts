/** Adds `<hyperstack-verify>` to the JSX of Solid. Types only. */
import type { JSX } from "solid-js";
import type { HyperstackVerifyElement } from "./element.js";
import type { HyperstackVerifyListeners, HyperstackVerifyProperties } from "./element-jsx.js";

/**
 * Props of the element in Solid.
 *
 * @category Element
 */
export type HyperstackVerifyProps = JSX.HTMLAttributes<HyperstackVerifyElement> &
  HyperstackVerifyProperties &
  HyperstackVerifyListeners<"on:">;

declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements {
      "hyperstack-verify": HyperstackVerifyProps;
    }
  }
}
