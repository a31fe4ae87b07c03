//! Between JavaScript values and the types of `hyperstack-credentials`, for the wasm modules: arguments, options, errors,
//! signals, events, and the end of calls that nobody waits for.
//!
//! Whatever a caller passes is untrusted. It is touched with bindings that catch, because an exception through wasm leaves a
//! module that must not be used again.
#![cfg(target_arch = "wasm32")]

mod abandoned;
mod api_response;
mod arguments;
mod call;
mod config;
mod error;
mod object;
mod options;
mod signal;
mod transport;
#[cfg(feature = "trap")]
pub mod trap;

pub use arguments::{Arguments, read_text};
pub use call::call_api;
pub use error::to_js as error_to_js;
pub use object::{set_member, to_js};

/// Smaller than the one of `std`; memory over many calls is as flat (`cargo xtask bench`).
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
