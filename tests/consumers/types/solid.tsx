/** The element in Solid. Nothing here runs. */
import type { Verification } from "hyperstack-credentials";
import type { HyperstackVerifyElement } from "hyperstack-credentials/element";
import type {} from "hyperstack-credentials/element/solid";

export let found: HyperstackVerifyElement | undefined;

export const element = (
  <hyperstack-verify
    ref={(it: HyperstackVerifyElement) => {
      found = it;
    }}
    class="check"
    endpoint="/api/verify"
    auto
    messages={{ "form.verify": "Look it up" }}
    on:hyperstack-result={({ detail }) => {
      const verification: Verification = detail;
      console.log(verification.verdict);
    }}
  />
);
// @ts-expect-error: an address is a string.
export const wrong = <hyperstack-verify endpoint={1} />;
// @ts-expect-error: there is no such attribute.
export const unknown = <hyperstack-verify endpont="x" />;
