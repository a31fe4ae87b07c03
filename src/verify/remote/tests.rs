//! Which reports of a verify service are accepted.

use futures_executor::block_on;
use serde_json::{Value as Json, json as object};

use super::consistency::{checks_are_complete, checks_support_verdict};
use super::*;
use crate::error::Cause;
use crate::verify::decision::Requirements;
use crate::verify::tests::harness::{OneRequest, Outcome as Sent, policy, read, response, verify_json};
use crate::verify::{CheckId, State, Verdict};

const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const LINK: &str = "https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const OTHER: &str = "J4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";

fn config() -> RemoteConfig {
    RemoteConfig {
        endpoint: ServiceEndpoint::parse("/api/verify").unwrap(),
        hosts: vec![Host::parse("hyperstack.id").unwrap()],
        timeout_ms: 1_000,
    }
}

/// An honest report about a credential with this status. The transport of these tests is at 1970-01-01.
fn report(status: &str) -> Json {
    let body = object!({
        "success": true, "document_id": ID, "document_url": LINK,
        "recipient": {"name": "Zoë Larsson", "email": "zoe.larsson@example.com"},
        "group": {"title": "Cloud Certification", "key": "GcI6H5b66a3v", "code": "CC-2024"},
        "issued_on": "1969-03-15T10:30:00Z", "valid_until": "1971-01-01T00:00:00Z", "metadata": {},
        "status": status, "privacy": "public",
    });
    verify_json(LINK, Some(Sent::Response(response(200, body.to_string()))), &policy(&object!({})))
}

fn verify_remotely(input: &str, outcome: Option<Sent>, name: Option<&str>) -> (RemoteVerification, Vec<HttpRequest>) {
    let transport = OneRequest::new(outcome);
    let result = block_on(verify_remote(&transport, &config(), input, name, |text| json::from_str(text).ok()))
        .expect("a verification");
    (result, transport.requests.take())
}

/// The result for a response with this report: `accepted`, or the reason of the local report.
fn result_of(status: u16, body: &Json) -> String {
    match verify_remotely(LINK, Some(Sent::Response(response(status, body.to_string()))), None).0 {
        RemoteVerification::Service(_) => "accepted".to_owned(),
        RemoteVerification::Local(report) => {
            assert!(report.credential.is_none() && report.checks.len() == CheckId::ALL.len());
            report.reason.expect("a reason").as_str().to_owned()
        }
    }
}

/// The report with another value at a JSON pointer, or without the member.
fn changed(report: &Json, pointer: &str, value: Option<Json>) -> Json {
    let mut copy = report.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = copy.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Json::Array(elements), Some(value)) => elements[name.parse::<usize>().unwrap()] = value,
        (Json::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Json::Object(members), None) => drop(members.shift_remove(name)),
        (other, _) => panic!("{pointer} in {other}"),
    }
    copy
}

#[test]
fn accepts_honest_reports_and_keeps_their_text() {
    let mut valid = report("active");
    valid["receipt"] = object!({"later": [1, 2.5, "x"]});
    for body in [&valid, &report("revoked"), &report("unpublished")] {
        let text = format!(" {body} ");
        let (result, requests) = verify_remotely(LINK, Some(Sent::Response(response(200, text.clone()))), None);
        assert_eq!(result, RemoteVerification::Service(text));
        let [request] = requests.as_slice() else { panic!("one request") };
        assert_eq!((request.method, request.url.as_str()), (Method::Post, "/api/verify"));
        assert_eq!(request.body.as_deref(), Some(&*object!({"input": LINK}).to_string()));
        assert_eq!(request.max_response_bytes, 65_536);
        let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["accept", "content-type"]);
    }
}

#[test]
fn accepts_the_indeterminate_report_of_a_problem_document() {
    let mut undecided = report("archived");
    undecided["later"] = object!({"deep": [1, -1.5, true, null, "\u{e9}\""]});
    let problem = object!({"title": "x", "status": 502, "verification": undecided});
    let (result, _) = verify_remotely(LINK, Some(Sent::Response(response(502, problem.to_string()))), None);
    let RemoteVerification::Service(text) = result else { panic!("{result:?}") };
    assert_eq!(read(&text), undecided);
}

