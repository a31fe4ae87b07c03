//! JSON text: a strict serde deserializer for responses, a value for what has no type, and writing.
//!
//! Strict means that the same key twice in one object is an error, also in values that no type reads, and so are more than 64
//! levels. Errors of syntax take precedence over broken rules, wherever they are in the text.

mod de;
mod error;
mod number;
mod reader;
mod value;
mod writer;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use error::{Error, ErrorKind, SyntaxError};
pub use number::Number;
pub(crate) use number::write_count;
pub use value::Value;

use de::Deserializer;
use error::BoxedError;
use reader::Reader;
use writer::{Unwritable, Writer};

/// Reads the whole text.
///
/// # Errors
/// The first syntax error of the whole text. If there is none, the first value that is not as `T` requires.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(Deserializer(&mut reader)).and_then(|value| {
        reader.finish()?;
        Ok(value)
    });
    value.map_err(|error| first_error(text, error))
}

/// Reads the whole text that the bytes are.
///
/// # Errors
/// Those of [`decode`] and [`from_str`].
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    from_str(decode(bytes)?)
}

/// Decodes bytes as UTF-8 and drops one byte order mark, as `Response.json()` does.
///
/// # Errors
/// [`SyntaxError::Encoding`].
pub fn decode(bytes: &[u8]) -> Result<&str, SyntaxError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| SyntaxError::Encoding)
}

/// Checks that a text is JSON of any kind.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), SyntaxError> {
    let mut reader = Reader::new(text);
    reader.skip()?;
    reader.finish()
}

/// Returns the error to report: a broken rule counts only in a text that is JSON to its end.
#[cold]
fn first_error(text: &str, error: BoxedError) -> Error {
    match check(text) {
        Ok(()) => error.unbox(),
        Err(syntax) => syntax.into(),
    }
}

/// Writes a value as JSON text.
pub fn to_string<T: serde::Serialize>(value: &T) -> String {
    let mut writer = Writer::default();
    match value.serialize(&mut writer) {
        Ok(()) => writer.text,
        // No type of this crate fails to serialize.
        Err(Unwritable) => String::new(),
    }
}
