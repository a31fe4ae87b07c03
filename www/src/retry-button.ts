/**
 * Shows the retry button, with a countdown of the service's `Retry-After`.
 */
import { element } from "./elements.ts";
import { message } from "./messages.ts";

/** Seconds of the longest countdown; nobody waits longer in front of a page. */
const longestWaitS = 3600;

/** When a wait ends, in milliseconds. */
export function waitUntil(waitS: number, from: number): number {
  return from + Math.min(Math.max(waitS, 0), longestWaitS) * 1000;
}

/** The button. `onReady` is called once when a wait is over, `onRetry` when it is pressed after that. */
export function retryButton(
  until: number,
  prominent: boolean,
  onRetry: () => void,
  onReady: () => void,
): HTMLButtonElement {
  const button = element("button", {
    id: "retry-button",
    type: "button",
    class: prominent ? "button button-main" : "button",
  });
  // Not `disabled`: the button would lose the focus.
  const waiting = () => button.getAttribute("aria-disabled") === "true";
  button.addEventListener("click", () => {
    if (!waiting()) onRetry();
  });
  const tick = (): boolean => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = message("result.retry_wait", { seconds: left });
      return true;
    }
    button.removeAttribute("aria-disabled");
    button.textContent = message("result.retry");
    return false;
  };
  if (tick()) {
    const timer = setInterval(() => {
      if (!button.isConnected) clearInterval(timer);
      else if (!tick()) {
        clearInterval(timer);
        onReady();
      }
    }, 250);
  }
  return button;
}
