//! Documented responses, and the errors of all others.

use super::*;
use crate::api::{
    Expiry, ExpiryTime, GetAccount, IssueCredential, ListCredentials, SearchCredentials, SearchGroups,
    SubscribeWebhook, UpdateCredential, UpdateGroup, UpdateRecipient, ViewGroup,
};
use crate::error::ErrorClass;
use crate::model::{GroupChanges, WebhookEvent};
use crate::transport::{HttpResponse, TransportError};
use crate::validate::{Issue, Rule};

/// How a call ends that is sent once.
fn outcome<E: Endpoint>(endpoint: &E, reply: Reply) -> String {
    let once = limits(LimitOptions { max_retries: Some(0), ..LimitOptions::default() });
    ending(&call_with(&client([reply]), endpoint, &once))
}

#[test]
fn reads_every_documented_response_of_every_operation() {
    let fixtures: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/fixtures.json")).unwrap();
    let document_id = || DocumentId::parse(ID).unwrap();
    let group_key = || GroupKey::parse(GROUP_KEY).unwrap();
    for fixture in fixtures.as_array().unwrap() {
        // The older documentation's failure of a search has no status; it can only have been a 200.
        let status = u16::try_from(fixture["status"].as_u64().unwrap_or(200)).unwrap();
        let body = &fixture["response_body"];
        let reply = Reply::json(status, body.to_string());
        let found = match fixture["endpoint"].as_str().unwrap() {
            "authenticate" => outcome(&GetAccount, reply),
            "create_group" => outcome(&create_group(), reply),
            "view_group" => outcome(&ViewGroup { group_key: group_key() }, reply),
            "update_group" => outcome(&UpdateGroup { group_key: group_key(), changes: GroupChanges::default() }, reply),
            "search_groups" => outcome(&SearchGroups::default(), reply),
            "generate_credential" => outcome(&generate(), reply),
            "issue_credential" => outcome(&IssueCredential(generate().0), reply),
            "publish_credential" => outcome(&publish(), reply),
            "view_credential" => outcome(&view(), reply),
            "update_credential" => {
                let expiry = Expiry { expiry: ExpiryTime::Never };
                outcome(&UpdateCredential { document_id: document_id(), expiry }, reply)
            }
            "list_credentials" => outcome(&ListCredentials::default(), reply),
            "search_credentials" => outcome(&SearchCredentials::default(), reply),
            "update_recipient" => {
                let email = "a@example.com".parse().unwrap();
                outcome(&UpdateRecipient { email, custom_attributes: None }, reply)
            }
            "webhook_subscribe" => {
                let url = "https://a.example".parse().unwrap();
                outcome(&SubscribeWebhook { url, events: vec![WebhookEvent::CredentialIssued] }, reply)
            }
            other => panic!("no operation for {other}"),
        };
        let expected = match (status, body["error_code"].as_str()) {
            (200, None) if body["success"] == false => "ResponseError unsuccessful".to_owned(),
            (200, None) => "response".to_owned(),
            (400, code) => format!("BadRequestError {}", code.unwrap_or("bad_request")),
            (401, None) => "AuthenticationError unauthorized".to_owned(),
            (402, Some(code)) => format!("InsufficientBalanceError {code}"),
            (200 | 404, Some(code)) => format!("NotFoundError {code}"),
            (404, None) => "NotFoundError credential_not_found".to_owned(),
            (409, Some(code)) => format!("ConflictError {code}"),
            other => panic!("no expectation for {other:?}"),
        };
        assert_eq!(found, expected, "{fixture}");
    }
    assert_eq!(fixtures.as_array().unwrap().len(), 41);
}

#[test]
fn names_the_place_where_a_response_is_not_as_documented() {
    for (from, to, expected) in [
        ("\"metadata\"", "\"later\":[1],\"metadata\"", "response"),
        ("\"active\"", "\"archived\"", "response"),
        ("\"success\":true,", "", "ResponseError bad_shape success"),
        ("true", "\"true\"", "ResponseError bad_shape success"),
        ("true", "false", "ResponseError unsuccessful"),
        ("\"email\":\"a@example.com\"", "\"email\":null", "ResponseError bad_shape recipient.email"),
        ("2024-03-15T10:30:00Z", "yesterday", "ResponseError bad_shape issued_on"),
        ("\"valid_until\":null,", "", "ResponseError bad_shape valid_until"),
        ("\"metadata\":{}", "\"metadata\":[]", "ResponseError bad_shape metadata"),
        ("\"status\":\"active\"", "\"status\":\"active\",\"status\":\"revoked\"", "ResponseError bad_json"),
        // What is not JSON as a whole is not read in part.
        ("\"email\":\"a@example.com\"},", "\"email\":null},}", "ResponseError bad_json"),
        ("\"active\"}", "\"active\"", "ResponseError truncated"),
        ("\"document_id\":\"j", "\"document_id\":\"k", "ResponseError id_mismatch"),
        ("\"document_id\":\"j", "\"document_id\":\"/", "ResponseError bad_shape document_id"),
    ] {
        let body = VIEWED.replacen(from, to, 1);
        assert_ne!(body, VIEWED);
        assert_eq!(outcome(&view(), Reply::json(200, body.as_str())), expected, "{body}");
    }
    let client = client([Reply::json(200, VIEWED.replace("\"a@example.com\"", "null"))]);
    let error = call(&client, &view()).unwrap_err();
    assert_eq!(error.message, "credentials.view: the response is not as documented: recipient.email must be a string");
    assert_eq!(error.issues, [Issue::new("recipient.email", Rule::String)]);
    let fields = parsed(&json::to_string(&error));
    assert_eq!(fields.get("path").and_then(Value::as_str), Some("recipient.email"));
    assert_eq!(fields.get("issues"), None, "they belong to a ValidationError");
}

