//! Owns the language in which request and response bodies are described, and the check of a text against it.
//! The descriptions themselves are data in `operations`, `settings`, `verification_options` and `verifier`.
//!
//! A shape is written with the macro [`shape!`] and becomes a text of its own, which is read anew for every check: texts
//! compress, tables of pointers do not (docs/decisions/0013-size.md). What the macro takes:
//!
//! | written | a value that is | in the text |
//! |---|---|---|
//! | `any`, `text`, `count`, ... | of that kind; `shape!` lists them all | a letter |
//! | `{a: text, b? any}` | an object; what is not described is kept (answers) | `{` parts `}` |
//! | `{! a: text}` | an object of nothing else: a misspelt field would be dropped by the server in silence (requests) | `!` parts `}` |
//! | `{[email]: any}` | an object with keys that are data, and of that kind | `%` key and value `}` |
//! | `[text]`, `[text; 1]` | a list; with one element or more | `[` element `}`, `+` element `}` |
//! | `(\| "on off")` | one of these words | `\|` the words as a part's name `}` |
//! | `(anything!())` | what a macro says that gives such a text | its text |
//!
//! What stands between a field's name and its kind:
//!
//! | mark | the field |
//! |---|---|
//! | `:` | is required |
//! | `?` | may be missing |
//! | `=` | is required and may be `null` |
//! | `<` | is required where the field before it is `true` |
//! | `>` | is required where the field behind it is given |
//! | `;` | is required unless the field behind it is given |
//!
//! In the text a part is its name (none, where it has none), its mark and its kind. A word that is no kind does not compile.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::decimal;
use crate::json::{Cursor, Flaw, Parsed, Token};
use crate::text::{self, Text};
use crate::timestamp::Timestamp;

/// Writes a shape, as this module's documentation says. The letter of a kind is that of the rule it breaks.
#[macro_export]
macro_rules! shape {
    ({[$key:tt]: $value:tt}) => { concat!("%:", $crate::shape!($key), ":", $crate::shape!($value), "}") };
    ({! $($name:ident $mark:tt $kind:tt),* $(,)?}) => {
        concat!("!", $(stringify!($name), stringify!($mark), $crate::shape!($kind),)* "}")
    };
    ({$($name:ident $mark:tt $kind:tt),* $(,)?}) => {
        concat!("{", $(stringify!($name), stringify!($mark), $crate::shape!($kind),)* "}")
    };
    ([$item:tt; 1]) => { concat!("+:", $crate::shape!($item), "}") };
    ([$item:tt]) => { concat!("[:", $crate::shape!($item), "}") };
    ((| $words:expr)) => { concat!("|", $words, ":s}") };
    (($text:expr)) => { $text };
    (any) => { "a" };
    (text) => { "s" };
    (filled) => { "f" };
    (boolean) => { "b" };
    (true) => { "y" };
    (positive) => { "p" };
    (count) => { "c" };
    (ordinal) => { "o" };
    (time) => { "t" };
    (document_id) => { "d" };
    (group_key) => { "g" };
    (group_code) => { "k" };
    (email) => { "e" };
    (http_url) => { "u" };
    (no_comma) => { "n" };
    (custom_key) => { "x" };
    (date) => { "j" };
    (host) => { "h" };
    (base_url) => { "B" };
    (header_name) => { "H" };
    (own_header) => { "W" };
    (header_value) => { "V" };
}

/// A part of a shape, as it is checked.
struct Shape {
    /// Of a field; of one in a list of words, those.
    name: &'static str,
    mark: u8,
    kind: u8,
    /// Of a field, in the sets of those that were seen. An object has 32 at most.
    bit: u32,
    /// What stands in it.
    first: Option<&'static Shape>,
    next: Option<&'static Shape>,
}

impl Shape {
    /// Reads a whole shape. Of what cannot be read (tests say that there is none) a kind is left that accepts nothing.
    fn of(rest: &mut &'static str) -> Self {
        let (kind, behind) = first_byte(rest).unwrap_or_default();
        *rest = behind;
        Self { name: "", mark: b':', kind, bit: 1, first: Self::read(rest, 1), next: None }
    }

