//! Compares reading with `serde_json` on documents that are generated, cut and damaged. The seed is fixed, so a failure is reproducible.

use serde_json::Value as Expected;

use super::{ErrorKind, SyntaxError, Value, from_slice};

/// A generator of numbers (xorshift64*), so that every run sees the same documents.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

const SPACES: [&str; 6] = ["", "", "", " ", "\n\t", "\r\n  "];
const CHARACTERS: [&str; 26] = [
    "a",
    "Z",
    "0",
    " ",
    "~",
    "\u{7f}",
    "é",
    "ß",
    "漢",
    "\u{1F600}",
    "\u{FFFD}",
    "\u{2028}",
    "\\n",
    "\\t",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b",
    "\\u0000",
    "\\u00e9",
    "\\u6F22",
    "\\ud83d\\ude00",
    "\\u0041",
    "\\uFFFF",
    "plain text of some length",
    "@",
];
const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "1",
    "-1",
    "42",
    "3.5",
    "-0.125",
    "1e3",
    "1E+3",
    "2.5e-3",
    "9007199254740993",
    "1e308",
    "123456789012345678901",
    "0.1",
    "1.0",
    "-9223372036854775808",
];
const TOKENS: [&str; 15] = ["{", "}", "[", "]", ",", ":", "\"", "1", "null", "\\u", "\\", "-", ".", "e", " "];

fn write_string(random: &mut Random, text: &mut String) {
    text.push('"');
    for _ in 0..random.below(12) {
        text.push_str(random.one_of(&CHARACTERS));
    }
    text.push('"');
}

fn write_document(random: &mut Random, depth: usize, text: &mut String) {
    text.push_str(random.one_of(&SPACES));
    match random.below(if depth == 0 { 4 } else { 7 }) {
        0 => text.push_str(random.one_of(&["null", "true", "false"])),
        1 => text.push_str(random.one_of(&NUMBERS)),
        2 | 3 => write_string(random, text),
        4 | 5 => {
            text.push('{');
            for index in 0..random.below(6) {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(random.one_of(&SPACES));
                // All keys differ: serde_json accepts duplicates.
                text.extend(["\"", &index.to_string(), random.one_of(&CHARACTERS), "\"", random.one_of(&SPACES), ":"]);
                write_document(random, depth - 1, text);
            }
            text.push('}');
        }
        _ => {
            text.push('[');
            for index in 0..random.below(6) {
                if index > 0 {
                    text.push(',');
                }
                write_document(random, depth - 1, text);
            }
            text.push(']');
        }
    }
    text.push_str(random.one_of(&SPACES));
}

fn document(random: &mut Random, depth: usize) -> String {
    let mut text = String::new();
    write_document(random, depth, &mut text);
    text
}

fn is_same(found: &Value, expected: &Expected) -> bool {
    match (found, expected) {
        // A number that no double holds is null here.
        (Value::Null, Expected::Null) => true,
        (Value::Bool(found), Expected::Bool(expected)) => found == expected,
        // serde_json may miss the nearest double by a little.
        (Value::Number(found), Expected::Number(expected)) => expected
            .as_f64()
            .is_some_and(|expected| (found.as_f64() - expected).abs() <= expected.abs() * 4.0 * f64::EPSILON),
        (Value::String(found), Expected::String(expected)) => found == expected,
        (Value::Array(found), Expected::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| is_same(found, expected))
        }
        // serde_json keeps the order (feature preserve_order).
        (Value::Object(found), Expected::Object(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|((key, found), (name, expected))| key == name && is_same(found, expected))
        }
        _ => false,
    }
}

/// Fails on any difference but the intended ones, which are listed here.
fn compare(bytes: &[u8]) {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    match (from_slice::<Value>(bytes), serde_json::from_slice::<Expected>(bytes)) {
        (Ok(found), Ok(expected)) => assert!(is_same(&found, &expected), "read differently: {}", text()),
        (Err(_), Err(_)) => {}
        (Err(error), Ok(_)) => {
            let is_stricter = ErrorKind::Syntax(SyntaxError::DuplicateKey) == error.kind
                || ErrorKind::Syntax(SyntaxError::TooDeep) == error.kind;
            assert!(is_stricter, "refused ({error}): {}", text());
        }
        (Ok(_), Err(error)) => {
            let message = error.to_string();
            // `JSON.parse` accepts halves of surrogate pairs and numbers beyond a double, and `Response.json()` a byte order
            // mark.
            let is_known = message.contains("surrogate")
                || message.contains("unexpected end of hex escape")
                || message.contains("number out of range")
                || bytes.starts_with(b"\xef\xbb\xbf");
            assert!(is_known, "accepted, although {message}: {}", text());
        }
    }
}

#[test]
fn generated_documents_are_read_as_serde_json_reads_them() {
    let mut random = Random(0x5EED_0001);
    for _ in 0..20_000 {
        let text = document(&mut random, 4);
        assert!(from_slice::<Value>(text.as_bytes()).is_ok(), "{text}");
        compare(text.as_bytes());
    }
}

#[test]
fn documents_cut_at_any_byte_are_not_accepted_as_whole() {
    let mut random = Random(0x5EED_0002);
    for _ in 0..500 {
        let text = document(&mut random, 3);
        for end in 0..text.len() {
            compare(&text.as_bytes()[..end]);
        }
    }
}

#[test]
fn damaged_documents_are_accepted_only_where_serde_json_accepts_them() {
    const BYTES: &[u8] =
        b"\"\\{}[],:0123456789eE+-.truefalsn u\x00\x1f\x7f\x80\xbf\xc0\xc3\xe2\xed\xa0\xf0\xf4\xff\xef";
    let mut random = Random(0x5EED_0003);
    for _ in 0..100_000 {
        let mut bytes = document(&mut random, 3).into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() + 1);
            let byte = BYTES[random.below(BYTES.len())];
            match random.below(4) {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => {
                    bytes.remove(at);
                }
                2 if at < bytes.len() => bytes[at] = byte,
                _ => {
                    let piece = bytes[at..(at + random.below(8)).min(bytes.len())].to_vec();
                    let to = random.below(bytes.len() + 1);
                    bytes.splice(to..to, piece);
                }
            }
        }
        compare(&bytes);
    }
}

#[test]
fn noise_is_accepted_only_where_serde_json_accepts_it() {
    let mut random = Random(0x5EED_0004);
    for _ in 0..50_000 {
        let bytes: Vec<u8> = (0..random.below(24)).map(|_| random.below(256) as u8).collect();
        compare(&bytes);
        let tokens: Vec<&str> = (0..random.below(10)).map(|_| random.one_of(&TOKENS)).collect();
        compare(tokens.concat().as_bytes());
    }
}
