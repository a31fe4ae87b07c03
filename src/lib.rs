//! Client and verifier for Hyperstack digital credentials, compiled to WebAssembly.
//!
//! Dependencies point one way: `bindings` (the only module that knows JavaScript) → `session` → `client` and
//! `verification` → `response` → the crate `decode`. Everything but `bindings` is tested on the host. Nothing here waits for
//! JavaScript: a call is a session that `pkg-template/src/call.ts` carries on (docs/decisions/0008-sessions.md).
//!
//! The shipped wasm is built with the feature `standalone`, without `std`: that halves it
//! (docs/decisions/0002-no-std.md). Tests and the host build link `std`.

#![cfg_attr(feature = "standalone", no_std)]
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only the bindings call in"))]

extern crate alloc;

use hyperstack_decode::{decimal, json, shape, text, timestamp};

#[cfg(target_arch = "wasm32")]
pub mod bindings;
mod client;
mod credential_url;
mod error;
mod json_writer;
mod operations;
#[cfg(test)]
mod random;
mod reconcile;
mod response;
mod retry;
mod rules;
mod session;
mod settings;
#[cfg(feature = "standalone")]
mod standalone;
#[macro_use]
mod verification;
mod verification_options;
mod verifier;
