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
  /** `verb`: an operation (`credentials.view`), `verify`, or `ask` (a verifying service at `argument`). */
  export function run(
    verb: string,
    subject: unknown,
    argument: string | undefined,
    options: string,
    settings: string,
    hooks: Hooks,
  ): Promise<Crossing>;
  export function parse(text: unknown, options: string): Crossing;
  /** The rule that a text breaks as JSON, if any. */
  export function flaw(text: string): string | undefined;
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
