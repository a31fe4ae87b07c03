/** The element in React 18, which sets attributes only; events need `addEventListener`. Nothing here runs. */
import type { Verification } from "hyperstack-credentials";
import type { HyperstackVerifyElement } from "hyperstack-credentials/element";
import type {} from "hyperstack-credentials/element/react";
import { createRef, useEffect } from "react";

const ref = createRef<HyperstackVerifyElement>();

export function Check(): JSX.Element {
  useEffect(() => {
    ref.current?.addEventListener("hyperstack-result", ({ detail }) => {
      const verification: Verification = detail;
      console.log(verification.verdict);
    });
  });
  return <hyperstack-verify ref={ref} endpoint="/api/verify" auto="" heading-level="3" lang="de" />;
}
// @ts-expect-error: React 18 would write the attribute auto="false", which turns it on.
export const wrong = <hyperstack-verify auto={false} />;
// @ts-expect-error: React 18 would write the attribute messages="[object Object]".
export const text = <hyperstack-verify messages={{ "form.verify": "Look it up" }} />;
