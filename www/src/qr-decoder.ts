/** Decodes QR codes in browsers without a `BarcodeDetector`. A separate file, loaded at the first scan. */
export { BarcodeDetector } from "qr/decode.js";