    /// Reads the parts that stand at the beginning of the text, up to the end of what they are parts of.
    fn read(rest: &mut &'static str, bit: u32) -> Option<&'static Self> {
        let at = rest.bytes().position(|byte| matches!(byte, b':'..=b'@' | b'}'))?;
        let (name, behind) = rest.split_at_checked(at)?;
        let (mark, behind) = first_byte(behind)?;
        *rest = behind;
        if mark == b'}' {
            return None;
        }
        let (kind, behind) = first_byte(behind)?;
        *rest = behind;
        let first = if kind.is_ascii_alphabetic() { None } else { Self::read(rest, 1) };
        let next = Self::read(rest, bit << 1);
        Some(Box::leak(Box::new(Self { name, mark, kind, bit, first, next })))
    }
}

/// The rules a value can break, each a letter: that of the kind in the language of shapes, where it is the rule of one.
/// The names are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule(u8);

/// Declares the rules: letter, public name and what the value must be, in words.
macro_rules! rules {
    ($($name:ident $letter:literal $code:literal $sentence:literal,)+) => {
        #[allow(non_upper_case_globals, clippy::char_lit_as_u8, reason = "they are used as an enum's variants")]
        impl Rule {
            $(pub const $name: Self = Self($letter as u8);)+
            /// A line each.
            const TABLE: &str = concat!($($letter, $code, " ", $sentence, "\n"),+);
            #[cfg(test)]
            const EACH: &[Self] = &[$(Self::$name),+];
        }
    };
}

rules! {
    Required 'R' "required" "is required",
    String 's' "string" "must be a string",
    Filled 'f' "not_blank" "must not be blank",
    Boolean 'b' "boolean" "must be true or false",
    True 'y' "true" "must be true",
    Positive 'p' "positive" "must be a number greater than 0",
    Count 'c' "count" "must be a whole number, 0 or more",
    Timestamp 't' "timestamp" "must be an ISO 8601 date and time with a time zone",
    Object '{' "object" "must be an object",
    Array '[' "array" "must be an array",
    OneOf '|' "one_of" "must be one of the listed values",
    UnknownField 'U' "unknown_field" "is not a field of this call (fields are spelled as the API spells them)",
    AnyTemplate 'T' "any_template" "or badge_template is required",
    NeededWithExpiry 'E' "needed_with_does_expire" "is required when does_expire is true",
    DocumentId 'd' "document_id" "must be 32 letters and digits or a lower-case UUID",
    GroupKey 'g' "group_key" "must be 1 to 64 letters, digits, - or _",
    GroupCode 'k' "group_code" "must hold letters, digits, hyphens and spaces only",
    Email 'e' "email" "must be an e-mail address",
    HttpUrl 'u' "http_url" "must begin with https:// or http:// and hold no white space",
    NoComma 'n' "no_comma" "must not hold a comma (the API joins tags with commas)",
    CustomKey 'x' "custom_prefix" "must begin with custom_",
    Host 'h' "host" "must be a plain host name without scheme, port, path or wildcard",
    BaseUrl 'B' "base_url" "must be https (http on loopback only) without user info, query or fragment",
    HeaderName 'H' "header_name" "must be a header name",
    OwnHeader 'W' "own_header" "must be the name of a header that is the caller's to set",
    HeaderValue 'V' "header_value" "must be visible ASCII and spaces",
    Token 'K' "token" "must be visible ASCII characters without spaces",
    Ordinal 'o' "ordinal" "must be a whole number, 1 or more",
    NotEmpty 'N' "not_empty" "must not be empty",
    Date 'j' "date" "must be a date written YYYY/MM/DD",
    NeededBeside 'S' "needed_beside" "is required where its counterpart is given",
    Endpoint 'P' "endpoint" "must be a path on this origin or an https address (http on loopback only)",
    Inconsistent 'I' "inconsistent" "contradicts the rest of the verification",
}

impl Rule {
    /// The public name and what the value must be, in words.
    pub fn describe(self) -> (&'static str, &'static str) {
        let row = text::parts(Self::TABLE, b'\n').filter_map(first_byte).find(|row| row.0 == self.0);
        row.and_then(|row| text::split(row.1, b' ')).unwrap_or_default()
    }
}

/// One broken rule and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    pub path: Text,
    pub rule: Rule,
}

impl Issue {
    pub fn new(path: &str, rule: Rule) -> Self {
        Self { path: text::keep(path), rule }
    }
}

/// More findings than this say no more than these.
const MAX_ISSUES: usize = 100;

/// Where in the body the check is; a chain on the stack, so that a good body costs no allocation.
enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn render(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => {
                let mut out = parent.render();
                if !out.is_empty() {
                    out.push('.');
                }
                // Keys of a map are the caller's data; one that looks like an address is not repeated.
                out.push_str(if text::has(key, b'@') { "(key)" } else { key });
                out
            }
            Self::Index(parent, index) => {
                let mut out = parent.render();
                out.push('[');
                decimal::push(&mut out, i64::try_from(*index).unwrap_or(i64::MAX));
                out.push(']');
                out
            }
        }
    }
}

