/** Every subpath of the package, as a module gets it. Nothing here runs. */
import type * as main from "hyperstack-credentials";
import { type ExportOptions, linkedInUrl, toOpenBadgeDraft } from "hyperstack-credentials/exports";
import * as external from "hyperstack-credentials/external";
import wasm from "hyperstack-credentials/hyperstack_credentials_bg.wasm";
import { wasmIntegrity } from "hyperstack-credentials/integrity";

export const same: typeof main = external;
export const loaded: Promise<void> = external.init(wasm);
// @ts-expect-error: it is a string.
export const wrong: number = wasmIntegrity;

export const exported = (verification: main.Verification, options: ExportOptions): string => {
  const { draft, missing } = toOpenBadgeDraft(verification, options);
  const none: undefined = draft.proof;
  // @ts-expect-error: it is unsigned.
  toOpenBadgeDraft(verification, { proof: {} });
  return linkedInUrl(verification, options) + missing.length + String(none);
};
