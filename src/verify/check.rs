//! What a check of a verification is: its id, state and code, and the values for its text.

use serde::{Serialize, Serializer};

use super::link::ParseCode;
use super::words::{Named, named_enums};
use crate::model::IsoTimestamp;
use crate::validate::Rule;

named_enums! {
    /// The checks, in the order of the report. Append-only.
    CheckId {
        InputParse = "input_parse",
        HostTrusted = "host_trusted",
        IdFormat = "id_format",
        Lookup = "lookup",
        ResponseShape = "response_shape",
        ResponseBinding = "response_binding",
        Status = "status",
        ValidityPeriod = "validity_period",
        NotBefore = "not_before",
        StatusClockAgreement = "status_clock_agreement",
        Privacy = "privacy",
        RecipientMatch = "recipient_match",
        Freshness = "freshness",
    }

    /// How a check ended. `error`: could not be checked. `skipped`: not reached, not requested or not applicable. Neither is
    /// a pass.
    #[cfg_attr(feature = "typescript", ts(rename = "CheckState"))]
    State {
        Pass = "pass",
        Fail = "fail",
        /// Worth knowing, but it does not decide the verdict.
        Warn = "warn",
        /// Could not be checked.
        Error = "error",
        /// Not reached, not requested or not applicable.
        Skipped = "skipped",
    }

    /// Why there is no verdict. Append-only.
    #[cfg_attr(feature = "typescript", ts(rename = "IndeterminateReason"))]
    Reason {
        /// The connection could not be made, or was lost.
        Network = "network",
        Timeout = "timeout",
        RateLimited = "rate_limited",
        Upstream5xx = "upstream_5xx",
        UpstreamRedirect = "upstream_redirect",
        /// The API refused the token: a fault of the verifier's configuration.
        Unauthorized = "unauthorized",
        /// The token may not view credentials: a fault of the verifier's configuration.
        Forbidden = "forbidden",
        BadContentType = "bad_content_type",
        BodyTooLarge = "body_too_large",
        BadJson = "bad_json",
        /// The response is not as documented.
        BadShape = "bad_shape",
        /// The response is about another credential.
        IdMismatch = "id_mismatch",
        /// The link in the response leads to another credential.
        UrlMismatch = "url_mismatch",
        /// The status is not one of the five that are documented for published credentials.
        UnknownStatus = "unknown_status",
        /// The response would mean `valid`, but it is older than the policy allows.
        Stale = "stale",
    }

}

impl Reason {
    /// Whether the same verification may come to a verdict later. A fault of configuration or a contradiction does not go away.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Network
            | Self::Timeout
            | Self::RateLimited
            | Self::Upstream5xx
            | Self::BadContentType
            | Self::BadJson
            | Self::Stale => true,
            Self::UpstreamRedirect
            | Self::Unauthorized
            | Self::Forbidden
            | Self::BodyTooLarge
            | Self::BadShape
            | Self::IdMismatch
            | Self::UrlMismatch
            | Self::UnknownStatus => false,
        }
    }
}

