//! JSON numbers: doubles, as JavaScript reads them.

use serde::ser::{Serialize, Serializer};

/// A JSON number: a finite double.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Number(f64);

/// Whole numbers up to this one are held exactly by a double (JavaScript's `Number.MAX_SAFE_INTEGER`).
const LARGEST_INTEGER: i64 = (1 << 53) - 1;

impl Number {
    /// `None` where the double is not finite: JSON has no text for it.
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(number))
    }

    /// The double.
    pub const fn as_f64(self) -> f64 {
        self.0
    }

    /// A whole number from 0 that a double holds exactly (at most 2^53 - 1).
    pub fn as_count(self) -> Option<u64> {
        self.as_integer().and_then(|integer| integer.try_into().ok())
    }

    /// A whole number that a double holds exactly (from -2^53 + 1 to 2^53 - 1).
    fn as_integer(self) -> Option<i64> {
        // A conversion saturates, so doubles out of range become integers that are out of range.
        let integer = self.0 as i64;
        (self.0.fract() == 0.0 && integer.unsigned_abs() <= LARGEST_INTEGER.unsigned_abs()).then_some(integer)
    }
}

impl Serialize for Number {
    /// Whole numbers without a fraction, as `JSON.stringify` writes them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_integer() {
            Some(integer) => serializer.serialize_i64(integer),
            None => serializer.serialize_f64(self.0),
        }
    }
}

/// Writes a whole number in digits. Smaller in wasm than `to_string`, which brings the machinery of `fmt`.
pub(crate) fn write_count(text: &mut String, count: u64) {
    if count >= 10 {
        write_count(text, count / 10);
    }
    text.push(char::from(b'0' + (count % 10) as u8));
}

/// The value of a whole number that a double holds exactly. To `JSON.parse` 1 and 1.0 are the same number, so they are here;
/// numbers with exponents are not accepted.
pub(super) fn parse_integer(text: &str) -> Option<i64> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |digits| (digits, -1));
    let mut bytes = digits.bytes();
    let mut integer = 0;
    for byte in bytes.by_ref() {
        match byte {
            b'0'..=b'9' => integer = integer * 10 + i64::from(byte - b'0'),
            b'.' => break,
            _ => return None,
        }
        if integer > LARGEST_INTEGER {
            return None;
        }
    }
    let is_whole = bytes.all(|digit| digit == b'0');
    is_whole.then_some(sign * integer)
}

/// The double that is nearest; infinite where the number is too large for any.
pub(super) fn parse_double(text: &str) -> f64 {
    doubles::parse(text)
}

/// The shortest digits that are read back as this double.
pub(super) fn write_double(double: f64) -> String {
    doubles::write(double)
}

/// JavaScript's own conversions: the tables of Rust's are 20 kB.
#[cfg(target_arch = "wasm32")]
mod doubles {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = Number)]
        pub(super) fn parse(text: &str) -> f64;
        #[wasm_bindgen(js_name = String)]
        pub(super) fn write(double: f64) -> String;
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod doubles {
    pub(super) fn parse(text: &str) -> f64 {
        // Rust accepts every JSON number.
        text.parse().unwrap_or(f64::INFINITY)
    }

    pub(super) fn write(double: f64) -> String {
        format!("{double:?}")
    }
}
