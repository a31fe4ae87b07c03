//! Whatever a caller passes or its `fetch` resolves to ends in an error, never in a trap or a call that hangs.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{ID, config, in_time, issues, js, js_with, refusal, to_json};
use crate::credentials::view_credential;
use crate::groups::create_group;

#[wasm_bindgen_test]
async fn a_fetch_may_fail_in_any_way() {
    let body = |read: &str| {
        let get = "(name) => name === 'content-type' ? 'application/json' : null";
        let reader = ["{ read: ", read, ", cancel: () => Promise.reject('gone') }"].concat();
        ["() => ({ status: 200, headers: { get: ", get, " }, body: { getReader: () => (", &reader, ") } })"].concat()
    };
    let whole = |read: &str| ["() => ({ status: 200, headers: new Headers(), arrayBuffer: ", read, " })"].concat();
    let fails = [
        "() => undefined".to_owned(),
        "() => null".to_owned(),
        "() => 200".to_owned(),
        "() => ({})".to_owned(),
        "() => new Proxy({}, { get(_, name) { if (name !== 'then') throw new Error('no'); } })".to_owned(),
        "() => new Proxy(new Response('{}'), {})".to_owned(),
        "() => Object.create(Response.prototype)".to_owned(),
        "() => Response.error()".to_owned(),
        "() => Promise.reject('text')".to_owned(),
        "() => Promise.reject(undefined)".to_owned(),
        "() => Promise.reject(Object.create(null))".to_owned(),
        "() => { throw undefined; }".to_owned(),
        "() => Object.defineProperty(Promise.resolve(), 'then', { get() { throw new Error('then'); } })".to_owned(),
        "() => Object.defineProperty(Promise.resolve(), 'constructor', { get() { throw new Error('no'); } })"
            .to_owned(),
        "() => ({ then() { throw new Error('then'); } })".to_owned(),
        "() => ({ then(resolve, reject) { resolve({}); resolve(); reject(); } })".to_owned(),
        body("async () => undefined"),
        body("async () => ({ done: false })"),
        body("async () => ({ done: false, value: 'text' })"),
        body("async () => ({ done: false, value: { byteLength: 1, length: 1e12 } })"),
        body("async () => ({ done: false, value: new Proxy(new Uint8Array(4), {}) })"),
        body("() => { throw 'gone'; }"),
        whole("async () => 10n"),
        whole("async () => Symbol('s')"),
        whole("() => { throw 'gone'; }"),
    ];
    for fetch in fails {
        let error = refusal(view_credential(config(&fetch), ID.into(), JsValue::UNDEFINED)).await;
        assert_eq!(error, "ConnectionError connection_failed 1", "{fetch}");
    }
}

#[wasm_bindgen_test]
async fn a_patched_global_fetch_is_treated_like_a_custom_one() {
    let platform = js("globalThis.fetch");
    for fetch in ["async () => ({})", "async () => Object.create(Response.prototype)", "7", "undefined"] {
        js_with("globalThis.fetch = given", &js(fetch));
        let error = refusal(view_credential(js("{ token: 't', maxRetries: 0 }"), ID.into(), JsValue::UNDEFINED)).await;
        js_with("globalThis.fetch = given", &platform);
        assert_eq!(error, "ConnectionError connection_failed 1", "{fetch}");
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_is_always_ready_cannot_outlive_the_time() {
    let endless = "async () => ({ status: 200, headers: new Headers({ 'content-type': 'application/json' }),
        body: { getReader: () => ({ read: async () => ({ done: false, value: new Uint8Array(0) }), cancel() {} }) } })";
    let error = refusal(view_credential(config(endless), ID.into(), js("{ timeoutMs: 100 }"))).await;
    assert_eq!(error, "TimeoutError timeout 1");
}

