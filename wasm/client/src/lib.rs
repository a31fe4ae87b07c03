//! The WebAssembly module of the API client: one function per operation.
//!
//! Each is `async` and returns a promise. It takes the configuration of the client with each call, so that there is no object
//! in this module that a caller could free, and rejects with an `Error` whose own properties are the fields of
//! `ErrorDetails`, or with `signal.reason`.
#![cfg(target_arch = "wasm32")]

pub mod account;
pub mod credentials;
pub mod groups;
pub mod json;
pub mod recipients;
#[cfg(test)]
mod tests;
pub mod verification;
pub mod webhooks;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const DATA_TYPES: &str = include_str!("../../../pkg-template/src/types.ts");

#[wasm_bindgen(typescript_custom_section)]
const VERIFIER_TYPES: &str = include_str!("../../verifier/src/types.ts");

#[wasm_bindgen(typescript_custom_section)]
const CALL_TYPES: &str = include_str!("types.ts");

/// The timers and abort controllers that are open, for a loader that ends them when this instance has died.
#[wasm_bindgen(js_name = openHandles, skip_typescript)]
pub fn open_handles() -> js_sys::Set {
    hyperstack_credentials::transport::fetch::open_handles()
}
