//! Tests of rules, formats and paths.

use std::collections::HashSet;

use super::format::*;
use super::*;
use crate::json::Value;

#[test]
fn every_rule_has_a_unique_name_and_message() {
    let names: HashSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    let messages: HashSet<_> = Rule::ALL.iter().map(|rule| rule.message()).collect();
    assert_eq!((names.len(), messages.len()), (Rule::ALL.len(), Rule::ALL.len()));
    for rule in Rule::ALL {
        assert_eq!(Rule::from_name(rule.name()).as_ref(), Some(rule));
        assert_eq!(rule.to_string(), rule.name());
    }
    for name in ["", "Required", "required ", "u64", "a string"] {
        assert_eq!(Rule::from_name(name), None, "{name}");
    }
}

#[test]
fn paths_are_written_as_javascript_would_and_never_show_an_address() {
    let root = Path::Root;
    let list = Path::Member(&root, "credentials");
    let element = Path::Element(&list, 2);
    let recipient = Path::Member(&element, "recipient");
    for (path, expected) in [
        (Path::Root, ""),
        (Path::Member(&root, "title"), "title"),
        (Path::Element(&root, 0), "[0]"),
        (Path::Member(&recipient, "email"), "credentials[2].recipient.email"),
        (Path::Member(&recipient, "zoe@example.com"), "credentials[2].recipient.(key)"),
        (Path::Element(&element, 7), "credentials[2][7]"),
    ] {
        assert_eq!(path.render(), expected);
    }
}

#[test]
fn issues_end_at_one_hundred() {
    let mut issues = Issues::default();
    assert!(issues.is_empty());
    for index in 0..150 {
        issues.require(index % 2 == 1, &Path::Element(&Path::Root, index), Rule::String);
        issues.add(&Path::Root, Rule::Json);
    }
    let issues = issues.into_vec();
    assert_eq!(issues.len(), 100);
    assert_eq!(issues[0], Issue::new("[0]", Rule::String));
    assert_eq!(issues[1], Issue::new("", Rule::Json));
}

#[allow(clippy::needless_pass_by_value, reason = "the cases are written as values")]
fn read<T: FromValue>(value: Option<Value>) -> (Option<T>, Vec<Issue>) {
    let mut issues = Issues::default();
    let result = T::from_value(value.as_ref(), &Path::Member(&Path::Root, "x"), &mut issues);
    (result, issues.into_vec())
}

#[test]
fn plain_values_are_read_by_their_type() {
    let value = |text: &str| crate::json::from_str::<Value>(text).ok();
    let broken = |rule| vec![Issue::new("x", rule)];
    assert_eq!(read::<bool>(value("true")), (Some(true), vec![]));
    assert_eq!(read::<bool>(value("1")), (None, broken(Rule::Boolean)));
    assert_eq!(read::<bool>(None), (None, broken(Rule::Required)));
    assert_eq!(read::<String>(value("\"\"")), (Some(String::new()), vec![]));
    assert_eq!(read::<String>(value("null")), (None, broken(Rule::String)));
    for (text, expected) in
        [("0", Some(0)), ("1e3", Some(1000)), ("-1", None), ("1.5", None), ("\"1\"", None), ("9007199254740992", None)]
    {
        let issues = if expected.is_some() { vec![] } else { broken(Rule::Count) };
        assert_eq!(read::<u64>(value(text)), (expected, issues), "{text}");
    }
    assert_eq!(read::<Option<bool>>(None), (Some(None), vec![]));
    assert_eq!(read::<Option<bool>>(value("true")), (Some(Some(true)), vec![]));
    assert_eq!(read::<Option<bool>>(value("null")), (None, broken(Rule::Boolean)));
    assert_eq!(read::<Vec<bool>>(value("[true,false]")), (Some(vec![true, false]), vec![]));
    assert_eq!(read::<Vec<bool>>(value("{}")), (None, broken(Rule::Array)));
    assert_eq!(read::<Vec<bool>>(None), (None, broken(Rule::Required)));
    let issues = vec![Issue::new("x[0]", Rule::Boolean), Issue::new("x[2]", Rule::Boolean)];
    assert_eq!(read::<Vec<bool>>(value("[1,true,null]")), (None, issues));
}

