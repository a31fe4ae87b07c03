//! The checks: one function each, which returns what it found, or `None` where the verification ended before it.
//!
//! A check looks at the [`Evidence`] alone. What its finding means for the verdict is decided in `decision`.

use super::check::{Check, CheckId, Code, Finding, Params, Reason};
use super::decision::{Decision, Requirements};
use super::link::{InputKind, ParseCode, Subject, links_to};
use super::lookup::{CredentialResponse, Lookup};
use super::policy::Policy;
use crate::model::{Credential, CredentialStatus, Privacy, Timestamp};
use crate::unicode::fold;
use crate::validate::format;

/// The result of parsing the input as a link or id.
pub(super) type Input<'a> = Result<&'a Subject, ParseCode>;

/// Everything that a verdict is based on.
pub(super) struct Evidence<'a> {
    pub(super) subject: &'a Subject,
    pub(super) lookup: &'a Lookup<'a>,
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
}

impl<'a> Evidence<'a> {
    /// The response, where there is one that could be read.
    fn response(&self) -> Option<CredentialResponse<'a>> {
        match self.lookup {
            Lookup::Credential(response) => Some(*response),
            Lookup::NoResponse(_) | Lookup::NotFound | Lookup::Unreadable(_) | Lookup::OtherCredential(_) => None,
        }
    }

    /// The credential of the response, where it is the one in question.
    fn bound_credential(&self) -> Option<&'a Credential> {
        let credential = self.response()?.credential;
        binding(credential, self.subject).is_ok().then_some(credential)
    }

    /// The same, where its status is one of the five documented ones. Nothing else is shown.
    pub(super) fn known_credential(&self) -> Option<&'a Credential> {
        let credential = self.bound_credential()?;
        match credential.status {
            CredentialStatus::Active
            | CredentialStatus::Expired
            | CredentialStatus::Suspended
            | CredentialStatus::Revoked
            | CredentialStatus::Unpublished => Some(credential),
            CredentialStatus::Draft | CredentialStatus::Published | CredentialStatus::Other(_) => None,
        }
    }

    /// The same, where it was published. Of one that was not, nothing but the status is judged.
    fn published_credential(&self) -> Option<&'a Credential> {
        self.known_credential().filter(|credential| credential.status != CredentialStatus::Unpublished)
    }

    /// The checks that must pass.
    pub(super) fn requirements(&self) -> Requirements {
        Requirements { input: self.subject.kind, recipient_match: self.policy.recipient_name.is_some() }
    }

    /// Whether the credential has expired by the clock: the tolerance counts in its favour.
    fn is_over(&self, credential: &Credential) -> bool {
        let until = credential.valid_until.as_ref();
        until.is_some_and(|until| until.instant().plus_seconds(self.skew_s()) < self.now)
    }

    fn skew_s(&self) -> i64 {
        i64::try_from(self.policy.skew_s).unwrap_or(i64::MAX)
    }
}

/// Every check, in the order of the report.
pub(super) fn run_all(evidence: &Evidence<'_>) -> Vec<Check> {
    CheckId::ALL.iter().map(|id| Check::new(*id, run(*id, evidence))).collect()
}

/// The function of each check.
fn run(id: CheckId, evidence: &Evidence<'_>) -> Option<Finding> {
    match id {
        CheckId::InputParse | CheckId::HostTrusted | CheckId::IdFormat | CheckId::Lookup | CheckId::ResponseShape => {
            run_without_credential(id, Ok(evidence.subject), Some(evidence.lookup))
        }
        CheckId::ResponseBinding => response_binding(evidence),
        CheckId::Status => status(evidence),
        CheckId::ValidityPeriod => validity_period(evidence),
        CheckId::NotBefore => not_before(evidence),
        CheckId::StatusClockAgreement => status_clock_agreement(evidence),
        CheckId::Privacy => privacy(evidence),
        CheckId::RecipientMatch => recipient_match(evidence),
        CheckId::Freshness => freshness(evidence),
    }
}

