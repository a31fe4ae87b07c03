//! What must not be shown: e-mail addresses in any spelling that people and programs read as one, and the token.
//!
//! Results of verifications and messages of errors share this normalisation. A string is read as it is, and again after
//! each layer of escapes is decoded, because another program might decode it too.

use std::string::FromUtf8Error;

use crate::unicode;

/// Layers of escapes that are decoded: `%2540` and `&amp;#64;` have two. A string with more hides something.
const MAX_LAYERS: usize = 10;

/// A known e-mail address, which must not be shown in any spelling.
pub(crate) enum KnownAddress {
    /// The [`skeleton`] of an address.
    Skeleton(String),
    /// A normalized string that is not an address, such as `n/a`, and so has no other spellings.
    Other(String),
}

impl KnownAddress {
    pub(crate) fn new(address: &str) -> Self {
        let address = normalize(address);
        let address = address.trim();
        let is_whole = address
            .split_once(['@'])
            .is_some_and(|(local, domain)| !skeleton(local).is_empty() && !skeleton(domain).is_empty());
        if is_whole { Self::Skeleton(skeleton(address)) } else { Self::Other(address.to_owned()) }
    }

    /// Whether the string discloses this address, or any that reads like one.
    pub(crate) fn is_disclosed_by(&self, text: &str) -> bool {
        any_reading(text, |reading| reads_like_address(reading) || self.is_in(reading))
    }

    fn is_in(&self, reading: &str) -> bool {
        match self {
            Self::Skeleton(address) => contains(skeleton(reading).as_bytes(), address.as_bytes()),
            Self::Other(text) => contains(reading.as_bytes(), text.as_bytes()),
        }
    }
}

/// What must not be repeated in an error, an event or a log even if the server sends it back.
pub(crate) struct Secrets<'a> {
    token: &'a str,
}

impl<'a> Secrets<'a> {
    pub(crate) fn new(token: &'a str) -> Self {
        Self { token }
    }

    /// Whether a string of a server or of the runtime may be in a message: short, one line, no address, no part of the
    /// token.
    pub(crate) fn may_show(&self, text: &str) -> bool {
        (1..=LONGEST_SHOWN).contains(&text.len())
            && !text.chars().any(char::is_control)
            && !any_reading(text, |reading| reading.contains(['@']) || reads_like_address(reading))
            && !self.is_disclosed_by(text)
    }

    fn is_disclosed_by(&self, text: &str) -> bool {
        let forms = self.forms();
        any_reading(text, |reading| {
            let text = letters_and_digits(reading.as_bytes());
            forms.iter().any(|form| form.is_part_in(&text))
        })
    }

    fn forms(&self) -> Vec<SecretForm> {
        let bytes = self.token.as_bytes();
        let mut reversed = bytes.to_vec();
        reversed.reverse();
        let mut forms = vec![
            SecretForm::new(bytes, SHORTEST_PART),
            SecretForm::new(&reversed, SHORTEST_PART),
            SecretForm::new(&hex(bytes), 2 * SHORTEST_PART),
            SecretForm::new(&decimal(bytes), 2 * SHORTEST_PART),
        ];
        for offset in 0..3 {
            let once = base64(bytes, offset);
            // Encoded twice: what is encoded the second time may also begin with other text.
            forms.extend((0..3).map(|offset| SecretForm::new(&base64(&once, offset), BASE64_OF_BASE64_OF_PART)));
            forms.push(SecretForm::new(&once, BASE64_OF_PART));
        }
        forms.retain(|form| bytes.len() >= SHORTEST_SECRET && form.part >= SHORTEST_SECRET);
        forms
    }
}

/// The token, as itself or encoded.
struct SecretForm {
    /// Letters and digits in lower case.
    text: Vec<u8>,
    /// So many of them in a row disclose a part of the secret.
    part: usize,
}

impl SecretForm {
    fn new(text: &[u8], part: usize) -> Self {
        let text = letters_and_digits(text);
        Self { part: part.min(text.len()), text }
    }

    /// Whether a part of the secret is in the text, or pieces that together are half of it.
    fn is_part_in(&self, text: &[u8]) -> bool {
        let secret = &*self.text;
        let piece = (self.part * 2 / 3).max(SHORTEST_SECRET);
        let mut disclosed = 0;
        // Where the piece ends that is disclosed last: pieces overlap.
        let mut end = 0;
        for (start, window) in secret.windows(piece).enumerate() {
            if contains(text, window) {
                disclosed += start + piece - end.max(start);
                end = start + piece;
            }
        }
        2 * disclosed >= secret.len() || text.windows(self.part).any(|window| contains(secret, window))
    }
}

