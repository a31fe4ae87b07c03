//! The exported functions in a real browser: its fetch, its CORS, its timers, against the sandbox on another origin.
//! Every test has credentials and script steps of its own, told apart by their ids, since all share one sandbox.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests end so")]

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::AbortController;

use hyperstack_credentials::bindings;

wasm_bindgen_test_configure!(run_in_browser);

const TOKEN: &str = "wasm-test-token";

fn sandbox() -> &'static str {
    match option_env!("HYPERSTACK_SANDBOX_URL") {
        Some(url) => url,
        None => panic!("no HYPERSTACK_SANDBOX_URL: run these by cargo xtask test"),
    }
}

fn js(value: &Value) -> JsValue {
    JSON::parse(&value.to_string()).unwrap()
}

fn rust(value: &JsValue) -> Value {
    let text = JSON::stringify(value).unwrap().as_string();
    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).unwrap();
}

/// Runs JavaScript with one argument; what it returns is awaited.
async fn run(body: &str, argument: &JsValue) -> JsValue {
    let function = Function::new_with_args("argument", body);
    let result = function.call1(&JsValue::UNDEFINED, argument).unwrap();
    JsFuture::from(Promise::resolve(&result)).await.unwrap()
}

async fn sleep(ms: u32) {
    run("return new Promise((resolve) => setTimeout(resolve, argument))", &ms.into()).await;
}

/// Steers the sandbox; a mistake in the steering is a failure of the test.
async fn control(method: &str, path: &str, body: Option<Value>) -> Value {
    let request = json!({ "url": format!("{}/_sandbox{path}", sandbox()), "method": method, "body": body });
    let code = "const { url, method, body } = argument;
        return fetch(url, { method, body: body === null ? undefined : JSON.stringify(body) })
            .then(async (answer) => ({ ok: answer.ok, body: await answer.json() }));";
    let answer = rust(&run(code, &js(&request)).await);
    assert_eq!(answer["ok"], true, "{method} {path}: {answer}");
    answer["body"].clone()
}

fn random(length: usize) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..length).map(|_| char::from(alphabet[(js_sys::Math::random() * 61.99) as usize])).collect()
}

/// A published, valid credential of this test's own.
async fn credential(fields: Value) -> String {
    let id = random(32);
    control("PUT", &format!("/credentials/{id}"), Some(fields)).await;
    id
}

/// Scripts an answer for everything that is asked about `id`.
async fn script(id: &str, times: u32, mut step: Value) {
    step["match"] = json!({ "path_prefix": format!("/v1/credential/{id}") });
    step["times"] = json!(times);
    control("POST", "/script", Some(json!([step]))).await;
}

/// The requests that the sandbox has received about `id`.
async fn requests(id: &str) -> Vec<Value> {
    let all = control("GET", "/requests", None).await;
    let about = |request: &&Value| request["path"].as_str().unwrap().contains(id);
    all.as_array().unwrap().iter().filter(about).cloned().collect()
}

fn settings(more: &Value) -> String {
    let mut settings = json!({ "baseUrl": sandbox(), "maxRetries": 0, "timeoutMs": 20_000 });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings.to_string()
}

/// What a call is made with: a `fetch` of one's own, a signal, a token.
fn hooks(fetch: &JsValue, signal: &JsValue, token: &str) -> JsValue {
    let parts = JsValue::from(Object::new());
    set(&parts, "fetch", fetch);
    set(&parts, "signal", signal);
    set(&parts, "token", &token.into());
    parts
}

/// The facade's own `Call` (pkg-template/src/call.ts), which carries sessions on.
fn driver() -> &'static str {
    match option_env!("HYPERSTACK_DRIVER") {
        Some(driver) => driver,
        None => panic!("no HYPERSTACK_DRIVER: run these by cargo xtask test"),
    }
}

fn plain() -> JsValue {
    hooks(&JsValue::UNDEFINED, &JsValue::UNDEFINED, TOKEN)
}

/// What a session is asked for, as `pkg-template/src/core.ts` says it.
fn asking(verb: &str, subject: Option<&str>, options: &str, settings: &str) -> String {
    let subject = subject.map_or_else(String::new, |subject| format!("\"subject\":{},", json!(subject)));
    format!("{{\"verb\":{},{subject}\"options\":{options},\"settings\":{settings}}}", json!(verb))
}

/// What a session says that needs nobody else: a word, and what belongs to it.
fn alone(verb: &str, subject: Option<&str>, options: &str) -> (String, String) {
    let place = bindings::begin(false, asking(verb, subject, options, "{}"), None);
    let said = bindings::step(place, String::new(), String::new(), 0.0, 0.0, -1.0);
    let (word, details) = said.strip_prefix('\n').unwrap().split_once('\n').unwrap();
    (word.to_owned(), details.to_owned())
}

