//! Client and verifier for Hyperstack digital credentials, compiled to WebAssembly.
use wasm_bindgen::prelude::wasm_bindgen;

/// The version of this package, as in `Cargo.toml`.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
