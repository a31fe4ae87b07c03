//! The decoder: JSON grammar, the language of shapes, instants. Knows no operation of the API and no JavaScript.
//!
//! A crate of its own, so that it can be measured alone (`benches/decoder`). It is compiled for size like everything else;
//! the few functions that run for every byte say that they are to be inlined (docs/decisions/0013-size.md).

#![cfg_attr(not(test), no_std)]
#![allow(clippy::inline_always, reason = "measured: compiled for size, these would be calls for every byte")]

extern crate alloc;

pub mod decimal;
#[cfg(test)]
mod differential;
pub mod json;
pub mod shape;
pub mod text;
pub mod timestamp;
