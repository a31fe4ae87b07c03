/** The element in React 19, which sets properties and listens to events. Nothing here runs. */
import type { Verification } from "hyperstack-credentials";
import type { HyperstackVerifyElement } from "hyperstack-credentials/element";
import type {} from "hyperstack-credentials/element/react";
import { createRef } from "react";

const ref = createRef<HyperstackVerifyElement>();

export const element = (
  <hyperstack-verify
    ref={ref}
    className="check"
    endpoint="https://verify.acme.example/api/verify"
    auto={true}
    lang="de"
    hosts="credentials.acme.example hyperstack.id"
    heading-level={3}
    messages={{ "form.verify": "Look it up" }}
    onhyperstack-result={({ detail }) => {
      const verification: Verification = detail;
      console.log(verification.verdict, ref.current?.busy);
    }}
  >
    <span slot="label">Certificate</span>
  </hyperstack-verify>
);
// @ts-expect-error: an address is a string.
export const wrong = <hyperstack-verify endpoint={1} />;
// @ts-expect-error: there is no such attribute.
export const unknown = <hyperstack-verify endpont="x" />;
// @ts-expect-error: there is no such text.
export const text = <hyperstack-verify messages={{ "form.veriffy": "x" }} />;