/// Carries a session on to its end: `[0, data, status, headers, requestId, attempts, reconciled]`, `[1, error]` or `[2]`.
async fn cross(
    verb: &str,
    subject: Option<&str>,
    argument: Option<String>,
    options: &str,
    settings: String,
    hooks: JsValue,
) -> Array {
    let place = bindings::begin(true, asking(verb, subject, options, &settings), argument);
    let step = move |event, body: Vec<u8>, now_ms, random, quota| {
        bindings::step(place, event, String::from_utf8(body).expect("UTF-8"), now_ms, random, quota)
    };
    let step = Closure::<dyn FnMut(String, Vec<u8>, f64, f64, f64) -> String>::new(step);
    set(&hooks, "step", &step.into_js_value());
    set(&hooks, "quota", &Closure::<dyn FnMut() -> f64>::new(move || bindings::quota(place)).into_js_value());
    let code = "const { step, quota, fetch, signal, token } = argument;
        const session = { step, get quota() { return quota(); } };
        globalThis.foldName = driver.foldName;
        const call = new driver.Call('test', { fetch, token, calls: 0 }, signal);
        return call.carry(session, (work) => work()).then(([word, details]) => {
            if (word === 'aborted') return [2];
            if (word === 'error') return [1, JSON.parse(details)];
            if (JSON.parse(details.split('\\n', 1)[0]).checks) return [0, JSON.parse(details)];
            const { data, status, headers, requestId, attempts, reconciled } = call.answer(details);
            return [0, data, status, headers, requestId, attempts, reconciled];
        });";
    run(&[driver(), code].concat(), &hooks).await.unchecked_into()
}

async fn call(operation: &str, id: Option<&str>, body: Option<Value>, more: Value, hooks: JsValue) -> Value {
    let body = body.map(|body| body.to_string());
    rust(&cross(operation, id, body, "{}", settings(&more), hooks).await.into())
}

async fn view(id: &str, more: Value) -> Value {
    call("credentials.view", Some(id), None, more, plain()).await
}

async fn verify(input: &str, options: Value, more: Value) -> Value {
    let crossing = cross("verify", Some(input), None, &options.to_string(), settings(&more), plain()).await;
    let crossing = rust(&crossing.into());
    assert_eq!(crossing[0], 0, "{crossing}");
    let verification = crossing[1].clone();
    // What holds whatever the verdict is.
    assert_eq!(verification["checks"].as_array().unwrap().len(), 13);
    assert_eq!(verification["outcome"] == "verified", verification["verdict"] == "valid");
    assert_eq!(verification["outcome"] == "indeterminate", !verification["reason"].is_null());
    assert!(!verification.to_string().contains("john@example.com"), "{verification}");
    verification
}

fn link(id: &str) -> String {
    format!("https://hyperstack.id/credential/{id}")
}

/// `Class code status attempts` of a crossing that must be an error.
fn refusal(crossing: &Value) -> String {
    assert_eq!(crossing[0], 1, "an error is expected: {crossing}");
    let error = &crossing[1];
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    assert!(text("message").starts_with(&text("operation")), "{error}");
    let status = error["status"].as_u64().map_or("-".to_owned(), |status| status.to_string());
    format!("{} {} {status} {}", text("name"), text("code"), error["attempts"])
}

/// Timers and abort listeners that were started and not ended since `watch`.
const WATCH: &str = "
    if (!globalThis.watched) {
        const { setTimeout: start, clearTimeout: end } = globalThis;
        const timers = new Set();
        globalThis.setTimeout = (callback, ms, ...rest) => {
            const id = start(() => { timers.delete(id); callback(...rest); }, ms);
            timers.add(id);
            return id;
        };
        globalThis.clearTimeout = (id) => { timers.delete(id); end(id); };
        let listeners = 0;
        const { addEventListener: add, removeEventListener: remove } = AbortSignal.prototype;
        AbortSignal.prototype.addEventListener = function (...all) { listeners += 1; return add.apply(this, all); };
        AbortSignal.prototype.removeEventListener = function (...all) { listeners -= 1; return remove.apply(this, all); };
        globalThis.watched = { pending: () => timers.size + listeners };
    }
    return globalThis.watched.pending();";

async fn pending() -> f64 {
    run(WATCH, &JsValue::UNDEFINED).await.as_f64().unwrap()
}

