//! Retries, waits, limits and events.

use super::*;
use crate::client::RetryQuota;
use crate::error::{Cause, ErrorClass};
use crate::transport::{Transport, TransportError};

#[test]
fn retries_reads() {
    let reading = client([Reply::lost(), unavailable(), Reply::json(200, VIEWED)]);
    assert_eq!(call(&reading, &view()).unwrap().attempts, 3);
    assert_eq!(reading.transport().sleeps_ms(), [500, 1000]);
    let failing = client([Reply::lost(), Reply::lost(), Reply::lost()]);
    let error = call(&failing, &view()).unwrap_err();
    assert_eq!((error.class, error.attempts, error.retryable), (ErrorClass::Connection, 3, true));
}

#[test]
fn retries_reads_that_a_server_or_gateway_could_not_handle_for_now() {
    for (status, class) in [
        (408, ErrorClass::Timeout),
        (425, ErrorClass::Server),
        (502, ErrorClass::Server),
        (503, ErrorClass::Server),
        (504, ErrorClass::Server),
        (520, ErrorClass::Server),
        (522, ErrorClass::Server),
        (524, ErrorClass::Server),
    ] {
        let recovering = client([Reply::html(status, "<html>"), Reply::json(200, VIEWED)]);
        assert_eq!(call(&recovering, &view()).unwrap().attempts, 2, "{status}");
        let failing = client([Reply::html(status, "<html>"), Reply::html(status, ""), Reply::json(status, "{}")]);
        let error = call(&failing, &view()).unwrap_err();
        assert_eq!((error.class, error.status, error.attempts, error.retryable), (class, Some(status), 3, true));
    }
    for status in [400, 404, 413, 431, 500, 501, 505] {
        let failing = client([Reply::html(status, "<html>")]);
        let error = call(&failing, &view()).unwrap_err();
        assert_eq!((error.status, error.attempts, error.retryable), (Some(status), 1, false), "{status}");
    }
}

#[test]
fn does_not_retry_what_could_create_a_second_group() {
    for reply in [Reply::lost(), Reply::never(), unavailable(), Reply::html(522, ""), Reply::html(408, "")] {
        let client = client([reply]);
        let error = call(&client, &create_group()).unwrap_err();
        assert_eq!((error.attempts, error.retryable), (1, false));
        assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
    }
}

#[test]
fn retries_everything_that_was_refused_at_once() {
    let client = client([Reply::json(429, "{}").retry_after("2"), exists()]);
    let error = call(&client, &generate()).unwrap_err();
    assert_eq!((error.class, error.attempts), (ErrorClass::Conflict, 2));
    assert_eq!(client.transport().sleeps_ms(), [2000]);
}

#[test]
fn leaves_a_long_wait_to_the_caller() {
    let client = client([Reply::json(429, "{}").retry_after("86400")]);
    let error = call(&client, &view()).unwrap_err();
    assert_eq!((error.attempts, error.retry_after_ms, error.retryable), (1, Some(86_400_000), true));
}

#[test]
fn ignores_a_retry_after_that_is_a_time_on_the_clock() {
    let client = client([Reply::json(429, "{}").retry_after("1796053437"), Reply::json(200, VIEWED)]);
    assert_eq!(call(&client, &view()).unwrap().attempts, 2);
    assert_eq!(client.transport().sleeps_ms(), [500]);
}

#[test]
fn jitters_the_backoff() {
    let client = client([unavailable(), Reply::json(200, VIEWED)]);
    client.transport().set_random(0.0);
    call(&client, &view()).unwrap();
    assert_eq!(client.transport().sleeps_ms(), [250]);
}

#[test]
fn limits_each_attempt_and_the_whole_call() {
    let client = client([Reply::never(), Reply::json(200, VIEWED).after_ms(40_000), Reply::never()]);
    let error = call(&client, &view()).unwrap_err();
    assert_eq!((describe(&error).as_str(), error.attempts), ("TimeoutError timeout", 2));
    assert_eq!(client.transport().now().as_ms() - STARTED_MS, 60_000);
    assert_eq!(client.transport().sleeps_ms(), [30_000, 500, 29_500]);
}

