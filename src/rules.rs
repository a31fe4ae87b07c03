//! Owns the rules that strings are held to beyond what the decoder knows, and the check of a body against a shape with them.

use alloc::vec::Vec;

use crate::credential_url::{IdForm, is_host};
use crate::json::Parsed;
use crate::settings::{is_base_url, is_header_name, is_header_value, is_made_of, is_own_header};
use crate::shape;
use crate::shape::{Issue, Rule};
use crate::text;
use crate::timestamp::is_date;

/// Checks a whole text against a shape. `Err`: it is not JSON. `Ok`: every broken rule.
pub(crate) fn check(text: &str, shape: &'static str) -> Parsed<Vec<Issue>> {
    shape::check(text, shape, accepts)
}

/// The same for what an object must be; a text that is not JSON is none.
pub(crate) fn findings(text: &str, shape: &'static str) -> Vec<Issue> {
    shape::findings(text, shape, accepts)
}

/// Whether a string is as the rule says; none is as a rule says that is not here.
pub(crate) fn accepts(rule: Rule, text: &str) -> bool {
    match rule {
        Rule::DocumentId => IdForm::of(text).is_some(),
        Rule::GroupKey => is_group_key(text),
        Rule::GroupCode => is_group_code(text),
        Rule::Email => is_email(text),
        Rule::HttpUrl => is_http_url(text),
        Rule::NoComma => !text::has(text, b','),
        Rule::CustomKey => begins(text, "custom_"),
        // `YYYY/MM/DD`, a day that exists (search-credentials).
        Rule::Date => is_date(text),
        Rule::Host => is_host(text),
        Rule::BaseUrl => is_base_url(text),
        Rule::HeaderName => is_header_name(text),
        Rule::OwnHeader => is_own_header(text),
        Rule::HeaderValue => is_header_value(text),
        _ => false,
    }
}

/// The vendor shows 12 alphanumerics and, in one example, `unique_group_id_12345`; no grammar is documented.
fn is_group_key(key: &str) -> bool {
    is_made_of(key, 1, 64, b"--09AZ__az")
}

/// "Alphanumeric, hyphens, and spaces only" (create-credential-group).
fn is_group_code(code: &str) -> bool {
    !text::is_blank(code) && is_made_of(code, 1, usize::MAX, b"  --09AZaz")
}

/// Something before and after a single `@`. More is the mail server's business.
fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text::split(text, b'@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !text::has(domain, b'@'))
        && is_unbroken(text)
}

fn is_http_url(text: &str) -> bool {
    (begins(text, "https://") || begins(text, "http://")) && is_unbroken(text)
}

/// With something behind it.
fn begins(text: &str, with: &str) -> bool {
    text.len() > with.len() && text.starts_with(with)
}

#[inline(never)]
fn is_unbroken(text: &str) -> bool {
    !text.chars().any(|found| found.is_whitespace() || found.is_control())
}

#[cfg(test)]
pub(crate) use tests::assert_readable;

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(Rule, &str); 13] = [
        (Rule::DocumentId, "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx"),
        (Rule::GroupKey, "GcI6H5b66a3v"),
        (Rule::GroupCode, "A-1 b"),
        (Rule::Email, "a@b.example"),
        (Rule::HttpUrl, "https://a.example"),
        (Rule::NoComma, "tag"),
        (Rule::CustomKey, "custom_a"),
        (Rule::Date, "2024/02/29"),
        (Rule::Host, "a.example"),
        (Rule::BaseUrl, "https://a.example"),
        (Rule::HeaderName, "x-request-id"),
        (Rule::OwnHeader, "traceparent"),
        (Rule::HeaderValue, "a b"),
    ];

    /// A shape that can be read to its end, and whose rules are decided here.
    #[track_caller]
    pub(crate) fn assert_readable(shape: &'static str) {
        let left = shape::rules_left(shape).unwrap_or_else(|| panic!("no shape: {shape}"));
        for rule in left {
            let good = GOOD.iter().find(|(about, _)| *about == rule).unwrap_or_else(|| panic!("{rule:?} in {shape}"));
            assert!(accepts(rule, good.1), "{rule:?}");
        }
    }

    #[test]
    fn every_rule_of_a_kind_is_decided_by_its_own_test() {
        for (rule, good) in GOOD {
            assert!(accepts(rule, good), "{good}");
            assert!(!accepts(rule, "\0,"), "{}", rule.describe().0);
        }
        // The word of a kind and the rule that its letter stands for.
        for (letter, rule) in [
            (shape!(document_id), "document_id"),
            (shape!(group_key), "group_key"),
            (shape!(group_code), "group_code"),
            (shape!(email), "email"),
            (shape!(http_url), "http_url"),
            (shape!(no_comma), "no_comma"),
            (shape!(custom_key), "custom_prefix"),
            (shape!(date), "date"),
            (shape!(host), "host"),
            (shape!(base_url), "base_url"),
            (shape!(header_name), "header_name"),
            (shape!(own_header), "own_header"),
            (shape!(header_value), "header_value"),
        ] {
            let left = shape::rules_left(letter).unwrap();
            assert_eq!(left.iter().map(|found| found.describe().0).collect::<Vec<_>>(), [rule]);
        }
        for rule in [Rule::Required, Rule::Object, Rule::Inconsistent] {
            assert!(!accepts(rule, "a"), "{}", rule.describe().0);
        }
    }

    #[test]
    fn addresses() {
        for good in ["a@b", "first.last+tag@sub.example.org", "ü@example.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "plain"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
