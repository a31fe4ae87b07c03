//! Calls with the types and values that a page uses.

use hyperstack_credentials::model::{Account, CreatedGroup, CredentialPage, Done, DoneWithMessage};
use serde_json::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    ID, config, credential, from_json, get, in_time, issues, js, js_with, merged, read, refusal, resolved, sleep,
    to_json,
};
use crate::account::get_account;
use crate::credentials::{
    generate_credential, issue_credential, list_credentials, publish_credential, search_credentials, update_credential,
    view_credential,
};
use crate::groups::{create_group, list_groups, search_groups, update_group, view_group};
use crate::open_handles;
use crate::recipients::update_recipient;
use crate::verification::{parse_credential_url, verify, verify_remote};
use crate::webhooks::{subscribe_webhook, unsubscribe_webhook};

const RESPONDS: &str = "async () => Response.json(given)";

/// A configuration whose API responds with this JSON, and the requests that it received.
fn api(response: &serde_json::Value) -> (JsValue, JsValue) {
    let requests = js("[]");
    let given = js_sys::Array::of2(&from_json(response), &requests);
    let fetch = "async (url, { method, body, headers }) => {
        given[1].push([method, url, body ?? null, Object.keys(headers)]);
        return Response.json(given[0]);
    }";
    (js_with(&["{ token: 'token', maxRetries: 0, fetch: ", fetch, " }"].concat(), &given), requests)
}

