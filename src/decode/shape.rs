//! Owns the language in which request and response bodies are described, and the check of a text against it.
//! The descriptions themselves are data in `operations` and `verification_wire`.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::decimal;
use crate::json::{Cursor, Flaw, Parsed, RawStr, Token};
use crate::text::{self, Text};
use crate::timestamp::Timestamp;

/// What a value must be.
pub enum Kind {
    /// Anything that is JSON.
    Any,
    Text,
    /// A string with more in it than white space.
    Filled,
    Bool,
    /// The literal `true`.
    True,
    /// A number greater than 0.
    Positive,
    /// A whole number, 0 or more.
    Count,
    /// A whole number, 1 or more.
    Ordinal,
    /// A date and time with a time zone, as `timestamp` reads it.
    Time,
    /// A string that a rule of its own accepts.
    Pattern(Pattern),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    Object(&'static Object),
    List(&'static Kind),
    /// A list with at least one element.
    Some(&'static Kind),
    /// An object with keys that are data.
    Map {
        keys: Option<Pattern>,
        values: &'static Kind,
    },
}

/// A named test of a string.
#[derive(Clone, Copy)]
pub struct Pattern {
    pub accepts: fn(&str) -> bool,
    pub rule: Rule,
}

pub struct Object {
    pub fields: &'static [Field],
    pub extra: Extra,
    pub cross: &'static [Cross],
}

/// What happens to fields that are not described.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// Answers: the API may add fields; they reach the caller.
    Keep,
    /// Requests: a misspelt field would be dropped by the server in silence.
    Refuse,
}

pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub nullable: bool,
}

/// Rules that span fields of one object. Only objects of at most 32 fields can have them.
pub enum Cross {
    /// At least one of these must be there.
    AnyOf(&'static [&'static str]),
    /// `field` is required where `beside` is given.
    NeededBeside { field: &'static str, beside: &'static str },
    /// `field` is required when `when` is `true`.
    NeededWith { field: &'static str, when: &'static str },
}

pub const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true, nullable: false }
}

pub const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, nullable: false }
}

pub const fn nullable(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true, nullable: true }
}

/// An answer of the API: what is described must be there, what is not is kept.
pub const fn answer(fields: &'static [Field]) -> Object {
    Object { fields, extra: Extra::Keep, cross: &[] }
}

/// A request: nothing but what is described.
pub const fn request(fields: &'static [Field], cross: &'static [Cross]) -> Object {
    Object { fields, extra: Extra::Refuse, cross }
}

/// The rules a value can break. Append-only: the names are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Required,
    String,
    Filled,
    Boolean,
    True,
    Positive,
    Count,
    Timestamp,
    Object,
    Array,
    OneOf,
    UnknownField,
    AnyTemplate,
    NeededWithExpiry,
    DocumentId,
    GroupKey,
    GroupCode,
    Email,
    HttpUrl,
    NoComma,
    CustomKey,
    Host,
    BaseUrl,
    HeaderName,
    OwnHeader,
    HeaderValue,
    Token,
    Ordinal,
    NotEmpty,
    Date,
    NeededBeside,
    Endpoint,
    Inconsistent,
}

impl Rule {
    /// The public name and what the value must be, in words.
    pub const fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Required => ("required", "is required"),
            Self::String => ("string", "must be a string"),
            Self::Filled => ("not_blank", "must not be blank"),
            Self::Boolean => ("boolean", "must be true or false"),
            Self::True => ("true", "must be true"),
            Self::Positive => ("positive", "must be a number greater than 0"),
            Self::Count => ("count", "must be a whole number, 0 or more"),
            Self::Timestamp => ("timestamp", "must be an ISO 8601 date and time with a time zone"),
            Self::Object => ("object", "must be an object"),
            Self::Array => ("array", "must be an array"),
            Self::OneOf => ("one_of", "must be one of the listed values"),
            Self::UnknownField => {
                ("unknown_field", "is not a field of this call (fields are spelled as the API spells them)")
            }
            Self::AnyTemplate => ("any_template", "or badge_template is required"),
            Self::NeededWithExpiry => ("needed_with_does_expire", "is required when does_expire is true"),
            Self::DocumentId => ("document_id", "must be 32 letters and digits or a lower-case UUID"),
            Self::GroupKey => ("group_key", "must be 1 to 64 letters, digits, - or _"),
            Self::GroupCode => ("group_code", "must hold letters, digits, hyphens and spaces only"),
            Self::Email => ("email", "must be an e-mail address"),
            Self::HttpUrl => ("http_url", "must begin with https:// or http:// and hold no white space"),
            Self::NoComma => ("no_comma", "must not hold a comma (the API joins tags with commas)"),
            Self::CustomKey => ("custom_prefix", "must begin with custom_"),
            Self::Host => ("host", "must be a plain host name without scheme, port, path or wildcard"),
            Self::BaseUrl => ("base_url", "must be https (http on loopback only) without user info, query or fragment"),
            Self::HeaderName => ("header_name", "must be a header name"),
            Self::OwnHeader => ("own_header", "must be the name of a header that is the caller's to set"),
            Self::HeaderValue => ("header_value", "must be visible ASCII and spaces"),
            Self::Ordinal => ("ordinal", "must be a whole number, 1 or more"),
            Self::NotEmpty => ("not_empty", "must not be empty"),
            Self::Date => ("date", "must be a date written YYYY/MM/DD"),
            Self::NeededBeside => ("needed_beside", "is required where its counterpart is given"),
            Self::Endpoint => ("endpoint", "must be a path on this origin or an https address (http on loopback only)"),
            Self::Inconsistent => ("inconsistent", "contradicts the rest of the verification"),
            Self::Token => ("token", "must be visible ASCII characters without spaces"),
        }
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