/// The functions of the checks that need no credential; the others are not reached without one. They are apart so that the
/// browser module, which never has a credential to judge, does not contain the others.
pub(super) fn run_without_credential(id: CheckId, input: Input<'_>, lookup: Option<&Lookup<'_>>) -> Option<Finding> {
    match id {
        CheckId::InputParse => Some(input_parse(input)),
        CheckId::HostTrusted => host_trusted(input),
        CheckId::IdFormat => id_format(input),
        CheckId::Lookup => Some(check_lookup(lookup?)),
        CheckId::ResponseShape => response_shape(lookup?),
        _ => None,
    }
}

/// `input_parse`: whether the input is a credential link or id.
///
/// - pass: `url`, `id`
/// - fail: the rule of the grammar that it breaks. An untrusted host and a wrong id are the next two checks'.
fn input_parse(input: Input<'_>) -> Finding {
    match input {
        Ok(Subject { kind: InputKind::Id, .. }) => Finding::pass(Code::Id),
        Ok(Subject { kind: InputKind::Url, .. }) | Err(ParseCode::UntrustedHost | ParseCode::IdFormat) => {
            Finding::pass(Code::Url)
        }
        Err(code) => Finding::fail(Code::Parse(code)),
    }
}

/// `host_trusted`: whether the link is on a host that the policy lists.
///
/// - pass: `listed`
/// - fail: `untrusted_host`
/// - skipped: `bare_id` (an id has no host)
fn host_trusted(input: Input<'_>) -> Option<Finding> {
    match input {
        Ok(Subject { kind: InputKind::Id, .. }) => Some(Finding::skipped(Code::BareId)),
        Ok(Subject { kind: InputKind::Url, .. }) | Err(ParseCode::IdFormat) => Some(Finding::pass(Code::Listed)),
        Err(ParseCode::UntrustedHost) => Some(Finding::fail(Code::Parse(ParseCode::UntrustedHost))),
        Err(_) => None,
    }
}

/// `id_format`: whether the id has one of the two forms of the vendor.
///
/// - pass: `alphanumeric_32`, `uuid`
/// - fail: `id_format`
fn id_format(input: Input<'_>) -> Option<Finding> {
    match input {
        Ok(subject) if format::is_lower_case_uuid(subject.id.as_str()) => Some(Finding::pass(Code::Uuid)),
        Ok(_) => Some(Finding::pass(Code::Alphanumeric32)),
        Err(ParseCode::IdFormat) => Some(Finding::fail(Code::Parse(ParseCode::IdFormat))),
        Err(_) => None,
    }
}

/// `lookup`: whether the issuer's account responded.
///
/// - pass: `answered`
/// - fail: `not_found_in_account`
/// - error: the reason, e.g. `timeout`
fn check_lookup(lookup: &Lookup<'_>) -> Finding {
    match lookup {
        Lookup::NoResponse(failure) => Finding::error(failure.reason).with(Params::Failure(failure.params.clone())),
        Lookup::NotFound => Finding::fail(Code::NotFoundInAccount),
        Lookup::Unreadable(_) | Lookup::OtherCredential(_) | Lookup::Credential(_) => Finding::pass(Code::Answered),
    }
}

/// `response_shape`: whether the response is as documented.
///
/// - pass: `complete`
/// - error: `bad_json`, `bad_shape`
fn response_shape(lookup: &Lookup<'_>) -> Option<Finding> {
    match lookup {
        Lookup::Unreadable(failure) => {
            Some(Finding::error(failure.reason).with(Params::Failure(failure.params.clone())))
        }
        Lookup::OtherCredential(_) | Lookup::Credential(_) => Some(Finding::pass(Code::Complete)),
        Lookup::NoResponse(_) | Lookup::NotFound => None,
    }
}

