//! Reads JSON text (RFC 8259) from left to right: the kind of the next value, its text, and the way into and out of arrays
//! and objects. What a value means is left to `de`.

#![allow(clippy::inline_always, reason = "without it, a module that is optimised for size takes 1.7 times as long")]

use std::borrow::Cow;
use std::collections::BinaryHeap;

use super::SyntaxError;

/// Deepest nesting that is accepted. `JSON.parse` goes deeper; nothing in the API comes near this.
pub(super) const MAX_DEPTH: usize = 64;

type Result<T> = std::result::Result<T, SyntaxError>;

/// The kind of a value, which its first byte decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

/// A position in a text. After an error the position means nothing.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    /// Index of the next byte. It is the beginning of a character wherever the text is sliced.
    at: usize,
    depth: usize,
    /// Keys of the objects around the position, the innermost object's last.
    keys: Vec<Cow<'a, str>>,
}

/// An array that is being read.
#[derive(Debug, Default)]
pub(super) struct Array {
    /// How many elements were begun.
    pub(super) length: usize,
    is_closed: bool,
}

/// An object that is being read.
#[derive(Debug)]
pub(super) struct Object {
    /// How many keys the objects around it have so far.
    outer_keys: usize,
    /// How many members were begun.
    length: usize,
    is_closed: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, keys: Vec::new() }
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The error for a byte that is not accepted here, or for the end of the text.
    #[cold]
    fn error(&self) -> SyntaxError {
        if self.at < self.text.len() { SyntaxError::Unexpected } else { SyntaxError::Truncated }
    }

    /// Steps over this byte, if it is next.
    #[inline(always)]
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    #[inline(always)]
    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.take(byte) { Ok(()) } else { Err(self.error()) }
    }

    #[inline(always)]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// The text from `start` to the position; both are beside ASCII bytes, so there is always one.
    #[inline(always)]
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The kind of the next value; steps over white space before it.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Kind> {
        self.skip_space();
        match self.byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.error()),
        }
    }

    /// Checks that nothing but white space is left.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(SyntaxError::Unexpected) }
    }

    /// Reads `null`, `true` or `false`.
    pub(super) fn word(&mut self, word: &str) -> Result<()> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    /// Reads a number and returns its text.
    pub(super) fn number(&mut self) -> Result<&'a str> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(self.since(start))
    }

    /// Reads one digit or more.
    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.error()) }
    }

    /// Reads a string. It is borrowed from the text unless it has escapes.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>> {
        let (text, has_escapes) = self.raw_string()?;
        Ok(if has_escapes { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) })
    }

    /// Reads a string and returns what is between its quotes, and whether that has escapes.
    #[inline]
    fn raw_string(&mut self) -> Result<(&'a str, bool)> {
        self.expect(b'"')?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.skip_plain_bytes();
            match self.byte() {
                Some(b'"') => {
                    let text = self.since(start);
                    self.at += 1;
                    return Ok((text, has_escapes));
                }
                Some(b'\\') => {
                    has_escapes = true;
                    self.escape()?;
                }
                Some(b' '..) => self.at += 1,
                _ => return Err(self.error()),
            }
        }
    }

    /// Steps over bytes of a string, eight at a time, up to a quote, a backslash or a control character. Stops up to seven
    /// bytes before the end of the text.
    #[inline(always)]
    fn skip_plain_bytes(&mut self) {
        const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
        const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);
        // The high bit of a byte is set in `less(word, n)` where the byte is below `n`. It may also be set in a byte after
        // such a one, which does not matter: the first one counts.
        let less = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH_BITS;
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (chunks, _) = rest.as_chunks::<8>();
        for chunk in chunks {
            let word = u64::from_le_bytes(*chunk);
            let is_quote = less(word ^ (ONES * u64::from(b'"')), 1);
            let is_backslash = less(word ^ (ONES * u64::from(b'\\')), 1);
            let is_control = less(word, b' ');
            let found = is_quote | is_backslash | is_control;
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
    }

    /// Reads a backslash and what belongs to it.
    #[cold]
    fn escape(&mut self) -> Result<()> {
        self.expect(b'\\')?;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error());
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.error()),
        }
        Ok(())
    }

    /// Steps over the opening bracket.
    fn open(&mut self) -> Result<()> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// Steps to the next part of an array or object, or over its closing bracket.
    #[inline]
    fn next_part(&mut self, is_first: bool, closing: u8) -> Result<bool> {
        self.skip_space();
        if self.take(closing) {
            self.depth -= 1;
            return Ok(false);
        }
        if !is_first {
            self.expect(b',')?;
        }
        Ok(true)
    }

    /// Begins an array, whose bracket is next.
    pub(super) fn open_array(&mut self) -> Result<Array> {
        self.open().map(|()| Array::default())
    }

    /// Steps to the next element; `false` after the last one.
    #[inline]
    pub(super) fn next_element(&mut self, array: &mut Array) -> Result<bool> {
        array.is_closed = array.is_closed || !self.next_part(array.length == 0, b']')?;
        array.length += usize::from(!array.is_closed);
        Ok(!array.is_closed)
    }

    /// Begins an object, whose bracket is next.
    pub(super) fn open_object(&mut self) -> Result<Object> {
        self.open().map(|()| Object { outer_keys: self.keys.len(), length: 0, is_closed: false })
    }

    /// Reads the next key and the colon; `false` after the last member.
    #[inline]
    pub(super) fn next_key(&mut self, object: &mut Object) -> Result<bool> {
        if object.is_closed {
            return Ok(false);
        }
        if !self.next_part(object.length == 0, b'}')? {
            object.is_closed = true;
            if has_duplicates(self.keys.get(object.outer_keys..).unwrap_or_default()) {
                return Err(SyntaxError::DuplicateKey);
            }
            self.keys.truncate(object.outer_keys);
            return Ok(false);
        }
        self.skip_space();
        let key = self.string()?;
        self.keys.push(key);
        object.length += 1;
        self.skip_space();
        self.expect(b':')?;
        Ok(true)
    }

    /// The key that was read last in this object, which has one.
    #[inline]
    pub(super) fn key(&self, object: &Object) -> &str {
        self.keys.get(object.outer_keys + object.length - 1).map_or("", AsRef::as_ref)
    }

    /// Steps over a value of any kind, checking all of it.
    pub(super) fn skip(&mut self) -> Result<()> {
        match self.peek()? {
            Kind::Null => self.word("null"),
            Kind::True => self.word("true"),
            Kind::False => self.word("false"),
            Kind::Number => self.number().map(drop),
            Kind::String => self.raw_string().map(drop),
            Kind::Array => {
                let mut array = self.open_array()?;
                while self.next_element(&mut array)? {
                    self.skip()?;
                }
                Ok(())
            }
            Kind::Object => {
                let mut object = self.open_object()?;
                while self.next_key(&mut object)? {
                    self.skip()?;
                }
                Ok(())
            }
        }
    }
}