/// Checks a whole text. `Err`: it is not JSON. `Ok`: every broken rule, none where the text is as described.
pub fn check(text: &str, kind: &Kind) -> Parsed<Vec<Issue>> {
    let mut checker = Checker { cursor: Cursor::new(text), issues: Vec::new() };
    let token = checker.cursor.peek();
    checker.value(token, kind, &Path::Root);
    checker.cursor.finish().map(|()| checker.issues)
}

/// The same for what an object must be; a text that is not JSON is none.
pub fn findings(text: &str, object: &'static Object) -> Vec<Issue> {
    check(text, &Kind::Object(object)).unwrap_or_else(|_| vec![Issue::new("", Rule::Object)])
}

struct Checker<'a> {
    cursor: Cursor<'a>,
    issues: Vec<Issue>,
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
    fn value(&mut self, token: Token, kind: &Kind, path: &Path<'_>) {
        let (wanted, rule) = match kind {
            Kind::Any => (token, Rule::Object),
            Kind::Text | Kind::Filled => (Token::String, Rule::String),
            Kind::Time => (Token::String, Rule::Timestamp),
            Kind::Pattern(pattern) => (Token::String, pattern.rule),
            Kind::OneOf(_) => (Token::String, Rule::OneOf),
            Kind::Bool => (if token == Token::False { token } else { Token::True }, Rule::Boolean),
            Kind::True => (Token::True, Rule::True),
            Kind::Positive => (Token::Number, Rule::Positive),
            Kind::Count => (Token::Number, Rule::Count),
            Kind::Ordinal => (Token::Number, Rule::Ordinal),
            Kind::Object(_) | Kind::Map { .. } => (Token::Object, Rule::Object),
            Kind::List(_) | Kind::Some(_) => (Token::Array, Rule::Array),
        };
        if token != wanted {
            self.report(path, rule);
            return self.cursor.pass(token);
        }
        match kind {
            Kind::Object(object) => self.object(object, path),
            Kind::Map { keys, values } => self.map(*keys, values, path),
            Kind::List(item) | Kind::Some(item) => {
                let mut index = 0;
                let mut more = self.cursor.enter();
                while more {
                    let token = self.cursor.peek();
                    self.value(token, item, &Path::Index(path, index));
                    index += 1;
                    more = self.cursor.more(b'[');
                }
                self.insist(index > 0 || matches!(kind, Kind::List(_)), path, Rule::NotEmpty);
            }
            Kind::Positive | Kind::Count | Kind::Ordinal => {
                let number = self.cursor.number();
                let good = if matches!(kind, Kind::Positive) {
                    is_positive(number)
                } else {
                    crate::json::integer(number).is_some_and(|value| value >= i64::from(rule == Rule::Ordinal))
                };
                self.insist(good, path, rule);
            }
            Kind::Filled | Kind::Time | Kind::Pattern(_) | Kind::OneOf(_) => {
                let found = self.cursor.string();
                self.string(found, kind, rule, path);
            }
            Kind::Any | Kind::Text | Kind::Bool | Kind::True => self.cursor.pass(token),
        }
    }

    /// A string whose type is right; `rule` is what it breaks where it is not as `kind` says.
    fn string(&mut self, found: RawStr<'_>, kind: &Kind, rule: Rule, path: &Path<'_>) {
        let decoded = found.decode();
        match kind {
            Kind::Filled => {
                let blank = decoded.chars().all(char::is_whitespace);
                self.insist(!blank, path, Rule::Filled);
            }
            Kind::Time => self.insist(Timestamp::parse(decoded).is_some(), path, rule),
            Kind::OneOf(values) => self.insist(values.contains(&decoded), path, rule),
            Kind::Pattern(pattern) => self.insist((pattern.accepts)(decoded), path, rule),
            _ => {}
        }
    }

    fn map(&mut self, keys: Option<Pattern>, values: &Kind, path: &Path<'_>) {
        let outer = self.cursor.keys();
        let mut more = self.cursor.enter();
        while more {
            let name = self.cursor.key().decode();
            self.cursor.keep(name);
            let path = Path::Key(path, name);
            if let Some(pattern) = keys {
                self.insist((pattern.accepts)(name), &path, pattern.rule);
            }
            let token = self.cursor.peek();
            self.value(token, values, &path);
            more = self.cursor.more(b'{');
        }
        self.cursor.all_different(outer);
    }

    fn object(&mut self, object: &Object, path: &Path<'_>) {
        let mut seen: u32 = 0;
        let mut is_true: u32 = 0;
        let outer = self.cursor.keys();
        // Answers mostly keep the documented order, so the field after the last one is tried first.
        let mut next = 0;
        let mut more = self.cursor.enter();
        while more {
            let key = self.cursor.key();
            if let Some((index, field)) = find(object.fields, key, next) {
                let bit = 1 << index;
                if seen & bit != 0 {
                    self.cursor.give_up(Flaw::DuplicateKey);
                }
                seen |= bit;
                next = index + 1;
                match self.cursor.peek() {
                    Token::Null if field.nullable => self.cursor.pass(Token::Null),
                    token => {
                        if token == Token::True {
                            is_true |= bit;
                        }
                        self.value(token, &field.kind, &Path::Key(path, field.name));
                    }
                }
            } else {
                let name = key.decode();
                if object.extra == Extra::Refuse {
                    self.report(&Path::Key(path, name), Rule::UnknownField);
                }
                self.cursor.keep(name);
                self.cursor.skip();
            }
            more = self.cursor.more(b'{');
        }
        self.cursor.all_different(outer);
        for (index, field) in object.fields.iter().enumerate() {
            self.insist(!field.required || seen & (1 << index) != 0, &Path::Key(path, field.name), Rule::Required);
        }
        for cross in object.cross {
            self.cross(object, cross, path, seen, is_true);
        }
    }

    fn cross(&mut self, object: &Object, cross: &Cross, path: &Path<'_>, seen: u32, is_true: u32) {
        let bit = |name: &str| object.fields.iter().position(|field| field.name == name).map_or(0, |index| 1 << index);
        let has = |set: u32, name: &str| set & bit(name) != 0;
        let (holds, name, rule) = match cross {
            Cross::AnyOf(names) => {
                let any = names.iter().any(|name| has(seen, name));
                (any, names.first().copied().unwrap_or_default(), Rule::AnyTemplate)
            }
            Cross::NeededBeside { field, beside } => {
                (!has(seen, beside) || has(seen, field), *field, Rule::NeededBeside)
            }
            Cross::NeededWith { field, when } => {
                (!has(is_true, when) || has(seen, field), *field, Rule::NeededWithExpiry)
            }
        };
        self.insist(holds, &Path::Key(path, name), rule);
    }
}

