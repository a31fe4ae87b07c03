//! Owns whole numbers as decimal text. `core`'s own way there brings its whole formatting with it.

use alloc::string::String;

/// Appends `value` in decimal.
pub fn push(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    push_digits(out, value.unsigned_abs());
}

fn push_digits(out: &mut String, value: u64) {
    if value >= 10 {
        push_digits(out, value / 10);
    }
    out.push(char::from(b'0' + (value % 10) as u8));
}

/// Reads digits only: no sign, no white space, at most 18 of them.
pub fn read(text: &str) -> Option<i64> {
    if !(1..=18).contains(&text.len()) {
        return None;
    }
    let mut value = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_core_does() {
        for value in [0, 7, 10, -1, 429, 1_893_456_000_000, i64::MAX, i64::MIN] {
            let mut out = String::new();
            push(&mut out, value);
            assert_eq!(out, value.to_string());
        }
    }

    #[test]
    fn reads_digits_only() {
        for (text, value) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("999999999999999999", Some(999_999_999_999_999_999)),
            ("1000000000000000000", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            (" 1", None),
            ("1e3", None),
            ("٣", None),
        ] {
            assert_eq!(read(text), value, "{text}");
        }
    }
}
