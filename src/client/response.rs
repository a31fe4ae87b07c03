//! Reads an HTTP response: returns the JSON text of a success, or a typed error.

use super::request::{Accept, Rejection};
use crate::api::{Operation, ResponseFlaw};
use crate::error::{Cause, Error, ErrorClass, describe};
use crate::json::{self, ErrorKind, SyntaxError, Value};
use crate::redaction::Secrets;
use crate::transport::HttpResponse;
use crate::validate::{Issue, Rule, format};

/// Returns the body of a response that `accept` takes.
pub(super) fn read(
    operation: &Operation,
    response: &mut HttpResponse,
    secrets: &Secrets<'_>,
    accept: &mut Accept<'_>,
) -> Result<String, Error> {
    let meaning = Meaning::of(response.status);
    let text = json_text(operation, response);
    if meaning.class == ErrorClass::Response {
        let text = text?;
        return match accept(&text) {
            Ok(()) => Ok(text),
            Err(rejection) => Err(refusal(operation, &text, rejection, secrets)),
        };
    }
    let body =
        text.and_then(|text| json::from_str::<Value>(&text).map_err(|error| bad_json(operation, syntax_of(&error))));
    match body {
        Ok(body) if meaning.is_clear || says_failure(&body) => Err(failure(operation, &body, &meaning, secrets)),
        Err(_) if meaning.is_clear => Err(failure(operation, &Value::Null, &meaning, secrets)),
        Ok(_) => Err(bad_shape(operation, "success".to_owned(), Some(Rule::Required))),
        Err(error) => Err(error),
    }
}

/// What a status means.
struct Meaning {
    class: ErrorClass,
    /// The code, unless the response has one.
    code: &'static str,
    /// What happened, unless the response says it.
    text: &'static str,
    /// Whether the status says enough. The others count only with the API's own body: a proxy sends 404 or 400 as well, and
    /// that says nothing about a credential.
    is_clear: bool,
}

impl Meaning {
    fn of(status: u16) -> Self {
        let (class, code, text, is_clear) = match status {
            200..300 => (ErrorClass::Response, "unsuccessful", "the API refused the request", false),
            401 => (ErrorClass::Authentication, "unauthorized", "the API refused the token", true),
            402 => (ErrorClass::InsufficientBalance, "low_balance", "the account's balance is too low", false),
            403 => (ErrorClass::Permission, "forbidden", "the token does not have permission", true),
            404 => (ErrorClass::NotFound, "", "not found in this account", false),
            408 => (ErrorClass::Timeout, "timeout", "the API timed out", true),
            409 => (ErrorClass::Conflict, "conflict", "the request conflicts with existing data", false),
            413 | 414 | 431 => (ErrorClass::BadRequest, "bad_request", "the request is too large for the API", true),
            425 => (ErrorClass::Server, "server_error", "the API is not ready", true),
            429 => (ErrorClass::RateLimit, "rate_limited", "too many requests", true),
            500.. => (ErrorClass::Server, "server_error", "the API failed", true),
            _ => (ErrorClass::BadRequest, "bad_request", "the API refused the request", false),
        };
        Self { class, code, text, is_clear }
    }
}

/// Whether the body says that the request failed. HTTP 200 can say so, too (documented for `recipients/update`).
fn says_failure(body: &Value) -> bool {
    body.get("success") == Some(&Value::Bool(false))
}

