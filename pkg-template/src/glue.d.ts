/** The modules that the build puts in: the glue that wasm-bindgen makes, and how an entry gets at the wasm. */
declare module "#glue" {
  /** A call in the core: `Session` in src/bindings.rs, which says what goes in and what comes out. */
  export interface Session {
    step(event: string, body: Uint8Array, nowMs: number, random: number, quota: number): string;
    readonly quota: number;
    free(): void;
  }
  /** The glue of one instance (glue.js). */
  export interface Glue {
    /** What is asked for, as src/session.rs has it. `observed`: whether events are wanted. */
    begin(observed: boolean, asked: string, argument?: string): Session;
  }
  /** Makes an instance by `instantiate`, which gives its exports. */
  export const createGlue: (
    foldName: (name: string) => string,
    instantiate: (imports: WebAssembly.Imports) => Promise<WebAssembly.Exports>,
  ) => Promise<Glue>;
}

declare module "#load" {
  /** What `WebAssembly.instantiate` takes, or a `Response`, or a promise of one. */
  export function load(): unknown;
}

declare module "*.wasm" {
  const wasm: unknown;
  export default wasm;
}

declare module "*.wasm?module" {
  const wasm: unknown;
  export default wasm;
}

declare module "#integrity" {
  /** The `integrity` of the wasm file, as `fetch` takes it. */
  export const wasmIntegrity: string;
}

declare module "#wasm" {
  /** As load/inline.ts reads it. */
  const text: string;
  export default text;
}
