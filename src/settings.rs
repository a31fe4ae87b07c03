//! Owns the options of a client and of a call: their shape, their defaults, their values once checked.

use alloc::boxed::Box;

use crate::decimal;
use crate::error::Error;
use crate::json::Value;
use crate::rules;
use crate::shape;
use crate::text::{self, Text};

/// Of the API, not of the documentation.
pub(crate) const DEFAULT_BASE_URL: &str = "https://api.thehyperstack.com";

const SETTINGS: &str = shape!({!
    baseUrl? base_url,
    timeoutMs? count,
    totalTimeoutMs? count,
    maxRetries? count,
    maxResponseBytes? count,
    mayExistSince? count,
    requestIdHeader? header_name,
    headers? { [own_header]: header_value },
});

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Without a trailing slash.
    pub(crate) base_url: Text,
    /// For one attempt, headers and body.
    pub(crate) timeout_ms: i64,
    /// Over all attempts and the waits between them.
    pub(crate) total_timeout_ms: i64,
    pub(crate) max_retries: i64,
    pub(crate) max_response_bytes: i64,
    /// An earlier request like this one, sent then or later, may have been carried out: it is looked for first.
    /// `i64::MAX` where there is none.
    pub(crate) may_exist_since_ms: i64,
    /// The vendor documents no request id; this header is read where an answer has it.
    pub(crate) request_id_header: Text,
    /// The caller's own, for tracing and proxies: an object of strings, if any.
    pub(crate) headers: Value<'static>,
}

impl Settings {
    /// Reads the options as JSON text; everything that is wrong with them is reported at once.
    pub(crate) fn read(operation: &'static str, text: Text) -> Result<Box<Self>, Box<Error>> {
        Error::unless_fine(operation, rules::findings(text, SETTINGS))?;
        let options = Value::checked(text);
        let number = |name: &str, default: i64| options.get(name).integer().unwrap_or(default);
        let string = |name: &str, default: Text| options.get(name).string().unwrap_or(default);
        Ok(Box::new(Self {
            headers: options.get("headers"),
            may_exist_since_ms: number("mayExistSince", i64::MAX),
            base_url: without_trailing_slash(string("baseUrl", DEFAULT_BASE_URL)),
            timeout_ms: number("timeoutMs", 30_000),
            total_timeout_ms: number("totalTimeoutMs", 60_000),
            max_retries: number("maxRetries", 2),
            max_response_bytes: number("maxResponseBytes", 8 * 1024 * 1024),
            request_id_header: string("requestIdHeader", "x-request-id"),
        }))
    }
}

/// Paths of operations begin with one.
fn without_trailing_slash(mut url: Text) -> Text {
    while let Some(shorter) = url.strip_suffix('/') {
        url = shorter;
    }
    url
}

/// https anywhere, http on loopback only: the token must not cross a network in the clear.
pub(crate) fn is_base_url(url: &str) -> bool {
    let clear = url.strip_prefix("http://");
    let Some(rest) = clear.or_else(|| url.strip_prefix("https://")) else { return false };
    let (authority, path) = text::split(rest, b'/').unwrap_or((rest, ""));
    let v6 = authority.strip_prefix("[::1]");
    let named = v6.unwrap_or(authority);
    let (host, port) = text::split(named, b':').unwrap_or((named, "443"));
    let host_fine = match v6 {
        // Anything else than a port makes another name of it.
        Some(_) => host.is_empty(),
        None => text::parts(host, b'.').all(|label| is_label(label, usize::MAX)),
    };
    let loopback = v6.is_some() || host.eq_ignore_ascii_case("localhost") || is_loopback_v4(host);
    host_fine
        && decimal::read(port).is_some_and(|port| (1..=65_535).contains(&port))
        && is_made_of(path, 0, usize::MAX, b"-:AZ[[]]__az~~")
        && !text::parts(path, b'/').any(|part| part == "." || part == "..")
        && (clear.is_none() || loopback)
}

/// Whether it can stand between the dots of a host's name: it neither is empty nor begins or ends with a hyphen.
pub(crate) fn is_label(label: &str, most: usize) -> bool {
    is_made_of(label, 1, most, b"--09AZaz") && !label.starts_with('-') && !label.ends_with('-')
}

/// Whether the text is so long, and of these characters only: pairs of the first and the last of a range.
#[inline(never)]
pub(crate) fn is_made_of(text: &str, least: usize, most: usize, ranges: &[u8]) -> bool {
    let fine = |byte| ranges.chunks_exact(2).any(|range| matches!(range, [from, to] if (*from..=*to).contains(&byte)));
    (least..=most).contains(&text.len()) && text.bytes().all(fine)
}

