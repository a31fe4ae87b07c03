/** Saves a string as a file. */
import { element } from "./elements.ts";

/** How long the file's address is valid, in milliseconds: long enough for a browser that asks where to save it. */
const keptMs = 60_000;

export function saveFile(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), keptMs);
}
