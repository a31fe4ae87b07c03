//! Tests of the operations: the issues of requests, what is sent, and what responses are accepted.

use serde_json::Value as Json;

use super::*;
use crate::json::{Error, ErrorKind, SyntaxError, Value, from_str, to_string};
use crate::model::{
    CustomAttributes, CustomKey, Date, DocumentId, EmailAddress, GroupChanges, GroupKey, HttpUrl, NewCredential,
    NewGroup, NewRecipient, PageNumber, PageSelection, PersonName, Tag, Text, VisibleText, WebhookEvent, Years,
};
use crate::validate::Rule;

const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";

/// The issues of a request as a caller passes it, each as its path and rule, and the character that breaks it.
fn issues_of_text<T: FromValue>(text: &str) -> Vec<String> {
    let mut issues = Issues::default();
    let request = T::from_value(Some(&from_str::<Value>(text).expect("JSON")), &Path::Root, &mut issues);
    let issues = issues.into_vec();
    assert!(request.is_some() || !issues.is_empty(), "{text}");
    let describe = |issue: crate::validate::Issue| {
        let wrong = issue.character.map(|wrong| format!(" {} {}", wrong.code_point(), wrong.position));
        format!("{} {}{}", issue.path, issue.rule, wrong.unwrap_or_default())
    };
    issues.into_iter().map(describe).collect()
}

#[track_caller]
fn assert_issues<T: FromValue>(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(issues_of_text::<T>(text), *expected, "{text}");
    }
}

