//! Tests of the verdict: the decision table, each check, disclosure. `cases` runs the shared vectors, `properties` random input.

use serde_json::{Value as Json, json as object};

use self::harness::{Outcome, policy, response, verify_json};
use super::{CheckId, Code, Outcome as ReportOutcome, ParseCode, Policy, Reason, State, Verdict};
use crate::error::Cause;
use crate::transport::{HttpResponse, TransportError};

mod cases;
pub(crate) mod harness;
mod properties;
pub(crate) mod random;

const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const LINK: &str = "https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
/// 2026-06-15T12:00:00Z
const NOW_MS: i64 = 1_781_524_800_000;
const EMAIL: &str = "Zoe.Larsson@Example.com";

fn options() -> Json {
    object!({"now": NOW_MS, "allowMetadata": ["custom_location", "custom_mail"], "issuerLabel": "Acme"})
}

fn options_with(name: &str, value: impl Into<Json>) -> Policy {
    let mut options = options();
    options[name] = value.into();
    policy(&options)
}

fn good() -> Json {
    object!({
        "success": true,
        "document_id": ID,
        "document_url": format!("{LINK}?view=recipient"),
        "recipient": {"name": "Zoë Larsson", "email": EMAIL},
        "group": {"title": "Cloud Certification", "key": "GcI6H5b66a3v", "code": "CC-2024"},
        "issued_on": "2024-03-15T10:30:00Z",
        "valid_until": null,
        "metadata": {"custom_location": "Mars", "custom_secret": "x", "custom_mail": EMAIL},
        "status": "active",
        "privacy": "public",
    })
}

/// The good response with other values.
fn good_with(changes: &[(&str, Json)]) -> Json {
    let mut body = good();
    for (name, value) in changes {
        body[*name] = value.clone();
    }
    body
}

/// The report about `input`, and that nothing is wrong with it.
fn verify(input: &str, outcome: impl Into<Option<Outcome>>, policy: &Policy) -> Json {
    let report = verify_json(input, outcome.into(), policy);
    let text = report.to_string();
    for secret in [EMAIL, &EMAIL.to_lowercase(), "tok_secret", "custom_secret\":"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_sound(&report);
    report
}

/// The report about the link where the account responds so.
fn verify_response(response: HttpResponse, policy: &Policy) -> Json {
    verify(LINK, Outcome::Response(response), policy)
}

/// The same for a body with status 200.
fn verify_body(body: &Json) -> Json {
    verify_response(response(200, body.to_string()), &policy(&options()))
}

/// What is true of every report.
fn assert_sound(report: &Json) {
    let checks = report["checks"].as_array().unwrap();
    let ids: Vec<_> = checks.iter().map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(ids, CheckId::ALL.iter().map(|id| id.as_str()).collect::<Vec<_>>());
    let outcome = report["outcome"].as_str().unwrap();
    assert_eq!(outcome == "verified", report["verdict"] == "valid");
    assert_eq!(outcome == "indeterminate", report["verdict"] == "indeterminate");
    assert_eq!(outcome == "indeterminate", report["reason"].is_string());
    let states: Vec<_> = checks.iter().map(|check| check["state"].as_str().unwrap()).collect();
    match outcome {
        "verified" => {
            for id in [
                "input_parse",
                "id_format",
                "lookup",
                "response_shape",
                "response_binding",
                "status",
                "validity_period",
                "not_before",
            ] {
                assert_eq!(check(report, id)["state"], "pass", "{id}");
            }
            assert!(!states.iter().any(|state| ["fail", "error"].contains(state)));
            assert_eq!(report["credential"]["document_id"], ID);
        }
        "not_verified" => assert!(states.contains(&"fail")),
        _ => {
            assert!(states.contains(&"error"));
            assert!(report["credential"].is_null());
            assert_eq!(report["withheld"], object!([]));
        }
    }
}

fn check<'a>(report: &'a Json, id: &str) -> &'a Json {
    report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).expect("a check of that id")
}

