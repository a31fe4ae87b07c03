//! Reads the report of a verify service: the members that its consistency depends on, and the shape of the others. Members that this
//! version does not know are accepted.

use crate::json::Value;
use crate::model::Timestamp;
use crate::validate::{Issue, Path, Rule, format};
use crate::verify::check::{CheckId, Code, Reason, State};
use crate::verify::decision::{Outcome, Verdict};
use crate::verify::link::InputKind;
use crate::verify::report::{NowSource, PrivatePolicy, Schema};
use crate::verify::words::Named;

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
    /// Whether its code is `active`.
    pub(super) is_active: bool,
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
    pub(super) issued_on: Timestamp,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) status: &'a str,
    pub(super) privacy: Option<&'a str>,
}

impl<'a> ReceivedReport<'a> {
    /// Reads a report.
    ///
    /// # Errors
    /// The first rule that a member breaks.
    pub(super) fn read(value: &'a Value) -> Result<Self, Issue> {
        let report = Field { value: Some(value), path: Path::Root };
        report.object()?;
        report.member("schema").name::<Schema>()?;
        let outcome = report.member("outcome").name()?;
        let verdict = report.member("verdict").name()?;
        let reason = report.member("reason").unless_null(Field::name)?;
        report.member("retryable").boolean()?;
        report.member("retry_after_s").unless_null(Field::count)?;
        let checks = report.member("checks").elements(ReceivedCheck::read)?;
        let subject = ReceivedSubject::read(&report.member("subject"))?;
        let credential = report.member("credential").unless_null(ReceivedCredential::read)?;
        report.member("withheld").elements(require_string)?;
        let checked_at = report.member("checked_at").instant()?;
        report.member("now_source").name::<NowSource>()?;
        report.member("issuer_label").unless_null(Field::string)?;
        let verifier = report.member("verifier");
        verifier.object()?;
        verifier.member("name").string()?;
        verifier.member("version").string()?;
        let policy = report.member("policy");
        policy.object()?;
        policy.member("hosts").elements(require_string)?;
        let skew_s = policy.member("skew_s").count()?;
        policy.member("private").name::<PrivatePolicy>()?;
        Ok(Self { outcome, verdict, reason, checks, subject, credential, checked_at, skew_s })
    }
}

impl ReceivedCheck {
    fn read(check: &Field<'_, '_>) -> Result<Self, Issue> {
        check.object()?;
        let id = check.member("id").text()?;
        let state = check.member("state").name()?;
        let is_active = check.member("code").text()? == Code::Active.as_str();
        check.member("params").object()?;
        Ok(Self { id: CheckId::from_name(id), state, is_active })
    }
}

impl<'a> ReceivedSubject<'a> {
    fn read(subject: &Field<'a, '_>) -> Result<Self, Issue> {
        subject.object()?;
        let input_kind = subject.member("input_kind").name()?;
        let id = subject.member("id").unless_null(Field::string)?;
        let canonical_url = subject.member("canonical_url").unless_null(Field::string)?;
        Ok(Self { input_kind, id, canonical_url })
    }
}

impl<'a> ReceivedCredential<'a> {
    fn read(credential: &Field<'a, '_>) -> Result<Self, Issue> {
        credential.object()?;
        let document_id = credential.member("document_id").text()?;
        let document_url = credential.member("document_url").string()?;
        let recipient = credential.member("recipient");
        let has_email = recipient.unless_null(|recipient| {
            recipient.object()?;
            recipient.member("name").string()?;
            Ok(recipient.member("email").value.is_some())
        })?;
        let group = credential.member("group");
        group.object()?;
        group.member("title").unless_null(Field::string)?;
        group.member("code").unless_null(Field::string)?;
        let issued_on = credential.member("issued_on").instant()?;
        let valid_until = credential.member("valid_until").unless_null(Field::instant)?;
        let status = credential.member("status").text()?;
        let privacy = credential.member("privacy").unless_null(Field::string)?;
        credential.member("metadata").object()?;
        Ok(Self {
            document_id,
            document_url,
            has_recipient: has_email.is_some(),
            has_email: has_email.unwrap_or(false),
            issued_on,
            valid_until,
            status,
            privacy,
        })
    }
}

/// Checks the shape of an element that nothing depends on.
fn require_string(element: &Field<'_, '_>) -> Result<(), Issue> {
    element.string().map(drop)
}

/// A member of a report, which may be missing, with its path.
struct Field<'a, 'p> {
    value: Option<&'a Value>,
    path: Path<'p>,
}

impl<'a> Field<'a, '_> {
    /// The member of this object.
    fn member<'n>(&'n self, name: &'n str) -> Field<'a, 'n> {
        Field { value: self.value.and_then(|value| value.get(name)), path: Path::Member(&self.path, name) }
    }

    /// What `read` reads, unless the value is `null`. A missing value is not `null`.
    fn unless_null<T>(&self, read: impl FnOnce(&Self) -> Result<T, Issue>) -> Result<Option<T>, Issue> {
        match self.value {
            Some(Value::Null) => Ok(None),
            _ => read(self).map(Some),
        }
    }

    fn elements<T>(&self, read: fn(&Field<'a, '_>) -> Result<T, Issue>) -> Result<Vec<T>, Issue> {
        let Some(Value::Array(elements)) = self.value else { return Err(self.issue(Rule::Array)) };
        let field = |(index, element)| Field { value: Some(element), path: Path::Element(&self.path, index) };
        elements.iter().enumerate().map(|element| read(&field(element))).collect()
    }

    fn object(&self) -> Result<(), Issue> {
        self.require(matches!(self.value, Some(Value::Object(_))), Rule::Object)
    }

    fn boolean(&self) -> Result<(), Issue> {
        self.require(matches!(self.value, Some(Value::Bool(_))), Rule::Boolean)
    }

    fn count(&self) -> Result<u64, Issue> {
        let count = match self.value {
            Some(Value::Number(number)) => number.as_count(),
            _ => None,
        };
        count.ok_or_else(|| self.issue(Rule::Count))
    }

    fn string(&self) -> Result<&'a str, Issue> {
        self.value.and_then(Value::as_str).ok_or_else(|| self.issue(Rule::String))
    }

    /// A string that is not blank.
    fn text(&self) -> Result<&'a str, Issue> {
        let text = self.string()?;
        self.require(format::is_not_blank(text), Rule::NotBlank)?;
        Ok(text)
    }

    fn instant(&self) -> Result<Timestamp, Issue> {
        let text = self.value.and_then(Value::as_str);
        text.and_then(Timestamp::parse).ok_or_else(|| self.issue(Rule::Timestamp))
    }

    fn name<T: Named>(&self) -> Result<T, Issue> {
        let text = self.value.and_then(Value::as_str);
        text.and_then(T::from_name).ok_or_else(|| self.issue(Rule::OneOf))
    }

    fn require(&self, holds: bool, rule: Rule) -> Result<(), Issue> {
        if holds { Ok(()) } else { Err(self.issue(rule)) }
    }

    /// The rule, or that the member is missing.
    #[cold]
    #[inline(never)]
    fn issue(&self, rule: Rule) -> Issue {
        Issue::new(self.path.render(), if self.value.is_some() { rule } else { Rule::Required })
    }
}
