//! How an account may store addresses, compare keys and write dates where the documentation says nothing.

use hyper::Method;
use hyperstack_sandbox::{Account, EmailForm, FoldEmails, GroupKeys, IssuedOn, SearchMode, Settings};
use serde_json::{Value, json};

use crate::{
    fixtures::GROUP,
    support::{Sandbox, order, with_example_group},
};

const GENERATE: &str = "/v1/credentials/generate";
const SEARCH: &str = "/v1/credentials/search";

fn order_for(email: &str) -> Value {
    let mut order = order(GROUP);
    order["recipient"]["email"] = json!(email);
    order
}

#[tokio::test]
async fn addresses_are_stored_and_compared_as_the_account_folds_them() {
    for (part, stored, same, different) in [
        ("none", "Zoe@Example.com", "Zoe@Example.com", Some("Zoe@example.com")),
        ("domain", "Zoe@example.com", "Zoe@EXAMPLE.com", Some("zoe@example.com")),
        ("all", "zoe@example.com", "ZOE@EXAMPLE.COM", None),
    ] {
        let sandbox = with_example_group().await;
        sandbox.steer(Method::PUT, "account", json!({"fold_emails": part})).await;
        let created = sandbox.post(GENERATE, order_for("Zoe@Example.com")).await.json();
        assert_eq!(created["recipient"]["email"], stored, "{part}");
        let found = sandbox.post(SEARCH, json!({"recipient": {"email": "zoe@example.com"}})).await.json();
        assert_eq!(found["credentials"][0]["recipient"]["email"], stored, "{part}");
        assert_eq!(sandbox.post(GENERATE, order_for(same)).await.status, 409, "{part}");
        let change = json!({"email": same, "custom_attributes": {}});
        assert_eq!(sandbox.post("/v1/recipients/update", change).await.json()["success"], true, "{part}");
        if let Some(different) = different {
            let change = json!({"email": different, "custom_attributes": {}});
            assert_eq!(sandbox.post("/v1/recipients/update", change).await.json()["success"], false, "{part}");
            assert_eq!(sandbox.post(GENERATE, order_for(different)).await.status, 200, "{part}");
        }
    }
}

#[tokio::test]
async fn group_keys_are_compared_as_the_account_does() {
    let sandbox = with_example_group().await;
    let other_case = GROUP.to_lowercase();
    assert_ne!(other_case, GROUP);
    assert_eq!(sandbox.post(GENERATE, order(&other_case)).await.json()["error_code"], "group_not_found");
    sandbox.steer(Method::PUT, "account", json!({"group_keys": "ignore_case"})).await;
    let created = sandbox.post(GENERATE, order(&other_case)).await.json();
    assert_eq!(created["group"]["key"], GROUP, "the response has the account's own spelling");
    let found = sandbox.post(SEARCH, json!({"group_key": other_case})).await.json();
    assert_eq!(found["total"], 1);
    assert_eq!(sandbox.post(GENERATE, order(&GROUP.to_uppercase())).await.status, 409);
    assert_eq!(sandbox.get(&format!("/v1/group/view/{other_case}")).await.status, 200);
}

#[tokio::test]
async fn issued_on_is_written_as_precisely_as_the_account_does() {
    for (precision, length) in [("second", "2024-03-15T10:30:00Z".len()), ("day", 10), ("midnight", 20)] {
        let sandbox = with_example_group().await;
        sandbox.steer(Method::PUT, "account", json!({"issued_on": precision})).await;
        let id = sandbox.draft(GROUP).await;
        let issued_on = async || sandbox.view(&id).await.json()["issued_on"].as_str().unwrap().to_owned();
        let drafted = issued_on().await;
        assert_eq!(drafted.len(), length, "{drafted}");
        assert_eq!(drafted.ends_with("T00:00:00Z"), precision == "midnight", "{drafted}");
        sandbox.publish(&id).await;
        assert_eq!(issued_on().await.len(), length);
        let day = drafted[..10].replace('-', "/");
        let found = sandbox.post(SEARCH, json!({"start_date": day, "end_date": day})).await.json();
        assert_eq!(found["total"], 1, "searches by day find it");
    }
}

#[tokio::test]
async fn the_clock_of_the_account_can_be_behind_or_ahead() {
    for offset in [-360, 360] {
        let sandbox = with_example_group().await;
        sandbox.steer(Method::PUT, "account", json!({"clock_offset_s": offset})).await;
        let created = sandbox.post(GENERATE, order(GROUP)).await.json();
        let issued_on: jiff::Timestamp = created["issued_on"].as_str().unwrap().parse().unwrap();
        let difference = issued_on.as_second() - jiff::Timestamp::now().as_second();
        assert!((difference - offset).abs() < 5, "{difference}");
    }
}

#[tokio::test]
async fn settings_given_at_the_start_hold_until_changed_and_return_with_a_reset() {
    let account = Account {
        fold_emails: FoldEmails::All,
        email_form: EmailForm::AsciiDomain,
        search: SearchMode::Exact,
        group_keys: GroupKeys::IgnoreCase,
        issued_on: IssuedOn::Day,
        clock_offset_s: -1,
    };
    let settings = |fold_emails| {
        json!({
            "fold_emails": fold_emails, "email_form": "ascii_domain", "search": "exact", "group_keys": "ignore_case",
            "issued_on": "day", "clock_offset_s": -1,
        })
    };
    let at_start = settings("all");
    let sandbox = Sandbox::with(Settings { account, ..Settings::default() }).await;
    assert_eq!(sandbox.watch("account").await, at_start);
    let changed = sandbox.steer(Method::PUT, "account", json!({"fold_emails": "domain"})).await;
    assert_eq!(changed, settings("domain"));
    sandbox.steer(Method::POST, "reset", json!({})).await;
    assert_eq!(sandbox.watch("account").await, at_start);
    for wrong in [json!({"fold_emails": "local"}), json!({"fold_email": "all"}), json!({"clock_offset_s": "1"})] {
        let answer = sandbox.send(Method::PUT, "/_sandbox/account", &[], wrong.to_string()).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn searches_compare_as_the_account_does() {
    let sandbox = with_example_group().await;
    sandbox.steer(Method::PUT, "account", json!({"fold_emails": "all", "group_keys": "ignore_case"})).await;
    sandbox.post(GENERATE, order_for("Zoe@Example.com")).await;
    for (search, filter, found) in [
        ("ignore_case", json!({"recipient": {"email": "Zoe@Example.com"}}), 1),
        ("ignore_case", json!({"group_key": GROUP.to_lowercase()}), 1),
        ("exact", json!({"recipient": {"email": "Zoe@Example.com"}}), 0),
        ("exact", json!({"recipient": {"email": "zoe@"}}), 1),
        ("exact", json!({"group_key": GROUP.to_lowercase()}), 0),
        ("exact", json!({"group_key": GROUP}), 1),
    ] {
        sandbox.steer(Method::PUT, "account", json!({"search": search})).await;
        let answer = sandbox.post("/v1/credentials/search", filter.clone()).await.json();
        assert_eq!(answer["total"], found, "{search} {filter}");
    }
}
