//! How a verification is done: the options of `verify` and their defaults.

use super::link::DEFAULT_HOST;
use crate::json::Value;
use crate::model::{Host, NameToCompare, Text, Timestamp};
use crate::validate::{FromValue, Issues, Members, Path, Rule};

/// The tolerance for clocks that differ, in seconds.
const DEFAULT_SKEW_S: u64 = 300;

/// The largest tolerance, a day in seconds. A larger one is probably in milliseconds, and would accept credentials long after they
/// expired.
const MAX_SKEW_S: u64 = 86_400;

/// The oldest response that can support `valid`, in seconds: long enough for a cache that absorbs a rush on one credential, short
/// enough that a revocation counts within minutes.
const DEFAULT_MAX_AGE_S: u64 = 300;

/// How a verification is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The hosts whose links are trusted. A bare id gets a link on the first of them.
    pub hosts: Vec<Host>,
    /// The tolerance for clocks that differ, in seconds, at most a day. 0 is allowed.
    pub skew_s: u64,
    /// The instant that the verdict is about; `None`: the system's time when the response arrives.
    pub now: Option<Timestamp>,
    /// The name to compare with the recipient's. `None`: names are not compared.
    pub recipient_name: Option<NameToCompare>,
    /// The keys of metadata that may be shown.
    pub allow_metadata: Vec<Text>,
    /// What the report calls the issuer. The verifier's own words, not the API's.
    pub issuer_label: Option<Text>,
    /// The oldest response that can support `valid`, in seconds (`Age`).
    pub max_age_s: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            hosts: default_hosts(),
            skew_s: DEFAULT_SKEW_S,
            now: None,
            recipient_name: None,
            allow_metadata: Vec::new(),
            issuer_label: None,
            max_age_s: DEFAULT_MAX_AGE_S,
        }
    }
}

impl Policy {
    /// Reads the options of `verify` from an object that may have others beside them.
    pub fn read(members: &mut Members<'_>) -> Option<Self> {
        let hosts = read_hosts(members);
        let skew_s = members.read::<Option<u64>>("skewSeconds");
        let is_skew = skew_s.flatten().is_none_or(|skew_s| skew_s <= MAX_SKEW_S);
        members.require(is_skew, "skewSeconds", Rule::DaySeconds);
        let now = members.read("now");
        let recipient_name = members.read("recipientName");
        let allow_metadata = members.read::<Option<Vec<Text>>>("allowMetadata");
        let issuer_label = members.read("issuerLabel");
        let max_age_s = members.read::<Option<u64>>("maxAgeSeconds");
        Some(Self {
            hosts: hosts?,
            skew_s: skew_s?.unwrap_or(DEFAULT_SKEW_S),
            now: now?,
            recipient_name: recipient_name?,
            allow_metadata: allow_metadata?.unwrap_or_default(),
            issuer_label: issuer_label?,
            max_age_s: max_age_s?.unwrap_or(DEFAULT_MAX_AGE_S),
        })
    }
}

impl FromValue for Policy {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let policy = Self::read(&mut members);
        members.refuse_unknown();
        policy
    }
}

/// Reads the trusted hosts; without the member, the vendor's. An empty list would trust nothing, which is never intended.
pub fn read_hosts(members: &mut Members<'_>) -> Option<Vec<Host>> {
    members.require(!members.is_empty_array("hosts"), "hosts", Rule::NotBlank);
    let hosts = members.read::<Option<Vec<Host>>>("hosts")?;
    Some(hosts.unwrap_or_else(default_hosts))
}

pub(super) fn default_hosts() -> Vec<Host> {
    Host::parse(DEFAULT_HOST).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn read(text: &str) -> Result<Policy, Vec<(String, &'static str)>> {
        let mut issues = Issues::default();
        let policy = Policy::from_value(json::from_str(text).ok().as_ref(), &Path::Root, &mut issues);
        let issues: Vec<_> = issues.into_vec().into_iter().map(|issue| (issue.path, issue.rule.name())).collect();
        if issues.is_empty() { Ok(policy.expect("a policy")) } else { Err(issues) }
    }

    #[test]
    fn has_defaults() {
        let policy = read("{}").unwrap();
        assert_eq!(policy, Policy::default());
        assert_eq!(policy.hosts, [Host::parse("hyperstack.id").unwrap()]);
        assert_eq!((policy.skew_s, policy.max_age_s), (300, 300));
    }

    #[test]
    fn reads_every_option() {
        let policy = read(
            r#"{"hosts":["credentials.example.org"],"skewSeconds":0,"now":1893456000000,"recipientName":"Zoë",
                "allowMetadata":["custom_a"],"issuerLabel":"Acme","maxAgeSeconds":0}"#,
        )
        .unwrap();
        let expected = Policy {
            hosts: vec![Host::parse("credentials.example.org").unwrap()],
            skew_s: 0,
            now: Some(Timestamp::from_ms(1_893_456_000_000)),
            recipient_name: NameToCompare::parse("Zoë").ok(),
            allow_metadata: vec![Text::parse("custom_a").unwrap()],
            issuer_label: Text::parse("Acme").ok(),
            max_age_s: 0,
        };
        assert_eq!(policy, expected);
    }

    #[test]
    fn names_every_wrong_option() {
        for (text, expected) in [
            ("[]", vec![("", "object")]),
            (r#"{"hosts":[]}"#, vec![("hosts", "not_blank")]),
            (
                r#"{"hosts":["*.example.org",3],"skewSeconds":-1,"now":null,"recipientName":" ","maxAgeSeconds":1.5,"skew":1}"#,
                vec![
                    ("hosts[0]", "host"),
                    ("hosts[1]", "host"),
                    ("skewSeconds", "count"),
                    ("now", "count"),
                    ("recipientName", "not_blank"),
                    ("maxAgeSeconds", "count"),
                    ("skew", "unknown_field"),
                ],
            ),
            (
                r#"{"skewSeconds":300000,"now":1893456000}"#,
                vec![("skewSeconds", "day_seconds"), ("now", "epoch_milliseconds")],
            ),
            (r#"{"now":1893456000000000}"#, vec![("now", "epoch_milliseconds")]),
        ] {
            let issues = read(text).expect_err("issues");
            let found: Vec<_> = issues.iter().map(|(path, rule)| (path.as_str(), *rule)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