#[wasm_bindgen_test]
async fn a_group_a_draft_a_publication_a_verdict() {
    let group = json!({ "title": "Tests", "description": "In a browser", "certificate_template": "t", "tags": ["a"] });
    let group = call("groups.create", None, Some(group), json!({}), plain()).await;
    assert_eq!((&group[0], &group[2], &group[5]), (&json!(0), &json!(200), &json!(1)), "{group}");
    let key = group[1]["group_key"].as_str().unwrap();

    let draft = json!({ "recipient": { "name": "Zoë Ångström", "email": "zoe@example.com" }, "group_key": key,
                        "custom_attributes": { "custom_place": "Mars" } });
    let drafted = call("credentials.generate", None, Some(draft.clone()), json!({}), plain()).await;
    assert_eq!((&drafted[0], &drafted[1]["status"]), (&json!(0), &json!("draft")), "{drafted}");
    assert_eq!(drafted[1]["recipient"]["name"], "Zoë Ångström");
    let id = drafted[1]["document_id"].as_str().unwrap();
    assert_eq!(verify(&link(id), json!({}), json!({})).await["verdict"], "unpublished");

    let published = call("credentials.publish", Some(id), None, json!({}), plain()).await;
    assert_eq!((&published[0], &published[1]["success"]), (&json!(0), &json!(true)), "{published}");
    let viewed = view(id, json!({})).await;
    assert_eq!((&viewed[1]["status"], &viewed[1]["document_id"]), (&json!("active"), &json!(id)), "{viewed}");
    assert_eq!(viewed[1]["metadata"]["custom_place"], "Mars");

    let options = json!({ "recipientName": "ZOË  ångström", "allowMetadata": ["custom_place"], "issuerLabel": "Acme" });
    let verification = verify(&format!("{}?view=recipient#top", link(id)), options, json!({})).await;
    assert_eq!((&verification["outcome"], &verification["verdict"]), (&json!("verified"), &json!("valid")));
    assert_eq!(verification["credential"]["recipient"], json!({ "name": "Zoë Ångström" }));
    assert_eq!(verification["credential"]["metadata"], json!({ "custom_place": "Mars" }));
    assert_eq!(verification["subject"]["canonical_url"], link(id));
    assert!(!verification.to_string().contains("zoe@example.com"));

    // The documented refusals, provoked. One test for all, since the balance is everybody's.
    let again = call("credentials.publish", Some(id), None, json!({}), plain()).await;
    assert_eq!(refusal(&again), "BadRequestError invalid_status 400 1");
    let twice = call("credentials.generate", None, Some(draft.clone()), json!({}), plain()).await;
    assert_eq!(refusal(&twice), "ConflictError credential_exists 409 1");
    let mut nowhere = draft.clone();
    nowhere["group_key"] = json!("NoSuchGroup1");
    let nowhere = call("credentials.generate", None, Some(nowhere), json!({}), plain()).await;
    assert_eq!(refusal(&nowhere), "NotFoundError group_not_found 404 1");
    let mut other = draft.clone();
    other["recipient"]["email"] = json!("other@example.com");
    control("PUT", "/balance", Some(json!({ "balance": 0 }))).await;
    let poor = call("credentials.generate", None, Some(other), json!({}), plain()).await;
    control("PUT", "/balance", Some(json!({ "balance": null }))).await;
    assert_eq!(refusal(&poor), "InsufficientBalanceError low_balance 402 1");
    let unknown = random(32);
    for operation in ["credentials.view", "credentials.publish"] {
        let refused = call(operation, Some(&unknown), None, json!({}), plain()).await;
        assert_eq!(refusal(&refused), "NotFoundError credential_not_found 404 1");
    }
    for (operation, id, body) in [
        ("groups.create", None, Some(json!({ "title": "T", "description": "D", "badge_template": "b" }))),
        ("credentials.generate", None, Some(draft)),
        ("credentials.publish", Some(id), None),
        ("credentials.view", Some(id), None),
    ] {
        let stranger = hooks(&JsValue::UNDEFINED, &JsValue::UNDEFINED, "another-token");
        let refused = call(operation, id, body, json!({}), stranger).await;
        assert_eq!(refusal(&refused), "AuthenticationError unauthorized 401 1", "{operation}");
        assert!(!refused.to_string().contains("another-token"));
    }
}

#[wasm_bindgen_test]
async fn wrong_arguments_are_all_named_and_nothing_is_sent() {
    let marker = random(12);
    let wrong = json!({ "recipient": { "email": "nobody" }, "group_key": "../x", "note": marker });
    let refused = call("credentials.generate", None, Some(wrong), json!({}), plain()).await;
    assert_eq!(refusal(&refused), "ValidationError invalid_request - 0");
    let paths: Vec<_> = refused[1]["issues"].as_array().unwrap().iter().map(|issue| issue["path"].clone()).collect();
    assert_eq!(paths, ["recipient.email", "recipient.name", "group_key", "note"]);
    for id in ["..", "%2e%2e", "a/b", "", &marker] {
        assert_eq!(refusal(&view(id, json!({})).await), "ValidationError invalid_request - 0");
    }
    let refused = view(&random(32), json!({ "baseUrl": "http://api.example.com", "retries": 1 })).await;
    assert_eq!(refused[1]["issues"].as_array().unwrap().len(), 2, "{refused}");
    let refused = call("credentials.destroy", None, None, json!({}), plain()).await;
    assert_eq!(refusal(&refused), "ValidationError invalid_request - 0");
    let sent = control("GET", "/requests", None).await;
    assert!(!sent.to_string().contains(&marker), "{sent}");
}