/// `response_binding`: whether the response is about the credential in question, by its id and by its link.
///
/// - pass: `bound`
/// - error: `id_mismatch`, `url_mismatch`
fn response_binding(evidence: &Evidence<'_>) -> Option<Finding> {
    match evidence.lookup {
        Lookup::OtherCredential(failure) => {
            Some(Finding::error(failure.reason).with(Params::Failure(failure.params.clone())))
        }
        Lookup::Credential(response) => Some(match binding(response.credential, evidence.subject) {
            Ok(()) => Finding::pass(Code::Bound),
            Err(reason) => Finding::error(reason),
        }),
        Lookup::NoResponse(_) | Lookup::NotFound | Lookup::Unreadable(_) => None,
    }
}

/// Whether the credential is the one in question. The client compares the ids, too; a verdict does not rely on that.
fn binding(credential: &Credential, subject: &Subject) -> Result<(), Reason> {
    if credential.document_id != subject.id {
        Err(Reason::IdMismatch)
    } else if links_to(&credential.document_url, &subject.id) {
        Ok(())
    } else {
        Err(Reason::UrlMismatch)
    }
}

/// `status`: whether the issuer's account says that the credential is in force.
///
/// - pass: `active`
/// - fail: `revoked`, `suspended`, `unpublished`, `expired`
/// - error: `unknown_status` for every other one, `draft` and `published` too
fn status(evidence: &Evidence<'_>) -> Option<Finding> {
    Some(match evidence.bound_credential()?.status {
        CredentialStatus::Active => Finding::pass(Code::Active),
        CredentialStatus::Revoked => Finding::fail(Code::Revoked),
        CredentialStatus::Suspended => Finding::fail(Code::Suspended),
        CredentialStatus::Unpublished => Finding::fail(Code::Unpublished),
        CredentialStatus::Expired => Finding::fail(Code::Expired),
        CredentialStatus::Draft | CredentialStatus::Published | CredentialStatus::Other(_) => {
            Finding::error(Reason::UnknownStatus)
        }
    })
}

/// `validity_period`: whether the credential has not expired by the clock.
///
/// - pass: `within`, `no_expiry`
/// - fail: `expired`, when `valid_until` and the tolerance are over
fn validity_period(evidence: &Evidence<'_>) -> Option<Finding> {
    let credential = evidence.published_credential()?;
    Some(match &credential.valid_until {
        None => Finding::pass(Code::NoExpiry),
        Some(until) => {
            let is_over = evidence.is_over(credential);
            let finding = if is_over { Finding::fail(Code::Expired) } else { Finding::pass(Code::Within) };
            finding.with(Params::ValidUntil { valid_until: until.clone() })
        }
    })
}

/// `not_before`: whether the credential has been issued by the clock.
///
/// - pass: `started`
/// - fail: `not_yet_valid`, when `issued_on` is later than now and the tolerance
fn not_before(evidence: &Evidence<'_>) -> Option<Finding> {
    let credential = evidence.published_credential()?;
    let is_early = credential.issued_on.instant() > evidence.now.plus_seconds(evidence.skew_s());
    let finding = if is_early { Finding::fail(Code::NotYetValid) } else { Finding::pass(Code::Started) };
    Some(finding.with(Params::IssuedOn { issued_on: credential.issued_on.clone() }))
}

/// `status_clock_agreement`: whether status and clock agree about the expiry. Where they do not, the stricter one decides.
///
/// - pass: `agree`
/// - warn: `status_clock_conflict` (`active` but over, or `expired` but not over)
/// - skipped: `not_applicable` (a revoked or suspended credential may be over or not)
fn status_clock_agreement(evidence: &Evidence<'_>) -> Option<Finding> {
    let credential = evidence.published_credential()?;
    let finding = match (&credential.status, evidence.is_over(credential)) {
        (CredentialStatus::Active, false) | (CredentialStatus::Expired, true) => Finding::pass(Code::Agree),
        (CredentialStatus::Active, true) | (CredentialStatus::Expired, false) => {
            Finding::warn(Code::StatusClockConflict)
        }
        _ => Finding::skipped(Code::NotApplicable),
    };
    Some(match &credential.valid_until {
        Some(until) => finding.with(Params::ValidUntil { valid_until: until.clone() }),
        None => finding,
    })
}

