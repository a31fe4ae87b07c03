/** Every subpath of the package, as CommonJS gets it. Nothing here runs. */
import main = require("hyperstack-credentials");
import external = require("hyperstack-credentials/external");
import wasm = require("hyperstack-credentials/hyperstack_credentials_bg.wasm");
import verifierWasm = require("hyperstack-credentials/hyperstack_verifier_bg.wasm");

import { type ExportOptions, linkedInUrl, toOpenBadgeDraft } from "hyperstack-credentials/exports";
import { verifierIntegrity, wasmIntegrity } from "hyperstack-credentials/integrity";

export const same: typeof main = external;
export const loaded: Promise<void> = external.init(wasm);
export const loadedVerifier: Promise<void> = external.init(verifierWasm);
// @ts-expect-error: it is a string.
export const wrong: number = wasmIntegrity;
// @ts-expect-error: it is a string.
export const wrongVerifier: number = verifierIntegrity;

export const exported = (verification: main.Verification, options: ExportOptions): string => {
  const { draft, missing } = toOpenBadgeDraft(verification, options);
  const none: undefined = draft.proof;
  // @ts-expect-error: it is unsigned.
  toOpenBadgeDraft(verification, { proof: {} });
  return linkedInUrl(verification, options) + missing.length + String(none);
};
