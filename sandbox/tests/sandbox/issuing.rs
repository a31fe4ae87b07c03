//! The operations that make a credential at once or change it later.

use hyper::Method;
use hyperstack_sandbox::Settings;
use serde_json::{Value, json};

use crate::{
    fixtures::{EXAMPLE, GROUP, documented_request, documented_success},
    support::{Sandbox, assert_own_refusal, order, with_example_group},
};

const BOTH_PATHS: [&str; 2] = ["/v1/credentials/new", "/v1/credential/issue"];

#[tokio::test]
async fn a_token_is_answered_with_its_account_whatever_the_body() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.api(Method::POST, "/v1/auth", None).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, documented_success("authenticate").as_str()));
    assert_eq!(sandbox.post("/v1/auth", json!([])).await.status, 200);
}

#[tokio::test]
async fn an_issued_credential_is_published_at_once() {
    for path in BOTH_PATHS {
        let sandbox = with_example_group().await;
        let answer = sandbox.post(path, order(GROUP)).await;
        assert_eq!(answer.status, 200);
        let issued = answer.json();
        let id = issued["document_id"].as_str().unwrap();
        let at = issued["issued_on"].as_str().unwrap();
        let documented = documented_success("issue_credential");
        assert_eq!(answer.text(), documented.replace(EXAMPLE, id).replace("2024-03-15T10:30:00Z", at));
        let viewed = sandbox.view(id).await.json();
        assert_eq!((&viewed["status"], &viewed["issued_on"]), (&json!("active"), &issued["issued_on"]));
        assert_eq!(sandbox.publish(id).await.json()["error_code"], "invalid_status");
    }
}

#[tokio::test]
async fn issuing_is_refused_like_drafting() {
    for path in BOTH_PATHS {
        let sandbox = Sandbox::with(Settings { balance: Some(1), ..Settings::default() }).await;
        sandbox.put_group(GROUP, json!({})).await;
        let refused = async |body: Value| {
            let answer = sandbox.post(path, body).await;
            (answer.status.as_u16(), answer.json()["error_code"].as_str().unwrap().to_owned())
        };
        assert_eq!(refused(json!({"group_key": GROUP})).await, (400, "missing_recipient".to_owned()));
        assert_eq!(refused(order("aBcDeFgHiJkL")).await, (404, "group_not_found".to_owned()));
        assert_eq!(sandbox.post(path, order(GROUP)).await.status, 200);
        assert_eq!(refused(order(GROUP)).await, (402, "low_balance".to_owned()));
        sandbox.steer(Method::PUT, "balance", json!({"balance": 1})).await;
        assert_eq!(refused(order(GROUP)).await, (409, "credential_exists".to_owned()));
        let mut attributes = order(GROUP);
        attributes["custom_attributes"] = json!({"location": "Mars"});
        assert_own_refusal(&sandbox.post(path, attributes.clone()).await, &attributes);
        assert_eq!(sandbox.watch("state").await["balance"], 1, "refusals cost nothing");
    }
}

#[tokio::test]
async fn an_expiry_is_set_and_removed() {
    let sandbox = Sandbox::start().await;
    sandbox.put_credential(EXAMPLE, json!({})).await;
    let path = format!("/v1/credential/{EXAMPLE}/update");
    let ends_after = async |body: Option<Value>| {
        let answer = sandbox.api(Method::POST, &path, body.as_ref()).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, documented_success("update_credential").as_str()));
        let viewed = sandbox.view(EXAMPLE).await.json();
        (viewed["valid_until"].clone(), viewed["status"].clone())
    };
    let set = documented_request("update_credential");
    for removal in [Some(json!({"expiry": null})), Some(json!({})), None] {
        assert_eq!(ends_after(Some(set.clone())).await, (json!("2030-01-01T00:00:00Z"), json!("active")));
        assert_eq!(ends_after(removal).await, (Value::Null, json!("active")));
    }
    let past = Some(json!({"expiry": 1_000_000_000}));
    assert_eq!(ends_after(past.clone()).await, (json!("2001-09-09T01:46:40Z"), json!("expired")));
    // A state that was set explicitly stays.
    sandbox.put_credential(EXAMPLE, json!({"status": "suspended"})).await;
    assert_eq!(ends_after(past).await.1, "suspended");
}

#[tokio::test]
async fn an_expiry_is_a_time_in_seconds() {
    let sandbox = Sandbox::start().await;
    sandbox.put_credential(EXAMPLE, json!({"valid_until": "2030-01-01T00:00:00Z"})).await;
    let path = format!("/v1/credential/{EXAMPLE}/update");
    for wrong in
        [json!("1893456000"), json!(1.5), json!(-1), json!(1_893_456_000_000_u64), json!(true), json!("2030-01-01")]
    {
        let body = json!({"expiry": wrong});
        assert_own_refusal(&sandbox.post(&path, body.clone()).await, &body);
    }
    assert_eq!(sandbox.view(EXAMPLE).await.json()["valid_until"], "2030-01-01T00:00:00Z");
    sandbox.put_credential(EXAMPLE, json!({"always_status": 503})).await;
    assert_eq!(sandbox.post(&path, json!({})).await.status, 503);
    // A key that cannot be decoded names nothing.
    assert_eq!(sandbox.post("/v1/credential/%ff/update", json!({})).await.status, 404);
}
