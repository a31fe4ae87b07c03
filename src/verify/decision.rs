//! The decision table: what the checks amount to. `Verified` is left only when every required check has an explicit pass; what
//! is missing, odd or contradictory ends as not verified or indeterminate. docs/decisions/0004-verdict.md

use super::check::{Check, CheckId, Code, Reason, State};
use super::link::{InputKind, ParseCode};
use super::words::named_enums;

named_enums! {
    /// The outcome in one of three words. Only `verified` means yes.
    Outcome {
        Verified = "verified",
        NotVerified = "not_verified",
        Indeterminate = "indeterminate",
    }

    /// The headline of a verification. `valid` is the only one that goes with `verified`.
    Verdict {
        Valid = "valid",
        Expired = "expired",
        Suspended = "suspended",
        Revoked = "revoked",
        Unpublished = "unpublished",
        NotYetValid = "not_yet_valid",
        NotFoundInAccount = "not_found_in_account",
        UntrustedHost = "untrusted_host",
        MalformedInput = "malformed_input",
        RecipientMismatch = "recipient_mismatch",
        Indeterminate = "indeterminate",
    }
}

impl Verdict {
    /// The outcome that goes with it.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Valid => Outcome::Verified,
            Self::Indeterminate => Outcome::Indeterminate,
            Self::Expired
            | Self::Suspended
            | Self::Revoked
            | Self::Unpublished
            | Self::NotYetValid
            | Self::NotFoundInAccount
            | Self::UntrustedHost
            | Self::MalformedInput
            | Self::RecipientMismatch => Outcome::NotVerified,
        }
    }

    /// Whether the report describes the credential: the issuer's account responded about it, and it was published.
    pub const fn describes_credential(self) -> bool {
        match self {
            Self::Valid
            | Self::Expired
            | Self::Suspended
            | Self::Revoked
            | Self::NotYetValid
            | Self::RecipientMismatch => true,
            Self::Unpublished
            | Self::NotFoundInAccount
            | Self::UntrustedHost
            | Self::MalformedInput
            | Self::Indeterminate => false,
        }
    }
}

/// What the checks amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Every required check passed.
    Verified,
    /// A check failed; the headline says which.
    NotVerified(Verdict),
    /// No verdict is possible.
    Indeterminate(Reason),
}

/// Of several failed checks, the first in this list gives the headline. A state of the credential is above its dates, and both are
/// above the name: another person's revoked credential is revoked.
const PRECEDENCE: [Verdict; 9] = [
    Verdict::MalformedInput,
    Verdict::UntrustedHost,
    Verdict::NotFoundInAccount,
    Verdict::Revoked,
    Verdict::Suspended,
    Verdict::Unpublished,
    Verdict::Expired,
    Verdict::NotYetValid,
    Verdict::RecipientMismatch,
];

impl Decision {
    /// Decides by the checks, in this order: a check failed; a check could not be done; every required check passed; anything else.
    pub(super) fn of(checks: &[Check], requirements: Requirements) -> Self {
        let findings = checks.iter().map(|check| (check.state, check.code));
        let reason = findings.clone().find_map(undecided_because);
        match (verdict_of_failures(&findings), reason, requirements.are_met_by(checks)) {
            (Some(verdict), _, _) => Self::NotVerified(verdict),
            (None, Some(reason), _) => Self::Indeterminate(reason),
            (None, None, true) => Self::Verified,
            (None, None, false) => Self::Indeterminate(Reason::BadShape),
        }
    }

    /// The headline.
    pub(super) const fn verdict(self) -> Verdict {
        match self {
            Self::Verified => Verdict::Valid,
            Self::NotVerified(verdict) => verdict,
            Self::Indeterminate(_) => Verdict::Indeterminate,
        }
    }

    /// Why there is no verdict.
    pub(super) const fn reason(self) -> Option<Reason> {
        match self {
            Self::Indeterminate(reason) => Some(reason),
            Self::Verified | Self::NotVerified(_) => None,
        }
    }
}

/// Returns the verdict of the failed checks; `None` if none failed. A finding is the state and the code of a check.
pub(super) fn verdict_of_failures(findings: &(impl Iterator<Item = (State, Code)> + Clone)) -> Option<Verdict> {
    PRECEDENCE.into_iter().find(|verdict| findings.clone().any(|finding| failed_with(finding) == Some(*verdict)))
}

/// The verdict of a failed check.
fn failed_with(finding: (State, Code)) -> Option<Verdict> {
    match finding {
        (State::Fail, Code::Parse(ParseCode::UntrustedHost)) => Some(Verdict::UntrustedHost),
        (State::Fail, Code::Parse(_)) => Some(Verdict::MalformedInput),
        (State::Fail, Code::NotFoundInAccount) => Some(Verdict::NotFoundInAccount),
        (State::Fail, Code::Revoked) => Some(Verdict::Revoked),
        (State::Fail, Code::Suspended) => Some(Verdict::Suspended),
        (State::Fail, Code::Unpublished) => Some(Verdict::Unpublished),
        (State::Fail, Code::Expired) => Some(Verdict::Expired),
        (State::Fail, Code::NotYetValid) => Some(Verdict::NotYetValid),
        (State::Fail, Code::RecipientMismatch) => Some(Verdict::RecipientMismatch),
        _ => None,
    }
}

/// The reason of a check that could not be done.
pub(super) fn undecided_because(finding: (State, Code)) -> Option<Reason> {
    match finding {
        (State::Error, Code::Undecided(reason)) => Some(reason),
        _ => None,
    }
}

/// Which checks must pass in a verification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requirements {
    /// A bare id has no host to judge.
    pub(super) input: InputKind,
    /// Whether the caller gave a name to compare.
    pub(super) recipient_match: bool,
}

impl Requirements {
    /// Whether this check must pass.
    pub(super) fn include(self, id: CheckId) -> bool {
        match id {
            CheckId::InputParse
            | CheckId::IdFormat
            | CheckId::Lookup
            | CheckId::ResponseShape
            | CheckId::ResponseBinding
            | CheckId::Status
            | CheckId::ValidityPeriod
            | CheckId::NotBefore => true,
            CheckId::HostTrusted => self.input == InputKind::Url,
            CheckId::RecipientMatch => self.recipient_match,
            // These can only warn or, as `freshness`, be an error.
            CheckId::StatusClockAgreement | CheckId::Privacy | CheckId::Freshness => false,
        }
    }

    /// Whether every required check is there with a pass, and none of the others failed or could not be done.
    fn are_met_by(self, checks: &[Check]) -> bool {
        let passed = |id: CheckId| checks.iter().any(|check| check.id == id && check.state == State::Pass);
        let is_objection = |check: &Check| matches!(check.state, State::Fail | State::Error);
        CheckId::ALL.iter().all(|id| passed(*id) || !self.include(*id)) && !checks.iter().any(is_objection)
    }
}