/// Bytes of a foreign string in a message.
const LONGEST_SHOWN: usize = 300;
/// A token shorter than this is a placeholder: too many words contain it.
const SHORTEST_SECRET: usize = 4;
/// So many characters of the token in a row disclose a part of it.
const SHORTEST_PART: usize = 6;
/// Characters of base64 that hold as many.
const BASE64_OF_PART: usize = 8;
/// Characters of base64 that encode as many characters of base64 again.
const BASE64_OF_BASE64_OF_PART: usize = 11;

/// Whether a part that is not empty is in the text. Smaller in wasm than the search of `str`.
fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}

/// ASCII letters and digits in lower case: what is left of a token that is broken into pieces.
fn letters_and_digits(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes as decimal numbers, without separators.
fn decimal(bytes: &[u8]) -> Vec<u8> {
    let mut digits = Vec::new();
    for byte in bytes {
        for (power, digit) in [(100, byte / 100), (10, byte / 10 % 10), (1, byte % 10)] {
            if *byte >= power || power == 1 {
                digits.push(b'0' + digit);
            }
        }
    }
    digits
}

/// Base64 of the bytes as it looks `offset` bytes after the start of a longer text, without the characters at the ends that
/// depend on what is around them. Only letters and digits are compared, so that the two alphabets are one.
fn base64(bytes: &[u8], offset: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = Vec::new();
    // Bits that are left over from the bytes before.
    let (mut bits, mut count) = (0_u32, 0_u32);
    // The first character that these bytes alone decide begins at a multiple of 6 bits.
    let skipped_bits = (6 - (offset * 8) % 6) % 6;
    for (index, byte) in bytes.iter().enumerate() {
        bits = (bits << 8 | u32::from(*byte)) & 0xffff;
        count += 8;
        if index == 0 {
            count -= u32::try_from(skipped_bits).unwrap_or(0);
        }
        while count >= 6 {
            count -= 6;
            let sextet = (bits >> count) & 63;
            encoded.extend(ALPHABET.get(sextet as usize));
        }
    }
    encoded
}

/// Whether `is` holds for the string as it is read after normalization, or after a layer of escapes is decoded, or the string has
/// too many layers to tell.
fn any_reading(text: &str, is: impl Fn(&str) -> bool) -> bool {
    let mut reading = normalize(text);
    for _ in 0..MAX_LAYERS {
        if is(&reading) {
            return true;
        }
        match decode(&reading) {
            Some(decoded) => reading = normalize(&decoded),
            None => return false,
        }
    }
    true
}

/// NFKC in lower case, without invisible characters; brackets, control characters and white space of any kind become spaces,
/// dashes become hyphens, and tags become the characters that they stand for.
fn normalize(text: &str) -> String {
    let visible = |character: char| match untagged(character) {
        character if is_ignorable(character) => None,
        character if character.is_whitespace() || character.is_control() || is_bracket(character) => Some(' '),
        // The Braille blank.
        '\u{2800}' => Some(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        // The ideographic full stop is read as a dot in host names (UTS 46).
        '\u{3002}' => Some('.'),
        character => Some(character),
    };
    unicode::lower_case(&unicode::nfkc(text)).chars().filter_map(visible).collect()
}

/// The ASCII character, in lower case, of an invisible tag character.
fn untagged(character: char) -> char {
    match u32::from(character).checked_sub(0xe0000) {
        Some(code @ 0x20..=0x7e) => char::from_u32(code).map_or(character, |ascii| ascii.to_ascii_lowercase()),
        _ => character,
    }
}

/// Default-ignorable characters (`DerivedCoreProperties.txt`).
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_bracket(character: char) -> bool {
    matches!(character,
        '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | '\'' | '`' | '«' | '»' | '\u{2018}'..='\u{201f}'
        | '‹' | '›' | '\u{f3a}'..='\u{f3d}' | '\u{2308}'..='\u{230b}' | '\u{2e22}'..='\u{2e29}' | '\u{2045}' | '\u{2046}' | '\u{2768}'..='\u{2775}' | '\u{27e6}'..='\u{27ef}'
        | '\u{2983}'..='\u{2998}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301b}')
}

/// The letters and digits of a normalized string, with signs spelled out: what is the same in every spelling of an address.
fn skeleton(reading: &str) -> String {
    let mut skeleton = String::with_capacity(reading.len());
    for character in reading.chars() {
        match character {
            '@' => skeleton.push_str("at"),
            '.' => skeleton.push_str("dot"),
            _ if character.is_ascii_alphanumeric() => skeleton.push(character),
            // Punctuation, symbols and combining marks are put between letters to hide them.
            '\0'..='\u{bf}' | '\u{300}'..='\u{36f}' | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' => {}
            _ => skeleton.push(character),
        }
    }
    skeleton
}

/// Whether an address is in the normalized string: an at sign between two characters ("Design @ Scale" has it between
/// spaces), or one with spaces around it, or the word, before a host name.
fn reads_like_address(reading: &str) -> bool {
    let words: Vec<&str> = reading.split_whitespace().collect();
    words.iter().enumerate().any(|(index, word)| {
        let after = words.get(index + 1..).unwrap_or_default();
        let follows_word = index > 0;
        match *word {
            "at" => follows_word && begins_with_host(after, false),
            word if is_marked_at(word.as_bytes()) => follows_word && begins_with_host(after, false),
            "@" => follows_word && begins_with_host(after, true),
            word if has_inner_at_sign(word) || has_inner_at_word(word) => true,
            word if word.ends_with('@') => begins_with_host(after, true),
            word => match word.strip_prefix('@') {
                Some(host) => follows_word && begins_with_host([host].iter().chain(after), true),
                None => false,
            },
        }
    })
}

fn has_inner_at_sign(word: &str) -> bool {
    word.char_indices().any(|(at, character)| character == '@' && at > 0 && at + 1 < word.len())
}

/// Whether the word "at" is between two equal signs, before a host name.
fn has_inner_at_word(word: &str) -> bool {
    const LENGTH: usize = "_at_".len();
    let start = word.as_bytes().windows(LENGTH).position(is_marked_at);
    start.and_then(|start| word.get(start + LENGTH..)).is_some_and(is_host)
}

/// Whether it is the word "at" between two equal signs.
fn is_marked_at(part: &[u8]) -> bool {
    let is_sign = |sign: u8| matches!(sign, b'_' | b'-' | b'|' | b'*' | b'~' | b'+');
    matches!(part, [before, b'a', b't', after] if before == after && is_sign(*before))
}

/// Whether a host name with a dot comes first. `is_spaced`: there may be spaces around its dots.
fn begins_with_host<'a>(words: impl IntoIterator<Item = &'a &'a str>, is_spaced: bool) -> bool {
    let mut host = String::new();
    for word in words {
        let joins = match *word {
            "at" => false,
            word if word.contains(['@']) => false,
            "dot" | "." => {
                host.push('.');
                continue;
            }
            word => host.is_empty() || host.ends_with('.') || (is_spaced && word.starts_with('.')),
        };
        if !joins {
            break;
        }
        host.push_str(word);
        // A dot at the end of a word is the end of an abbreviation, unless spaces around dots are to be expected.
        if !is_spaced && word.ends_with('.') {
            break;
        }
    }
    is_host(&host)
}

/// Whether the string begins with labels of which the last one is a word, as those of top-level domains are.
fn is_host(text: &str) -> bool {
    let is_label = |character: char| character.is_ascii_alphanumeric() || character == '-' || !character.is_ascii();
    let end = text.find(|character| character != '.' && !is_label(character)).unwrap_or(text.len());
    let host = text.get(..end).unwrap_or_default().trim_end_matches(['.']);
    let is_word =
        |label: &str| label.chars().nth(1).is_some() && !label.contains(|character: char| character.is_ascii_digit());
    host.rsplit_once(['.']).is_some_and(|(labels, last)| !labels.ends_with('.') && !labels.is_empty() && is_word(last))
}

/// Decodes one layer of escapes: of HTML, URLs, quoted-printable, JavaScript, Python and CSS. `None` where there is none.
fn decode(reading: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(reading.len());
    let mut rest = reading;
    let mut is_changed = false;
    while let Some(at) = rest.find(['&', '%', '=', '\\']) {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        decoded.extend_from_slice(before.as_bytes());
        let Some((value, after)) = read_escape(escape) else {
            let (sign, after) = escape.split_at_checked(1).unwrap_or((escape, ""));
            decoded.extend_from_slice(sign.as_bytes());
            rest = after;
            continue;
        };
        is_changed = true;
        match value {
            Escape::Byte(byte) => decoded.push(byte),
            Escape::Character(character) => decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    decoded.extend_from_slice(rest.as_bytes());
    // What is not UTF-8 is read as Latin-1: at signs and dots are the same there.
    let latin_1 = |error: FromUtf8Error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect();
    is_changed.then(|| String::from_utf8(decoded).unwrap_or_else(latin_1))
}

enum Escape {
    /// A byte of UTF-8.
    Byte(u8),
    Character(char),
}

/// The escape at the beginning of the string, and what follows it. HTML's are read without the semicolon, too.
fn read_escape(text: &str) -> Option<(Escape, &str)> {
    let character = |(number, rest): (u32, _)| Some((Escape::Character(char::from_u32(number)?), rest));
    if let Some(hex) = text.strip_prefix("%u") {
        return character(read_number(hex, 16, 4..=4)?);
    }
    if let Some(hex) = text.strip_prefix('%').or_else(|| text.strip_prefix('=')) {
        let (number, rest) = read_number(hex, 16, 2..=2)?;
        return Some((Escape::Byte(u8::try_from(number).ok()?), rest));
    }
    if let Some(escape) = text.strip_prefix('\\') {
        // Braces are spaces by now.
        if let Some(hex) = escape.strip_prefix("u ").or_else(|| escape.strip_prefix("x ")) {
            return character(read_number(hex, 16, 1..=usize::MAX)?)
                .map(|(value, rest)| (value, rest.strip_prefix(' ').unwrap_or(rest)));
        }
        // CSS has a space behind it. Other numbers are octal.
        if let Some((code @ (0x40 | 0x2e), rest)) = read_number(escape, 16, 2..=6) {
            return character((code, rest.strip_prefix(' ').unwrap_or(rest)));
        }
        return character(match (escape.strip_prefix('u'), escape.strip_prefix('x')) {
            (Some(hex), _) => read_number(hex, 16, 8..=8)
                .filter(|(code, _)| *code <= u32::from(char::MAX))
                .or_else(|| read_number(hex, 16, 4..=4))?,
            (None, Some(hex)) => read_number(hex, 16, 2..=2)?,
            (None, None) => read_number(escape, 8, 2..=3)?,
        });
    }
    let reference = text.strip_prefix('&')?;
    let (number, rest) = match reference.strip_prefix('#') {
        Some(number) => match number.strip_prefix('x') {
            Some(hex) => read_number(hex, 16, 1..=usize::MAX)?,
            None => read_number(number, 10, 1..=usize::MAX)?,
        },
        None => NAMED_REFERENCES
            .iter()
            .find_map(|(name, character)| Some((u32::from(*character), reference.strip_prefix(name)?)))?,
    };
    character((number, rest)).map(|(value, rest)| (value, rest.strip_prefix(';').unwrap_or(rest)))
}

/// Character references of HTML that hide an address, in lower case. Brackets are spaces.
const NAMED_REFERENCES: [(&str, char); 30] = [
    ("amp", '&'),
    ("commat", '@'),
    ("period", '.'),
    ("nbsp", ' '),
    ("shy", '\u{ad}'),
    ("percnt", '%'),
    ("lpar", ' '),
    ("rpar", ' '),
    ("lt", ' '),
    ("gt", ' '),
    ("quot", ' '),
    ("apos", ' '),
    ("lsqb", ' '),
    ("rsqb", ' '),
    ("lbrack", ' '),
    ("rbrack", ' '),
    ("lcub", ' '),
    ("rcub", ' '),
    ("lbrace", ' '),
    ("rbrace", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("hairsp", ' '),
    ("tab", ' '),
    ("newline", ' '),
    ("zwnj", '\u{ad}'),
    ("zwj", '\u{ad}'),
    ("lowbar", '_'),
    ("bsol", '\\'),
];

/// A number of so many digits, and what follows it.
fn read_number(text: &str, radix: u32, width: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let digits = text.chars().take(*width.end()).take_while(|character| character.is_digit(radix)).count();
    let (number, rest) = text.split_at_checked(digits).filter(|_| width.contains(&digits))?;
    Some((u32::from_str_radix(number, radix).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "zoe.larsson@example.com";

    /// The invisible tag of an ASCII character.
    fn tag(character: char) -> char {
        char::from_u32(0xe0000 + u32::from(character)).unwrap()
    }

    fn contains_any_address(text: &str) -> bool {
        any_reading(text, reads_like_address)
    }

    #[test]
    fn finds_an_address_in_any_spelling() {
        for text in [
            "zoe.larsson@example.com",
            "ZOË@EXAMPLE.COM",
            "<john@example.com>",
            "by zoe.larsson@example.com, 2024",
            "zoe.larsson\u{a0}@\u{a0}example.com",
            "zoe.larsson\u{3000}@\u{3000}example.com",
            "zoe.larsson\u{2003}@\u{2003}example.com",
            "zoe.larsson\u{2009}@\u{2009}example.com",
            "zoe.larsson\u{2028}@\u{2028}example.com",
            "zoe.larsson\u{ff20}example.com",
            "zoe.larsson\u{fe6b}example.com",
            "z\u{200b}oe.larsson@example.com",
            "zoe.larsson@exam\u{ad}ple.com",
            "john\u{200b}@\u{200b}example.com",
            "ｚｏｅ．ｌａｒｓｓｏｎ＠ｅｘａｍｐｌｅ．ｃｏｍ",
            "zoe.larsson&#64;example.com",
            "zoe.larsson&#64example.com",
            "zoe.larsson&#0064;example.com",
            "zoe.larsson&#x40;example.com",
            "zoe.larsson&#X040;example.com",
            "zoe.larsson&Commat;example.com",
            "zoe.larsson&amp;#64;example.com",
            "zoe.larsson&amp;amp;#x40;example.com",
            "zoe.larsson%40example.com",
            "zoe.larsson%2540example.com",
            "zoe.larsson=40example.com",
            "zoe.larsson\\u0040example.com",
            "zoe.larsson\\x40example.com",
            "zoe.larsson\\u{40}example.com",
            "zoe.larsson%u0040example.com",
            "zoe.larsson\\100example.com",
            "zoe.larsson\\100example\\56com",
            "zoe.larsson_at_example.com",
            "zoe.larsson-at-example.com",
            "zoe.larsson|at|my-host.example.com",
            "zoe.larsson at example.com",
            "zoe.larsson (at) example.com",
            "zoe.larsson(at)example.com",
            "zoe.larsson [at] example.com",
            "zoe.larsson\u{a0}[at]\u{a0}example.com",
            "zoe.larsson\u{200b}(at)\u{200b}example.com",
            "zoe.larsson AT example DOT com",
            "zoe dot larsson at example dot com",
            "zoe.larsson @ example . com",
            "john&lt;at&gt;example.org",
            "john&quot;at&quot;example.org",
            "john&lsqb;at&rbrack;example.org",
            "john&ensp;at&emsp;example.org",
            "john&thinsp;@&Tab;example.org",
            "john&NewLine;at&zwnj;&nbsp;example.org",
            "john%25252525252540example.org",
            "john&amp;amp;amp;amp;#64;example.org",
            "john\u{2800}at\u{2800}example.org",
            "john\u{7}at\u{1}example.org",
            "john -at- example.org",
            "john \u{2013}at\u{2013} example.org",
            "john\u{2014}at\u{2014}example.org",
            "john\\40 example.org",
            "john\\000040example.org",
            "john\\U00000040example.org",
            "john\\x{40}example.org",
            "john \u{2308}at\u{230b} example.org",
            "john@example.org".chars().map(tag).collect::<String>().as_str(),
            "Zoë \u{e004a}\u{e0040}\u{e0045}",
            &format!("john&#{:0>80};example.org", 64),
            &format!("john&#x{:0>80};example.org", 40),
            &format!("john\\u{{{:0>80}}}example.org", 40),
            // Nobody writes so many layers but to hide something.
            &format!("%{}41", "25".repeat(40)),
        ] {
            assert!(contains_any_address(text), "{text}");
            assert!(Secrets::new("").may_show("plain") && !Secrets::new("").may_show(text), "{text}");
        }
    }

    #[test]
    fn finds_a_known_address_that_does_not_read_like_one() {
        for text in [
            "zoe larsson at example com, that is zoe.larsson-at-example.com",
            "z o e . l a r s s o n @ e x a m p l e . c o m",
            "zoe_larsson_at_example_dot_com is zoe.larsson_at_example.com",
            "zoe.larsson|at|example.com",
            "zoe.larsson%20at%20example.com",
        ] {
            assert!(KnownAddress::new(ADDRESS).is_disclosed_by(text), "{text}");
        }
        assert!(KnownAddress::new("zoe@intranet").is_disclosed_by("the intranet's zoe at intranet"));
        // A percent sign before it is no escape of its first letters.
        assert!(KnownAddress::new("abe@localhost").is_disclosed_by("100%abe at localhost"));
    }

    #[test]
    fn leaves_other_texts_alone() {
        for text in [
            "",
            "@",
            "@ Scale",
            "Design @ Scale",
            "Looking at data",
            "A title with at",
            "Larsson, Zoë",
            "Diploma at St. Gallen",
            "Follow @hyperstack",
            "100 % 40",
            "R&D = 40 % of all",
            "Zoë Larsson",
            "Meet us at 10.30",
            "Lookup at dot",
            "Stay-at-home parent",
            "snake_at_case",
            "https://example.com/at/index.html",
            "50 %u of all \\1",
            "https://www.orf.at.example.com/",
            "dot . . . at",
            "Stay -at- home",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "Arts &amp; Crafts &lt;2024&gt;",
            "100 %2525 sure",
        ] {
            assert!(!KnownAddress::new(ADDRESS).is_disclosed_by(text), "{text}");
        }
        for known in ["", " ", "@", "n/a", "-", "a@"] {
            assert!(!KnownAddress::new(known).is_disclosed_by("Certification of Zoë Larsson, data analyst"), "{known}");
        }
        assert!(KnownAddress::new("+49 170 1234567").is_disclosed_by("reach me at +49 170 1234567"));
    }

    #[test]
    fn takes_linear_time_for_hostile_strings() {
        for part in [
            "@ ",
            "at ",
            ". ",
            "dot ",
            "@ . ",
            "a@ b. ",
            "&#",
            "%25",
            "&amp;",
            "\\u{",
            "&#00000000",
            "zoe.larsson",
            "=4",
            "(at) x dot ",
        ] {
            // Quadratic time would be minutes.
            KnownAddress::new(ADDRESS).is_disclosed_by(&part.repeat(300_000 / part.len()));
        }
    }

    #[test]
    fn shows_no_part_of_the_token() {
        let token = "hs_live_Secret-123.x";
        let secrets = Secrets::new(token);
        for text in [
            "hs_live_Secret-123.x",
            "HS_LIVE_SECRET-123.X",
            "Bearer hs_live_Secret-123.x is unknown",
            "it ends in cret-123.x",
            "hs_live then _Secret then -123.x",
            "hs_li, ve_Se, cret-, 123.x",
            "hs_li then ve_Se then cret- then 123.x",
            "hs_liv e_Secr et-123 .x",
            "h s _ l i v e _ S e c r e t - 1 2 3 . x",
            // base64, and base64 of "Bearer " and the token, and of "token=" and it, and in the alphabet of URLs.
            "aHNfbGl2ZV9TZWNyZXQtMTIzLng=",
            "QmVhcmVyIGhzX2xpdmVfU2VjcmV0LTEyMy54",
            "dG9rZW49aHNfbGl2ZV9TZWNyZXQtMTIzLng",
            "IGhzX2xpdmVfU2VjcmV0LTEyMy54",
            "ICBoc19saXZlX1NlY3JldC0xMjMueA",
            "68735f6c6976655f5365637265742d3132332e78",
            "68 73 5F 6C 69 76 65 5F",
            "%68%73%5f%6c%69%76%65%5fSecret",
            "hs&#95;live&#95;Secret",
            "x.321-terceS_evil_sh",
            "104, 115, 95, 108, 105, 118, 101, 95, 83, 101",
            "[104 115 95 108 105 118 101]",
            // base64 of base64, of the token and of "Bearer " and it.
            "YUhOZmJHbDJaVjlUWldOeVpYUXRNVEl6TG5nPQ==",
            "UW1WaGNtVnlJR2h6WDJ4cGRtVmZVMlZqY21WMExURXlNeTU0",
        ] {
            assert!(!secrets.may_show(text), "{text}");
        }
        for text in ["the API refused the token", "not live", "6873", "getaddrinfo ENOTFOUND"] {
            assert!(secrets.may_show(text), "{text}");
        }
        assert!(Secrets::new("t").may_show("tttt"), "a placeholder is no secret");
        assert!(!Secrets::new("tok_secret").may_show("it ends in k_secret"));
    }

    #[test]
    fn shows_one_short_line() {
        let secrets = Secrets::new("tok_secret");
        assert!(secrets.may_show("x".repeat(300).as_str()));
        for text in [String::new(), "line\nbreak".to_owned(), "x".repeat(301)] {
            assert!(!secrets.may_show(&text));
        }
    }
}