/// Up to this many keys are compared each with each, which is fastest: most differ in length.
const FEW_KEYS: usize = 16;

/// Whether two keys are equal.
fn has_duplicates(keys: &[Cow<'_, str>]) -> bool {
    if keys.len() > FEW_KEYS {
        return has_duplicates_of_many(keys);
    }
    let mut rest = keys;
    while let [key, others @ ..] = rest {
        if others.contains(key) {
            return true;
        }
        rest = others;
    }
    false
}

/// The same for the many keys that a hostile object may have. A heap, because the code of a sort is larger by 1 kB.
#[cold]
fn has_duplicates_of_many(keys: &[Cow<'_, str>]) -> bool {
    let mut sorted: BinaryHeap<&str> = keys.iter().map(AsRef::as_ref).collect();
    while let Some(key) = sorted.pop() {
        if sorted.peek() == Some(&key) {
            return true;
        }
    }
    false
}

/// Replaces the escapes of a string that was checked. Half a surrogate pair becomes U+FFFD.
#[cold]
fn unescape(text: &str) -> String {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            continue;
        }
        units.push(match rest.next() {
            Some('u') => hex4(&mut rest),
            Some('b') => 0x08,
            Some('f') => 0x0C,
            Some('n') => 0x0A,
            Some('r') => 0x0D,
            Some('t') => 0x09,
            itself => itself.map_or(0, |character| character as u16),
        });
    }
    String::from_utf16_lossy(&units)
}

/// The code unit that the next four hexadecimal digits are.
fn hex4(rest: &mut std::str::Chars<'_>) -> u16 {
    let digits = rest.take(4).filter_map(|digit| digit.to_digit(16));
    digits.fold(0, |unit, digit| unit << 4 | digit as u16)
}