/// A format: its predicate, strings that it accepts and strings that it does not.
type Format = (fn(&str) -> bool, &'static [&'static str], &'static [&'static str]);

#[track_caller]
fn assert_format((accepts, accepted, refused): Format) {
    for text in accepted {
        assert!(accepts(text), "refused {text:?}");
    }
    for text in refused {
        assert!(!accepts(text), "accepted {text:?}");
    }
}

#[test]
fn document_ids() {
    assert_format((
        is_document_id,
        &["j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx", "f1baf2f3-2f4f-4874-93c3-e6d9d874aa39"],
        &[
            "",
            "j4nDvaxF6ehodPXI84p4X1yhQe7lrYg",
            "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgxx",
            "j4nDvaxF6ehodPXI84p4X1yhQe7lrYg-",
            "j4nDvaxF6ehodPXI84p4X1yhQe7lrYg\u{e9}",
            "../../../../../../../../../../..",
            "F1BAF2F3-2F4F-4874-93C3-E6D9D874AA39",
            "f1baf2f3-2f4f-4874-93c3-e6d9d874aa3g",
            "f1baf2f3-2f4f-4874-93c3e-6d9d874aa39",
            "f1baf2f32f4f487493c3e6d9d874aa39----",
            " f1baf2f3-2f4f-4874-93c3-e6d9d874aa3",
        ],
    ));
}

#[test]
fn group_keys_and_codes() {
    assert_format((
        is_group_key,
        &["GcI6H5b66a3v", "unique_group_id_12345", "a-b", "a"],
        &["", "../x", "a b", "a/b", "a%2e", "\u{e9}", "a\n"],
    ));
    assert!(is_group_key(&"a".repeat(64)) && !is_group_key(&"a".repeat(65)));
    assert_format((is_group_code, &["A-1 b", "CC-2024"], &["", " ", "A_1", "A.1", "\u{e9}", "A\t1"]));
}

