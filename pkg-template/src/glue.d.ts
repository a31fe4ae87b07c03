/** The modules that the build puts in: the glue that wasm-bindgen makes, and how an entry gets at the wasm. */
declare module "#glue" {
  /** What a call needs from JavaScript: `Hooks` in src/bindings/fetch.rs. */
  export interface Hooks {
    token(): unknown;
    controller(): AbortController;
    send(url: string, init: RequestInit): unknown;
    timer(callback: () => void, ms: number): unknown;
    listen(callback: (() => void) | undefined): void;
    aborted(): boolean;
    quota: number | undefined;
    readonly listening: boolean;
    tell(name: string, event: string): void;
  }
  /** `[0, …values]`, `[1, error]` or `[2]` (aborted): `crossing` in src/bindings.rs. */
  export type Crossing = [0, ...unknown[]] | [1, unknown] | [2];
  /** The glue of one instance (xtask/src/glue.rs). */
  export interface Glue {
    readonly imports: WebAssembly.Imports;
    attach(exports: WebAssembly.Exports): void;
    /** `verb`: an operation (`credentials.view`), `verify`, or `ask` (a verifying service at `argument`). */
    run(
      verb: string,
      subject: unknown,
      argument: string | undefined,
      options: string,
      settings: string,
      hooks: Hooks,
    ): Promise<Crossing>;
    parse(text: unknown, options: string): Crossing;
    /** The rule that a text breaks as JSON, if any. */
    flaw(text: string): string | undefined;
  }
  export const createGlue: () => Glue;
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
  const bytes: Uint8Array;
  export default bytes;
}