/// The error of a response with a status of success that is not as documented.
fn refusal(operation: &Operation, text: &str, rejection: Rejection, secrets: &Secrets<'_>) -> Error {
    let body: Value = match json::from_str(text) {
        Ok(body) => body,
        // What is not JSON as a whole is not read in part.
        Err(error) => return bad_json(operation, syntax_of(&error)),
    };
    if says_failure(&body) {
        return failure(operation, &body, &Meaning::of(200), secrets);
    }
    let is_incomplete = matches!(body, Value::Object(_)) && body.get("success").is_none();
    match rejection {
        // Where several members are missing, the one that every documented response has says most.
        Rejection::Json(json::Error { path, kind: ErrorKind::Rule(Rule::Required) })
            if is_incomplete && !path.contains(['.', '[']) =>
        {
            bad_shape(operation, "success".to_owned(), Some(Rule::Required))
        }
        Rejection::Json(json::Error { path, kind: ErrorKind::Rule(rule) }) => bad_shape(operation, path, Some(rule)),
        Rejection::Json(json::Error { path, .. }) => bad_shape(operation, path, None),
        Rejection::Flaw(ResponseFlaw::Shape(issue)) => bad_shape(operation, issue.path, Some(issue.rule)),
        Rejection::Flaw(ResponseFlaw::OtherId) => {
            let text = "the response is for a different credential";
            Error::new(ErrorClass::Response, "id_mismatch", operation.name, text)
        }
    }
}

/// `{success: false, error, error_code?}` or `{detail}`: the code decides, the English text is only passed on.
fn failure(operation: &Operation, body: &Value, meaning: &Meaning, secrets: &Secrets<'_>) -> Error {
    let member = |name: &str| body.get(name).and_then(Value::as_str);
    let given = member("error_code").filter(|code| is_code(code) && secrets.may_show(code));
    let class = match given {
        Some(given) if meaning.class == ErrorClass::Response => match given {
            "recipient_not_found" | "group_not_found" => ErrorClass::NotFound,
            "credential_exists" => ErrorClass::Conflict,
            "low_balance" => ErrorClass::InsufficientBalance,
            _ => ErrorClass::BadRequest,
        },
        _ => meaning.class,
    };
    let code = if class == ErrorClass::NotFound { operation.not_found_code } else { meaning.code };
    let words = member("error").or_else(|| member("detail"));
    let text = words.filter(|text| secrets.may_show(text)).unwrap_or(meaning.text);
    match given {
        Some(given) => Error::new(class, given.to_owned(), operation.name, text),
        None => Error::new(class, code, operation.name, text),
    }
}

/// Codes get into programs and logs, so only what looks like one is taken from a response.
fn is_code(code: &str) -> bool {
    format::consists_of(code, 1..=64, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The body, if it is declared as JSON and UTF-8.
fn json_text(operation: &Operation, response: &mut HttpResponse) -> Result<String, Error> {
    if !response.is_json() {
        let text = "the content type is not JSON (a proxy or a wrong baseUrl?)";
        return Err(Error::new(ErrorClass::Response, "bad_content_type", operation.name, text));
    }
    response.take_text().ok_or_else(|| bad_json(operation, SyntaxError::Encoding))
}

/// The syntax error of a text that cannot be read as any value.
fn syntax_of(error: &json::Error) -> SyntaxError {
    match error.kind {
        ErrorKind::Syntax(syntax) => syntax,
        ErrorKind::Rule(_) | ErrorKind::Other(_) => SyntaxError::Unexpected,
    }
}

fn bad_json(operation: &Operation, syntax: SyntaxError) -> Error {
    let (code, text) = match syntax {
        SyntaxError::Truncated => ("truncated", "the response is cut off"),
        _ => ("bad_json", "the response is not valid JSON"),
    };
    let mut error = Error::new(ErrorClass::Response, code, operation.name, text);
    let message = syntax.name().to_owned();
    error.cause = Some(Cause { name: "SyntaxError".to_owned(), message, code: None });
    error
}

/// The first broken rule says enough.
fn bad_shape(operation: &Operation, path: String, rule: Option<Rule>) -> Error {
    let whole = "the body";
    let issues: Vec<Issue> = rule.map(|rule| Issue::new(path.as_str(), rule)).into_iter().collect();
    let what = match issues.as_slice() {
        [] => [if path.is_empty() { whole } else { &path }, " has the wrong type"].concat(),
        issues => describe(issues, whole),
    };
    let text = ["the response is not as documented: ", &what].concat();
    let mut error = Error::new(ErrorClass::Response, "bad_shape", operation.name, &text);
    error.path = Some(path);
    error.issues = issues;
    error
}
