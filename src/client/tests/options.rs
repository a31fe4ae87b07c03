//! The options of a call, and what it sends.

use super::*;
use crate::api::{ListGroups, SearchCredentials};
use crate::client::{Limits, TokenProvider, TokenSource, TokenUnavailable};
use crate::error::ErrorClass;
use crate::validate::{FromValue, Issue, Issues, Path, Rule};
use std::future::{Future, pending, ready};
use std::pin::Pin;

#[test]
fn sends_what_is_documented() {
    let client = client([Reply::json(200, VIEWED)]);
    let response = call(&client, &view()).unwrap();
    assert_eq!((response.text.as_str(), response.status, response.attempts), (VIEWED, 200, 1));
    assert_eq!(response.data.document_id.as_str(), ID);
    assert_eq!(sent(&client), [format!("GET https://api.thehyperstack.com/v1/credential/{ID}/view -")]);
    let request = &client.transport().requests()[0];
    let headers = [("accept", "application/json"), ("authorization", "Bearer tok_secret")];
    assert_eq!(request.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((request.max_response_bytes, request.request_id_header.as_str()), (8_388_608, "x-request-id"));
}

#[test]
fn declares_a_body_as_json_and_adds_the_callers_headers() {
    let client = client([Reply::json(200, r#"{"success":true,"groups":[]}"#)]);
    let options = read(r#"{"headers":{"traceparent":"00-ab-cd-01","X-Tenant":"a b"}}"#).unwrap();
    call_with(&client, &ListGroups::default(), &options).unwrap();
    let request = &client.transport().requests()[0];
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["traceparent", "X-Tenant", "accept", "authorization", "content-type"]);
    assert_eq!(request.body.as_deref(), Some("{}"));
}

#[test]
fn joins_the_base_url_and_the_path_with_one_slash() {
    for base_url in
        ["http://localhost:1/hyperstack", "http://localhost:1/hyperstack/", "http://localhost:1/hyperstack//"]
    {
        let mut config = config();
        config.base_url = base_url.parse().unwrap();
        let client = Client::new(MockTransport::new([Reply::json(200, VIEWED)]), config);
        call(&client, &view()).unwrap();
        assert_eq!(sent(&client), [format!("GET http://localhost:1/hyperstack/v1/credential/{ID}/view -")]);
    }
}

#[test]
fn sends_nothing_if_a_rule_between_fields_is_broken() {
    let search = SearchCredentials { end_date: Some("2024/03/15".parse().unwrap()), ..SearchCredentials::default() };
    let client = client([]);
    let error = call(&client, &search).unwrap_err();
    assert_eq!((error.class, error.attempts), (ErrorClass::Validation, 0));
    assert_eq!(error.issues, [Issue::new("start_date", Rule::NeededBeside)]);
    assert!(sent(&client).is_empty());
}

#[test]
fn takes_may_exist_since_for_creations_only() {
    let options = CallOptions { may_exist_since: Some(Timestamp::from_ms(0)), ..CallOptions::default() };
    let client = client([]);
    for error in [
        call_with(&client, &view(), &options).unwrap_err(),
        call_with(&client, &publish(), &options).map(drop).unwrap_err(),
        call_with(&client, &create_group(), &options).map(drop).unwrap_err(),
    ] {
        assert_eq!(error.issues, [Issue::new("mayExistSince", Rule::UnknownField)]);
    }
    assert!(sent(&client).is_empty());
}

fn read(text: &str) -> Result<CallOptions, Vec<(String, &'static str)>> {
    let mut issues = Issues::default();
    let options = CallOptions::from_value(json::from_str(text).ok().as_ref(), &Path::Root, &mut issues);
    let issues: Vec<_> = issues.into_vec().into_iter().map(|issue| (issue.path, issue.rule.name())).collect();
    if issues.is_empty() { Ok(options.unwrap()) } else { Err(issues) }
}

#[test]
fn reads_options_and_keeps_the_other_defaults() {
    assert_eq!(read("{}"), Ok(CallOptions::default()));
    let options = read(r#"{"timeoutMs":0,"maxRetries":5,"mayExistSince":7}"#).unwrap();
    assert_eq!(options.may_exist_since, Some(Timestamp::from_ms(7)));
    let limits = Limits::default().with(&options.limits);
    assert_eq!(limits, Limits { timeout_ms: 0, max_retries: 5, ..Limits::default() });
    assert_eq!(
        Limits::default(),
        Limits { timeout_ms: 30_000, total_timeout_ms: 60_000, max_retries: 2, max_response_bytes: 8 << 20 }
    );
}

#[test]
fn names_every_wrong_option() {
    let issues =
        [("timeoutMs", "count"), ("maxRetries", "count"), ("mayExistSince", "count"), ("retries", "unknown_field")];
    assert_eq!(
        read(r#"{"timeoutMs":-1,"maxRetries":"2","mayExistSince":null,"retries":1}"#),
        Err(issues.map(|(path, rule)| (path.to_owned(), rule)).to_vec())
    );
    // Seconds and microseconds; 0 is any time.
    for ms in ["1796053437", "1000000000", "99999999999", "1796053437000000", "253402300800000"] {
        let refused = Err(vec![("mayExistSince".to_owned(), "epoch_milliseconds")]);
        assert_eq!(read(&format!(r#"{{"mayExistSince":{ms}}}"#)), refused, "{ms}");
    }
    for ms in [0, 999_999_999, 100_000_000_000, 1_796_053_437_000, 253_402_300_799_999] {
        let options = read(&format!(r#"{{"mayExistSince":{ms}}}"#)).unwrap();
        assert_eq!(options.may_exist_since, Some(Timestamp::from_ms(ms)));
    }
    for (headers, path, rule) in [
        (r#"{"Authorization":"Bearer x"}"#, "headers.Authorization", "own_header"),
        (r#"{"content-type":"text/plain"}"#, "headers.content-type", "own_header"),
        (r#"{"x y":"1"}"#, "headers.x y", "own_header"),
        (r#"{"x":"a\r\nb"}"#, "headers.x", "header_value"),
        (r#"{"x":1}"#, "headers.x", "header_value"),
        ("[]", "headers", "object"),
    ] {
        assert_eq!(read(&format!(r#"{{"headers":{headers}}}"#)), Err(vec![(path.to_owned(), rule)]));
    }
}

/// Returns what the function returns.
struct Provider<F>(F);

type PendingToken = Pin<Box<dyn Future<Output = Result<String, TokenUnavailable>>>>;

impl<F: Fn() -> PendingToken> TokenProvider for Provider<F> {
    fn token(&self) -> PendingToken {
        (self.0)()
    }
}

fn client_with_token(
    replies: impl IntoIterator<Item = Reply>,
    token: impl Fn() -> PendingToken + 'static,
) -> Client<MockTransport> {
    let config = ClientConfig::new(TokenSource::Provider(Rc::new(Provider(token))));
    Client::new(MockTransport::new(replies), config)
}

#[test]
fn never_sends_a_token_that_a_header_cannot_hold() {
    for token in ["", "two words", "line\nbreak", "ü"] {
        let client = client_with_token([], move || Box::pin(ready(Ok(token.to_owned()))));
        let error = call(&client, &view()).unwrap_err();
        assert_eq!(error.issues, [Issue::new("token", Rule::Token)]);
        assert!(token.is_empty() || !json::to_string(&error).contains(token));
        assert!(sent(&client).is_empty());
    }
}

#[test]
fn requests_the_token_at_every_attempt() {
    let tokens = RefCell::new(0);
    let client = client_with_token([unavailable(), Reply::json(200, VIEWED)], move || {
        *tokens.borrow_mut() += 1;
        let token = ["token-", &tokens.borrow().to_string()].concat();
        Box::pin(ready(Ok(token)))
    });
    call(&client, &view()).unwrap();
    let authorization = |index: usize| client.transport().requests()[index].headers[1].1.clone();
    assert_eq!([authorization(0), authorization(1)], ["Bearer token-1", "Bearer token-2"]);
}

#[test]
fn says_that_there_is_no_token() {
    let client = client_with_token([], || Box::pin(ready(Err(TokenUnavailable))));
    let error = call(&client, &view()).unwrap_err();
    assert_eq!((describe(&error).as_str(), error.retryable), ("AuthenticationError token_unavailable", false));
    let client = client_with_token([], || Box::pin(pending()));
    let error = call(&client, &view()).unwrap_err();
    assert_eq!((describe(&error).as_str(), error.retryable), ("TimeoutError token_timeout", true));
    assert_eq!((error.attempts, client.transport().sleeps_ms()), (0, vec![30_000]));
}

#[test]
fn counts_the_wait_for_the_token_towards_the_attempt() {
    let transport = Rc::new(MockTransport::new([Reply::never()]));
    let clock = Rc::clone(&transport);
    let token = move || -> PendingToken {
        clock.set_now(Timestamp::from_ms(STARTED_MS + 20_000));
        Box::pin(ready(Ok(TOKEN.to_owned())))
    };
    let client = Client::new(&*transport, ClientConfig::new(TokenSource::Provider(Rc::new(Provider(token)))));
    let options = limits(LimitOptions { max_retries: Some(0), ..LimitOptions::default() });
    let error = block_on(client.send_with(&view(), &options)).unwrap_err();
    assert_eq!((describe(&error).as_str(), transport.sleeps_ms()), ("TimeoutError timeout", vec![10_000]));
}

#[test]
fn debug_output_of_the_configuration_has_no_secret() {
    assert!(!format!("{:?}", config()).contains(TOKEN));
}