#[test]
fn email_addresses() {
    for accepted in [
        "a@b",
        "a@b.example",
        "first.last+tag@sub.example.org",
        "o'brien!#$%&*/=?^_`{|}~-@a-b.example",
        "x..y.@docomo.example",
        "ü@example.org",
        "zoë@bücher.example",
        "用户@例え.jp",
        "zoe\u{308}@example.com",
        "zoe@xn--bcher-kva.example",
        "zoe%x@example.com",
        "zoe@l·l.example",
        "علی@نامه\u{200c}ای.example",
        "zoe@राजक्\u{200d}षा.example",
    ] {
        assert_eq!(find_email_flaw(accepted), None, "{accepted}");
    }
    let of_length = |length: usize| format!("{}@b", "a".repeat(length - 2));
    assert_eq!(find_email_flaw(&of_length(254)), None);
    for wrong in ["", "a@", "plain", "zoe.example.com", &of_length(255)] {
        assert_eq!(find_email_flaw(wrong), Some(Rule::Email.into()), "{wrong}");
    }
    for (wrong, rule, code_point, position) in [
        ("@", Rule::Email, "U+0040", 0),
        ("@b", Rule::Email, "U+0040", 0),
        ("a@b@c", Rule::Email, "U+0040", 3),
        ("a b@c", Rule::Email, "U+0020", 1),
        (" a@c", Rule::Email, "U+0020", 0),
        ("a\u{a0}@b", Rule::Email, "U+00A0", 1),
        ("a@b\u{3000}", Rule::Email, "U+3000", 3),
        ("a\u{2800}@b", Rule::Email, "U+2800", 1),
        ("<zoe@example.com>", Rule::Email, "U+003C", 0),
        ("Zoë <zoe@example.com>", Rule::Email, "U+0020", 3),
        ("mailto:zoe@example.com", Rule::Email, "U+003A", 6),
        ("zoe@example.com;", Rule::Email, "U+003B", 15),
        ("zoe@example.com,", Rule::Email, "U+002C", 15),
        ("zoe@example.com,amy@example.com", Rule::Email, "U+002C", 15),
        ("zoe@example.com.", Rule::Email, "U+002E", 15),
        ("zoe@.example.com", Rule::Email, "U+002E", 4),
        ("zoe@example..com", Rule::Email, "U+002E", 12),
        ("zoe@example.com>", Rule::Email, "U+003E", 15),
        ("'zoe@example.com'", Rule::Email, "U+0027", 0),
        ("zoe'@example.com", Rule::Email, "U+0027", 3),
        ("zoe@example.com'", Rule::Email, "U+0027", 15),
        ("mailto%3Azoe@example.com", Rule::Email, "U+0025", 6),
        ("zoe%40example.com@x.example", Rule::Email, "U+0025", 3),
        (".zoe@example.com", Rule::Email, "U+002E", 0),
        ("zoe@-example.com", Rule::Email, "U+002D", 4),
        ("zoe@example-.com", Rule::Email, "U+002E", 12),
        ("zoe@example-", Rule::Email, "U+002D", 11),
        ("\u{301}zoe@example.com", Rule::Email, "U+0301", 0),
        ("zoe@\u{301}example.com", Rule::Email, "U+0301", 4),
        ("zoe\u{e000}@example.com", Rule::Email, "U+E000", 3),
        ("zoe@example\u{3002}com", Rule::Email, "U+3002", 11),
        ("zoe@example\u{ff61}com", Rule::Email, "U+FF61", 11),
        ("zoe\u{fffc}@example.com", Rule::HiddenCharacter, "U+FFFC", 3),
        ("zoe\u{ffff}@example.com", Rule::HiddenCharacter, "U+FFFF", 3),
        ("zoe@exam\u{200c}ple.com", Rule::HiddenCharacter, "U+200C", 8),
        ("\"zoe@example.com\"", Rule::Email, "U+0022", 0),
        ("\"zoe,x\"@example.com", Rule::Email, "U+0022", 0),
        ("zoe@[127.0.0.1]", Rule::Email, "U+005B", 4),
        ("zoe@example.com?subject=x", Rule::Email, "U+003F", 15),
        ("\u{201c}zoe@example.com\u{201d}", Rule::Email, "U+201C", 0),
        ("zoe\u{ff20}example.com", Rule::Email, "U+FF20", 3),
        ("zoe@example.com\u{ff1b}", Rule::Email, "U+FF1B", 15),
        ("\u{feff}zoe@example.com", Rule::HiddenCharacter, "U+FEFF", 0),
        ("zoe@example.com\u{200b}", Rule::HiddenCharacter, "U+200B", 15),
        ("zoe@example.com\u{202e}", Rule::HiddenCharacter, "U+202E", 15),
        ("zo\u{ad}e@example.com", Rule::HiddenCharacter, "U+00AD", 2),
        ("zoe@exam\u{200d}ple.com", Rule::HiddenCharacter, "U+200D", 8),
        ("نازنین\u{200c}زهرا@example.com", Rule::HiddenCharacter, "U+200C", 6),
        ("a@b\n", Rule::HiddenCharacter, "U+000A", 3),
        ("a@b\t", Rule::HiddenCharacter, "U+0009", 3),
        ("a@b\u{0}", Rule::HiddenCharacter, "U+0000", 3),
        ("a@b\u{2028}", Rule::HiddenCharacter, "U+2028", 3),
        ("a@b\u{e0001}", Rule::HiddenCharacter, "U+E0001", 3),
        // In UTF-16 an emoji has two code units.
        ("\u{1f600}@b\u{200b}", Rule::HiddenCharacter, "U+200B", 4),
    ] {
        assert_flaw(wrong, find_email_flaw(wrong), rule, code_point, position);
    }
    for sign in "،؛！।･…、¸」］｣＞）›→".chars() {
        let wrong = format!("zoe@example.com{sign}");
        assert_eq!(find_email_flaw(&wrong).map(|flaw| flaw.rule), Some(Rule::Email), "{wrong}");
    }
    for sign in "｢［〔＂（「｛＜‹→¡•·＇´".chars() {
        let wrong = format!("{sign}zoe@example.com");
        assert_eq!(find_email_flaw(&wrong).map(|flaw| flaw.rule), Some(Rule::Email), "{wrong}");
    }
}

#[track_caller]
fn assert_flaw(text: &str, flaw: Option<Flaw>, rule: Rule, code_point: &str, position: usize) {
    let found = flaw.map(|flaw| (flaw.rule, flaw.character.map(|wrong| (wrong.code_point(), wrong.position))));
    assert_eq!(found, Some((rule, Some((code_point.to_owned(), position)))), "{text:?}");
}