/// `privacy`: whether the response says who may see the credential. Name and metadata are shown only for `public`.
///
/// - pass: `public`, `private`
/// - warn: `privacy_unknown`, `privacy_not_stated`
fn privacy(evidence: &Evidence<'_>) -> Option<Finding> {
    Some(match evidence.published_credential()?.privacy {
        Some(Privacy::Public) => Finding::pass(Code::Public),
        Some(Privacy::Private) => Finding::pass(Code::Private),
        Some(Privacy::Other(_)) => Finding::warn(Code::PrivacyUnknown),
        None => Finding::warn(Code::PrivacyNotStated),
    })
}

/// `recipient_match`: whether the credential was issued to the person whose name the caller gave. Letter case, Unicode forms and
/// white space do not count. The finding never says in what the names differ.
///
/// - pass: `match`
/// - fail: `recipient_mismatch`
/// - skipped: `not_requested`
fn recipient_match(evidence: &Evidence<'_>) -> Option<Finding> {
    let credential = evidence.published_credential()?;
    Some(match &evidence.policy.recipient_name {
        None => Finding::skipped(Code::NotRequested),
        Some(name) if equal_in_constant_time(&fold(name.as_str()), &fold(credential.recipient.name.as_str())) => {
            Finding::pass(Code::Match)
        }
        Some(_) => Finding::fail(Code::RecipientMismatch),
    })
}

/// Compares every byte of the longer string, so that the time does not tell how much of a guess was right.
fn equal_in_constant_time(one: &str, other: &str) -> bool {
    let byte = |text: &str, index: usize| text.as_bytes().get(index).copied().unwrap_or(0);
    let length = one.len().max(other.len());
    let differing_bits = (0..length).fold(0, |bits, index| bits | (byte(one, index) ^ byte(other, index)));
    differing_bits == 0 && one.len() == other.len()
}

/// `freshness`: how long the response has been in caches.
///
/// - pass: `live`
/// - warn: `cached`; `stale`, if it is older than the policy allows or of unknown age, and does not mean `valid`. An old no is still a
///   no: a revoked credential does not become valid again.
/// - error: `stale`, if it would otherwise mean `valid`
fn freshness(evidence: &Evidence<'_>) -> Option<Finding> {
    let age_s = evidence.response()?.age.map_or(Some(0), age_s);
    let finding = match age_s {
        Some(0) => Finding::pass(Code::Live),
        Some(age_s) if age_s <= evidence.policy.max_age_s => Finding::warn(Code::Cached),
        _ if is_otherwise_valid(evidence) => Finding::error(Reason::Stale),
        _ => Finding::warn(Code::Undecided(Reason::Stale)),
    };
    Some(match age_s {
        Some(age_s) => finding.with(Params::Age { age_s }),
        None => finding,
    })
}

/// Whether the checks other than `freshness` amount to `valid`.
fn is_otherwise_valid(evidence: &Evidence<'_>) -> bool {
    let others = CheckId::ALL.iter().filter(|id| **id != CheckId::Freshness);
    let checks: Vec<_> = others.map(|id| Check::new(*id, run(*id, evidence))).collect();
    Decision::of(&checks, evidence.requirements()) == Decision::Verified
}

/// Parses the seconds of an `Age` header: the largest of several, at most 2^31. Returns `None` if one of them is not a number.
pub(super) fn age_s(header: &str) -> Option<u64> {
    header.split([',']).try_fold(0, |largest, age| Some(seconds(age.trim_ascii())?.max(largest)))
}

fn seconds(digits: &str) -> Option<u64> {
    const LARGEST: u64 = 1 << 31;
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0, |seconds, byte| Some((seconds * 10 + digit(byte)?).min(LARGEST)))
}
