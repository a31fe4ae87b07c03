//! The folder of cases (`tests/vectors/README.md`) on this machine, and what all tests of the verdict ask it through.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json as object};

use crate::client::Fault;
use crate::client::tests::{Script, call};
use crate::credential_url;
use crate::operations::named;
use crate::response::Incoming;
use crate::settings::Settings;
use crate::text::{self, Text};
use crate::verification::{MAX_ANSWER_BYTES, Policy, conclude, reject};
use crate::verifier;

/// What a verification of `input` says where the account answers so, and every event that was told meanwhile.
pub(super) fn ask(
    input: &str,
    answer: Option<Result<Incoming<'static>, Fault>>,
    options: &Json,
) -> (String, Vec<String>) {
    let policy = Policy::read("verify", &options.to_string()).expect("options that are fine");
    let host = Script::new(answer);
    let settings = Settings { max_retries: 0, ..*Settings::read("verify", "{}").unwrap() };
    let parsed = credential_url::parse(input, &policy.hosts);
    let result = match &parsed {
        Ok(subject) => {
            let answer = call(&host, &settings, named("credentials.view"), Some(subject.id), None);
            conclude(subject, answer, &policy, policy.now(0), fold).expect("a verdict")
        }
        Err(defect) => reject(*defect, policy.now(0)),
    };
    let text = result.to_json(&policy);
    assert!(host.answers.borrow().is_empty(), "nobody was asked about {input:?}");
    if let Ok(subject) = credential_url::parse(input, &policy.hosts) {
        // What the library says, its own browser side believes.
        let asked = policy.recipient_name.is_some();
        let believed = verifier::accept(text, &subject, asked, policy.now(0)).expect("a result that is believed");
        assert_eq!(read(text)["outcome"], believed.name());
    }
    (text.to_owned(), host.events.into_inner())
}

/// As the package does it, by the tables of JavaScript.
fn fold(name: &str) -> Text {
    let folded = icu_normalizer::ComposingNormalizerBorrowed::new_nfkc().normalize(name).to_lowercase();
    folded.split_whitespace().collect::<Vec<_>>().join(" ").leak()
}

pub(super) fn read(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

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
            fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
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

    /// The options as the core takes them: an instant is a number there.
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

    /// What the core is told of the answer by whoever carries it.
    fn incoming(&self) -> Option<Result<Incoming<'static>, Fault>> {
        let answer = &self.answer;
        if answer.is_null() {
            return None;
        }
        match answer["fault"].as_str() {
            None => {}
            Some("refused" | "reset" | "cut") => return Some(Err(Fault::Lost(Box::default()))),
            Some("silence" | "stall") => return Some(Err(Fault::Timeout)),
            Some(other) => panic!("{}: no fault {other}", self.name),
        }
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        let body = self.body();
        let header = |name: &str| answer["headers"][name].as_str().map(text::keep);
        Some(if (300..400).contains(&status) {
            Err(Fault::Redirect { status })
        } else if i64::try_from(body.len()).unwrap() > MAX_ANSWER_BYTES {
            Err(Fault::TooLarge)
        } else {
            Ok(Incoming {
                status,
                content_type: header("content-type"),
                retry_after: header("retry-after"),
                request_id: None,
                age_s: header("age"),
                body: crate::json::text_of(body.leak()).ok(),
            })
        })
    }
}

/// Standard base64, which nothing else here needs.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter).expect("a letter of base64");
        bits = bits << 6 | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}

#[test]
fn every_case_comes_to_what_it_expects() {
    let cases = Case::all();
    assert!(cases.len() >= 400, "only {} cases: the folder is not whole", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let (text, events) = ask(&case.input, case.incoming(), &case.options());
        let mut found = read(&text);
        let verifier = found.as_object_mut().unwrap().shift_remove("verifier");
        let own = object!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
        assert_eq!(verifier, Some(own), "{}", case.name);
        let members = found.as_object().unwrap().keys().chain(case.expected.as_object().unwrap().keys());
        let differs = members.filter(|name| found.get(*name) != case.expected.get(*name));
        wrong.extend(
            differs.map(|name| format!("{}: {name} is {}, not {}", case.name, found[name], case.expected[name])),
        );
        let email = case.answer["body"]["recipient"]["email"].as_str().unwrap_or_default().trim().to_lowercase();
        let told = (text + &events.concat()).to_lowercase();
        assert!(email.is_empty() || !told.contains(&email), "{}: {told}", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_end_of_a_cases_name_is_its_outcome() {
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
