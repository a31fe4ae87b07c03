//! What needs no server: links, arguments, custom fetches.

use js_sys::Function;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::json::check_json;

const RESPONSE: &str = r#"{"success":true,"document_id":"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","document_url":"https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","recipient":{"name":"A","email":"a@example.com"},"group":{"title":"T","key":"K","code":"C"},"issued_on":"2024-03-15T10:30:00Z","valid_until":null,"metadata":{},"status":"active"}"#;

/// A custom fetch may be anything.
#[wasm_bindgen_test]
async fn ends_with_a_response_or_a_typed_error_whatever_fetch_returns() {
    let lost = "ConnectionError connection_failed - 1";
    let headers = "headers: { get: (name) => name === 'content-type' ? 'application/json' : null }";
    let frame = "const frame = document.createElement('iframe'); document.body.append(frame); const other = frame.contentWindow;";
    for (body, expected) in [
        ("return Promise.reject('a string')".to_owned(), lost),
        ("return Promise.reject(undefined)".to_owned(), lost),
        ("return Promise.reject(null)".to_owned(), lost),
        ("return Promise.reject(Symbol('s'))".to_owned(), lost),
        ("return Promise.reject({ get message() { throw 1 } })".to_owned(), lost),
        ("throw new TypeError('no')".to_owned(), lost),
        ("throw undefined".to_owned(), lost),
        ("return undefined".to_owned(), lost),
        ("return 7".to_owned(), lost),
        ("return {}".to_owned(), lost),
        ("return { status: 200 }".to_owned(), "ResponseError bad_content_type 200 1"),
        ("return { get status() { throw 1 } }".to_owned(), lost),
        ("return new Proxy({}, { get() { throw new Error('no') } })".to_owned(), lost),
        ("return Response.error()".to_owned(), lost),
        ("return new Response(RESPONSE, { headers: { 'content-type': 'application/json' } })".to_owned(), "ok"),
        // Awaiting takes a response that is no promise as it is.
        (format!("return {{ status: 200, {headers}, arrayBuffer: () => new TextEncoder().encode(RESPONSE).buffer }}"), "ok"),
        (format!("return Promise.resolve({{ status: 200, {headers}, arrayBuffer: async () => new TextEncoder().encode(RESPONSE) }})"), "ok"),
        (format!("return {{ status: 200, {headers}, body: null, text: async () => RESPONSE }}"), "ResponseError truncated 200 1"),
        (format!("return {{ status: 200, {headers}, arrayBuffer: () => {{ throw 'no' }} }}"), lost),
        (format!("return {{ status: 200, {headers}, arrayBuffer: async () => Symbol('s') }}"), lost),
        (format!("return {{ status: 200, {headers}, arrayBuffer: async () => 10n }}"), lost),
        (format!("return {{ status: 200, {headers}, arrayBuffer: async () => 1e12 }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => ({{ done: false, value: {{ length: -1, get 0() {{ throw 1 }} }} }}), cancel: async () => {{}} }}) }} }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => ({{ done: false, value: {{ length: 1e12 }} }}), cancel: async () => {{}} }}) }} }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => ({{ done: false, value: 'text' }}), cancel: () => {{ throw 1 }} }}) }} }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: () => Promise.reject('gone'), cancel: () => Promise.reject('gone') }}) }} }}"), lost),
        // Another realm: its Response, Uint8Array and Promise are none of ours.
        (format!("{frame} return new other.Response(RESPONSE, {{ headers: {{ 'content-type': 'application/json' }} }})"), "ok"),
        (format!("{frame} return other.Promise.reject(new other.TypeError('no'))"), lost),
        (format!("{frame} const bytes = other.Uint8Array.from(new TextEncoder().encode(RESPONSE)); let sent = false;
            return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => sent ? {{ done: true }} : (sent = true, {{ done: false, value: bytes }}) }}) }} }}"), "ok"),
    ] {
        let fetch = Function::new_with_args("url, init", &format!("const RESPONSE = {RESPONSE:?}; {body}"));
        let given = Given { fetch: fetch.into(), ..plain() };
        // A call that never ends fails here, by name.
        let settings = json!({ "maxRetries": 0, "timeoutMs": 5000 });
        let ended = call("credentials.view", Some(ID), None, settings, given).await;
        if expected == "ok" {
            let response = ended.resolved();
            assert_eq!(response["data"], serde_json::from_str::<Value>(RESPONSE).unwrap(), "{body}");
        } else {
            assert_eq!(ended.refusal(), expected, "{body}");
        }
    }
}

#[wasm_bindgen_test]
async fn calls_a_custom_fetch_unbound_with_url_and_init() {
    let code =
        "'use strict'; globalThis.received = { self: typeof this, count: arguments.length, url, method: init.method,
        headers: init.headers, keys: Object.keys(init).sort(), redirect: init.redirect,
        prototype: Object.getPrototypeOf(init.headers) === Object.prototype }; return Promise.reject('enough')";
    let given = Given { fetch: Function::new_with_args("url, init", code).into(), ..plain() };
    let group = json!({ "title": "T", "description": "D", "badge_template": "b" });
    call("groups.create", None, Some(group), json!({ "baseUrl": "https://api.example.com/" }), given).await.failed();
    let received = to_json(&get(&js_sys::global(), "received"));
    assert_eq!(
        received,
        json!({ "self": "undefined", "count": 2, "url": "https://api.example.com/v1/groups/new", "method": "POST",
                "headers": { "accept": "application/json", "authorization": format!("Bearer {TOKEN}"),
                             "content-type": "application/json" },
                "keys": ["body", "cache", "headers", "method", "redirect", "signal"], "redirect": "manual", "prototype": true })
    );
}

#[wasm_bindgen_test]
async fn checks_text_as_json() {
    for (text, flaw) in
        [(r#"{"a":[1,"\u0041"]}"#, None), (r#"{"a":1,"\u0061":2}"#, Some("duplicate_key")), ("", Some("truncated"))]
    {
        assert_eq!(check_json(text.into()).await.as_deref(), flaw, "{text}");
    }
}

#[wasm_bindgen_test]
async fn checks_a_new_credential_without_a_request() {
    let recipient = json!({ "name": "A", "email": "a@example.com" });
    let good = json!({ "recipient": recipient, "group_key": "k" });
    assert!(credentials::check_new_credential(from_json(&good)).await.is_ok_and(|nothing| nothing.is_undefined()));
    let wrong = json!({ "recipient": { "name": "" }, "group_key": "k", "line": 2 });
    let issues = support::issues(credentials::check_new_credential(from_json(&wrong))).await;
    assert_eq!(issues, ["line unknown_field", "recipient.email required", "recipient.name not_blank"]);
}

#[wasm_bindgen_test]
async fn parses_links_without_a_request() {
    let parse = async |text: JsValue, options: Value| {
        Ended::of(verification::parse_credential_url(text, from_json(&options)).await, &JsValue::UNDEFINED)
    };
    let good = parse(format!("  {}/?view=recipient ", link(ID)).into(), json!({})).await.resolved();
    assert_eq!(good, json!({ "ok": true, "input_kind": "url", "id": ID, "canonical_url": link(ID) }));
    let userinfo = parse("https://hyperstack.id@evil.example/".into(), json!({})).await.resolved();
    assert_eq!(userinfo, json!({ "ok": false, "code": "userinfo" }));
    for (text, options) in [(JsValue::UNDEFINED, json!({})), ("".into(), json!({ "hosts": [] }))] {
        assert_eq!(parse(text, options).await.refusal(), "ValidationError invalid_request - 0");
    }
}