#[test]
fn sends_the_canonical_link_or_the_bare_id_and_the_name() {
    let pasted = format!(" {}?view=recipient&utm_source=zoe@example.com#x", LINK.replace("hyperstack", "HyperStack"));
    for (input, name, expected) in [
        (&*pasted, None, object!({"input": LINK})),
        (ID, Some("Zoë \"Z\" Larsson"), object!({"input": ID, "recipient_name": "Zoë \"Z\" Larsson"})),
    ] {
        let (_, requests) = verify_remotely(input, Some(Sent::Silence), name);
        assert_eq!(read(requests[0].body.as_deref().unwrap()), expected);
    }
}

#[test]
fn sends_nothing_for_input_that_is_not_a_link() {
    let (result, requests) = verify_remotely("https://hyperstack.id/x", None, None);
    let RemoteVerification::Local(report) = result else { panic!("{result:?}") };
    assert_eq!((report.verdict, requests.len()), (Verdict::MalformedInput, 0));
}

#[test]
fn a_blank_name_is_an_error() {
    let error =
        block_on(verify_remote(&OneRequest::new(None), &config(), LINK, Some(" "), |text| json::from_str(text).ok()))
            .expect_err("an error");
    let issues: Vec<_> = error.issues.iter().map(|issue| (issue.path.as_str(), issue.rule)).collect();
    assert_eq!(issues, [("recipientName", Rule::NotBlank)]);
}

#[test]
fn refuses_reports_about_another_credential() {
    let other_link = format!("https://hyperstack.id/credential/{OTHER}");
    for (pointer, value) in [
        ("/subject/id", OTHER.into()),
        ("/subject/id", Json::Null),
        ("/subject/input_kind", "id".into()),
        ("/subject/canonical_url", format!("https://evil.example/credential/{ID}").into()),
        ("/subject/canonical_url", "javascript:alert(1)".into()),
        ("/subject/canonical_url", Json::Null),
        ("/credential/document_id", OTHER.into()),
        ("/credential/document_url", other_link.into()),
        ("/credential/document_url", "javascript:alert(1)".into()),
    ] {
        assert_eq!(result_of(200, &changed(&report("active"), pointer, Some(value))), "bad_shape", "{pointer}");
    }
}

#[test]
fn refuses_valid_without_a_pass_of_every_required_check() {
    let valid = report("active");
    for (index, id) in CheckId::ALL.iter().enumerate() {
        for state in State::ALL {
            let mut body = changed(&valid, &format!("/checks/{index}/state"), Some(state.as_str().into()));
            let codes = match state {
                State::Pass => id.pass_codes(),
                State::Warn => id.warn_codes(),
                State::Fail | State::Error | State::Skipped => &[],
            };
            if let Some(code) = codes.first() {
                body = changed(&body, &format!("/checks/{index}/code"), Some(code.as_str().into()));
            }
            let accepted = match state {
                State::Pass => true,
                State::Warn => matches!(id, CheckId::Privacy | CheckId::Freshness),
                State::Skipped => *id == CheckId::RecipientMatch,
                State::Fail | State::Error => false,
            };
            let expected = if accepted { "accepted" } else { "bad_shape" };
            assert_eq!(result_of(200, &body), expected, "{} {}", id.as_str(), state.as_str());
        }
    }
}

#[test]
fn refuses_valid_with_a_pass_whose_code_says_no() {
    let valid = report("active");
    let passed = CheckId::ALL.iter().enumerate().filter(|(_, id)| **id != CheckId::RecipientMatch);
    for (index, id) in passed {
        for code in ["revoked", "expired", "id_mismatch", "not_found_in_account", "stale", "x"] {
            let body = changed(&valid, &format!("/checks/{index}/code"), Some(code.into()));
            assert_eq!(result_of(200, &body), "bad_shape", "{} {code}", id.as_str());
        }
    }
}