#[wasm_bindgen_test]
async fn every_status_has_its_verdict() {
    for (fields, verdict, reason) in [
        (json!({}), "valid", None),
        (json!({ "privacy": "private" }), "valid", None),
        (json!({ "privacy": null }), "valid", None),
        (json!({ "status": "suspended" }), "suspended", None),
        (json!({ "status": "revoked" }), "revoked", None),
        (json!({ "status": "expired" }), "expired", None),
        (json!({ "status": "unpublished" }), "unpublished", None),
        (json!({ "valid_until": "2020-01-01T00:00:00Z", "status": "active" }), "expired", None),
        (json!({ "issued_on": "2999-01-01T00:00:00Z" }), "not_yet_valid", None),
        (json!({ "status": "published" }), "indeterminate", Some("unknown_status")),
        (json!({ "status": "draft" }), "indeterminate", Some("unknown_status")),
        (json!({ "status": "ACTIVE" }), "indeterminate", Some("unknown_status")),
        (json!({ "success_in_answer": false }), "indeterminate", Some("bad_shape")),
        (json!({ "success_in_answer": null }), "indeterminate", Some("bad_shape")),
        (json!({ "issued_on": "yesterday" }), "indeterminate", Some("bad_shape")),
        (json!({ "document_id_in_answer": "AnotherCredential000000000000001" }), "indeterminate", Some("id_mismatch")),
        (
            json!({ "document_url": "https://hyperstack.id/credential/AnotherCredential000000000000001" }),
            "indeterminate",
            Some("url_mismatch"),
        ),
        (json!({ "always_status": 503 }), "indeterminate", Some("upstream_5xx")),
    ] {
        let id = credential(fields.clone()).await;
        for input in [link(&id), id.clone()] {
            let verification = verify(&input, json!({}), json!({})).await;
            assert_eq!(verification["verdict"], verdict, "{fields}");
            assert_eq!(verification["reason"].as_str(), reason, "{fields}");
        }
    }
    assert_eq!(verify(&random(32), json!({}), json!({})).await["verdict"], "not_found_in_account");
    let id = credential(json!({})).await;
    let other = json!({ "recipientName": "Somebody Else" });
    assert_eq!(verify(&id, other, json!({})).await["verdict"], "recipient_mismatch");
    assert_eq!(requests(&id).await.len(), 1);
    for (input, verdict) in [
        (format!("https://hyperstack.id.evil.example/credential/{id}"), "untrusted_host"),
        (format!("https://hyperstack.id/credential/{id}x"), "malformed_input"),
        (String::new(), "malformed_input"),
    ] {
        assert_eq!(verify(&input, json!({}), json!({})).await["verdict"], verdict, "{input}");
    }
    assert_eq!(requests(&id).await.len(), 1, "a link that is not trusted is asked about");
}

const HTML: &str = "<!doctype html><h1>Bad gateway</h1>";

