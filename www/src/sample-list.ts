/**
 * Shows the samples of the sandbox, grouped by result, with one button each.
 */
import { element } from "./elements.ts";
import { isMessageKey, type MessageKey, message } from "./messages.ts";
import type { Sample } from "./page-config.ts";

/** The groups in their order; a sample of no group is listed under "others". */
export const groups: readonly { title: MessageKey; names: readonly string[] }[] = [
  { title: "samples.group_verified", names: ["valid", "valid_private"] },
  {
    title: "samples.group_not_verified",
    names: ["expired", "suspended", "revoked", "unpublished", "not_yet_valid", "recipient_mismatch"],
  },
  { title: "samples.group_not_known", names: ["not_found_in_account", "untrusted_host", "malformed_input"] },
  { title: "samples.group_not_checked", names: ["indeterminate"] },
];

/** The groups of buttons; `onPick` is called with the sample of the button pressed. */
export function sampleList(samples: readonly Sample[], onPick: (sample: Sample) => void): HTMLElement[] {
  const known = new Set(groups.flatMap(({ names }) => names));
  const grouped = groups.map(({ title, names }) => ({
    title,
    members: names.flatMap((name) => samples.filter((sample) => sample.name === name)),
  }));
  const others = samples.filter(({ name }) => !known.has(name));
  return [...grouped, { title: "samples.group_other" as const, members: others }]
    .filter(({ members }) => members.length > 0)
    .map(({ title, members }) =>
      element(
        "div",
        { class: "sample-group" },
        element("h3", {}, message(title)),
        element("ul", { class: "plain-list" }, ...members.map((sample) => entry(sample, onPick))),
      ),
    );
}

function entry(sample: Sample, onPick: (sample: Sample) => void): HTMLElement {
  const key = `sample.${sample.name}`;
  const button = element(
    "button",
    { type: "button", class: "button sample", "data-sample": sample.name },
    isMessageKey(key) ? message(key) : sample.name,
  );
  button.addEventListener("click", () => onPick(sample));
  return element("li", {}, button);
}