#[test]
fn refuses_valid_from_a_response_that_is_older_than_a_day() {
    let valid = report("active");
    let at = CheckId::ALL.iter().position(|id| *id == CheckId::Freshness).unwrap();
    for (state, code, params, expected) in [
        ("warn", "cached", object!({"age_s": 86_400}), "accepted"),
        ("warn", "cached", object!({"age_s": 86_401}), "bad_shape"),
        ("warn", "cached", object!({"age_s": -1}), "bad_shape"),
        ("warn", "cached", object!({}), "bad_shape"),
        ("warn", "stale", object!({"age_s": 1}), "bad_shape"),
        ("skipped", "stale", object!({"age_s": 1}), "bad_shape"),
        ("skipped", "not_reached", object!({}), "bad_shape"),
        ("pass", "live", object!({"age_s": 86_401}), "bad_shape"),
    ] {
        let check = object!({"id": "freshness", "state": state, "code": code, "params": params});
        let body = changed(&valid, &format!("/checks/{at}"), Some(check));
        assert_eq!(result_of(200, &body), expected, "{body}");
    }
    for (age, body, expected) in [
        ("86400", &valid, true),
        ("86401", &valid, false),
        ("1, 86401", &valid, false),
        ("x", &valid, false),
        ("86401", &report("revoked"), true),
    ] {
        let sent = HttpResponse { age: Some(age.to_owned()), ..response(200, body.to_string()) };
        let (result, _) = verify_remotely(LINK, Some(Sent::Response(sent)), None);
        assert_eq!(matches!(result, RemoteVerification::Service(_)), expected, "{age}");
    }
}

#[test]
fn refuses_valid_that_has_expired_by_the_clock() {
    let at = CheckId::ALL.iter().position(|id| *id == CheckId::StatusClockAgreement).unwrap();
    for (state, code) in [("warn", "status_clock_conflict"), ("skipped", "not_applicable"), ("skipped", "revoked")] {
        let check = object!({"id": "status_clock_agreement", "state": state, "code": code, "params": {}});
        assert_eq!(result_of(200, &changed(&report("active"), &format!("/checks/{at}"), Some(check))), "bad_shape");
    }
}

#[test]
fn applies_a_tolerance_of_a_day_at_most() {
    let valid = report("active");
    let expired = changed(&valid, "/credential/valid_until", Some("1960-01-01T00:00:00Z".into()));
    let tolerant = changed(&expired, "/policy/skew_s", Some(9_000_000_000_u64.into()));
    assert_eq!(result_of(200, &tolerant), "bad_shape");
}

#[test]
fn refuses_personal_data_of_a_credential_that_is_not_public_whatever_the_verdict() {
    for status in ["active", "revoked"] {
        let private = changed(&report(status), "/credential/privacy", Some("private".into()));
        assert_eq!(result_of(200, &private), "bad_shape", "{status}");
        let nameless = changed(&private, "/credential/recipient", Some(Json::Null));
        assert_eq!(result_of(200, &nameless), "accepted", "{status}");
        let metadata = changed(&nameless, "/credential/metadata", Some(object!({"custom_grade": 1})));
        assert_eq!(result_of(200, &metadata), "bad_shape", "{status}");
    }
}

#[test]
fn a_bare_id_gets_a_link_on_a_trusted_host() {
    for (host, expected) in [("hyperstack.id", true), ("HYPERSTACK.ID", false), ("evil.example", false)] {
        let link = format!("https://{host}/credential/{ID}");
        let mut body = report("active");
        body["subject"] = object!({"input_kind": "id", "id": ID, "canonical_url": link});
        body["credential"]["document_url"] = link.into();
        body["checks"][1] = object!({"id": "host_trusted", "state": "skipped", "code": "bare_id", "params": {}});
        let (result, _) = verify_remotely(ID, Some(Sent::Response(response(200, body.to_string()))), None);
        assert_eq!(matches!(result, RemoteVerification::Service(_)), expected, "{host}");
    }
}