fn state_and_code(report: &Json, id: &str) -> String {
    let check = check(report, id);
    format!("{}/{}", check["state"].as_str().unwrap(), check["code"].as_str().unwrap())
}

/// The verdict, with its reason where it has one.
fn headline(report: &Json) -> String {
    let verdict = report["verdict"].as_str().unwrap();
    report["reason"].as_str().map_or_else(|| verdict.to_owned(), |reason| format!("{verdict}/{reason}"))
}

#[test]
fn a_good_response_is_verified() {
    let report = verify_body(&good());
    assert_eq!(headline(&report), "valid");
    for (id, expected) in [
        ("input_parse", "pass/url"),
        ("host_trusted", "pass/listed"),
        ("id_format", "pass/alphanumeric_32"),
        ("lookup", "pass/answered"),
        ("response_shape", "pass/complete"),
        ("response_binding", "pass/bound"),
        ("status", "pass/active"),
        ("validity_period", "pass/no_expiry"),
        ("not_before", "pass/started"),
        ("status_clock_agreement", "pass/agree"),
        ("privacy", "pass/public"),
        ("recipient_match", "skipped/not_requested"),
        ("freshness", "pass/live"),
    ] {
        assert_eq!(state_and_code(&report, id), expected, "{id}");
    }
    assert_eq!(report["subject"], object!({"input_kind": "url", "id": ID, "canonical_url": LINK}));
    assert_eq!(
        report["credential"],
        object!({
            "document_id": ID, "document_url": LINK, "recipient": {"name": "Zoë Larsson"},
            "group": {"title": "Cloud Certification", "code": "CC-2024"}, "issued_on": "2024-03-15T10:30:00Z",
            "valid_until": null, "status": "active", "privacy": "public", "metadata": {"custom_location": "Mars"},
        })
    );
    assert_eq!(report["withheld"], object!(["recipient.email", "metadata"]));
    assert_eq!(report["checked_at"], "2026-06-15T12:00:00.000Z");
    assert_eq!(report["now_source"], "option");
    assert_eq!(report["issuer_label"], "Acme");
    assert_eq!(report["policy"], object!({"hosts": ["hyperstack.id"], "skew_s": 300, "private": "withhold"}));
}

