//! The grammar of credential links and ids: parses a pasted string to the id in it, or to the first rule that it breaks.
//!
//! The string is judged as it is, and never normalized first: a URL library repairs (`\`, tabs, `%68`, full-width letters)
//! exactly what a look-alike link is made of. The `url` crate is the oracle of the tests. docs/decisions/0003-credential-url.md

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::words::named_enums;
use crate::model::{DocumentId, Host};
use crate::validate::format;

/// The longest string that is parsed, in bytes.
const MAX_BYTES: usize = 2048;

const SCHEME: &str = "https://";
const PATH: &str = "/credential/";

/// The host of every credential link in the vendor's documentation.
pub const DEFAULT_HOST: &str = "hyperstack.id";

named_enums! {
    /// Why a string is not a credential link or id: the first rule that it breaks. Append-only.
    ParseCode {
        /// Nothing but white space.
        Empty = "empty",
        /// More than 2 048 bytes.
        TooLong = "too_long",
        /// White space or a control character inside.
        WhitespaceOrControl = "whitespace_or_control",
        /// A character outside ASCII before the query and the fragment.
        NonAscii = "non_ascii",
        /// A backslash, which browsers read as a slash.
        Backslash = "backslash",
        /// No `://`.
        NoScheme = "no_scheme",
        /// Neither `:` nor `/`.
        NotAUrl = "not_a_url",
        SchemeNotHttps = "scheme_not_https",
        /// An `@` before the path.
        Userinfo = "userinfo",
        /// Not a listed host.
        UntrustedHost = "untrusted_host",
        Port = "port",
        /// A `%` in the host.
        EncodedHost = "encoded_host",
        /// The path does not begin with `/credential/`.
        Path = "path",
        /// The id has neither of the two forms.
        IdFormat = "id_format",
    }

    /// What kind of input names the credential.
    InputKind {
        /// A link.
        Url = "url",
        /// A bare id.
        Id = "id",
    }
}

/// The credential that a link or id names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Subject {
    /// Whether a link or a bare id was given.
    #[cfg_attr(feature = "typescript", ts(inline, rename = "input_kind"))]
    pub kind: InputKind,
    /// Id of the credential.
    pub id: DocumentId,
    /// The link with a lower-case host and nothing after the id. A bare id gets the first of the trusted hosts.
    pub canonical_url: String,
}

impl Subject {
    fn new(kind: InputKind, host: &str, id: DocumentId) -> Self {
        let canonical_url = [SCHEME, &host.to_ascii_lowercase(), PATH, id.as_str()].concat();
        Self { kind, id, canonical_url }
    }
}

/// Parses a pasted string: a link on one of `hosts`, or a bare id. White space around it is ignored.
///
/// # Errors
/// The first rule that the string breaks.
pub fn parse(text: &str, hosts: &[Host]) -> Result<Subject, ParseCode> {
    let text = text.trim_ascii();
    if let Ok(id) = DocumentId::parse(text) {
        let host = hosts.first().map_or(DEFAULT_HOST, Host::as_str);
        return Ok(Subject::new(InputKind::Id, host, id));
    }
    parse_link(text, hosts)
}

/// Parses a link without white space around it. The order of the rules is part of the contract: it decides the code.
fn parse_link(text: &str, hosts: &[Host]) -> Result<Subject, ParseCode> {
    if text.is_empty() {
        return Err(ParseCode::Empty);
    }
    if text.len() > MAX_BYTES {
        return Err(ParseCode::TooLong);
    }
    if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
        return Err(ParseCode::WhitespaceOrControl);
    }
    let head = before_query(text);
    if !head.is_ascii() {
        return Err(ParseCode::NonAscii);
    }
    if head.contains(['\\']) {
        return Err(ParseCode::Backslash);
    }
    let (authority, path) = split_authority(strip_https(head)?);
    check_authority(authority, hosts)?;
    let id = id_in_path(path).ok_or(ParseCode::Path)?;
    let id = DocumentId::parse(id).map_err(|_| ParseCode::IdFormat)?;
    Ok(Subject::new(InputKind::Url, authority, id))
}

/// What is before the first `?` or `#`. Real links carry `?view=recipient`, `#` and `?utm_…`.
fn before_query(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

/// What is after `https://`, in any letter case.
fn strip_https(head: &str) -> Result<&str, ParseCode> {
    match head.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => Ok(rest),
        _ if head.as_bytes().windows(3).any(|bytes| bytes == b"://") => Err(ParseCode::SchemeNotHttps),
        _ if head.contains([':', '/']) => Err(ParseCode::NoScheme),
        _ => Err(ParseCode::NotAUrl),
    }
}

/// Splits at the first `/`, which stays with the path.
fn split_authority(rest: &str) -> (&str, &str) {
    let end = rest.find(['/']).unwrap_or(rest.len());
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

/// Accepts a listed host and nothing beside it: no user info, port or encoding.
fn check_authority(authority: &str, hosts: &[Host]) -> Result<(), ParseCode> {
    let is_ipv6 = authority.starts_with('[');
    if authority.contains(['@']) {
        Err(ParseCode::Userinfo)
    } else if is_ipv6 {
        Err(ParseCode::UntrustedHost)
    } else if authority.contains([':']) {
        Err(ParseCode::Port)
    } else if authority.contains(['%']) {
        Err(ParseCode::EncodedHost)
    } else if hosts.iter().any(|host| host.as_str().eq_ignore_ascii_case(authority)) {
        Ok(())
    } else {
        Err(ParseCode::UntrustedHost)
    }
}

/// What is where a link has its id. One trailing slash is allowed.
fn id_in_path(path: &str) -> Option<&str> {
    let id = path.strip_prefix(PATH)?;
    Some(id.strip_suffix('/').unwrap_or(id))
}

/// Whether `url`, as the API or a verify service wrote it, is a link to this credential. Its host can be any plain DNS name: the
/// vendor does not say whether an issuer's own domain can be there.
pub(crate) fn links_to(url: &str, id: &DocumentId) -> bool {
    let Some(rest) = before_query(url).strip_prefix(SCHEME) else { return false };
    let (authority, path) = split_authority(rest);
    format::is_host(authority) && id_in_path(path) == Some(id.as_str())
}

/// What `parseCredentialUrl` resolves to: `{ok: true, input_kind, id, canonical_url}` or `{ok: false, code}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParsedLink {
    /// A link on a trusted host, or an id.
    Valid(Subject),
    /// Neither; the first rule that the string breaks.
    Invalid(ParseCode),
}

impl ParsedLink {
    /// Parses as [`parse`] does.
    pub fn parse(text: &str, hosts: &[Host]) -> Self {
        parse(text, hosts).map_or_else(Self::Invalid, Self::Valid)
    }
}

impl Serialize for ParsedLink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Valid(subject) => {
                let mut object = serializer.serialize_struct("ParsedLink", 4)?;
                object.serialize_field("ok", &true)?;
                object.serialize_field("input_kind", &subject.kind)?;
                object.serialize_field("id", &subject.id)?;
                object.serialize_field("canonical_url", &subject.canonical_url)?;
                object.end()
            }
            Self::Invalid(code) => {
                let mut object = serializer.serialize_struct("ParsedLink", 2)?;
                object.serialize_field("ok", &false)?;
                object.serialize_field("code", code)?;
                object.end()
            }
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod whatwg;
