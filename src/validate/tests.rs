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
    assert_format((
        is_email,
        &["a@b", "a@b.example", "first.last+tag@sub.example.org", "ü@example.org"],
        &["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "a@b\u{0}", "a\u{a0}@b", "plain"],
    ));
    let of_length = |length: usize| format!("{}@b", "a".repeat(length - 2));
    assert!(is_email(&of_length(254)) && !is_email(&of_length(255)));
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
