//! The errors of this crate: classes, codes and fields. Nothing secret enters an error: no token, no e-mail address.

mod codes;

pub use codes::{CodeSource, ERROR_CODES, ErrorCode, Retryable};

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};

use crate::validate::{Issue, Rule, WrongCharacter};

/// The class of an error. In JavaScript each is a separate class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// An argument or option is wrong. Nothing was sent.
    Validation,
    /// 401: the API refused the token, or the token function failed.
    Authentication,
    /// 403: the token is valid and may not do this.
    Permission,
    /// 404 in the API's own words: not in this account.
    NotFound,
    /// 409, e.g. `credential_exists`.
    Conflict,
    /// 402: the account has no credits left.
    InsufficientBalance,
    /// 429: too many requests. The API refused before doing anything.
    RateLimit,
    /// 400 and other refusals in the API's own words.
    BadRequest,
    /// 5xx: the API, or a proxy before it, is failing.
    Server,
    /// The response is not JSON, truncated, too large, a redirect, or not as documented.
    Response,
    /// The connection could not be made, or was lost.
    Connection,
    /// No complete response in time.
    Timeout,
    /// A bug in this package.
    Internal,
}

impl ErrorClass {
    /// Every class.
    pub const ALL: [Self; 13] = [
        Self::Validation,
        Self::Authentication,
        Self::Permission,
        Self::NotFound,
        Self::Conflict,
        Self::InsufficientBalance,
        Self::RateLimit,
        Self::BadRequest,
        Self::Server,
        Self::Response,
        Self::Connection,
        Self::Timeout,
        Self::Internal,
    ];

    /// The name of the JavaScript class.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validation => "ValidationError",
            Self::Authentication => "AuthenticationError",
            Self::Permission => "PermissionError",
            Self::NotFound => "NotFoundError",
            Self::Conflict => "ConflictError",
            Self::InsufficientBalance => "InsufficientBalanceError",
            Self::RateLimit => "RateLimitError",
            Self::BadRequest => "BadRequestError",
            Self::Server => "ServerError",
            Self::Response => "ResponseError",
            Self::Connection => "ConnectionError",
            Self::Timeout => "TimeoutError",
            Self::Internal => "InternalError",
        }
    }
}

impl Serialize for ErrorClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Why a call failed. Its fields are those of [`ErrorDetails`]; it is a pointer, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<ErrorDetails>);

/// The fields of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorDetails {
    /// The class.
    #[serde(rename = "name")]
    pub class: ErrorClass,
    /// Stable name of what happened: the API's own `error_code`, if it sent one. [`ERROR_CODES`] lists the documented ones.
    pub code: Cow<'static, str>,
    /// The operation and what happened, in words.
    pub message: String,
    /// The call, e.g. `credentials.view`.
    pub operation: &'static str,
    /// Whether the same call may be made again without harm and may end differently.
    pub retryable: bool,
    /// Requests that were sent.
    pub attempts: u32,
    /// Whether the request of a call that creates something, or an earlier one like it, may have been carried out all the same.
    #[serde(skip_serializing_if = "is_false")]
    pub may_have_taken_effect: bool,
    /// HTTP status, if there was a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Value of the configured request id header, if the response had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How long the API asked to wait (`Retry-After`), in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialize_ms")]
    pub retry_after_ms: Option<u64>,
    /// JSON path in the response that is not as documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Every issue of a `Validation` error; of a `Response` error the first broken rule.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "serialize_issues")]
    pub issues: Vec<Issue>,
    /// What the runtime said about a lost connection, or the JSON reader about a response, freed of secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// The cause of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// E.g. `TypeError` or `SyntaxError`.
    pub name: String,
    /// Empty where it could not be shown.
    pub message: String,
    /// The system's code, e.g. `ECONNRESET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// As a double, which is what JavaScript reads: an API can ask for more than fits into a safe integer.
#[allow(clippy::cast_precision_loss, reason = "at most 2^53")]
#[allow(clippy::ref_option, reason = "serde passes the field so")]
fn serialize_ms<S: Serializer>(ms: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    ms.map(|ms| ms as f64).serialize(serializer)
}

fn serialize_issues<S: Serializer>(issues: &[Issue], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Described<'a> {
        path: &'a str,
        rule: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        character: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        position: Option<usize>,
    }
    serializer.collect_seq(issues.iter().map(|issue| Described {
        path: &issue.path,
        rule: issue.rule.name(),
        message: issue.message(),
        character: issue.character.map(WrongCharacter::code_point),
        position: issue.character.map(|wrong| wrong.position),
    }))
}

impl Error {
    /// An error without a response; `text` says what happened.
    pub fn new(class: ErrorClass, code: impl Into<Cow<'static, str>>, operation: &'static str, text: &str) -> Self {
        let code = code.into();
        #[cfg(test)]
        if let Cow::Borrowed(code) = code {
            // Owned codes are the API's.
            codes::assert_documented(class, code);
        }
        Self(Box::new(ErrorDetails {
            class,
            code,
            message: [operation, ": ", text].concat(),
            operation,
            retryable: false,
            attempts: 0,
            may_have_taken_effect: false,
            status: None,
            request_id: None,
            retry_after_ms: None,
            path: None,
            issues: Vec::new(),
            cause: None,
        }))
    }

    /// The arguments of a call broke these rules; nothing was sent.
    pub fn validation(operation: &'static str, issues: Vec<Issue>) -> Self {
        let text = describe(&issues, "the argument");
        let mut error = Self::new(ErrorClass::Validation, "invalid_request", operation, &text);
        error.issues = issues;
        error
    }

    /// The same for a single rule.
    pub fn invalid(operation: &'static str, path: &str, rule: Rule) -> Self {
        Self::validation(operation, vec![Issue::new(path, rule)])
    }

    /// Says that the request may have been carried out.
    pub(crate) fn add_possible_effect(&mut self) {
        self.may_have_taken_effect = true;
        self.retryable = false;
        self.append("the request may have taken effect");
    }

    /// Adds a sentence to the message.
    pub(crate) fn append(&mut self, text: &str) {
        self.message.push_str("; ");
        self.message.push_str(text);
    }
}

/// Every issue in words; `whole` names the value at an empty path.
pub(crate) fn describe(issues: &[Issue], whole: &str) -> String {
    let mut text = String::new();
    for issue in issues {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(if issue.path.is_empty() { whole } else { &issue.path });
        text.push(' ');
        text.push_str(&issue.message());
    }
    text
}

impl Deref for Error {
    type Target = ErrorDetails;

    fn deref(&self) -> &ErrorDetails {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut ErrorDetails {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    /// Writes the fields as JavaScript has them: `issues` belong to a `ValidationError`, a `ResponseError` has `path`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.class == ErrorClass::Validation || self.issues.is_empty() {
            return self.0.serialize(serializer);
        }
        let mut details = (*self.0).clone();
        details.issues.clear();
        details.serialize(serializer)
    }
}
