/** What JSX may pass to `<hyperstack-verify>`. docs/element.md of the package lists all attributes and events. */
import type { HyperstackVerifyElement } from "hyperstack-credentials/element";
import type { DetailedHTMLProps, HTMLAttributes } from "react";

interface HyperstackVerifyProps extends HTMLAttributes<HyperstackVerifyElement> {
  endpoint?: string;
  value?: string;
  auto?: boolean;
  "onhyperstack-result"?: (event: HTMLElementEventMap["hyperstack-result"]) => void;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "hyperstack-verify": DetailedHTMLProps<HyperstackVerifyProps, HyperstackVerifyElement>;
    }
  }
}
