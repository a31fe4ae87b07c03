//! Steering and watching the sandbox.

use hyper::Method;
use hyperstack_sandbox::{Seed, Settings};
use serde_json::{Value, json};

use crate::{
    fixtures::GROUP,
    support::{Sandbox, TOKEN, order},
};

async fn demo() -> Sandbox {
    Sandbox::with(Settings { seed: Seed::Demo, ..Settings::default() }).await
}

#[tokio::test]
async fn health_is_answered() {
    let sandbox = Sandbox::start().await;
    assert_eq!(sandbox.watch("health").await, json!({"ok": true}));
}

#[tokio::test]
async fn any_status_is_answered_as_set_whatever_the_dates_say() {
    let sandbox = Sandbox::start().await;
    for (status, valid_until) in [
        ("suspended", Value::Null),
        ("revoked", Value::Null),
        ("active", json!("2001-01-01T00:00:00Z")),
        ("expired", Value::Null),
        ("a word nobody knows", Value::Null),
    ] {
        let change = json!({"status": status, "valid_until": valid_until});
        let answered = sandbox.put_credential("abc", change).await;
        assert_eq!(answered["status"], status);
        let viewed = sandbox.view("abc").await.json();
        assert_eq!(viewed, answered);
        assert_eq!(viewed["valid_until"], valid_until);
    }
}

#[tokio::test]
async fn without_a_set_status_the_dates_decide() {
    let sandbox = Sandbox::start().await;
    let set = async |date: &str| {
        let change = json!({"valid_until": date});
        sandbox.put_credential("abc", change).await["status"].clone()
    };
    assert_eq!(set("2001-01-01T00:00:00Z").await, "expired");
    assert_eq!(set("9001-01-01T00:00:00Z").await, "active");
    assert_eq!(set("no date").await, "active");
}

#[tokio::test]
async fn every_field_of_an_answer_can_be_set() {
    let sandbox = Sandbox::start().await;
    let change = json!({
        "success_in_answer": "yes",
        "document_id_in_answer": "another",
        "document_url": "http://elsewhere.example",
        "recipient_name": "Ærøskøbing",
        "recipient_email": "a@example.com",
        "group_key": "k",
        "group_title": "Title",
        "issued_on": 5,
        "valid_until": "2030-01-01T00:00:00.5+02:00",
        "metadata": [1],
        "status": "active",
        "privacy": "secret",
        "extra": {"more": null, "document_url": 7},
    });
    sandbox.put_credential("abc", change).await;
    assert_eq!(
        sandbox.view("abc").await.text(),
        r#"{"success":"yes","document_id":"another","document_url":7,"#.to_owned()
            + r#""recipient":{"name":"Ærøskøbing","email":"a@example.com"},"#
            + r#""group":{"title":"Title","key":"k","code":"CC-2024"},"issued_on":5,"#
            + r#""valid_until":"2030-01-01T00:00:00.5+02:00","metadata":[1],"#
            + r#""status":"active","privacy":"secret","more":null}"#
    );
}

#[tokio::test]
async fn keys_can_be_left_out_of_an_answer() {
    let sandbox = Sandbox::start().await;
    let change = json!({
        "privacy": null,
        "success_in_answer": null,
        "document_id_in_answer": null,
    });
    let answered = sandbox.put_credential("abc", change).await;
    let keys: Vec<&String> = answered.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["document_url", "recipient", "group", "issued_on", "valid_until", "metadata", "status"]);
}

#[tokio::test]
async fn a_change_leaves_the_rest_alone() {
    let sandbox = Sandbox::start().await;
    sandbox.put_group(GROUP, json!({})).await;
    let id = sandbox.draft(GROUP).await;
    let before = sandbox.view(&id).await.json();
    let mut after = sandbox.put_credential(&id, json!({"privacy": "private"})).await;
    assert_eq!(after["privacy"], "private");
    after["privacy"] = json!("public");
    assert_eq!(after, before);
    // It is still a draft.
    assert_eq!(sandbox.publish(&id).await.status, 200);
}

#[tokio::test]
async fn a_credential_set_unpublished_can_be_published() {
    let sandbox = Sandbox::start().await;
    let change = json!({"status": "unpublished"});
    sandbox.put_credential("abc", change).await;
    assert_eq!(sandbox.publish("abc").await.status, 200);
    assert_eq!(sandbox.view("abc").await.json()["status"], "active");
}

