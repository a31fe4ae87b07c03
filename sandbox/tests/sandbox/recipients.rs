//! Changing recipients.

use serde_json::{Value, json};

use crate::{
    fixtures::{GROUP, documented_request, documented_success},
    support::{Answer, Sandbox, assert_own_refusal, with_example_group},
};

async fn update(sandbox: &Sandbox, body: Value) -> Answer {
    sandbox.post("/v1/recipients/update", body).await
}

#[tokio::test]
async fn a_recipient_is_known_from_the_draft_on() {
    let sandbox = with_example_group().await;
    let request = documented_request("update_recipient");
    let failed = update(&sandbox, request.clone()).await;
    assert_eq!((failed.status.as_u16(), &failed.json()["success"]), (200, &json!(false)));
    let id = sandbox.draft(GROUP).await;
    assert_eq!(sandbox.watch("state").await["recipients"], 1);
    let before = sandbox.view(&id).await.text().to_owned();
    for body in [
        request,
        json!({"email": "john@example.com"}),
        json!({"email": "john@example.com", "custom_attributes": {"location": "ignored"}}),
    ] {
        let answer = update(&sandbox, body).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, documented_success("update_recipient").as_str()));
    }
    // The attributes of the recipient are others than those of the credential.
    assert_eq!(sandbox.view(&id).await.text(), before);
    assert_eq!(sandbox.watch("state").await["recipients"], 1);
    let other = json!({"email": "John@example.com"});
    assert_eq!(update(&sandbox, other).await.json()["error_code"], "recipient_not_found");
}

#[tokio::test]
async fn everybody_with_a_credential_is_a_recipient() {
    let sandbox = Sandbox::start().await;
    for (id, email) in [("a", "one@example.com"), ("b", "two@example.com"), ("c", "two@example.com")] {
        sandbox.put_credential(id, json!({"recipient_email": email})).await;
    }
    assert_eq!(sandbox.watch("state").await["recipients"], 2);
    assert_eq!(update(&sandbox, json!({"email": "two@example.com"})).await.json()["success"], true);
}

#[tokio::test]
async fn an_email_and_an_object_are_asked_for() {
    let sandbox = with_example_group().await;
    sandbox.draft(GROUP).await;
    for body in [
        json!({}),
        json!({"email": " "}),
        json!({"email": 1}),
        json!({"email": "john@example.com", "custom_attributes": ["custom_a"]}),
    ] {
        assert_own_refusal(&update(&sandbox, body.clone()).await, &body);
    }
}