#[test]
fn does_not_wait_longer_than_the_call_may_take() {
    let client = client([unavailable().retry_after("2")]);
    let options = limits(LimitOptions { total_timeout_ms: Some(2000), ..LimitOptions::default() });
    let error = call_with(&client, &view(), &options).unwrap_err();
    assert_eq!((error.attempts, error.retry_after_ms), (1, Some(2000)));
    assert!(client.transport().sleeps_ms().is_empty());
}

#[test]
fn keeps_its_limits_when_the_clock_is_set_back() {
    let client = client([Reply::never(), Reply::json(200, VIEWED)]);
    let options =
        limits(LimitOptions { timeout_ms: Some(10), total_timeout_ms: Some(1000), ..LimitOptions::default() });
    let endpoint = view();
    let response = block_on(async {
        let call = client.send_with(&endpoint, &options);
        client.transport().set_now(Timestamp::from_ms(STARTED_MS - 1_000_000));
        call.await
    });
    assert_eq!(response.unwrap().attempts, 2);
}

#[test]
fn retries_as_often_as_the_caller_says() {
    for (max_retries, attempts) in [(0, 1), (1, 2), (4, 5)] {
        let client = client(std::iter::repeat_n(unavailable(), 9));
        let options = limits(LimitOptions { max_retries: Some(max_retries), ..LimitOptions::default() });
        assert_eq!(call_with(&client, &view(), &options).unwrap_err().attempts, attempts);
    }
}

#[test]
fn stops_retrying_when_the_quota_is_used_up() {
    let failing = client([unavailable(), unavailable()]);
    failing.config.quota.set(9);
    let error = call(&failing, &view()).unwrap_err();
    assert_eq!((error.attempts, error.retryable, failing.config.quota.get()), (2, true, 4));
    assert!(error.message.ends_with("; not retried: this client's retry quota is used up"), "{}", error.message);
    let recovering = client([Reply::lost(), Reply::json(200, VIEWED)]);
    recovering.config.quota.set(100);
    call(&recovering, &view()).unwrap();
    assert_eq!(recovering.config.quota.get(), 100, "a success returns what its retries cost");
}

#[test]
fn shares_a_quota_between_clients() {
    let mut config = config();
    let quota: Rc<dyn RetryQuota> = Rc::new(std::cell::Cell::new(5));
    config.quota = Rc::clone(&quota);
    let client = Client::new(MockTransport::new([unavailable(), unavailable()]), config);
    assert_eq!(call(&client, &view()).unwrap_err().attempts, 2);
    assert_eq!(quota.get(), 0);
}

#[test]
fn names_the_code_and_the_host_of_a_lost_connection() {
    let lost = |message: &str, code: Option<&str>| {
        let (message, code) = (message.to_owned(), code.map(str::to_owned));
        Reply::failure(TransportError::Connection(Cause { name: "TypeError".to_owned(), message, code }))
    };
    for (reply, base_url, message, cause) in [
        (
            lost("fetch failed", Some("ECONNREFUSED")),
            "https://api.thehyperstack.com",
            "(ECONNREFUSED, api.thehyperstack.com)",
            ("TypeError", "fetch failed", Some("ECONNREFUSED")),
        ),
        (lost("", None), "http://127.0.0.1:8790/x", "(127.0.0.1:8790)", ("TypeError", "", None)),
        (
            lost("Bearer tok_secret is no header", Some("tok_secret")),
            "https://api.thehyperstack.com",
            "(api.thehyperstack.com)",
            ("TypeError", "", None),
        ),
        (
            lost("dG9rX3NlY3JldA==", Some("a@example.com")),
            "https://api.thehyperstack.com",
            "(api.thehyperstack.com)",
            ("TypeError", "", None),
        ),
    ] {
        let mut config = config();
        config.base_url = base_url.parse().unwrap();
        config.limits.max_retries = 0;
        let client = Client::new(MockTransport::new([reply]), config);
        let error = call(&client, &view()).unwrap_err();
        assert_eq!(error.message, format!("credentials.view: the connection failed or was lost {message}"));
        let shown = error.cause.as_ref().unwrap();
        assert_eq!((shown.name.as_str(), shown.message.as_str(), shown.code.as_deref()), cause);
    }
}