#[tokio::test]
async fn a_credential_can_be_out_of_reach_and_come_back() {
    let sandbox = Sandbox::start().await;
    sandbox.put_credential("abc", json!({"always_status": 503})).await;
    assert_eq!(sandbox.view("abc").await.status, 503);
    assert_eq!(sandbox.publish("abc").await.status, 503);
    sandbox.put_credential("abc", json!({"always_status": null})).await;
    assert_eq!(sandbox.view("abc").await.status, 200);
}

#[tokio::test]
async fn a_group_is_made_and_changed() {
    let sandbox = Sandbox::start().await;
    let made = sandbox.put_group("k", json!({"title": "One"})).await;
    assert_eq!((&made["group_key"], &made["title"]), (&json!("k"), &json!("One")));
    assert_eq!(made["allow_duplicates"], false);
    let change = json!({"does_expire": true, "validity": 2, "group_code": "X"});
    let changed = sandbox.put_group("k", change).await;
    assert_eq!(changed["title"], "One");
    let draft = sandbox.post("/v1/credentials/generate", order("k")).await.json();
    assert_eq!(draft["group"], json!({"title": "One", "key": "k", "code": "X"}));
    assert_ne!(draft["valid_until"], Value::Null);
}

#[tokio::test]
async fn mistakes_of_a_test_are_told() {
    let sandbox = Sandbox::start().await;
    for (method, path, body) in [
        (Method::PUT, "credentials/a", r#"{"stauts":"active"}"#),
        (Method::PUT, "credentials/a", r#"{"always_status":99}"#),
        (Method::PUT, "groups/a", r#"{"key":"b"}"#),
        (Method::PUT, "balance", "{}"),
        (Method::PUT, "balance", r#"{"balance":-1}"#),
        (Method::POST, "reset", r#"{"seed":"other"}"#),
        (Method::POST, "script", r#"[{"status":500},{"status":99}]"#),
        (Method::POST, "script", r#"{"status":500}"#),
        (Method::POST, "script", ""),
    ] {
        let url = format!("/_sandbox/{path}");
        let answer = sandbox.send(method, &url, &[], body).await;
        assert_eq!(answer.status, 400, "{path} {body}");
        assert!(answer.json()["error"].is_string(), "{path} {body}");
    }
    let state =
        json!({"groups": 0, "credentials": 0, "recipients": 0, "requests": 0, "balance": null, "webhook": null});
    assert_eq!(sandbox.watch("state").await, state);
    assert_eq!(sandbox.watch("script").await, json!([]));
    let answer = sandbox.send(Method::GET, "/elsewhere", &[], "").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn reset_takes_everything_back() {
    let sandbox = Sandbox::with(Settings { seed: Seed::Demo, balance: Some(5), ..Settings::default() }).await;
    let start = sandbox.watch("state").await;
    sandbox.put_credential("abc", json!({})).await;
    sandbox.view("abc").await;
    sandbox.post("/v1/webhook/subscribe", json!({"url": "https://a.example", "events": ["credential.issued"]})).await;
    sandbox.script(json!([{}])).await;
    sandbox.steer(Method::PUT, "balance", json!({"balance": 0})).await;
    assert_ne!(sandbox.watch("state").await, start);

    let none = json!({"seed": "none"});
    let empty = json!({"groups": 0, "credentials": 0, "recipients": 0, "requests": 0, "balance": 5, "webhook": null});
    assert_eq!(sandbox.steer(Method::POST, "reset", none).await, empty);
    assert_eq!(sandbox.watch("script").await, json!([]));
    assert_eq!(sandbox.watch("samples").await, json!([]));

    // Without a wish it is what the server was started with.
    assert_eq!(sandbox.steer(Method::POST, "reset", json!({})).await, start);
    let answer = sandbox.send(Method::POST, "/_sandbox/reset", &[], "").await;
    assert_eq!(answer.json(), start);
}

#[tokio::test]
async fn requests_are_kept_as_they_came() {
    let sandbox = Sandbox::start().await;
    let headers =
        [("authorization", "Bearer wrong"), ("accept", "application/json"), ("content-type", "application/json")];
    let path = "/v1/groups/new?a=b";
    sandbox.send(Method::POST, path, &headers, r#"{"b":1,"a":[]}"#).await;
    sandbox.send(Method::PUT, "/v1/x", &[], "no json").await;
    sandbox.view("abc").await;
    let requests = sandbox.watch("requests").await;
    assert_eq!(
        requests[0],
        json!({
            "method": "POST",
            "path": "/v1/groups/new?a=b",
            "authorized": false,
            "content_type": "application/json",
            "accept": "application/json",
            "header_names": ["authorization", "accept", "content-type", "host", "content-length"],
            "body": {"b": 1, "a": []},
        })
    );
    assert_eq!(requests[1]["body"], "no json");
    assert_eq!(requests[1]["accept"], Value::Null);
    assert_eq!(requests[2]["authorized"], true);
    assert_eq!(requests[2]["body"], Value::Null);
    assert_eq!(requests.as_array().unwrap().len(), 3);
    assert_eq!(sandbox.watch("state").await["requests"], 3);

    let cleared = sandbox.steer(Method::DELETE, "requests", json!({})).await;
    assert_eq!(cleared, json!({"ok": true}));
    assert_eq!(sandbox.watch("requests").await, json!([]));
}

#[tokio::test]
async fn the_token_is_in_no_answer_of_the_control() {
    let sandbox = demo().await;
    let authorization = format!("Bearer {TOKEN}");
    // A confused client puts it everywhere.
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", TOKEN),
        ("accept", TOKEN),
        ("a-secret-0815", TOKEN),
    ];
    let path = format!("/v1/{TOKEN}?token={TOKEN}");
    let in_json = json!({TOKEN: [TOKEN]}).to_string();
    for body in [in_json, format!("text {TOKEN}")] {
        sandbox.send(Method::POST, &path, &headers, body).await;
    }
    sandbox.view("DemoValid00000000000000000000001").await;
    let webhook = json!({"url": format!("https://a.example/{TOKEN}"), "events": ["credential.issued"]});
    sandbox.post("/v1/webhook/subscribe", webhook).await;
    let state = sandbox.watch("state").await;
    assert_eq!((&state["requests"], &state["webhook"]["url"]), (&json!(4), &json!("https://a.example/[token]")));
    for path in ["state", "requests", "script", "samples", "health"] {
        let answer = sandbox.watch(path).await.to_string();
        assert!(!answer.contains(TOKEN), "{path}: {answer}");
    }
    let requests = sandbox.watch("requests").await;
    assert_eq!(requests[0]["path"], "/v1/[token]?token=[token]");
    assert_eq!(requests[0]["body"], json!({"[token]": ["[token]"]}));
}

#[tokio::test]
async fn every_sample_leads_where_its_name_says() {
    let sandbox = demo().await;
    let samples = sandbox.watch("samples").await;
    let names: Vec<&str> = samples.as_array().unwrap().iter().map(|sample| sample["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "valid",
            "expired",
            "suspended",
            "revoked",
            "unpublished",
            "not_yet_valid",
            "not_found_in_account",
            "untrusted_host",
            "malformed_input",
            "recipient_mismatch",
            "indeterminate",
            "valid_private"
        ]
    );
    let now = present_year();
    for sample in samples.as_array().unwrap() {
        let name = sample["name"].as_str().unwrap();
        let input = sample["input"].as_str().unwrap();
        let (host, id) = input.split_once("/credential/").unwrap();
        let answer = sandbox.view(id).await;
        let view = answer.json();
        match name {
            "untrusted_host" => {
                assert_ne!(host, "https://hyperstack.id");
                assert!(host.starts_with("https://hyperstack.id."));
                continue;
            }
            "malformed_input" => {
                assert_ne!(id.len(), 32);
                continue;
            }
            _ => assert_eq!((host, id.len()), ("https://hyperstack.id", 32), "{name}"),
        }
        let status = match name {
            "not_found_in_account" => 404,
            "indeterminate" => 503,
            _ => 200,
        };
        assert_eq!(answer.status, status, "{name}");
        if status != 200 {
            continue;
        }
        let expected = match name {
            "expired" | "suspended" | "revoked" | "unpublished" => name,
            _ => "active",
        };
        assert_eq!(view["status"], expected, "{name}");
        assert_eq!(view["document_url"], input, "{name}");
        let private = name == "valid_private";
        assert_eq!(view["privacy"] == "private", private, "{name}");
        let issued: i32 = view["issued_on"].as_str().unwrap()[..4].parse().unwrap();
        assert_eq!(issued > now, name == "not_yet_valid", "{name}");
        let other = sample.get("recipient_name");
        assert_eq!(other.is_some(), name == "recipient_mismatch", "{name}");
        assert_ne!(other, Some(&view["recipient"]["name"]), "{name}");
    }
    assert!(samples.to_string().is_ascii(), "links are typed and pasted everywhere");
}

/// The year in UTC, as in the answers.
fn present_year() -> i32 {
    jiff::Timestamp::now().strftime("%Y").to_string().parse().unwrap()
}
