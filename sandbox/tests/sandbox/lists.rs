//! Lists and searches, page by page.

use hyper::Method;
use hyperstack_sandbox::Settings;
use serde_json::{Value, json};

use crate::{
    fixtures::{EXAMPLE, GROUP, documented_success},
    support::{Answer, Sandbox, assert_own_refusal, order, with_example_group},
};

const ALL: &str = "/v1/credentials/all";
const SEARCH: &str = "/v1/credentials/search";

/// One text of every item, in order.
fn texts<'a>(answer: &'a Value, list: &str, name: &str) -> Vec<&'a str> {
    answer[list].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect()
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    texts(&answer.json(), "credentials", "document_id").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn lists_of_credentials_are_answered_as_documented() {
    let sandbox = Sandbox::start().await;
    sandbox.put_credential(EXAMPLE, json!({"metadata": {"custom_location": "Mars"}})).await;
    for (path, endpoint) in [(ALL, "list_credentials"), (SEARCH, "search_credentials")] {
        for body in [None, Some(json!({})), Some(json!({"page": 1, "page_size": 50.0}))] {
            let answer = sandbox.api(Method::POST, path, body.as_ref()).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (200, documented_success(endpoint).as_str()));
        }
    }
}

#[tokio::test]
async fn the_most_recently_published_comes_first() {
    let sandbox = with_example_group().await;
    assert_eq!(
        sandbox.post(ALL, json!({})).await.text(),
        r#"{"success":true,"total":0,"page":1,"page_size":50,"credentials":[]}"#
    );
    for (id, issued_on) in
        [("none", Value::Null), ("old", json!("2024-01-01T00:00:00Z")), ("new", json!("2025-01-01T00:00:00Z"))]
    {
        sandbox.put_credential(id, json!({"issued_on": issued_on, "group_key": "k"})).await;
    }
    for id in ["first", "second"] {
        sandbox.put_credential(id, json!({"issued_on": "2024-06-01T00:00:00Z", "group_key": "k"})).await;
    }
    let draft = sandbox.draft(GROUP).await;
    let mut other = order(GROUP);
    other["recipient"]["email"] = json!("jane@example.com");
    let issued = sandbox.post("/v1/credentials/new", other).await.json()["document_id"].as_str().unwrap().to_owned();
    let old = ["new", "second", "first", "old", "none"];
    let listed = sandbox.post(ALL, json!({})).await;
    assert_eq!(ids(&listed)[..2], [issued.clone(), draft.clone()]);
    assert_eq!(ids(&listed)[2..], old);
    assert_eq!(texts(&listed.json(), "credentials", "status")[..2], ["active", "unpublished"]);
    // Publication moves it to the front; a change does not.
    sandbox.publish(&draft).await;
    sandbox.post(&format!("/v1/credential/{issued}/update"), json!({})).await;
    assert_eq!(ids(&sandbox.post(ALL, json!({})).await)[..2], [draft, issued]);
}

#[tokio::test]
async fn a_list_holds_what_the_control_has_set() {
    let sandbox = Sandbox::start().await;
    let change = json!({
        "status": "suspended",
        "success_in_answer": "yes",
        "document_id_in_answer": "another",
        "privacy": null,
        "always_status": 503,
        "extra": {"more": 1},
    });
    sandbox.put_credential("abc", change).await;
    let listed = sandbox.post(ALL, json!({})).await.json();
    let item = listed["credentials"][0].as_object().unwrap();
    assert!(!item.contains_key("success") && !item.contains_key("privacy"), "{listed}");
    assert_eq!(
        (&item["document_id"], &item["status"], &item["more"]),
        (&json!("another"), &json!("suspended"), &json!(1))
    );
}

/// Every list there is.
const LISTS: [&str; 4] = [ALL, SEARCH, "/v1/groups/all", "/v1/groups/search"];

#[tokio::test]
async fn every_list_has_pages() {
    let sandbox = Sandbox::start().await;
    for number in 1..=5 {
        let id = format!("c{number}");
        sandbox.put_credential(&id, json!({"group_key": format!("g{number}")})).await;
    }
    for path in LISTS {
        let (list, key) =
            if path.contains("groups") { ("groups", "group_key") } else { ("credentials", "document_id") };
        let page = async |body: Value| {
            let answer = sandbox.post(path, body).await.json();
            assert_eq!((&answer["success"], &answer["total"]), (&json!(true), &json!(5)), "{path}");
            let numbers: String = texts(&answer, list, key).into_iter().map(|key| &key[1..]).collect();
            (answer["page"].as_u64().unwrap(), answer["page_size"].as_u64().unwrap(), numbers)
        };
        assert_eq!(page(json!({})).await, (1, 50, "54321".to_owned()));
        assert_eq!(page(json!({"page_size": 2})).await, (1, 2, "54".to_owned()));
        assert_eq!(page(json!({"page": 2, "page_size": 2})).await, (2, 2, "32".to_owned()));
        assert_eq!(page(json!({"page": 3, "page_size": 2})).await, (3, 2, "1".to_owned()));
        assert_eq!(page(json!({"page": 4, "page_size": 2})).await, (4, 2, String::new()));
        assert_eq!(page(json!({"page": u64::MAX, "page_size": 200})).await, (u64::MAX, 200, String::new()));
        for name in ["page", "page_size"] {
            for wrong in [json!(0), json!(-1), json!(1.5), json!("1"), json!([1]), json!(true), json!(null)] {
                let body = json!({name: wrong});
                assert_own_refusal(&sandbox.post(path, body.clone()).await, &body);
            }
        }
        let body = json!({"page_size": 201});
        assert_own_refusal(&sandbox.post(path, body.clone()).await, &body);
    }
}

