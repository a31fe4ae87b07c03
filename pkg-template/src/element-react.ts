/** Adds `<hyperstack-verify>` to the JSX of React 18 and 19. Types only. */
import type * as React from "react";
import type { HyperstackVerifyElement } from "./element.js";
import type {
  HyperstackVerifyAttributes,
  HyperstackVerifyListeners,
  HyperstackVerifyProperties,
} from "./element-jsx.js";

/** From version 19 on, React sets properties and listens to any event. React 18 sets attributes only. */
type SetsProperties = typeof React extends { use: unknown } ? true : false;

type Own = SetsProperties extends true
  ? HyperstackVerifyProperties & HyperstackVerifyListeners<"on">
  : HyperstackVerifyAttributes;

/**
 * Props of the element in React.
 *
 * @category Element
 */
export type HyperstackVerifyProps = React.DetailedHTMLProps<
  React.HTMLAttributes<HyperstackVerifyElement>,
  HyperstackVerifyElement
> &
  Own;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "hyperstack-verify": HyperstackVerifyProps;
    }
  }
}

declare global {
  // Where the first types of React 18 look.
  namespace JSX {
    interface IntrinsicElements {
      "hyperstack-verify": HyperstackVerifyProps;
    }
  }
}
