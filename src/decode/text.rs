//! Owns texts: keeping and joining them for as long as a session lives, and searching in them byte by byte, for ASCII needles.
//! `core`'s patterns do the same for every kind of needle and cost 3 KB of wasm (docs/decisions/0002-no-std.md).

use alloc::string::String;

use crate::decimal;

/// A text that lives as long as the session whose turn it is, or for ever.
pub type Text = &'static str;

/// A copy that lives as long as the session whose turn it is: memory is not given back before (src/standalone.rs).
pub fn keep(text: &str) -> Text {
    join(&[text])
}

/// A copy to write on. `String::from` would be the only thing in the module that makes room first.
pub fn begun(text: &str) -> String {
    let mut begun = String::new();
    begun.push_str(text);
    begun
}

/// A copy in lower case; letters beyond ASCII stay as they are.
pub fn lower(text: &str) -> Text {
    let mut lower = begun(text);
    lower.make_ascii_lowercase();
    lower.leak()
}

/// These one after the other.
pub fn join(parts: &[&str]) -> Text {
    let mut whole = String::new();
    for part in parts {
        whole.push_str(part);
    }
    whole.leak()
}

/// Whether the ASCII character stands in the text.
pub fn has(text: &str, wanted: u8) -> bool {
    text.bytes().any(|byte| byte == wanted)
}

/// Whether nothing but white space stands in it.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

const fn is_at_sign(found: char) -> bool {
    matches!(found, '@' | '\u{FF20}' | '\u{FE6B}')
}

/// Spelt as programs spell it, in a link or in HTML, which is read without the semicolon, too.
fn holds_encoded_at_sign(text: &str) -> bool {
    let lower = lower(text);
    parts("%40 &#64 &#x40 &commat &#064 &#x0040", b' ').any(|spelling| contains(lower, spelling))
}

/// Whether an at sign stands in the text, in any of the spellings that people and programs read as one.
pub fn holds_at_sign(text: &str) -> bool {
    text.chars().any(is_at_sign) || holds_encoded_at_sign(text)
}

/// Whether the text looks as if an e-mail address stood in it: an at sign between two characters, or an encoded one.
/// "Design @ Scale" has one between two spaces.
pub fn looks_like_address(text: &str) -> bool {
    // What stood before the last character, and that.
    let (mut before, mut last) = (' ', ' ');
    for next in text.chars() {
        if is_at_sign(last) && !before.is_whitespace() && !next.is_whitespace() {
            return true;
        }
        (before, last) = (last, next);
    }
    holds_encoded_at_sign(text)
}

/// What stands before and after the first byte that `is` accepts; only ASCII bytes may be accepted.
pub fn split_where(text: &str, is: impl FnMut(u8) -> bool) -> Option<(&str, &str)> {
    let at = text.bytes().position(is)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before and after the first of this ASCII character.
pub fn split(text: &str, at: u8) -> Option<(&str, &str)> {
    split_where(text, |byte| byte == at)
}

/// Whether `needle` stands in the text.
pub fn contains(text: &str, needle: &str) -> bool {
    needle.is_empty() || text.as_bytes().windows(needle.len()).any(|part| part == needle.as_bytes())
}

/// The parts between this ASCII character, as often as it stands there and once more.
pub fn parts(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let whole = rest?;
        let (part, behind) = split(whole, at).map_or((whole, None), |(part, behind)| (part, Some(behind)));
        rest = behind;
        Some(part)
    })
}

/// The part with this number, the first being 0; nothing where there is none.
pub fn part(text: &str, at: u8, number: usize) -> &str {
    parts(text, at).nth(number).unwrap_or_default()
}

/// What stands before the first of this ASCII character, or all of it.
pub fn before(text: &str, at: u8) -> &str {
    split(text, at).map_or(text, |(before, _)| before)
}

/// What is given, and behind it a number in decimal.
pub fn number(before: &str, value: i64) -> Text {
    let mut text = begun(before);
    decimal::push(&mut text, value);
    text.leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_any_spelling() {
        for text in [
            "john@example.com",
            "ZOË@EXAMPLE.COM",
            "<john@example.com>",
            "john%40example.com",
            "john&#64;example.com",
            "john&#X40;example.com",
            "john&Commat;example.com",
            "john&#64example.com",
            "john&#064;example.com",
            "john&#x0040;example.com",
            "john\u{FF20}example.com",
            "john\u{FE6B}example.com",
            "john\u{200B}@\u{200B}example.com",
        ] {
            assert!(looks_like_address(text), "{text}");
            assert!(holds_at_sign(text), "{text}");
        }
        for text in ["", "Design @ Scale", "@", "100 % 40", "Zoë Larsson"] {
            assert!(!looks_like_address(text), "{text}");
        }
        assert!(holds_at_sign("Design @ Scale"));
        assert!(!holds_at_sign("plain"));
    }

    #[test]
    fn agrees_with_core() {
        for text in ["", "a", ",", "a,b", ",a,,b,", "é,ü", "ab,ab"] {
            assert_eq!(has(text, b','), text.contains(','), "{text}");
            assert_eq!(split(text, b','), text.split_once(','), "{text}");
            assert_eq!(parts(text, b',').collect::<Vec<_>>(), text.split(',').collect::<Vec<_>>(), "{text}");
            for needle in ["", "a", "b,", "é", "ab,ab", "longer than the text"] {
                assert_eq!(contains(text, needle), text.contains(needle), "{text} {needle}");
            }
        }
    }
}