#[tokio::test]
async fn the_largest_page_is_a_setting() {
    let sandbox = Sandbox::with(Settings { max_page_size: 10, ..Settings::default() }).await;
    assert_eq!(sandbox.post(ALL, json!({})).await.json()["page_size"], 10);
    assert_eq!(sandbox.post(ALL, json!({"page_size": 10})).await.status, 200);
    let body = json!({"page_size": 11});
    assert_own_refusal(&sandbox.post(ALL, body.clone()).await, &body);
}

#[tokio::test]
async fn a_search_finds_what_matches_every_filter() {
    let sandbox = Sandbox::start().await;
    for (id, name, email, group_key, issued_on, metadata) in [
        ("AbC1", "Łucja Żółkiewska", "lucja@example.com", "GroupOne", "2024-02-28T23:59:59Z", json!({"custom_a": "x"})),
        (
            "aBc2",
            "Zoë Berg",
            "Zoe@Example.com",
            "GroupOne",
            "2024-02-29T00:00:00Z",
            json!({"custom_a": "x", "custom_b": 1}),
        ),
        ("xyz3", "Zoë Bergmann", "zoe.b@example.org", "GroupTwo", "2024-02-29T23:59:59Z", json!({"custom_a": "X"})),
        ("xyz4", "John Doe", "john@example.org", "GroupTwo", "2024-03-01T00:00:00Z", json!([])),
        ("last", "Jane Doe", "jane@example.org", "GroupTwo", "some day", json!({})),
    ] {
        let change = json!({
            "recipient_name": name,
            "recipient_email": email,
            "group_key": group_key,
            "issued_on": issued_on,
            "metadata": metadata,
        });
        sandbox.put_credential(id, change).await;
    }
    for (filter, found) in [
        (json!({}), &["xyz4", "xyz3", "aBc2", "AbC1", "last"][..]),
        (
            json!({"recipient": {}, "group_key": " ", "custom_attributes": {}}),
            &["xyz4", "xyz3", "aBc2", "AbC1", "last"],
        ),
        (json!({"recipient": {"name": "ZOË berg"}}), &["xyz3", "aBc2"]),
        (json!({"recipient": {"name": "żółk"}}), &["AbC1"]),
        (json!({"recipient": {"email": "EXAMPLE.ORG"}}), &["xyz4", "xyz3", "last"]),
        (json!({"recipient": {"name": "doe", "email": "john"}}), &["xyz4"]),
        (json!({"group_key": "One"}), &["aBc2", "AbC1"]),
        (json!({"group_key": "one"}), &[]),
        (json!({"credential_key": "xyz"}), &["xyz4", "xyz3"]),
        (json!({"credential_key": "bC1"}), &["AbC1"]),
        (json!({"custom_attributes": {"custom_a": "x"}}), &["aBc2", "AbC1"]),
        (json!({"custom_attributes": {"custom_a": "x", "custom_b": 1}}), &["aBc2"]),
        (json!({"custom_attributes": {"custom_c": "x"}}), &[]),
        (json!({"start_date": "2024/02/29"}), &["xyz4", "xyz3", "aBc2"]),
        (json!({"start_date": "2024/02/29", "end_date": "2024/02/29"}), &["xyz3", "aBc2"]),
        (json!({"start_date": "2024/03/01", "end_date": "2024/02/01"}), &[]),
        (json!({"recipient": {"name": "zoë"}, "group_key": "Two", "start_date": "2024/01/01"}), &["xyz3"]),
    ] {
        assert_eq!(ids(&sandbox.post(SEARCH, filter.clone()).await), found, "{filter}");
    }
    let counted = json!({"recipient": {"email": "example.org"}, "page": 2, "page_size": 2});
    let answer = sandbox.post(SEARCH, counted).await;
    assert_eq!((ids(&answer), &answer.json()["total"]), (vec!["last".to_owned()], &json!(3)));
}

#[tokio::test]
async fn a_filter_that_cannot_be_understood_is_refused() {
    let sandbox = Sandbox::start().await;
    for body in [
        json!({"recipient": "John"}),
        json!({"recipient": null}),
        json!({"recipient": {"name": 1}}),
        json!({"recipient": {"email": []}}),
        json!({"group_key": 1}),
        json!({"credential_key": {}}),
        json!({"custom_attributes": ["custom_a"]}),
        json!({"custom_attributes": {"location": "Mars"}}),
        json!({"end_date": "2024/03/01"}),
        json!({"start_date": "2024-03-01"}),
        json!({"start_date": "2024/03/01", "end_date": "2024/3/2"}),
        json!({"start_date": 1_709_251_200}),
        json!({"start_date": ""}),
        json!({"start_date": "2024/03/01", "end_date": null}),
    ] {
        assert_own_refusal(&sandbox.post(SEARCH, body.clone()).await, &body);
    }
}
