//! The exported functions in a real browser, called as JavaScript calls them: with its objects, its promises and its timers.
//!
//! What needs an API to talk to is in `sandbox`, and compiled only for the step that starts the sandbox.

mod calls;
mod foreign_values;
#[cfg(feature = "sandbox")]
mod sandbox;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
