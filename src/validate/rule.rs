//! The rules that requests, options and responses are held to, each with its public name and sentence.

use std::fmt;

/// A rule that a value can break. The names are public and append-only; `docs/errors.md` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    Required,
    String,
    NotBlank,
    Boolean,
    True,
    Null,
    Positive,
    Count,
    Ordinal,
    Number,
    Timestamp,
    Object,
    Array,
    NotEmpty,
    OneOf,
    UnknownField,
    AnyTemplate,
    NeededWithExpiry,
    NeededBeside,
    DocumentId,
    GroupKey,
    GroupCode,
    Email,
    HttpUrl,
    NoComma,
    CustomPrefix,
    Date,
    Host,
    BaseUrl,
    HeaderName,
    OwnHeader,
    HeaderValue,
    Token,
    Endpoint,
    Function,
    AbortSignal,
    Json,
    Inconsistent,
}

impl Rule {
    /// Every rule, for documentation and tests.
    pub const ALL: [Self; 38] = [
        Self::Required,
        Self::String,
        Self::NotBlank,
        Self::Boolean,
        Self::True,
        Self::Null,
        Self::Positive,
        Self::Count,
        Self::Ordinal,
        Self::Number,
        Self::Timestamp,
        Self::Object,
        Self::Array,
        Self::NotEmpty,
        Self::OneOf,
        Self::UnknownField,
        Self::AnyTemplate,
        Self::NeededWithExpiry,
        Self::NeededBeside,
        Self::DocumentId,
        Self::GroupKey,
        Self::GroupCode,
        Self::Email,
        Self::HttpUrl,
        Self::NoComma,
        Self::CustomPrefix,
        Self::Date,
        Self::Host,
        Self::BaseUrl,
        Self::HeaderName,
        Self::OwnHeader,
        Self::HeaderValue,
        Self::Token,
        Self::Endpoint,
        Self::Function,
        Self::AbortSignal,
        Self::Json,
        Self::Inconsistent,
    ];

    /// The public name, e.g. `required`.
    pub const fn name(self) -> &'static str {
        self.describe().0
    }

    /// What the value must be, as the end of a sentence that begins with its path.
    pub const fn message(self) -> &'static str {
        self.describe().1
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The rule that a value which is not a string breaks where a string with this rule is expected.
    pub(crate) const fn of_other_types(self) -> Self {
        if matches!(self, Self::NotBlank) { Self::String } else { self }
    }

    const fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Required => ("required", "is required"),
            Self::String => ("string", "must be a string"),
            Self::NotBlank => ("not_blank", "must not be blank"),
            Self::Boolean => ("boolean", "must be true or false"),
            Self::True => ("true", "must be true"),
            Self::Null => ("null", "must be null"),
            Self::Positive => ("positive", "must be a number greater than 0"),
            Self::Count => ("count", "must be a whole number, 0 or more"),
            Self::Ordinal => ("ordinal", "must be a whole number, 1 or more"),
            Self::Number => ("number", "must be a finite number"),
            Self::Timestamp => ("timestamp", "must be an ISO 8601 date and time with a time zone"),
            Self::Object => ("object", "must be an object"),
            Self::Array => ("array", "must be an array"),
            Self::NotEmpty => ("not_empty", "must not be empty"),
            Self::OneOf => ("one_of", "must be one of the listed values"),
            Self::UnknownField => {
                ("unknown_field", "is not a field of this call (fields are spelled as the API spells them)")
            }
            Self::AnyTemplate => ("any_template", "or badge_template is required"),
            Self::NeededWithExpiry => ("needed_with_does_expire", "is required when does_expire is true"),
            Self::NeededBeside => ("needed_beside", "is required where its counterpart is given"),
            Self::DocumentId => ("document_id", "must be 32 letters and digits or a lower-case UUID"),
            Self::GroupKey => ("group_key", "must be 1 to 64 letters, digits, - or _"),
            Self::GroupCode => ("group_code", "must hold letters, digits, hyphens and spaces only"),
            Self::Email => ("email", "must be an e-mail address"),
            Self::HttpUrl => ("http_url", "must begin with https:// or http:// and hold no white space"),
            Self::NoComma => ("no_comma", "must not hold a comma (the API joins tags with commas)"),
            Self::CustomPrefix => ("custom_prefix", "must begin with custom_"),
            Self::Date => ("date", "must be a date written YYYY/MM/DD"),
            Self::Host => ("host", "must be a plain host name without scheme, port, path or wildcard"),
            Self::BaseUrl => {
                ("base_url", "must be https (http on loopback only) without user info, query or fragment")
            }
            Self::HeaderName => ("header_name", "must be a header name"),
            Self::OwnHeader => ("own_header", "must be the name of a header that the caller may set"),
            Self::HeaderValue => ("header_value", "must be visible ASCII and spaces"),
            Self::Token => ("token", "must be visible ASCII characters without spaces"),
            Self::Endpoint => {
                ("endpoint", "must be a path on this origin or an https address (http on loopback only)")
            }
            Self::Function => ("function", "must be a function"),
            Self::AbortSignal => ("abort_signal", "must be an AbortSignal"),
            Self::Json => ("json", "must be JSON"),
            Self::Inconsistent => ("inconsistent", "contradicts the rest of the verification"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A broken rule and the path of the value that broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// E.g. `recipient.email` or `tags[2]`; empty for the argument itself.
    pub path: String,
    /// What the value breaks.
    pub rule: Rule,
}

impl Issue {
    /// Creates an issue.
    pub fn new(path: impl Into<String>, rule: Rule) -> Self {
        Self { path: path.into(), rule }
    }
}