fn find(fields: &'static [Field], key: RawStr<'_>, next: usize) -> Option<(usize, &'static Field)> {
    if let Some(field) = fields.get(next)
        && key.is(field.name)
    {
        return Some((next, field));
    }
    fields.iter().enumerate().find(|(_, field)| key.is(field.name))
}

/// Told from the digits, because parsing a double would bring its whole algorithm into the wasm.
fn is_positive(number: &str) -> bool {
    let mantissa = text::split_where(number, |byte| byte | 0x20 == b'e').map_or(number, |(mantissa, _)| mantissa);
    !number.starts_with('-') && mantissa.bytes().any(|digit| matches!(digit, b'1'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    static INNER: Object = answer(&[required("name", Kind::Filled), optional("age", Kind::Count)]);
    static SHAPE: Object = Object {
        fields: &[
            required("who", Kind::Object(&INNER)),
            nullable("until", Kind::Time),
            optional("list", Kind::List(&Kind::Bool)),
            optional(
                "attrs",
                Kind::Map {
                    keys: Some(Pattern { accepts: |key| key.starts_with("custom_"), rule: Rule::CustomKey }),
                    values: &Kind::Any,
                },
            ),
            optional("level", Kind::OneOf(&["low", "high"])),
            optional("weight", Kind::Positive),
        ],
        extra: Extra::Refuse,
        cross: &[Cross::NeededWith { field: "weight", when: "missing" }],
    };

    fn findings(text: &str) -> Vec<String> {
        check(text, &Kind::Object(&SHAPE))
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
            assert_eq!(check(text, &Kind::Object(&SHAPE)), Err(Flaw::DuplicateKey), "{text}");
        }
    }

    #[test]
    fn bad_json_behind_a_broken_rule_is_still_bad_json() {
        assert_eq!(check(r#"{"who":7,"until":nul}"#, &Kind::Object(&SHAPE)), Err(Flaw::Syntax));
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
