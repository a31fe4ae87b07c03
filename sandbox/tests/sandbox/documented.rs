//! What the documentation says, held against the shared fixtures.

use std::time::{Duration, Instant};

use hyper::Method;
use hyperstack_sandbox::Settings;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    fixtures::{EXAMPLE, GROUP, documented_request, documented_success, fixtures},
    support::{Answer, Sandbox, assert_own_refusal, order, with_example_group},
};

/// Brings the documented refusal about, each in a sandbox of its own.
async fn provoke(fixture: &Value) -> Answer {
    let sandbox = with_example_group().await;
    let path = fixture["path"].as_str().unwrap();
    let endpoint = fixture["endpoint"].as_str().unwrap();
    let error_code = fixture["response_body"]["error_code"].as_str().unwrap_or_default();
    match (endpoint, fixture["status"].as_u64().unwrap(), error_code) {
        (_, 401, "") => {
            let method = fixture["method"].as_str().unwrap().parse().unwrap();
            let wrong = [("authorization", "Bearer wrong")];
            sandbox.send(method, path, &wrong, "").await
        }
        ("create_group", 400, "missing_title_description")
        | ("publish_credential" | "update_credential", 404, "")
        | ("webhook_subscribe", 400, "missing_url_event") => sandbox.post(path, json!({})).await,
        ("update_recipient", 200, "recipient_not_found") => {
            sandbox.post(path, json!({"email": "nobody@example.com"})).await
        }
        ("webhook_subscribe", 400, "invalid_event") => {
            sandbox.post(path, json!({"url": "https://a.example", "events": ["credential.revoked"]})).await
        }
        ("webhook_subscribe", 400, "") => {
            sandbox.post(path, json!({"url": "ftp://a.example", "events": ["credential.issued"]})).await
        }
        ("generate_credential", 400, "missing_recipient") => sandbox.post(path, json!({"group_key": GROUP})).await,
        ("generate_credential", 402, "low_balance") => {
            let none = json!({"balance": 0});
            sandbox.steer(Method::PUT, "balance", none).await;
            sandbox.post(path, order(GROUP)).await
        }
        ("generate_credential", 404, "group_not_found") => sandbox.post(path, order("aBcDeFgHiJkL")).await,
        ("generate_credential", 409, "credential_exists") => {
            sandbox.draft(GROUP).await;
            sandbox.post(path, order(GROUP)).await
        }
        ("publish_credential", 400, "invalid_status") => {
            let id = sandbox.draft(GROUP).await;
            assert_eq!(sandbox.publish(&id).await.status, 200);
            sandbox.publish(&id).await
        }
        ("view_credential", 404, "") => sandbox.view(EXAMPLE).await,
        refusal => panic!("no test provokes {refusal:?}"),
    }
}

#[tokio::test]
async fn every_documented_refusal_is_answered_byte_for_byte() {
    let mut count = 0;
    for fixture in fixtures() {
        let body = &fixture["response_body"];
        if body["success"] == true {
            continue;
        }
        let answer = provoke(&fixture).await;
        assert_eq!(u64::from(answer.status.as_u16()), fixture["status"], "{fixture}");
        assert_eq!(answer.text(), body.to_string(), "{fixture}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        count += 1;
    }
    assert_eq!(count, 20, "refusals documented for these operations");
}

/// Every way there is into the API, of which some have no example.
const ROUTES: [(Method, &str); 18] = [
    (Method::POST, "/v1/auth"),
    (Method::POST, "/v1/credentials/new"),
    (Method::POST, "/v1/credential/issue"),
    (Method::POST, "/v1/credentials/generate"),
    (Method::POST, "/v1/credentials/all"),
    (Method::POST, "/v1/credentials/search"),
    (Method::POST, "/v1/credential/x/publish"),
    (Method::GET, "/v1/credential/x/view"),
    (Method::POST, "/v1/credential/x/update"),
    (Method::POST, "/v1/groups/new"),
    (Method::POST, "/v1/groups/all"),
    (Method::POST, "/v1/groups/search"),
    (Method::GET, "/v1/group/view/x"),
    (Method::POST, "/v1/group/update/x"),
    (Method::POST, "/v1/recipients/update"),
    (Method::POST, "/v1/webhook/subscribe"),
    (Method::POST, "/v1/webhook/unsubscribe"),
    (Method::POST, "/v1/nothing"),
];

#[tokio::test]
async fn a_credential_goes_from_group_to_view() {
    let sandbox = Sandbox::start().await;
    let group = sandbox.post("/v1/groups/new", documented_request("create_group")).await;
    assert_eq!(group.status, 200);
    let group_key = group.json()["group_key"].as_str().unwrap().to_owned();
    assert_eq!(group.text(), documented_success("create_group").replace("aBcDeFgHiJkL", &group_key));
    assert_eq!(group_key.len(), 12);
    assert!(group_key.bytes().all(|byte| byte.is_ascii_alphanumeric()));

    let draft = sandbox.post("/v1/credentials/generate", order(&group_key)).await.json();
    let id = draft["document_id"].as_str().unwrap();
    // The group of the documentation's example lasts one year.
    let (issued, ends) = (&draft["issued_on"], &draft["valid_until"]);
    let year = |date: &Value| date.as_str().unwrap()[..4].parse::<u32>().unwrap();
    assert_eq!(year(ends), year(issued) + 1);

    let viewed = sandbox.view(id).await.json();
    assert_eq!(viewed["status"], "unpublished");
    assert_eq!(viewed["issued_on"], *issued);

    let published = sandbox.publish(id).await;
    assert_eq!(published.status, 200);
    assert_eq!(published.text(), documented_success("publish_credential"));

    let viewed = sandbox.view(id).await.json();
    assert_eq!(viewed["status"], "active");
    assert_eq!(viewed["valid_until"], *ends);
    let group = json!({
        "title": "Course Completion Certificate",
        "key": group_key,
        "code": "CERT-2024",
    });
    assert_eq!(viewed["group"], group);
    assert_eq!(viewed["recipient"], draft["recipient"]);
    assert_eq!(viewed["metadata"], json!({"custom_location": "Mars"}));
}

#[tokio::test]
async fn a_draft_is_answered_as_documented() {
    let sandbox = with_example_group().await;
    let request = documented_request("generate_credential");
    let answer = sandbox.post("/v1/credentials/generate", request).await;
    let draft = answer.json();
    let id = draft["document_id"].as_str().unwrap();
    let issued = draft["issued_on"].as_str().unwrap();
    assert_eq!(id.len(), 32);
    assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(issued.len(), "2024-03-15T10:30:00Z".len());
    assert!(issued.ends_with('Z'));
    // All but the id and the time is the documentation's example.
    assert_eq!(
        answer.text(),
        documented_success("generate_credential").replace(EXAMPLE, id).replace("2024-03-15T10:30:00Z", issued)
    );
}

#[tokio::test]
async fn a_view_is_answered_as_documented() {
    let sandbox = Sandbox::start().await;
    let metadata = json!({"metadata": {"custom_location": "Mars"}});
    sandbox.put_credential(EXAMPLE, metadata).await;
    let answer = sandbox.view(EXAMPLE).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), documented_success("view_credential"));
}

