//! Why a JSON text could not be read.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::validate::{Path, Rule};

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// JSON path of the value, e.g. `credentials[2].recipient.email`; empty for the whole text.
    pub path: String,
    /// What is wrong with it.
    pub kind: ErrorKind,
}

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not JSON as this crate accepts it.
    Syntax(SyntaxError),
    /// The value breaks a rule.
    Rule(Rule),
    /// The message of a type's own deserializer.
    Other(String),
}

/// What is wrong with a text that is not JSON as this crate accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// The text ends before the value does.
    Truncated,
    /// A byte that may not be where it is.
    Unexpected,
    /// Not UTF-8.
    Encoding,
    /// Nested deeper than 64 levels.
    TooDeep,
    /// The same key twice in one object: two readers could see two different credentials.
    DuplicateKey,
}

impl SyntaxError {
    /// The public name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Unexpected => "json_syntax",
            Self::Encoding => "utf8",
            Self::TooDeep => "too_deep",
            Self::DuplicateKey => "duplicate_key",
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl std::error::Error for SyntaxError {}

impl From<SyntaxError> for Error {
    fn from(error: SyntaxError) -> Self {
        Self { path: String::new(), kind: ErrorKind::Syntax(error) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            formatter.write_str(&self.path)?;
            formatter.write_str(": ")?;
        }
        match &self.kind {
            ErrorKind::Syntax(error) => error.fmt(formatter),
            ErrorKind::Rule(rule) => rule.fmt(formatter),
            ErrorKind::Other(text) => formatter.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

/// An [`Error`] on its way through serde: a single pointer, so that results stay small.
#[derive(Debug)]
pub(super) struct BoxedError(Box<Error>);

impl BoxedError {
    #[cold]
    fn new(path: String, kind: ErrorKind) -> Self {
        Self(Box::new(Error { path, kind }))
    }

    /// The rule that `expected` names, or else `default`, is broken.
    ///
    /// Visitors of types with a rule of their own write its name where serde asks what they expect.
    #[cold]
    pub(super) fn unmet(expected: &dyn Expected, default: Rule) -> Self {
        let rule = Rule::from_name(&expected.to_string()).unwrap_or(default);
        Self::new(String::new(), ErrorKind::Rule(rule))
    }

    /// Adds the key of the object in which the value is.
    #[cold]
    pub(super) fn in_member(self, key: &str) -> Self {
        self.inside(&Path::Member(&Path::Root, key))
    }

    /// Adds the index in the array in which the value is.
    #[cold]
    pub(super) fn in_element(self, index: usize) -> Self {
        self.inside(&Path::Element(&Path::Root, index))
    }

    fn inside(mut self, outer: &Path<'_>) -> Self {
        let mut path = outer.render();
        if !self.0.path.is_empty() && !self.0.path.starts_with('[') {
            path.push('.');
        }
        path.push_str(&self.0.path);
        self.0.path = path;
        self
    }

    pub(super) fn unbox(self) -> Error {
        *self.0
    }
}

impl From<SyntaxError> for BoxedError {
    #[cold]
    fn from(error: SyntaxError) -> Self {
        Self::new(String::new(), ErrorKind::Syntax(error))
    }
}

impl fmt::Display for BoxedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for BoxedError {}

/// Every constructor is overridden: serde's own write the value that was found, and so need the formatting of floats.
impl de::Error for BoxedError {
    /// Reads the name of a rule back into the rule.
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        let kind = Rule::from_name(&text).map_or(ErrorKind::Other(text), ErrorKind::Rule);
        Self::new(String::new(), kind)
    }

    #[cold]
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(expected)
    }

    #[cold]
    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(expected)
    }

    #[cold]
    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::custom(expected)
    }

    #[cold]
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(String::new(), ErrorKind::Rule(Rule::OneOf))
    }

    /// The path is added where the key was read.
    #[cold]
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(String::new(), ErrorKind::Rule(Rule::UnknownField))
    }

    #[cold]
    fn missing_field(field: &'static str) -> Self {
        Self::new(field.to_owned(), ErrorKind::Rule(Rule::Required))
    }

    #[cold]
    fn duplicate_field(_: &'static str) -> Self {
        SyntaxError::DuplicateKey.into()
    }
}
