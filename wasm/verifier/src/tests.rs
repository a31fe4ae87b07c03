//! The exported functions in a real browser.

use js_sys::{Function, JSON, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use crate::{open_handles, parse_credential_url, verify_remote};

wasm_bindgen_test_configure!(run_in_browser);

const LINK: &str = "https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";

fn js(expression: &str) -> JsValue {
    let function = Function::new_no_args(&["return (", expression, ");"].concat());
    function.call0(&JsValue::UNDEFINED).expect("an expression")
}

fn text_of(value: &JsValue) -> String {
    JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// `verdict reason` of a verification with this configuration.
async fn verdict(config: &str) -> String {
    let report = verify_remote(js(config), LINK.into(), JsValue::UNDEFINED).await.expect("a report");
    let report: serde_json::Value = serde_json::from_str(&text_of(&report)).expect("JSON");
    assert_eq!(report["checks"].as_array().expect("checks").len(), 13);
    format!("{} {}", report["verdict"].as_str().unwrap_or_default(), report["reason"].as_str().unwrap_or_default())
}

#[wasm_bindgen_test]
async fn accepts_only_a_report_about_this_credential() {
    for (fetch, expected) in [
        ("async () => Response.json({})", "indeterminate bad_shape"),
        ("async () => new Response('<h1>')", "indeterminate bad_content_type"),
        ("async () => new Response('{}', { status: 429 })", "indeterminate rate_limited"),
        ("async () => Response.redirect('https://a.example/')", "indeterminate upstream_redirect"),
        ("async () => ({})", "indeterminate network"),
        ("() => undefined", "indeterminate network"),
        ("() => Promise.reject('text')", "indeterminate network"),
        ("() => new Promise(() => {})", "indeterminate timeout"),
    ] {
        let config = ["{ endpoint: '/api/verify', timeoutMs: 200, fetch: ", fetch, " }"].concat();
        assert_eq!(verdict(&config).await, expected, "{fetch}");
    }
    assert_eq!(open_handles().size(), 0);
}

#[wasm_bindgen_test]
async fn the_request_holds_the_canonical_link_and_no_token() {
    js("globalThis.seen = []");
    let fetch =
        "async (url, init) => { seen.push([url, init.method, init.body, init.headers]); return Response.json({}); }";
    let config = js(&["{ endpoint: '/api/verify', fetch: ", fetch, " }"].concat());
    let input = [LINK, "?view=recipient#top"].concat();
    verify_remote(config, input.into(), js("{ recipientName: 'Zoë' }")).await.expect("a report");
    let sent: serde_json::Value = serde_json::from_str(&text_of(&js("seen[0]"))).expect("JSON");
    let body = serde_json::json!({ "input": LINK, "recipient_name": "Zoë" }).to_string();
    let headers = serde_json::json!({ "accept": "application/json", "content-type": "application/json" });
    assert_eq!(sent, serde_json::json!(["/api/verify", "POST", body, headers]));
}

#[wasm_bindgen_test]
async fn uses_the_platforms_fetch_by_default() {
    // The server of this very page has no such service.
    let verdict = verdict("{ endpoint: '/api/verify' }").await;
    assert!(verdict.starts_with("indeterminate bad_"), "{verdict}");
}

#[wasm_bindgen_test]
async fn an_abort_rejects_with_its_reason_unchanged() {
    let config = || js("{ endpoint: '/api/verify', fetch: () => new Promise(() => {}) }");
    let thrown = verify_remote(config(), LINK.into(), js("{ signal: AbortSignal.abort('early') }")).await;
    assert_eq!(thrown.expect_err("the reason"), "early");
    js("globalThis.controller = new AbortController()");
    let call = verify_remote(config(), LINK.into(), js("{ signal: controller.signal }"));
    let call = wasm_bindgen_futures::future_to_promise(call);
    let wait: Promise = js("new Promise((resolve) => setTimeout(resolve, 20))").into();
    JsFuture::from(wait).await.expect("a timer");
    js("controller.abort('enough')");
    assert_eq!(JsFuture::from(call).await.expect_err("the reason"), "enough");
    assert_eq!(open_handles().size(), 0);
}

#[wasm_bindgen_test]
async fn names_all_wrong_arguments() {
    let config = js("{ endpoint: 'ftp://a', hosts: ['*'], fetch: 7, later: 1 }");
    let error = verify_remote(config, js("new URL('https://a.example')"), js("{ signal: {}, recipientName: ' ' }"));
    let error: serde_json::Value = serde_json::from_str(&text_of(&error.await.expect_err("an error"))).expect("JSON");
    let mut paths: Vec<&str> =
        error["issues"].as_array().expect("issues").iter().filter_map(|issue| issue["path"].as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["endpoint", "fetch", "hosts[0]", "input", "later", "recipientName", "signal"]);
}

#[wasm_bindgen_test]
async fn a_link_is_parsed() {
    let parsed = parse_credential_url(LINK.into(), JsValue::UNDEFINED).await.expect("a result");
    assert!(text_of(&parsed).starts_with("{\"ok\":true"), "{parsed:?}");
    let parsed = parse_credential_url("x".into(), JsValue::UNDEFINED).await.expect("a result");
    assert_eq!(text_of(&parsed), "{\"ok\":false,\"code\":\"not_a_url\"}");
}
