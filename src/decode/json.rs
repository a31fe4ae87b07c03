//! Owns JSON text (RFC 8259): checking its grammar in one pass and reading single values out of checked text.
//! What the values mean is left to `shape`.

use alloc::string::String;
use alloc::vec::Vec;

use alloc::borrow::Cow;

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
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Syntax => "json_syntax",
            Self::Encoding => "utf8",
            Self::TooDeep => "too_deep",
            Self::DuplicateKey => "duplicate_key",
        }
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
    /// The string with its escapes resolved. A lone surrogate becomes U+FFFD.
    pub fn decode(self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape(self.text)) } else { Cow::Borrowed(self.text) }
    }

    pub fn is(self, other: &str) -> bool {
        self.decode() == other
    }
}

/// A whole text that `check` is about to walk, or a value in a text that has been checked.
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// The kind of value that stands at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
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
        Self { text, at: 0 }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn byte(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    /// The text from `start` to here. Both lie beside ASCII bytes, so the slice is never refused.
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// After the value only white space may stand.
    pub fn finish(&mut self) -> Parsed<()> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(Flaw::Syntax) }
    }

    /// What stands here, white space skipped; nothing is consumed.
    pub fn peek(&mut self) -> Parsed<Token> {
        self.skip_space();
        match self.byte().ok_or(Flaw::Truncated)? {
            b'{' => Ok(Token::Object),
            b'[' => Ok(Token::Array),
            b'"' => Ok(Token::String),
            b'n' => Ok(Token::Null),
            b't' => Ok(Token::True),
            b'f' => Ok(Token::False),
            b'-' | b'0'..=b'9' => Ok(Token::Number),
            _ => Err(Flaw::Syntax),
        }
    }

    fn expect(&mut self, wanted: u8) -> Parsed<()> {
        match self.byte() {
            Some(found) if found == wanted => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(Flaw::Syntax),
            None => Err(Flaw::Truncated),
        }
    }

    fn word(&mut self, word: &str) -> Parsed<()> {
        for wanted in word.bytes() {
            self.expect(wanted)?;
        }
        Ok(())
    }

    /// Eight bytes at a time until one needs a look: a quote, a backslash or a control character.
    /// SWAR instead of a byte loop: docs/decisions/0001-decoder.md has the ratio.
    fn skip_plain(&mut self) {
        const ONES: u64 = u64::MAX / 255;
        const HIGH: u64 = ONES << 7;
        let rest = self.bytes().get(self.at..).unwrap_or_default();
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

    pub fn string(&mut self) -> Parsed<RawStr<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip_plain();
            match self.byte().ok_or(Flaw::Truncated)? {
                b'"' => {
                    let text = self.since(start);
                    self.at += 1;
                    return Ok(RawStr { text, escaped });
                }
                b'\\' => {
                    escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                0..0x20 => return Err(Flaw::Syntax),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Parsed<()> {
        let kind = self.byte().ok_or(Flaw::Truncated)?;
        self.at += 1;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    if !self.byte().ok_or(Flaw::Truncated)?.is_ascii_hexdigit() {
                        return Err(Flaw::Syntax);
                    }
                    self.at += 1;
                }
                Ok(())
            }
            _ => Err(Flaw::Syntax),
        }
    }

    fn digits(&mut self) -> Parsed<()> {
        if !self.byte().ok_or(Flaw::Truncated)?.is_ascii_digit() {
            return Err(Flaw::Syntax);
        }
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    /// A number, as its text.
    pub fn number(&mut self) -> Parsed<&'a str> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.since(start))
    }

    /// Walks an array, calling `item` at each element with its index.
    pub fn array(&mut self, depth: u32, mut item: impl FnMut(&mut Self, usize) -> Parsed<()>) -> Parsed<()> {
        if depth >= MAX_DEPTH {
            return Err(Flaw::TooDeep);
        }
        self.expect(b'[')?;
        self.skip_space();
        if self.byte() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        let mut index = 0;
        loop {
            item(self, index)?;
            index += 1;
            if self.closes(b']')? {
                return Ok(());
            }
        }
    }

    /// Walks an object, calling `member` with each key while the cursor stands at its value.
    pub fn object(&mut self, depth: u32, mut member: impl FnMut(&mut Self, RawStr<'a>) -> Parsed<()>) -> Parsed<()> {
        if depth >= MAX_DEPTH {
            return Err(Flaw::TooDeep);
        }
        self.expect(b'{')?;
        self.skip_space();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            member(self, key)?;
            if self.closes(b'}')? {
                return Ok(());
            }
        }
    }

    /// After an element: a comma (`false`) or the closing bracket (`true`).
    fn closes(&mut self, bracket: u8) -> Parsed<bool> {
        self.skip_space();
        let found = self.byte().ok_or(Flaw::Truncated)?;
        self.at += 1;
        if found == bracket {
            Ok(true)
        } else if found == b',' {
            Ok(false)
        } else {
            Err(Flaw::Syntax)
        }
    }

    /// Checks the grammar of one value of any kind and steps over it.
    pub fn skip(&mut self, depth: u32) -> Parsed<()> {
        match self.peek()? {
            Token::Null => self.word("null"),
            Token::True => self.word("true"),
            Token::False => self.word("false"),
            Token::Number => self.number().map(drop),
            Token::String => self.string().map(drop),
            Token::Array => self.array(depth, |cursor, _| cursor.skip(depth + 1)),
            Token::Object => {
                let mut keys = Keys::default();
                self.object(depth, |cursor, key| {
                    keys.add(key);
                    cursor.skip(depth + 1)
                })?;
                keys.all_different()
            }
        }
    }
}