#[wasm_bindgen_test]
async fn every_operation_sends_its_request_and_resolves_with_typed_data() {
    let none = || JsValue::UNDEFINED;
    let done = json!({ "success": true });
    let with_message = json!({ "success": true, "message": "Done" });
    let page = json!({ "success": true, "total": 0, "page": 1, "page_size": 50, "credentials": [] });
    let groups = json!({ "success": true, "total": 0, "page": 1, "page_size": 50, "groups": [] });
    let draft = json!({ "recipient": { "name": "Zoë", "email": "zoe@example.com" }, "group_key": "k" });

    let (config, requests) =
        api(&json!({ "success": true, "message": "m", "account_name": "Acme", "account_id": "a" }));
    let response = in_time(get_account(config, none())).await.unwrap();
    assert_eq!(read::<Account>(get(&response, "data")).account_name, "Acme");
    assert_eq!(to_json(&requests)[0][1], "https://api.thehyperstack.com/v1/auth");

    let (config, requests) = api(&json!({ "success": true, "group_key": "0MZj6kK5sdaO" }));
    let group = json!({ "title": "T", "description": "D", "badge_template": "b" });
    let response = in_time(create_group(config, from_json(&group), none())).await.unwrap();
    assert_eq!(read::<CreatedGroup>(get(&response, "data")).group_key.as_str(), "0MZj6kK5sdaO");
    let sent = to_json(&requests)[0].clone();
    assert_eq!((&sent[0], &sent[3]), (&json!("POST"), &json!(["accept", "authorization", "content-type"])));
    assert_eq!(serde_json::from_str::<serde_json::Value>(sent[2].as_str().unwrap()).unwrap(), group);

    let group = json!({ "success": true, "title": "T", "description": "D", "tags": "a, b,,c", "group_code": "g", "does_expire": false });
    let (config, _) = api(&group);
    let response = in_time(view_group(config, "k".into(), none())).await.unwrap();
    assert_eq!(to_json(&response)["data"]["tags"], json!(["a", "b", "c"]));

    let (config, _) = api(&done);
    let response = in_time(update_group(config, "k".into(), js("{ title: 'T' }"), none())).await.unwrap();
    read::<Done>(get(&response, "data"));

    let (config, _) = api(&groups);
    in_time(list_groups(config.clone(), none(), none())).await.unwrap();
    in_time(search_groups(config, js("{ keyword: 'T' }"), none())).await.unwrap();

    for status in ["draft", "published"] {
        let mut created = to_json(&credential());
        created["status"] = status.into();
        let (config, requests) = api(&created);
        let response = match status {
            "draft" => in_time(generate_credential(config, from_json(&draft), none())).await,
            _ => in_time(issue_credential(config, from_json(&draft), none())).await,
        };
        assert_eq!(to_json(&response.unwrap())["data"], created);
        assert_eq!(to_json(&requests).as_array().unwrap().len(), 1);
    }

    let (config, _) = api(&with_message);
    let response = in_time(publish_credential(config, ID.into(), none())).await.unwrap();
    read::<DoneWithMessage>(get(&response, "data"));

    let (config, requests) = api(&done);
    in_time(update_credential(config, ID.into(), js("{ expiry: null }"), none())).await.unwrap();
    assert_eq!(to_json(&requests)[0][2], "{\"expiry\":null}");

    let (config, _) = api(&page);
    let response = in_time(list_credentials(config.clone(), js("{ page: 1 }"), none())).await.unwrap();
    assert_eq!(read::<CredentialPage>(get(&response, "data")).total, 0);
    in_time(search_credentials(config, js("{ recipient: { name: 'Zoë' } }"), none())).await.unwrap();

    let (config, _) = api(&with_message);
    in_time(update_recipient(config.clone(), js("{ email: 'zoe@example.com' }"), none())).await.unwrap();
    let webhook = js("{ url: 'https://a.example/hook', events: ['credential.issued'] }");
    in_time(subscribe_webhook(config.clone(), webhook, none())).await.unwrap();
    in_time(unsubscribe_webhook(config, none())).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_response_has_its_status_headers_and_attempts() {
    let fetch = "async () => Response.json(given, { headers: { 'x-own': 'id-1' } })";
    let config = merged(&config(fetch), &js("{ requestIdHeader: 'x-own' }"));
    let response = in_time(view_credential(config, ID.into(), JsValue::NULL)).await.unwrap();
    assert_eq!(to_json(&get(&response, "data")), to_json(&credential()), "unknown fields are kept");
    assert!(get(&response, "headers").is_instance_of::<web_sys::Headers>());
    let rest = to_json(&response);
    assert_eq!(
        (&rest["status"], &rest["requestId"], &rest["attempts"], &rest["reconciled"]),
        (&json!(200), &json!("id-1"), &json!(1), &json!(false))
    );
}

#[wasm_bindgen_test]
async fn uses_the_platforms_fetch_by_default() {
    // The server of this very page: it knows no credentials.
    let config = js("{ token: 'token', baseUrl: location.origin, maxRetries: 0 }");
    let error = refusal(view_credential(config, ID.into(), JsValue::UNDEFINED)).await;
    assert_eq!(error, "ResponseError bad_content_type 1");
    let config = js("{ token: 'token', baseUrl: 'http://localhost:9', maxRetries: 0 }");
    let error = refusal(view_credential(config, ID.into(), JsValue::UNDEFINED)).await;
    assert_eq!(error, "ConnectionError connection_failed 1");
}

#[wasm_bindgen_test]
async fn a_credential_is_verified() {
    let link = format!("https://hyperstack.id/credential/{ID}?view=recipient");
    let report = in_time(verify(config(RESPONDS), link.as_str().into(), JsValue::UNDEFINED)).await.unwrap();
    let report = to_json(&report);
    assert_eq!((&report["outcome"], &report["verdict"]), (&json!("verified"), &json!("valid")), "{report}");
    assert_eq!(report["checks"].as_array().unwrap().len(), 13);
    assert!(!report.to_string().contains("zoe@example.com"));

    // What a verify service sends is accepted, and is about this credential only.
    let service = |report: &serde_json::Value| {
        let config = "{ endpoint: '/api/verify', fetch: async () => Response.json(given) }";
        js_with(config, &from_json(report))
    };
    let accepted = in_time(verify_remote(service(&report), link.as_str().into(), JsValue::UNDEFINED)).await.unwrap();
    assert_eq!(to_json(&accepted), report);
    let other = "https://hyperstack.id/credential/AnotherCredential000000000000001";
    let refused = in_time(verify_remote(service(&report), other.into(), JsValue::UNDEFINED)).await.unwrap();
    assert_eq!(to_json(&refused)["reason"], "bad_shape");
}

#[wasm_bindgen_test]
async fn a_link_is_parsed() {
    let parsed = in_time(parse_credential_url(ID.into(), JsValue::UNDEFINED)).await.unwrap();
    let expected = json!({ "ok": true, "input_kind": "id", "id": ID,
                           "canonical_url": format!("https://hyperstack.id/credential/{ID}") });
    assert_eq!(to_json(&parsed), expected);
    let parsed = in_time(parse_credential_url("http://a.example".into(), js("{ hosts: ['a.example'] }"))).await;
    assert_eq!(to_json(&parsed.unwrap()), json!({ "ok": false, "code": "scheme_not_https" }));
    assert_eq!(issues(parse_credential_url(js("7"), js("{ skew: 1 }"))).await, ["skew unknown_field", "text string"]);
}

#[wasm_bindgen_test]
async fn an_abort_rejects_with_its_reason_unchanged() {
    let none_open = open_handles().size();
    for reason in ["'text'", "null", "0", "({ why: 'closed' })"] {
        let reason = js(reason);
        let aborted = js_with("AbortSignal.abort(given)", &reason);
        let options = js_with("{ signal: given }", &aborted);
        let thrown = in_time(view_credential(config("() => { throw given; }"), ID.into(), options)).await.unwrap_err();
        assert_eq!(thrown, get(&aborted, "reason"));

        let controller = js("new AbortController()");
        let options = js_with("{ signal: given.signal }", &controller);
        let call = view_credential(config("() => new Promise(() => {})"), ID.into(), options);
        let call = wasm_bindgen_futures::future_to_promise(call);
        sleep(10).await;
        assert!(open_handles().size() > none_open);
        js_with("given[0].abort(given[1])", &js_sys::Array::of2(&controller, &reason));
        assert_eq!(resolved(&call).await.unwrap_err(), get(&get(&controller, "signal"), "reason"));
        assert_eq!(open_handles().size(), none_open, "nothing is left open");
    }
}

#[wasm_bindgen_test]
async fn events_have_the_number_of_their_call() {
    let config =
        js_with("{ token: async () => 'token', events: [], fetch: async () => Response.json(given) }", &credential());
    let events = get(&config, "events");
    let listening =
        js_with("{ token: given.token, fetch: given.fetch, onEvent: (event) => given.events.push(event) }", &config);
    for _ in 0..2 {
        in_time(view_credential(listening.clone(), ID.into(), JsValue::UNDEFINED)).await.unwrap();
    }
    assert_eq!(issues(view_credential(listening, "x".into(), JsValue::UNDEFINED)).await, ["document_id document_id"]);
    let seen: Vec<String> = to_json(&events)
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{} {}", event["call"], event["type"]))
        .collect();
    assert_eq!(seen, ["1 \"request\"", "1 \"response\"", "2 \"request\"", "2 \"response\"", "3 \"error\""]);
}

#[wasm_bindgen_test]
async fn an_observer_that_fails_does_not_cost_the_call() {
    for observer in ["() => { throw new Error('mine'); }", "async () => { throw new Error('mine'); }"] {
        let config = merged(&config(RESPONDS), &js_with("{ onEvent: given }", &js(observer)));
        in_time(view_credential(config, ID.into(), JsValue::UNDEFINED)).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn calls_on_attempt_before_every_request() {
    let options = js("{ count: 0 }");
    let on_attempt = js_with("() => { given.count += 1; }", &options);
    let call_options = js_with("{ onAttempt: given, maxRetries: 2 }", &on_attempt);
    let fetch = "async () => new Response('{}', { status: 503, headers: { 'retry-after': '0' } })";
    let error = refusal(view_credential(config(fetch), ID.into(), call_options)).await;
    assert_eq!(error, "ServerError server_error 3");
    assert_eq!(get(&options, "count"), 3);
}

#[wasm_bindgen_test]
async fn a_missing_or_invalid_token_is_an_error_that_does_not_show_it() {
    for (token, expected) in [
        ("() => { throw 'secret'; }", "AuthenticationError token_unavailable 0"),
        ("() => Promise.reject('secret')", "AuthenticationError token_unavailable 0"),
        ("() => 7", "ValidationError invalid_request 0"),
        ("() => 'two\\nlines'", "ValidationError invalid_request 0"),
        ("'two\\nlines'", "ValidationError invalid_request 0"),
        ("7", "ValidationError invalid_request 0"),
    ] {
        let config = merged(&config(RESPONDS), &js_with("{ token: given }", &js(token)));
        assert_eq!(refusal(view_credential(config, ID.into(), JsValue::UNDEFINED)).await, expected, "{token}");
    }
}

#[wasm_bindgen_test]
async fn a_fetch_is_called_without_this() {
    let fetch = "function () { 'use strict'; return Response.json(this === undefined ? given : {}); }";
    in_time(view_credential(config(fetch), ID.into(), JsValue::UNDEFINED)).await.unwrap();
}