/// Each fault of the wire: what `view` rejects with, and what `verify` says.
#[wasm_bindgen_test]
async fn every_fault_is_a_typed_error_and_never_verified() {
    let html = |status: u16| json!({ "status": status, "headers": { "content-type": "text/html" }, "body": HTML });
    let text = |body: &str| json!({ "body": body });
    let before = pending().await;
    for (step, error, reason) in [
        (
            json!({ "status": 401, "body": "{\"detail\":\"no\"}" }),
            "AuthenticationError unauthorized 401 1",
            "unauthorized",
        ),
        (html(401), "AuthenticationError unauthorized 401 1", "unauthorized"),
        (json!({ "status": 403, "body": "{}" }), "PermissionError forbidden 403 1", "forbidden"),
        (html(404), "ResponseError bad_content_type 404 1", "bad_shape"),
        (json!({ "status": 404, "body": "{\"message\":\"no route\"}" }), "ResponseError bad_shape 404 1", "bad_shape"),
        (json!({ "status": 429, "body": "{}" }), "RateLimitError rate_limited 429 1", "rate_limited"),
        (json!({ "status": 500, "body": "{}" }), "ServerError server_error 500 1", "upstream_5xx"),
        (html(502), "ServerError server_error 502 1", "upstream_5xx"),
        (json!({ "status": 503 }), "ServerError server_error 503 1", "upstream_5xx"),
        (
            json!({ "status": 302, "headers": { "location": "/v1/elsewhere" } }),
            "ResponseError unexpected_redirect - 1",
            "upstream_redirect",
        ),
        (
            json!({ "status": 307, "headers": { "location": "http://localhost:9/" } }),
            "ResponseError unexpected_redirect - 1",
            "upstream_redirect",
        ),
        (html(200), "ResponseError bad_content_type 200 1", "bad_content_type"),
        (
            json!({ "headers": { "content-type": null }, "body": "{}" }),
            "ResponseError bad_content_type 200 1",
            "bad_content_type",
        ),
        (
            json!({ "status": 204, "headers": { "content-type": null } }),
            "ResponseError bad_content_type 204 1",
            "bad_content_type",
        ),
        (text(""), "ResponseError truncated 200 1", "bad_json"),
        (text("{\"success\":true,\"document_id\":"), "ResponseError truncated 200 1", "bad_json"),
        (text("{\"success\":true,\"success\":true}"), "ResponseError bad_json 200 1", "bad_json"),
        (text("{\"success\":true}"), "ResponseError bad_shape 200 1", "bad_shape"),
        (text("[]"), "ResponseError bad_shape 200 1", "bad_shape"),
        (json!({ "body_base64": "eyJhIjoi/yJ9" }), "ResponseError bad_json 200 1", "bad_json"),
        (json!({ "delay_ms": 8000 }), "TimeoutError timeout - 1", "timeout"),
        (json!({ "body": "{\"success\":true}", "stall_after_bytes": 5 }), "TimeoutError timeout - 1", "timeout"),
        (
            json!({ "body_repeat": { "text": " ", "times": 400 }, "chunk_bytes": 10, "chunk_delay_ms": 100 }),
            "TimeoutError timeout - 1",
            "timeout",
        ),
        (json!({ "cut": "before_headers" }), "ConnectionError connection_failed - 1", "network"),
        (json!({ "cut": "before_headers", "cut_with": "close" }), "ConnectionError connection_failed - 1", "network"),
        (json!({ "cut": "in_headers" }), "ConnectionError connection_failed - 1", "network"),
        (
            json!({ "body": "{\"success\":true}", "cut": { "body_bytes": 5 } }),
            "ConnectionError connection_failed - 1",
            "network",
        ),
        (
            json!({ "body": "{\"success\":true}", "cut": { "body_bytes": 5 }, "cut_with": "close" }),
            "ConnectionError connection_failed - 1",
            "network",
        ),
        (json!({ "body": "{}", "cors": false }), "ConnectionError connection_failed - 1", "network"),
    ] {
        let id = credential(json!({})).await;
        // More than asked for: browsers themselves ask again where a kept connection breaks.
        script(&id, 50, step.clone()).await;
        let slow = error.starts_with("Timeout");
        let limit = json!({ "timeoutMs": if slow { 700 } else { 20_000 } });
        assert_eq!(refusal(&view(&id, limit.clone()).await), error, "{step}");
        let verification = verify(&link(&id), json!({}), limit).await;
        assert_eq!(verification["outcome"], "indeterminate", "{step}");
        assert_eq!(verification["reason"], reason, "{step}");
    }
    control("DELETE", "/script", None).await;
    assert_eq!(pending().await.to_string(), before.to_string(), "timers or listeners are left");
}

#[wasm_bindgen_test]
async fn answers_are_read_up_to_the_limit_only() {
    let id = credential(json!({ "extra": { "padding": "x".repeat(70_000) } })).await;
    assert_eq!(view(&id, json!({})).await[0], 0);
    let refused = view(&id, json!({ "maxResponseBytes": 1000 })).await;
    assert_eq!(refusal(&refused), "ResponseError body_too_large - 1");
    let verification = verify(&id, json!({}), json!({})).await;
    assert_eq!(
        (&verification["outcome"], &verification["reason"]),
        (&json!("indeterminate"), &json!("body_too_large"))
    );
    // Without an announced length it is the stream that is counted.
    let endless = json!({ "headers": { "content-length": null }, "body_repeat": { "text": " ", "times": 100_000 } });
    script(&id, 1, endless).await;
    assert_eq!(verify(&id, json!({}), json!({})).await["reason"], "body_too_large");
}

#[wasm_bindgen_test]
async fn reads_are_repeated_and_retry_after_is_obeyed() {
    let id = credential(json!({})).await;
    script(&id, 2, json!({ "status": 503, "body": "{}" })).await;
    let viewed = view(&id, json!({ "maxRetries": 2 })).await;
    assert_eq!((&viewed[0], &viewed[5]), (&json!(0), &json!(3)), "{viewed}");
    assert_eq!(requests(&id).await.len(), 3);

    let exposed = |after: &str| {
        json!({ "status": 429, "body": "{}",
        "headers": { "retry-after": after, "access-control-expose-headers": "retry-after", "content-type": "application/json" } })
    };
    let id = credential(json!({})).await;
    script(&id, 1, exposed("1")).await;
    let started = js_sys::Date::now();
    assert_eq!(view(&id, json!({ "maxRetries": 2 })).await[5], 2);
    assert!(js_sys::Date::now() - started >= 990.0, "Retry-After was not waited for");

    let id = credential(json!({})).await;
    script(&id, 2, exposed("86400")).await;
    let refused = view(&id, json!({ "maxRetries": 2 })).await;
    assert_eq!(refusal(&refused), "RateLimitError rate_limited 429 1");
    assert_eq!((&refused[1]["retryAfterMs"], &refused[1]["retryable"]), (&json!(86_400_000), &json!(true)));
    assert_eq!(verify(&id, json!({}), json!({})).await["retry_after_s"], 86_400);

    // A publication may be sent again: a draft is published once, however often it is asked for.
    let id = credential(json!({})).await;
    script(&id, 1, json!({ "status": 503, "body": "{}" })).await;
    let repeated = call("credentials.publish", Some(&id), None, json!({ "maxRetries": 2 }), plain()).await;
    assert_eq!((&repeated[0], &repeated[5], &repeated[6]), (&json!(0), &json!(2), &json!(true)));
}