#[test]
fn names() {
    for accepted in [
        "Zoë Larsson",
        "Zoe\u{308} O’Brien-Ńowak, Jr.",
        " Zoë  Larsson ",
        "\u{3000}山田\u{3000}太郎",
        "Zoë\u{a0}Larsson",
        // Persian, Hindi, Sinhala, and Malayalam, which ends words with a joiner.
        "مهدی نازنین\u{200c}زهرا",
        "राजक्\u{200d}षा",
        "රාජපක්\u{200d}ෂ",
        "രമേശന്\u{200d} നായര്\u{200d}",
        // Forms of Chinese characters and Mongolian letters.
        "葛\u{e0100}城",
        "辻\u{fe00}",
        "ᠨᠠᠷ\u{180b}ᠠ\u{180e}ᠠ",
        // Emoji.
        "Zoë 👩\u{200d}💻",
        "❤\u{fe0f}\u{200d}🔥",
        "👩🏽\u{200d}⚕\u{fe0f}",
        "Rust 1\u{fe0f}\u{20e3} ™\u{fe0f}",
        "⠵⠕⠑⠀⠇",
        "Rust 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        // A joiner at the end of a word, in Arabic, Persian, Kurdish and Syriac.
        "ه\u{200d}",
        "۱۴۰۲ ه\u{200d}.",
        "خانه\u{200c} علی",
        "ئاریان ه\u{200c}",
        "ܐܪܡ\u{200d}",
        "יְרוּשָׁלַ\u{34f}ִם",
        // A rare character that only the fonts of its country have.
        "王\u{e863}",
    ] {
        assert_eq!(find_name_flaw(accepted), None, "{accepted:?}");
    }
    assert_eq!(find_name_flaw(""), Some(Rule::NotBlank.into()));
    for (wrong, rule, code_point, position) in [
        (" ", Rule::NotBlank, "U+0020", 0),
        ("\u{a0}\u{3000}", Rule::NotBlank, "U+00A0", 0),
        ("\u{301}", Rule::NotBlank, "U+0301", 0),
        (" \u{301}", Rule::NotBlank, "U+0020", 0),
        ("\u{e000}", Rule::NotBlank, "U+E000", 0),
        ("\u{2800}", Rule::HiddenCharacter, "U+2800", 0),
        ("Zoë\u{2800}Larsson", Rule::HiddenCharacter, "U+2800", 3),
        ("Zoë\u{2800}", Rule::HiddenCharacter, "U+2800", 3),
        ("⠵⠀", Rule::HiddenCharacter, "U+2800", 1),
        ("Zoë\u{1d159}", Rule::HiddenCharacter, "U+1D159", 3),
        ("Zoë\u{16fe4}", Rule::HiddenCharacter, "U+16FE4", 3),
        ("Zoë\u{fffc}", Rule::HiddenCharacter, "U+FFFC", 3),
        ("Zoë\u{ffff}", Rule::HiddenCharacter, "U+FFFF", 3),
        ("Zoë\u{fdd0}", Rule::HiddenCharacter, "U+FDD0", 3),
        ("Zoë\u{10fffe}", Rule::HiddenCharacter, "U+10FFFE", 3),
        ("🏴\u{e007f}", Rule::HiddenCharacter, "U+E007F", 2),
        ("🏴\u{e0067}\u{e0062}\u{e0065}", Rule::HiddenCharacter, "U+E0065", 6),
        ("Zoë\u{e0067}\u{e007f}", Rule::HiddenCharacter, "U+E0067", 3),
        ("\u{200b}", Rule::HiddenCharacter, "U+200B", 0),
        ("\u{3164}", Rule::HiddenCharacter, "U+3164", 0),
        ("\u{ffa0}", Rule::HiddenCharacter, "U+FFA0", 0),
        ("\u{fe0f}", Rule::HiddenCharacter, "U+FE0F", 0),
        ("Zoë\u{0}", Rule::HiddenCharacter, "U+0000", 3),
        ("Zoë\r\nLarsson", Rule::HiddenCharacter, "U+000D", 3),
        ("Zoë\tLarsson", Rule::HiddenCharacter, "U+0009", 3),
        ("\u{1b}[31mZoë", Rule::HiddenCharacter, "U+001B", 0),
        ("Zoë\u{7f}", Rule::HiddenCharacter, "U+007F", 3),
        ("Zoë\u{85}Larsson", Rule::HiddenCharacter, "U+0085", 3),
        ("Zoë\u{2028}Larsson", Rule::HiddenCharacter, "U+2028", 3),
        ("Zo\u{ad}ë", Rule::HiddenCharacter, "U+00AD", 2),
        ("Zo\u{200c}ë", Rule::HiddenCharacter, "U+200C", 2),
        ("Zoë\u{200d}", Rule::HiddenCharacter, "U+200D", 3),
        ("\u{200d}زهرا", Rule::HiddenCharacter, "U+200D", 0),
        ("زهرا\u{200c}", Rule::HiddenCharacter, "U+200C", 4),
        ("زهرا\u{200c}\u{200c}زهرا", Rule::HiddenCharacter, "U+200C", 4),
        ("क\u{200d}", Rule::HiddenCharacter, "U+200D", 1),
        ("👩\u{200d}a", Rule::HiddenCharacter, "U+200D", 2),
        ("a\u{fe0f}", Rule::HiddenCharacter, "U+FE0F", 1),
        ("葛\u{e0100}\u{e0101}", Rule::HiddenCharacter, "U+E0101", 3),
        ("Zoë\u{202e}nossraL", Rule::HiddenCharacter, "U+202E", 3),
        ("\u{2066}Zoë\u{2069}", Rule::HiddenCharacter, "U+2066", 0),
        ("דנה\u{200f}", Rule::HiddenCharacter, "U+200F", 3),
        ("Zoë\u{feff}", Rule::HiddenCharacter, "U+FEFF", 3),
        ("Zoë\u{e0041}", Rule::HiddenCharacter, "U+E0041", 3),
        ("Zo\u{34f}ë", Rule::HiddenCharacter, "U+034F", 2),
    ] {
        assert_flaw(wrong, find_name_flaw(wrong), rule, code_point, position);
    }
}

