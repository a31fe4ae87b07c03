//! Scripted answers, as the bytes they put on a connection.

use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{End, Sandbox, order};

const ID: &str = "abc";

async fn with_credential() -> Sandbox {
    let sandbox = Sandbox::start().await;
    sandbox.put_credential(ID, json!({})).await;
    sandbox
}

#[tokio::test]
async fn an_answer_is_given_once_and_is_json_by_default() {
    let sandbox = with_credential().await;
    sandbox.script(json!([{"status": 429, "body": "{\"a\": 1}", "headers": {"retry-after": "3"}}])).await;
    let answer = sandbox.view(ID).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.text(), "{\"a\": 1}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("content-length"), Some("8"));
    assert_eq!(answer.header("retry-after"), Some("3"));
    assert_eq!(sandbox.view(ID).await.status, 200);
}

#[tokio::test]
async fn an_empty_step_is_an_empty_success() {
    let sandbox = with_credential().await;
    sandbox.script(json!([{}])).await;
    let answer = sandbox.view(ID).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, ""));
}

#[tokio::test]
async fn headers_can_be_replaced_and_removed() {
    let sandbox = with_credential().await;
    sandbox
        .script(json!([
            {"body": "<html>", "headers": {"Content-Type": "text/html"}},
            {"body": "{}", "headers": {"content-type": null}},
            {"body": "{}", "headers": {"content-length": null}},
        ]))
        .await;
    let html = sandbox.view(ID).await;
    assert_eq!(html.header("content-type"), Some("text/html"));
    assert_eq!(sandbox.view(ID).await.header("content-type"), None);
    let chunked = sandbox.view(ID).await;
    assert_eq!(chunked.header("content-length"), None);
    assert_eq!(chunked.header("transfer-encoding"), Some("chunked"));
    assert_eq!(chunked.text(), "{}");
}

#[tokio::test]
async fn a_length_may_promise_too_much() {
    let sandbox = with_credential().await;
    sandbox.script(json!([{"body": "short", "headers": {"content-length": "500"}}])).await;
    let mut raw = sandbox.raw(ID).await;
    assert_eq!(raw.until_end().await, End::Closed);
    assert_eq!(raw.body(), Some(&b"short"[..]));
    assert!(raw.text().contains("content-length: 500\r\n"));
}

#[tokio::test]
async fn steps_are_for_matching_requests_and_may_repeat() {
    let sandbox = with_credential().await;
    sandbox
        .script(json!([
            {"status": 500, "match": {"method": "POST"}},
            {"status": 502, "match": {"path_prefix": "/v1/credential/"}, "times": 2},
        ]))
        .await;
    sandbox.script(json!([{"status": 504}])).await;
    assert_eq!(sandbox.view(ID).await.status, 502);
    let remaining = sandbox.watch("script").await;
    assert_eq!(remaining.as_array().unwrap().len(), 3);
    assert_eq!(remaining[1]["times"], 1);
    assert_eq!(sandbox.publish(ID).await.status, 500);
    assert_eq!(sandbox.publish(ID).await.status, 502);
    assert_eq!(sandbox.view(ID).await.status, 504);
    assert_eq!(sandbox.view(ID).await.status, 200);
    // The control itself is never scripted.
    sandbox.script(json!([{"status": 500}])).await;
    sandbox.watch("state").await;
    let cleared = sandbox.steer(Method::DELETE, "script", json!({})).await;
    assert_eq!(cleared, json!({"ok": true}));
    assert_eq!(sandbox.view(ID).await.status, 200);
}

#[tokio::test]
async fn a_fault_comes_even_before_the_token_is_judged() {
    let sandbox = Sandbox::start().await;
    sandbox.script(json!([{"status": 502}])).await;
    let path = "/v1/credential/abc/view";
    let answer = sandbox.send(Method::GET, path, &[], "").await;
    assert_eq!(answer.status, 502);
    assert_eq!(sandbox.watch("requests").await.as_array().unwrap().len(), 1, "scripted requests are recorded too");
}

