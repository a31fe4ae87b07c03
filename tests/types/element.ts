/** The element as TypeScript sees it, and the texts that it names against those that there are. Nothing here runs. */
import type { Verification } from "hyperstack-credentials";
import {
  defineHyperstackVerify,
  HyperstackVerifyElement,
  type HyperstackVerifyMessages,
  type HyperstackVerifyTextKey,
} from "hyperstack-credentials/element";

export function uses(): void {
  defineHyperstackVerify();
  const element = document.createElement("hyperstack-verify");
  const same: HyperstackVerifyElement = element;
  element.hosts = ["hyperstack.id"];
  element.messages = { "form.verify": "Look it up" };
  element.addEventListener("hyperstack-result", ({ detail }) => {
    const verification: Verification = detail;
    console.log(verification.verdict, same.busy);
  });
  const onVerify = (event: CustomEvent<{ input: string }>): string => event.detail.input;
  window.addEventListener("hyperstack-verify", onVerify);
  document.body.addEventListener("hyperstack-verify", onVerify);
  document.addEventListener("hyperstack-result", ({ detail }) => console.log(detail.credential?.group.title));
  // @ts-expect-error: the input is a string.
  window.addEventListener("hyperstack-verify", ({ detail }) => detail.input.verdict);
  const found: HyperstackVerifyElement | null = document.querySelector("hyperstack-verify");
  found?.reset();
  const pending: Promise<Verification | null> = element.verify();
  void pending;
  // @ts-expect-error: there is no such text.
  element.messages = { "form.veriffy": "x" };
  // @ts-expect-error: only read.
  element.verification = null;
  // @ts-expect-error: a name, not a list.
  defineHyperstackVerify([]);
  const messages: HyperstackVerifyMessages = {};
  void messages;
  void HyperstackVerifyElement;
}

/** Every text that the element may show. */
export const needed = (texts: Record<HyperstackVerifyTextKey, string>): unknown => texts;
