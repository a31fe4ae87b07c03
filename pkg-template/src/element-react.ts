/** Adds `<hyperstack-verify>` to the JSX of React 18 and 19. Types only. */
import type * as React from "react";
import type { HyperstackVerifyElement } from "./element.js";
import type {
  HyperstackVerifyAttributes,
  HyperstackVerifyListeners,
  HyperstackVerifyProperties,
} from "./element-jsx.js";

/** React 19 sets properties and listens to any event. React 18 only sets attributes. */
type SetsProperties = typeof React extends { use: unknown } ? true : false;

type ElementProps = SetsProperties extends true
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
  ElementProps;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "hyperstack-verify": HyperstackVerifyProps;
    }
  }
}

declare global {
  // Early versions of `@types/react` 18 read the global namespace.
  namespace JSX {
    interface IntrinsicElements {
      "hyperstack-verify": HyperstackVerifyProps;
    }
  }
}
