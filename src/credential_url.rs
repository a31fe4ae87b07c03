//! Owns the grammar of credential links and ids: from pasted text to the id it names, or the first rule it breaks.
//!
//! The raw text is judged, never a normalised form of it: a URL library repairs (`\`, tabs, `%68`, full-width
//! letters) exactly what a look-alike link is made of. docs/decisions/0003-credential-url.md

use crate::json_writer::JsonWriter;
use crate::settings::{is_label, is_made_of};
use crate::text::{self, Text};
use crate::verification::{Code, word};

/// Longest text that is looked at, in bytes.
const MAX_BYTES: usize = 2048;

const SCHEME: &str = "https://";
const PATH: &str = "/credential/";

/// The host of every credential link in the vendor's documentation.
pub(crate) const DEFAULT_HOST: &str = "hyperstack.id";

/// The two forms of a `document_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdForm {
    /// 32 ASCII letters and digits (current vendor documentation).
    Alphanumeric32,
    /// Lower-case UUID (older documentation and all public links found).
    Uuid,
}

impl IdForm {
    pub(crate) fn of(id: &str) -> Option<Self> {
        let bytes = id.as_bytes();
        if is_made_of(id, 32, 32, b"09AZaz") {
            return Some(Self::Alphanumeric32);
        }
        let uuid = bytes.len() == 36
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => *byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        uuid.then_some(Self::Uuid)
    }
}

/// Why a text names no credential. Append-only: the codes are public; `Code` has them in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    Empty,
    TooLong,
    WhitespaceOrControl,
    NonAscii,
    Backslash,
    NoScheme,
    NotAUrl,
    SchemeNotHttps,
    Userinfo,
    UntrustedHost,
    Port,
    EncodedHost,
    Path,
    IdFormat,
}

impl Defect {
    pub(crate) fn code(self) -> &'static str {
        word(Code::Empty as u8 + self as u8)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    Url,
    Id,
}

impl InputKind {
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Url => Code::Url,
            Self::Id => Code::Id,
        }
    }
}

/// A text that names one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) kind: InputKind,
    pub(crate) id: Text,
    pub(crate) form: IdForm,
    /// Without what stands behind the id, and with a lower-case host; that of a bare id is the first that is listed.
    pub(crate) canonical_url: Text,
}

impl Subject {
    #[inline(never)]
    fn new(kind: InputKind, host: &str, id: &str, form: IdForm) -> Self {
        let canonical_url = text::join(&[SCHEME, host, PATH, id]);
        Self { kind, id: text::keep(id), form, canonical_url }
    }
}

/// Reads pasted text: a link on one of `hosts`, which are in lower case, or a bare id.
pub(crate) fn parse(text: &str, hosts: &[Text]) -> Result<Subject, Defect> {
    let text = text.trim_ascii();
    if let Some(form) = IdForm::of(text) {
        return Ok(Subject::new(InputKind::Id, hosts.first().unwrap_or(&DEFAULT_HOST), text, form));
    }
    parse_url(text, hosts)
}

/// `parse` as `parseCredentialUrl` gives it: JSON text.
pub(crate) fn describe(text: &str, hosts: &[Text]) -> Text {
    let mut writer = JsonWriter::default();
    writer.object(|json| match parse(text, hosts) {
        Ok(subject) => {
            json.boolean("ok", true);
            json.text("input_kind", word(subject.kind.code() as u8));
            json.text("id", subject.id);
            json.text("canonical_url", subject.canonical_url);
        }
        Err(defect) => {
            json.boolean("ok", false);
            json.text("code", defect.code());
        }
    });
    writer.into_text()
}

/// Reads a credential link only, without white space around it. The order of the rules is part of the contract: it
/// decides which code is given.
fn parse_url(text: &str, hosts: &[Text]) -> Result<Subject, Defect> {
    if text.is_empty() {
        return Err(Defect::Empty);
    }
    if text.len() > MAX_BYTES {
        return Err(Defect::TooLong);
    }
    if text.bytes().any(|byte| byte <= 0x20 || byte == 0x7f) {
        return Err(Defect::WhitespaceOrControl);
    }
    let head = head_of(text);
    if head.bytes().any(|byte| byte > 0x7f) {
        return Err(Defect::NonAscii);
    }
    if text::has(head, b'\\') {
        return Err(Defect::Backslash);
    }
    let Some(rest) = head.get(SCHEME.len()..).filter(|_| text::lower(head).starts_with(SCHEME)) else {
        return Err(if text::contains(head, "://") {
            Defect::SchemeNotHttps
        } else if text::has(head, b':') || text::has(head, b'/') {
            Defect::NoScheme
        } else {
            Defect::NotAUrl
        });
    };
    let (host, path) = authority_of(rest);
    let host = text::lower(host);
    judge_host(host, hosts)?;
    let id = id_in_path(path).ok_or(Defect::Path)?;
    let form = IdForm::of(id).ok_or(Defect::IdFormat)?;
    Ok(Subject::new(InputKind::Url, host, id, form))
}

/// What stands before the first `?` or `#`. Real links carry `?view=recipient`, `#` and share tags behind it.
pub(crate) fn head_of(text: &str) -> &str {
    text::before(text::before(text, b'?'), b'#')
}

/// What stands before the first `/`, and the rest with it.
fn authority_of(rest: &str) -> (&str, &str) {
    let host = text::before(rest, b'/');
    (host, rest.get(host.len()..).unwrap_or_default())
}