#[test]
fn issues_of_new_groups() {
    assert_issues::<NewGroup>(&[
        (r#"{"title":"T","description":"D","badge_template":"b"}"#, &[]),
        (r#"{"title":"T","description":"D","certificate_template":"c","does_expire":false}"#, &[]),
        (r#"{"title":"T","description":"D","badge_template":"b","does_expire":true,"validity":0.5}"#, &[]),
        ("{}", &["title required", "description required", "certificate_template any_template"]),
        (
            r#"{"title":" ","description":"","badge_template":"b","does_expire":true}"#,
            &["title not_blank U+0020 0", "description not_blank", "validity needed_with_does_expire"],
        ),
        (
            r#"{"title":"T","description":"D","badge_template":"b","group_code":"A_1","validity":0,"tags":["a","b,c",3],"url":"ftp://x","blockchain":"yes","certificateTemplate":"x"}"#,
            &[
                "url http_url",
                "tags[1] no_comma",
                "tags[2] no_comma",
                "group_code group_code",
                "validity positive",
                "blockchain boolean",
                "certificateTemplate unknown_field",
            ],
        ),
        (r#"{"title":7,"description":"D","badge_template":null}"#, &["title string", "badge_template string"]),
        ("[]", &[" object"]),
        ("null", &[" object"]),
        ("\"x\"", &[" object"]),
    ]);
}

#[test]
fn issues_of_group_changes() {
    assert_issues::<GroupChanges>(&[
        ("{}", &[]),
        (r#"{"title":"T"}"#, &[]),
        (r#"{"title":"T\u0007"}"#, &["title hidden_character U+0007 1"]),
        (r#"{"does_expire":true}"#, &["validity needed_with_does_expire"]),
        (r#"{"does_expire":"true"}"#, &["does_expire boolean"]),
        (r#"{"validity":1893456000000}"#, &["validity positive"]),
        (r#"{"tags":"a,b","validity":"1"}"#, &["tags array", "validity positive"]),
    ]);
}

#[test]
fn issues_of_group_searches() {
    assert_issues::<SearchGroups>(&[
        ("{}", &[]),
        (r#"{"keyword":"cloud","strict":true,"page":1,"page_size":10}"#, &[]),
        (r#"{"page":0,"page_size":1.5}"#, &["page ordinal", "page_size ordinal"]),
        (r#"{"keyword":"","title":null}"#, &["keyword not_blank", "title string"]),
        (r#"{"keyword":"cloud\u200b"}"#, &["keyword hidden_character U+200B 5"]),
    ]);
}

#[test]
fn issues_of_new_credentials() {
    assert_issues::<NewCredential>(&[
        (r#"{"recipient":{"name":"Zoë","email":"z@example.com"},"group_key":"GcI6H5b66a3v"}"#, &[]),
        (
            r#"{"recipient":{"name":"Z","email":"z@example.com"},"group_key":"unique_group_id_12345","custom_attributes":{"custom_location":"Mars","custom_list":[{}]}}"#,
            &[],
        ),
        ("{}", &["recipient required", "group_key required"]),
        (
            r#"{"recipient":{"email":"nobody"},"group_key":"../x","custom_attributes":{"location":1,"custom_":2}}"#,
            &[
                "recipient.name required",
                "recipient.email email",
                "group_key group_key",
                "custom_attributes.location custom_prefix",
                "custom_attributes.custom_ custom_prefix",
            ],
        ),
        (r#"{"recipient":"Z","group_key":7}"#, &["recipient object", "group_key group_key"]),
        (
            r#"{"recipient":{"name":1,"email":2,"e-mail":"x"},"group_key":null,"custom_attributes":[],"note":1}"#,
            &[
                "recipient.name string",
                "recipient.email email",
                "recipient.e-mail unknown_field",
                "group_key group_key",
                "custom_attributes object",
                "note unknown_field",
            ],
        ),
        (
            r#"{"recipient":{"name":"Z","email":"z@example.com"},"group_key":"k","custom_attributes":{"z@example.com":1}}"#,
            &["custom_attributes.(key) custom_prefix"],
        ),
        (
            r#"{"recipient":{"name":"Zo\u00eb\u0000","email":"\ufeffz@example.com"},"group_key":"k"}"#,
            &["recipient.name hidden_character U+0000 3", "recipient.email hidden_character U+FEFF 0"],
        ),
        (
            r#"{"recipient":{"name":"\u2800","email":"z@example.com;"},"group_key":"k"}"#,
            &["recipient.name hidden_character U+2800 0", "recipient.email email U+003B 13"],
        ),
    ]);
}

#[test]
fn issues_of_expiries() {
    assert_issues::<Expiry>(&[
        (r#"{"expiry":1893456000}"#, &[]),
        (r#"{"expiry":null}"#, &[]),
        ("{}", &["expiry required"]),
        (r#"{"expiry":"2030-01-01"}"#, &["expiry epoch_seconds"]),
        (r#"{"expiry":1.5}"#, &["expiry epoch_seconds"]),
        (r#"{"expiry":-1}"#, &["expiry epoch_seconds"]),
        // 2001 to 9999.
        (r#"{"expiry":1000000000}"#, &[]),
        (r#"{"expiry":253402300799}"#, &[]),
        // Milliseconds; a `Date` that was made from seconds; nothing.
        (r#"{"expiry":1893456000000}"#, &["expiry epoch_seconds"]),
        (r#"{"expiry":253402300800}"#, &["expiry epoch_seconds"]),
        (r#"{"expiry":1893456}"#, &["expiry epoch_seconds"]),
        (r#"{"expiry":0}"#, &["expiry epoch_seconds"]),
    ]);
}

#[test]
fn issues_of_page_selections() {
    assert_issues::<PageSelection>(&[
        ("{}", &[]),
        (r#"{"page":2,"page_size":100}"#, &[]),
        (
            r#"{"page":"1","page_size":null,"pageSize":1}"#,
            &["page ordinal", "page_size ordinal", "pageSize unknown_field"],
        ),
    ]);
}

#[test]
fn issues_of_credential_searches() {
    assert_issues::<SearchCredentials>(&[
        ("{}", &[]),
        (r#"{"recipient":{"email":"@example"},"start_date":"2024/02/29","end_date":"2024/12/31"}"#, &[]),
        (r#"{"start_date":"2024/02/29"}"#, &[]),
        (
            r#"{"recipient":{"name":"Zo\u00ad","email":"\u202ez@"},"start_date":1709164800}"#,
            &[
                "recipient.name hidden_character U+00AD 2",
                "recipient.email hidden_character U+202E 0",
                "start_date date",
            ],
        ),
        (
            r#"{"recipient":{"mail":"x"},"end_date":"2023/02/29"}"#,
            &["recipient.mail unknown_field", "end_date date", "start_date needed_beside"],
        ),
        (
            r#"{"start_date":"2024-01-01","custom_attributes":{"x":1}}"#,
            &["custom_attributes.x custom_prefix", "start_date date"],
        ),
    ]);
}

#[test]
fn issues_of_recipient_updates() {
    assert_issues::<UpdateRecipient>(&[
        (r#"{"email":"a@b.example","custom_attributes":{"custom_x":"y"}}"#, &[]),
        (r#"{"name":"A"}"#, &["email required", "name unknown_field"]),
        (r#"{"email":"a@b.example\u200b"}"#, &["email hidden_character U+200B 11"]),
    ]);
}

#[test]
fn issues_of_webhook_subscriptions() {
    assert_issues::<SubscribeWebhook>(&[
        (r#"{"url":"https://a.example/x","events":["credential.issued"]}"#, &[]),
        (r#"{"url":"https://a.example/x","events":["credential.later"]}"#, &[]),
        (r#"{"url":"a.example","events":[]}"#, &["url http_url", "events not_empty"]),
        (r#"{"url":"https://a.example","events":[" ",7]}"#, &["events[0] not_blank", "events[1] string"]),
        (r#"{"url":"https://a.example","events":"credential.issued"}"#, &["events array"]),
        ("{}", &["url required", "events required"]),
    ]);
}

/// The text of a request that was read from this text.
fn rewritten<T: FromValue + Serialize>(text: &str) -> String {
    let value: Value = from_str(text).expect("JSON");
    to_string(&T::from_value(Some(&value), &Path::Root, &mut Issues::default()).expect("a request"))
}

#[test]
fn requests_keep_their_values_in_the_documented_order() {
    let group = r#"{"title":"T","description":"D","badge_template":"b","tags":["a","b"],"does_expire":true,"validity":1.5,"blockchain":false}"#;
    assert_eq!(rewritten::<NewGroup>(group), group);
    let credential = r#"{"recipient":{"name":"Zoë \"Z\"","email":"z@example.com"},"group_key":"k","custom_attributes":{"custom_b":[1,-2,0.5,null,{"x":true}],"custom_a":"\u0001\ud83d\ude00"}}"#;
    assert_eq!(
        serde_json::from_str::<Json>(&rewritten::<NewCredential>(credential)).expect("JSON"),
        serde_json::from_str::<Json>(credential).expect("JSON")
    );
    assert_eq!(rewritten::<Expiry>(r#"{"expiry":null}"#), r#"{"expiry":null}"#);
    assert_eq!(rewritten::<Expiry>(r#"{"expiry":1893456000}"#), r#"{"expiry":1893456000}"#);
    assert_eq!(rewritten::<GroupChanges>("{}"), "{}");
    assert_eq!(rewritten::<PageSelection>(r#"{"page_size":10,"page":2.0}"#), r#"{"page":2,"page_size":10}"#);
    let search = r#"{"recipient":{"email":"@x"},"start_date":"2024/02/29","end_date":"2024/12/31","page":1}"#;
    assert_eq!(rewritten::<SearchCredentials>(search), search);
    let webhook = r#"{"url":"https://a.example/x","events":["credential.issued","credential.later"]}"#;
    assert_eq!(rewritten::<SubscribeWebhook>(webhook), webhook);
}

fn id() -> DocumentId {
    DocumentId::parse(ID).expect("an id")
}

fn new_credential() -> NewCredential {
    NewCredential {
        recipient: NewRecipient {
            name: PersonName::parse("Zoë").expect("a name"),
            email: EmailAddress::parse("zoe@example.com").expect("an address"),
        },
        group_key: GroupKey::parse("GcI6H5b66a3v").expect("a key"),
        custom_attributes: Some(CustomAttributes::new([(
            CustomKey::parse("custom_place").expect("a key"),
            Value::String("Mars".to_owned()),
        )])),
    }
}

fn new_group() -> NewGroup {
    NewGroup {
        title: VisibleText::parse("T").expect("a title"),
        description: Text::parse("D").expect("a description"),
        certificate_template: None,
        badge_template: Some(Text::parse("b").expect("a template")),
        url: None,
        tags: Some(vec![Tag::parse("a").expect("a tag")]),
        group_code: None,
        does_expire: None,
        validity: None,
        blockchain: None,
    }
}

/// What an operation sends: its name, method, path and body.
fn sent<E: Endpoint>(endpoint: &E) -> (&'static str, &'static str, String, Option<String>) {
    assert_eq!(endpoint.issues(), vec![], "{}", E::NAME);
    assert!(E::NOT_FOUND_CODE.ends_with("not_found"), "{}", E::NAME);
    (E::NAME, E::METHOD.as_str(), endpoint.path().into_owned(), endpoint.body())
}

#[test]
fn every_operation_is_sent_as_documented() {
    let body = |text: &str| Some(text.to_owned());
    let path = |path: &str| path.to_owned();
    let group_key = || GroupKey::parse("GcI6H5b66a3v").expect("a key");
    let credential = r#"{"recipient":{"name":"Zoë","email":"zoe@example.com"},"group_key":"GcI6H5b66a3v","custom_attributes":{"custom_place":"Mars"}}"#;
    let group = r#"{"title":"T","description":"D","badge_template":"b","tags":["a"]}"#;
    let page = PageSelection { page: PageNumber::new(2), page_size: None };
    for (sent, expected) in [
        (sent(&GetAccount), ("account.get", "POST", path("/v1/auth"), None)),
        (sent(&CreateGroup(new_group())), ("groups.create", "POST", path("/v1/groups/new"), body(group))),
        (
            sent(&ViewGroup { group_key: group_key() }),
            ("groups.view", "GET", path("/v1/group/view/GcI6H5b66a3v"), None),
        ),
        (
            sent(&UpdateGroup { group_key: group_key(), changes: GroupChanges::default() }),
            ("groups.update", "POST", path("/v1/group/update/GcI6H5b66a3v"), body("{}")),
        ),
        (sent(&ListGroups(page.clone())), ("groups.list", "POST", path("/v1/groups/all"), body(r#"{"page":2}"#))),
        (sent(&SearchGroups::default()), ("groups.search", "POST", path("/v1/groups/search"), body("{}"))),
        (
            sent(&GenerateCredential(new_credential())),
            ("credentials.generate", "POST", path("/v1/credentials/generate"), body(credential)),
        ),
        (
            sent(&IssueCredential(new_credential())),
            ("credentials.issue", "POST", path("/v1/credentials/new"), body(credential)),
        ),
        (
            sent(&PublishCredential { document_id: id() }),
            ("credentials.publish", "POST", format!("/v1/credential/{ID}/publish"), None),
        ),
        (
            sent(&ViewCredential { document_id: id() }),
            ("credentials.view", "GET", format!("/v1/credential/{ID}/view"), None),
        ),
        (
            sent(&UpdateCredential { document_id: id(), expiry: Expiry { expiry: ExpiryTime::Never } }),
            ("credentials.update", "POST", format!("/v1/credential/{ID}/update"), body(r#"{"expiry":null}"#)),
        ),
        (
            sent(&ListCredentials(page)),
            ("credentials.list", "POST", path("/v1/credentials/all"), body(r#"{"page":2}"#)),
        ),
        (
            sent(&SearchCredentials::default()),
            ("credentials.search", "POST", path("/v1/credentials/search"), body("{}")),
        ),
        (
            sent(&UpdateRecipient { email: new_credential().recipient.email, custom_attributes: None }),
            ("recipients.update", "POST", path("/v1/recipients/update"), body(r#"{"email":"zoe@example.com"}"#)),
        ),
        (
            sent(&SubscribeWebhook {
                url: HttpUrl::parse("https://a.example/x").expect("a URL"),
                events: vec![WebhookEvent::CredentialIssued],
            }),
            (
                "webhooks.subscribe",
                "POST",
                path("/v1/webhook/subscribe"),
                body(r#"{"url":"https://a.example/x","events":["credential.issued"]}"#),
            ),
        ),
        (sent(&UnsubscribeWebhook), ("webhooks.unsubscribe", "POST", path("/v1/webhook/unsubscribe"), None)),
    ] {
        assert_eq!(sent, expected);
    }
}

#[test]
fn typed_requests_obey_the_rules_between_fields() {
    let issue = |path: &str, rule| vec![Issue::new(path, rule)];
    let group = NewGroup { badge_template: None, ..new_group() };
    assert_eq!(CreateGroup(group).issues(), issue("certificate_template", Rule::AnyTemplate));
    let changes = GroupChanges { does_expire: Some(true), ..GroupChanges::default() };
    let group_key = GroupKey::parse("k").expect("a key");
    let update = UpdateGroup { group_key: group_key.clone(), changes };
    assert_eq!(update.issues(), issue("validity", Rule::NeededWithExpiry));
    let changes = GroupChanges { does_expire: Some(true), validity: Years::new(2.5), ..GroupChanges::default() };
    assert_eq!(UpdateGroup { group_key, changes }.issues(), vec![]);
    let search = SearchCredentials { end_date: Date::parse("2024/02/29").ok(), ..SearchCredentials::default() };
    assert_eq!(search.issues(), issue("start_date", Rule::NeededBeside));
    let webhook = SubscribeWebhook { url: HttpUrl::parse("https://a.example").expect("a URL"), events: vec![] };
    assert_eq!(webhook.issues(), issue("events", Rule::NotEmpty));
}

#[test]
fn only_creations_are_not_simply_retried() {
    for (retry, expected) in [
        (CreateGroup::RETRY, RetrySafety::Never),
        (GenerateCredential::RETRY, RetrySafety::Reconcile),
        (IssueCredential::RETRY, RetrySafety::Reconcile),
        (PublishCredential::RETRY, RetrySafety::Publish),
        (GetAccount::RETRY, RetrySafety::Safe),
        (ViewGroup::RETRY, RetrySafety::Safe),
        (UpdateGroup::RETRY, RetrySafety::Safe),
        (ListGroups::RETRY, RetrySafety::Safe),
        (SearchGroups::RETRY, RetrySafety::Safe),
        (ViewCredential::RETRY, RetrySafety::Safe),
        (UpdateCredential::RETRY, RetrySafety::Safe),
        (ListCredentials::RETRY, RetrySafety::Safe),
        (SearchCredentials::RETRY, RetrySafety::Safe),
        (UpdateRecipient::RETRY, RetrySafety::Safe),
        (SubscribeWebhook::RETRY, RetrySafety::Safe),
        (UnsubscribeWebhook::RETRY, RetrySafety::Safe),
    ] {
        assert_eq!(retry, expected);
    }
    assert!(matches!(GenerateCredential(new_credential()).trace(), Trace::Credential(_)));
    assert!(matches!(IssueCredential(new_credential()).trace(), Trace::Credential(_)));
    assert!(matches!(PublishCredential { document_id: id() }.trace(), Trace::Publication(_)));
}

/// Reads a response of the operation, and writes it again.
fn response_of<E: Endpoint>(text: &str) -> Result<String, Error>
where
    E::Response: Serialize,
{
    from_str::<E::Response>(text).map(|response| to_string(&response))
}

#[test]
fn every_documented_request_and_response_is_accepted() {
    let fixtures: Vec<Json> = serde_json::from_str(include_str!("../../tests/vectors/fixtures.json")).expect("JSON");
    assert_eq!(fixtures.len(), 41);
    let mut successes = 0;
    for fixture in &fixtures {
        let request = fixture["request_body"].to_string();
        let response = fixture["response_body"].to_string();
        let (issues, read) = match fixture["endpoint"].as_str().expect("a name") {
            "authenticate" => (vec![], response_of::<GetAccount>(&response)),
            "create_group" => (issues_of_text::<NewGroup>(&request), response_of::<CreateGroup>(&response)),
            "view_group" => (vec![], response_of::<ViewGroup>(&response)),
            "update_group" => (issues_of_text::<GroupChanges>(&request), response_of::<UpdateGroup>(&response)),
            "search_groups" => (issues_of_text::<SearchGroups>(&request), response_of::<SearchGroups>(&response)),
            "generate_credential" => {
                (issues_of_text::<NewCredential>(&request), response_of::<GenerateCredential>(&response))
            }
            "issue_credential" => {
                (issues_of_text::<NewCredential>(&request), response_of::<IssueCredential>(&response))
            }
            "publish_credential" => (vec![], response_of::<PublishCredential>(&response)),
            "view_credential" => (vec![], response_of::<ViewCredential>(&response)),
            "update_credential" => (issues_of_text::<Expiry>(&request), response_of::<UpdateCredential>(&response)),
            "list_credentials" => (vec![], response_of::<ListCredentials>(&response)),
            "search_credentials" => {
                (issues_of_text::<SearchCredentials>(&request), response_of::<SearchCredentials>(&response))
            }
            "update_recipient" => {
                (issues_of_text::<UpdateRecipient>(&request), response_of::<UpdateRecipient>(&response))
            }
            "webhook_subscribe" => {
                (issues_of_text::<SubscribeWebhook>(&request), response_of::<SubscribeWebhook>(&response))
            }
            other => panic!("no operation for {other}"),
        };
        if fixture["request_body"].is_object() {
            assert_eq!(issues, Vec::<String>::new(), "{fixture}");
        }
        if fixture["response_body"]["success"] == true {
            successes += 1;
            let mut expected = fixture["response_body"].clone();
            // A list in the typed response.
            if let Some(tags) = expected.get_mut("tags") {
                *tags = tags.as_str().expect("a string").split(',').collect();
            }
            let found: Json = serde_json::from_str(&read.expect("a response")).expect("JSON");
            assert_eq!(found, expected, "{fixture}");
        } else {
            // An error of the API is never taken for a response.
            assert!(read.is_err(), "{fixture}");
        }
    }
    assert_eq!(successes, 20);
}

const CREDENTIAL: &str = r#"{"success":true,"document_id":"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","document_url":"https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","recipient":{"name":"A","email":"a@example.com"},"group":{"title":"T","key":"K","code":"C"},"issued_on":"2024-03-15T10:30:00Z","valid_until":null,"metadata":{},"status":"active"}"#;

/// The outcome of reading a credential in which `text` was replaced.
fn credential_with(text: &str, replacement: &str) -> Result<(), Error> {
    let changed = CREDENTIAL.replacen(text, replacement, 1);
    assert!(changed != CREDENTIAL, "{text}");
    from_str::<crate::model::Credential>(&changed).map(drop)
}

#[test]
fn a_wrong_response_names_the_path_and_the_rule() {
    for (text, replacement, path, rule) in [
        (r#""success":true"#, r#""success":"true""#, "success", Rule::True),
        (r#""success":true"#, r#""success":null"#, "success", Rule::True),
        (r#""success":true"#, r#""success":false"#, "success", Rule::True),
        (r#""document_id":"j"#, r#""document_id":"/"#, "document_id", Rule::DocumentId),
        (r#""document_id":""#, r#""document_id":7,"x":""#, "document_id", Rule::DocumentId),
        (r#""document_url":"#, r#""document_url":null,"x":"#, "document_url", Rule::String),
        (r#""recipient":{"#, r#""recipient":[],"x":{"#, "recipient", Rule::Object),
        (r#""email":"a@example.com""#, r#""email":null"#, "recipient.email", Rule::String),
        (r#","email":"a@example.com""#, "", "recipient.email", Rule::Required),
        (r#""code":"C""#, r#""code":7"#, "group.code", Rule::String),
        ("2024-03-15T10:30:00Z", "yesterday", "issued_on", Rule::Timestamp),
        (r#""2024-03-15T10:30:00Z""#, "1710498600", "issued_on", Rule::Timestamp),
        (r#""valid_until":null,"#, "", "valid_until", Rule::Required),
        (r#""valid_until":null"#, r#""valid_until":false"#, "valid_until", Rule::Timestamp),
        (r#""valid_until":null"#, r#""valid_until":"""#, "valid_until", Rule::Timestamp),
        (r#""metadata":{}"#, r#""metadata":[]"#, "metadata", Rule::Object),
        (r#""metadata":{}"#, r#""metadata":null"#, "metadata", Rule::Object),
        (r#""status":"active""#, r#""status":" ""#, "status", Rule::NotBlank),
        (r#""status":"active""#, r#""status":["active"]"#, "status", Rule::String),
        (r#","status":"active""#, "", "status", Rule::Required),
        (r#""status":"active""#, r#""status":"active","privacy":null"#, "privacy", Rule::String),
    ] {
        let expected = Error { path: path.to_owned(), kind: ErrorKind::Rule(rule) };
        assert_eq!(credential_with(text, replacement), Err(expected), "{replacement}");
    }
}

#[test]
fn a_response_may_have_undocumented_members() {
    for (text, replacement) in [
        (r#""metadata""#, r#""later":[1],"metadata""#),
        (r#""active""#, r#""archived""#),
        (r#""success":true,"#, ""),
        (r#""active""#, r#""active","privacy":"secret""#),
        (r#""code":"C""#, r#""code":"C","later":{"code":7}"#),
    ] {
        assert_eq!(credential_with(text, replacement), Ok(()), "{replacement}");
    }
}

#[test]
fn invalid_json_is_never_reported_as_a_broken_rule() {
    for (text, replacement, error) in [
        (r#""status":"active""#, r#""status":"active","status":"revoked""#, SyntaxError::DuplicateKey),
        (r#""status":"active""#, r#""status":"active","st\u0061tus":"revoked""#, SyntaxError::DuplicateKey),
        (r#""metadata":{}"#, r#""metadata":{"a":1,"a":2}"#, SyntaxError::DuplicateKey),
        (r#""success":true"#, r#""success":0,"x":{"y":[{"z":1,"z":1}]}"#, SyntaxError::DuplicateKey),
        (r#""active"}"#, r#""active""#, SyntaxError::Truncated),
        (r#""active"}"#, r#""active"}}"#, SyntaxError::Unexpected),
        (r#""issued_on":"#, r#""issued_on":7 "#, SyntaxError::Unexpected),
    ] {
        assert_eq!(credential_with(text, replacement), Err(error.into()), "{replacement}");
    }
}

#[test]
fn pages_name_the_element() {
    let page = |credentials: &str| {
        let text = format!(r#"{{"success":true,"total":2,"page":1,"page_size":50,"credentials":[{credentials}]}}"#);
        response_of::<ListCredentials>(&text).map(drop).map_err(|error| error.to_string())
    };
    let wrong = CREDENTIAL.replace("a@example.com\"", "a@example.com\",\"name\":1").replacen("\"name\":\"A\",", "", 1);
    assert_eq!(page(""), Ok(()));
    assert_eq!(page(&[CREDENTIAL, CREDENTIAL].join(",")), Ok(()));
    assert_eq!(page(&[CREDENTIAL, &wrong].join(",")), Err("credentials[1].recipient.name: string".to_owned()));
    assert_eq!(page("null"), Err("credentials[0]: object".to_owned()));
    let groups = |groups: &str| {
        response_of::<ListGroups>(&format!(r#"{{"success":true,"groups":{groups}}}"#))
            .map_err(|error| error.to_string())
    };
    assert_eq!(groups(r#"[{"x":1},{}]"#), Ok(r#"{"success":true,"groups":[{"x":1},{}]}"#.to_owned()));
    assert_eq!(groups("[{},7]"), Err("groups[1]: object".to_owned()));
    assert_eq!(groups("[],\"total\":null"), Err("total: count".to_owned()));
}

#[test]
fn a_response_must_be_about_the_credential_of_the_request() {
    let response = from_str(CREDENTIAL).expect("a credential");
    let other = DocumentId::parse("f1baf2f3-2f4f-4874-93c3-e6d9d874aa39").expect("an id");
    assert_eq!(ViewCredential { document_id: id() }.check_response(&response), Ok(()));
    assert_eq!(ViewCredential { document_id: other }.check_response(&response), Err(ResponseFlaw::OtherId));
    let in_list = crate::model::Credential { success: None, ..response };
    let missing = Err(ResponseFlaw::Shape(Issue::new("success", Rule::Required)));
    assert_eq!(ViewCredential { document_id: id() }.check_response(&in_list), missing);
    assert_eq!(GenerateCredential(new_credential()).check_response(&in_list), missing);
    assert_eq!(IssueCredential(new_credential()).check_response(&in_list), missing);
}
