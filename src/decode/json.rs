//! Owns JSON text (RFC 8259): checking its grammar in one pass and reading single values out of checked text.
//! What the values mean is left to `shape`.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal;
use crate::text;

/// Deepest nesting that is accepted. `JSON.parse` goes deeper; nothing in the API comes near this.
pub const MAX_DEPTH: u32 = 64;

/// What is wrong with a text that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The text ends before the value does.
    Truncated,
    /// A byte that cannot stand where it stands.
    Syntax,
    /// Not UTF-8.
    Encoding,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// The same key twice in one object: two readers could see two different credentials.
    DuplicateKey,
}

impl Flaw {
    /// Its public name.
    pub fn rule(self) -> &'static str {
        text::part("truncated json_syntax utf8 too_deep duplicate_key", b' ', self as usize)
    }
}

pub type Parsed<T> = Result<T, Flaw>;

/// A string as it stands between its quotes, escapes not yet resolved.
#[derive(Clone, Copy, Debug)]
pub struct RawStr<'a> {
    pub text: &'a str,
    escaped: bool,
}

impl<'a> RawStr<'a> {
    pub const EMPTY: Self = Self { text: "", escaped: false };

    /// The string with its escapes resolved. A lone surrogate becomes U+FFFD.
    pub fn decode(self) -> &'a str {
        if !self.escaped {
            return self.text;
        }
        let mut decoded = String::new();
        unescape(self.text, &mut |found| decoded.push(found));
        decoded.leak()
    }

    pub fn is(self, other: &str) -> bool {
        if !self.escaped {
            return self.text == other;
        }
        // Nothing is allocated: a hostile body may hold a million of them.
        let mut rest = other.chars();
        let mut same = true;
        unescape(self.text, &mut |found| same &= rest.next() == Some(found));
        same && rest.next().is_none()
    }
}

/// A walk over a text that is about to be checked, or has been. What is wrong ends the walk: the first flaw is kept, and
/// from then on nothing stands at the cursor. So nobody has to ask after every step; `finish` tells.
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    flaw: Option<Flaw>,
    /// The text has been checked before.
    checked: bool,
    /// The keys of the objects around the cursor, the innermost object's last, to find those that stand there twice.
    keys: Vec<&'a str>,
}

/// The kind of value that stands at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// No value.
    Nothing,
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

/// Bytes of a response as text: UTF-8, a byte order mark dropped as `Response.json()` does.
pub fn text_of(bytes: &[u8]) -> Parsed<&str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    core::str::from_utf8(bytes).map_err(|_| Flaw::Encoding)
}