/// What is wrong with the host of a link, in lower case.
fn judge_host(host: Text, hosts: &[Text]) -> Result<(), Defect> {
    let defect = if text::has(host, b'@') {
        Defect::Userinfo
    } else if host.as_bytes().first() == Some(&b'[') {
        Defect::UntrustedHost
    } else if text::has(host, b':') {
        Defect::Port
    } else if text::has(host, b'%') {
        Defect::EncodedHost
    } else if hosts.contains(&host) {
        return Ok(());
    } else {
        Defect::UntrustedHost
    };
    Err(defect)
}

/// What stands where a link has its id.
fn id_in_path(path: &str) -> Option<&str> {
    let id = path.strip_prefix(PATH)?;
    Some(id.strip_suffix('/').unwrap_or(id))
}

/// Whether the `document_url` of an answer is a link to `id`, which is one. Its host is not judged: the vendor does not say
/// whether an issuer's own domain stands there.
pub(crate) fn links_to(document_url: &str, id: &str) -> bool {
    let Some(rest) = head_of(document_url).strip_prefix(SCHEME) else { return false };
    let (authority, path) = authority_of(rest);
    is_host(authority) && id_in_path(path) == Some(id)
}

/// Whether `host` can stand in a list of trusted hosts: a plain DNS name with a dot, no wildcard, port or path.
pub(crate) fn is_host(host: &str) -> bool {
    let mut last = "";
    for label in text::parts(host, b'.') {
        if !is_label(label, 63) {
            return false;
        }
        last = label;
    }
    host.len() <= 253 && last.len() < host.len() && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod whatwg;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::verification::Policy;

    const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";

    fn hosts(list: &[Text]) -> Vec<Text> {
        list.to_vec()
    }

    #[test]
    fn every_defect_has_its_code() {
        for (defect, code) in [
            (Defect::Empty, "empty"),
            (Defect::TooLong, "too_long"),
            (Defect::WhitespaceOrControl, "whitespace_or_control"),
            (Defect::NonAscii, "non_ascii"),
            (Defect::Backslash, "backslash"),
            (Defect::NoScheme, "no_scheme"),
            (Defect::NotAUrl, "not_a_url"),
            (Defect::SchemeNotHttps, "scheme_not_https"),
            (Defect::Userinfo, "userinfo"),
            (Defect::UntrustedHost, "untrusted_host"),
            (Defect::Port, "port"),
            (Defect::EncodedHost, "encoded_host"),
            (Defect::Path, "path"),
            (Defect::IdFormat, "id_format"),
        ] {
            assert_eq!(defect.code(), code);
        }
    }

    #[test]
    fn every_vector_gives_its_code() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../tests/vectors/credential-url-vectors.json")).unwrap();
        let vectors = vectors.as_array().unwrap();
        assert!(vectors.len() >= 50);
        for vector in vectors {
            let input = vector["input"].as_str().unwrap();
            let found = match parse_url(input.trim_ascii(), &hosts(&[DEFAULT_HOST])) {
                Ok(subject) => format!("ok:{}", subject.id),
                Err(defect) => defect.code().to_owned(),
            };
            assert_eq!(found, vector["expect"].as_str().unwrap(), "{}", vector["name"]);
        }
    }

    #[test]
    fn a_bare_id_is_another_kind_of_input() {
        let policy = Policy::read("", r#"{"hosts":["Credentials.Example.org","hyperstack.id"]}"#).unwrap();
        let subject = parse(&format!(" {ID}\n"), &policy.hosts).unwrap();
        assert_eq!(subject.kind, InputKind::Id);
        assert_eq!(subject.canonical_url, format!("https://credentials.example.org/credential/{ID}"));
        assert_eq!(parse(&ID[1..], &hosts(&[DEFAULT_HOST])), Err(Defect::NotAUrl));
        assert_eq!(parse("F1BAF2F3-2F4F-4874-93C3-E6D9D874AA39", &hosts(&[])), Err(Defect::NotAUrl));
    }

    #[test]
    fn white_label_hosts_are_an_explicit_list() {
        let list = hosts(&["credentials.example.org"]);
        let link = |host: &str| format!("https://{host}/credential/{ID}?view=recipient");
        let subject = parse(&link("CREDENTIALS.example.org"), &list).unwrap();
        assert_eq!(subject.canonical_url, format!("https://credentials.example.org/credential/{ID}"));
        assert_eq!(parse(&link(DEFAULT_HOST), &list), Err(Defect::UntrustedHost));
        assert_eq!(parse(&link("a.credentials.example.org"), &list), Err(Defect::UntrustedHost));
    }

    #[test]
    fn hosts_are_plain_names() {
        for host in ["hyperstack.id", "Credentials.Example.ORG", "xn--bcher-kva.example", "a-b.c1.io"] {
            assert!(is_host(host), "{host}");
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
            assert!(!is_host(host), "{host}");
        }
    }

    #[test]
    fn the_answers_link_must_name_the_id() {
        for good in ["https://hyperstack.id/credential/", "https://credentials.corizo.in/credential/"] {
            assert!(links_to(&format!("{good}{ID}"), ID), "{good}");
            assert!(links_to(&format!("{good}{ID}/?view=recipient"), ID), "{good}");
        }
        for bad in
            ["", "http://hyperstack.id/credential/", "https:///credential/", "https://hyperstack.id/", "javascript:"]
        {
            assert!(!links_to(&format!("{bad}{ID}"), ID), "{bad}");
        }
        assert!(!links_to(&format!("https://hyperstack.id/credential/{}", ID.replace('j', "k")), ID));
        assert!(!links_to(&format!("https://hyper stack.id/credential/{ID}"), ID));
    }
}