/// Whether a string is as a rule of the caller's says; `false` for rules that are not about strings.
pub type Accepts = fn(Rule, &str) -> bool;

/// Checks a whole text. `Err`: it is not JSON. `Ok`: every broken rule, none where the text is as described.
pub fn check(text: &str, shape: &'static str, accepts: Accepts) -> Parsed<Vec<Issue>> {
    let mut checker = Checker { cursor: Cursor::new(text), issues: Vec::new(), accepts };
    let token = checker.cursor.peek();
    checker.value(token, &Shape::of(&mut { shape }), &Path::Root);
    checker.cursor.finish().map(|()| checker.issues)
}

/// The same for what an object must be; a text that is not JSON is none.
pub fn findings(text: &str, shape: &'static str, accepts: Accepts) -> Vec<Issue> {
    check(text, shape, accepts).unwrap_or_else(|_| vec![Issue::new("", Rule::Object)])
}

struct Checker<'a> {
    cursor: Cursor<'a>,
    issues: Vec<Issue>,
    accepts: Accepts,
}

impl Checker<'_> {
    #[cold]
    #[inline(never)]
    fn report(&mut self, path: &Path<'_>, rule: Rule) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(Issue { path: path.render().leak(), rule });
        }
    }

    fn insist(&mut self, holds: bool, path: &Path<'_>, rule: Rule) {
        if !holds {
            self.report(path, rule);
        }
    }

    /// What stands here, which has been peeked at.
    fn value(&mut self, token: Token, shape: &Shape, path: &Path<'_>) {
        let rule = match shape.kind {
            b'!' | b'%' => Rule::Object,
            b'+' => Rule::Array,
            b'f' => Rule::String,
            kind => Rule(kind),
        };
        let wanted = match rule {
            Rule(b'a') => token,
            Rule::Boolean if token == Token::False => token,
            Rule::Boolean | Rule::True => Token::True,
            Rule::Positive | Rule::Count | Rule::Ordinal => Token::Number,
            Rule::Object => Token::Object,
            Rule::Array => Token::Array,
            _ => Token::String,
        };
        if token != wanted {
            self.report(path, rule);
            return self.cursor.pass(token);
        }
        match rule {
            Rule::Object => self.object(shape, path),
            Rule::Array => {
                let mut index = 0;
                let mut more = self.cursor.enter();
                while more {
                    let token = self.cursor.peek();
                    if let Some(item) = shape.first {
                        self.value(token, item, &Path::Index(path, index));
                    }
                    index += 1;
                    more = self.cursor.more(b'[');
                }
                self.insist(index > 0 || shape.kind == b'[', path, Rule::NotEmpty);
            }
            Rule::Positive | Rule::Count | Rule::Ordinal => {
                let number = self.cursor.number();
                let good = if rule == Rule::Positive {
                    is_positive(number)
                } else {
                    crate::json::integer(number).is_some_and(|value| value >= i64::from(rule == Rule::Ordinal))
                };
                self.insist(good, path, rule);
            }
            _ if wanted != Token::String || matches!(shape.kind, b'a' | b's') => self.cursor.pass(token),
            _ => {
                let found = self.cursor.string().decode();
                self.string(found, shape, path);
            }
        }
    }

    /// A string whose type is right.
    fn string(&mut self, found: &str, shape: &Shape, path: &Path<'_>) {
        let rule = Rule(shape.kind);
        let good = match rule {
            Rule::Filled => !text::is_blank(found),
            Rule::Timestamp => Timestamp::parse(found).is_some(),
            Rule::OneOf => shape.first.is_some_and(|words| text::parts(words.name, b' ').any(|word| word == found)),
            rule => (self.accepts)(rule, found),
        };
        self.insist(good, path, rule);
    }

    fn object(&mut self, object: &Shape, path: &Path<'_>) {
        let mut seen: u32 = 0;
        let mut is_true: u32 = 0;
        let outer = self.cursor.keys();
        let data = object.kind == b'%';
        let fields = if data { None } else { object.first };
        // Answers mostly keep the documented order, so the field after the last one is tried first.
        let mut next = fields;
        let mut more = self.cursor.enter();
        while more {
            let key = self.cursor.key();
            let mut found = next.filter(|field| key.is(field.name));
            if found.is_none() {
                found = fields;
                while let Some(field) = found
                    && !key.is(field.name)
                {
                    found = field.next;
                }
            }
            if let Some(field) = found {
                if seen & field.bit != 0 {
                    self.cursor.give_up(Flaw::DuplicateKey);
                }
                seen |= field.bit;
                next = field.next;
                let token = self.cursor.peek();
                if token == Token::True {
                    is_true |= field.bit;
                }
                if token == Token::Null && field.mark == b'=' {
                    self.cursor.pass(token);
                } else {
                    self.value(token, field, &Path::Key(path, field.name));
                }
            } else {
                let name = key.decode();
                self.cursor.keep(name);
                let path = Path::Key(path, name);
                if let Some(keys) = object.first
                    && let Some(values) = keys.next
                    && data
                {
                    self.string(name, keys, &path);
                    let token = self.cursor.peek();
                    self.value(token, values, &path);
                } else {
                    self.insist(object.kind == b'{', &path, Rule::UnknownField);
                    self.cursor.skip();
                }
            }
            more = self.cursor.more(b'{');
        }
        self.cursor.all_different(outer);
        let mut fields = fields;
        while let Some(field) = fields {
            let (needed, rule) = match field.mark {
                b'?' => (false, Rule::Required),
                b'<' => (is_true & (field.bit >> 1) != 0, Rule::NeededWithExpiry),
                b'>' => (seen & (field.bit << 1) != 0, Rule::NeededBeside),
                b';' => (seen & (field.bit << 1) == 0, Rule::AnyTemplate),
                _ => (true, Rule::Required),
            };
            self.insist(!needed || seen & field.bit != 0, &Path::Key(path, field.name), rule);
            fields = field.next;
        }
    }
}

