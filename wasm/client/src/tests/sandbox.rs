//! Against the sandbox on another origin: the browser's own fetch, its CORS, its timers. Every test has credentials of its own,
//! because all share one sandbox.

use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{from_json, get, in_time, js, js_with, refusal, resolved, sleep, to_json};
use crate::credentials::{generate_credential, publish_credential, view_credential};
use crate::groups::{create_group, view_group};
use crate::open_handles;
use crate::verification::verify;

fn sandbox() -> &'static str {
    match option_env!("HYPERSTACK_SANDBOX_URL") {
        Some(url) => url,
        None => panic!("no HYPERSTACK_SANDBOX_URL: run these by cargo xtask test"),
    }
}

fn config() -> JsValue {
    from_json(&json!({ "token": "wasm-test-token", "baseUrl": sandbox(), "maxRetries": 0, "timeoutMs": 20_000 }))
}

fn none() -> JsValue {
    JsValue::UNDEFINED
}

/// Steers the sandbox; a mistake in the steering is a failure of the test.
async fn control(method: &str, path: &str, body: Value) {
    let request = json!({ "url": format!("{}/_sandbox{path}", sandbox()), "method": method, "body": body });
    let sent = "fetch(given.url, { method: given.method, body: JSON.stringify(given.body) }).then(({ ok }) => ok)";
    let is_ok = resolved(&js_with(sent, &from_json(&request))).await.expect("the sandbox");
    assert!(is_ok.is_truthy(), "{method} {path}");
}

fn random_id() -> String {
    js("Array.from({ length: 32 }, () => Math.floor(Math.random() * 36).toString(36)).join('')").as_string().unwrap()
}

/// A published, valid credential of this test's own.
async fn credential(fields: Value) -> String {
    let id = random_id();
    control("PUT", &format!("/credentials/{id}"), fields).await;
    id
}

/// Scripts a response to everything that is requested about `id`.
async fn script(id: &str, mut step: Value) {
    step["match"] = json!({ "path_prefix": format!("/v1/credential/{id}") });
    step["times"] = json!(100);
    control("POST", "/script", json!([step])).await;
}

async fn verdict(input: &str) -> (Value, Value) {
    let report = to_json(&in_time(verify(config(), input.into(), none())).await.unwrap());
    (report["verdict"].clone(), report["reason"].clone())
}

#[wasm_bindgen_test]
async fn a_group_a_draft_a_publication_a_verdict() {
    let group =
        json!({ "title": "Tests", "description": "In a browser", "certificate_template": "t", "tags": ["a", "b"] });
    let created = in_time(create_group(config(), from_json(&group), none())).await.unwrap();
    let key = get(&get(&created, "data"), "group_key");
    let viewed = to_json(&in_time(view_group(config(), key.clone(), none())).await.unwrap());
    assert_eq!(viewed["data"]["tags"], json!(["a", "b"]));

    let draft = json!({ "recipient": { "name": "Zoë Ångström", "email": format!("{}@example.com", random_id()) },
                        "group_key": key.as_string().unwrap() });
    let drafted = to_json(&in_time(generate_credential(config(), from_json(&draft), none())).await.unwrap());
    assert_eq!(drafted["data"]["status"], "draft");
    let id = drafted["data"]["document_id"].as_str().unwrap();
    assert_eq!(verdict(id).await.0, "unpublished");
    let twice = refusal(generate_credential(config(), from_json(&draft), none())).await;
    assert_eq!(twice, "ConflictError credential_exists 1");

    in_time(publish_credential(config(), id.into(), none())).await.unwrap();
    assert_eq!(verdict(id).await.0, "valid");
    let again = refusal(publish_credential(config(), id.into(), none())).await;
    assert_eq!(again, "BadRequestError invalid_status 1");
    let unknown = refusal(view_credential(config(), random_id().into(), none())).await;
    assert_eq!(unknown, "NotFoundError credential_not_found 1");
    let stranger = js_with("{ ...given, token: 'another-token' }", &config());
    let refused = refusal(view_credential(stranger, id.into(), none())).await;
    assert_eq!(refused, "AuthenticationError unauthorized 1");
}

#[wasm_bindgen_test]
async fn every_fault_is_a_typed_error_and_never_verified() {
    let html = |status: u16| json!({ "status": status, "headers": { "content-type": "text/html" }, "body": "<h1>" });
    for (step, error, reason) in [
        (html(401), "AuthenticationError unauthorized 1", "unauthorized"),
        (html(404), "ResponseError bad_content_type 1", "bad_shape"),
        (json!({ "status": 429, "body": "{}" }), "RateLimitError rate_limited 1", "rate_limited"),
        (html(502), "ServerError server_error 1", "upstream_5xx"),
        (
            json!({ "status": 302, "headers": { "location": "/v1/elsewhere" } }),
            "ResponseError unexpected_redirect 1",
            "upstream_redirect",
        ),
        (json!({ "body": "{\"success\":true,\"success\":true}" }), "ResponseError bad_json 1", "bad_json"),
        (json!({ "body": "{\"success\":true}" }), "ResponseError bad_shape 1", "bad_shape"),
        (json!({ "cut": "before_headers" }), "ConnectionError connection_failed 1", "network"),
        (json!({ "apply": true, "cut": { "body_bytes": 40 } }), "ConnectionError connection_failed 1", "network"),
    ] {
        let id = credential(json!({})).await;
        script(&id, step.clone()).await;
        assert_eq!(refusal(view_credential(config(), id.as_str().into(), none())).await, error, "{step}");
        assert_eq!(verdict(&id).await, (json!("indeterminate"), json!(reason)), "{step}");
    }
    assert_eq!(open_handles().size(), 0);
}

#[wasm_bindgen_test]
async fn time_and_aborts_end_a_request_in_its_headers_and_in_its_body() {
    for step in [json!({ "delay_ms": 30_000 }), json!({ "apply": true, "stall_after_bytes": 20 })] {
        let id = credential(json!({})).await;
        script(&id, step.clone()).await;
        let error = refusal(view_credential(config(), id.as_str().into(), js("{ timeoutMs: 300 }"))).await;
        assert_eq!(error, "TimeoutError timeout 1", "{step}");
        let controller = js("new AbortController()");
        let options = js_with("{ signal: given.signal }", &controller);
        let call = wasm_bindgen_futures::future_to_promise(view_credential(config(), id.as_str().into(), options));
        sleep(300).await;
        js_with("given.abort('enough')", &controller);
        assert_eq!(resolved(&call).await.unwrap_err(), "enough", "{step}");
        assert_eq!(open_handles().size(), 0, "{step}");
    }
}

#[wasm_bindgen_test]
async fn a_response_that_is_too_large_is_not_read() {
    let id = credential(json!({})).await;
    script(&id, json!({ "body_repeat": { "text": " ", "times": 1_000_000 } })).await;
    let error = refusal(view_credential(config(), id.as_str().into(), js("{ maxResponseBytes: 1000 }"))).await;
    assert_eq!(error, "ResponseError body_too_large 1");
}