#[tokio::test]
async fn the_token_is_judged_before_everything_else() {
    let sandbox = Sandbox::start().await;
    for headers in [&[][..], &[("authorization", "a-Secret-0815")][..]] {
        for (method, path) in ROUTES {
            let answer = sandbox.send(method, path, headers, "{").await;
            assert_eq!(answer.status, 401, "{path}");
            assert_eq!(answer.text(), r#"{"detail":"Invalid token or organization not found"}"#);
        }
    }
}

#[tokio::test]
async fn title_and_description_are_both_required() {
    let sandbox = Sandbox::start().await;
    for body in [
        json!({"title": "T"}),
        json!({"description": "D"}),
        json!({"title": "", "description": "D"}),
        json!({"title": "T", "description": " "}),
        json!({"title": null, "description": "D"}),
        json!({"title": 1, "description": "D"}),
    ] {
        let answer = sandbox.post("/v1/groups/new", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["error_code"], "missing_title_description");
    }
    assert_eq!(sandbox.watch("state").await["groups"], 0);
}

#[tokio::test]
async fn rules_without_a_documented_answer_are_kept_too() {
    let sandbox = Sandbox::start().await;
    let valid = json!({"title": "T", "description": "D", "badge_template": "b"});
    let with = |name: &str, value: Value| {
        let mut body = valid.clone();
        body[name] = value;
        body
    };
    for body in [
        json!({"title": "T", "description": "D"}),
        with("badge_template", json!("")),
        with("badge_template", json!(1)),
        with("group_code", json!("CC_2024")),
        with("group_code", json!("Gebäude")),
        with("does_expire", json!(true)),
        with("does_expire", json!("yes")),
        with("validity", json!(0)),
        with("validity", json!(1.5)),
        with("validity", json!("1")),
        with("tags", json!("a,b")),
        with("tags", json!([1])),
        with("blockchain", json!(1)),
    ] {
        assert_own_refusal(&sandbox.post("/v1/groups/new", body.clone()).await, &body);
    }
    assert_eq!(sandbox.watch("state").await["groups"], 0);
    for body in [
        valid.clone(),
        with("certificate_template", json!("c")),
        with("group_code", json!("CC 2024-x")),
        with("validity", json!(1)),
        with("does_expire", json!(false)),
    ] {
        let answer = sandbox.post("/v1/groups/new", body.clone()).await;
        assert_eq!(answer.status, 200, "{body}");
    }
}

#[tokio::test]
async fn name_and_email_are_both_required() {
    let sandbox = with_example_group().await;
    for recipient in [
        json!(null),
        json!("John"),
        json!({}),
        json!({"name": "John"}),
        json!({"email": "john@example.com"}),
        json!({"name": "", "email": "john@example.com"}),
        json!({"name": "John", "email": 1}),
    ] {
        let body = json!({"recipient": recipient, "group_key": GROUP});
        let answer = sandbox.post("/v1/credentials/generate", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["error_code"], "missing_recipient");
    }
    // The dotted names that the documentation's rendering suggests are not the documented form.
    let dotted = json!({"recipient.name": "A", "recipient.email": "a@b.c", "group_key": GROUP});
    let answer = sandbox.post("/v1/credentials/generate", dotted).await;
    assert_eq!(answer.json()["error_code"], "missing_recipient");
}

#[tokio::test]
async fn custom_attributes_have_a_prefix() {
    let sandbox = with_example_group().await;
    for attributes in [json!({"location": "Mars"}), json!(["custom_a"]), json!("custom_a"), json!(null)] {
        let mut body = order(GROUP);
        body["custom_attributes"] = attributes;
        let answer = sandbox.post("/v1/credentials/generate", body.clone()).await;
        assert_own_refusal(&answer, &body);
    }
    let mut body = order(GROUP);
    body.as_object_mut().unwrap().remove("custom_attributes");
    let answer = sandbox.post("/v1/credentials/generate", body).await;
    assert_eq!(answer.json()["metadata"], json!({}));
}

#[tokio::test]
async fn duplicates_are_judged_by_email_and_group() {
    let sandbox = with_example_group().await;
    sandbox.draft(GROUP).await;
    let generate = "/v1/credentials/generate";
    assert_eq!(sandbox.post(generate, order(GROUP)).await.status, 409);

    let mut other = order(GROUP);
    other["recipient"]["email"] = json!("jane@example.com");
    assert_eq!(sandbox.post(generate, other).await.status, 200);

    sandbox.put_group("OtherGroup00", json!({})).await;
    sandbox.draft("OtherGroup00").await;

    let allowed = json!({"allow_duplicates": true});
    sandbox.put_group(GROUP, allowed).await;
    sandbox.draft(GROUP).await;
    assert_eq!(sandbox.watch("state").await["credentials"], 4);
}

#[tokio::test]
async fn drafts_are_paid_for_and_refusals_are_not() {
    let sandbox = Sandbox::with(Settings { balance: Some(2), ..Settings::default() }).await;
    sandbox.put_group(GROUP, json!({"allow_duplicates": true})).await;
    let generate = "/v1/credentials/generate";
    let balance = async || sandbox.watch("state").await["balance"].clone();
    assert_eq!(sandbox.post(generate, json!({})).await.status, 400);
    assert_eq!(balance().await, 2);
    let id = sandbox.draft(GROUP).await;
    assert_eq!(sandbox.publish(&id).await.status, 200);
    assert_eq!(balance().await, 1);
    sandbox.draft(GROUP).await;
    assert_eq!(sandbox.post(generate, order(GROUP)).await.status, 402);
    sandbox.steer(Method::PUT, "balance", json!({"balance": null})).await;
    sandbox.draft(GROUP).await;
    assert_eq!(balance().await, Value::Null);
}

#[tokio::test]
async fn publication_can_take_its_time() {
    let delay = Duration::from_secs(1);
    let sandbox = Sandbox::with(Settings { publish_delay: delay, ..Settings::default() }).await;
    sandbox.put_group(GROUP, json!({})).await;
    let id = sandbox.draft(GROUP).await;
    let asked = Instant::now();
    assert_eq!(sandbox.publish(&id).await.status, 200);
    // No longer a draft, though not yet active.
    assert_eq!(sandbox.publish(&id).await.status, 400);
    let mut views = 0;
    loop {
        let view = sandbox.view(&id).await.json();
        if view["status"] == "active" {
            break;
        }
        assert_eq!(view["status"], "unpublished");
        views += 1;
        assert!(asked.elapsed() < Duration::from_secs(15), "never active");
        sleep(Duration::from_millis(50)).await;
    }
    assert!(views > 0);
    assert!(asked.elapsed() >= delay);
}

#[tokio::test]
async fn what_is_not_documented_is_refused_in_our_own_words() {
    let sandbox = Sandbox::start().await;
    let authorization = format!("Bearer {}", crate::support::TOKEN);
    let headers = [("authorization", authorization.as_str())];
    for body in ["{", "[]", "\"text\"", "{\"a\":1}x"] {
        let answer = sandbox.send(Method::POST, "/v1/groups/new", &headers, body).await;
        assert_own_refusal(&answer, &json!(body));
    }
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/credential/x/nothing"] {
        let answer = sandbox.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["error"], "Sandbox: no such operation");
    }
    for (method, path) in [
        (Method::GET, "/v1/groups/new"),
        (Method::GET, "/v1/credential/x/publish"),
        (Method::POST, "/v1/credential/x/view"),
        (Method::PUT, "/v1/credentials/generate"),
        (Method::GET, "/v1/auth"),
        (Method::GET, "/v1/credential/issue"),
    ] {
        let answer = sandbox.api(method, path, None).await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(answer.header("allow").is_some(), "{path}");
        assert_eq!(answer.json()["success"], false);
    }
    let huge = "x".repeat(3 * 1024 * 1024);
    let answer = sandbox.send(Method::POST, "/v1/groups/new", &headers, huge).await;
    assert_eq!(answer.status, 413);
}
