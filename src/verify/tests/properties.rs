//! What is true of every verdict, whatever comes in. The invariants are written without the code that they judge: responses are read
//! with `serde_json`, links with `url`, dates with `jiff`.

use std::fmt::Write as _;

use futures_executor::block_on;
use serde_json::{Map, Value as Json, json as object};

use super::harness::{Outcome, client, no_retries, policy, read, response, verify_with};
use super::random::{Random, rounds};
use crate::api::ViewCredential;
use crate::error::{Cause, Error};
use crate::json;
use crate::model::{DocumentId, Host};
use crate::transport::{HttpResponse, TransportError};

const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const LINK: &str = "https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
/// 2026-06-15T12:00:00Z
const NOW_MS: i64 = 1_781_524_800_000;
const SKEW_MS: i64 = 300_000;
const CHECKS: [&str; 13] = [
    "input_parse",
    "host_trusted",
    "id_format",
    "lookup",
    "response_shape",
    "response_binding",
    "status",
    "validity_period",
    "not_before",
    "status_clock_agreement",
    "privacy",
    "recipient_match",
    "freshness",
];

fn good() -> Json {
    object!({
        "success": true,
        "document_id": ID,
        "document_url": LINK,
        "recipient": {"name": "Zoë Larsson", "email": "zoe.larsson@example.com"},
        "group": {"title": "Cloud Certification", "key": "GcI6H5b66a3v", "code": "CC-2024"},
        "issued_on": "2024-03-15T10:30:00Z",
        "valid_until": "2027-03-15T10:30:00Z",
        "metadata": {"custom_place": "Mars"},
        "status": "active",
        "privacy": "public",
    })
}

fn options() -> Json {
    object!({"now": NOW_MS, "allowMetadata": ["custom_place"]})
}

/// The report about `input` as JSON text, and every event of the call.
fn verify(input: &str, outcome: Option<Outcome>, options: &Json) -> (String, Vec<String>) {
    let (report, events) = verify_with(input, outcome, &policy(options));
    (json::to_string(&report), events)
}

/// The report where the account sends this body, and that nothing is wrong with it.
fn verify_body(body: impl Into<Vec<u8>>) -> Json {
    verify_response(&response(200, body))
}

fn verify_response(response: &HttpResponse) -> Json {
    let (text, _) = verify(LINK, Some(Outcome::Response(response.clone())), &options());
    let report = read(&text);
    assert_sound(&report);
    if report["outcome"] == "verified" {
        assert_in_force(response);
    }
    report
}

/// What is true of every report.
fn assert_sound(result: &Json) {
    let text = |name: &str| result[name].as_str().unwrap_or("null");
    let checks = result["checks"].as_array().unwrap();
    let ids: Vec<_> = checks.iter().map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(ids, CHECKS);
    let state = |id: &str| {
        let at = CHECKS.iter().position(|known| *known == id).unwrap();
        checks[at]["state"].as_str().unwrap()
    };
    let any = |wanted: &str| CHECKS.iter().any(|id| state(id) == wanted);
    match (text("outcome"), text("verdict"), text("reason")) {
        ("verified", "valid", "null") => {
            for id in CHECKS {
                let allowed: &[&str] = match id {
                    "status_clock_agreement" | "privacy" | "freshness" => &["pass", "warn"],
                    "recipient_match" => &["pass", "skipped"],
                    "host_trusted" if result["subject"]["input_kind"] == "id" => &["skipped"],
                    _ => &["pass"],
                };
                assert!(allowed.contains(&state(id)), "{id}: {result}");
            }
            assert_eq!(result["credential"]["document_id"], result["subject"]["id"], "{result}");
            assert_eq!(result["credential"]["status"], "active", "{result}");
        }
        ("indeterminate", "indeterminate", reason) => {
            assert!(reason != "null" && any("error") && result["credential"].is_null(), "{result}");
            assert_eq!(result["withheld"], object!([]), "{result}");
        }
        ("not_verified", verdict, "null") => {
            assert!(any("fail") && !any("error") && verdict != "valid" && verdict != "indeterminate", "{result}");
        }
        other => panic!("{other:?}: {result}"),
    }
    if result["credential"].is_object() && result["credential"]["privacy"] != "public" {
        assert!(result["credential"]["recipient"].is_null(), "{result}");
        assert_eq!(result["credential"]["metadata"], object!({}), "{result}");
    }
    assert!(text("retryable") == "null" && (result["retryable"] == false || text("reason") != "null"), "{result}");
}

