//! The rules that requests, options and responses are held to, each with its public name and sentence.

use std::fmt;

use super::WrongCharacter;
use crate::json::write_count;

/// Declares the rules, each with its public name and its sentence.
macro_rules! rules {
    ($($variant:ident = $name:literal: $sentence:literal,)+) => {
        /// A rule that a value can break. The names are public and append-only; `docs/errors.md` lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!("`", $name, "`: ", $sentence, ".")] $variant,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The public name, e.g. `required`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What the value must be, as the end of a sentence that begins with its path.
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                }
            }
        }
    };
}

rules! {
    Required = "required": "is required",
    String = "string": "must be a string",
    NotBlank = "not_blank": "must not be blank",
    Boolean = "boolean": "must be true or false",
    True = "true": "must be true",
    Null = "null": "must be null",
    Positive = "positive": "must be a number of years, greater than 0 and at most 1000",
    Count = "count": "must be a whole number, 0 or more",
    Ordinal = "ordinal": "must be a whole number, 1 or more",
    Number = "number": "must be a finite number",
    Timestamp = "timestamp": "must be an ISO 8601 date and time with a time zone",
    Object = "object": "must be an object",
    Array = "array": "must be an array",
    NotEmpty = "not_empty": "must not be empty",
    OneOf = "one_of": "must be one of the listed values",
    UnknownField = "unknown_field": "is not an option or a field of this call (fields are spelled as the API spells them)",
    AnyTemplate = "any_template": "or badge_template is required",
    NeededWithExpiry = "needed_with_does_expire": "is required when does_expire is true",
    NeededBeside = "needed_beside": "is required where its counterpart is given",
    DocumentId = "document_id": "must be 32 letters and digits or a lower-case UUID, not a link (verify takes links)",
    GroupKey = "group_key": "must be 1 to 64 letters, digits, - or _",
    GroupCode = "group_code": "must hold letters, digits, hyphens and spaces only",
    Email = "email": "must be an e-mail address",
    HttpUrl = "http_url": "must begin with https:// or http:// and hold no white space",
    NoComma = "no_comma": "must not hold a comma (the API joins tags with commas)",
    CustomPrefix = "custom_prefix": "must begin with custom_",
    Date = "date": "must be a date written YYYY/MM/DD",
    Host = "host": "must be a plain host name without scheme, port, path or wildcard",
    BaseUrl = "base_url": "must be https (http on loopback only) without user info, query or fragment",
    HeaderName = "header_name": "must be a header name",
    OwnHeader = "own_header": "must be the name of a header that the caller may set",
    HeaderValue = "header_value": "must be visible ASCII and spaces",
    Token = "token": "must be visible ASCII characters without spaces",
    Endpoint = "endpoint": "must be a path on this origin or an https address (http on loopback only)",
    Function = "function": "must be a function",
    AbortSignal = "abort_signal": "must be an AbortSignal",
    Json = "json": "must be JSON: plain objects, lists, strings, finite numbers, true, false or null",
    TooLong = "too_long": "must be at most 16 Mi characters of JSON",
    Inconsistent = "inconsistent": "contradicts the rest of the verification",
    HiddenCharacter = "hidden_character": "must not hold a control character or an invisible one",
    EpochSeconds = "epoch_seconds": "must be a Date, or seconds since 1970 of a time in the years 2001 to 9999",
    EpochMilliseconds = "epoch_milliseconds": "must be milliseconds since 1970, not seconds or microseconds",
    DaySeconds = "day_seconds": "must be seconds, at most 86400 (a day), not milliseconds",
}

impl Rule {
    /// Returns the rule of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// The rule that a value which is not a string breaks where a string with this rule is expected.
    pub(crate) const fn of_other_types(self) -> Self {
        if matches!(self, Self::NotBlank) { Self::String } else { self }
    }
}

impl serde::Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl std::error::Error for Rule {}

/// A broken rule and the path of the value that broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// E.g. `recipient.email` or `tags[2]`; empty for the argument itself.
    pub path: String,
    /// What the value breaks.
    pub rule: Rule,
    /// The character that breaks the rule, if it is a single one.
    pub character: Option<WrongCharacter>,
}

impl Issue {
    /// Creates an issue.
    pub fn new(path: impl Into<String>, rule: Rule) -> Self {
        Self { path: path.into(), rule, character: None }
    }

    /// The rule in words, and the character that breaks it. Never the value.
    pub fn message(&self) -> String {
        let mut text = self.rule.message().to_owned();
        if let Some(wrong) = self.character {
            text.push_str(" (");
            text.push_str(&wrong.code_point());
            text.push_str(" at index ");
            write_count(&mut text, wrong.position as u64);
            text.push(')');
        }
        text
    }
}