impl<'a> Cursor<'a> {
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, flaw: None, checked: false, keys: Vec::new() }
    }

    /// A walk over a text that has been checked.
    fn over(text: &'a str) -> Self {
        let mut cursor = Self::new(text);
        cursor.checked = true;
        cursor
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Ends the walk.
    #[cold]
    #[inline(never)]
    pub fn give_up(&mut self, flaw: Flaw) {
        if self.flaw.is_none() {
            self.flaw = Some(flaw);
        }
        self.at = self.text.len();
    }

    /// Ends the walk: what stands here cannot stand here.
    #[cold]
    #[inline(never)]
    fn fail(&mut self) {
        self.give_up(if self.at < self.text.len() { Flaw::Syntax } else { Flaw::Truncated });
    }

    /// The text from `start` to here. Both lie beside ASCII bytes, so the slice is never refused.
    #[inline(always)]
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// How the walk ended. After the value only white space may stand.
    pub fn finish(&mut self) -> Parsed<()> {
        self.skip_space();
        if self.at < self.text.len() {
            self.fail();
        }
        self.flaw.map_or(Ok(()), Err)
    }

    /// What stands here, white space skipped; nothing is consumed.
    pub fn peek(&mut self) -> Token {
        self.skip_space();
        match self.byte() {
            Some(b'{') => Token::Object,
            Some(b'[') => Token::Array,
            Some(b'"') => Token::String,
            Some(b'n') => Token::Null,
            Some(b't') => Token::True,
            Some(b'f') => Token::False,
            Some(b'-' | b'0'..=b'9') => Token::Number,
            _ => {
                self.fail();
                Token::Nothing
            }
        }
    }

    /// Steps over this byte, if it stands here.
    fn takes(&mut self, wanted: u8) -> bool {
        let found = self.byte() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: u8) {
        if !self.takes(wanted) {
            self.fail();
        }
    }

    fn word(&mut self, word: &str) {
        for wanted in word.bytes() {
            self.expect(wanted);
        }
    }

    /// Eight bytes at a time until one needs a look: a quote, a backslash or a control character.
    /// SWAR instead of a byte loop: docs/decisions/0001-decoder.md has the ratio.
    #[inline(always)]
    fn skip_plain(&mut self) {
        const ONES: u64 = u64::MAX / 255;
        const HIGH: u64 = ONES << 7;
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        for chunk in rest.chunks_exact(8) {
            let Ok(eight) = <[u8; 8]>::try_from(chunk) else { return };
            let word = u64::from_le_bytes(eight);
            let quote = word ^ (ONES * 0x22);
            let slash = word ^ (ONES * 0x5C);
            // A byte is zero in `x` exactly where (x - 1) borrows out of it while its high bit is clear.
            let found = (quote.wrapping_sub(ONES) & !quote)
                | (slash.wrapping_sub(ONES) & !slash)
                | (word.wrapping_sub(ONES * 0x20) & !word);
            let found = found & HIGH;
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
    }

    pub fn string(&mut self) -> RawStr<'a> {
        self.expect(b'"');
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip_plain();
            match self.byte() {
                Some(b'"') => {
                    let text = self.since(start);
                    self.at += 1;
                    return RawStr { text, escaped };
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    self.escape();
                }
                Some(0x20..) => self.at += 1,
                _ => {
                    self.fail();
                    return RawStr::EMPTY;
                }
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) {
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        self.at += 1;
                    } else {
                        self.fail();
                    }
                }
            }
            _ => self.fail(),
        }
    }

    /// One digit or more.
    fn digits(&mut self) {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            self.fail();
        }
    }

    /// A number, as its text.
    pub fn number(&mut self) -> &'a str {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits();
        }
        if self.takes(b'.') {
            self.digits();
        }
        if self.takes(b'e') || self.takes(b'E') {
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            self.digits();
        }
        self.since(start)
    }

    /// Goes into an array or object, which stands here; `true` where anything stands in it. Then, `more` after each part.
    pub fn enter(&mut self) -> bool {
        let open = self.byte().unwrap_or_default();
        self.at += 1;
        if self.depth >= MAX_DEPTH {
            self.give_up(Flaw::TooDeep);
            return false;
        }
        self.depth += 1;
        self.skip_space();
        let empty = self.takes(closing(open));
        self.depth -= u32::from(empty);
        !empty
    }

    /// After a part of an array or object: `true` behind a comma, `false` behind the closing bracket.
    pub fn more(&mut self, open: u8) -> bool {
        self.skip_space();
        if self.takes(b',') {
            return true;
        }
        self.expect(closing(open));
        self.depth = self.depth.saturating_sub(1);
        false
    }

    /// The key of a member; the cursor then stands at its value.
    pub fn key(&mut self) -> RawStr<'a> {
        self.skip_space();
        let key = self.string();
        self.skip_space();
        self.expect(b':');
        key
    }

    /// Checks the grammar of one value of any kind and steps over it.
    pub fn skip(&mut self) {
        let token = self.peek();
        self.pass(token);
    }

    /// The same of what stands here, which has been peeked at.
    pub fn pass(&mut self, token: Token) {
        match token {
            Token::Null => self.word("null"),
            Token::True => self.word("true"),
            Token::False => self.word("false"),
            Token::Number => drop(self.number()),
            Token::String => drop(self.string()),
            Token::Array => {
                let mut more = self.enter();
                while more {
                    self.skip();
                    more = self.more(b'[');
                }
            }
            Token::Object => {
                let outer = self.keys();
                let mut more = self.enter();
                while more {
                    let key = self.key();
                    if !self.checked {
                        self.keep(key.decode());
                    }
                    self.skip();
                    more = self.more(b'{');
                }
                self.all_different(outer);
            }
            Token::Nothing => {}
        }
    }

    /// How many keys are kept: those of the objects around what comes.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Keeps a key of the object that is walked through.
    pub fn keep(&mut self, key: &'a str) {
        self.keys.push(key);
    }

    /// Forgets the keys kept behind the `outer` ones; ends the walk where one of them stands there twice.
    pub fn all_different(&mut self, outer: usize) {
        let keys = self.keys.get_mut(outer..).unwrap_or_default();
        if keys.len() > 1 {
            // Sorted, because a hostile body may hold a million keys and comparing all pairs would take hours.
            heapsort(keys);
            if keys.iter().zip(keys.iter().skip(1)).any(|(one, next)| one == next) {
                self.give_up(Flaw::DuplicateKey);
            }
        }
        self.keys.truncate(outer);
    }

    /// Steps over a value and gives it.
    fn value(&mut self) -> Value<'a> {
        self.skip_space();
        let start = self.at;
        self.skip();
        Value::of(self.since(start))
    }
}