#[test]
fn refuses_missing_repeated_and_reordered_checks() {
    let valid = report("active");
    let checks = valid["checks"].as_array().unwrap().clone();
    for index in 0..checks.len() {
        let mut fewer = checks.clone();
        fewer.remove(index);
        assert_eq!(result_of(200, &changed(&valid, "/checks", Some(fewer.into()))), "bad_shape", "without {index}");
    }
    let mut repeated = checks.clone();
    repeated.push(checks[12].clone());
    let mut swapped = checks.clone();
    swapped.swap(0, 1);
    let mut reversed = checks.clone();
    reversed.reverse();
    for checks in [repeated, swapped, reversed, Vec::new()] {
        assert_eq!(result_of(200, &changed(&valid, "/checks", Some(checks.into()))), "bad_shape");
    }
}

#[test]
fn accepts_checks_that_it_does_not_know_unless_they_object() {
    for status in ["active", "revoked"] {
        let honest = report(status);
        for (state, expected) in [
            ("pass", "accepted"),
            ("warn", "accepted"),
            ("skipped", "accepted"),
            ("fail", "bad_shape"),
            ("error", "bad_shape"),
            ("passed", "bad_shape"),
        ] {
            for index in [0, 7, 13] {
                let mut checks = honest["checks"].as_array().unwrap().clone();
                checks
                    .insert(index, object!({"id": "issuer_key", "state": state, "code": "later", "params": {"x": []}}));
                let body = changed(&honest, "/checks", Some(checks.into()));
                assert_eq!(result_of(200, &body), expected, "{status}, {state} at {index}");
            }
        }
    }
}

/// Treats the checks `later` as if this version had added them.
#[test]
fn accepts_reports_without_a_check_that_was_added_later() {
    let accepts = |report: &Json, later: &[CheckId]| {
        let value = json::from_str(&report.to_string()).unwrap();
        let report = ReceivedReport::read(&value).unwrap();
        let requirements = Requirements { input: InputKind::Url, recipient_match: false };
        checks_are_complete(&report.checks, later) && checks_support_verdict(&report, requirements, later)
    };
    let without = |report: &Json, id: CheckId| {
        let mut copy = report.clone();
        let checks = copy["checks"].as_array_mut().unwrap();
        checks.retain(|check| check["id"] != id.as_str());
        copy
    };
    for status in ["active", "revoked", "draft"] {
        let report = report(status);
        assert!(accepts(&report, CheckId::ADDED_LATER));
        for id in CheckId::ALL.iter().copied().filter(|id| *id != CheckId::Status) {
            assert!(!accepts(&without(&report, id), CheckId::ADDED_LATER), "{status} without {id:?}");
            assert!(accepts(&without(&report, id), &[id]), "{status} without {id:?}, added later");
            assert!(accepts(&report, &[id]), "{status} with {id:?}, added later");
            assert!(
                !accepts(&without(&report, id), &[CheckId::Status]),
                "{status} without {id:?}, another added later"
            );
        }
    }
    // Where it is reported it is required, once and in its place.
    let later = [CheckId::NotBefore];
    let valid = report("active");
    let at = CheckId::ALL.iter().position(|id| later.contains(id)).unwrap();
    for state in ["skipped", "fail", "error", "warn"] {
        assert!(!accepts(&changed(&valid, &format!("/checks/{at}/state"), Some(state.into())), &later), "{state}");
    }
    let mut repeated = valid.clone();
    let checks = repeated["checks"].as_array_mut().unwrap();
    checks.push(checks[at].clone());
    assert!(!accepts(&repeated, &later));
    let mut moved = valid.clone();
    moved["checks"].as_array_mut().unwrap().swap(at, 0);
    assert!(!accepts(&moved, &later));
}