/// Declares `Code`: the codes that it shares with [`ParseCode`] and [`Reason`], and its own.
macro_rules! codes {
    ($($(#[$attribute:meta])* $variant:ident = $text:literal,)+) => {
        /// Why a check ended as it did. Texts are chosen by it. Append-only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            /// The input is not a credential link or id.
            Parse(ParseCode),
            /// The check could not be done.
            Undecided(Reason),
            $(#[doc = concat!("`", $text, "`.")] $(#[$attribute])* $variant,)+
        }

        impl Code {
            /// The codes that only checks have.
            const OWN: &'static [Self] = &[$(Self::$variant),+];

            /// The public name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::Parse(code) => code.as_str(),
                    Self::Undecided(reason) => reason.as_str(),
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

codes! {
    // input_parse
    Url = "url",
    Id = "id",
    // host_trusted
    Listed = "listed",
    BareId = "bare_id",
    // id_format
    Alphanumeric32 = "alphanumeric_32",
    Uuid = "uuid",
    // lookup
    Answered = "answered",
    NotFoundInAccount = "not_found_in_account",
    // response_shape
    Complete = "complete",
    // response_binding
    Bound = "bound",
    // status
    Active = "active",
    Revoked = "revoked",
    Suspended = "suspended",
    Unpublished = "unpublished",
    /// Of `status` and of `validity_period`.
    Expired = "expired",
    // validity_period
    Within = "within",
    NoExpiry = "no_expiry",
    // not_before
    Started = "started",
    NotYetValid = "not_yet_valid",
    // status_clock_agreement
    Agree = "agree",
    StatusClockConflict = "status_clock_conflict",
    NotApplicable = "not_applicable",
    // privacy
    Public = "public",
    Private = "private",
    PrivacyUnknown = "privacy_unknown",
    PrivacyNotStated = "privacy_not_stated",
    // recipient_match
    Match = "match",
    RecipientMismatch = "recipient_mismatch",
    NotRequested = "not_requested",
    // freshness
    Live = "live",
    Cached = "cached",
    /// Of every check after one that ended the verification.
    NotReached = "not_reached",
}

impl CheckId {
    /// The checks that were added to `hyperstack-verify/1` after its first version. Older services do not report them, because a
    /// service and the readers of its reports are deployed at different times. All others are in every report.
    pub const ADDED_LATER: &[Self] = &[];

    /// The codes with which the check passes.
    pub(super) const fn pass_codes(self) -> &'static [Code] {
        match self {
            Self::InputParse => &[Code::Url, Code::Id],
            Self::HostTrusted => &[Code::Listed],
            Self::IdFormat => &[Code::Alphanumeric32, Code::Uuid],
            Self::Lookup => &[Code::Answered],
            Self::ResponseShape => &[Code::Complete],
            Self::ResponseBinding => &[Code::Bound],
            Self::Status => &[Code::Active],
            Self::ValidityPeriod => &[Code::Within, Code::NoExpiry],
            Self::NotBefore => &[Code::Started],
            Self::StatusClockAgreement => &[Code::Agree],
            Self::Privacy => &[Code::Public, Code::Private],
            Self::RecipientMatch => &[Code::Match],
            Self::Freshness => &[Code::Live],
        }
    }

    /// The codes with which the check warns.
    pub(super) const fn warn_codes(self) -> &'static [Code] {
        match self {
            Self::StatusClockAgreement => &[Code::StatusClockConflict],
            Self::Privacy => &[Code::PrivacyUnknown, Code::PrivacyNotStated],
            Self::Freshness => &[Code::Cached],
            _ => &[],
        }
    }
}

impl Code {
    /// Every code.
    pub const ALL: [Self; Self::OWN.len() + ParseCode::ALL.len() + Reason::ALL.len()] = Self::all();

    #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    const fn all() -> [Self; Self::OWN.len() + ParseCode::ALL.len() + Reason::ALL.len()] {
        let mut all = [Self::NotReached; Self::OWN.len() + ParseCode::ALL.len() + Reason::ALL.len()];
        let mut index = 0;
        while index < all.len() {
            let after_own = index.saturating_sub(Self::OWN.len());
            all[index] = if index < Self::OWN.len() {
                Self::OWN[index]
            } else if after_own < ParseCode::ALL.len() {
                Self::Parse(ParseCode::ALL[after_own])
            } else {
                Self::Undecided(Reason::ALL[after_own - ParseCode::ALL.len()])
            };
            index += 1;
        }
        all
    }
}

impl Named for Code {
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A check in the report. A service of a later version can report checks that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Check {
    /// Which check.
    pub id: CheckId,
    /// How it ended.
    pub state: State,
    /// Why it ended so.
    pub code: Code,
    /// Values for the text of the code: `valid_until`, `issued_on`, `age_s`, `path`, `rule`, `http_status`, `cause`. Never
    /// personal data.
    pub params: Params,
}

impl Check {
    /// The check with what its function found; `None`: the verification ended before it.
    pub(super) fn new(id: CheckId, finding: Option<Finding>) -> Self {
        let finding = finding.unwrap_or_else(|| Finding::skipped(Code::NotReached));
        Self { id, state: finding.state, code: finding.code, params: finding.params }
    }
}

/// The values for the text of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Params {
    /// The text needs no values.
    None {},
    /// When the credential expires.
    ValidUntil {
        /// As the API wrote it.
        valid_until: IsoTimestamp,
    },
    /// When the credential was issued.
    IssuedOn {
        /// As the API wrote it.
        issued_on: IsoTimestamp,
    },
    /// How old the response is.
    Age {
        /// Seconds that the response spent in caches (`Age`).
        age_s: u64,
    },
    /// Why the lookup failed.
    Failure(FailureParams),
}

/// Why the lookup did not return a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FailureParams {
    /// JSON path in the response that is not as documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The rule that it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// The status of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The runtime's code of a lost connection, e.g. `ECONNREFUSED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// What the function of a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    state: State,
    code: Code,
    params: Params,
}

impl Finding {
    pub(super) const fn pass(code: Code) -> Self {
        Self { state: State::Pass, code, params: Params::None {} }
    }

    pub(super) const fn fail(code: Code) -> Self {
        Self { state: State::Fail, code, params: Params::None {} }
    }

    pub(super) const fn warn(code: Code) -> Self {
        Self { state: State::Warn, code, params: Params::None {} }
    }

    pub(super) const fn skipped(code: Code) -> Self {
        Self { state: State::Skipped, code, params: Params::None {} }
    }

    pub(super) const fn error(reason: Reason) -> Self {
        Self { state: State::Error, code: Code::Undecided(reason), params: Params::None {} }
    }

    pub(super) fn with(self, params: Params) -> Self {
        Self { params, ..self }
    }
}
