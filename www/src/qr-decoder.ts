/** The decoder of QR codes for browsers without a `BarcodeDetector`: a file of its own, which is loaded when it is needed. */
export { BarcodeDetector } from "qr/decode.js";