/// The keys of one object, kept to find out whether one of them stands there twice.
#[derive(Default)]
pub struct Keys<'a>(Vec<Cow<'a, str>>);

impl<'a> Keys<'a> {
    pub fn add(&mut self, key: RawStr<'a>) {
        self.0.push(key.decode());
    }

    pub fn all_different(mut self) -> Parsed<()> {
        // Sorted, because a hostile body may hold a million keys and comparing all pairs would take hours.
        heapsort(&mut self.0);
        let twice = self.0.iter().zip(self.0.iter().skip(1)).any(|(one, next)| one == next);
        if twice { Err(Flaw::DuplicateKey) } else { Ok(()) }
    }
}

/// core's sort is twice as fast and ten times as large; objects here have a dozen keys.
#[cold]
fn heapsort<T: Ord>(items: &mut [T]) {
    let sink = |items: &mut [T], mut root: usize| {
        loop {
            let child = 2 * root + 1;
            let larger = if items.get(child + 1) > items.get(child) { child + 1 } else { child };
            // A place behind the end is `None`, which is less than every item.
            if items.get(larger) <= items.get(root) {
                return;
            }
            items.swap(root, larger);
            root = larger;
        }
    };
    for root in (0..items.len() / 2).rev() {
        sink(items, root);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        if let Some(rest) = items.get_mut(..end) {
            sink(rest, 0);
        }
    }
}

/// Resolves the escapes of a string whose grammar has been checked.
#[cold]
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut high: Option<u32> = None;
    while let Some(found) = rest.next() {
        let mut unit = None;
        let plain = if found == '\\' {
            match rest.next() {
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('u') => {
                    let code = (0..4)
                        .fold(0, |code, _| code * 16 + rest.next().and_then(|digit| digit.to_digit(16)).unwrap_or(0));
                    unit = Some(code);
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                Some(other) => other,
                None => break,
            }
        } else {
            found
        };
        match (high.take(), unit) {
            (Some(first), Some(second @ 0xDC00..0xE000)) => {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                continue;
            }
            (Some(_), _) => out.push(char::REPLACEMENT_CHARACTER),
            (None, _) => {}
        }
        match unit {
            Some(first @ 0xD800..0xDC00) => high = Some(first),
            _ => out.push(plain),
        }
    }
    if high.is_some() {
        out.push(char::REPLACEMENT_CHARACTER);
    }
    out
}

