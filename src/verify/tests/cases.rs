//! The folder of cases (`tests/vectors/README.md`) on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json as object};

use super::harness::{Outcome, policy, read, verify_with};
use crate::error::Cause;
use crate::json;
use crate::transport::{HttpResponse, TransportError};

/// One folder.
struct Case {
    name: String,
    input: String,
    answer: Json,
    policy: Json,
    expected: Json,
    why: String,
}

impl Case {
    fn load(folder: &Path) -> Self {
        let text = |file: &str| {
            let path = folder.join(file);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            input: text("input.txt"),
            answer: read(&text("answer.json")),
            policy: read(&text("policy.json")),
            expected: read(&text("expected.json")),
            why: text("why.txt"),
        }
    }

    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.retain(|path| path.is_dir());
        folders.sort();
        folders.iter().map(|folder| Self::load(folder)).collect()
    }

    /// The options as `verify` takes them: an instant is a number there.
    fn options(&self) -> Json {
        let mut options = self.policy.clone();
        let now: jiff::Timestamp = options["now"].as_str().unwrap().parse().unwrap();
        options["now"] = now.as_millisecond().into();
        options
    }

    fn body(&self) -> Vec<u8> {
        let mut bytes = match (&self.answer["body"], self.answer["body_base64"].as_str()) {
            (Json::Null, Some(encoded)) => base64(encoded),
            (Json::Null, None) => Vec::new(),
            (Json::String(text), None) => text.clone().into_bytes(),
            (body, None) => body.to_string().into_bytes(),
            _ => panic!("{}: two bodies", self.name),
        };
        let padding = self.answer["padding"].as_u64().unwrap_or(0);
        bytes.extend((0..padding).map(|_| b' '));
        bytes
    }

    /// How the request to the account ends.
    fn outcome(&self) -> Option<Outcome> {
        let answer = &self.answer;
        if answer.is_null() {
            return None;
        }
        match answer["fault"].as_str() {
            None => {}
            Some("refused" | "reset" | "cut") => {
                return Some(Outcome::Failure(TransportError::Connection(Cause::default())));
            }
            Some("silence" | "stall") => return Some(Outcome::Silence),
            Some(other) => panic!("{}: no fault {other}", self.name),
        }
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        if (300..400).contains(&status) {
            return Some(Outcome::Failure(TransportError::Redirect { status: Some(status) }));
        }
        let header = |name: &str| answer["headers"][name].as_str().map(str::to_owned);
        Some(Outcome::Response(HttpResponse {
            status,
            content_type: header("content-type"),
            retry_after: header("retry-after"),
            age: header("age"),
            request_id: None,
            body: self.body(),
        }))
    }
}

/// Standard base64, which nothing else here needs.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter).expect("a letter of base64");
        bits = bits << 6 | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

#[test]
fn every_case_has_its_report() {
    let cases = Case::all();
    assert!(cases.len() >= 400, "only {} cases: the folder is incomplete", cases.len());
    let mut differences = Vec::new();
    for case in &cases {
        let (report, events) = verify_with(&case.input, case.outcome(), &policy(&case.options()));
        let text = json::to_string(&report);
        let mut found = read(&text);
        let verifier = found.as_object_mut().unwrap().shift_remove("verifier");
        let own = object!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
        assert_eq!(verifier, Some(own), "{}", case.name);
        let names = found.as_object().unwrap().keys().chain(case.expected.as_object().unwrap().keys());
        let differing = names.filter(|name| found.get(*name) != case.expected.get(*name));
        differences.extend(
            differing.map(|name| format!("{}: {name} is {}, not {}", case.name, found[name], case.expected[name])),
        );
        let email = case.answer["body"]["recipient"]["email"].as_str().unwrap_or_default().trim().to_lowercase();
        let shown = (text + &events.concat()).to_lowercase();
        assert!(email.is_empty() || !shown.contains(&email), "{}: {shown}", case.name);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_cases_name_ends_with_its_outcome() {
    for case in Case::all() {
        let suffix = match case.expected["outcome"].as_str().unwrap() {
            "verified" => "_ok",
            "not_verified" => "_fail",
            "indeterminate" => "_indeterminate",
            other => panic!("{}: no outcome {other}", case.name),
        };
        assert!(case.name.ends_with(suffix), "{} expects {suffix}", case.name);
        assert!(case.why.trim_end().lines().count() == 1 && !case.why.trim().is_empty(), "{}: one line why", case.name);
    }
}
