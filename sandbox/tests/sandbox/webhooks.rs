//! Subscribing to the one event and taking that back.

use hyper::Method;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

use crate::{
    fixtures::{GROUP, documented_request, documented_success},
    support::{Sandbox, order, with_example_group},
};

const SUBSCRIBE: &str = "/v1/webhook/subscribe";
const UNSUBSCRIBE: &str = "/v1/webhook/unsubscribe";

#[tokio::test]
async fn the_last_subscription_counts_until_it_is_taken_back() {
    let sandbox = Sandbox::start().await;
    let shown = async || sandbox.watch("state").await["webhook"].clone();
    assert_eq!(shown().await, Value::Null);
    let other = json!({"url": "http://127.0.0.1:1", "events": ["credential.issued", "credential.issued"]});
    for webhook in [documented_request("webhook_subscribe"), other] {
        let answer = sandbox.post(SUBSCRIBE, webhook.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, documented_success("webhook_subscribe").as_str()));
        assert_eq!(shown().await, webhook);
    }
    for _ in ["subscribed", "not subscribed"] {
        let answer = sandbox.api(Method::POST, UNSUBSCRIBE, None).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), r#"{"success":true,"message":"Sandbox: there is no webhook now"}"#);
        assert_eq!(shown().await, Value::Null);
    }
}

#[tokio::test]
async fn a_refused_subscription_leaves_the_old_one() {
    let sandbox = Sandbox::start().await;
    let first = documented_request("webhook_subscribe");
    sandbox.post(SUBSCRIBE, first.clone()).await;
    let (url, events) = ("https://a.example", ["credential.issued"]);
    for (body, error) in [
        (json!({"url": url}), "URL and Event(s) are required"),
        (json!({"events": events}), "URL and Event(s) are required"),
        (json!({"url": " ", "events": events}), "URL and Event(s) are required"),
        (json!({"url": url, "events": []}), "URL and Event(s) are required"),
        (json!({"url": url, "events": null}), "URL and Event(s) are required"),
        (json!({"url": url, "events": "credential.issued"}), "Invalid Event(s)"),
        (json!({"url": url, "events": {}}), "Invalid Event(s)"),
        (json!({"url": url, "events": [1]}), "Invalid Event(s)"),
        (json!({"url": url, "events": ["credential.issued", "other"]}), "Invalid Event(s)"),
        (json!({"url": "a.example", "events": events}), "Invalid URL"),
        (json!({"url": "ftp://a.example", "events": events}), "Invalid URL"),
        (json!({"url": "https://", "events": events}), "Invalid URL"),
    ] {
        let answer = sandbox.post(SUBSCRIBE, body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!(error)), "{body}");
    }
    assert_eq!(sandbox.watch("state").await["webhook"], first);
}

#[tokio::test]
async fn nothing_is_sent_to_a_webhook() {
    let sandbox = with_example_group().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    sandbox.post(SUBSCRIBE, json!({"url": url, "events": ["credential.issued"]})).await;
    let id = sandbox.draft(GROUP).await;
    assert_eq!(sandbox.publish(&id).await.status, 200);
    let mut other = order(GROUP);
    other["recipient"]["email"] = json!("jane@example.com");
    assert_eq!(sandbox.post("/v1/credentials/new", other).await.status, 200);
    let called = timeout(std::time::Duration::from_millis(300), listener.accept()).await;
    assert!(called.is_err(), "what a delivery looks like is not documented");
}