/// The first byte of a text, where it is ASCII, and what stands behind it.
fn first_byte(text: &'static str) -> Option<(u8, &'static str)> {
    Some((*text.as_bytes().first()?, text.get(1..)?))
}

/// The rules of strings that a shape leaves to `Accepts`; `None` where its text is not a shape from beginning to end. For
/// the tests of those who write shapes: a check reads what it can, and a kind that it does not know accepts nothing.
pub fn rules_left(shape: &'static str) -> Option<Vec<Rule>> {
    /// Writes what was read, which has to be the text again.
    fn walk(part: &Shape, written: &mut String, left: &mut Vec<Rule>) -> bool {
        written.push(char::from(part.kind));
        let (mut fields, mut last, mut fine) = (0, b'<', true);
        let mut next = part.first;
        while let Some(field) = next {
            // Nothing stands before the first one, nor behind the last one.
            fine &= fields > 0 || field.mark != b'<';
            (fields, last) = (fields + 1, field.mark);
            written.extend([field.name, char::from(field.mark).encode_utf8(&mut [0])]);
            fine &= walk(field, written, left);
            next = field.next;
        }
        let parts = match part.kind {
            b'{' | b'!' => fields <= 32 && !b">;".contains(&last),
            b'%' => fields == 2,
            b'[' | b'+' | b'|' => fields == 1,
            b'a' | b's' | b'f' | b'b' | b'y' | b'p' | b'o' | b'c' | b't' => return fine,
            _ => {
                left.push(Rule(part.kind));
                return fine && !Rule(part.kind).describe().0.is_empty();
            }
        };
        written.push('}');
        fine && parts
    }
    let (mut rest, mut written, mut left) = (shape, String::new(), Vec::new());
    let fine = walk(&Shape::of(&mut rest), &mut written, &mut left);
    (fine && written == shape).then_some(left)
}