/// The bracket that closes what this one opens.
const fn closing(open: u8) -> u8 {
    open + 2
}

/// core's sort is twice as fast and ten times as large; objects here have a dozen keys.
#[cold]
fn heapsort<T: Ord + Copy + Default>(items: &mut [T]) {
    let mut end = items.len();
    // First every parent sinks below its larger child, the last one first; then the largest of all goes to the end,
    // again and again.
    let mut next = end / 2;
    while end > 1 {
        if next > 0 {
            next -= 1;
        } else {
            end -= 1;
            items.swap(0, end);
        }
        let mut root = next;
        loop {
            let mut child = 2 * root + 1;
            let at = |index: usize| items.get(index).copied().unwrap_or_default();
            if child + 1 < end && at(child) < at(child + 1) {
                child += 1;
            }
            if child >= end || at(child) <= at(root) {
                break;
            }
            items.swap(root, child);
            root = child;
        }
    }
}

/// Resolves the escapes of a string whose grammar has been checked; `give` gets its characters.
#[cold]
#[inline(never)]
fn unescape(text: &str, give: &mut dyn FnMut(char)) {
    let mut rest = text.chars();
    // The first half of a pair, until the second comes.
    let mut high = 0;
    while let Some(found) = rest.next() {
        let mut code = u32::from(found);
        let mut unit = false;
        if found == '\\' {
            code = u32::from(rest.next().unwrap_or_default());
            code = match code {
                0x62 => 8,
                0x66 => 12,
                0x6E => 10,
                0x72 => 13,
                0x74 => 9,
                0x75 => {
                    unit = true;
                    let digit = |digit: char| (u32::from(digit) | 0x20).wrapping_sub(if digit > '9' { 87 } else { 48 });
                    (0..4).fold(0, |code, _| code * 16 + digit(rest.next().unwrap_or_default()))
                }
                other => other,
            };
        }
        if unit && high != 0 && (0xDC00..0xE000).contains(&code) {
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00);
        } else if high != 0 {
            give(char::REPLACEMENT_CHARACTER);
        }
        high = 0;
        if (0xD800..0xDC00).contains(&code) {
            high = code;
        } else {
            give(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
    if high != 0 {
        give(char::REPLACEMENT_CHARACTER);
    }
}

/// A value of a text that has been checked: what `check` accepted can be read without errors. What is not there is a
/// value too, of which every reader answers `None`; so it is on unchecked text.
///
/// A reference to its text, which lies in the session's arena: so it is one word, which functions give back as it is. Two go
/// through memory.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a>(&'a &'a str);

impl Default for Value<'_> {
    fn default() -> Self {
        Self(&"")
    }
}

impl<'a> Value<'a> {
    /// Checks `text` as a single JSON value of any shape.
    pub fn parse(text: &'a str) -> Parsed<Self> {
        let mut cursor = Cursor::new(text);
        let value = cursor.value();
        cursor.finish().map(|()| value)
    }

    /// Takes a text that `shape` has accepted.
    pub fn checked(text: &'a str) -> Self {
        Self::of(text.trim_ascii())
    }

    fn of(text: &'a str) -> Self {
        Self(Box::leak(Box::new(text)))
    }

    pub const fn text(self) -> &'a str {
        self.0
    }

    pub const fn is_missing(self) -> bool {
        self.0.is_empty()
    }

    fn token(self) -> Token {
        Cursor::over(self.0).peek()
    }

    /// What stands at a path of member names, `recipient.email` say.
    #[inline(never)]
    #[must_use]
    pub fn get(self, path: &str) -> Self {
        let mut found = self;
        for name in text::parts(path, b'.') {
            found = found.members().find(|(key, _)| key.is(name)).map_or_else(Self::default, |(_, value)| value);
        }
        found
    }

    /// Every member of an object, in the order of the text.
    pub fn members(self) -> Parts<'a> {
        self.parts(b'{')
    }

    /// Every element of an array, without keys.
    pub fn items(self) -> impl Iterator<Item = Self> {
        self.parts(b'[').map(|(_, value)| value)
    }

    fn parts(self, open: u8) -> Parts<'a> {
        let mut cursor = Cursor::over(self.0);
        let more = cursor.byte() == Some(open) && cursor.enter();
        Parts { cursor, open, more }
    }

    pub fn string(self) -> Option<&'a str> {
        self.raw_string().map(RawStr::decode)
    }

    pub fn raw_string(self) -> Option<RawStr<'a>> {
        let text = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(RawStr { text, escaped: text::has(text, b'\\') })
    }

    /// Whether it is this string.
    pub fn is(self, text: &str) -> bool {
        self.raw_string().is_some_and(|found| found.is(text))
    }

    pub fn boolean(self) -> Option<bool> {
        match self.token() {
            Token::True => Some(true),
            Token::False => Some(false),
            _ => None,
        }
    }

    pub fn is_null(self) -> bool {
        self.token() == Token::Null
    }

    /// A whole number, as the shapes `Count` and `Ordinal` admit it.
    pub fn integer(self) -> Option<i64> {
        integer(self.0)
    }

    /// A string, number or boolean: what can be shown as it is.
    pub fn is_scalar(self) -> bool {
        matches!(self.token(), Token::String | Token::Number | Token::True | Token::False)
    }
}

