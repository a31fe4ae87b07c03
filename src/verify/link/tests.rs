//! The grammar of links, rule by rule.

use super::*;

const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";

fn hosts(list: &[&str]) -> Vec<Host> {
    list.iter().map(|host| Host::parse(*host).unwrap()).collect()
}

#[test]
fn every_rule_has_its_code() {
    for (code, name) in [
        (ParseCode::Empty, "empty"),
        (ParseCode::TooLong, "too_long"),
        (ParseCode::WhitespaceOrControl, "whitespace_or_control"),
        (ParseCode::NonAscii, "non_ascii"),
        (ParseCode::Backslash, "backslash"),
        (ParseCode::NoScheme, "no_scheme"),
        (ParseCode::NotAUrl, "not_a_url"),
        (ParseCode::SchemeNotHttps, "scheme_not_https"),
        (ParseCode::Userinfo, "userinfo"),
        (ParseCode::UntrustedHost, "untrusted_host"),
        (ParseCode::Port, "port"),
        (ParseCode::EncodedHost, "encoded_host"),
        (ParseCode::Path, "path"),
        (ParseCode::IdFormat, "id_format"),
    ] {
        assert_eq!(code.as_str(), name);
    }
}

#[test]
fn every_vector_has_its_code() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/credential-url-vectors.json")).unwrap();
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() >= 50);
    for vector in vectors {
        let input = vector["input"].as_str().unwrap();
        let found = match parse_link(input.trim_ascii(), &hosts(&[DEFAULT_HOST])) {
            Ok(subject) => format!("ok:{}", subject.id.as_str()),
            Err(code) => code.as_str().to_owned(),
        };
        assert_eq!(found, vector["expect"].as_str().unwrap(), "{}", vector["name"]);
    }
}

#[test]
fn a_bare_id_is_another_kind_of_input() {
    let subject = parse(&format!(" {ID}\n"), &hosts(&["Credentials.Example.org", "hyperstack.id"])).unwrap();
    assert_eq!(subject.kind, InputKind::Id);
    assert_eq!(subject.canonical_url, format!("https://credentials.example.org/credential/{ID}"));
    assert_eq!(parse(&ID[1..], &hosts(&[DEFAULT_HOST])), Err(ParseCode::NotAUrl));
    assert_eq!(parse("F1BAF2F3-2F4F-4874-93C3-E6D9D874AA39", &hosts(&[])), Err(ParseCode::NotAUrl));
}

#[test]
fn white_label_hosts_are_an_explicit_list() {
    let list = hosts(&["credentials.example.org"]);
    let link = |host: &str| format!("https://{host}/credential/{ID}?view=recipient");
    let subject = parse(&link("CREDENTIALS.example.org"), &list).unwrap();
    assert_eq!(subject.canonical_url, format!("https://credentials.example.org/credential/{ID}"));
    assert_eq!(parse(&link(DEFAULT_HOST), &list), Err(ParseCode::UntrustedHost));
    assert_eq!(parse(&link("a.credentials.example.org"), &list), Err(ParseCode::UntrustedHost));
}

#[test]
fn hosts_are_plain_names() {
    for host in ["hyperstack.id", "Credentials.Example.ORG", "xn--bcher-kva.example", "a-b.c1.io"] {
        assert!(format::is_host(host), "{host}");
    }
    for host in [
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
        "bücher.example",
        "a_b.example",
        "a.example.",
    ] {
        assert!(!format::is_host(host), "{host}");
    }
}

#[test]
fn the_link_of_a_response_must_lead_to_the_id() {
    let id = DocumentId::parse(ID).unwrap();
    for good in ["https://hyperstack.id/credential/", "https://credentials.corizo.in/credential/"] {
        assert!(links_to(&format!("{good}{ID}"), &id), "{good}");
        assert!(links_to(&format!("{good}{ID}/?view=recipient"), &id), "{good}");
    }
    for bad in ["", "http://hyperstack.id/credential/", "https:///credential/", "https://hyperstack.id/", "javascript:"]
    {
        assert!(!links_to(&format!("{bad}{ID}"), &id), "{bad}");
    }
    assert!(!links_to(&format!("https://hyperstack.id/credential/{}", ID.replace('j', "k")), &id));
    assert!(!links_to(&format!("https://hyper stack.id/credential/{ID}"), &id));
}

#[test]
fn serializes_what_parse_credential_url_resolves_to() {
    let hosts = hosts(&[DEFAULT_HOST]);
    for (text, expected) in [
        (
            ID,
            format!(
                r#"{{"ok":true,"input_kind":"id","id":"{ID}","canonical_url":"https://hyperstack.id/credential/{ID}"}}"#
            ),
        ),
        ("", r#"{"ok":false,"code":"empty"}"#.to_owned()),
    ] {
        assert_eq!(crate::json::to_string(&ParsedLink::parse(text, &hosts)), expected);
    }
}
