/**
 * Copies or shares the link that repeats a check, and prints the result.
 */
import { element } from "./elements.ts";
import { message } from "./messages.ts";

/** The buttons. `announce` writes to the status region. */
export function shareActions(link: string, announce: (text: string) => void): HTMLElement[] {
  const fallback = element("input", {
    id: "share-link",
    type: "text",
    readonly: true,
    hidden: true,
    dir: "ltr",
    value: link,
    "aria-label": message("result.link_field"),
  });
  // Shown here as well: the status region may be scrolled out of view.
  const note = element("p", { class: "hint actions-note", "aria-hidden": "true", hidden: true });
  const tell = (text: string) => {
    note.textContent = text;
    note.hidden = false;
    announce(text);
  };
  const copy = actionButton("copy-button", message("result.copy_link"), async () => {
    try {
      await navigator.clipboard.writeText(link);
      tell(message("status.copied"));
    } catch {
      fallback.hidden = false;
      fallback.focus();
      fallback.select();
      tell(message("status.copy_by_hand"));
    }
  });
  const share =
    typeof navigator.share === "function"
      ? actionButton("share-button", message("result.share"), async () => {
          try {
            await navigator.share({ url: link });
          } catch {
            // Dismissed, or refused by the browser: the other button is still there.
          }
        })
      : null;
  const print = actionButton("print-button", message("result.print"), () => window.print());
  return [copy, share, print, note, fallback].filter((part) => part !== null);
}

function actionButton(id: string, text: string, act: () => void): HTMLButtonElement {
  const button = element("button", { id, type: "button", class: "button" }, text);
  button.addEventListener("click", act);
  return button;
}
