//! Formats of strings: one predicate per rule, each with its source.
//!
//! Here and elsewhere a single character is searched as an array of one: the search for a `char` slices where it could panic, and brings
//! more than 1 kB of wasm.

use crate::model::Timestamp;

/// Whether the string has only characters that `accepts` takes, and so many of them.
pub(crate) fn consists_of(text: &str, length: std::ops::RangeInclusive<usize>, accepts: fn(u8) -> bool) -> bool {
    length.contains(&text.len()) && text.bytes().all(accepts)
}

/// Whether anything but white space is in the string.
pub fn is_not_blank(text: &str) -> bool {
    text.chars().any(|character| !character.is_whitespace())
}

/// 32 ASCII letters and digits (current vendor documentation).
pub fn is_alphanumeric_32(text: &str) -> bool {
    consists_of(text, 32..=32, |byte| byte.is_ascii_alphanumeric())
}

/// A lower-case UUID (older vendor documentation, and every public link found).
pub fn is_lower_case_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// Either form of a `document_id`.
pub fn is_document_id(text: &str) -> bool {
    is_alphanumeric_32(text) || is_lower_case_uuid(text)
}

/// The vendor shows 12 alphanumerics and, in one example, `unique_group_id_12345`; no grammar is documented.
pub fn is_group_key(text: &str) -> bool {
    consists_of(text, 1..=64, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// "Alphanumeric, hyphens, and spaces only" (`create-credential-group`).
pub fn is_group_code(text: &str) -> bool {
    is_not_blank(text)
        && consists_of(text, 1..=usize::MAX, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '))
}

/// `https://` or `http://` with something after it, and no white space.
pub fn is_http_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && is_unbroken(text)
}

fn is_unbroken(text: &str) -> bool {
    !text.chars().any(|character| character.is_whitespace() || character.is_control())
}

/// The API joins tags with commas (`view-credential-group`).
pub fn has_no_comma(text: &str) -> bool {
    !text.contains([','])
}

/// Keys of custom attributes (`generate-credential`).
pub fn is_custom_key(text: &str) -> bool {
    text.len() > "custom_".len() && text.starts_with("custom_")
}

/// `YYYY/MM/DD`, a day that exists (`search-credentials`).
pub fn is_date(text: &str) -> bool {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'/',
            _ => byte.is_ascii_digit(),
        });
    shaped && Timestamp::parse(&[&text.replace('/', "-"), "T00:00:00Z"].concat()).is_some()
}

/// Whether the string can be between the dots of a host name.
fn is_host_label(label: &str, longest: usize) -> bool {
    consists_of(label, 1..=longest, |byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A plain DNS name with a dot: no wildcard, port or path, and not an IP address.
pub fn is_host(text: &str) -> bool {
    let is_numeric = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253
        && text.split(['.']).all(|label| is_host_label(label, 63))
        && text.rsplit_once(['.']).is_some_and(|(_, last)| !is_numeric(last))
}

/// https anywhere, http on loopback only: the token must not cross a network in the clear.
pub fn is_base_url(text: &str) -> bool {
    let clear = text.strip_prefix("http://");
    let Some(rest) = clear.or_else(|| text.strip_prefix("https://")) else { return false };
    let (authority, path) = rest.split_once(['/']).unwrap_or((rest, ""));
    let (host, port) = match authority.strip_prefix("[::1]") {
        Some(port) => ("[::1]", port.strip_prefix(':').or_else(|| port.is_empty().then_some("443"))),
        None => authority.split_once([':']).map_or((authority, Some("443")), |(host, port)| (host, Some(port))),
    };
    let is_ipv6_loopback = host == "[::1]";
    let is_loopback = is_ipv6_loopback || host.eq_ignore_ascii_case("localhost") || is_loopback_v4(host);
    (is_ipv6_loopback || host.split(['.']).all(|label| is_host_label(label, usize::MAX)))
        && port.is_some_and(is_port)
        && is_plain_path(path)
        && (clear.is_none() || is_loopback)
}

fn is_port(text: &str) -> bool {
    consists_of(text, 1..=5, |byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_loopback_v4(host: &str) -> bool {
    let mut octets = host.split(['.']);
    let is_octet = |octet: &str| {
        consists_of(octet, 1..=3, |byte| byte.is_ascii_digit()) && octet.parse::<u16>().is_ok_and(|value| value <= 255)
    };
    octets.next() == Some("127") && octets.clone().count() == 3 && octets.all(is_octet)
}

/// Unreserved characters and slashes without `.` and `..` segments.
fn is_plain_path(path: &str) -> bool {
    consists_of(
        path,
        0..=usize::MAX,
        |byte| matches!(byte, b'-'..=b':' | b'A'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~'),
    ) && !path.split(['/']).any(|segment| segment == "." || segment == "..")
}

/// The address of a verify service: a path on this origin, or what [`is_base_url`] accepts.
pub fn is_endpoint(text: &str) -> bool {
    let path = text.strip_prefix('/').filter(|rest| !rest.starts_with('/'));
    path.is_some_and(|rest| {
        consists_of(rest, 0..=usize::MAX, |byte| matches!(byte, b'-'..=b'9' | b'A'..=b'Z' | b'_' | b'a'..=b'z' | b'~'))
    }) || is_base_url(text)
}

/// A header name as this package accepts it: up to 64 letters, digits and hyphens.
pub fn is_header_name(text: &str) -> bool {
    consists_of(text, 1..=64, |byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Headers that this package or the runtime decides: what is sent, where it goes and how long it is.
const DECIDED_HEADERS: [&str; 13] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header that a caller may add to a request.
pub fn is_own_header(text: &str) -> bool {
    is_header_name(text) && !DECIDED_HEADERS.iter().any(|decided| text.eq_ignore_ascii_case(decided))
}

/// Visible ASCII and spaces.
pub fn is_header_value(text: &str) -> bool {
    consists_of(text, 0..=4096, |byte| matches!(byte, b' '..=b'~'))
}

/// A bearer token that can be sent in a header: visible ASCII without spaces (RFC 6750 admits fewer still).
pub fn is_token(text: &str) -> bool {
    consists_of(text, 1..=4096, |byte| byte.is_ascii_graphic())
}
