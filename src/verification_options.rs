//! Owns the options of a verification: their shape, their defaults, the policy they make.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::credential_url::DEFAULT_HOST;
use crate::error::Error;
use crate::json::Value;
use crate::rules;
use crate::shape;
use crate::shape::{Issue, Rule};
use crate::text::{self, Text};
use crate::verification::Policy;

const OPTIONS: &str = shape!({!
    hosts? [host],
    skewSeconds? count,
    now? count,
    recipientName? filled,
    allowMetadata? [filled],
    issuerLabel? filled,
});

impl Policy {
    /// Reads the options as JSON text; everything that is wrong with them is reported at once.
    pub(crate) fn read(operation: &'static str, text: &str) -> Result<Box<Self>, Box<Error>> {
        let mut issues = rules::findings(text, OPTIONS);
        let options = Value::checked(text::keep(text));
        let mut hosts = strings(options, "hosts");
        for host in &mut hosts {
            *host = text::lower(host);
        }
        if hosts.is_empty() {
            if options.get("hosts").is_missing() {
                hosts.push(DEFAULT_HOST);
            } else if issues.is_empty() {
                issues.push(Issue::new("hosts", Rule::Filled));
            }
        }
        Error::unless_fine(operation, issues)?;
        Ok(Box::new(Self {
            hosts,
            skew_s: options.get("skewSeconds").integer().unwrap_or(300),
            now_ms: options.get("now").integer(),
            recipient_name: string(options, "recipientName"),
            allow_metadata: strings(options, "allowMetadata"),
            issuer_label: string(options, "issuerLabel"),
        }))
    }
}

#[inline(never)]
fn string(options: Value<'static>, name: &str) -> Option<Text> {
    options.get(name).string()
}

#[inline(never)]
fn strings(options: Value<'static>, name: &str) -> Vec<Text> {
    let mut all = Vec::new();
    for item in options.get(name).items() {
        all.push(item.string().unwrap_or_default());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_can_be_read_as_a_whole() {
        rules::assert_readable(OPTIONS);
    }

    #[test]
    fn defaults() {
        let policy = Policy::read("verify", "{}").unwrap();
        assert_eq!((policy.hosts.as_slice(), policy.skew_s), ([DEFAULT_HOST].as_slice(), 300));
        assert_eq!((policy.now_ms, policy.recipient_name, policy.issuer_label), (None, None, None));
    }

    #[test]
    fn values() {
        let text = r#"{"hosts":["Credentials.Example.org"],"skewSeconds":0,"now":1893456000000,"recipientName":"Zoë","allowMetadata":["custom_a"],"issuerLabel":"Acme"}"#;
        let policy = Policy::read("verify", text).unwrap();
        assert_eq!(policy.hosts, ["credentials.example.org"]);
        assert_eq!((policy.skew_s, policy.now_ms), (0, Some(1_893_456_000_000)));
        assert_eq!((policy.recipient_name, policy.issuer_label), (Some("Zoë"), Some("Acme")));
        assert_eq!(policy.allow_metadata, ["custom_a"]);
    }

    #[test]
    fn every_wrong_option_is_named() {
        for (text, expected) in [
            ("[]", vec![("", "object")]),
            (r#"{"hosts":[]}"#, vec![("hosts", "not_blank")]),
            (
                r#"{"hosts":["*.example.org",3],"skewSeconds":-1,"now":null,"recipientName":" ","skew":1}"#,
                vec![
                    ("hosts[0]", "host"),
                    ("hosts[1]", "host"),
                    ("skewSeconds", "count"),
                    ("now", "count"),
                    ("recipientName", "not_blank"),
                    ("skew", "unknown_field"),
                ],
            ),
        ] {
            let Err(error) = Policy::read("verify", text) else { panic!("accepted {text}") };
            let found: Vec<_> = error.issues.iter().map(|issue| (issue.path, issue.rule.describe().0)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
