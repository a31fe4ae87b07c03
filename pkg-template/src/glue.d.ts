/** The two modules that the build puts in: wasm-bindgen's glue, and how an entry gets at the wasm. */
declare module "#glue" {
  export interface Hooks {
    readonly fetch: unknown;
    readonly signal: unknown;
    token(): unknown;
  }
  /** `[0, …values]`, `[1, error]` or `[2]` (aborted): `crossing` in src/bindings.rs. */
  export type Crossing = [0, ...unknown[]] | [1, unknown] | [2];
  export default function init(options: { module_or_path: unknown }): Promise<unknown>;
  export function call(
    operation: string,
    id: unknown,
    body: string | undefined,
    settings: string,
    hooks: Hooks,
  ): Promise<Crossing>;
  export function verify(input: unknown, options: string, settings: string, hooks: Hooks): Promise<Crossing>;
  export function ask(
    input: unknown,
    endpoint: string,
    options: string,
    settings: string,
    hooks: Hooks,
  ): Promise<Crossing>;
  export function parse(text: unknown, options: string): Crossing;
}

declare module "#load" {
  /** What `WebAssembly.instantiate` or `instantiateStreaming` takes. */
  export function load(): unknown;
}

declare module "*.wasm" {
  const wasm: unknown;
  export default wasm;
}

declare module "#wasm" {
  const bytes: Uint8Array;
  export default bytes;
}