/// What a response has to be for `valid`.
fn assert_in_force(response: &HttpResponse) {
    let text = String::from_utf8_lossy(&response.body);
    let shown = || format!("{} {:?} {text}", response.status, response.content_type);
    assert_eq!(response.status, 200, "{}", shown());
    let content_type = response.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap().trim();
    assert!(essence.starts_with("application/") && essence.ends_with("json"), "{}", shown());
    let body: Json = serde_json::from_slice(&response.body).unwrap_or_else(|error| panic!("{error}: {}", shown()));
    assert_eq!(body["success"], true, "{}", shown());
    assert_eq!(body["document_id"], ID, "{}", shown());
    assert_eq!(body["status"], "active", "{}", shown());
    let link = url::Url::parse(body["document_url"].as_str().unwrap()).unwrap();
    assert_eq!(
        (link.scheme(), link.path().trim_end_matches('/')),
        ("https", &*format!("/credential/{ID}")),
        "{}",
        shown()
    );
    assert_eq!((link.username(), link.password(), link.port()), ("", None, None), "{}", shown());
    let instant = |value: &Json| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert!(instant(&body["issued_on"]) <= NOW_MS + SKEW_MS, "{}", shown());
    assert!(body["valid_until"].is_null() || instant(&body["valid_until"]) >= NOW_MS - SKEW_MS, "{}", shown());
    for path in ["/recipient/name", "/recipient/email", "/group/title", "/group/key", "/group/code"] {
        assert!(body.pointer(path).is_some_and(Json::is_string), "{path}: {}", shown());
    }
    assert!(body["metadata"].is_object(), "{}", shown());
}

#[test]
fn a_good_response_is_verified() {
    assert_eq!(verify_body(good().to_string())["verdict"], "valid");
}

/// A header: absent, as documented, garbled, or noise.
fn header(random: &mut Random, likely: &[&str]) -> Option<String> {
    match random.below(6) {
        0 => None,
        1 => Some(String::from_utf8_lossy(&noise(random, 20)).into_owned()),
        _ => Some(random.one_of(likely).to_owned()),
    }
}

fn noise(random: &mut Random, most: usize) -> Vec<u8> {
    let length = random.below(most);
    random.bytes(length)
}

fn damaged(random: &mut Random) -> Vec<u8> {
    let mut bytes = good().to_string().into_bytes();
    for _ in 0..random.below(4) {
        let at = random.below(bytes.len() - 1);
        match random.below(5) {
            0 => bytes[at] = random.below(256) as u8,
            1 => bytes.insert(at, random.one_of(b"\"\\{}[],:0123456789-+.eEtfn \xff\xc3")),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at.max(40)),
            _ => {
                let end = (at + random.below(40)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                drop(bytes.splice(to..to, piece));
            }
        }
    }
    bytes
}

#[test]
fn any_response_ends_in_a_sound_report() {
    let mut random = Random::new(0xA11_B17E5);
    let mut verified = 0;
    for _ in 0..rounds(20_000) {
        let incoming = HttpResponse {
            status: match random.below(4) {
                0 => random.below(1000) as u16,
                1 => random.one_of(&[200, 201, 204, 400, 401, 403, 404, 409, 410, 429, 500, 503]),
                _ => 200,
            },
            content_type: match random.below(3) {
                0 => header(&mut random, &["application/json; charset=utf-8", "text/html", "application/x+json", ""]),
                _ => Some("application/json".to_owned()),
            },
            retry_after: header(&mut random, &["7", "Sun, 06 Nov 1994 08:49:37 GMT", "-1", "99999999999999999999"]),
            request_id: header(&mut random, &["r-1"]),
            age: header(&mut random, &["0", "0, 0", "40", "40, 2", "2,40", "300", "-1", "99999999999999999999"]),
            ..response(
                200,
                match random.below(8) {
                    0 => noise(&mut random, 200),
                    1 => br#"{"success":false,"error":"no"}"#.to_vec(),
                    _ => damaged(&mut random),
                },
            )
        };
        verified += usize::from(verify_response(&incoming)["outcome"] == "verified");
    }
    assert!(verified > 1_000, "only {verified} were verified: the invariants of `valid` saw too little");
}