fn is_loopback_v4(host: &str) -> bool {
    let octet = |octet: &str| octet.len() <= 3 && decimal::read(octet).is_some_and(|value| value <= 255);
    host.strip_prefix("127.")
        .is_some_and(|rest| text::parts(rest, b'.').count() == 3 && text::parts(rest, b'.').all(octet))
}

pub(crate) fn is_header_name(name: &str) -> bool {
    is_made_of(name, 1, 64, b"--09AZaz")
}

/// What a caller may add to a request: neither what this package decides, nor what decides where a request goes and
/// how long it is.
pub(crate) fn is_own_header(name: &str) -> bool {
    const DECIDED: &str = "accept authorization connection content-length content-type cookie expect \
        host keep-alive te trailer transfer-encoding upgrade";
    is_header_name(name) && !text::parts(DECIDED, b' ').any(|decided| name.eq_ignore_ascii_case(decided))
}

pub(crate) fn is_header_value(value: &str) -> bool {
    is_made_of(value, 0, 4096, b" ~")
}

/// A bearer token that can stand in a header: visible ASCII without spaces (RFC 6750 admits fewer still).
pub(crate) fn is_token(token: &str) -> bool {
    is_made_of(token, 1, 4096, b"!~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_can_be_read_as_a_whole() {
        rules::assert_readable(SETTINGS);
    }

    #[test]
    fn base_urls() {
        for good in [
            DEFAULT_BASE_URL,
            "https://proxy.example.com:8443/hyperstack/",
            "http://127.0.0.1:8790",
            "http://localhost",
            "http://127.9.9.9",
            "http://[::1]:80",
            "https://[::1]",
        ] {
            assert!(is_base_url(good), "{good}");
        }
        for bad in [
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
            "https://a.example:0",
            "https://a.example:99999",
            "https://a.example:x",
            "https://a b",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "https://a.example\\@b",
            "http://[::2]",
            "https://[::1",
            "http://0.0.0.0",
            "http://[::1]evil.example",
            "http://[::1].evil.example",
            "https://a..b",
            "https://-",
        ] {
            assert!(!is_base_url(bad), "{bad}");
        }
    }

    #[test]
    fn defaults_and_values() {
        let defaults = Settings::read("op", "{}").unwrap();
        assert_eq!((defaults.timeout_ms, defaults.total_timeout_ms, defaults.max_retries), (30_000, 60_000, 2));
        assert_eq!(defaults.base_url, DEFAULT_BASE_URL);
        let given = Settings::read("op", r#"{"baseUrl":"http://localhost:1/","timeoutMs":0,"maxRetries":5}"#).unwrap();
        assert_eq!((given.base_url, given.timeout_ms, given.max_retries), ("http://localhost:1", 0, 5));
    }

    #[test]
    fn every_wrong_option_is_named() {
        let error =
            Settings::read("op", r#"{"baseUrl":"http://a.example","timeoutMs":-1,"maxRetries":"2","retries":1}"#)
                .expect_err("wrong");
        let found: Vec<_> = error.issues.iter().map(|issue| (issue.path, issue.rule.describe().0)).collect();
        let expected =
            [("baseUrl", "base_url"), ("timeoutMs", "count"), ("maxRetries", "count"), ("retries", "unknown_field")];
        assert_eq!(found, expected);
    }

    #[test]
    fn headers_of_the_callers_own() {
        let given = Settings::read("op", r#"{"headers":{"traceparent":"00-ab-cd-01","X-Tenant":"a b"}}"#).unwrap();
        let expected = [("traceparent", "00-ab-cd-01"), ("X-Tenant", "a b")];
        let found: Vec<_> =
            given.headers.members().map(|(name, value)| (name.decode(), value.string().unwrap())).collect();
        assert_eq!(found, expected);
        for (headers, path, rule) in [
            (r#"{"Authorization":"Bearer x"}"#, "headers.Authorization", "own_header"),
            (r#"{"content-type":"text/plain"}"#, "headers.content-type", "own_header"),
            (r#"{"x y":"1"}"#, "headers.x y", "own_header"),
            (r#"{"x":"a\r\nb"}"#, "headers.x", "header_value"),
            (r#"{"x":1}"#, "headers.x", "header_value"),
            ("[]", "headers", "object"),
        ] {
            let error = Settings::read("op", format!(r#"{{"headers":{headers}}}"#).leak()).expect_err(headers);
            let found: Vec<_> = error.issues.iter().map(|issue| (issue.path, issue.rule.describe().0)).collect();
            assert_eq!(found, [(path, rule)]);
        }
    }

    #[test]
    fn tokens() {
        assert!(is_token("hs_live_AbC-123.~/+="));
        for bad in ["", "a b", "a\n", "ü", "a\u{0}"] {
            assert!(!is_token(bad), "{bad:?}");
        }
    }
}
