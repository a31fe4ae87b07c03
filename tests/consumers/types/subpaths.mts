/** Every subpath of the package, as a module gets it. Nothing here runs. */
import type * as main from "hyperstack-credentials";
import { type ExportOptions, linkedInUrl, toOpenBadgeDraft } from "hyperstack-credentials/exports";
import * as external from "hyperstack-credentials/external";
import wasm from "hyperstack-credentials/hyperstack_credentials_bg.wasm";
import verifierWasm from "hyperstack-credentials/hyperstack_verifier_bg.wasm";
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
