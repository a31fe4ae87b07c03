//! Owns the reading of one HTTP answer: a body that is as documented, or the typed error the answer amounts to.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::error::{Cause, Class, Error};
use crate::json::{Flaw, Value};
use crate::json_writer::JsonWriter;
use crate::operations::Operation;
use crate::rules;
use crate::settings::is_made_of;
use crate::shape;
use crate::shape::{Issue, Rule};
use crate::text::{self, Text};

/// An answer as it came off the wire, body complete.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Incoming<'a> {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) retry_after: Option<&'a str>,
    pub(crate) request_id: Option<&'a str>,
    /// Seconds the answer spent in caches on the way (`Age`).
    pub(crate) age_s: Option<&'a str>,
    /// Without a byte order mark; nothing where it is not UTF-8. JavaScript reads it as text in any case, and knows.
    pub(crate) body: Option<&'a str>,
}

/// What must not be repeated in an error even if the server sends it back.
pub(crate) struct Secrets<'a> {
    pub(crate) token: &'a str,
}

impl Secrets<'_> {
    /// Whether a text from outside may stand in a message: short, no address, no token.
    pub(crate) fn publishable(&self, text: &str) -> bool {
        // A part of the token is a part of the secret: any eight characters of it in a row.
        let size = self.token.len().min(8);
        let stands = |part: &[u8]| text.as_bytes().windows(size).any(|found| found.eq_ignore_ascii_case(part));
        let secret = || size >= 4 && self.token.as_bytes().windows(size).any(stands);
        (1..=300).contains(&text.len())
            && !text::holds_at_sign(text)
            && !text.chars().any(char::is_control)
            && !secret()
    }
}

/// Whether an answer is as documented: with a text where that is given instead of its body, or with the error that it
/// amounts to.
pub(crate) fn read(
    operation: &Operation,
    id: Option<&str>,
    incoming: &Incoming<'_>,
    secrets: &Secrets<'_>,
) -> Result<Option<Text>, Box<Error>> {
    let status = incoming.status;
    let class = match status {
        200..300 => Class::Response,
        401 => Class::Authentication,
        402 => Class::InsufficientBalance,
        403 => Class::Permission,
        404 => Class::NotFound,
        409 => Class::Conflict,
        429 => Class::RateLimit,
        500.. => Class::Server,
        _ => Class::BadRequest,
    };
    let success = class == Class::Response;
    // Some statuses speak for themselves; the others only with the API's own body, because a proxy in between answers 404
    // or 400 as well, and that says nothing about a credential.
    let speaks_for_itself =
        matches!(class, Class::Authentication | Class::Permission | Class::RateLimit | Class::Server);
    let shape = if success { operation.answer } else { shape!(any) };
    let checked = json_text(operation, incoming).and_then(|text| match rules::check(text, shape) {
        Ok(issues) => Ok((text, issues)),
        Err(flaw) => Err(bad_json(operation, flaw)),
    });
    let (text, mut issues) = match checked {
        Err(error) if !speaks_for_itself => return Err(error),
        // Without a body it says what its status says.
        checked => checked.unwrap_or_default(),
    };
    let body = Value::checked(text);
    if success && issues.is_empty() {
        if operation.echoes_id && !body.get("document_id").is(id.unwrap_or_default()) {
            let text = "the answer is about another credential than the one asked for";
            return Err(Error::new(Class::Response, "id_mismatch", operation.name, text));
        }
        return Ok(operation.lists.map(|field| with_list(body, field)));
    }
    // A failure may be carried on HTTP 200, too (documented for recipients/update).
    if speaks_for_itself || body.get("success").boolean() == Some(false) {
        return Err(documented_failure(operation, body, class, secrets));
    }
    if !success {
        issues.push(Issue::new("success", Rule::Required));
    }
    Err(bad_shape(operation, issues))
}

