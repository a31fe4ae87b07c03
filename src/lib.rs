//! Client and verifier for Hyperstack digital credentials (thehyperstack.com certificates and badges).

pub mod api;
pub mod client;
pub mod error;
pub mod json;
pub mod model;
mod redaction;
pub mod transport;
#[cfg(feature = "typescript")]
mod typescript;
mod unicode;
pub mod validate;
pub mod verify;

pub use error::{Error, ErrorClass};
