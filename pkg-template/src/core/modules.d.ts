/** What the build puts in: the glue of each module, its bytes, and how an entry loads them. */
declare module "#client-glue" {
  export const factory: import("./instance.js").GlueFactory<import("./exports.js").ClientExports>;
}

declare module "#verifier-glue" {
  export const factory: import("./instance.js").GlueFactory<import("./exports.js").VerifierExports>;
}

declare module "#client-load" {
  /** Bytes, a compiled module, a `Response`, or a promise of one. */
  export function load(): unknown;
}

declare module "#verifier-load" {
  /** Bytes, a compiled module, a `Response`, or a promise of one. */
  export function load(): unknown;
}

declare module "#client-wasm" {
  /** The module as text (load/text.ts). */
  const text: string;
  export default text;
}

declare module "#verifier-wasm" {
  /** The module as text (load/text.ts). */
  const text: string;
  export default text;
}

declare module "#integrity" {
  /** The `integrity` of a wasm file, as `fetch` takes it. */
  export const wasmIntegrity: string;
  export const verifierIntegrity: string;
}

declare module "*.wasm" {
  const wasm: unknown;
  export default wasm;
}

declare module "*.wasm?module" {
  const wasm: unknown;
  export default wasm;
}
