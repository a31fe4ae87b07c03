/** Handles Ctrl-C: the first ends the run cleanly, the second ends the process at once. */
import process from "node:process";
import { EXIT } from "./exit-codes.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Whether the user or the system asked the run to end. */
export class Interruption {
  isRequested = false;
  readonly #onRequest: () => void;

  /** Listens for signals until `close` is called. */
  constructor(onRequest: () => void) {
    this.#onRequest = onRequest;
    for (const signal of SIGNALS) process.on(signal, this.#receive);
  }

  readonly #receive = (): void => {
    if (this.isRequested) process.exit(EXIT.INTERRUPTED);
    this.isRequested = true;
    this.#onRequest();
  };

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#receive);
  }
}