#[wasm_bindgen_test]
async fn an_abort_ends_every_phase_at_once() {
    let before = pending().await;
    let exposed = json!({ "status": 503, "body": "{}", "headers": { "retry-after": "30",
        "access-control-expose-headers": "retry-after", "content-type": "application/json" } });
    for (phase, step) in [
        ("headers", json!({ "delay_ms": 8000 })),
        ("body", json!({ "body": "{\"success\":true}", "stall_after_bytes": 5 })),
        ("backoff", exposed),
    ] {
        for operation in ["view", "verify"] {
            let id = credential(json!({})).await;
            script(&id, 1, step.clone()).await;
            let controller = AbortController::new().unwrap();
            let seen = JsValue::from(Array::new());
            let fetch = Function::new_with_args(
                "seen",
                "return (url, init) => { seen.push(init.signal); return fetch(url, init); }",
            )
            .call1(&JsValue::UNDEFINED, &seen)
            .unwrap();
            let given = hooks(&fetch, &controller.signal(), TOKEN);
            let abort = Function::new_with_args("argument", "setTimeout(() => argument.abort('enough'), 300)");
            abort.call1(&JsValue::UNDEFINED, &controller).unwrap();
            let started = js_sys::Date::now();
            let more = settings(&json!({ "maxRetries": 2 }));
            let crossing = if operation == "view" {
                cross("credentials.view", id.as_str().into(), None, "{}", more, given).await
            } else {
                cross("verify", id.as_str().into(), None, "{}", more, given).await
            };
            assert_eq!(rust(&crossing.into()), json!([2]), "{operation}, {phase}");
            let took = js_sys::Date::now() - started;
            assert!((290.0..4000.0).contains(&took), "{operation}, {phase}: {took} ms");
            let requests = Array::from(&seen);
            assert_eq!(requests.length(), 1, "{operation}, {phase}");
            // The request itself is ended too, unless its answer had been read to the end.
            let ended = get(&requests.get(0), "aborted").is_truthy();
            assert_eq!(ended, phase != "backoff", "{operation}, {phase}");
        }
    }
    control("DELETE", "/script", None).await;
    assert_eq!(pending().await.to_string(), before.to_string(), "timers or listeners are left");
}

#[wasm_bindgen_test]
async fn what_is_aborted_already_is_not_sent() {
    let id = credential(json!({})).await;
    let controller = AbortController::new().unwrap();
    controller.abort();
    let given = hooks(&JsValue::UNDEFINED, &controller.signal(), TOKEN);
    let crossing = call("credentials.view", Some(&id), None, json!({}), given).await;
    assert_eq!(crossing, json!([2]));
    sleep(200).await;
    assert_eq!(requests(&id).await.len(), 0);
}

/// The sandbox lets pages send `accept`, `authorization` and `content-type`: one header more, and the preflight fails.
#[wasm_bindgen_test]
async fn exactly_the_documented_headers_are_sent_across_origins() {
    let id = credential(json!({ "status": "unpublished" })).await;
    assert_eq!(view(&id, json!({})).await[0], 0);
    let title = format!("Headers {id}");
    let group = json!({ "title": title, "description": "D", "badge_template": "b" });
    assert_eq!(call("groups.create", None, Some(group), json!({}), plain()).await[0], 0);

    let all = control("GET", "/requests", None).await;
    let posted = all.as_array().unwrap().iter().find(|request| request["body"]["title"] == title.as_str()).unwrap();
    assert_eq!((&posted["method"], &posted["content_type"]), (&json!("POST"), &json!("application/json")));
    let viewed = &requests(&id).await[0];
    assert_eq!((&viewed["method"], &viewed["content_type"]), (&json!("GET"), &Value::Null));
    for request in [viewed, posted] {
        assert_eq!((&request["accept"], &request["authorized"]), (&json!("application/json"), &json!(true)));
        let headers = request["header_names"].as_array().unwrap();
        assert!(headers.contains(&json!("origin")), "not across origins: {request}");
        for header in headers {
            let header = header.as_str().unwrap();
            let of_the_browser = header.starts_with("sec-")
                || [
                    "host",
                    "connection",
                    "user-agent",
                    "accept-encoding",
                    "accept-language",
                    "origin",
                    "referer",
                    "content-length",
                    "priority",
                    "pragma",
                    "cache-control",
                    "te",
                    "dnt",
                ]
                .contains(&header);
            assert!(of_the_browser || ["accept", "authorization", "content-type"].contains(&header), "{header}");
        }
    }
    // The sandbox must be able to refuse, or the above proves nothing.
    let code = "return fetch(argument, { headers: { 'x-telemetry': '1' } }).then(() => 'sent', () => 'refused')";
    let url = format!("{}/v1/credential/{id}/view", sandbox());
    assert_eq!(run(code, &url.into()).await.as_string().unwrap(), "refused");
}