#[test]
fn refuses_members_that_disagree() {
    let (valid, revoked, undecided) = (report("active"), report("revoked"), report("archived"));
    let shown = valid["credential"].clone();
    for (base, changes) in [
        (&valid, vec![("/verdict", object!("revoked"))]),
        (&valid, vec![("/verdict", object!("indeterminate"))]),
        (&valid, vec![("/verdict", object!("fine"))]),
        (&valid, vec![("/outcome", object!("not_verified"))]),
        (&valid, vec![("/outcome", object!("yes"))]),
        (&revoked, vec![("/outcome", object!("verified"))]),
        (&revoked, vec![("/outcome", object!("verified")), ("/verdict", object!("valid"))]),
        (&undecided, vec![("/outcome", object!("verified")), ("/verdict", object!("valid")), ("/reason", Json::Null)]),
        (&valid, vec![("/outcome", object!("not_verified")), ("/verdict", object!("expired"))]),
        (&valid, vec![("/reason", object!("network"))]),
        (&valid, vec![("/credential", Json::Null)]),
        (&valid, vec![("/credential/status", object!("revoked"))]),
        (&valid, vec![("/credential/status", object!(""))]),
        (&valid, vec![("/credential/status", Json::Null)]),
        (&valid, vec![("/credential/valid_until", object!("1969-12-31T00:00:00Z"))]),
        (&valid, vec![("/credential/issued_on", object!("1970-01-02T00:00:00Z"))]),
        (&valid, vec![("/credential/privacy", object!("private"))]),
        (&valid, vec![("/credential/recipient/email", object!("a@example.com"))]),
        (&valid, vec![("/credential/document_url", object!(format!("https://evil.example/credential/{ID}")))]),
        (&revoked, vec![("/verdict", object!("expired"))]),
        (&revoked, vec![("/verdict", object!("recipient_mismatch"))]),
        (&revoked, vec![("/checks/6/code", object!("suspended"))]),
        (&revoked, vec![("/checks/6/code", object!("later"))]),
        (&valid, vec![("/checked_at", object!("1970-01-02T00:00:00.001Z"))]),
        (&valid, vec![("/checked_at", object!("1969-12-30T23:59:59.999Z"))]),
        (&valid, vec![("/checked_at", object!("now"))]),
        (&valid, vec![("/schema", object!("hyperstack-verify/2"))]),
        (&valid, vec![("/retryable", object!("no"))]),
    ] {
        let body =
            changes.iter().fold(base.clone(), |body, (pointer, value)| changed(&body, pointer, Some(value.clone())));
        assert_eq!(result_of(200, &body), "bad_shape", "{changes:?}");
    }
    for (pointer, value) in
        [("/reason", Json::Null), ("/reason", object!("mood")), ("/reason", object!("network")), ("/credential", shown)]
    {
        let body = object!({"verification": changed(&undecided, pointer, Some(value))});
        assert_eq!(result_of(400, &body), "bad_shape", "{pointer}");
    }
    assert_eq!(result_of(200, &changed(&valid, "/checked_at", Some(object!("1970-01-01T23:59:59Z")))), "accepted");
}

#[test]
fn refuses_reports_without_a_member() {
    let valid = report("active");
    for name in valid.as_object().unwrap().keys() {
        assert_eq!(result_of(200, &changed(&valid, &format!("/{name}"), None)), "bad_shape", "without {name}");
    }
    for pointer in ["/subject/id", "/policy/skew_s", "/policy/private", "/credential/metadata", "/checks/0/params"] {
        assert_eq!(result_of(200, &changed(&valid, pointer, None)), "bad_shape", "without {pointer}");
    }
    for body in [object!([valid]), object!({"verification": valid}), object!({"valid": true}), Json::Null] {
        assert_eq!(result_of(200, &body), "bad_shape", "{body}");
    }
}

#[test]
fn names_the_first_rule_that_a_report_breaks() {
    let valid = report("active");
    for (pointer, value, path, rule) in [
        ("/checks/2/state", object!("passed"), "checks[2].state", "one_of"),
        ("/credential/issued_on", object!("yesterday"), "credential.issued_on", "timestamp"),
        ("/outcome", object!("not_verified"), "outcome", "inconsistent"),
    ] {
        let body = changed(&valid, pointer, Some(value)).to_string();
        let (result, _) = verify_remotely(LINK, Some(Sent::Response(response(200, body))), None);
        let RemoteVerification::Local(report) = result else { panic!("{result:?}") };
        let report = read(&json::to_string(&report));
        assert_eq!(report["checks"][4]["params"], object!({"path": path, "rule": rule, "http_status": 200}));
    }
}