#[test]
fn decision_table() {
    let json = |status: u16, body: &str| Outcome::Response(response(status, body));
    let html = |status: u16| {
        let content_type = Some("text/html".to_owned());
        Outcome::Response(HttpResponse { content_type, ..response(status, "<html>") })
    };
    let good = good().to_string();
    for (outcome, expected, is_retryable) in [
        (
            json(404, r#"{"success":false,"error":"Document does not exists in your account"}"#),
            "not_found_in_account",
            false,
        ),
        (json(404, r#"{"message":"no such route"}"#), "indeterminate/bad_shape", false),
        (json(404, r#"{"success":true}"#), "indeterminate/bad_shape", false),
        (html(404), "indeterminate/bad_shape", false),
        (json(404, "<html>"), "indeterminate/bad_shape", false),
        (json(201, &good), "indeterminate/bad_shape", false),
        (json(206, &good), "indeterminate/bad_shape", false),
        (json(400, r#"{"success":false,"error_code":"id_mismatch"}"#), "indeterminate/bad_shape", false),
        (json(200, r#"{"success":false,"error_code":"truncated"}"#), "indeterminate/bad_shape", false),
        (json(401, r#"{"detail":"Invalid token or organization not found"}"#), "indeterminate/unauthorized", false),
        (json(403, "{}"), "indeterminate/forbidden", false),
        (json(429, "{}"), "indeterminate/rate_limited", true),
        (json(500, "{}"), "indeterminate/upstream_5xx", true),
        (html(503), "indeterminate/upstream_5xx", true),
        (json(400, r#"{"success":false}"#), "indeterminate/bad_shape", false),
        (json(402, r#"{"success":false,"error_code":"low_balance"}"#), "indeterminate/bad_shape", false),
        (json(204, ""), "indeterminate/bad_json", true),
        (Outcome::Failure(TransportError::Redirect { status: Some(302) }), "indeterminate/upstream_redirect", false),
        (Outcome::Silence, "indeterminate/timeout", true),
        (Outcome::Failure(TransportError::TooLarge), "indeterminate/body_too_large", false),
        (Outcome::Failure(TransportError::Connection(Cause::default())), "indeterminate/network", true),
        (html(200), "indeterminate/bad_content_type", true),
        (json(200, "<html>"), "indeterminate/bad_json", true),
        (json(200, r#"{"success":true"#), "indeterminate/bad_json", true),
        (json(200, "[]"), "indeterminate/bad_shape", false),
        (json(200, r#"{"success":false}"#), "indeterminate/bad_shape", false),
        (json(200, r#"{"success":false,"error_code":"recipient_not_found"}"#), "indeterminate/bad_shape", false),
    ] {
        let report = verify(LINK, outcome.clone(), &policy(&options()));
        let shown = match outcome {
            Outcome::Response(response) => {
                format!("{} {}", response.status, String::from_utf8_lossy(&response.body))
            }
            Outcome::Failure(error) => format!("{error:?}"),
            Outcome::Silence => "silence".to_owned(),
        };
        assert_eq!(headline(&report), expected, "{shown}");
        assert_eq!(report["retryable"], is_retryable, "{shown}");
    }
}

#[test]
fn lists_every_name_once() {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    for names in [
        codes.clone(),
        CheckId::ALL.iter().map(|id| id.as_str()).collect(),
        State::ALL.iter().map(|state| state.as_str()).collect(),
        Reason::ALL.iter().map(|reason| reason.as_str()).collect(),
        Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect(),
        ReportOutcome::ALL.iter().map(|outcome| outcome.as_str()).collect(),
        ParseCode::ALL.iter().map(|code| code.as_str()).collect(),
    ] {
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "{names:?}");
    }
    let known: Json = serde_json::from_str(include_str!("../../../tests/vectors/codes.json")).unwrap();
    for (list, names) in [
        ("check_codes", codes),
        ("checks", CheckId::ALL.iter().map(|id| id.as_str()).collect()),
        ("states", State::ALL.iter().map(|state| state.as_str()).collect()),
        ("reasons", Reason::ALL.iter().map(|reason| reason.as_str()).collect()),
        ("verdicts", Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect()),
        ("outcomes", ReportOutcome::ALL.iter().map(|outcome| outcome.as_str()).collect()),
    ] {
        let mut names: Vec<_> = names;
        let mut known: Vec<_> = known[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known, "{list}");
    }
}

#[test]
fn reports_the_wait_that_the_api_asks_for() {
    let refused = HttpResponse { retry_after: Some("7".to_owned()), ..response(429, "{}") };
    assert_eq!(verify_response(refused, &policy(&options()))["retry_after_s"], 7);
}

#[test]
fn reports_the_runtimes_code_of_a_lost_connection() {
    for (code, expected) in [
        (Some("ECONNREFUSED"), object!({"cause": "ECONNREFUSED"})),
        (Some("UND_ERR_SOCKET"), object!({"cause": "UND_ERR_SOCKET"})),
        (Some("Zoe.Larsson@Example.com"), object!({})),
        (None, object!({})),
    ] {
        let cause = Cause { code: code.map(str::to_owned), ..Cause::default() };
        let lost = Outcome::Failure(TransportError::Connection(cause));
        let report = verify(LINK, lost, &policy(&options()));
        assert_eq!(state_and_code(&report, "lookup"), "error/network");
        assert_eq!(check(&report, "lookup")["params"], expected);
    }
}

#[test]
fn every_status_at_every_date_under_every_privacy() {
    let past = "2026-06-15T11:54:59Z"; // 301 s ago: outside the tolerance
    let just_past = "2026-06-15T11:55:00Z"; // 300 s ago: within it
    let soon = "2026-06-15T12:05:00Z";
    let later = "2026-06-15T12:05:01Z";
    let mut count = 0;
    for status in
        ["active", "expired", "suspended", "revoked", "unpublished", "draft", "published", "Active", "", "new"]
    {
        for valid_until in [None, Some(past), Some(just_past), Some(soon), Some("2999-01-01T00:00:00Z")] {
            for issued_on in ["2024-03-15T10:30:00Z", soon, later] {
                for privacy in [Some("public"), Some("private"), Some("friends"), None] {
                    count += 1;
                    let mut body = good_with(&[
                        ("status", status.into()),
                        ("valid_until", valid_until.into()),
                        ("issued_on", issued_on.into()),
                    ]);
                    match privacy {
                        Some(privacy) => body["privacy"] = privacy.into(),
                        None => drop(body.as_object_mut().unwrap().shift_remove("privacy")),
                    }
                    let is_over = valid_until == Some(past);
                    let expected = match status {
                        "" => "indeterminate/bad_shape",
                        "revoked" | "suspended" | "unpublished" => status,
                        "expired" => "expired",
                        "active" if is_over => "expired",
                        "active" if issued_on == later => "not_yet_valid",
                        "active" => "valid",
                        _ => "indeterminate/unknown_status",
                    };
                    let report = verify_body(&body);
                    assert_eq!(headline(&report), expected, "{body}");
                    assert_disclosure(&report, status, privacy);
                    let expected = match status {
                        "active" if is_over => "warn/status_clock_conflict",
                        "expired" if !is_over => "warn/status_clock_conflict",
                        "active" | "expired" => "pass/agree",
                        "revoked" | "suspended" => "skipped/not_applicable",
                        _ => "skipped/not_reached",
                    };
                    assert_eq!(state_and_code(&report, "status_clock_agreement"), expected, "{body}");
                }
            }
        }
    }
    assert_eq!(count, 10 * 5 * 3 * 4);
}

fn assert_disclosure(report: &Json, status: &str, privacy: Option<&str>) {
    match status {
        "unpublished" => {
            assert!(report["credential"].is_null());
            assert_eq!(report["withheld"], object!(["credential"]));
        }
        "active" | "expired" | "suspended" | "revoked" => {
            let shown = &report["credential"];
            let is_public = privacy == Some("public");
            assert_eq!(shown["recipient"].is_null(), !is_public);
            assert_eq!(shown["metadata"].as_object().unwrap().is_empty(), !is_public);
            let withheld = report["withheld"].as_array().unwrap();
            assert!(withheld.contains(&object!("recipient.email")));
            assert_eq!(withheld.contains(&object!("recipient.name")), !is_public);
        }
        _ => assert!(report["credential"].is_null()),
    }
    if !report["credential"].is_null() {
        let expected = match privacy {
            Some("public") => "pass/public",
            Some("private") => "pass/private",
            Some(_) => "warn/privacy_unknown",
            None => "warn/privacy_not_stated",
        };
        assert_eq!(state_and_code(report, "privacy"), expected);
    }
}

#[test]
fn any_change_to_a_decisive_member_undoes_valid() {
    let values = [
        Json::Null,
        object!(false),
        object!(true),
        object!(0),
        object!(1),
        object!("true"),
        object!(""),
        object!([]),
        object!({}),
        object!("2999-01-01T00:00:00Z"),
        object!("1999-01-01T00:00:00Z"),
        object!("revoked"),
        object!("https://hyperstack.id/credential/00000000000000000000000000000000"),
        object!("f1baf2f3-2f4f-4874-93c3-e6d9d874aa39"),
        object!(format!("{ID}\u{0}")),
    ];
    let mut count = 0;
    for field in ["success", "document_id", "document_url", "status", "issued_on", "valid_until"] {
        let mut without = good();
        without.as_object_mut().unwrap().shift_remove(field);
        assert_ne!(verify_body(&without)["outcome"], "verified", "without {field}");
        for value in &values {
            let changed = good_with(&[(field, value.clone())]);
            // A later end, or an earlier beginning, changes nothing.
            let is_harmless = changed[field] == good()[field]
                || (field == "valid_until" && value == "2999-01-01T00:00:00Z")
                || (field == "issued_on" && value == "1999-01-01T00:00:00Z");
            assert_eq!(verify_body(&changed)["outcome"] == "verified", is_harmless, "{field} = {value}");
            count += 1;
        }
    }
    assert_eq!(count, 6 * values.len());
}

#[test]
fn a_response_about_another_credential_is_indeterminate() {
    let other = "J4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
    let other_link = format!("https://hyperstack.id/credential/{other}");
    assert_eq!(headline(&verify_body(&good_with(&[("document_id", other.into())]))), "indeterminate/id_mismatch");
    assert_eq!(
        headline(&verify_body(&good_with(&[("document_url", other_link.into())]))),
        "indeterminate/url_mismatch"
    );
}

#[test]
fn shows_the_canonical_link_whatever_host_the_api_wrote() {
    let own_domain = format!("https://credentials.acme.example/credential/{ID}/?view=recipient");
    let report = verify_body(&good_with(&[("document_url", own_domain.into())]));
    assert_eq!(headline(&report), "valid");
    assert_eq!(report["credential"]["document_url"], LINK);
}

#[test]
fn sends_nothing_for_input_that_is_not_a_link() {
    for (input, verdict, failed, code) in [
        ("", "malformed_input", "input_parse", "fail/empty"),
        ("hello", "malformed_input", "input_parse", "fail/not_a_url"),
        ("http://hyperstack.id/credential/x", "malformed_input", "input_parse", "fail/scheme_not_https"),
        ("https://hyperstack.id/credential/x", "malformed_input", "id_format", "fail/id_format"),
        ("https://hyperstack.id/x", "malformed_input", "input_parse", "fail/path"),
        ("https://hyperstack.id.evil.example/credential/x", "untrusted_host", "host_trusted", "fail/untrusted_host"),
    ] {
        let report = verify(input, None, &policy(&options()));
        assert_eq!(headline(&report), verdict, "{input}");
        assert_eq!(state_and_code(&report, failed), code, "{input}");
        assert_eq!(state_and_code(&report, "lookup"), "skipped/not_reached");
        assert!(report["subject"]["id"].is_null());
    }
}

#[test]
fn a_bare_id_has_no_host_to_judge() {
    let report = verify(ID, Outcome::Response(response(200, good().to_string())), &policy(&options()));
    assert_eq!(headline(&report), "valid");
    assert_eq!(state_and_code(&report, "host_trusted"), "skipped/bare_id");
    assert_eq!(report["subject"], object!({"input_kind": "id", "id": ID, "canonical_url": LINK}));
}

#[test]
fn compares_the_recipients_name_on_request() {
    for (given, privacy, verdict, expected) in [
        ("ZOË LARSSON", "public", "valid", "pass/match"),
        ("Zoë Larsso", "public", "recipient_mismatch", "fail/recipient_mismatch"),
        ("Zoë Larssom", "public", "recipient_mismatch", "fail/recipient_mismatch"),
        ("zoë larsson", "private", "valid", "pass/match"),
    ] {
        let body = good_with(&[("privacy", privacy.into())]).to_string();
        let report = verify_response(response(200, body), &options_with("recipientName", given));
        assert_eq!(headline(&report), verdict, "{given}");
        assert_eq!(state_and_code(&report, "recipient_match"), expected, "{given}");
        assert_eq!(report["credential"]["recipient"].is_null(), privacy == "private");
    }
    let revoked = good_with(&[("status", "revoked".into())]).to_string();
    let report = verify_response(response(200, revoked), &options_with("recipientName", "Someone Else"));
    assert_eq!(headline(&report), "revoked");
}

#[test]
fn withholds_the_address_wherever_the_issuer_put_it() {
    let mut body = good();
    body["recipient"]["name"] = EMAIL.to_uppercase().into();
    body["group"]["title"] = format!("Course of {EMAIL}").into();
    body["group"]["code"] = EMAIL.into();
    body["metadata"] = object!({EMAIL: 1, "custom_location": format!("<{EMAIL}>")});
    let report = verify_body(&body);
    assert_eq!(report["verdict"], "valid");
    assert_eq!(report["credential"]["metadata"], object!({}));
    assert_eq!(
        report["withheld"],
        object!(["recipient.email", "recipient.name", "group.title", "group.code", "metadata"])
    );
}

#[test]
fn withholds_the_address_in_other_spellings() {
    for spelling in [
        "zoe.larsson%40example.com",
        "zoe.larsson%2540example.com",
        "zoe.larsson=40example.com",
        "zoe.larsson\\u0040example.com",
        "ZOE.LARSSON\u{FF20}EXAMPLE.COM",
        "ｚｏｅ.ｌａｒｓｓｏｎ@ｅｘａｍｐｌｅ.ｃｏｍ",
        "zoe.larsson&#64;example.com",
        "zoe.larsson&#0064;example.com",
        "zoe.larsson&#x040;example.com",
        "zoe.larsson&amp;#64;example.com",
        "zoe.larsson\u{a0}@\u{a0}example.com",
        "zoe.larsson\u{2028}@\u{3000}example.com",
        "z\u{200b}oe.larsson@exam\u{ad}ple.com",
        "zoe.larsson at example.com",
        "zoe.larsson\u{200b}(at)\u{a0}example.com",
        "zoe.larsson [at] example.com",
        "zoe.larsson AT example DOT com",
        "z@x",
    ] {
        let mut body = good();
        body["group"]["title"] = spelling.into();
        body["metadata"] = object!({"custom_location": spelling});
        let report = verify_body(&body);
        assert_eq!(report["withheld"], object!(["recipient.email", "group.title", "metadata"]), "{spelling}");
    }
    for title in ["Design @ Scale", "Larsson, Zoë", "Computing at Scale"] {
        let mut body = good();
        body["group"]["title"] = title.into();
        assert_eq!(verify_body(&body)["credential"]["group"]["title"], title);
    }
}

#[test]
fn shows_only_plain_values_of_listed_metadata() {
    let policy = options_with("allowMetadata", object!(["a", "b", "c", "d", "e"]));
    let metadata = object!({"a": "x\"\n", "b": 1.5, "c": false, "d": {"deep": 1}, "e": null, "f": 1});
    let body = good_with(&[("metadata", metadata)]).to_string();
    let report = verify_response(response(200, body), &policy);
    assert_eq!(report["credential"]["metadata"], object!({"a": "x\"\n", "b": 1.5, "c": false}));
}

#[test]
fn the_tolerance_may_be_zero() {
    for (until, verdict) in [("2026-06-15T12:00:00Z", "valid"), ("2026-06-15T11:59:59.999Z", "expired")] {
        let body = good_with(&[("valid_until", until.into())]).to_string();
        assert_eq!(
            headline(&verify_response(response(200, body), &options_with("skewSeconds", 0))),
            verdict,
            "{until}"
        );
    }
}

#[test]
fn an_old_response_cannot_support_valid() {
    for (age, max_age_s, status, expected, freshness) in [
        ("0", 0, "active", "valid", "pass/live"),
        ("300", 300, "active", "valid", "warn/cached"),
        ("301", 300, "active", "indeterminate/stale", "error/stale"),
        ("1", 0, "active", "indeterminate/stale", "error/stale"),
        ("2147483647", 300, "active", "indeterminate/stale", "error/stale"),
        ("99999999999999999999999", 300, "active", "indeterminate/stale", "error/stale"),
        // Of several ages the largest counts.
        ("301, 2", 300, "active", "indeterminate/stale", "error/stale"),
        ("0, 900", 300, "active", "indeterminate/stale", "error/stale"),
        ("0,300 , 2", 300, "active", "valid", "warn/cached"),
        // An age that is not a number is not zero.
        ("soon", 300, "active", "indeterminate/stale", "error/stale"),
        ("", 300, "active", "indeterminate/stale", "error/stale"),
        ("0,", 300, "active", "indeterminate/stale", "error/stale"),
        ("600.0", 300, "active", "indeterminate/stale", "error/stale"),
        ("+400", 300, "active", "indeterminate/stale", "error/stale"),
        ("-5", 300, "active", "indeterminate/stale", "error/stale"),
        ("0x10", 300, "active", "indeterminate/stale", "error/stale"),
        ("1 0", 300, "active", "indeterminate/stale", "error/stale"),
        // An old no is still a no.
        ("300", 300, "revoked", "revoked", "warn/cached"),
        ("301", 300, "revoked", "revoked", "warn/stale"),
        ("soon", 300, "revoked", "revoked", "warn/stale"),
        ("301", 300, "expired", "expired", "warn/stale"),
        ("301", 300, "unpublished", "unpublished", "warn/stale"),
        ("301", 300, "archived", "indeterminate/unknown_status", "warn/stale"),
    ] {
        let body = good_with(&[("status", status.into())]).to_string();
        let cached = HttpResponse { age: Some(age.to_owned()), ..response(200, body) };
        let report = verify_response(cached, &options_with("maxAgeSeconds", max_age_s));
        assert_eq!(headline(&report), expected, "{status}, {age} s old");
        assert_eq!(state_and_code(&report, "freshness"), freshness, "{status}, {age} s old");
        assert_eq!(report["retryable"], expected == "indeterminate/stale", "{status}, {age} s old");
    }
    let mismatch = HttpResponse { age: Some("301".to_owned()), ..response(200, good().to_string()) };
    let report = verify_response(mismatch, &options_with("recipientName", "Someone Else"));
    assert_eq!(headline(&report), "recipient_mismatch");
}

#[test]
fn reports_the_age_of_a_response() {
    let cached = HttpResponse { age: Some("40".to_owned()), ..response(200, good().to_string()) };
    let report = verify_response(cached, &policy(&options()));
    assert_eq!(state_and_code(&report, "freshness"), "warn/cached");
    assert_eq!(check(&report, "freshness")["params"]["age_s"], 40);
    let unreadable = HttpResponse { age: Some("soon".to_owned()), ..response(200, good().to_string()) };
    let report = verify_response(unreadable, &policy(&options()));
    assert_eq!(check(&report, "freshness")["params"], object!({}));
}

#[test]
fn reads_at_most_64_kib() {
    let padded = |length: usize| {
        let mut body = good().to_string();
        body.extend(std::iter::repeat_n(' ', length - body.len()));
        verify_response(response(200, body), &policy(&options()))
    };
    assert_eq!(headline(&padded(65_536)), "valid");
    assert_eq!(headline(&padded(65_537)), "indeterminate/body_too_large");
}

#[test]
fn a_token_that_cannot_be_sent_is_an_error() {
    use crate::client::{TokenProvider, TokenSource, TokenUnavailable};
    use std::pin::Pin;
    use std::rc::Rc;

    struct Broken;
    impl TokenProvider for Broken {
        fn token(&self) -> Pin<Box<dyn Future<Output = Result<String, TokenUnavailable>>>> {
            Box::pin(std::future::ready(Ok("two words".to_owned())))
        }
    }
    let config = crate::client::ClientConfig::new(TokenSource::Provider(Rc::new(Broken)));
    let client = crate::client::Client::new(harness::OneRequest::new(None), config);
    let (policy, options) = (policy(&options()), harness::no_retries());
    let error = futures_executor::block_on(super::verify(&client, LINK, &policy, &options)).expect_err("an error");
    assert_eq!(error.class, crate::error::ErrorClass::Validation);
}

#[test]
fn the_documentations_own_examples() {
    let fixtures: Json = serde_json::from_str(include_str!("../../../tests/vectors/fixtures.json")).unwrap();
    let mut count = 0;
    for fixture in fixtures.as_array().unwrap() {
        if fixture["endpoint"] == "view_credential" {
            count += 1;
            let status = u16::try_from(fixture["status"].as_i64().unwrap()).unwrap();
            let report = verify_response(response(status, fixture["response_body"].to_string()), &policy(&options()));
            let expected = match status {
                200 => "valid",
                404 => "not_found_in_account",
                _ => "indeterminate/unauthorized",
            };
            assert_eq!(headline(&report), expected);
        }
    }
    assert_eq!(count, 3);
}
