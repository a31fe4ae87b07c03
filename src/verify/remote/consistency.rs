//! The rules that a report of a verify service must keep: it is about the credential in question, and its members agree with each
//! other.

use super::received::{ReceivedCheck, ReceivedReport, ReceivedSubject};
use crate::model::{Host, Timestamp};
use crate::validate::{Issue, Rule};
use crate::verify::check::{CheckId, Code, State};
use crate::verify::decision::{Outcome, Requirements, undecided_because, verdict_of_failures};
use crate::verify::link::{InputKind, Subject, parse};
use crate::verify::policy::Policy;

/// The largest difference between `checked_at` of a `valid` and the own clock. An older one is a stored one, and the credential may
/// have been revoked since. A day, because the clocks of people's devices are wrong more often than a response is an old one.
const MAX_CLOCK_DIFFERENCE_MS: u64 = 24 * 60 * 60 * 1000;

/// Checks every rule.
///
/// # Errors
/// The path of the first member that breaks one.
pub(super) fn check_consistency(
    report: &ReceivedReport<'_>,
    subject: &Subject,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Issue> {
    require(report.outcome == report.verdict.outcome(), "outcome")?;
    require(report.reason.is_some() == (report.outcome == Outcome::Indeterminate), "reason")?;
    check_subject(&report.subject, subject, &policy.hosts)?;
    require(checks_are_complete(&report.checks, CheckId::ADDED_LATER), "checks")?;
    if let Some(credential) = &report.credential {
        require(credential.document_id == subject.id.as_str(), "credential.document_id")?;
        require(Some(credential.document_url) == report.subject.canonical_url, "credential.document_url")?;
        let is_public = credential.privacy == Some(Code::Public.as_str());
        require(is_public || !credential.has_recipient, "credential.recipient")?;
        require(!credential.has_email, "credential.recipient")?;
        require(is_public || !credential.has_metadata, "credential.metadata")?;
    }
    let requirements = Requirements { input: subject.kind, recipient_match: policy.recipient_name.is_some() };
    require(checks_support_verdict(report, requirements, CheckId::ADDED_LATER), "checks")?;
    match report.outcome {
        Outcome::Verified => check_in_force(report, now),
        Outcome::NotVerified => {
            require(report.credential.is_some() == report.verdict.describes_credential(), "credential")
        }
        Outcome::Indeterminate => require(report.credential.is_none(), "credential"),
    }
}

fn check_subject(received: &ReceivedSubject<'_>, subject: &Subject, hosts: &[Host]) -> Result<(), Issue> {
    require(received.id == Some(subject.id.as_str()), "subject.id")?;
    require(received.input_kind == subject.kind, "subject.input_kind")?;
    let is_same_link = received.canonical_url.is_some_and(|url| match subject.kind {
        InputKind::Url => url == subject.canonical_url,
        // Which of the trusted hosts a bare id gets is for the service to decide.
        InputKind::Id => parse(url, hosts).is_ok_and(|link| link.id == subject.id && link.canonical_url == url),
    });
    require(is_same_link, "subject.canonical_url")
}

/// Whether every known check is there, once and in order. A service of a later version may have others between them, and one of an
/// earlier version may lack those that were `added_later`.
pub(super) fn checks_are_complete(checks: &[ReceivedCheck], added_later: &[CheckId]) -> bool {
    let known = checks.iter().filter_map(|check| check.id);
    let expected = CheckId::ALL.iter().filter(|id| !added_later.contains(id) || is_reported(checks, **id));
    known.eq(expected.copied())
}

fn is_reported(checks: &[ReceivedCheck], id: CheckId) -> bool {
    checks.iter().any(|check| check.id == Some(id))
}

/// Whether the checks come to this verdict by the decision table. One that was `added_later` is required where it is reported.
pub(super) fn checks_support_verdict(
    report: &ReceivedReport<'_>,
    requirements: Requirements,
    added_later: &[CheckId],
) -> bool {
    let any = |holds: &dyn Fn(&ReceivedCheck) -> bool| report.checks.iter().any(holds);
    let failed = any(&|check| check.state == State::Fail);
    let undecided = any(&|check| check.state == State::Error);
    // A check that this version does not know must not be the one that decides.
    if any(&|check| check.id.is_none() && matches!(check.state, State::Fail | State::Error)) {
        return false;
    }
    let passed = |id: CheckId| any(&|check| check.id == Some(id) && check.state == State::Pass);
    let is_contradicted = any(&|check| !check.allows_valid());
    let is_required =
        |id: CheckId| requirements.include(id) && (!added_later.contains(&id) || is_reported(&report.checks, id));
    let required_passed = CheckId::ALL.iter().all(|id| passed(*id) || !is_required(*id));
    let mut findings = report.checks.iter().filter_map(|check| Some((check.state, check.code?)));
    match report.outcome {
        Outcome::Verified => required_passed && !is_contradicted && !failed && !undecided,
        Outcome::NotVerified => verdict_of_failures(&findings) == Some(report.verdict),
        Outcome::Indeterminate => !failed && findings.find_map(undecided_because) == report.reason,
    }
}

/// The largest tolerance of a service that is applied, in seconds: a day. A larger one would make any date fit.
const MAX_SKEW_S: u64 = 24 * 60 * 60;

/// Checks that a `valid` was one at the instant that it names, and that this instant is about now.
fn check_in_force(report: &ReceivedReport<'_>, now: Timestamp) -> Result<(), Issue> {
    let Some(credential) = &report.credential else { return Err(inconsistent("credential")) };
    require(credential.status == Code::Active.as_str(), "credential.status")?;
    let checked_at = report.checked_at;
    require(checked_at.as_ms().abs_diff(now.as_ms()) <= MAX_CLOCK_DIFFERENCE_MS, "checked_at")?;
    let skew_s = i64::try_from(report.skew_s.min(MAX_SKEW_S)).unwrap_or(i64::MAX);
    let is_over = credential.valid_until.is_some_and(|until| until.plus_seconds(skew_s) < checked_at);
    require(!is_over, "credential.valid_until")?;
    require(credential.issued_on <= checked_at.plus_seconds(skew_s), "credential.issued_on")
}

fn require(holds: bool, path: &str) -> Result<(), Issue> {
    if holds { Ok(()) } else { Err(inconsistent(path)) }
}

#[cold]
fn inconsistent(path: &str) -> Issue {
    Issue::new(path, Rule::Inconsistent)
}
