//! Reads the report of a verify service: checks the shape of all its members, and reads those that its consistency depends on. Members
//! that this version does not know are accepted.

use crate::json::Value;
use crate::model::Timestamp;
use crate::validate::{Issue, Path, Rule, format};
use crate::verify::check::{CheckId, Code, Reason, State};
use crate::verify::decision::{Outcome, Verdict};
use crate::verify::link::InputKind;
use crate::verify::report::{NowSource, PrivatePolicy, Schema};
use crate::verify::words::Named;

/// The oldest response of an account that is accepted for a `valid`, in seconds: a day. The limit of the service, which is lower by
/// default, is not in the report.
pub(super) const MAX_AGE_S: u64 = 24 * 60 * 60;

/// A report as a service sent it.
pub(super) struct ReceivedReport<'a> {
    pub(super) outcome: Outcome,
    pub(super) verdict: Verdict,
    pub(super) reason: Option<Reason>,
    pub(super) checks: Vec<ReceivedCheck>,
    pub(super) subject: ReceivedSubject<'a>,
    pub(super) credential: Option<ReceivedCredential<'a>>,
    pub(super) checked_at: Timestamp,
    pub(super) skew_s: u64,
}

pub(super) struct ReceivedCheck {
    /// `None`: this version does not know the check.
    pub(super) id: Option<CheckId>,
    pub(super) state: State,
    /// `None` if this version does not know the code.
    pub(super) code: Option<Code>,
    /// Seconds that the account's response was in caches; the largest number where a cached one does not say it.
    pub(super) age_s: u64,
}

pub(super) struct ReceivedSubject<'a> {
    pub(super) input_kind: InputKind,
    pub(super) id: Option<&'a str>,
    pub(super) canonical_url: Option<&'a str>,
}

pub(super) struct ReceivedCredential<'a> {
    pub(super) document_id: &'a str,
    pub(super) document_url: &'a str,
    pub(super) has_recipient: bool,
    pub(super) has_email: bool,
    pub(super) has_metadata: bool,
    pub(super) issued_on: Timestamp,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) status: &'a str,
    pub(super) privacy: Option<&'a str>,
}

/// What the members of a report must be. Others may be there.
const REPORT: Shape = Shape::Object(&[
    ("schema", name::<Schema>()),
    ("outcome", name::<Outcome>()),
    ("verdict", name::<Verdict>()),
    ("reason", Shape::OrNull(&name::<Reason>())),
    ("retryable", Shape::Boolean),
    ("retry_after_s", Shape::OrNull(&Shape::Count)),
    ("checks", Shape::Elements(&CHECK)),
    ("subject", SUBJECT),
    ("credential", Shape::OrNull(&CREDENTIAL)),
    ("withheld", Shape::Elements(&STRING)),
    ("checked_at", INSTANT),
    ("now_source", name::<NowSource>()),
    ("issuer_label", Shape::OrNull(&STRING)),
    ("verifier", Shape::Object(&[("name", STRING), ("version", STRING)])),
    ("policy", POLICY),
]);

const CHECK: Shape = Shape::Object(&[
    ("id", NOT_BLANK),
    ("state", name::<State>()),
    ("code", NOT_BLANK),
    ("params", Shape::Object(&[])),
]);

const SUBJECT: Shape = Shape::Object(&[
    ("input_kind", name::<InputKind>()),
    ("id", Shape::OrNull(&STRING)),
    ("canonical_url", Shape::OrNull(&STRING)),
]);

const CREDENTIAL: Shape = Shape::Object(&[
    ("document_id", NOT_BLANK),
    ("document_url", STRING),
    ("recipient", Shape::OrNull(&Shape::Object(&[("name", STRING)]))),
    ("group", Shape::Object(&[("title", Shape::OrNull(&STRING)), ("code", Shape::OrNull(&STRING))])),
    ("issued_on", INSTANT),
    ("valid_until", Shape::OrNull(&INSTANT)),
    ("status", NOT_BLANK),
    ("privacy", Shape::OrNull(&STRING)),
    ("metadata", Shape::Object(&[])),
]);

const POLICY: Shape = Shape::Object(&[
    ("hosts", Shape::Elements(&STRING)),
    ("skew_s", Shape::Count),
    ("private", name::<PrivatePolicy>()),
]);

const STRING: Shape = Shape::Text(Rule::String, |_| true);
const NOT_BLANK: Shape = Shape::Text(Rule::NotBlank, format::is_not_blank);
const INSTANT: Shape = Shape::Text(Rule::Timestamp, |text| Timestamp::parse(text).is_some());

/// The name of a variant.
const fn name<T: Named>() -> Shape {
    Shape::Text(Rule::OneOf, |text| T::from_name(text).is_some())
}