/// A value of a text that has been checked: what `check` accepted can be read without errors.
/// On unchecked text every reader answers `None`.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a>(&'a str);

impl<'a> Value<'a> {
    /// Checks `text` as a single JSON value of any shape.
    pub fn parse(text: &'a str) -> Parsed<Self> {
        let mut cursor = Cursor::new(text);
        cursor.skip(0)?;
        cursor.finish()?;
        Ok(Self(text))
    }

    /// Takes a text that `shape` has accepted.
    pub const fn checked(text: &'a str) -> Self {
        Self(text)
    }

    pub fn text(self) -> &'a str {
        self.0.trim_ascii()
    }

    fn token(self) -> Option<Token> {
        Cursor::new(self.0).peek().ok()
    }

    /// The member `name` of an object.
    pub fn get(self, name: &str) -> Option<Self> {
        let mut found = None;
        self.members(|key, value| {
            if found.is_none() && key.is(name) {
                found = Some(value);
            }
        });
        found
    }

    /// Every member of an object, in the order of the text.
    pub fn members(self, mut each: impl FnMut(RawStr<'a>, Self)) {
        let mut cursor = Cursor::new(self.0);
        if cursor.peek() != Ok(Token::Object) {
            return;
        }
        // The text was checked, so the walk cannot fail; if it did, what is missing stays missing.
        let _ = cursor.object(0, |cursor, key| {
            let start = cursor.at;
            cursor.skip(0)?;
            each(key, Self(cursor.since(start)));
            Ok(())
        });
    }

    /// Every element of an array.
    pub fn items(self) -> Vec<Self> {
        let mut items = Vec::new();
        let mut cursor = Cursor::new(self.0);
        if cursor.peek() == Ok(Token::Array) {
            let _ = cursor.array(0, |cursor, _| {
                let start = cursor.at;
                cursor.skip(0)?;
                items.push(Self(cursor.since(start)));
                Ok(())
            });
        }
        items
    }

    pub fn string(self) -> Option<Cow<'a, str>> {
        self.raw_string().map(RawStr::decode)
    }

    pub fn raw_string(self) -> Option<RawStr<'a>> {
        let mut cursor = Cursor::new(self.0);
        (cursor.peek() == Ok(Token::String)).then_some(())?;
        cursor.string().ok()
    }

    /// Whether the member `name` of an object is this string.
    pub fn has(self, name: &str, text: &str) -> bool {
        self.get(name).and_then(Self::raw_string).is_some_and(|found| found.is(text))
    }

    pub fn boolean(self) -> Option<bool> {
        match self.token()? {
            Token::True => Some(true),
            Token::False => Some(false),
            _ => None,
        }
    }

    pub fn is_null(self) -> bool {
        self.token() == Some(Token::Null)
    }

    /// A whole number, as the shapes `Count` and `Integer` admit it.
    pub fn integer(self) -> Option<i64> {
        (self.token()? == Token::Number).then(|| integer(self.text()))?
    }

    /// A string, number or boolean: what can be shown as it is.
    pub fn is_scalar(self) -> bool {
        matches!(self.token(), Some(Token::String | Token::Number | Token::True | Token::False))
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
    let value = i64::try_from(decimal::read(digits)?).ok()?;
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
            let ours = Value::parse(text).unwrap().string().unwrap().into_owned();
            assert_eq!(ours, serde_json::from_str::<String>(text).unwrap(), "{text}");
        }
        let lone = Value::parse("\"a\\ud83db\\udc00\\ud800\"").unwrap();
        assert_eq!(lone.string().unwrap(), "a\u{fffd}b\u{fffd}\u{fffd}");
    }

    #[test]
    fn values_are_read_by_name() {
        let value = Value::parse(" { \"a\" : [ 1 , \"two\" ] , \"b\\u0031\" : true } ").unwrap();
        assert_eq!(value.get("b1").unwrap().boolean(), Some(true));
        let items = value.get("a").unwrap().items();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].integer(), Some(1));
        assert_eq!(items[1].string().unwrap(), "two");
        assert!(value.get("c").is_none());
        assert!(items[0].get("a").is_none());
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