#[tokio::test]
async fn a_request_can_be_carried_out_and_its_answer_lost() {
    let sandbox = Sandbox::start().await;
    let group = "GcI6H5b66a3v";
    sandbox.put_group(group, json!({})).await;
    let generate = "/v1/credentials/generate";
    let credentials = async || sandbox.watch("state").await["credentials"].clone();

    sandbox.script(json!([{"status": 503}])).await;
    assert_eq!(sandbox.post(generate, order(group)).await.status, 503);
    assert_eq!(credentials().await, 0);

    sandbox.script(json!([{"status": 503, "apply": true}])).await;
    let answer = sandbox.post(generate, order(group)).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (503, ""));
    assert_eq!(credentials().await, 1);
    assert_eq!(sandbox.post(generate, order(group)).await.status, 409);
}

#[tokio::test]
async fn a_request_can_take_effect_after_its_response() {
    for step in [
        json!({"status": 503, "apply_after_ms": 200}),
        json!({"status": 504, "headers": {"content-type": null}, "apply_after_ms": 200}),
        json!({"cut": "before_headers", "apply_after_ms": 200}),
    ] {
        let sandbox = Sandbox::start().await;
        let group = "GcI6H5b66a3v";
        sandbox.put_group(group, json!({})).await;
        let credentials = async || sandbox.watch("state").await["credentials"].clone();
        sandbox.script(json!([step])).await;
        let cut = step.get("cut").is_some();
        let sent = Instant::now();
        if cut {
            // A connection of its own, because the client that is shared sends lost requests again.
            let mut raw = sandbox.raw_post("/v1/credentials/generate", &order(group)).await;
            assert_eq!(raw.until_end().await, End::Reset);
        } else {
            let answer = sandbox.post("/v1/credentials/generate", order(group)).await;
            assert_eq!((json!(answer.status.as_u16()), answer.text()), (step["status"].clone(), ""));
        }
        if sent.elapsed() < Duration::from_millis(150) {
            assert_eq!(credentials().await, 0, "{step}");
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(credentials().await, 1, "{step}");
    }
}

#[tokio::test]
async fn a_reset_cancels_what_has_not_taken_effect_yet() {
    let sandbox = Sandbox::start().await;
    let group = "GcI6H5b66a3v";
    sandbox.put_group(group, json!({})).await;
    sandbox.script(json!([{"status": 503, "apply_after_ms": 300}])).await;
    sandbox.post("/v1/credentials/generate", order(group)).await;
    sandbox.steer(Method::POST, "reset", json!({})).await;
    sandbox.put_group(group, json!({})).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(sandbox.watch("state").await["credentials"], 0);
}

#[tokio::test]
async fn without_a_status_the_true_answer_shows() {
    let sandbox = with_credential().await;
    let truth = sandbox.view(ID).await;
    sandbox
        .script(json!([
            {"apply": true, "headers": {"x-extra": "1"}},
            {"apply": true, "body": "other"},
        ]))
        .await;
    let answer = sandbox.view(ID).await;
    assert_eq!(answer.text(), truth.text());
    assert_eq!(answer.header("x-extra"), Some("1"));
    // The true status may come with another body.
    let answer = sandbox.view("missing").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (404, "other"));
}

#[tokio::test]
async fn a_body_can_be_any_bytes() {
    let sandbox = with_credential().await;
    sandbox.script(json!([{"body_base64": "/wD+eA=="}])).await;
    assert_eq!(&sandbox.view(ID).await.body[..], b"\xff\x00\xfex");
}

#[tokio::test]
async fn a_body_can_be_huge() {
    let sandbox = with_credential().await;
    let repeat = json!({"text": "0123456789", "times": 2_000_000});
    sandbox.script(json!([{"body_repeat": repeat}])).await;
    let body = sandbox.view(ID).await.body;
    assert_eq!(body.len(), 20_000_000);
    assert!(body.chunks(10).all(|ten| ten == b"0123456789"));
}

