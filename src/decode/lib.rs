//! The decoder: JSON grammar, the language of shapes, instants. Knows no operation of the API and no JavaScript.
//!
//! A crate of its own because optimization levels are set by crate: this one is built for speed, everything else for
//! size (docs/decisions/0001-decoder.md).

#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod decimal;
#[cfg(test)]
mod differential;
pub mod json;
pub mod shape;
pub mod text;
pub mod timestamp;
