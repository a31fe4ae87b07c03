//! The decoder against `serde_json`, on documents that are generated, cut and damaged. A fixed seed: a failure repeats.

use serde_json::Value as Expected;

use crate::json::{Flaw, Value, text_of};

/// A generator of numbers (xorshift64*), so that every run sees the same documents.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn one_of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list.get(self.below(list.len())).copied().unwrap_or_default()
    }
}

const SPACES: [&str; 6] = ["", "", "", " ", "\n\t", "\r\n  "];
/// Characters as JSON writes them, plain and escaped; pairs, halves of pairs, and what only looks like one.
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

fn string(random: &mut Random, out: &mut String) {
    out.push('"');
    for _ in 0..random.below(12) {
        out.push_str(random.one_of(&CHARACTERS));
    }
    out.push('"');
}

fn document(random: &mut Random, depth: usize, out: &mut String) {
    out.push_str(random.one_of(&SPACES));
    match random.below(if depth == 0 { 4 } else { 7 }) {
        0 => out.push_str(random.one_of(&["null", "true", "false"])),
        1 => out.push_str(random.one_of(&NUMBERS)),
        2 | 3 => string(random, out),
        4 | 5 => {
            out.push('{');
            for index in 0..random.below(6) {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(random.one_of(&SPACES));
                // Different keys: the same one twice is refused here and taken there.
                out.extend(["\"", &index.to_string()]);
                out.push_str(random.one_of(&CHARACTERS));
                out.push('"');
                out.push_str(random.one_of(&SPACES));
                out.push(':');
                document(random, depth - 1, out);
            }
            out.push('}');
        }
        _ => {
            out.push('[');
            for index in 0..random.below(6) {
                if index > 0 {
                    out.push(',');
                }
                document(random, depth - 1, out);
            }
            out.push(']');
        }
    }
    out.push_str(random.one_of(&SPACES));
}

/// Whether both read the same, whatever depth it is at.
fn same(ours: Value<'_>, expected: &Expected) -> bool {
    match expected {
        Expected::Null => ours.is_null(),
        Expected::Bool(value) => ours.boolean() == Some(*value),
        // serde_json rounds long numbers to a neighbour of the nearest double, unless it is told to take its time.
        Expected::Number(number) => match (ours.text().parse::<f64>(), number.as_f64()) {
            (Ok(found), Some(number)) => (found - number).abs() <= number.abs() * 4.0 * f64::EPSILON,
            _ => false,
        },
        Expected::String(text) => ours.string() == Some(text),
        Expected::Array(list) => {
            let items: Vec<_> = ours.items().collect();
            items.len() == list.len() && items.into_iter().zip(list).all(|(item, expected)| same(item, expected))
        }
        Expected::Object(map) => {
            let members: Vec<_> = ours.members().map(|(key, value)| (key.decode(), value)).collect();
            // serde_json's map keeps the order (feature preserve_order).
            members.len() == map.len()
                && members
                    .into_iter()
                    .zip(map)
                    .all(|((key, value), (name, expected))| key == name.as_str() && same(value, expected))
        }
    }
}

fn ours(bytes: &[u8]) -> Result<Value<'_>, Flaw> {
    text_of(bytes).and_then(Value::parse)
}

/// Every difference that there may be, with its reason; any other is a failure.
fn compare(bytes: &[u8]) {
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    let expected = serde_json::from_slice::<Expected>(bytes);
    match (ours(bytes), expected) {
        (Ok(value), Ok(expected)) => assert!(same(value, &expected), "read differently: {}", shown()),
        // serde_json keeps the last one; which one somebody else takes is not known, so it is refused here.
        (Err(Flaw::DuplicateKey | Flaw::TooDeep), Ok(_)) | (Err(_), Err(_)) => {}
        (Err(flaw), Ok(_)) => panic!("refused ({flaw:?}): {}", shown()),
        (Ok(_), Err(error)) => {
            let said = error.to_string();
            // JSON.parse takes halves of surrogate pairs and numbers beyond a double (they are Infinity), and fetch
            // strips a byte order mark.
            let known = said.contains("surrogate")
                || said.contains("unexpected end of hex escape")
                || said.contains("number out of range")
                || bytes.starts_with(b"\xef\xbb\xbf");
            assert!(known, "taken, although {said}: {}", shown());
        }
    }
}

#[test]
fn generated_documents_are_read_as_serde_json_reads_them() {
    let mut random = Random(0x5EED_0001);
    for _ in 0..20_000 {
        let mut text = String::new();
        document(&mut random, 4, &mut text);
        assert!(ours(text.as_bytes()).is_ok(), "{text}");
        compare(text.as_bytes());
    }
}

#[test]
fn documents_cut_at_every_byte_are_never_taken_for_whole_ones() {
    let mut random = Random(0x5EED_0002);
    for _ in 0..500 {
        let mut text = String::new();
        document(&mut random, 3, &mut text);
        for end in 0..text.len() {
            compare(text.as_bytes().get(..end).unwrap_or_default());
        }
    }
}

#[test]
fn damaged_documents_are_judged_as_serde_json_judges_them() {
    const BYTES: &[u8] =
        b"\"\\{}[],:0123456789eE+-.truefalsn u\x00\x1f\x7f\x80\xbf\xc0\xc3\xe2\xed\xa0\xf0\xf4\xff\xef";
    let mut random = Random(0x5EED_0003);
    for _ in 0..100_000 {
        let mut text = String::new();
        document(&mut random, 3, &mut text);
        let mut bytes = text.into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() + 1);
            let byte = BYTES.get(random.below(BYTES.len())).copied().unwrap_or_default();
            match random.below(4) {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => {
                    bytes.remove(at);
                }
                2 => {
                    if let Some(place) = bytes.get_mut(at) {
                        *place = byte;
                    }
                }
                _ => {
                    let piece = bytes.get(at..(at + random.below(8)).min(bytes.len())).unwrap_or_default().to_vec();
                    let to = random.below(bytes.len() + 1);
                    bytes.splice(to..to, piece);
                }
            }
        }
        compare(&bytes);
    }
}

#[test]
fn noise_is_judged_as_serde_json_judges_it() {
    let mut random = Random(0x5EED_0004);
    for _ in 0..50_000 {
        let bytes: Vec<u8> = (0..random.below(24)).map(|_| random.below(256) as u8).collect();
        compare(&bytes);
        let pieces: Vec<&str> = (0..random.below(10))
            .map(|_| random.one_of(&["{", "}", "[", "]", ",", ":", "\"", "1", "null", "\\u", "\\", "-", ".", "e", " "]))
            .collect();
        compare(pieces.concat().as_bytes());
    }
}