/// Each event as JSON.
fn events_of(replies: impl IntoIterator<Item = Reply>, send: impl FnOnce(&Client<MockTransport>)) -> String {
    let mut config = config();
    let events = observe(&mut config);
    send(&Client::new(MockTransport::new(replies), config));
    let lines: Vec<String> = events.borrow().iter().map(json::to_string).collect();
    lines.join("\n")
}

#[test]
fn reports_requests_responses_and_retries() {
    let slow = Reply::json(200, VIEWED).request_id("r-1").after_ms(7);
    let lines = events_of([Reply::lost(), unavailable(), slow], |client| drop(call(client, &view())));
    let expected = r#"{"type":"request","operation":"credentials.view","attempt":1}
{"type":"retry","operation":"credentials.view","attempt":1,"delayMs":500,"code":"connection_failed"}
{"type":"request","operation":"credentials.view","attempt":2}
{"type":"response","operation":"credentials.view","attempt":2,"durationMs":0,"status":503}
{"type":"retry","operation":"credentials.view","attempt":2,"delayMs":1000,"code":"server_error","status":503}
{"type":"request","operation":"credentials.view","attempt":3}
{"type":"response","operation":"credentials.view","attempt":3,"durationMs":7,"requestId":"r-1","status":200}"#;
    assert_eq!(lines, expected);
}

#[test]
fn reports_the_error_of_a_call() {
    let refused = Reply::json(404, r#"{"success":false,"error":"x"}"#).request_id("r-2");
    let lines = events_of([refused], |client| drop(call(client, &view())));
    let expected = r#"{"type":"request","operation":"credentials.view","attempt":1}
{"type":"response","operation":"credentials.view","attempt":1,"durationMs":0,"requestId":"r-2","status":404}
{"type":"error","operation":"credentials.view","name":"NotFoundError","code":"credential_not_found","attempts":1,"retryable":false,"status":404,"requestId":"r-2"}"#;
    assert_eq!(lines, expected);
    let options = CallOptions { may_exist_since: Some(Timestamp::from_ms(0)), ..CallOptions::default() };
    let lines = events_of([], |client| drop(call_with(client, &view(), &options)));
    let expected = r#"{"type":"error","operation":"credentials.view","name":"ValidationError","code":"invalid_request","attempts":0,"retryable":false}"#;
    assert_eq!(lines, expected);
}

#[test]
fn reports_the_cause_of_a_lost_lookup_and_no_other_error_of_one() {
    let refused = || {
        let cause = Cause { code: Some("ECONNREFUSED".to_owned()), ..Cause::default() };
        Reply::failure(TransportError::Connection(cause))
    };
    let once = limits(LimitOptions { max_retries: Some(0), ..LimitOptions::default() });
    let lookup = |client: &Client<MockTransport>| drop(block_on(client.lookup(&view(), &once)));
    let lines = events_of([refused()], lookup);
    let expected = r#"{"type":"request","operation":"credentials.view","attempt":1}
{"type":"error","operation":"credentials.view","name":"ConnectionError","code":"connection_failed","attempts":1,"retryable":true,"cause":"ECONNREFUSED"}"#;
    assert_eq!(lines, expected);
    let lines = events_of([Reply::json(401, "{}")], lookup);
    let expected = r#"{"type":"request","operation":"credentials.view","attempt":1}
{"type":"response","operation":"credentials.view","attempt":1,"durationMs":0,"status":401}"#;
    assert_eq!(lines, expected);
}

#[test]
fn reports_no_request_id_that_holds_the_token() {
    let lines = events_of([Reply::json(200, VIEWED).request_id("for-tok_secret")], |client| {
        assert_eq!(call(client, &view()).unwrap().request_id, None);
    });
    assert!(!lines.contains("requestId"), "{lines}");
}