/// The parts of a value, with their keys where they have any. The text was checked, so the walk cannot fail; if it did,
/// what is missing stays missing.
pub struct Parts<'a> {
    cursor: Cursor<'a>,
    open: u8,
    more: bool,
}

impl<'a> Iterator for Parts<'a> {
    type Item = (RawStr<'a>, Value<'a>);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        self.more.then_some(())?;
        let key = if self.open == b'{' { self.cursor.key() } else { RawStr::EMPTY };
        let value = self.cursor.value();
        self.more = self.cursor.more(self.open);
        Some((key, value))
    }
}

/// The value of a number's text where it is whole and within what a double holds exactly.
/// `1.0` and `1` are the same number to `JSON.parse`, so they are the same here; exponents are refused.
pub fn integer(number: &str) -> Option<i64> {
    let (whole, fraction) = text::split(number, b'.').unwrap_or((number, ""));
    if fraction.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let (digits, sign) = whole.strip_prefix('-').map_or((whole, 1), |digits| (digits, -1));
    let value = decimal::read(digits)?;
    (value < 1 << 53).then_some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Parsed<()> {
        Value::parse(text).map(drop)
    }

    #[test]
    fn accepts_what_json_admits() {
        for text in [
            "null",
            " true ",
            "false",
            "0",
            "-0",
            "12.50",
            "1e5",
            "1E-5",
            "-1.5e+3",
            "\"\"",
            "[]",
            "{}",
            "[1,[2,{}],\"\\u00e9\\n\\/\"]",
            "{\"a\":{\"b\":[null]}}",
            "\"\\ud83d\\ude00\"",
            "\"\\ud800\"",
            "\"twelve plain bytes and more \u{1F600} \u{7f}\"",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok() || text.contains("ud800"), "{text}");
        }
    }

    #[test]
    fn flaws_have_names() {
        for (flaw, name) in [
            (Flaw::Truncated, "truncated"),
            (Flaw::Syntax, "json_syntax"),
            (Flaw::Encoding, "utf8"),
            (Flaw::TooDeep, "too_deep"),
            (Flaw::DuplicateKey, "duplicate_key"),
        ] {
            assert_eq!(flaw.rule(), name);
        }
    }

    #[test]
    fn names_what_is_wrong() {
        for (text, flaw) in [
            ("", Flaw::Truncated),
            ("  ", Flaw::Truncated),
            ("{", Flaw::Truncated),
            ("{\"a\"", Flaw::Truncated),
            ("{\"a\":", Flaw::Truncated),
            ("{\"a\":1", Flaw::Truncated),
            ("[1,", Flaw::Truncated),
            ("\"abc", Flaw::Truncated),
            ("\"abc\\u12", Flaw::Truncated),
            ("tru", Flaw::Truncated),
            ("-", Flaw::Truncated),
            ("1.", Flaw::Truncated),
            ("1e", Flaw::Truncated),
            ("[1,]", Flaw::Syntax),
            ("{\"a\":1,}", Flaw::Syntax),
            ("{a:1}", Flaw::Syntax),
            ("{\"a\" 1}", Flaw::Syntax),
            ("01", Flaw::Syntax),
            ("+1", Flaw::Syntax),
            (".5", Flaw::Syntax),
            ("nul1", Flaw::Syntax),
            ("NaN", Flaw::Syntax),
            ("'a'", Flaw::Syntax),
            ("\"\t\"", Flaw::Syntax),
            ("\"12345678\n\"", Flaw::Syntax),
            ("\"\\x\"", Flaw::Syntax),
            ("\"\\u12g4\"", Flaw::Syntax),
            ("1 2", Flaw::Syntax),
            ("<html>", Flaw::Syntax),
            ("{\"a\":1,\"b\":2,\"a\":3}", Flaw::DuplicateKey),
            ("[{\"x\":{\"a\":1,\"\\u0061\":3}}]", Flaw::DuplicateKey),
        ] {
            assert_eq!(check(text), Err(flaw), "{text}");
        }
    }

    #[test]
    fn a_text_cut_anywhere_is_truncated() {
        let text = "{\"a\":[1.5,true,null,\"x\\u00e9\\n\"],\"b\":{\"c\":-1e2}}";
        for end in 0..text.len() {
            assert_eq!(check(&text[..end]), Err(Flaw::Truncated), "{}", &text[..end]);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(check(&nested(MAX_DEPTH as usize)), Ok(()));
        assert_eq!(check(&nested(MAX_DEPTH as usize + 1)), Err(Flaw::TooDeep));
        assert_eq!(check(&"{\"a\":".repeat(100_000)), Err(Flaw::TooDeep));
    }

    #[test]
    fn a_million_keys_are_compared_in_time() {
        let body: Vec<String> = (0..1_000_000).map(|key| format!("\"{key}\":0")).collect();
        assert_eq!(check(&format!("{{{}}}", body.join(","))), Ok(()));
    }

    #[test]
    fn sorts() {
        for length in 0..200_u32 {
            let mut items: Vec<u32> = (0..length).map(|at| at.wrapping_mul(2_654_435_761) >> 24).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            heapsort(&mut items);
            assert_eq!(items, expected);
        }
    }

    #[test]
    fn plain_bytes_are_skipped_eight_at_a_time_without_missing_one() {
        for stop in ["\"", "\\n\"", "\u{1}"] {
            for length in 0..40 {
                let text = format!("\"{}{stop}", "a\u{e9}".repeat(length));
                let expected = serde_json::from_str::<String>(&text).is_ok();
                assert_eq!(check(&text).is_ok(), expected, "{text}");
            }
        }
    }

    #[test]
    fn escapes_read_as_serde_json_reads_them() {
        for text in [
            "\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"",
            "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00!\"",
            "\"x\\ud83d\\ude00\\ud83d\\ude01\"",
        ] {
            let ours = Value::parse(text).unwrap().string().unwrap().to_owned();
            assert_eq!(ours, serde_json::from_str::<String>(text).unwrap(), "{text}");
        }
        let lone = Value::parse("\"a\\ud83db\\udc00\\ud800\"").unwrap();
        assert_eq!(lone.string().unwrap(), "a\u{fffd}b\u{fffd}\u{fffd}");
    }

    #[test]
    fn values_are_read_by_name() {
        let value = Value::parse(" { \"a\" : [ 1 , \"two\" ] , \"b\\u0031\" : true } ").unwrap();
        assert_eq!(value.get("b1").boolean(), Some(true));
        let items: Vec<_> = value.get("a").items().collect();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].integer(), Some(1));
        assert_eq!(items[1].string().unwrap(), "two");
        assert!(value.get("c").is_missing());
        assert!(items[0].get("a").is_missing());
        assert_eq!(Value::parse(r#"{"a":{"b":{"c":1}}}"#).unwrap().get("a.b.c").integer(), Some(1));
    }

    #[test]
    fn whole_numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("-7", Some(-7)),
            ("3.00", Some(3)),
            ("3.5", None),
            ("1e2", None),
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("9007199254740992", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(integer(text), value, "{text}");
        }
    }

    #[test]
    fn bytes_become_text() {
        assert_eq!(text_of(b"\xEF\xBB\xBF{}"), Ok("{}"));
        assert_eq!(text_of(b"\"\xff\""), Err(Flaw::Encoding));
    }
}