#[test]
fn any_input_ends_in_a_sound_report() {
    let mut random = Random::new(0x1_4B07);
    for _ in 0..rounds(20_000) {
        let mut input: Vec<char> = String::from_utf8_lossy(&noise(&mut random, 40)).chars().collect();
        if random.below(2) == 0 {
            input = LINK.chars().collect();
            for _ in 0..random.below(3) {
                let at = random.below(input.len());
                input[at] = char::from_u32(random.below(0x500) as u32).unwrap_or('\u{fffd}');
            }
        }
        let input: String = input.into_iter().collect();
        let is_link = crate::verify::link::parse(&input, &[Host::parse("hyperstack.id").unwrap()]).is_ok();
        // Nothing is sent for input that is not a link: the transport panics.
        let lost = is_link.then(|| Outcome::Failure(TransportError::Connection(Cause::default())));
        let report = read(&verify(&input, lost, &options()).0);
        assert_sound(&report);
        assert_ne!(report["outcome"], "verified", "{input:?}");
        assert_eq!(report["outcome"] == "indeterminate", is_link, "{input:?}");
    }
}

/// Values of every kind, and of each kind those that could be mistaken.
fn values() -> Vec<Json> {
    let other = "AnotherCredential000000000000001";
    let mut values = vec![
        Json::Null,
        object!(true),
        object!(false),
        object!(0),
        object!(1),
        object!(-1),
        object!(1.5),
        object!(1_893_456_000_000_i64),
        object!([]),
        object!([true]),
        object!(["active"]),
        object!({}),
        object!({"status": "active"}),
    ];
    let texts =
        ["", " ", "true", "null", "active ", "Active", "ACTIVE", "аctive", "active\0", "activ", "actives", "valid"];
    values.extend(texts.map(Json::from));
    values.extend(
        ["expired", "suspended", "revoked", "unpublished", "draft", "published", "active,revoked"].map(Json::from),
    );
    values.extend(
        [other, &ID[1..], &ID.to_lowercase(), &ID.to_uppercase(), &format!("{ID}\0"), &format!("{ID} ")]
            .map(Json::from),
    );
    values.extend(
        [&format!("{LINK}x"), &LINK.replace("https", "http"), &LINK.replace(ID, other), "javascript:alert(1)"]
            .map(|text| Json::from(text.to_string())),
    );
    values.extend(
        ["2026", "2026-01-01", "2026-01-01T00:00:00", "1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday"]
            .map(Json::from),
    );
    values
}

/// The members a verdict rests on.
const DECISIVE: [&str; 6] = ["success", "document_id", "document_url", "status", "issued_on", "valid_until"];

/// Whether a date that was changed leaves the credential in force, read without the code under test.
fn still_in_force(field: &str, value: &Json) -> bool {
    let instant = value.as_str().filter(|text| text.len() >= 20).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let instant = instant.map(jiff::Timestamp::as_millisecond);
    match field {
        "issued_on" => instant.is_some_and(|at| at <= NOW_MS + SKEW_MS),
        "valid_until" => value.is_null() || instant.is_some_and(|at| at >= NOW_MS - SKEW_MS),
        _ => false,
    }
}

#[test]
fn any_other_value_of_a_decisive_member_undoes_valid() {
    let mut seen = 0;
    for field in DECISIVE {
        let mut without = good();
        without.as_object_mut().unwrap().shift_remove(field);
        assert_ne!(verify_body(without.to_string())["outcome"], "verified", "without {field}");
        for value in values() {
            let mut changed = good();
            if changed[field] == value {
                continue;
            }
            changed[field] = value.clone();
            let verified = verify_body(changed.to_string())["outcome"] == "verified";
            assert_eq!(verified, still_in_force(field, &value), "{field}: {value}");
            // The good value beside it, before and behind: two readers could see two credentials.
            let text = good().to_string();
            let twice = format!("{{{}:{value},{}", Json::from(field), &text[1..]);
            assert_ne!(verify_body(twice)["outcome"], "verified", "{field}: {value}, then the good one");
            let twice = format!("{},{}:{value}}}", &text[..text.len() - 1], Json::from(field));
            assert_ne!(verify_body(twice)["outcome"], "verified", "{field}: the good one, then {value}");
            seen += 1;
        }
    }
    assert!(seen > 250, "{seen} changes");
}

#[test]
fn any_member_moved_renamed_or_wrapped_undoes_valid() {
    for field in DECISIVE {
        for name in [
            field.to_uppercase(),
            format!("{field} "),
            format!(" {field}"),
            format!("{field}\0"),
            field.replace('s', "ѕ"),
        ] {
            if name == field {
                continue;
            }
            let mut changed = good();
            let value = changed.as_object_mut().unwrap().shift_remove(field).unwrap();
            changed[name] = value;
            assert_ne!(verify_body(changed.to_string())["outcome"], "verified", "{changed}");
        }
        for place in ["recipient", "group", "metadata"] {
            let mut changed = good();
            let value = changed.as_object_mut().unwrap().shift_remove(field).unwrap();
            changed[place][field] = value;
            assert_ne!(verify_body(changed.to_string())["outcome"], "verified", "{changed}");
        }
    }
    for wrapped in [object!([good()]), object!({"data": good()}), object!({"success": true, "credential": good()})] {
        assert_ne!(verify_body(wrapped.to_string())["outcome"], "verified", "{wrapped}");
    }
}