/// What a value must be.
enum Shape {
    /// An object with these members.
    Object(&'static [(&'static str, Self)]),
    /// An array of such elements.
    Elements(&'static Self),
    /// Such a value, or `null`. A missing value is not `null`.
    OrNull(&'static Self),
    Boolean,
    Count,
    /// A string that is accepted, or else breaks the rule.
    Text(Rule, fn(&str) -> bool),
}

impl Shape {
    /// Checks a value, which may be missing.
    ///
    /// # Errors
    /// The first rule that it breaks.
    fn check(&self, value: Option<&Value>, path: &Path<'_>) -> Result<(), Issue> {
        let broken = match (self, value) {
            (_, None) => Rule::Required,
            (Self::OrNull(_), Some(Value::Null)) | (Self::Boolean, Some(Value::Bool(_))) => return Ok(()),
            (Self::OrNull(shape), _) => return shape.check(value, path),
            (Self::Object(members), Some(Value::Object(_))) => {
                let get = |name| value.and_then(|object| object.get(name));
                return members.iter().try_for_each(|(name, shape)| shape.check(get(name), &Path::Member(path, name)));
            }
            (Self::Elements(shape), Some(Value::Array(elements))) => {
                let mut elements = elements.iter().enumerate();
                return elements
                    .try_for_each(|(index, element)| shape.check(Some(element), &Path::Element(path, index)));
            }
            (Self::Count, Some(Value::Number(number))) if number.as_count().is_some() => return Ok(()),
            (Self::Text(_, accepts), Some(Value::String(text))) if accepts(text) => return Ok(()),
            (Self::Text(rule, _), Some(Value::String(_))) => *rule,
            (Self::Text(rule, _), _) => rule.of_other_types(),
            (Self::Object(_), _) => Rule::Object,
            (Self::Elements(_), _) => Rule::Array,
            (Self::Boolean, _) => Rule::Boolean,
            (Self::Count, _) => Rule::Count,
        };
        Err(Issue::new(path.render(), broken))
    }
}

impl<'a> ReceivedReport<'a> {
    /// Reads a report.
    ///
    /// # Errors
    /// The first rule that a member breaks.
    pub(super) fn read(value: &'a Value) -> Result<Self, Issue> {
        REPORT.check(Some(value), &Path::Root)?;
        Self::of(value).ok_or_else(|| Issue::new("", Rule::Required))
    }

    /// Reads a value that has the shape of a report.
    fn of(report: &'a Value) -> Option<Self> {
        let Some(Value::Array(checks)) = report.get("checks") else { return None };
        Some(Self {
            outcome: named(report, "outcome")?,
            verdict: named(report, "verdict")?,
            reason: named(report, "reason"),
            checks: checks.iter().map(ReceivedCheck::of).collect::<Option<_>>()?,
            subject: ReceivedSubject::of(report.get("subject")?)?,
            credential: report.get("credential").and_then(ReceivedCredential::of),
            checked_at: instant(report, "checked_at")?,
            skew_s: count(report.get("policy")?, "skew_s")?,
        })
    }
}

impl ReceivedCheck {
    fn of(check: &Value) -> Option<Self> {
        let code = named(check, "code");
        let unstated = if code == Some(Code::Cached) { u64::MAX } else { 0 };
        let age_s = check.get("params").and_then(|params| count(params, "age_s")).unwrap_or(unstated);
        Some(Self { id: named(check, "id"), state: named(check, "state")?, code, age_s })
    }

    /// Whether the check can be in a report of `valid` with its state and code. One that this version does not know can.
    pub(super) fn allows_valid(&self) -> bool {
        let codes = match (self.id, self.state) {
            (Some(id), State::Pass) => id.pass_codes(),
            // `active`, but over by the clock: that is `expired`.
            (Some(CheckId::StatusClockAgreement), State::Warn) => &[],
            (Some(id), State::Warn) => id.warn_codes(),
            (Some(CheckId::HostTrusted), State::Skipped) => &[Code::BareId],
            (Some(CheckId::RecipientMatch), State::Skipped) => &[Code::NotRequested],
            (Some(_), State::Fail | State::Error | State::Skipped) => &[],
            (None, _) => return true,
        };
        self.code.is_some_and(|code| codes.contains(&code)) && self.age_s <= MAX_AGE_S
    }
}

impl<'a> ReceivedSubject<'a> {
    fn of(subject: &'a Value) -> Option<Self> {
        Some(Self {
            input_kind: named(subject, "input_kind")?,
            id: text(subject, "id"),
            canonical_url: text(subject, "canonical_url"),
        })
    }
}

impl<'a> ReceivedCredential<'a> {
    /// `None` for `null`.
    fn of(credential: &'a Value) -> Option<Self> {
        let recipient = credential.get("recipient").filter(|recipient| matches!(recipient, Value::Object(_)));
        Some(Self {
            document_id: text(credential, "document_id")?,
            document_url: text(credential, "document_url")?,
            has_recipient: recipient.is_some(),
            has_email: recipient.is_some_and(|recipient| recipient.get("email").is_some()),
            has_metadata: matches!(credential.get("metadata"), Some(Value::Object(members)) if !members.is_empty()),
            issued_on: instant(credential, "issued_on")?,
            valid_until: instant(credential, "valid_until"),
            status: text(credential, "status")?,
            privacy: text(credential, "privacy"),
        })
    }
}

/// The string that a member is.
fn text<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    object.get(member).and_then(Value::as_str)
}

fn named<T: Named>(object: &Value, member: &str) -> Option<T> {
    text(object, member).and_then(T::from_name)
}

fn instant(object: &Value, member: &str) -> Option<Timestamp> {
    text(object, member).and_then(Timestamp::parse)
}

fn count(object: &Value, member: &str) -> Option<u64> {
    match object.get(member) {
        Some(Value::Number(number)) => number.as_count(),
        _ => None,
    }
}