/// A verification of `id` as a verifying service would give it.
async fn honest(id: &str) -> Value {
    verify(&link(id), json!({}), json!({})).await
}

async fn ask(id: &str, endpoint: &str) -> Value {
    let endpoint = format!("{}{endpoint}", sandbox());
    let none = hooks(&JsValue::UNDEFINED, &JsValue::UNDEFINED, "");
    let link = format!("{}?utm_source=secret", link(id));
    let settings = json!({ "timeoutMs": 2000 }).to_string();
    let crossing = cross("ask", Some(&link), Some(endpoint), "{}", settings, none).await;
    let crossing = rust(&crossing.into());
    assert_eq!(crossing[0], 0, "{crossing}");
    crossing[1].clone()
}

#[wasm_bindgen_test]
async fn a_verifying_service_is_believed_only_where_it_holds_together() {
    let id = credential(json!({})).await;
    let good = honest(&id).await;
    let service = format!("/v1/credential/{id}/service");
    script(&id, 1, json!({ "body": good.to_string() })).await;
    assert_eq!(ask(&id, &service).await, good);
    let asked = requests(&id).await;
    let asked = asked.last().unwrap();
    assert_eq!((&asked["method"], &asked["authorized"]), (&json!("POST"), &json!(false)));
    assert_eq!(asked["body"], json!({ "input": link(&id) }));
    assert!(!asked["header_names"].as_array().unwrap().contains(&json!("authorization")));

    let change = |path: &str, value: Value| {
        let mut lie = good.clone();
        *lie.pointer_mut(path).unwrap() = value;
        json!({ "body": lie.to_string() })
    };
    for (step, reason) in [
        (change("/subject/id", json!(random(32))), "bad_shape"),
        (change("/checks/6/state", json!("fail")), "bad_shape"),
        (change("/verdict", json!("revoked")), "bad_shape"),
        (change("/credential", Value::Null), "bad_shape"),
        (json!({ "status": 500, "body": "{}" }), "upstream_5xx"),
        (json!({ "status": 302, "headers": { "location": "/" } }), "upstream_redirect"),
        (json!({ "headers": { "content-type": "text/html" }, "body": HTML }), "bad_content_type"),
        (json!({ "body": "{" }), "bad_json"),
        (json!({ "body_repeat": { "text": " ", "times": 70_000 } }), "body_too_large"),
        (json!({ "body": "{\"a\":1}", "stall_after_bytes": 3 }), "timeout"),
        (json!({ "body": "{}", "cors": false }), "network"),
    ] {
        script(&id, 1, step.clone()).await;
        let verification = ask(&id, &service).await;
        assert_eq!(verification["outcome"], "indeterminate", "{step}");
        assert_eq!(verification["reason"], reason, "{step}");
    }
}

const ANSWER: &str = r#"{"success":true,"document_id":"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","document_url":"https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","recipient":{"name":"A","email":"a@example.com"},"group":{"title":"T","key":"K","code":"C"},"issued_on":"2024-03-15T10:30:00Z","valid_until":null,"metadata":{},"status":"active"}"#;