/// The answer with `field`, a string joined by commas, as a list of strings.
fn with_list(body: Value<'_>, field: &str) -> Text {
    let mut json = JsonWriter::default();
    json.push("{");
    for (key, value) in body.members() {
        if key.is(field) {
            let joined = value.string().unwrap_or_default();
            let parts = text::parts(joined, b',').map(str::trim_ascii).filter(|part| !part.is_empty());
            json.key(field).array(parts, JsonWriter::string);
        } else {
            json.raw(key.decode(), value.text());
        }
    }
    json.push("}");
    json.into_text()
}

/// `{success: false, error, error_code?}` or `{detail}`: the code decides, the English text is only passed on.
fn documented_failure(operation: &Operation, body: Value<'_>, by_status: Class, secrets: &Secrets<'_>) -> Box<Error> {
    let member = |name: &str| body.get(name).string();
    let given = member("error_code").filter(|code| is_code(code) && secrets.publishable(code));
    let class = match given {
        Some(given) if by_status == Class::Response => match given {
            "recipient_not_found" | "group_not_found" => Class::NotFound,
            "credential_exists" => Class::Conflict,
            "low_balance" => Class::InsufficientBalance,
            _ => Class::BadRequest,
        },
        _ => by_status,
    };
    let (_, mut code, sentence) = class.describe();
    if class == Class::NotFound {
        code = operation.not_found;
    }
    let said = member("error").or_else(|| member("detail"));
    let text = said.filter(|text| secrets.publishable(text)).unwrap_or(sentence);
    Error::new(class, given.map_or(code, text::keep), operation.name, text)
}

/// Codes go into programs and logs, so only what looks like one is taken from outside.
fn is_code(code: &str) -> bool {
    is_made_of(code, 1, 64, b"09__az")
}

fn json_text<'a>(operation: &Operation, incoming: &Incoming<'a>) -> Result<&'a str, Box<Error>> {
    if !incoming.content_type.is_some_and(is_json) {
        let text = "the answer is not declared as JSON (a proxy or a wrong baseUrl?)";
        return Err(Error::new(Class::Response, "bad_content_type", operation.name, text));
    }
    incoming.body.ok_or_else(|| bad_json(operation, Flaw::Encoding))
}

