//! Helpers that the tests share: JavaScript values, configurations, results of calls.

use std::future::Future;

use js_sys::{Function, JSON, Promise, Reflect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

pub(super) const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";

/// A JavaScript value from its expression.
pub(super) fn js(expression: &str) -> JsValue {
    js_with(expression, &JsValue::UNDEFINED)
}

/// The same, with a value by the name `given`.
pub(super) fn js_with(expression: &str, given: &JsValue) -> JsValue {
    let function = Function::new_with_args("given", &["return (", expression, ");"].concat());
    function.call1(&JsValue::UNDEFINED, given).expect("an expression")
}

/// A JavaScript value from JSON.
pub(super) fn from_json(value: &Value) -> JsValue {
    JSON::parse(&value.to_string()).expect("JSON")
}

/// JSON from a JavaScript value.
pub(super) fn to_json(value: &JsValue) -> Value {
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string());
    text.map_or(Value::Null, |text| serde_json::from_str(&text).expect("JSON"))
}

/// A typed value from a JavaScript one.
pub(super) fn read<T: DeserializeOwned>(value: JsValue) -> T {
    serde_wasm_bindgen::from_value(value).expect("a value of this type")
}

pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).expect("an object")
}

pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).expect("an object");
}

/// The members of both objects in a new one.
pub(super) fn merged(one: &JsValue, other: &JsValue) -> JsValue {
    js_with("{ ...given[0], ...given[1] }", &js_sys::Array::of2(one, other))
}

/// Waits for a promise, or for any other value.
pub(super) async fn resolved(value: &JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(value)).await
}

pub(super) async fn sleep(ms: u32) {
    let promise = js_with("new Promise((resolve) => setTimeout(resolve, given))", &ms.into());
    resolved(&promise).await.expect("a timer");
}

/// The result of a call, unless it takes longer than a call of these tests may.
pub(super) async fn in_time(
    call: impl Future<Output = Result<JsValue, JsValue>> + 'static,
) -> Result<JsValue, JsValue> {
    let call = wasm_bindgen_futures::future_to_promise(call);
    let late = js("new Promise((_, reject) => setTimeout(reject, 20_000, new Error('the call hangs')))");
    JsFuture::from(Promise::race(&js_sys::Array::of2(&call, &late))).await
}

/// `name code attempts` of the error that a call rejects with.
pub(super) async fn refusal(call: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> String {
    let error = in_time(call).await.expect_err("an error");
    assert!(error.is_instance_of::<js_sys::Error>(), "{error:?}");
    let text = |name: &str| get(&error, name).as_string().unwrap_or_default();
    assert!(text("message").starts_with(&[&text("operation"), ": "].concat()), "{error:?}");
    let attempts = get(&error, "attempts").as_f64().expect("attempts");
    format!("{} {} {attempts}", text("name"), text("code"))
}

/// `path rule` of every issue of the error that a call rejects with.
pub(super) async fn issues(call: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Vec<String> {
    let error = to_json(&in_time(call).await.expect_err("an error"));
    assert_eq!(error["name"], "ValidationError", "{error}");
    let issues = error["issues"].as_array().expect("issues").clone();
    let describe = |issue: Value| format!("{} {}", issue["path"].as_str().unwrap(), issue["rule"].as_str().unwrap());
    let mut issues: Vec<String> = issues.into_iter().map(describe).collect();
    issues.sort();
    issues
}

/// A configuration whose `fetch` is this expression; `given` is a response as the API would send it.
pub(super) fn config(fetch: &str) -> JsValue {
    js_with(&["{ token: 'token', maxRetries: 0, timeoutMs: 2000, fetch: ", fetch, " }"].concat(), &credential())
}

/// A credential as the API returns it.
pub(super) fn credential() -> JsValue {
    from_json(&serde_json::json!({
        "success": true,
        "document_id": ID,
        "document_url": format!("https://hyperstack.id/credential/{ID}"),
        "recipient": { "name": "Zoë Ångström", "email": "zoe@example.com" },
        "group": { "title": "Course", "key": "0MZj6kK5sdaO", "code": "C-1" },
        "issued_on": "2024-03-15T10:30:00.000Z",
        "valid_until": null,
        "metadata": {},
        "status": "active",
        "privacy": "public",
        "added_later": [1, { "a": null }],
    }))
}
