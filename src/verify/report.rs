//! The report of a verification: what `verify` returns, and what a verify service sends to a browser.

use serde::{Serialize, Serializer};

use super::check::{Check, Reason};
use super::decision::{Decision, Outcome, Verdict};
use super::disclosure::Disclosure;
use super::link::{InputKind, Subject};
use super::policy::Policy;
use super::words::named_enums;
use crate::json::Value;
use crate::model::{CredentialStatus, DocumentId, IsoTimestamp, Privacy, Timestamp};

named_enums! {
    /// The version of the form of a report.
    Schema {
        V1 = "hyperstack-verify/1",
    }

    /// Where the instant of a verdict comes from.
    NowSource {
        /// The clock of the machine that verified.
        System = "system",
        /// The caller's option `now`.
        Option = "option",
    }

    /// What is done with a credential that is not marked public.
    PrivatePolicy {
        Withhold = "withhold",
    }

    /// What the response contains and the report does not.
    #[cfg_attr(feature = "typescript", ts(rename = "WithheldField"))]
    Withheld {
        /// All of it: it is not published.
        Credential = "credential",
        RecipientEmail = "recipient.email",
        RecipientName = "recipient.name",
        GroupTitle = "group.title",
        GroupCode = "group.code",
        /// Some or all of its members.
        Metadata = "metadata",
    }
}

/// The result of a verification. It says what the issuer's account responded at `checked_at`; it carries no signature. It holds
/// nothing that may not be shown: the e-mail address never enters it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Verification {
    /// Version of the form of this object.
    #[cfg_attr(feature = "typescript", ts(inline))]
    pub schema: Schema,
    /// The outcome in one of three words.
    pub outcome: Outcome,
    /// The headline: which state decided.
    pub verdict: Verdict,
    /// Why there is no verdict; `null` unless `verdict` is `indeterminate`.
    pub reason: Option<Reason>,
    /// Whether the same verification may come to a verdict later.
    pub retryable: bool,
    /// Seconds that the upstream asked to wait, if it did.
    pub retry_after_s: Option<u64>,
    /// Every check, always, in the order of `CheckId`.
    pub checks: Vec<Check>,
    /// What was verified.
    pub subject: ReportSubject,
    /// `null` unless the issuer's account responded about this very id and the credential was published.
    pub credential: Option<ShownCredential>,
    /// What the response contains and this result does not.
    #[cfg_attr(feature = "typescript", ts(type = "OpenEnum<WithheldField>[]"))]
    pub withheld: Vec<Withheld>,
    /// The instant that the verdict is about. ISO 8601, UTC, milliseconds.
    pub checked_at: Timestamp,
    /// Where `checked_at` comes from.
    #[cfg_attr(feature = "typescript", ts(inline))]
    pub now_source: NowSource,
    /// What the verifier calls the issuer (its own option, not from the API).
    pub issuer_label: Option<String>,
    /// The program that computed the verdict.
    pub verifier: VerifierVersion,
    /// What the verdict was computed by.
    pub policy: ReportPolicy,
}

/// What was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "VerificationSubject"))]
pub struct ReportSubject {
    /// Whether a link or a bare id was given; `url` also for input that is neither.
    #[cfg_attr(feature = "typescript", ts(inline))]
    pub input_kind: InputKind,
    /// Id of the credential; `null` if the input does not contain one.
    pub id: Option<DocumentId>,
    /// The link without query, fragment and trailing slash; `null` if the input does not contain an id.
    pub canonical_url: Option<String>,
}

/// What may be shown of a credential.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "VerifiedCredential"))]
pub struct ShownCredential {
    /// Id of the credential.
    pub document_id: DocumentId,
    /// Its public page: the canonical link, on a trusted host whatever host the API wrote.
    pub document_url: String,
    /// `null` when withheld: always unless the credential is marked public.
    pub recipient: Option<ShownRecipient>,
    /// The group it belongs to.
    pub group: ShownGroup,
    /// ISO 8601, UTC.
    pub issued_on: IsoTimestamp,
    /// ISO 8601, UTC; `null`: never expires.
    pub valid_until: Option<IsoTimestamp>,
    /// Status as the API wrote it. The verdict is what counts: dates can overrule it.
    #[cfg_attr(feature = "typescript", ts(type = "LifecycleStatus"))]
    pub status: CredentialStatus,
    /// `null` if the response does not say, or says something unknown.
    pub privacy: Option<Privacy>,
    /// Only listed keys with a string, number or boolean.
    pub metadata: ShownMetadata,
}

/// The recipient as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "VerifiedRecipient"))]
pub struct ShownRecipient {
    /// Name of the person that the credential is issued to.
    pub name: String,
}

/// The group as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "VerifiedGroup"))]
pub struct ShownGroup {
    /// `null` if the issuer put an e-mail address into it.
    pub title: Option<String>,
    /// `null` if the issuer put an e-mail address into it.
    pub code: Option<String>,
}

/// The metadata as shown: strings, numbers and booleans by their keys, in the order of the response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShownMetadata(pub Vec<(String, Value)>);

impl Serialize for ShownMetadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// The program that computed a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct VerifierVersion {
    /// Name of the package.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// What a verdict was computed by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "VerificationPolicy"))]
pub struct ReportPolicy {
    /// The trusted hosts.
    pub hosts: Vec<String>,
    /// The tolerance for clocks that differ, in seconds.
    pub skew_s: u64,
    /// What is done with a credential that is not marked public.
    #[cfg_attr(feature = "typescript", ts(inline))]
    pub private: PrivatePolicy,
}

/// The parts of a report.
pub(super) struct ReportParts<'a> {
    pub(super) decision: Decision,
    pub(super) checks: Vec<Check>,
    /// `None` if the input does not name a credential.
    pub(super) subject: Option<&'a Subject>,
    pub(super) disclosure: Disclosure,
    pub(super) retry_after_s: Option<u64>,
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
}

impl Verification {
    pub(super) fn new(parts: ReportParts<'_>) -> Self {
        let ReportParts { decision, checks, subject, disclosure, retry_after_s, policy, now } = parts;
        Self {
            schema: Schema::V1,
            outcome: decision.verdict().outcome(),
            verdict: decision.verdict(),
            reason: decision.reason(),
            retryable: decision.reason().is_some_and(Reason::is_retryable),
            retry_after_s,
            checks,
            subject: ReportSubject {
                input_kind: subject.map_or(InputKind::Url, |subject| subject.kind),
                id: subject.map(|subject| subject.id.clone()),
                canonical_url: subject.map(|subject| subject.canonical_url.clone()),
            },
            credential: disclosure.credential,
            withheld: disclosure.withheld,
            checked_at: now,
            now_source: if policy.now.is_some() { NowSource::Option } else { NowSource::System },
            issuer_label: policy.issuer_label.as_ref().map(|label| label.as_str().to_owned()),
            verifier: VerifierVersion { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            policy: ReportPolicy {
                hosts: policy.hosts.iter().map(|host| host.as_str().to_ascii_lowercase()).collect(),
                skew_s: policy.skew_s,
                private: PrivatePolicy::Withhold,
            },
        }
    }
}