/// Every place of a decisive member in the text, with the byte at which the next member begins.
fn decisive_places(text: &str) -> Vec<usize> {
    let body = good();
    let span = |field: &str| {
        let member = format!("{}:{}", Json::from(field), body[field]);
        let start = text.find(&member).unwrap();
        start..start + member.len()
    };
    DECISIVE.iter().flat_map(|field| span(field)).collect()
}

#[test]
fn any_changed_byte_of_a_decisive_member_undoes_valid_or_changes_nothing_that_decides() {
    let text = good().to_string();
    let original = good();
    let (mut tried, mut verified) = (0, 0);
    for at in decisive_places(&text) {
        // All of ASCII, and bytes that begin, continue or can be no part of UTF-8.
        for byte in (0..=0x7f_u8).chain([0x80, 0xa0, 0xc0, 0xc3, 0xe2, 0xed, 0xf0, 0xff]) {
            let mut bytes = text.clone().into_bytes();
            if bytes[at] == byte {
                continue;
            }
            bytes[at] = byte;
            tried += 1;
            // `verify_body` has checked what `valid` needs; what is left to differ is a date, or the link's host.
            if verify_body(bytes.clone())["outcome"] == "verified" {
                verified += 1;
                let read: Json = serde_json::from_slice(&bytes).unwrap();
                for field in ["success", "document_id", "status"] {
                    assert_eq!(read[field], original[field]);
                }
                let differing: Vec<_> = DECISIVE.iter().filter(|field| read[**field] != original[**field]).collect();
                let allowed = matches!(differing[..], [&"issued_on" | &"valid_until" | &"document_url"]);
                assert!(allowed, "{}", String::from_utf8_lossy(&bytes));
            }
        }
        // The byte taken out, and put in twice.
        for (to, with) in [(at + 1, ""), (at, &text[at..=at])] {
            let changed = [&text[..at], with, &text[to..]].concat();
            verify_body(changed.clone());
        }
    }
    assert!(tried > 30_000 && verified > 50, "{tried} changes, {verified} of them harmless");
}

#[test]
fn a_truncated_response_is_indeterminate() {
    let text = good().to_string();
    for end in 0..text.len() {
        assert_eq!(verify_body(&text.as_bytes()[..end])["outcome"], "indeterminate", "{end}");
    }
}

#[test]
fn a_good_body_is_verified_with_status_200_only() {
    for status in 0..1000 {
        // Redirects never come this far.
        if (300..400).contains(&status) {
            continue;
        }
        let result = verify_response(&response(status, good().to_string()));
        let expected = if status == 200 { "verified" } else { "indeterminate" };
        assert_eq!(result["outcome"], expected, "{status}");
    }
}

fn address(random: &mut Random) -> String {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-'äßøñ漢я";
    let letters: Vec<char> = LETTERS.chars().collect();
    let mut word = |least: usize, letters: &[char]| -> String {
        let length = least + random.below(10);
        (0..length).map(|_| random.one_of(letters)).collect()
    };
    // Longer than anything that occurs by chance, so that finding it is a leak.
    let (local, domain) = (word(5, &letters), word(6, &letters[..26]));
    format!("{local}@{domain}.example")
}

/// The address as issuers, people and programs write it.
fn spelling(random: &mut Random, email: &str) -> String {
    let with = |sign: &str| email.replace('@', sign);
    match random.below(14) {
        0 => email.to_uppercase(),
        1 => email.to_lowercase(),
        2 => with("%40"),
        3 => with("&#64;"),
        4 => with("&#x40;"),
        5 => with("&commat;"),
        6 => with("\u{ff20}"),
        7 => with(" @ "),
        8 => with(" (at) "),
        9 => with("[at]"),
        10 => with(" at "),
        11 => with("\u{200b}@\u{200b}"),
        12 => with("&#64"),
        _ => email.to_owned(),
    }
}

/// A JSON string in which any character may be escaped.
fn escaped(random: &mut Random, text: &str) -> String {
    let always = random.below(3) == 0;
    let mut out = String::from("\"");
    for letter in text.chars() {
        if always || random.below(10) == 0 || letter < ' ' || letter == '"' || letter == '\\' {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").unwrap();
            }
        } else {
            out.push(letter);
        }
    }
    out.push('"');
    out
}