#[test]
fn an_issue_names_the_character_and_never_the_value() {
    let character = Some(WrongCharacter { character: '\u{200b}', position: 15 });
    let issue = Issue { path: "recipient.email".to_owned(), rule: Rule::HiddenCharacter, character };
    assert_eq!(issue.message(), "must not contain a control or invisible character (U+200B at index 15)");
    assert_eq!(Issue::new("x", Rule::Email).message(), "must be an e-mail address");
    let error = crate::Error::validation("credentials.issue", vec![issue]);
    let sentence = "must not contain a control or invisible character (U+200B at index 15)";
    assert_eq!(error.message, ["credentials.issue: recipient.email ", sentence].concat());
    let json: serde_json::Value = serde_json::from_str(&crate::json::to_string(&error)).unwrap();
    let expected = serde_json::json!([{
        "path": "recipient.email", "rule": "hidden_character", "message": sentence, "character": "U+200B", "position": 15,
    }]);
    assert_eq!(json["issues"], expected);
    for (character, code_point) in
        [('\0', "U+0000"), ('\u{ad}', "U+00AD"), ('\u{1f600}', "U+1F600"), ('\u{10ffff}', "U+10FFFF")]
    {
        assert_eq!(WrongCharacter { character, position: 0 }.code_point(), code_point);
    }
}

#[test]
fn http_urls() {
    assert_format((
        is_http_url,
        &["https://a.example", "http://a.example/x?y=z#w", "https://\u{e9}"],
        &[
            "",
            "https://",
            "ftp://a.example",
            "a.example",
            "//a.example",
            "HTTPS://a.example",
            "https://a b",
            "https://a\n",
        ],
    ));
}

#[test]
fn tags_and_custom_keys() {
    assert_format((has_no_comma, &["", "tag", "a b"], &[",", "a,b"]));
    assert_format((is_custom_key, &["custom_a", "custom__"], &["", "custom_", "Custom_a", "a", " custom_a"]));
}

#[test]
fn dates() {
    assert_format((
        is_date,
        &["2024/02/29", "0000/01/01", "9999/12/31"],
        &[
            "",
            "2023/02/29",
            "1900/02/29",
            "2024/00/01",
            "2024/13/01",
            "2024/01/00",
            "2024/04/31",
            "2024-01-01",
            "2024/1/1",
            "2024/01/011",
            "2024/01/01Z",
            "24/01/01",
            "2024/01/0é",
            "2024/01-01",
            "+024/01/01",
        ],
    ));
}