/// `application/json` or `application/…+json`, parameters aside.
pub(crate) fn is_json(content_type: &str) -> bool {
    let essence = text::lower(text::parts(content_type, b';').next().unwrap_or_default().trim_ascii());
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn bad_json(operation: &Operation, flaw: Flaw) -> Box<Error> {
    let (code, text) = match flaw {
        Flaw::Truncated => ("truncated", "the answer ends in the middle of its JSON"),
        _ => ("bad_json", "the answer is not valid JSON"),
    };
    let mut error = Error::new(Class::Response, code, operation.name, text);
    let cause = Cause { name: "SyntaxError", code: None, message: flaw.rule() };
    error.cause = Some(Box::new(cause));
    error
}

fn bad_shape(operation: &Operation, mut issues: Vec<Issue>) -> Box<Error> {
    // The first finding says enough.
    issues.truncate(1);
    let text = "the answer is not as documented: ";
    Error::of(Class::Response, "bad_shape", operation.name, text, "the body", issues)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::operations::named;

    const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
    const SECRETS: Secrets<'_> = Secrets { token: "tok_secret" };

    fn answer<'a>(status: u16, content_type: &'a str, body: &'a [u8]) -> Incoming<'a> {
        Incoming { status, content_type: Some(content_type), body: json::text_of(body).ok(), ..Incoming::default() }
    }

    fn outcome(operation: &'static Operation, incoming: &Incoming) -> String {
        match read(operation, Some(ID), incoming, &SECRETS) {
            Ok(_) => "ok".to_owned(),
            Err(error) => {
                let path = error.path().unwrap_or_default().to_owned();
                format!("{} {} {path}", error.class.name(), error.code).trim_end().to_owned()
            }
        }
    }

    #[test]
    fn every_documented_answer_of_every_operation() {
        let fixtures: serde_json::Value = serde_json::from_str(include_str!("../tests/vectors/fixtures.json")).unwrap();
        let mut seen = 0;
        for fixture in fixtures.as_array().unwrap() {
            let operation = match fixture["endpoint"].as_str().unwrap() {
                "authenticate" => "account.get",
                "create_group" => "groups.create",
                "view_group" => "groups.view",
                "update_group" => "groups.update",
                "search_groups" => "groups.search",
                "generate_credential" => "credentials.generate",
                "issue_credential" => "credentials.issue",
                "publish_credential" => "credentials.publish",
                "view_credential" => "credentials.view",
                "update_credential" => "credentials.update",
                "list_credentials" => "credentials.list",
                "search_credentials" => "credentials.search",
                "update_recipient" => "recipients.update",
                "webhook_subscribe" => "webhooks.subscribe",
                other => panic!("no operation for {other}"),
            };
            let operation = named(operation);
            seen += 1;
            if let (Some(shape), request @ serde_json::Value::Object(_)) = (operation.request, &fixture["request_body"])
            {
                assert_eq!(rules::check(&request.to_string(), shape), Ok(vec![]), "{fixture}");
            }
            // The older documentation's failure of a search has no status; it can only have been a 200.
            let status = u16::try_from(fixture["status"].as_u64().unwrap_or(200)).unwrap();
            let body = &fixture["response_body"];
            let expected = match (status, body["error_code"].as_str()) {
                (200, None) if body["success"] == false => "ResponseError unsuccessful".to_owned(),
                (200, None) => "ok".to_owned(),
                (400, code) => format!("BadRequestError {}", code.unwrap_or("bad_request")),
                (401, None) => "AuthenticationError unauthorized".to_owned(),
                (402, Some(code)) => format!("InsufficientBalanceError {code}"),
                (200 | 404, Some(code)) => format!("NotFoundError {code}"),
                (404, None) => "NotFoundError credential_not_found".to_owned(),
                (409, Some(code)) => format!("ConflictError {code}"),
                other => panic!("no expectation for {other:?}"),
            };
            let body = body.to_string();
            let incoming = answer(status, "application/json", body.as_bytes());
            assert_eq!(outcome(operation, &incoming), expected, "{fixture}");
        }
        assert_eq!(seen, fixtures.as_array().unwrap().len());
        assert_eq!(seen, 41);
    }

    #[test]
    fn joined_tags_are_given_back_as_a_list() {
        for (tags, expected) in [
            (r#""apple,mango,orange""#, r#"["apple","mango","orange"]"#),
            (r#"" a , b,,\u0022c\u0022 ""#, r#"["a","b","\"c\""]"#),
            (r#""""#, "[]"),
        ] {
            let body = |tags: &str| {
                format!(
                    r#"{{"success":true,"title":"T","description":"D","x":"tags","tags" : {tags} ,"group_code":"C","does_expire":false}}"#
                )
            };
            let given = body(tags);
            let incoming = answer(200, "application/json", given.as_bytes());
            let text = read(named("groups.view"), None, &incoming, &SECRETS).expect("a group");
            // Only what stands between the values is lost.
            assert_eq!(text.unwrap(), body(expected).replace(" : ", ":").replace("] ,", "],"));
        }
    }

    const GOOD: &str = r#"{"success":true,"document_id":"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","document_url":"https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","recipient":{"name":"A","email":"a@example.com"},"group":{"title":"T","key":"K","code":"C"},"issued_on":"2024-03-15T10:30:00Z","valid_until":null,"metadata":{},"status":"active"}"#;

    #[test]
    fn a_wrong_answer_names_the_place() {
        let json = "application/json; charset=utf-8";
        for (change, expected) in [
            (("\"metadata\"", "\"later\":[1],\"metadata\""), "ok"),
            (("\"active\"", "\"archived\""), "ok"),
            (("\"success\":true,", ""), "ResponseError bad_shape success"),
            (("true", "\"true\""), "ResponseError bad_shape success"),
            (("true", "false"), "ResponseError unsuccessful"),
            (("\"email\":\"a@example.com\"", "\"email\":null"), "ResponseError bad_shape recipient.email"),
            (("2024-03-15T10:30:00Z", "yesterday"), "ResponseError bad_shape issued_on"),
            (("\"valid_until\":null,", ""), "ResponseError bad_shape valid_until"),
            (("\"metadata\":{}", "\"metadata\":[]"), "ResponseError bad_shape metadata"),
            (("\"status\":\"active\"", "\"status\":\"active\",\"status\":\"revoked\""), "ResponseError bad_json"),
            (("\"active\"}", "\"active\""), "ResponseError truncated"),
            (("\"document_id\":\"j", "\"document_id\":\"k"), "ResponseError id_mismatch"),
            (("\"document_id\":\"j", "\"document_id\":\"/"), "ResponseError bad_shape document_id"),
        ] {
            let body = GOOD.replacen(change.0, change.1, 1);
            assert_eq!(outcome(named("credentials.view"), &answer(200, json, body.as_bytes())), expected, "{body}");
        }
        assert_eq!(outcome(named("credentials.view"), &answer(200, json, b"")), "ResponseError truncated");
        assert_eq!(outcome(named("credentials.view"), &answer(200, json, b"\xff")), "ResponseError bad_json");
        assert_eq!(
            outcome(named("credentials.view"), &answer(200, "text/html", GOOD.as_bytes())),
            "ResponseError bad_content_type"
        );
    }

    #[test]
    fn a_proxys_page_is_never_taken_for_the_api() {
        for (status, expected) in [
            (200, "ResponseError bad_content_type"),
            (400, "ResponseError bad_content_type"),
            (401, "AuthenticationError unauthorized"),
            (402, "ResponseError bad_content_type"),
            (403, "PermissionError forbidden"),
            (404, "ResponseError bad_content_type"),
            (409, "ResponseError bad_content_type"),
            (429, "RateLimitError rate_limited"),
            (500, "ServerError server_error"),
            (502, "ServerError server_error"),
        ] {
            assert_eq!(
                outcome(named("credentials.view"), &answer(status, "text/html", b"<html>")),
                expected,
                "{status}"
            );
        }
        let json = "application/json";
        assert_eq!(
            outcome(named("credentials.view"), &answer(404, json, b"{\"message\":\"no route\"}")),
            "ResponseError bad_shape success"
        );
        assert_eq!(outcome(named("credentials.view"), &answer(404, json, b"<html>")), "ResponseError bad_json");
        assert_eq!(
            outcome(named("credentials.view"), &answer(404, json, b"{\"success\":false")),
            "ResponseError truncated"
        );
    }

    #[test]
    fn nothing_secret_is_repeated() {
        let body = format!(r#"{{"success":false,"error_code":"{}"}}"#, SECRETS.token);
        let error = read(named("groups.create"), None, &answer(400, "application/json", body.as_bytes()), &SECRETS)
            .expect_err("refused");
        assert_eq!(error.code, "bad_request");
        for said in
            ["no account for a@example.com", "token tok_secret is unknown", "it ends in k_secret", "line\\nbreak"]
        {
            let body = format!(r#"{{"success":false,"error":"{said}","error_code":"a@example.com"}}"#);
            let error = read(named("groups.create"), None, &answer(400, "application/json", body.as_bytes()), &SECRETS)
                .expect_err("refused");
            assert_eq!(error.code, "bad_request");
            assert_eq!(error.message, "groups.create: the API refused the request");
        }
    }

    #[test]
    fn content_types() {
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert!(is_json(good), "{good}");
        }
        for bad in ["", "text/json", "text/html; x=application/json", "application/jsonp", "image/svg+json"] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