#[tokio::test]
async fn headers_can_be_late() {
    let sandbox = with_credential().await;
    sandbox.script(json!([{"delay_ms": 400}])).await;
    let asked = Instant::now();
    let mut raw = sandbox.raw(ID).await;
    assert!(raw.is_silent().await);
    raw.until_body(0).await;
    assert!(asked.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn a_body_can_drip() {
    let sandbox = with_credential().await;
    sandbox.script(json!([{"body": "0123456789", "chunk_bytes": 3, "chunk_delay_ms": 150}])).await;
    let mut raw = sandbox.raw(ID).await;
    raw.until_body(1).await;
    assert_eq!(raw.body(), Some(&b"012"[..]));
    // Three more pieces, each after its delay.
    let took = raw.until_body(10).await;
    assert!(took >= Duration::from_millis(450), "{took:?}");
    assert_eq!(raw.body(), Some(&b"0123456789"[..]));
}

#[tokio::test]
async fn a_body_can_stall() {
    let sandbox = with_credential().await;
    sandbox
        .script(json!([
            {"body": "0123456789", "stall_after_bytes": 4},
            {"body": "0123456789", "stall_after_bytes": 0},
        ]))
        .await;
    for expected in ["0123", ""] {
        let mut raw = sandbox.raw(ID).await;
        raw.until_body(expected.len()).await;
        assert!(raw.is_silent().await);
        assert_eq!(raw.body(), Some(expected.as_bytes()));
        assert!(raw.text().contains("content-length: 10\r\n"));
    }
    // The stalled connections hold up nobody else.
    assert_eq!(sandbox.view(ID).await.status, 200);
}

/// The end of the connection and all that came before it.
async fn cut(step: Value) -> (End, String) {
    let sandbox = with_credential().await;
    sandbox.script(json!([step])).await;
    let mut raw = sandbox.raw(ID).await;
    let end = raw.until_end().await;
    // Only that connection is affected, and the request was heard.
    assert_eq!(sandbox.view(ID).await.status, 200);
    assert_eq!(sandbox.watch("state").await["requests"], 2);
    (end, raw.text())
}

#[tokio::test]
async fn a_connection_can_be_cut_before_the_headers() {
    let (end, text) = cut(json!({"cut": "before_headers"})).await;
    assert_eq!((end, text.as_str()), (End::Reset, ""));
    let (end, text) = cut(json!({"cut": "before_headers", "cut_with": "close"})).await;
    assert_eq!((end, text.as_str()), (End::Closed, ""));
}

#[tokio::test]
async fn a_connection_can_be_cut_in_the_headers() {
    let (end, text) = cut(json!({"status": 503, "cut": "in_headers"})).await;
    assert_eq!(end, End::Reset);
    assert_eq!(text, "HTTP/1.1 503 Service Unavailable\r\ncont");
}

#[tokio::test]
async fn a_connection_can_be_cut_in_the_body() {
    for count in [0, 1, 7, 10] {
        for (with, expected) in [("reset", End::Reset), ("close", End::Closed)] {
            let cut_at = json!({"body_bytes": count});
            let step = json!({"body": "0123456789", "cut": cut_at, "cut_with": with});
            let (end, text) = cut(step).await;
            assert_eq!(end, expected, "{count} {with}");
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains("content-length: 10"), "{head}");
            assert_eq!(body, &"0123456789"[..count]);
        }
    }
}

#[tokio::test]
async fn a_huge_or_dripping_body_is_cut_at_its_place_too() {
    let repeat = json!({"text": "abcd", "times": 1_000_000});
    let step = json!({"body_repeat": repeat, "cut": {"body_bytes": 100_001}});
    let (end, text) = cut(step).await;
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!((end, body.len()), (End::Reset, 100_001));

    let step = json!({
        "body": "0123456789",
        "chunk_bytes": 2,
        "chunk_delay_ms": 20,
        "cut": {"body_bytes": 5},
    });
    let (end, text) = cut(step).await;
    assert_eq!(end, End::Reset);
    assert!(text.ends_with("\r\n\r\n01234"), "{text}");
}

#[tokio::test]
async fn the_true_answer_can_be_cut_as_well() {
    let (end, text) = cut(json!({"apply": true, "cut": {"body_bytes": 20}})).await;
    assert_eq!(end, End::Reset);
    assert!(text.ends_with("\r\n\r\n{\"success\":true,\"doc"), "{text}");
}

#[tokio::test]
async fn a_cut_behind_the_end_does_not_hit_the_next_answer() {
    let sandbox = with_credential().await;
    sandbox.script(json!([{"body": "x", "cut": {"body_bytes": 100}}])).await;
    // One client, so one connection that is kept alive.
    assert_eq!(sandbox.view(ID).await.text(), "x");
    for _ in 0..3 {
        assert_eq!(sandbox.view(ID).await.status, 200);
    }
}
