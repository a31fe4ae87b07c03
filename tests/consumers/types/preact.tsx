/** The element in Preact. Nothing here runs. */
import type { Verification } from "hyperstack-credentials";
import type { HyperstackVerifyElement } from "hyperstack-credentials/element";
import type {} from "hyperstack-credentials/element/preact";
import { createRef } from "preact";

const ref = createRef<HyperstackVerifyElement>();

export const element = (
  <hyperstack-verify
    ref={ref}
    class="check"
    endpoint="/api/verify"
    auto
    messages={{ "form.verify": "Look it up" }}
    onhyperstack-result={({ detail }) => {
      const verification: Verification = detail;
      console.log(verification.verdict, ref.current?.busy);
    }}
  />
);
// @ts-expect-error: an address is a string.
export const wrong = <hyperstack-verify endpoint={1} />;
// @ts-expect-error: there is no such attribute.
export const unknown = <hyperstack-verify endpont="x" />;
