//! Client and verifier for Hyperstack digital credentials (thehyperstack.com certificates and badges).

pub mod api;
pub mod error;
pub mod json;
pub mod model;
pub mod transport;
#[cfg(feature = "typescript")]
mod typescript;
pub mod validate;

pub use error::{Error, ErrorClass};
