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
mod trap;
mod verify;

pub use arguments::Arguments;
pub use call::{InFlight, call_api, check_arguments};
pub use object::{set_member, text_member};
pub use verify::{call_remote, call_verify, parse_link};

/// Smaller than the one of `std`; memory over many calls is as flat (`cargo xtask bench`).
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
