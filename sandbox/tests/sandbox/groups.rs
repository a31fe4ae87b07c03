//! Viewing, changing, listing and searching groups.

use serde_json::{Value, json};

use crate::{
    fixtures::{GROUP, documented_request, documented_success, success},
    support::{Answer, Sandbox, assert_own_refusal, order, with_example_group},
};

/// Makes the group of the documentation's example and gives its key.
async fn made(sandbox: &Sandbox) -> String {
    let made = sandbox.post("/v1/groups/new", documented_request("create_group")).await;
    made.json()["group_key"].as_str().unwrap().to_owned()
}

async fn view(sandbox: &Sandbox, key: &str) -> Answer {
    sandbox.get(&format!("/v1/group/view/{key}")).await
}

async fn update(sandbox: &Sandbox, key: &str, change: Value) -> Answer {
    sandbox.post(&format!("/v1/group/update/{key}"), change).await
}

#[tokio::test]
async fn a_view_of_a_group_is_answered_as_documented() {
    let sandbox = Sandbox::start().await;
    let key = made(&sandbox).await;
    let answer = view(&sandbox, &key).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, documented_success("view_group").as_str()));
}

#[tokio::test]
async fn a_group_shows_its_validity_only_if_it_expires() {
    let sandbox = Sandbox::start().await;
    sandbox.put_group("k", json!({"validity": 3})).await;
    assert_eq!(
        view(&sandbox, "k").await.text(),
        r#"{"success":true,"title":"Cloud Certification","description":"Cloud Certification","tags":"","#.to_owned()
            + r#""group_code":"CC-2024","url":null,"does_expire":false}"#
    );
    sandbox.put_group("k", json!({"does_expire": true})).await;
    assert!(view(&sandbox, "k").await.text().ends_with(r#""does_expire":true,"validity":3}"#));
}

#[tokio::test]
async fn an_unknown_group_is_refused_like_at_issue_time() {
    let sandbox = with_example_group().await;
    for key in ["unknown", "%ff", &GROUP.to_lowercase()] {
        for answer in [view(&sandbox, key).await, update(&sandbox, key, json!({"title": 1})).await] {
            assert_eq!(answer.status, 404, "{key}");
            assert_eq!(answer.text(), r#"{"success":false,"error":"Group Not Found","error_code":"group_not_found"}"#);
        }
    }
}

#[tokio::test]
async fn only_supplied_fields_change() {
    let sandbox = Sandbox::start().await;
    let key = made(&sandbox).await;
    let before = view(&sandbox, &key).await.json();
    let changed = async |change: Value| {
        let answer = update(&sandbox, &key, change).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, documented_success("update_group").as_str()));
        view(&sandbox, &key).await.json()
    };
    assert_eq!(changed(json!({})).await, before);
    assert_eq!(changed(json!({"description": "", "url": " "})).await, before);

    let mut expected = before.clone();
    expected["title"] = json!("Updated Course Certificate");
    expected["description"] = json!("Updated course description");
    expected["tags"] = json!("updated,certificate");
    expected["validity"] = json!(2);
    assert_eq!(changed(documented_request("update_group")).await, expected);

    expected["url"] = json!("https://acme.com/other");
    expected["group_code"] = json!("NEW 1");
    expected["tags"] = json!("");
    let rest = json!({
        "url": "https://acme.com/other",
        "group_code": "NEW 1",
        "tags": [],
        "certificate_template": "c",
        "badge_template": "b",
        "blockchain": false,
    });
    assert_eq!(changed(rest).await, expected);

    // The validity is not shown while it has no effect.
    expected["does_expire"] = json!(false);
    expected.as_object_mut().unwrap().remove("validity");
    assert_eq!(changed(json!({"does_expire": false})).await, expected);
    assert_eq!(changed(json!({"does_expire": true, "validity": 3})).await["validity"], 3);

    // Credentials show the group as it is now.
    let draft = sandbox.post("/v1/credentials/generate", order(&key)).await.json();
    changed(json!({"title": "Last"})).await;
    let viewed = sandbox.view(draft["document_id"].as_str().unwrap()).await.json();
    assert_eq!((&viewed["group"]["title"], &viewed["group"]["code"]), (&json!("Last"), &json!("NEW 1")));
}

#[tokio::test]
async fn the_rules_of_creation_hold_for_changes_too() {
    let sandbox = with_example_group().await;
    let before = view(&sandbox, GROUP).await.json();
    for rule in [
        json!({"title": 1}),
        json!({"title": null}),
        json!({"description": []}),
        json!({"certificate_template": 1}),
        json!({"badge_template": {}}),
        json!({"url": 1}),
        json!({"tags": "a,b"}),
        json!({"tags": null}),
        json!({"group_code": "CC_2024"}),
        json!({"does_expire": true}),
        json!({"does_expire": true, "validity": null}),
        json!({"does_expire": "yes"}),
        json!({"validity": 0}),
        json!({"blockchain": 1}),
    ] {
        let mut change = json!({"title": "Not to be seen"});
        change.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        assert_own_refusal(&update(&sandbox, GROUP, change).await, &rule);
        assert_eq!(view(&sandbox, GROUP).await.json(), before, "{rule}");
    }
}

#[tokio::test]
async fn lists_of_groups_are_answered_as_documented() {
    let sandbox = Sandbox::start().await;
    let documented = success("search_groups");
    // The newest comes first.
    for group in documented["groups"].as_array().unwrap().iter().rev() {
        let change = json!({"title": group["title"], "group_code": group["group_code"]});
        sandbox.put_group(group["group_key"].as_str().unwrap(), change).await;
    }
    for path in ["/v1/groups/all", "/v1/groups/search"] {
        let answer = sandbox.post(path, json!({})).await;
        let mut expected = documented.clone();
        for (group, answered) in
            expected["groups"].as_array_mut().unwrap().iter_mut().zip(answer.json()["groups"].as_array().unwrap())
        {
            for name in ["last_modified", "created_at"] {
                let (example, date) = (group[name].as_str().unwrap(), answered[name].as_str().unwrap());
                assert_eq!((date.len(), &date[19..20], &date[23..]), (example.len(), ".", "Z"), "{date}");
                group[name] = answered[name].clone();
            }
        }
        assert_eq!((answer.status.as_u16(), answer.text()), (200, expected.to_string().as_str()));
    }
}

#[tokio::test]
async fn a_change_is_dated_and_moves_nothing() {
    let sandbox = with_example_group().await;
    sandbox.put_group("newest", json!({})).await;
    let listed = async || sandbox.post("/v1/groups/all", json!({})).await.json()["groups"][1].clone();
    let before = listed().await;
    assert_eq!(before["group_key"], GROUP);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    update(&sandbox, GROUP, json!({"blockchain": true})).await;
    let after = listed().await;
    assert_eq!(after["created_at"], before["created_at"]);
    assert!(after["last_modified"].as_str() > before["last_modified"].as_str(), "{before} {after}");
    // Viewing a group is no change, nor is a refusal.
    view(&sandbox, GROUP).await;
    update(&sandbox, GROUP, json!({"blockchain": 1})).await;
    assert_eq!(listed().await, after);
}

#[tokio::test]
async fn groups_are_found_by_words_of_their_titles() {
    let sandbox = Sandbox::start().await;
    for (key, title) in
        [("1", "Certificate of Security"), ("2", "Cloud Security Basics"), ("3", "Gebäude-Energieberatung")]
    {
        sandbox.put_group(key, json!({"title": title, "group_code": "Code"})).await;
    }
    for (body, found) in [
        (json!({}), "321"),
        (json!({"keyword": " "}), "321"),
        (json!({"strict": true}), "321"),
        (json!({"keyword": "security"}), "21"),
        (json!({"keyword": "nothing SECUR"}), "21"),
        (json!({"keyword": "basics certificate"}), "21"),
        (json!({"keyword": "GEBÄUDE"}), "3"),
        (json!({"keyword": "cloud security", "strict": true}), "2"),
        (json!({"keyword": "Security Cloud", "strict": true}), ""),
        (json!({"keyword": "ud sec", "strict": true}), "2"),
        (json!({"keyword": "code"}), ""),
        (json!({"title": "basics"}), "2"),
        (json!({"title": "basics", "keyword": "energie"}), "3"),
    ] {
        let answer = sandbox.post("/v1/groups/search", body.clone()).await.json();
        let keys: String =
            answer["groups"].as_array().unwrap().iter().map(|group| group["group_key"].as_str().unwrap()).collect();
        assert_eq!((keys.as_str(), &answer["total"]), (found, &json!(found.len())), "{body}");
    }
    for body in [json!({"keyword": 1}), json!({"keyword": null}), json!({"title": []}), json!({"strict": "yes"})] {
        assert_own_refusal(&sandbox.post("/v1/groups/search", body.clone()).await, &body);
    }
}
