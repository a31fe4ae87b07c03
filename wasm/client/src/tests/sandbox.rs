//! The exports against the sandbox on another origin. Every test has its own credentials and script steps, by their ids,
//! because all tests share one sandbox.

use js_sys::{Array, Function, Promise};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use super::*;

fn sandbox() -> &'static str {
    match option_env!("HYPERSTACK_SANDBOX_URL") {
        Some(url) => url,
        None => panic!("no HYPERSTACK_SANDBOX_URL: cargo xtask test sets it"),
    }
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

/// Controls the sandbox; fails the test if the sandbox refuses.
async fn control(method: &str, path: &str, body: Option<Value>) -> Value {
    let request = json!({ "url": format!("{}/_sandbox{path}", sandbox()), "method": method, "body": body });
    let code = "const { url, method, body } = argument;
        return fetch(url, { method, body: body === null ? undefined : JSON.stringify(body) })
            .then(async (response) => ({ ok: response.ok, body: await response.json() }));";
    let response = to_json(&run(code, &from_json(&request)).await);
    assert_eq!(response["ok"], true, "{method} {path}: {response}");
    response["body"].clone()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 61")]
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

/// Scripts a response to every request about `id`.
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

fn settings(more: &Value) -> Value {
    let mut settings = json!({ "baseUrl": sandbox(), "maxRetries": 0, "timeoutMs": 20_000 });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

/// Calls an operation of the sandbox.
async fn ask(operation: &str, id: Option<&str>, body: Option<Value>, more: Value, given: Given) -> Ended {
    call(operation, id, body, settings(&more), given).await
}

async fn view(id: &str, more: Value) -> Ended {
    ask("credentials.view", Some(id), None, more, plain()).await
}

async fn verify(input: &str, options: Value, more: Value) -> Value {
    let config = config(&settings(&more), &plain());
    let result = verification::verify(config, input.into(), from_json(&options)).await;
    let verification = Ended::of(result, &JsValue::UNDEFINED).resolved();
    // What holds whatever the verdict is.
    assert_eq!(verification["checks"].as_array().unwrap().len(), 13);
    assert_eq!(verification["outcome"] == "verified", verification["verdict"] == "valid");
    assert_eq!(verification["outcome"] == "indeterminate", !verification["reason"].is_null());
    assert!(!verification.to_string().contains("john@example.com"), "{verification}");
    verification
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
async fn creates_publishes_and_verifies_a_credential() {
    let group = json!({ "title": "Tests", "description": "In a browser", "certificate_template": "t", "tags": ["a"] });
    let group = ask("groups.create", None, Some(group), json!({}), plain()).await.resolved();
    assert_eq!((&group["status"], &group["attempts"]), (&json!(200), &json!(1)), "{group}");
    let key = group["data"]["group_key"].as_str().unwrap();

    let draft = json!({ "recipient": { "name": "Zoë Ångström", "email": "zoe@example.com" }, "group_key": key,
                        "custom_attributes": { "custom_place": "Mars" } });
    let drafted = ask("credentials.generate", None, Some(draft.clone()), json!({}), plain()).await.resolved();
    assert_eq!(drafted["data"]["status"], "draft", "{drafted}");
    assert_eq!(drafted["data"]["recipient"]["name"], "Zoë Ångström");
    let id = drafted["data"]["document_id"].as_str().unwrap();
    assert_eq!(verify(&link(id), json!({}), json!({})).await["verdict"], "unpublished");

    let published = ask("credentials.publish", Some(id), None, json!({}), plain()).await.resolved();
    assert_eq!(published["data"]["success"], true, "{published}");
    let viewed = view(id, json!({})).await.resolved()["data"].clone();
    assert_eq!((&viewed["status"], &viewed["document_id"]), (&json!("active"), &json!(id)), "{viewed}");
    assert_eq!(viewed["metadata"]["custom_place"], "Mars");

    let options = json!({ "recipientName": "ZOË  ångström", "allowMetadata": ["custom_place"], "issuerLabel": "Acme" });
    let verification = verify(&format!("{}?view=recipient#top", link(id)), options, json!({})).await;
    assert_eq!((&verification["outcome"], &verification["verdict"]), (&json!("verified"), &json!("valid")));
    assert_eq!(verification["credential"]["recipient"], json!({ "name": "Zoë Ångström" }));
    assert_eq!(verification["credential"]["metadata"], json!({ "custom_place": "Mars" }));
    assert_eq!(verification["subject"]["canonical_url"], link(id));
    assert!(!verification.to_string().contains("zoe@example.com"));

    // The documented refusals. One test for all, because the tests share the balance.
    let again = ask("credentials.publish", Some(id), None, json!({}), plain()).await;
    assert_eq!(again.refusal(), "BadRequestError invalid_status 400 1");
    let twice = ask("credentials.generate", None, Some(draft.clone()), json!({}), plain()).await;
    assert_eq!(twice.refusal(), "ConflictError credential_exists 409 1");
    let mut nowhere = draft.clone();
    nowhere["group_key"] = json!("NoSuchGroup1");
    let nowhere = ask("credentials.generate", None, Some(nowhere), json!({}), plain()).await;
    assert_eq!(nowhere.refusal(), "NotFoundError group_not_found 404 1");
    let mut other = draft.clone();
    other["recipient"]["email"] = json!("other@example.com");
    control("PUT", "/balance", Some(json!({ "balance": 0 }))).await;
    let poor = ask("credentials.generate", None, Some(other), json!({}), plain()).await;
    control("PUT", "/balance", Some(json!({ "balance": null }))).await;
    assert_eq!(poor.refusal(), "InsufficientBalanceError low_balance 402 1");
    let unknown = random(32);
    for operation in ["credentials.view", "credentials.publish"] {
        let refused = ask(operation, Some(&unknown), None, json!({}), plain()).await;
        assert_eq!(refused.refusal(), "NotFoundError credential_not_found 404 1");
    }
    for (operation, id, body) in [
        ("groups.create", None, Some(json!({ "title": "T", "description": "D", "badge_template": "b" }))),
        ("credentials.generate", None, Some(draft)),
        ("credentials.publish", Some(id), None),
        ("credentials.view", Some(id), None),
    ] {
        let stranger = Given { token: "another-token", ..plain() };
        let refused = ask(operation, id, body, json!({}), stranger).await;
        assert!(!format!("{refused:?}").contains("another-token"));
        assert_eq!(refused.refusal(), "AuthenticationError unauthorized 401 1", "{operation}");
    }
}

#[wasm_bindgen_test]
async fn names_all_wrong_arguments_and_sends_nothing() {
    let marker = random(12);
    let wrong = json!({ "recipient": { "email": "nobody" }, "group_key": "../x", "note": marker });
    let refused = ask("credentials.generate", None, Some(wrong), json!({}), plain()).await.failed();
    assert_eq!((&refused["code"], &refused["attempts"]), (&json!("invalid_request"), &json!(0)));
    let issues = refused["issues"].as_array().unwrap();
    let mut paths: Vec<_> = issues.iter().map(|issue| issue["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["group_key", "note", "recipient.email", "recipient.name"]);
    for id in ["..", "%2e%2e", "a/b", "", &marker] {
        assert_eq!(view(id, json!({})).await.refusal(), "ValidationError invalid_request - 0");
    }
    let refused = view(&random(32), json!({ "baseUrl": "http://api.example.com", "retries": 1 })).await.failed();
    assert_eq!(refused["issues"].as_array().unwrap().len(), 2, "{refused}");
    let sent = control("GET", "/requests", None).await;
    assert!(!sent.to_string().contains(&marker), "{sent}");
}

#[wasm_bindgen_test]
async fn maps_every_status_to_its_verdict() {
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
    assert_eq!(requests(&id).await.len(), 1, "an untrusted link must not be looked up");
}

const HTML: &str = "<!doctype html><h1>Bad gateway</h1>";

/// Each network fault: what `view` rejects with, and the verdict of `verify`.
#[wasm_bindgen_test]
async fn turns_every_fault_into_a_typed_error_and_never_into_verified() {
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
        // One more than needed: browsers themselves resend a request when a kept-alive connection breaks.
        script(&id, 50, step.clone()).await;
        let slow = error.starts_with("Timeout");
        let limit = json!({ "timeoutMs": if slow { 700 } else { 20_000 } });
        assert_eq!(view(&id, limit.clone()).await.refusal(), error, "{step}");
        let verification = verify(&link(&id), json!({}), limit).await;
        assert_eq!(verification["outcome"], "indeterminate", "{step}");
        assert_eq!(verification["reason"], reason, "{step}");
    }
    control("DELETE", "/script", None).await;
    assert_eq!(pending().await.to_string(), before.to_string(), "timers or listeners are left");
}

#[wasm_bindgen_test]
async fn reads_responses_up_to_the_limit() {
    let id = credential(json!({ "extra": { "padding": "x".repeat(70_000) } })).await;
    view(&id, json!({})).await.resolved();
    let refused = view(&id, json!({ "maxResponseBytes": 1000 })).await;
    assert_eq!(refused.refusal(), "ResponseError body_too_large - 1");
    let verification = verify(&id, json!({}), json!({})).await;
    assert_eq!(
        (&verification["outcome"], &verification["reason"]),
        (&json!("indeterminate"), &json!("body_too_large"))
    );
    // Without a declared length, the stream is counted.
    let endless = json!({ "headers": { "content-length": null }, "body_repeat": { "text": " ", "times": 100_000 } });
    script(&id, 1, endless).await;
    assert_eq!(verify(&id, json!({}), json!({})).await["reason"], "body_too_large");
}

#[wasm_bindgen_test]
async fn retries_reads_and_obeys_retry_after() {
    let id = credential(json!({})).await;
    script(&id, 2, json!({ "status": 503, "body": "{}" })).await;
    assert_eq!(view(&id, json!({ "maxRetries": 2 })).await.resolved()["attempts"], 3);
    assert_eq!(requests(&id).await.len(), 3);

    let exposed = |after: &str| {
        json!({ "status": 429, "body": "{}",
        "headers": { "retry-after": after, "access-control-expose-headers": "retry-after", "content-type": "application/json" } })
    };
    let id = credential(json!({})).await;
    script(&id, 1, exposed("1")).await;
    let started = js_sys::Date::now();
    assert_eq!(view(&id, json!({ "maxRetries": 2 })).await.resolved()["attempts"], 2);
    assert!(js_sys::Date::now() - started >= 990.0, "Retry-After was not waited for");

    let id = credential(json!({})).await;
    script(&id, 2, exposed("86400")).await;
    let refused = view(&id, json!({ "maxRetries": 2 })).await.failed();
    assert_eq!((&refused["code"], &refused["attempts"]), (&json!("rate_limited"), &json!(1)));
    assert_eq!((&refused["retryAfterMs"], &refused["retryable"]), (&json!(86_400_000), &json!(true)));
    assert_eq!(verify(&id, json!({}), json!({})).await["retry_after_s"], 86_400);

    // A publication may be retried: a draft is published once, however many requests there are.
    let id = credential(json!({})).await;
    script(&id, 1, json!({ "status": 503, "body": "{}" })).await;
    let retried = ask("credentials.publish", Some(&id), None, json!({ "maxRetries": 2 }), plain()).await.resolved();
    assert_eq!((&retried["attempts"], &retried["reconciled"]), (&json!(2), &json!(true)));
}

#[wasm_bindgen_test]
async fn ends_every_phase_on_abort() {
    let before = pending().await;
    let exposed = json!({ "status": 503, "body": "{}", "headers": { "retry-after": "30",
        "access-control-expose-headers": "retry-after", "content-type": "application/json" } });
    for (phase, step) in [
        ("headers", json!({ "delay_ms": 8000 })),
        ("body", json!({ "body": "{\"success\":true}", "stall_after_bytes": 5 })),
        ("backoff", exposed),
    ] {
        for operation in ["credentials.view", "verify"] {
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
            let given = Given { fetch, signal: controller.signal().into(), ..plain() };
            let abort = Function::new_with_args("argument", "setTimeout(() => argument.abort('enough'), 300)");
            abort.call1(&JsValue::UNDEFINED, &controller).unwrap();
            let started = js_sys::Date::now();
            let ended = ask(operation, Some(&id), None, json!({ "maxRetries": 2 }), given).await;
            assert!(matches!(ended, Ended::Aborted), "{operation}, {phase}: {ended:?}");
            let took = js_sys::Date::now() - started;
            assert!((290.0..4000.0).contains(&took), "{operation}, {phase}: {took} ms");
            let requests = Array::from(&seen);
            assert_eq!(requests.length(), 1, "{operation}, {phase}");
            // The request itself ends, too, unless its response was read to the end.
            let ended = get(&requests.get(0), "aborted").is_truthy();
            assert_eq!(ended, phase != "backoff", "{operation}, {phase}");
        }
    }
    control("DELETE", "/script", None).await;
    assert_eq!(pending().await.to_string(), before.to_string(), "timers or listeners are left");
}

#[wasm_bindgen_test]
async fn sends_nothing_for_an_aborted_signal() {
    let id = credential(json!({})).await;
    let controller = AbortController::new().unwrap();
    controller.abort();
    let given = Given { signal: controller.signal().into(), ..plain() };
    let ended = ask("credentials.view", Some(&id), None, json!({}), given).await;
    assert!(matches!(ended, Ended::Aborted), "{ended:?}");
    sleep(200).await;
    assert_eq!(requests(&id).await.len(), 0);
}

/// The sandbox lets pages send `accept`, `authorization` and `content-type`: one header more, and the preflight fails.
#[wasm_bindgen_test]
async fn sends_exactly_the_documented_headers_across_origins() {
    let id = credential(json!({ "status": "unpublished" })).await;
    view(&id, json!({})).await.resolved();
    let title = format!("Headers {id}");
    let group = json!({ "title": title, "description": "D", "badge_template": "b" });
    ask("groups.create", None, Some(group), json!({}), plain()).await.resolved();

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
    // Without this refusal, the test above would prove nothing.
    let code = "return fetch(argument, { headers: { 'x-telemetry': '1' } }).then(() => 'sent', () => 'refused')";
    let url = format!("{}/v1/credential/{id}/view", sandbox());
    assert_eq!(run(code, &url.into()).await.as_string().unwrap(), "refused");
}

/// A verification of `id` as a verify service would return it.
async fn honest(id: &str) -> Value {
    verify(&link(id), json!({}), json!({})).await
}

async fn verify_by(endpoint: &str, id: &str) -> Value {
    let config = from_json(&json!({ "endpoint": format!("{}{endpoint}", sandbox()), "timeoutMs": 2000 }));
    let link = format!("{}?utm_source=secret", link(id));
    let result = verification::verify_remote(config, link.into(), JsValue::UNDEFINED).await;
    Ended::of(result, &JsValue::UNDEFINED).resolved()
}

#[wasm_bindgen_test]
async fn accepts_a_verify_service_only_if_its_report_is_consistent() {
    let id = credential(json!({})).await;
    let good = honest(&id).await;
    let service = format!("/v1/credential/{id}/service");
    script(&id, 1, json!({ "body": good.to_string() })).await;
    assert_eq!(verify_by(&service, &id).await, good);
    let received = requests(&id).await;
    let received = received.last().unwrap();
    assert_eq!((&received["method"], &received["authorized"]), (&json!("POST"), &json!(false)));
    assert_eq!(received["body"], json!({ "input": link(&id) }));
    assert!(!received["header_names"].as_array().unwrap().contains(&json!("authorization")));

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
        let verification = verify_by(&service, &id).await;
        assert_eq!(verification["outcome"], "indeterminate", "{step}");
        assert_eq!(verification["reason"], reason, "{step}");
    }
}
