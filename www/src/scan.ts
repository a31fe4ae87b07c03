/**
 * Reads a link from a QR code, by the camera or from a picture: with the browser's `BarcodeDetector`, else with a decoder
 * that is loaded when it is first needed. No picture leaves the page, and the camera is switched off when its window closes.
 *
 * Hooks: #scan-button (hidden without cameras) #scan-picture-button #scan-picture #scan-dialog #scan-status #scan-close
 */
import { linkFromFragment } from "./deep-link.ts";
import { byId } from "./elements.ts";
import { message } from "./messages.ts";
import { rest } from "./rest.ts";

/** The part of the Barcode Detection API that is used; TypeScript's library does not have it yet. */
interface Detector {
  detect(source: CanvasImageSource): Promise<readonly { rawValue: string }[]>;
}

interface DetectorClass {
  new (options: { formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** Milliseconds between two scans of the camera's picture. */
const lookEveryMs = 150;

/** The address of the decoder, beside this script. Not a literal, because the bundler would include the file. */
const decoderFile = "./qr-decoder.js";

/** Shows the buttons. `onRead` receives the content of a code. */
export function startScanning(onRead: (text: string) => void, announce: (text: string) => void): void {
  const pictureButton = byId("scan-picture-button", HTMLButtonElement);
  const picture = byId("scan-picture", HTMLInputElement);
  pictureButton.hidden = false;
  pictureButton.addEventListener("click", () => picture.click());
  picture.addEventListener("change", async () => {
    const file = picture.files?.[0];
    picture.value = "";
    if (file === undefined) return;
    const detector = await theDetector();
    if (detector === null) return announce(message("scan.unavailable"));
    const text = await readPicture(detector, file);
    if (text === null) announce(message("status.no_code"));
    else onRead(text);
  });
  if (typeof navigator.mediaDevices?.getUserMedia !== "function") return;
  const button = byId("scan-button", HTMLButtonElement);
  button.hidden = false;
  button.addEventListener("click", () => void scan(onRead));
}

/** The link to check in a code: this page's own links contain it. */
export function linkOfCode(text: string): string {
  try {
    const address = new URL(text);
    if (address.origin === location.origin) return linkFromFragment(address.hash) ?? text;
  } catch {
    // Not an address: an id, or anything else.
  }
  return text;
}

let detector: Detector | null = null;

/** The browser's detector, else the decoder; `null` if that cannot be loaded, which may be different the next time. */
async function theDetector(): Promise<Detector | null> {
  detector ??= (await nativeDetector()) ?? (await loadedDetector());
  return detector;
}

async function nativeDetector(): Promise<Detector | null> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass };
  if (BarcodeDetector === undefined) return null;
  try {
    const formats = await BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

async function loadedDetector(): Promise<Detector | null> {
  try {
    const { BarcodeDetector } = (await import(decoderFile)) as typeof import("./qr-decoder.ts");
    return new BarcodeDetector({ formats: ["qr_code"] });
  } catch {
    return null;
  }
}

async function readPicture(detector: Detector, file: File): Promise<string | null> {
  try {
    const bitmap = await createImageBitmap(file);
    try {
      return textOf(await detector.detect(bitmap));
    } finally {
      bitmap.close();
    }
  } catch {
    return null;
  }
}

function textOf(codes: readonly { rawValue: string }[]): string | null {
  return codes.map(({ rawValue }) => rawValue).find((text) => text.trim() !== "") ?? null;
}

/** Opens the window with the camera's picture until a code is read or it is closed. */
async function scan(onRead: (text: string) => void): Promise<void> {
  const dialog = byId("scan-dialog", HTMLDialogElement);
  const video = byId("scan-video", HTMLVideoElement);
  const status = byId("scan-status", HTMLElement);
  const close = byId("scan-close", HTMLButtonElement);
  if (dialog.open) return;
  const closed = new AbortController();
  const { signal } = closed;
  // The dialog's event alone is not enough: it fires later, and never after the page was left.
  const end = () => {
    closed.abort();
    dialog.close();
  };
  dialog.addEventListener("close", () => closed.abort(), { once: true });
  close.addEventListener("click", end, { signal });
  window.addEventListener("pagehide", end, { signal });
  status.textContent = message("scan.starting");
  video.hidden = true;
  dialog.showModal();

  let stream: MediaStream | null = null;
  let text: string | null = null;
  const turnOff = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    // Another camera window may be open by the time the last wait of this one ends.
    if (video.srcObject !== stream) return;
    video.srcObject = null;
    video.hidden = true;
  };
  // At once, even while a picture or a scan is awaited.
  signal.addEventListener("abort", turnOff);
  try {
    const loading = theDetector();
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment" },
      audio: false,
    });
    // The window may have been closed during the browser's permission prompt.
    if (!signal.aborted) {
      video.hidden = false;
      video.srcObject = stream;
      await video.play();
      status.textContent = message("scan.looking");
    }
    const detector = await loading;
    if (detector === null && !signal.aborted) {
      turnOff();
      status.textContent = message("scan.unavailable");
    }
    while (detector !== null && !signal.aborted && text === null) {
      text = await look(detector, video);
      if (text === null) await rest(lookEveryMs, signal);
    }
  } catch {
    if (!signal.aborted) status.textContent = message("scan.denied");
  } finally {
    turnOff();
  }
  if (text === null || signal.aborted) return;
  dialog.close();
  onRead(text);
}

/** Scans once; a picture that cannot be read counts as one without a code. */
async function look(detector: Detector, video: HTMLVideoElement): Promise<string | null> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
  try {
    return textOf(await detector.detect(video));
  } catch {
    return null;
  }
}