#[test]
fn hosts() {
    assert_format((
        is_host,
        &["hyperstack.id", "Credentials.Example.ORG", "xn--bcher-kva.example", "a-b.c1.io"],
        &[
            "",
            "localhost",
            "*.example.org",
            "https://a.example",
            "a.example:443",
            "a.example/",
            ".example.org",
            "a..example",
            "-a.example",
            "a-.example",
            "127.0.0.1",
            "[::1]",
            "bücher.example",
            "a_b.example",
            "a.example.",
            "a b.example",
        ],
    ));
    let label = "a".repeat(63);
    assert!(is_host(&format!("{label}.example")) && !is_host(&format!("{label}a.example")));
    let longest = [&*label, &label, &label, &"a".repeat(58), "bc"].join(".");
    assert_eq!(longest.len(), 253);
    assert!(is_host(&longest) && !is_host(&format!("{longest}d")));
}

#[test]
fn base_urls() {
    assert_format((
        is_base_url,
        &[
            "https://api.thehyperstack.com",
            "https://proxy.example.com:8443/hyperstack/",
            "http://127.0.0.1:8790",
            "http://localhost",
            "http://LOCALHOST:1",
            "http://127.9.9.9",
            "http://[::1]:80",
            "https://[::1]",
            "https://a.example:65535",
        ],
        &[
            "",
            "api.thehyperstack.com",
            "http://api.thehyperstack.com",
            "ftp://a.example",
            "https://",
            "https:///x",
            "https://user@a.example",
            "https://a.example?x",
            "https://a.example#x",
            "https://a.example/..",
            "https://a.example/./x",
            "https://a.example:0",
            "https://a.example:",
            "https://a.example:99999",
            "https://a.example:x",
            "https://a.example:+1",
            "https://a.example:1:2",
            "https://a b",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.256",
            "http://127.0.0",
            "http://localhost.evil.example",
            "https://a.example\\@b",
            "https://a.example/%2e%2e",
            "http://[::2]",
            "https://[::1",
            "http://0.0.0.0",
            "http://[::1]evil.example",
            "http://[::1].evil.example",
            "http://[::1]:",
            "https://a..b",
            "https://-",
        ],
    ));
}

#[test]
fn service_endpoints() {
    assert_format((
        is_endpoint,
        &["/", "/api/verify", "/a/b-c_d~e.f/", "https://a.example/api/verify", "http://localhost:8787/api/verify"],
        &[
            "",
            "api/verify",
            "//a.example/api",
            "/a?x",
            "/a#x",
            "/a b",
            "/\\a.example",
            "http://a.example/api",
            "/\u{e9}",
        ],
    ));
}

#[test]
fn header_names() {
    assert_format((is_header_name, &["x-request-id", "X-1"], &["", "x y", "x_y", "x:", "x\n", "\u{e9}"]));
    assert!(is_header_name(&"x".repeat(64)) && !is_header_name(&"x".repeat(65)));
    assert_format((
        is_own_header,
        &["traceparent", "X-Tenant", "content-language"],
        &[
            "Accept",
            "Authorization",
            "connection",
            "content-length",
            "Content-Type",
            "Cookie",
            "Expect",
            "Host",
            "keep-alive",
            "TE",
            "trailer",
            "Transfer-Encoding",
            "upgrade",
            "x y",
        ],
    ));
}

#[test]
fn header_values_and_tokens() {
    assert_format((is_header_value, &["", "a b", "~!"], &["a\r\nb", "a\tb", "\u{7f}", "\u{e9}", "\u{0}"]));
    assert!(is_header_value(&"a".repeat(4096)) && !is_header_value(&"a".repeat(4097)));
    assert_format((is_token, &["hs_live_AbC-123.~/+="], &["", "a b", "a\n", "ü", "a\u{0}", "a\u{7f}"]));
    assert!(is_token(&"t".repeat(4096)) && !is_token(&"t".repeat(4097)));
}

#[test]
fn blank_strings() {
    assert_format((is_not_blank, &["a", " a ", "0", "\u{200b}"], &["", " ", "\t\n", "\u{a0}\u{3000}"]));
}
