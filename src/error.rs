//! Owns the errors a caller can get: their classes, codes and what crosses to JavaScript. Nothing secret enters here.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::json_writer::JsonWriter;
use crate::shape::{Issue, Rule};
use crate::text::{self, Text};

/// The JavaScript class an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Validation,
    Authentication,
    Permission,
    NotFound,
    Conflict,
    InsufficientBalance,
    RateLimit,
    BadRequest,
    Server,
    Response,
    Connection,
    Timeout,
}

impl Class {
    /// A line each, in the same order: name without `Error`; where a status is of the class, the code it has unless the
    /// answer says another, and the sentence for it.
    const TABLE: &str = "Validation
Authentication unauthorized the API refused the token
Permission forbidden the token may not do this
NotFound  not found in this account
Conflict conflict the request conflicts with what is there
InsufficientBalance low_balance the account's balance is too low
RateLimit rate_limited too many requests
BadRequest bad_request the API refused the request
Server server_error the API is failing
Response unsuccessful the API refused the request
Connection
Timeout";

    /// Name, code and sentence.
    pub(crate) fn describe(self) -> (&'static str, &'static str, &'static str) {
        let row = text::part(Self::TABLE, b'\n', self as usize);
        let (name, row) = text::split(row, b' ').unwrap_or((row, ""));
        let (code, sentence) = text::split(row, b' ').unwrap_or_default();
        (name, code, sentence)
    }

    pub(crate) fn name(self) -> Text {
        text::join(&[self.describe().0, "Error"])
    }
}

/// What the runtime said about a lost connection, already freed of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) name: Text,
    pub(crate) code: Option<Text>,
    pub(crate) message: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Error {
    pub(crate) class: Class,
    /// Stable name of what happened; the API's own `error_code` where it gave one.
    pub(crate) code: Text,
    pub(crate) message: Text,
    pub(crate) operation: &'static str,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<Text>,
    pub(crate) retryable: bool,
    pub(crate) retry_after_ms: Option<i64>,
    /// After which wait it is repeated, where it is and where it was not carried out; otherwise `i64::MAX`.
    pub(crate) wait_ms: i64,
    pub(crate) attempts: u32,
    /// The findings of a `ValidationError`; for a `ResponseError` the first broken rule of the answer.
    pub(crate) issues: Vec<Issue>,
    /// The name and description of a JSON flaw, where the answer was not JSON at all.
    pub(crate) cause: Option<Box<Cause>>,
}

impl Error {
    pub(crate) fn new(class: Class, code: Text, operation: &'static str, text: &str) -> Box<Self> {
        // Boxed where it is made: by value, its 150 bytes would be copied at every `?`.
        Box::new(Self {
            class,
            code,
            message: text::join(&[operation, ": ", text]),
            operation,
            status: None,
            request_id: None,
            retryable: false,
            retry_after_ms: None,
            wait_ms: i64::MAX,
            attempts: 0,
            issues: Vec::new(),
            cause: None,
        })
    }

    /// The arguments of a call broke these rules; nothing was sent.
    pub(crate) fn invalid(operation: &'static str, issues: Vec<Issue>) -> Box<Self> {
        Self::of(Class::Validation, "invalid_request", operation, "", "the argument", issues)
    }

    /// An error that says what is broken: `text`, and each finding with `whole` for an empty path.
    pub(crate) fn of(
        class: Class,
        code: Text,
        operation: &'static str,
        text: &str,
        whole: &str,
        issues: Vec<Issue>,
    ) -> Box<Self> {
        let mut text = text::begun(text);
        let mut between = "";
        for issue in &issues {
            text.push_str(between);
            text.push_str(if issue.path.is_empty() { whole } else { issue.path });
            text.push(' ');
            text.push_str(issue.rule.describe().1);
            between = "; ";
        }
        let mut error = Self::new(class, code, operation, &text);
        error.issues = issues;
        error
    }

    /// Says more, at the end.
    pub(crate) fn add(&mut self, text: &str) {
        self.message = text::join(&[self.message, text]);
    }

    /// The same, of a single rule.
    pub(crate) fn invalid_at(operation: &'static str, path: &str, rule: Rule) -> Box<Self> {
        Self::invalid(operation, vec![Issue::new(path, rule)])
    }

    /// Nothing, where there are no findings.
    pub(crate) fn unless_fine(operation: &'static str, issues: Vec<Issue>) -> Result<(), Box<Self>> {
        if issues.is_empty() { Ok(()) } else { Err(Self::invalid(operation, issues)) }
    }

    /// Where the answer broke its shape, for `ResponseError.path`.
    pub(crate) fn path(&self) -> Option<Text> {
        if self.class == Class::Response { self.issues.first().map(|issue| issue.path) } else { None }
    }

    /// As JavaScript reads it: one JSON object.
    pub(crate) fn write(&self, json: &mut JsonWriter) {
        json.push("{");
        json.text("name", self.class.name());
        json.text("code", self.code);
        json.text("message", self.message);
        json.text("operation", self.operation);
        json.boolean("retryable", self.retryable);
        json.number("attempts", i64::from(self.attempts));
        json.number_if("status", self.status);
        json.text_if("requestId", self.request_id);
        if let Some(wait) = self.retry_after_ms {
            json.number("retryAfterMs", wait);
        }
        json.text_if("path", self.path());
        if self.class == Class::Validation {
            json.key("issues").array(&self.issues, |json, issue| {
                let (rule, text) = issue.rule.describe();
                json.object(|json| {
                    json.text("path", issue.path);
                    json.text("rule", rule);
                    json.text("message", text);
                });
            });
        }
        if let Some(cause) = &self.cause {
            json.raw("cause", "{");
            json.text("name", cause.name);
            json.text("message", cause.message);
            json.text_if("code", cause.code);
            json.push("}");
        }
        json.push("}");
    }

    #[cfg(test)]
    pub(crate) fn to_json(&self) -> Text {
        let mut json = JsonWriter::default();
        self.write(&mut json);
        json.into_text()
    }
}

/// Why a call did not end with an answer.
#[derive(Debug)]
pub(crate) enum Failure {
    Error(Box<Error>),
    /// The caller's signal fired; its reason is handed on untouched by whoever holds the signal.
    Aborted,
}

impl From<Box<Error>> for Failure {
    fn from(error: Box<Error>) -> Self {
        Self::Error(error)
    }
}