/// A fetch of one's own may be anything.
#[wasm_bindgen_test]
async fn any_custom_fetch_ends_in_an_answer_or_a_typed_error() {
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
        ("return new Response(ANSWER, { headers: { 'content-type': 'application/json' } })".to_owned(), "ok"),
        // Awaiting takes a response that is no promise as it is.
        (format!("return {{ status: 200, {headers}, arrayBuffer: () => new TextEncoder().encode(ANSWER).buffer }}"), "ok"),
        (format!("return Promise.resolve({{ status: 200, {headers}, arrayBuffer: async () => new TextEncoder().encode(ANSWER) }})"), "ok"),
        (format!("return {{ status: 200, {headers}, body: null, text: async () => ANSWER }}"), "ResponseError truncated 200 1"),
        (format!("return {{ status: 200, {headers}, arrayBuffer: () => {{ throw 'no' }} }}"), lost),
        (format!("return {{ status: 200, {headers}, arrayBuffer: async () => Symbol('s') }}"), lost),
        (format!("return {{ status: 200, {headers}, arrayBuffer: async () => 10n }}"), lost),
        (format!("return {{ status: 200, {headers}, arrayBuffer: async () => 1e12 }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => ({{ done: false, value: {{ length: -1, get 0() {{ throw 1 }} }} }}), cancel: async () => {{}} }}) }} }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => ({{ done: false, value: {{ length: 1e12 }} }}), cancel: async () => {{}} }}) }} }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => ({{ done: false, value: 'text' }}), cancel: () => {{ throw 1 }} }}) }} }}"), lost),
        (format!("return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: () => Promise.reject('gone'), cancel: () => Promise.reject('gone') }}) }} }}"), lost),
        // Another realm: its Response, Uint8Array and Promise are none of ours.
        (format!("{frame} return new other.Response(ANSWER, {{ headers: {{ 'content-type': 'application/json' }} }})"), "ok"),
        (format!("{frame} return other.Promise.reject(new other.TypeError('no'))"), lost),
        (format!("{frame} const bytes = other.Uint8Array.from(new TextEncoder().encode(ANSWER)); let sent = false;
            return {{ status: 200, {headers}, body: {{ getReader: () => ({{ read: async () => sent ? {{ done: true }} : (sent = true, {{ done: false, value: bytes }}) }}) }} }}"), "ok"),
    ] {
        let fetch = Function::new_with_args("url, init", &format!("const ANSWER = {ANSWER:?}; {body}"));
        let given = hooks(&fetch, &JsValue::UNDEFINED, TOKEN);
        let id = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
        // In a race with a clock, so that a call that never ends fails here, by name.
        let call = cross("credentials.view", Some(id), None, "{}", settings(&json!({})), given);
        let done = wasm_bindgen_futures::future_to_promise(async move { Ok(call.await.into()) });
        let crossing = run(
            "return Promise.race([argument, new Promise((resolve) => setTimeout(resolve, 5000, [9]))])",
            &done,
        )
        .await;
        let crossing = rust(&crossing);
        if expected == "ok" {
            assert_eq!(crossing[0], 0, "{body}: {crossing}");
            assert_eq!(crossing[1], serde_json::from_str::<Value>(ANSWER).unwrap());
        } else {
            assert_eq!(refusal(&crossing), expected, "{body}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_custom_fetch_is_called_unbound_with_address_and_init() {
    let code =
        "'use strict'; globalThis.received = { self: typeof this, count: arguments.length, url, method: init.method,
        headers: init.headers, keys: Object.keys(init).sort(), redirect: init.redirect,
        prototype: Object.getPrototypeOf(init.headers) === Object.prototype }; return Promise.reject('enough')";
    let given = hooks(&Function::new_with_args("url, init", code), &JsValue::UNDEFINED, TOKEN);
    let group = json!({ "title": "T", "description": "D", "badge_template": "b" });
    call("groups.create", None, Some(group), json!({ "baseUrl": "https://api.example.com/" }), given).await;
    let received = rust(&get(&js_sys::global(), "received"));
    assert_eq!(
        received,
        json!({ "self": "undefined", "count": 2, "url": "https://api.example.com/v1/groups/new", "method": "POST",
                "headers": { "accept": "application/json", "authorization": format!("Bearer {TOKEN}"),
                             "content-type": "application/json" },
                "keys": ["body", "headers", "method", "redirect", "signal"], "redirect": "manual", "prototype": true })
    );
}

#[wasm_bindgen_test]
fn text_is_judged_as_json() {
    for (text, flaw) in
        [("{\"a\":[1,\"\\u0041\"]}", ""), ("{\"a\":1,\"\\u0061\":2}", "duplicate_key"), ("", "truncated")]
    {
        assert_eq!(alone("flaw", Some(text), "{}"), ("done".to_owned(), flaw.to_owned()));
    }
}

#[wasm_bindgen_test]
fn links_are_read_without_a_network() {
    let parse = |text: Option<&str>, options: &str| -> Value {
        let (word, details) = alone("parse", text, options);
        let details: Value = serde_json::from_str(&details).unwrap();
        json!([u8::from(word == "error"), details])
    };
    let id = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
    let good = parse(Some(&format!("  {}/?view=recipient ", link(id))), "{}");
    assert_eq!(good, json!([0, { "ok": true, "input_kind": "url", "id": id, "canonical_url": link(id) }]));
    assert_eq!(
        parse(Some("https://hyperstack.id@evil.example/"), "{}"),
        json!([0, { "ok": false, "code": "userinfo" }])
    );
    assert_eq!(refusal(&parse(None, "{}")), "ValidationError invalid_request - 0");
    assert_eq!(refusal(&parse(Some(""), "{\"hosts\":[]}")), "ValidationError invalid_request - 0");
}