#[test]
fn a_verdict_comes_with_status_200_only() {
    let (valid, revoked, undecided) = (report("active"), report("revoked"), report("archived"));
    for (status, body, expected) in [
        (200, undecided.clone(), "bad_shape"),
        (201, object!({"verification": valid}), "bad_shape"),
        (400, object!({"verification": valid}), "bad_shape"),
        (404, object!({"verification": revoked}), "bad_shape"),
        (500, object!({"verification": revoked}), "upstream_5xx"),
        (502, object!({"verification": changed(&undecided, "/subject/id", Some(OTHER.into()))}), "upstream_5xx"),
        (502, object!({"verification": "verified"}), "upstream_5xx"),
        (503, valid, "upstream_5xx"),
        (401, object!({}), "unauthorized"),
        (403, object!({"code": "origin_not_allowed"}), "forbidden"),
        (429, object!({}), "rate_limited"),
    ] {
        assert_eq!(result_of(status, &body), expected, "{status} {body}");
    }
}

#[test]
fn reports_what_happened_to_the_request() {
    let html = || HttpResponse { content_type: Some("text/html".to_owned()), ..response(200, "<h1>valid</h1>") };
    let limited = HttpResponse { retry_after: Some("17".to_owned()), ..response(429, "{}") };
    let large = response(200, vec![b' '; 65_537]);
    let twice = format!("{},\"outcome\":\"verified\"}}", report("revoked").to_string().trim_end_matches('}'));
    for (outcome, reason, wait) in [
        (Sent::Response(html()), Reason::BadContentType, None),
        (Sent::Response(response(200, "")), Reason::BadJson, None),
        (Sent::Response(response(200, twice)), Reason::BadJson, None),
        (Sent::Response(response(200, b"\xff".to_vec())), Reason::BadJson, None),
        (Sent::Response(limited), Reason::RateLimited, Some(17)),
        (Sent::Response(large), Reason::BodyTooLarge, None),
        (Sent::Failure(TransportError::Redirect { status: Some(302) }), Reason::UpstreamRedirect, None),
        (Sent::Failure(TransportError::Connection(Cause::default())), Reason::Network, None),
        (Sent::Silence, Reason::Timeout, None),
    ] {
        let (result, _) = verify_remotely(LINK, Some(outcome), None);
        let RemoteVerification::Local(report) = result else { panic!("{result:?}") };
        assert_eq!((report.reason, report.retry_after_s), (Some(reason), wait));
        assert_eq!(report.subject.canonical_url.as_deref(), Some(LINK));
    }
}

#[test]
fn reports_the_runtimes_code_of_a_lost_connection() {
    let cause = Cause { code: Some("ECONNREFUSED".to_owned()), ..Cause::default() };
    let (result, _) = verify_remotely(LINK, Some(Sent::Failure(TransportError::Connection(cause))), None);
    let RemoteVerification::Local(report) = result else { panic!("{result:?}") };
    let report = read(&json::to_string(&report));
    assert_eq!(report["checks"][3]["params"], object!({"cause": "ECONNREFUSED"}));
}

#[test]
fn a_match_that_was_requested_must_have_been_made() {
    let body = report("active").to_string();
    let (result, _) = verify_remotely(LINK, Some(Sent::Response(response(200, body))), Some("Eve"));
    let RemoteVerification::Local(report) = result else { panic!("{result:?}") };
    assert_eq!(report.reason, Some(Reason::BadShape));
}

#[test]
fn names_every_wrong_option() {
    let value: Value =
        json::from_str(r#"{"endpoint":"//evil.example","hosts":[],"timeoutMs":-1,"token":"x"}"#).unwrap();
    let mut issues = Issues::default();
    assert!(RemoteConfig::from_value(Some(&value), &Path::Root, &mut issues).is_none());
    let found: Vec<_> = issues.into_vec().into_iter().map(|issue| (issue.path, issue.rule)).collect();
    let expected = [
        ("endpoint", Rule::Endpoint),
        ("hosts", Rule::NotBlank),
        ("timeoutMs", Rule::Count),
        ("token", Rule::UnknownField),
    ];
    assert_eq!(found, expected.map(|(path, rule)| (path.to_owned(), rule)));
}