#[test]
fn refuses_what_is_not_json() {
    assert_eq!(outcome(&view(), Reply::json(200, "")), "ResponseError truncated");
    assert_eq!(outcome(&view(), Reply::json(200, b"\xff".as_slice())), "ResponseError bad_json");
    assert_eq!(outcome(&view(), Reply::json(200, "[1]")), "ResponseError bad_shape");
    assert_eq!(outcome(&view(), Reply::json(200, "{}")), "ResponseError bad_shape success");
    assert_eq!(outcome(&view(), Reply::html(200, VIEWED)), "ResponseError bad_content_type");
    let untyped = HttpResponse { status: 204, ..HttpResponse::default() };
    assert_eq!(outcome(&view(), Reply::response(untyped)), "ResponseError bad_content_type");
    let client = client([Reply::json(200, "{\"a\":1,\"a\":2}")]);
    let cause = call(&client, &view()).unwrap_err().cause.clone().unwrap();
    assert_eq!((cause.name.as_str(), cause.message.as_str()), ("SyntaxError", "duplicate_key"));
}

#[test]
fn drops_a_byte_order_mark() {
    let client = client([Reply::json(200, format!("\u{feff}{VIEWED}"))]);
    assert_eq!(call(&client, &view()).unwrap().text, VIEWED);
    assert_eq!(outcome(&view(), Reply::json(200, format!("\u{feff}\u{feff}{VIEWED}"))), "ResponseError bad_json");
}

#[test]
fn never_takes_a_proxys_page_for_the_api() {
    for (status, expected) in [
        (200, "ResponseError bad_content_type"),
        (400, "ResponseError bad_content_type"),
        (401, "AuthenticationError unauthorized"),
        (402, "ResponseError bad_content_type"),
        (403, "PermissionError forbidden"),
        (404, "ResponseError bad_content_type"),
        (408, "TimeoutError timeout"),
        (409, "ResponseError bad_content_type"),
        (413, "BadRequestError bad_request"),
        (425, "ServerError server_error"),
        (429, "RateLimitError rate_limited"),
        (431, "BadRequestError bad_request"),
        (500, "ServerError server_error"),
        (502, "ServerError server_error"),
        (522, "ServerError server_error"),
    ] {
        assert_eq!(outcome(&view(), Reply::html(status, "<html>")), expected, "{status}");
    }
    for (body, expected) in [
        (r#"{"message":"no route"}"#, "ResponseError bad_shape success"),
        ("<html>", "ResponseError bad_json"),
        (r#"{"success":false"#, "ResponseError truncated"),
    ] {
        assert_eq!(outcome(&view(), Reply::json(404, body)), expected);
    }
}

#[test]
fn reports_a_request_that_is_too_large() {
    for status in [413, 414, 431] {
        for reply in [Reply::html(status, "<html>"), Reply::json(status, "{}")] {
            let error = call(&client([reply]), &create_group()).unwrap_err();
            assert_eq!(error.message, "groups.create: the request is too large for the API");
            assert_eq!((error.class, error.status, error.retryable), (ErrorClass::BadRequest, Some(status), false));
        }
    }
}

#[test]
fn follows_no_redirect_and_reads_no_endless_body() {
    for (error, expected, status) in [
        (TransportError::Redirect { status: Some(302) }, "ResponseError unexpected_redirect", Some(302)),
        (TransportError::Redirect { status: None }, "ResponseError unexpected_redirect", None),
        (TransportError::TooLarge, "ResponseError body_too_large", None),
    ] {
        let error = call(&client([Reply::failure(error)]), &view()).unwrap_err();
        assert_eq!((describe(&error).as_str(), error.status, error.attempts), (expected, status, 1));
    }
}

#[test]
fn passes_on_the_message_of_the_api() {
    for (status, body, code, message) in [
        (
            400,
            r#"{"success":false,"error":"No name given","error_code":"missing_recipient"}"#,
            "missing_recipient",
            "No name given",
        ),
        (401, r#"{"detail":"Invalid token"}"#, "unauthorized", "Invalid token"),
        (404, r#"{"success":false}"#, "credential_not_found", "not found in this account"),
        (400, r#"{"success":false,"error":"x","error_code":"Not A Code"}"#, "bad_request", "x"),
        (500, r#"{"error":"maintenance"}"#, "server_error", "maintenance"),
    ] {
        let reply = Reply::json(status, body).request_id("r-1").retry_after("soon");
        let error = call(&client([reply]), &view()).unwrap_err();
        assert_eq!((&*error.code, error.message.as_str()), (code, format!("credentials.view: {message}").as_str()));
        assert_eq!((error.status, error.request_id.as_deref()), (Some(status), Some("r-1")));
    }
}

#[test]
fn shows_no_secret_of_a_response() {
    let body = format!(r#"{{"success":false,"error_code":"{TOKEN}"}}"#);
    assert_eq!(outcome(&create_group(), Reply::json(400, body)), "BadRequestError bad_request");
    for text in [
        "no account for a@example.com",
        "no account for a (at) example.com",
        "token tok_secret is unknown",
        "it ends in k_secret",
        "dG9rX3NlY3JldA==",
        "746f6b5f736563726574",
        "tok_s then ecret",
        "line\\nbreak",
    ] {
        let body = format!(r#"{{"success":false,"error":"{text}","error_code":"a@example.com"}}"#);
        let error = call(&client([Reply::json(400, body)]), &create_group()).unwrap_err();
        assert_eq!(error.code, "bad_request");
        assert_eq!(error.message, "groups.create: the API refused the request", "{text}");
    }
}