/// Told from the digits, because parsing a double would bring its whole algorithm into the wasm.
fn is_positive(number: &str) -> bool {
    let mantissa = text::split_where(number, |byte| byte | 0x20 == b'e').map_or(number, |(mantissa, _)| mantissa);
    !number.starts_with('-') && mantissa.bytes().any(|digit| matches!(digit, b'1'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: &str = shape!({!
        who: { name: filled, age? count },
        until= time,
        list? [boolean],
        attrs? { [custom_key]: any },
        level? (| "low high"),
        weight? positive,
    });

    fn accepts(rule: Rule, text: &str) -> bool {
        rule == Rule::CustomKey && text.starts_with("custom_")
    }

    fn findings(text: &str) -> Vec<String> {
        check(text, SHAPE, accepts)
            .expect("grammar")
            .into_iter()
            .map(|issue| format!("{} {}", issue.path, issue.rule.describe().0))
            .collect()
    }

    #[test]
    fn all_findings_are_listed_with_path_and_rule() {
        for (text, expected) in [
            (r#"{"who":{"name":"A"},"until":null}"#, vec![]),
            (r#"{"until":"2024-01-01T00:00:00Z","who":{"age":3,"name":"A","more":[1]},"list":[true,false]}"#, vec![]),
            (r#"{"\u0077ho":{"name":"A"},"until":null}"#, vec![]),
            ("[]", vec![" object"]),
            ("{}", vec!["who required", "until required"]),
            (r#"{"who":null,"until":3}"#, vec!["who object", "until timestamp"]),
            (
                r#"{"who":{"name":" ","age":-1},"until":"2024-01-01","list":[true,1,"x"],"level":"mid","weight":0}"#,
                vec![
                    "who.name not_blank",
                    "who.age count",
                    "until timestamp",
                    "list[1] boolean",
                    "list[2] boolean",
                    "level one_of",
                    "weight positive",
                ],
            ),
            (
                r#"{"who":{"name":"A"},"until":null,"attrs":{"custom_a":1,"b":2,"x@y.z":3},"wat":1}"#,
                vec!["attrs.b custom_prefix", "attrs.(key) custom_prefix", "wat unknown_field"],
            ),
        ] {
            assert_eq!(findings(text), expected, "{text}");
        }
    }

    #[test]
    fn a_key_given_twice_is_no_json_of_ours() {
        for text in [
            r#"{"who":{"name":"A"},"until":null,"until":null}"#,
            r#"{"who":{"name":"A","n\u0061me":"B"},"until":null}"#,
            r#"{"who":{"name":"A","x":1,"x":2},"until":null}"#,
            r#"{"who":{"name":"A"},"until":null,"attrs":{"custom_a":1,"custom_a":2}}"#,
        ] {
            assert_eq!(check(text, SHAPE, accepts), Err(Flaw::DuplicateKey), "{text}");
        }
    }

    #[test]
    fn bad_json_behind_a_broken_rule_is_still_bad_json() {
        assert_eq!(check(r#"{"who":7,"until":nul}"#, SHAPE, accepts), Err(Flaw::Syntax));
    }

    #[test]
    fn a_text_is_a_shape_or_is_not() {
        assert_eq!(rules_left(SHAPE), Some(vec![Rule::CustomKey]));
        assert_eq!(
            rules_left(shape!({ a: [document_id; 1], b< [{}], c; any, d? (| "x") })),
            Some(vec![Rule::DocumentId])
        );
        for text in [
            "", "{", "{a:s", "{a:s}}", "{a}", "{a:}", "{a:!}", "{a:?}", "{a<s}", "{a>s}", "{a;s}", "%:s}", "[}", "z",
            "|}",
        ] {
            assert_eq!(rules_left(text), None, "{text}");
        }
    }

    #[test]
    fn every_rule_has_a_letter_a_name_and_a_sentence_of_its_own() {
        for (index, rule) in Rule::EACH.iter().enumerate() {
            let (name, sentence) = rule.describe();
            assert!(name.len() > 1 && sentence.len() > 5, "{rule:?}");
            assert_eq!(Rule::EACH.iter().position(|other| other.0 == rule.0), Some(index), "{name}");
            assert_eq!(Rule::EACH.iter().position(|other| other.describe().0 == name), Some(index), "{name}");
            assert!(!b"a!%+".contains(&rule.0), "{name}");
        }
        assert_eq!(Rule(b'?').describe(), ("", ""));
    }

    #[test]
    fn fields_needed_because_of_their_neighbours() {
        const NEIGHBOURS: &str = shape!({ a; any, b? any, on? any, c< any, d> any, e? any });
        for (text, expected) in [
            ("{}", vec!["a any_template"]),
            (r#"{"a":1}"#, vec![]),
            (r#"{"b":1,"on":false}"#, vec![]),
            (r#"{"b":1,"on":true}"#, vec!["c needed_with_does_expire"]),
            (r#"{"c":1,"b":1,"on":true,"d":2}"#, vec![]),
            (r#"{"b":1,"e":1}"#, vec!["d needed_beside"]),
            (r#"{"b":1,"e":1,"d":true}"#, vec![]),
        ] {
            let found = check(text, NEIGHBOURS, accepts).expect("grammar").into_iter();
            let found: Vec<_> = found.map(|issue| format!("{} {}", issue.path, issue.rule.describe().0)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn positive_is_told_from_the_digits() {
        for (number, positive) in
            [("1", true), ("0.5", true), ("0", false), ("0.00", false), ("-3", false), ("0e9", false), ("10e-3", true)]
        {
            assert_eq!(is_positive(number), positive, "{number}");
        }
    }
}