/// Every string in a value, keys included.
fn strings(value: &Json, found: &mut Vec<String>) {
    match value {
        Json::String(text) => found.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Json::Object(members) => {
            for (key, member) in members {
                found.push(key.clone());
                strings(member, found);
            }
        }
        _ => {}
    }
}

/// Letters and digits alone: what is left of an address however its at sign is written.
fn bare(text: &str) -> String {
    text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

fn assert_not_disclosed(text: &str, email: &str) {
    let mut found = Vec::new();
    strings(&read(text), &mut found);
    let (local, domain) = email.split_once('@').unwrap();
    for string in found {
        let string = bare(&string);
        assert!(!(string.contains(&bare(local)) && string.contains(&bare(domain))), "{email} in {text}");
    }
}

#[test]
fn the_address_is_in_no_report_and_no_event_whatever_contains_it() {
    let mut random = Random::new(0x00EA_117A_DD2E_5500);
    let mut shown = 0;
    for _ in 0..rounds(5_000) {
        let email = address(&mut random);
        let text = |random: &mut Random| {
            let around = random.one_of(&["", "Zoë ", "<", "mailto:", "Course of ", "\"", "漢字 "]);
            let discloses = random.below(3) > 0;
            let inner = if discloses { spelling(random, &email) } else { "Larsson".to_owned() };
            let after = random.one_of(&["", ">", " PhD", "?subject=x"]);
            escaped(random, &format!("{around}{inner}{after}"))
        };
        let [name, title, code, key, value] = core::array::from_fn(|_| text(&mut random));
        let status = random.one_of(&["active", "expired", "suspended", "revoked", "unpublished", "archived"]);
        let privacy = random.one_of(&["public", "public", "private", "friends"]);
        let written = escaped(&mut random, &email);
        let body = format!(
            r#"{{"success":true,"document_id":"{ID}","document_url":"{LINK}","recipient":{{"name":{name},"email":{written}}},"group":{{"title":{title},"key":{title},"code":{code}}},"issued_on":"2024-03-15T10:30:00Z","valid_until":null,"metadata":{{{key}:{value},"custom_place":{value}}},"status":"{status}","privacy":"{privacy}","note":{value}}}"#
        );
        let listed: String = serde_json::from_str(&key).unwrap();
        let mut options = object!({"now": NOW_MS, "allowMetadata": ["custom_place", listed]});
        if random.below(2) == 0 {
            options["recipientName"] = "Zoë Larsson".into();
        }
        let (report, events) = verify(LINK, Some(Outcome::Response(response(200, body))), &options);
        shown += usize::from(report.contains("Larsson"));
        assert_sound_with(&report, &options);
        assert_not_disclosed(&report, &email);
        for event in events {
            assert_not_disclosed(&event, &email);
        }
    }
    assert!(shown > 1_000, "only {shown} reports showed a name: nothing was tested");
}

/// What is true of a report with these options.
fn assert_sound_with(result: &str, options: &Json) {
    let result = read(result);
    assert_sound(&result);
    if options["recipientName"].is_string() && result["outcome"] == "verified" {
        assert_eq!(result["checks"][11]["state"], "pass", "{result}");
    }
}

#[test]
fn the_address_is_in_no_error_whatever_the_account_sends() {
    let mut random = Random::new(0xE22_0E5);
    for _ in 0..rounds(10_000) {
        let email = address(&mut random);
        let mut failure = Map::new();
        failure.insert("success".to_owned(), random.one_of(&[object!(false), object!(true), Json::Null]));
        for name in ["error", "detail", "error_code", "document_id", "status"] {
            let said = spelling(&mut random, &email);
            failure.insert(name.to_owned(), said.into());
        }
        let body = Json::from(failure).to_string();
        let status = random.one_of(&[200, 400, 401, 402, 403, 404, 409, 429, 500, 503]);
        let request_id = Some(spelling(&mut random, &email));
        let refusal = Outcome::Response(HttpResponse { request_id, ..response(status, body) });
        let events = std::rc::Rc::default();
        let client = client(Some(refusal), &events);
        let document_id = DocumentId::parse(ID).unwrap();
        let result = block_on(client.send_with(&ViewCredential { document_id }, &no_retries()));
        let error: Error = result.expect_err("an error");
        assert_not_disclosed(&json::to_string(&error), &email);
        for event in events.take() {
            assert_not_disclosed(&event, &email);
        }
    }
}
