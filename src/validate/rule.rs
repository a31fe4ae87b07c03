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
    Positive = "positive": "must be more than 0 and at most 1000 years",
    Count = "count": "must be a whole number, 0 or more",
    Ordinal = "ordinal": "must be a whole number, 1 or more",
    Number = "number": "must be a finite number",
    Timestamp = "timestamp": "must be an ISO 8601 date and time with a time zone",
    Object = "object": "must be an object",
    Array = "array": "must be an array",
    NotEmpty = "not_empty": "must not be empty",
    OneOf = "one_of": "must be one of the documented values",
    UnknownField = "unknown_field": "is not a field or option of this call (the API spells fields in snake_case)",
    AnyTemplate = "any_template": "or badge_template is required",
    NeededWithExpiry = "needed_with_does_expire": "is required when does_expire is true",
    NeededBeside = "needed_beside": "is required with end_date",
    DocumentId = "document_id": "must be 32 letters and digits or a lower-case UUID, not a link (verify takes links)",
    GroupKey = "group_key": "must be 1 to 64 letters, digits, - or _",
    GroupCode = "group_code": "may contain only letters, digits, hyphens and spaces",
    Email = "email": "must be an e-mail address",
    HttpUrl = "http_url": "must begin with https:// or http:// and contain no white space",
    NoComma = "no_comma": "must not contain a comma (the API joins tags with commas)",
    CustomPrefix = "custom_prefix": "must begin with custom_",
    Date = "date": "must be a date in the form YYYY/MM/DD",
    Host = "host": "must be a host name without scheme, port, path or wildcard",
    BaseUrl = "base_url": "must be an https URL (http on loopback only) without user info, query or fragment",
    HeaderName = "header_name": "must be a header name",
    OwnHeader = "own_header": "must be a valid header name that is not reserved",
    HeaderValue = "header_value": "must be printable ASCII",
    Token = "token": "must be printable ASCII without spaces or line breaks",
    Endpoint = "endpoint": "must be a path on this origin or an https URL (http on loopback only)",
    Function = "function": "must be a function",
    AbortSignal = "abort_signal": "must be an AbortSignal",
    Json = "json": "must be JSON: plain objects, arrays, strings, finite numbers, true, false or null",
    TooLong = "too_long": "must be at most 16 777 216 characters as JSON",
    Inconsistent = "inconsistent": "contradicts the rest of the verification",
    HiddenCharacter = "hidden_character": "must not contain a control or invisible character",
    EpochSeconds = "epoch_seconds": "must be a Date or a Unix time in seconds, in the years 2001 to 9999",
    EpochMilliseconds = "epoch_milliseconds": "must be a Unix time in milliseconds",
    DaySeconds = "day_seconds": "must be from 0 to 86400 seconds (one day)",
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