#[wasm_bindgen_test]
async fn a_late_response_is_cancelled() {
    let late = js("{}");
    let fetch = js_with("() => new Promise((resolve) => { given.resolve = resolve; })", &late);
    let config = js_with("{ token: 't', maxRetries: 0, timeoutMs: 20, fetch: given }", &fetch);
    let error = refusal(view_credential(config, ID.into(), JsValue::UNDEFINED)).await;
    assert_eq!(error, "TimeoutError timeout 1");
    let cancelled = js_with(
        "new Promise((resolve) => given.resolve(new Response(new ReadableStream({ cancel: () => resolve('cancelled') }))))",
        &late,
    );
    assert_eq!(in_time(async move { super::support::resolved(&cancelled).await }).await.unwrap(), "cancelled");
}

#[wasm_bindgen_test]
async fn options_are_own_members_of_plain_objects() {
    let fetch = "async () => { throw new Error('sent'); }";
    for (options, expected) in [
        ("new Map([['timeoutMs', 1]])", " json"),
        ("new (class { timeoutMs = 1 })()", " json"),
        ("[1]", " json"),
        ("'text'", " json"),
        ("{ timeoutMs: '1' }", "timeoutMs count"),
        ("{ fetch: () => {} }", "fetch unknown_field"),
        ("{ signal: {} }", "signal abort_signal"),
        ("{ headers: { authorization: 'x' } }", "headers.authorization own_header"),
        ("{ get timeoutMs() { throw new Error('no'); } }", " json"),
    ] {
        let found = issues(view_credential(config(fetch), ID.into(), js(options))).await;
        assert_eq!(found, [expected], "{options}");
    }
    // What is inherited is not seen.
    let error = refusal(view_credential(config(fetch), ID.into(), js("{ __proto__: { timeoutMs: -1 } }"))).await;
    assert_eq!(error, "ValidationError invalid_request 0");
    js("Object.prototype.timeoutMs = -1");
    let error = refusal(view_credential(config(fetch), ID.into(), js("{}"))).await;
    js("delete Object.prototype.timeoutMs");
    assert_eq!(error, "ConnectionError connection_failed 1");
}

#[wasm_bindgen_test]
async fn what_json_would_drop_or_change_is_refused() {
    for (params, expected) in [
        ("{ title: () => {} }", vec!["title json"]),
        ("{ title: Symbol('s'), tags: [undefined] }", vec!["tags[0] json", "title json"]),
        ("{ title: '\\ud800' }", vec!["title json"]),
        ("{ title: new Map() }", vec!["title json"]),
        ("{ validity: NaN }", vec!["validity number"]),
        ("{ title: 1n }", vec![" json"]),
        ("(() => { const circle = {}; circle.circle = circle; return circle; })()", vec![" json"]),
        ("{ title: 'x'.repeat(2 ** 24 + 1) }", vec![" too_long"]),
        ("Array.from({ length: 3 })", vec!["[0] json", "[1] json", "[2] json"]),
        ("undefined", vec![" object"]),
        ("null", vec![" object"]),
    ] {
        let found = issues(create_group(config("() => { throw 1; }"), js(params), JsValue::UNDEFINED)).await;
        assert_eq!(found, expected, "{params}");
    }
}

#[wasm_bindgen_test]
async fn values_with_to_json_are_sent_as_their_json() {
    let requests = js("[]");
    let config = js_with(
        "{ token: 't', fetch: async (_, { body }) => {
            given.push(JSON.parse(body));
            return Response.json({ success: true, group_key: 'k' });
        } }",
        &requests,
    );
    let params = "{ title: { __proto__: { toJSON: () => 'T' } }, description: 'D\\ufffd', badge_template: 'b', tags: undefined }";
    let params = js(&["Object.setPrototypeOf(", params, ", null)"].concat());
    in_time(create_group(config, params, JsValue::UNDEFINED)).await.unwrap();
    let expected = serde_json::json!([{ "title": "T", "description": "D\u{fffd}", "badge_template": "b" }]);
    assert_eq!(to_json(&requests), expected);
}
