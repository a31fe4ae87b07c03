//! Owns the verdict: from a pasted text and the issuer's answer to a result that fails closed.
//!
//! `verified` is the last thing left when every required check has said an explicit yes; everything that is
//! missing, odd or contradictory ends as `not_verified` or `indeterminate`. docs/decisions/0004-verdict.md

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Answer;
use crate::credential_url::{Defect, IdForm, InputKind, Subject, head_of, links_to};
use crate::error::{Class, Error, Failure};
use crate::json::Value;
use crate::json_writer::{Form, JsonWriter};
use crate::text::{self, Text};
use crate::timestamp::Timestamp;

#[cfg(test)]
pub(crate) const SCHEMA: &str = "hyperstack-verify/1";

/// One credential is below 2 KB; more than this is not an answer to `view`.
pub(crate) const MAX_ANSWER_BYTES: i64 = 64 * 1024;

/// Declares an enum whose variants are public names, and a macro that gives those, in their order, as one text with spaces
/// between them: what is read and tested. They are written as `word`s, the first of which has the number that is given.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident $words:ident $number:expr, { $first:ident = $start:literal, $($variant:ident = $text:literal,)+ }) => {
        macro_rules! $words {
            () => { concat!($start $(, " ", $text)+) };
        }

        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $first, $($variant,)+ }
        impl $name {
            #[allow(dead_code, reason = "some are walked through by tests only")]
            pub(crate) const EACH: &'static [Self] = &[Self::$first, $(Self::$variant,)+];
            pub(crate) const fn word(self) -> u8 {
                $number as u8 + self as u8
            }
            #[cfg(test)]
            #[allow(dead_code, reason = "of some enums no test asks for it")]
            pub(crate) fn name(self) -> &'static str {
                word(self.word())
            }
        }
    };
}

names!(CheckId check_ids 0, {
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
});

names!(State states CheckId::EACH.len(), {
    Pass = "pass",
    Fail = "fail",
    Warn = "warn",
    Error = "error",
    Skipped = "skipped",
});

names!(
    /// The headline. Of several that apply the first stands, but `Valid` only where none other does.
    Verdict verdicts Code::Revoked, {
    Revoked = "revoked",
    Suspended = "suspended",
    Unpublished = "unpublished",
    Expired = "expired",
    NotYetValid = "not_yet_valid",
    RecipientMismatch = "recipient_mismatch",
    Valid = "valid",
    NotFoundInAccount = "not_found_in_account",
    UntrustedHost = "untrusted_host",
    MalformedInput = "malformed_input",
    Indeterminate = "indeterminate",
});

names!(
    /// Why nothing could be said.
    Reason reasons Code::Network, {
    Network = "network",
    Timeout = "timeout",
    RateLimited = "rate_limited",
    Upstream5xx = "upstream_5xx",
    UpstreamRedirect = "upstream_redirect",
    Unauthorized = "unauthorized",
    Forbidden = "forbidden",
    BadContentType = "bad_content_type",
    BodyTooLarge = "body_too_large",
    BadJson = "bad_json",
    BadShape = "bad_shape",
    IdMismatch = "id_mismatch",
    UrlMismatch = "url_mismatch",
    UnknownStatus = "unknown_status",
});

names!(Outcome outcomes CheckId::EACH.len() + State::EACH.len(), {
    Verified = "verified",
    NotVerified = "not_verified",
    Indeterminate = "indeterminate",
});

impl Verdict {
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Valid => Outcome::Verified,
            Self::Indeterminate => Outcome::Indeterminate,
            _ => Outcome::NotVerified,
        }
    }
}

impl Reason {
    /// Whether asking again may bring a verdict. A configuration fault or a contradiction stays one.
    pub(crate) const fn retryable(self) -> bool {
        matches!(
            self,
            Self::Network
                | Self::Timeout
                | Self::RateLimited
                | Self::Upstream5xx
                | Self::BadContentType
                | Self::BadJson
        )
    }

    /// The check that could not be done.
    const fn check(self) -> CheckId {
        match self {
            Self::BadJson | Self::BadShape => CheckId::ResponseShape,
            Self::IdMismatch | Self::UrlMismatch => CheckId::ResponseBinding,
            Self::UnknownStatus => CheckId::Status,
            _ => CheckId::Lookup,
        }
    }

    pub(crate) fn of(error: &Error) -> Self {
        match error.class {
            Class::Authentication => Self::Unauthorized,
            Class::Permission => Self::Forbidden,
            Class::RateLimit => Self::RateLimited,
            Class::Server => Self::Upstream5xx,
            Class::Timeout => Self::Timeout,
            Class::Connection => Self::Network,
            // These codes are our own; the API can choose the others'. A 404 that is not in its own words is somebody's
            // wrong address, and asking again will not mend it.
            Class::Response if error.status != Some(404) => match error.code {
                "unexpected_redirect" => Self::UpstreamRedirect,
                "truncated" => Self::BadJson,
                // The others are called as the reasons are.
                code => Self::EACH.iter().copied().find(|reason| word(reason.word()) == code).unwrap_or(Self::BadShape),
            },
            _ => Self::BadShape,
        }
    }
}

/// The checks that must pass before anything is verified. `status_clock_agreement`, `privacy` and `freshness`
/// only warn; `host_trusted` has nothing to judge for a bare id; `recipient_match` counts where it was asked for.
const REQUIRED: [CheckId; 8] = [
    CheckId::InputParse,
    CheckId::IdFormat,
    CheckId::Lookup,
    CheckId::ResponseShape,
    CheckId::ResponseBinding,
    CheckId::Status,
    CheckId::ValidityPeriod,
    CheckId::NotBefore,
];

/// Several checks, a bit each.
pub(crate) type CheckSet = u32;

impl CheckId {
    pub(crate) const fn bit(self) -> CheckSet {
        1 << self as u32
    }
}

/// The checks that must pass in this verification.
pub(crate) fn required_checks(input: InputKind, recipient_asked: bool) -> CheckSet {
    const ALWAYS: CheckSet = {
        let mut set = 0;
        let mut rest = REQUIRED.as_slice();
        while let [first, others @ ..] = rest {
            set |= first.bit();
            rest = others;
        }
        set
    };
    let host = if input == InputKind::Id { 0 } else { CheckId::HostTrusted.bit() };
    let recipient = if recipient_asked { CheckId::RecipientMatch.bit() } else { 0 };
    ALWAYS | host | recipient
}

/// Declares what checks can come to. All words are one text: a table would hold a pointer and a length for each, and so would
/// every place that names one (docs/decisions/0013-size.md).
macro_rules! codes {
    ($first:ident = $start:literal, $($variant:ident = $text:literal,)+) => {
        /// What a check came to, as the number of its word. It says the check's state, too: `state_of`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(dead_code, reason = "most of those that `Defect`, `Verdict` and `Reason` have are reached by number")]
        pub(crate) enum Code {
            $first = (CheckId::EACH.len() + State::EACH.len() + Outcome::EACH.len()) as u8,
            $($variant,)+
        }
        const WORDS: &str = concat!(check_ids!(), " ", states!(), " ", outcomes!(), " ", $start $(, " ", $text)+);
    };
}

/// A word of a verdict by its number; nothing where there is none.
#[inline(never)]
pub(crate) fn word(number: u8) -> &'static str {
    text::part(WORDS, b' ', usize::from(number))
}

/// Whether the value is this word.
#[inline(never)]
pub(crate) fn is_word(value: Value<'_>, number: u8) -> bool {
    value.is(word(number))
}

/// The number of the value among the words from `first` to before `end`; `end` where it is none of them.
pub(crate) fn word_of(value: Value<'_>, first: u8, end: u8) -> u8 {
    (first..end).find(|number| is_word(value, *number)).unwrap_or(end)
}

codes! {
    // Passed: first those of the first six checks, in their order.
    Url = "url",
    Listed = "listed",
    Alphanumeric32 = "alphanumeric_32",
    Answered = "answered",
    Complete = "complete",
    Bound = "bound",
    Id = "id",
    Uuid = "uuid",
    Within = "within",
    NoExpiry = "no_expiry",
    Started = "started",
    Agree = "agree",
    Public = "public",
    Private = "private",
    Match = "match",
    Live = "live",
    // Of the documented lifecycle statuses the only one that passes.
    Active = "active",
    // Failed: first the other statuses, and all that `Verdict` has. What stands for no check is no pass, either.
    Revoked = "revoked",
    Suspended = "suspended",
    Unpublished = "unpublished",
    Expired = "expired",
    NotYetValid = "not_yet_valid",
    RecipientMismatch = "recipient_mismatch",
    VerdictValid = "valid",
    NotFoundInAccount = "not_found_in_account",
    VerdictUntrustedHost = "untrusted_host",
    VerdictMalformedInput = "malformed_input",
    VerdictIndeterminate = "indeterminate",
    // As `Defect` has them.
    Empty = "empty",
    TooLong = "too_long",
    WhitespaceOrControl = "whitespace_or_control",
    NonAscii = "non_ascii",
    Backslash = "backslash",
    NoScheme = "no_scheme",
    NotAUrl = "not_a_url",
    SchemeNotHttps = "scheme_not_https",
    Userinfo = "userinfo",
    UntrustedHost = "untrusted_host",
    Port = "port",
    EncodedHost = "encoded_host",
    Path = "path",
    IdFormat = "id_format",
    // Warnings:
    StatusClockConflict = "status_clock_conflict",
    PrivacyUnknown = "privacy_unknown",
    PrivacyNotStated = "privacy_not_stated",
    Cached = "cached",
    // Not to be decided: as `Reason` has them.
    Network = "network",
    Timeout = "timeout",
    RateLimited = "rate_limited",
    Upstream5xx = "upstream_5xx",
    UpstreamRedirect = "upstream_redirect",
    Unauthorized = "unauthorized",
    Forbidden = "forbidden",
    BadContentType = "bad_content_type",
    BodyTooLarge = "body_too_large",
    BadJson = "bad_json",
    BadShape = "bad_shape",
    IdMismatch = "id_mismatch",
    UrlMismatch = "url_mismatch",
    UnknownStatus = "unknown_status",
    // Skipped:
    BareId = "bare_id",
    NotApplicable = "not_applicable",
    NotRequested = "not_requested",
    NotReached = "not_reached",
    // No codes, but words all the same: strings, and what is none.
    NowOfSystem = "system",
    NowOfOption = "option",
    Null = "null",
    True = "true",
    False = "false",
}

/// Where numbers are reckoned with, both tables have the same order.
const _: () = {
    assert!(Code::Bound as u8 - Code::Url as u8 == CheckId::ResponseBinding as u8);
    assert!(Code::VerdictIndeterminate as u8 - Code::Revoked as u8 == Verdict::Indeterminate as u8);
    assert!(Code::IdFormat as u8 - Code::Empty as u8 == Defect::IdFormat as u8 - Defect::Empty as u8);
    assert!(Code::UnknownStatus as u8 - Code::Network as u8 == Reason::UnknownStatus as u8 - Reason::Network as u8);
};

/// All thirteen, each `skipped` until something is known.
#[derive(Clone, Debug)]
struct Checks {
    /// Numbers of codes.
    codes: [u8; CheckId::EACH.len()],
    /// Parameters of those that have any: members of a JSON object, as text.
    params: [Option<Text>; CheckId::EACH.len()],
}

impl Checks {
    fn set(&mut self, id: CheckId, code: Code) {
        self.set_behind(id, code, 0);
    }

    /// Sets the code that stands so many places behind this.
    fn set_behind(&mut self, id: CheckId, code: Code, behind: u8) {
        // One slot for each id, so there always is one; a check that found none would stay `skipped`: no pass.
        if let Some(slot) = self.codes.get_mut(id as usize) {
            *slot = code as u8 + behind;
        }
    }

    /// Those from `first` to before `failed` have passed, with the code of the same number; the others are left alone.
    fn pass_until(&mut self, first: CheckId, failed: CheckId) {
        for at in first as u8..failed as u8 {
            if let Some(slot) = self.codes.get_mut(at as usize) {
                *slot = Code::Url as u8 + at;
            }
        }
    }

    /// Says more of a check.
    fn explain(&mut self, id: CheckId, params: Text) {
        if let Some(slot) = self.params.get_mut(id as usize) {
            *slot = Some(params);
        }
    }

    /// Those in this state.
    fn all(&self, state: State) -> CheckSet {
        let mut set = 0;
        for (id, code) in CheckId::EACH.iter().zip(&self.codes) {
            if state_of(*code) == state.word() {
                set |= id.bit();
            }
        }
        set
    }
}

/// The state that comes with a code, as a word; what is no code skips.
#[inline(never)]
fn state_of(code: u8) -> u8 {
    // The last code of each but the last.
    const LAST: [Code; 4] = [Code::Active, Code::IdFormat, Code::Cached, Code::UnknownStatus];
    let mut state = State::Pass.word();
    for last in LAST {
        state += u8::from(code > last as u8);
    }
    state
}

/// How a verification is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// In lower case.
    pub(crate) hosts: Vec<Text>,
    pub(crate) skew_s: i64,
    /// Injected time in milliseconds since 1970; `None`: the system's clock.
    pub(crate) now_ms: Option<i64>,
    /// The name the caller was given, folded as `fold` folds.
    pub(crate) recipient_name: Option<Text>,
    pub(crate) allow_metadata: Vec<Text>,
    pub(crate) issuer_label: Option<Text>,
}

impl Policy {
    /// The instant a verdict speaks of.
    pub(crate) fn now(&self, clock_ms: i64) -> Timestamp {
        Timestamp(self.now_ms.unwrap_or(clock_ms))
    }
}

/// The result. It holds nothing that may not be shown; the e-mail address never enters it.
#[derive(Clone, Debug)]
pub(crate) struct Verification<'a> {
    pub(crate) verdict: Verdict,
    reason: Option<Reason>,
    /// A number as JSON text, or `null`.
    retry_after_s: Text,
    checks: Checks,
    /// `None` where the text names none.
    subject: Option<&'a Subject>,
    /// What may be shown of it, as JSON text.
    credential: Option<Text>,
    /// The elements of a list, as JSON text.
    withheld: JsonWriter,
    checked_at: Timestamp,
}

/// The result for a text that names no credential on a trusted host; nobody was asked.
pub(crate) fn reject(defect: Defect, now: Timestamp) -> Box<Verification<'static>> {
    let mut result = Verification::unfounded(None, now);
    let failed = match defect {
        Defect::UntrustedHost => CheckId::HostTrusted,
        Defect::IdFormat => CheckId::IdFormat,
        _ => CheckId::InputParse,
    };
    result.checks.pass_until(CheckId::InputParse, failed);
    result.checks.set_behind(failed, Code::Empty, defect as u8);
    let untrusted = failed == CheckId::HostTrusted;
    result.concluded(if untrusted { Verdict::UntrustedHost } else { Verdict::MalformedInput })
}

/// The decision table: what the issuer's account answered, as a verdict. Pure: the same arguments give the same result.
/// `fold` makes names comparable (case, forms). `Err`: the question could not be asked as it was put.
pub(crate) fn conclude<'a>(
    subject: &'a Subject,
    answer: Result<Box<Answer<'_>>, Failure>,
    policy: &Policy,
    now: Timestamp,
    fold: fn(&str) -> Text,
) -> Result<Box<Verification<'a>>, Failure> {
    let mut result = Verification::about(subject, now);
    let answer = match answer {
        Ok(answer) => answer,
        Err(Failure::Error(error)) => match error.class {
            // A token that cannot be sent is the caller's mistake, not a state of the credential.
            Class::Validation => return Err(Failure::Error(error)),
            // Only a 404 in the API's own words: a `success: false` on 200 says nothing that is documented for `view`.
            Class::NotFound if error.status == Some(404) => {
                result.checks.set(CheckId::Lookup, Code::NotFoundInAccount);
                return Ok(result.concluded(Verdict::NotFoundInAccount));
            }
            _ => return Ok(result.undecided(Reason::of(&error), Some(&error))),
        },
        Err(Failure::Aborted) => return Err(Failure::Aborted),
    };
    let verdict = result.judge(&answer, subject.id, policy, fold);
    Ok(match verdict {
        Ok(verdict) => result.concluded(verdict),
        Err(reason) => result.undecided(reason, None),
    })
}

/// The result where the verifying service itself could not be reached or understood (`Verifier` in a browser).
pub(crate) fn unreachable<'a>(
    subject: &'a Subject,
    reason: Reason,
    error: &Error,
    now: Timestamp,
) -> Box<Verification<'a>> {
    Verification::about(subject, now).undecided(reason, Some(error))
}

/// The answer's fields that a verdict rests on, in the order of `PATHS`.
struct Credential<'a>([Value<'a>; FIELDS]);

const FIELDS: usize = 12;
const PATHS: &str = concat!(
    "document_id document_url status issued_on recipient.name recipient.email group.title group.code ",
    "valid_until privacy metadata success",
);
/// Places in `PATHS`. What stands before `VALID_UNTIL` has to be a string.
const DOCUMENT_ID: usize = 0;
const DOCUMENT_URL: usize = 1;
const STATUS: usize = 2;
const ISSUED_ON: usize = 3;
const NAME: usize = 4;
const EMAIL: usize = 5;
const TITLE: usize = 6;
const GROUP_CODE: usize = 7;
const VALID_UNTIL: usize = 8;
const PRIVACY: usize = 9;
const METADATA: usize = 10;
const SUCCESS: usize = 11;

impl<'a> Credential<'a> {
    /// Whether nothing is missing or of another type, `success` other than `true` included.
    fn is_whole(&self) -> bool {
        let until = self.value(VALID_UNTIL);
        let privacy = self.value(PRIVACY);
        self.0.iter().take(VALID_UNTIL).all(|value| value.string().is_some())
            && self.value(SUCCESS).boolean() == Some(true)
            && self.time(ISSUED_ON) != NEVER
            && (until.is_null() || self.time(VALID_UNTIL) != NEVER)
            && (privacy.is_missing() || privacy.string().is_some())
            && !self.value(METADATA).is_missing()
    }

    fn value(&self, field: usize) -> Value<'a> {
        self.0.get(field).copied().unwrap_or_default()
    }

    fn time(&self, field: usize) -> i64 {
        time(self.value(field))
    }

    #[inline(never)]
    fn string(&self, field: usize) -> &'a str {
        self.value(field).string().unwrap_or_default()
    }

    /// A member of a JSON object.
    fn member(&self, field: usize) -> Text {
        text::join(&["\"", text::part(PATHS, b' ', field), "\":", self.value(field).text()])
    }

    /// Whether `text` gives the e-mail address away, or any address: it could be this one in another spelling. Issuers
    /// do put it into names, titles and attributes, also as `zoe (at) example.com`.
    fn discloses_email(&self, text: &str) -> bool {
        let email = squeezed(self.string(EMAIL));
        let spelt = text::split(email, b'@').map_or(email, |(local, domain)| text::join(&[local, "at", domain]));
        let squeezed = squeezed(text);
        let holds = |address: &str| !address.is_empty() && text::contains(squeezed, address);
        text::looks_like_address(text) || holds(email) || holds(spelt)
    }
}

/// What stands for an instant where there is none: no date is so late.
pub(crate) const NEVER: i64 = i64::MAX;

/// The instant that the value is.
#[inline(never)]
pub(crate) fn time(value: Value<'_>) -> i64 {
    value.string().and_then(Timestamp::parse).map_or(NEVER, |time| time.0)
}

/// In lower case, without what is put around an at sign to hide it: white space and brackets. To be compared with another
/// such text only: every byte stands there as a character.
fn squeezed(text: &str) -> Text {
    let mut kept = String::new();
    for byte in text.bytes() {
        if byte > b' ' && !text::has("()[]{}<>", byte) {
            kept.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    kept.leak()
}

impl<'a> Verification<'a> {
    /// Nothing known yet. Without a conclusion this stays indeterminate.
    fn unfounded(subject: Option<&'a Subject>, now: Timestamp) -> Box<Self> {
        Box::new(Self {
            verdict: Verdict::Indeterminate,
            reason: Some(Reason::BadShape),
            retry_after_s: "null",
            checks: Checks {
                codes: [Code::NotReached as u8; CheckId::EACH.len()],
                params: [None; CheckId::EACH.len()],
            },
            subject,
            credential: None,
            withheld: JsonWriter::default(),
            checked_at: now,
        })
    }

    /// About a text that was understood: its three checks are done.
    fn about(subject: &'a Subject, now: Timestamp) -> Box<Self> {
        let mut result = Self::unfounded(Some(subject), now);
        result.checks.pass_until(CheckId::InputParse, CheckId::IdFormat);
        if subject.kind == InputKind::Id {
            result.checks.set(CheckId::InputParse, Code::Id);
            result.checks.set(CheckId::HostTrusted, Code::BareId);
        }
        let uuid = subject.form == IdForm::Uuid;
        result.checks.set(CheckId::IdFormat, if uuid { Code::Uuid } else { Code::Alphanumeric32 });
        result
    }

    fn concluded(mut self: Box<Self>, verdict: Verdict) -> Box<Self> {
        self.verdict = verdict;
        self.reason = None;
        self
    }

    fn undecided(mut self: Box<Self>, reason: Reason, error: Option<&Error>) -> Box<Self> {
        let failed = reason.check();
        self.checks.pass_until(CheckId::Lookup, failed);
        if let Some(error) = error {
            let mut params = JsonWriter::default();
            if let Some(issue) = error.issues.first() {
                params.text("path", issue.path);
                params.text("rule", issue.rule.describe().0);
            }
            params.number_if("http_status", error.status);
            self.checks.explain(failed, params.into_text());
            if let Some(ms) = error.retry_after_ms {
                self.retry_after_s = text::number("", (ms + 999) / 1000);
            }
        }
        self.checks.set_behind(failed, Code::Network, reason as u8);
        self.verdict = Verdict::Indeterminate;
        self.reason = Some(reason);
        self.credential = None;
        self.withheld = JsonWriter::default();
        self
    }

    /// What a good answer amounts to, or why it is none.
    fn judge(
        &mut self,
        answer: &Answer<'_>,
        id: &str,
        policy: &Policy,
        fold: fn(&str) -> Text,
    ) -> Result<Verdict, Reason> {
        if answer.incoming.status != 200 {
            return Err(Reason::BadShape);
        }
        self.judge_freshness(answer.incoming.age_s);
        let body = Value::checked(answer.text());
        let mut credential = Credential([Value::default(); FIELDS]);
        for (value, path) in credential.0.iter_mut().zip(text::parts(PATHS, b' ')) {
            *value = body.get(path);
        }
        if !credential.is_whole() {
            return Err(Reason::BadShape);
        }
        // The client has compared the ids already; a verdict does not rest on another module's promise.
        if !credential.value(DOCUMENT_ID).is(id) {
            return Err(Reason::IdMismatch);
        }
        if !links_to(credential.string(DOCUMENT_URL), id) {
            return Err(Reason::UrlMismatch);
        }
        // `active` alone does not make a verdict, and any other status than the documented makes none.
        let unknown = Code::Expired as u8 + 1;
        let status = word_of(credential.value(STATUS), Code::Active as u8, unknown);
        if status == unknown {
            return Err(Reason::UnknownStatus);
        }
        self.checks.pass_until(CheckId::Lookup, CheckId::Status);
        self.checks.set_behind(CheckId::Status, Code::Active, status - Code::Active as u8);
        if status == Code::Unpublished as u8 {
            // Nothing of a credential that was never published may be shown, not even its dates.
            self.withheld.string("credential");
        } else {
            self.judge_dates(&credential, status, policy.skew_s);
            self.judge_recipient(&credential, policy, fold);
            let (known, disclose) = self.judge_privacy(&credential);
            self.show(&credential, known, disclose, &policy.allow_metadata);
        }
        self.headline(policy.recipient_name.is_some()).ok_or(Reason::BadShape)
    }

    fn judge_freshness(&mut self, age_s: Option<&str>) {
        // RFC 9111: of several ages the first counts, what is no number does not, and one beyond all numbers is 2^31.
        let first = text::before(age_s.unwrap_or_default(), b',').trim_ascii();
        let mut age = 0;
        for digit in first.bytes() {
            if !digit.is_ascii_digit() {
                age = 0;
                break;
            }
            age = (age * 10 + i64::from(digit - b'0')).min(1 << 31);
        }
        self.checks.explain(CheckId::Freshness, text::number("\"age_s\":", age));
        self.checks.set(CheckId::Freshness, if age == 0 { Code::Live } else { Code::Cached });
    }

    fn judge_dates(&mut self, credential: &Credential<'_>, status: u8, skew_s: i64) {
        let now = self.checked_at.0;
        // What is counted in options and answers is below 2^53, so none of these sums is too large for 63 bits.
        let skew = skew_s * 1000;
        let until = credential.time(VALID_UNTIL);
        let over = until != NEVER && until + skew < now;
        let validity = match until {
            NEVER => Code::NoExpiry,
            _ if over => Code::Expired,
            _ => Code::Within,
        };
        self.checks.set(CheckId::ValidityPeriod, validity);

        let early = credential.time(ISSUED_ON) > now + skew;
        self.checks.set(CheckId::NotBefore, if early { Code::NotYetValid } else { Code::Started });
        self.checks.explain(CheckId::NotBefore, credential.member(ISSUED_ON));

        // Status and clock should tell the same story; where they do not, the stricter one is believed, with a warning.
        let expired = status == Code::Expired as u8;
        let agreement = if !expired && status != Code::Active as u8 {
            Code::NotApplicable
        } else if expired == over {
            Code::Agree
        } else {
            Code::StatusClockConflict
        };
        self.checks.set(CheckId::StatusClockAgreement, agreement);
        if until != NEVER {
            let until = credential.member(VALID_UNTIL);
            self.checks.explain(CheckId::ValidityPeriod, until);
            self.checks.explain(CheckId::StatusClockAgreement, until);
        }
    }

    /// Whether the answer says something known of privacy, and whether name and metadata may be shown: only where it says
    /// `public` in so many words.
    fn judge_privacy(&mut self, credential: &Credential<'_>) -> (bool, bool) {
        let neither = Code::Private as u8 + 1;
        let mut code = word_of(credential.value(PRIVACY), Code::Public as u8, neither);
        let public = code == Code::Public as u8;
        let known = code != neither;
        if !known {
            let missing = credential.value(PRIVACY).is_missing();
            code = if missing { Code::PrivacyNotStated } else { Code::PrivacyUnknown } as u8;
        }
        self.checks.set_behind(CheckId::Privacy, Code::Url, code - Code::Url as u8);
        (known, public)
    }

    /// Says yes or no in the same shape, and never in what the names differ.
    fn judge_recipient(&mut self, credential: &Credential<'_>, policy: &Policy, fold: fn(&str) -> Text) {
        let code = match policy.recipient_name {
            None => Code::NotRequested,
            Some(given) if same_name(fold(given), fold(credential.string(NAME))) => Code::Match,
            Some(_) => Code::RecipientMismatch,
        };
        self.checks.set(CheckId::RecipientMatch, code);
    }

    fn withhold(&mut self, field: usize) {
        self.withheld.string(text::part(PATHS, b' ', field));
    }

    /// Fills in a field if it may be shown, behind `before`; else names it.
    #[inline(never)]
    fn keep(
        &mut self,
        credential: &Credential<'_>,
        form: &mut Form,
        field: usize,
        before: &str,
        allowed: bool,
    ) -> bool {
        let shown = allowed && !credential.discloses_email(credential.string(field));
        if shown {
            form.fill(before).push(credential.value(field).text());
        } else {
            self.withhold(field);
            form.fill("null");
        }
        shown
    }

    /// Takes over what may be shown and names what may not.
    fn show(&mut self, credential: &Credential<'_>, known: bool, disclose: bool, allow_metadata: &[Text]) {
        let value = |field: usize| credential.value(field).text();
        let mut form = Form::new(
            "{\"document_id\":$,\"document_url\":$,\"recipient\":$,\"group\":{\"title\":$,\"code\":$},\"issued_on\":$,\
             \"valid_until\":$,\"status\":$,\"privacy\":$,\"metadata\":{$}}",
        );
        form.fill(value(DOCUMENT_ID));
        form.text(Some(head_of(credential.string(DOCUMENT_URL))));
        self.withhold(EMAIL);
        if self.keep(credential, &mut form, NAME, "{\"name\":", disclose) {
            form.json().push("}");
        }
        self.keep(credential, &mut form, TITLE, "", true);
        self.keep(credential, &mut form, GROUP_CODE, "", true);
        form.fill(value(ISSUED_ON));
        form.fill(value(VALID_UNTIL));
        form.fill(value(STATUS));
        form.fill(if known { value(PRIVACY) } else { "null" });
        let mut left_out = false;
        let metadata = form.fill("");
        for (key, value) in credential.value(METADATA).members() {
            let key = key.decode();
            let text = value.string().unwrap_or(value.text());
            let listed = disclose && value.is_scalar() && allow_metadata.contains(&key);
            if listed && !credential.discloses_email(text) && !credential.discloses_email(key) {
                metadata.raw(key, value.text());
            } else {
                left_out = true;
            }
        }
        if left_out {
            self.withhold(METADATA);
        }
        self.credential = Some(form.finish());
    }

    /// The verdict that the checks amount to: the first that one has as its code, of which that of the status is the first;
    /// `None` where one is missing that `valid` needs.
    fn headline(&self, recipient_asked: bool) -> Option<Verdict> {
        for code in &self.checks.codes {
            let verdict = usize::from(*code).checked_sub(Code::Revoked as usize);
            let no = verdict.filter(|verdict| *verdict < Verdict::Valid as usize);
            if let Some(verdict) = no.and_then(|verdict| Verdict::EACH.get(verdict)) {
                return Some(*verdict);
            }
        }
        let missing = required_checks(self.input_kind(), recipient_asked) & !self.checks.all(State::Pass);
        (missing == 0 && self.credential.is_some()).then_some(Verdict::Valid)
    }

    fn input_kind(&self) -> InputKind {
        self.subject.map_or(InputKind::Url, |subject| subject.kind)
    }

    pub(crate) fn to_json(&self, policy: &Policy) -> Text {
        // The schema is `SCHEMA`, which `concat!` does not take.
        let mut form = Form::new(concat!(
            "{\"schema\":\"hyperstack-verify/1\",\"outcome\":$,\"verdict\":$,\"reason\":$,\"retryable\":$,",
            "\"retry_after_s\":$,\"checks\":[$],\"subject\":{\"input_kind\":$,\"id\":$,\"canonical_url\":$},",
            "\"credential\":$,\"withheld\":[$],\"checked_at\":\"$\",\"now_source\":$,\"issuer_label\":$,",
            "\"verifier\":{\"name\":\"",
            env!("CARGO_PKG_NAME"),
            "\",\"version\":\"",
            env!("CARGO_PKG_VERSION"),
            "\"},\"policy\":{\"hosts\":[$],\"skew_s\":$,\"private\":\"withhold\"}}",
        ));
        fill_word(&mut form, self.verdict.outcome().word());
        fill_word(&mut form, self.verdict.word());
        fill_word(&mut form, self.reason.map_or(Code::Null as u8, Reason::word));
        let retryable = self.reason.is_some_and(Reason::retryable);
        fill_word(&mut form, if retryable { Code::True } else { Code::False } as u8);
        form.fill(self.retry_after_s);
        form.fill("");
        // The same form for each check; what stands behind its last hole is written with that.
        let behind = form.switch("");
        for (id, (code, params)) in CheckId::EACH.iter().zip(self.checks.codes.iter().zip(&self.checks.params)) {
            form.json().separate();
            form.switch("{\"id\":$,\"state\":$,\"code\":$,\"params\":{$");
            fill_word(&mut form, id.word());
            fill_word(&mut form, state_of(*code));
            fill_word(&mut form, *code);
            form.fill(params.unwrap_or_default()).push("}}");
        }
        form.switch(behind);
        fill_word(&mut form, self.input_kind().code() as u8);
        form.text(self.subject.map(|subject| subject.id));
        form.text(self.subject.map(|subject| subject.canonical_url));
        form.fill(self.credential.unwrap_or("null"));
        form.fill(self.withheld.so_far());
        form.fill(&self.checked_at.to_iso());
        fill_word(&mut form, if policy.now_ms.is_some() { Code::NowOfOption } else { Code::NowOfSystem } as u8);
        form.text(policy.issuer_label);
        let hosts = form.fill("");
        for host in &policy.hosts {
            hosts.string(host);
        }
        form.fill(text::number("", policy.skew_s));
        form.finish()
    }
}

/// Fills the next hole with a word: a string, or what is none.
#[inline(never)]
fn fill_word(form: &mut Form, number: u8) {
    let word = word(number);
    if number < Code::Null as u8 {
        form.text(Some(word));
    } else {
        form.fill(word);
    }
}

/// Compares every byte of the longer name, so that the time taken does not tell how far a guess was right.
fn same_name(given: &str, actual: &str) -> bool {
    let length = given.len().max(actual.len());
    let mut differs = given.len() ^ actual.len();
    for at in 0..length {
        let byte = |name: &str| name.as_bytes().get(at).copied().unwrap_or(0);
        differs |= usize::from(byte(given) ^ byte(actual));
    }
    differs == 0
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Fault;
    use crate::client::tests::{Script, call, json};
    use crate::credential_url;
    use crate::operations::named;
    use crate::response::Incoming;
    use crate::settings::Settings;
    use serde_json::{Value as Json, json as object};

    const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
    const NOW: &str = "2026-06-15T12:00:00Z";
    const EMAIL: &str = "Zoe.Larsson@Example.com";

    fn url() -> String {
        format!("https://hyperstack.id/credential/{ID}")
    }

    fn policy() -> Policy {
        Policy {
            hosts: vec!["hyperstack.id"],
            skew_s: 300,
            now_ms: Some(Timestamp::parse(NOW).unwrap().0),
            recipient_name: None,
            allow_metadata: vec!["custom_location", "custom_mail"],
            issuer_label: Some("Acme"),
        }
    }

    fn good() -> Json {
        object!({
            "success": true,
            "document_id": ID,
            "document_url": format!("https://hyperstack.id/credential/{ID}?view=recipient"),
            "recipient": {"name": "Zoë Larsson", "email": EMAIL},
            "group": {"title": "Cloud Certification", "key": "GcI6H5b66a3v", "code": "CC-2024"},
            "issued_on": "2024-03-15T10:30:00Z",
            "valid_until": null,
            "metadata": {"custom_location": "Mars", "custom_secret": "x", "custom_mail": EMAIL},
            "status": "active",
            "privacy": "public",
        })
    }

    fn fold(name: &str) -> Text {
        name.to_lowercase().leak()
    }

    fn ask(input: &str, answers: Vec<Result<Incoming<'static>, Fault>>, policy: &Policy) -> Json {
        let host = Script::new(answers);
        let settings = Settings { max_retries: 0, ..*Settings::read("verify", "{}").unwrap() };
        let now = policy.now(0);
        let parsed = credential_url::parse(input, &policy.hosts);
        let result = match &parsed {
            Ok(subject) => {
                let answer = call(&host, &settings, named("credentials.view"), Some(subject.id), None);
                conclude(subject, answer, policy, now, fold).expect("a verdict")
            }
            Err(defect) => reject(*defect, now),
        };
        let text = result.to_json(policy);
        for secret in [EMAIL, &EMAIL.to_lowercase(), "tok_secret", "custom_secret\":"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let subject = credential_url::parse(input, &policy.hosts).ok();
        let read: Json = serde_json::from_str(text).unwrap();
        if let Some(subject) = subject {
            // What the library says, its own browser side believes.
            let asked = policy.recipient_name.is_some();
            let outcome = crate::verifier::accept(text, &subject, asked, policy.now(0)).expect("believable");
            assert_eq!(outcome.name(), read["outcome"], "{text}");
        }
        assert_invariants(&read);
        read
    }

    fn judge(body: &Json) -> Json {
        ask(&url(), vec![Ok(json(200, &body.to_string()))], &policy())
    }

    /// What holds for every result, whatever went in.
    fn assert_invariants(result: &Json) {
        let ids: Vec<_> =
            result["checks"].as_array().unwrap().iter().map(|check| check["id"].as_str().unwrap()).collect();
        assert_eq!(ids, check_ids!().split(' ').collect::<Vec<_>>());
        let outcome = result["outcome"].as_str().unwrap();
        assert_eq!(outcome == "verified", result["verdict"] == "valid");
        assert_eq!(outcome == "indeterminate", result["verdict"] == "indeterminate");
        assert_eq!(outcome == "indeterminate", result["reason"].is_string());
        let states: Vec<_> =
            result["checks"].as_array().unwrap().iter().map(|check| check["state"].as_str().unwrap()).collect();
        match outcome {
            "verified" => {
                for id in REQUIRED {
                    assert_eq!(states[id as usize], "pass", "{}", id.name());
                }
                assert!(!states.iter().any(|state| ["fail", "error"].contains(state)));
                assert_eq!(result["credential"]["document_id"], ID);
            }
            "not_verified" => assert!(states.contains(&"fail")),
            _ => {
                assert!(states.contains(&"error"));
                assert!(result["credential"].is_null());
                assert_eq!(result["withheld"], object!([]));
            }
        }
    }

    fn code(result: &Json, id: CheckId) -> String {
        let check = &result["checks"][id as usize];
        format!("{}/{}", check["state"].as_str().unwrap(), check["code"].as_str().unwrap())
    }

    fn headline(result: &Json) -> String {
        let verdict = result["verdict"].as_str().unwrap();
        result["reason"].as_str().map_or_else(|| verdict.to_owned(), |reason| format!("{verdict}/{reason}"))
    }

    #[test]
    fn a_good_answer_is_verified_and_says_what_was_checked() {
        let result = judge(&good());
        assert_eq!(headline(&result), "valid");
        let codes: Vec<_> = [
            CheckId::InputParse,
            CheckId::HostTrusted,
            CheckId::IdFormat,
            CheckId::Lookup,
            CheckId::ResponseShape,
            CheckId::ResponseBinding,
            CheckId::Status,
            CheckId::ValidityPeriod,
            CheckId::NotBefore,
            CheckId::StatusClockAgreement,
            CheckId::Privacy,
            CheckId::RecipientMatch,
            CheckId::Freshness,
        ]
        .into_iter()
        .map(|id| code(&result, id))
        .collect();
        assert_eq!(
            codes,
            [
                "pass/url",
                "pass/listed",
                "pass/alphanumeric_32",
                "pass/answered",
                "pass/complete",
                "pass/bound",
                "pass/active",
                "pass/no_expiry",
                "pass/started",
                "pass/agree",
                "pass/public",
                "skipped/not_requested",
                "pass/live",
            ]
        );
        assert_eq!(result["subject"], object!({"input_kind": "url", "id": ID, "canonical_url": url()}));
        assert_eq!(
            result["credential"],
            object!({
                "document_id": ID, "document_url": url(), "recipient": {"name": "Zoë Larsson"},
                "group": {"title": "Cloud Certification", "code": "CC-2024"}, "issued_on": "2024-03-15T10:30:00Z",
                "valid_until": null, "status": "active", "privacy": "public", "metadata": {"custom_location": "Mars"},
            })
        );
        assert_eq!(result["withheld"], object!(["recipient.email", "metadata"]));
        assert_eq!(result["checked_at"], "2026-06-15T12:00:00.000Z");
        assert_eq!(result["now_source"], "option");
        assert_eq!(result["issuer_label"], "Acme");
        assert_eq!(result["policy"], object!({"hosts": ["hyperstack.id"], "skew_s": 300, "private": "withhold"}));
    }

    #[test]
    fn the_decision_table() {
        let html = || Incoming { content_type: Some("text/html"), ..json(404, "<html>") };
        let lost = || Err(Fault::Lost(Box::default()));
        for (answer, expected, retryable) in [
            (
                Ok(json(404, r#"{"success":false,"error":"Document does not exists in your account"}"#)),
                "not_found_in_account",
                false,
            ),
            (Ok(json(404, r#"{"message":"no such route"}"#)), "indeterminate/bad_shape", false),
            (Ok(json(404, r#"{"success":true}"#)), "indeterminate/bad_shape", false),
            (Ok(html()), "indeterminate/bad_shape", false),
            (Ok(json(404, "<html>")), "indeterminate/bad_shape", false),
            (Ok(json(201, &good().to_string())), "indeterminate/bad_shape", false),
            (Ok(json(206, &good().to_string())), "indeterminate/bad_shape", false),
            (Ok(json(400, r#"{"success":false,"error_code":"id_mismatch"}"#)), "indeterminate/bad_shape", false),
            (Ok(json(200, r#"{"success":false,"error_code":"truncated"}"#)), "indeterminate/bad_shape", false),
            (
                Ok(json(401, r#"{"detail":"Invalid token or organization not found"}"#)),
                "indeterminate/unauthorized",
                false,
            ),
            (Ok(json(403, "{}")), "indeterminate/forbidden", false),
            (Ok(json(429, "{}")), "indeterminate/rate_limited", true),
            (Ok(json(500, "{}")), "indeterminate/upstream_5xx", true),
            (Ok(json(503, "<html>")), "indeterminate/upstream_5xx", true),
            (Ok(json(400, r#"{"success":false}"#)), "indeterminate/bad_shape", false),
            (Ok(json(402, r#"{"success":false,"error_code":"low_balance"}"#)), "indeterminate/bad_shape", false),
            (Ok(json(204, "")), "indeterminate/bad_json", true),
            (Err(Fault::Redirect { status: 302 }), "indeterminate/upstream_redirect", false),
            (Err(Fault::Timeout), "indeterminate/timeout", true),
            (Err(Fault::TooLarge), "indeterminate/body_too_large", false),
            (lost(), "indeterminate/network", true),
            (Ok(json(200, "<html>")), "indeterminate/bad_json", true),
            (Ok(json(200, r#"{"success":true"#)), "indeterminate/bad_json", true),
            (Ok(json(200, "[]")), "indeterminate/bad_shape", false),
            (Ok(json(200, r#"{"success":false}"#)), "indeterminate/bad_shape", false),
            (
                Ok(json(200, r#"{"success":false,"error_code":"recipient_not_found"}"#)),
                "indeterminate/bad_shape",
                false,
            ),
        ] {
            let shown = format!("{answer:?}");
            let result = ask(&url(), vec![answer], &policy());
            assert_eq!(headline(&result), expected, "{shown}");
            assert_eq!(result["retryable"], retryable, "{shown}");
        }
    }

    #[test]
    fn codes_stand_as_what_they_belong_to() {
        // Against the enums' own texts: `name` reads the words themselves.
        for (first, words, count) in
            [(Code::Network, reasons!(), Reason::EACH.len()), (Code::Revoked, verdicts!(), Verdict::EACH.len())]
        {
            assert_eq!(words.split(' ').count(), count);
            for (number, expected) in (first as u8..).zip(words.split(' ')) {
                assert_eq!(word(number), expected);
            }
        }
        assert_eq!(word(Code::NotReached as u8), "not_reached");
        for (code, expected) in [
            (Code::Url, State::Pass),
            (Code::Active, State::Pass),
            (Code::Revoked, State::Fail),
            (Code::IdFormat, State::Fail),
            (Code::StatusClockConflict, State::Warn),
            (Code::Cached, State::Warn),
            (Code::Network, State::Error),
            (Code::UnknownStatus, State::Error),
            (Code::BareId, State::Skipped),
            (Code::NotReached, State::Skipped),
        ] {
            assert_eq!(state_of(code as u8), expected.word(), "{code:?}");
        }
        assert_eq!(state_of(u8::MAX), State::Skipped.word());
        assert_eq!(text::parts(PATHS, b' ').count(), FIELDS);
    }

    #[test]
    fn a_wait_that_was_asked_for_is_passed_on() {
        let refused = Incoming { retry_after: Some("7"), ..json(429, "{}") };
        assert_eq!(ask(&url(), vec![Ok(refused)], &policy())["retry_after_s"], 7);
    }

    #[test]
    fn every_status_at_every_date_under_every_privacy() {
        let past = "2026-06-15T11:54:59Z"; // 301 s ago: outside the skew
        let just_past = "2026-06-15T11:55:00Z"; // 300 s ago: within it
        let soon = "2026-06-15T12:05:00Z";
        let later = "2026-06-15T12:05:01Z";
        let mut seen = 0;
        for status in
            ["active", "expired", "suspended", "revoked", "unpublished", "draft", "published", "Active", "", "new"]
        {
            for valid_until in [None, Some(past), Some(just_past), Some(soon), Some("2999-01-01T00:00:00Z")] {
                for issued_on in ["2024-03-15T10:30:00Z", soon, later] {
                    for privacy in [Some("public"), Some("private"), Some("friends"), None] {
                        seen += 1;
                        let mut body = good();
                        body["status"] = status.into();
                        body["valid_until"] = valid_until.into();
                        body["issued_on"] = issued_on.into();
                        match privacy {
                            Some(privacy) => body["privacy"] = privacy.into(),
                            None => drop(body.as_object_mut().unwrap().remove("privacy")),
                        }
                        let over = valid_until == Some(past);
                        let expected = match status {
                            "" => "indeterminate/bad_shape",
                            "revoked" | "suspended" | "unpublished" => status,
                            "expired" => "expired",
                            "active" if over => "expired",
                            "active" if issued_on == later => "not_yet_valid",
                            "active" => "valid",
                            _ => "indeterminate/unknown_status",
                        };
                        let result = judge(&body);
                        assert_eq!(headline(&result), expected, "{body}");
                        assert_disclosure(&result, status, privacy);
                        let agreement = code(&result, CheckId::StatusClockAgreement);
                        let expected = match status {
                            "active" if over => "warn/status_clock_conflict",
                            "expired" if !over => "warn/status_clock_conflict",
                            "active" | "expired" => "pass/agree",
                            "revoked" | "suspended" => "skipped/not_applicable",
                            _ => "skipped/not_reached",
                        };
                        assert_eq!(agreement, expected, "{body}");
                    }
                }
            }
        }
        assert_eq!(seen, 10 * 5 * 3 * 4);
    }

    fn assert_disclosure(result: &Json, status: &str, privacy: Option<&str>) {
        match status {
            "unpublished" => {
                assert!(result["credential"].is_null());
                assert_eq!(result["withheld"], object!(["credential"]));
            }
            "active" | "expired" | "suspended" | "revoked" => {
                let shown = &result["credential"];
                let open = privacy == Some("public");
                assert_eq!(shown["recipient"].is_null(), !open);
                assert_eq!(shown["metadata"].as_object().unwrap().is_empty(), !open);
                let withheld = result["withheld"].as_array().unwrap();
                assert!(withheld.contains(&object!("recipient.email")));
                assert_eq!(withheld.contains(&object!("recipient.name")), !open);
            }
            _ => assert!(result["credential"].is_null()),
        }
        if !result["credential"].is_null() {
            let expected = match privacy {
                Some("public") => "pass/public",
                Some("private") => "pass/private",
                Some(_) => "warn/privacy_unknown",
                None => "warn/privacy_not_stated",
            };
            assert_eq!(code(result, CheckId::Privacy), expected);
        }
    }

    #[test]
    fn any_change_to_what_a_verdict_rests_on_unmakes_it() {
        let values = [
            Json::Null,
            object!(false),
            object!(true),
            object!(0),
            object!(1),
            object!("true"),
            object!(""),
            object!([]),
            object!({}),
            object!("2999-01-01T00:00:00Z"),
            object!("1999-01-01T00:00:00Z"),
            object!("revoked"),
            object!("https://hyperstack.id/credential/00000000000000000000000000000000"),
            object!("f1baf2f3-2f4f-4874-93c3-e6d9d874aa39"),
            object!(format!("{ID}\u{0}")),
        ];
        let mut seen = 0;
        for field in ["success", "document_id", "document_url", "status", "issued_on", "valid_until"] {
            let mut without = good();
            without.as_object_mut().unwrap().remove(field);
            assert_ne!(judge(&without)["outcome"], "verified", "without {field}");
            for value in &values {
                let mut changed = good();
                changed[field] = value.clone();
                // A credential without an end that now has a later one, or one issued earlier, is as good as before.
                let harmless = changed[field] == good()[field]
                    || (field == "valid_until" && value == "2999-01-01T00:00:00Z")
                    || (field == "issued_on" && value == "1999-01-01T00:00:00Z");
                assert_eq!(judge(&changed)["outcome"] == "verified", harmless, "{field} = {value}");
                seen += 1;
            }
        }
        assert_eq!(seen, 6 * values.len());
    }

    #[test]
    fn any_byte_cut_from_a_good_answer_is_never_verified() {
        let text = good().to_string();
        for end in 0..text.len() {
            let cut = String::from_utf8_lossy(&text.as_bytes()[..end]).into_owned();
            assert_eq!(ask(&url(), vec![Ok(json(200, &cut))], &policy())["outcome"], "indeterminate");
        }
    }

    #[test]
    fn an_answer_about_another_credential_says_nothing() {
        let other = "J4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
        let mut body = good();
        body["document_id"] = other.into();
        assert_eq!(headline(&judge(&body)), "indeterminate/id_mismatch");
        let mut body = good();
        body["document_url"] = format!("https://hyperstack.id/credential/{other}").into();
        assert_eq!(headline(&judge(&body)), "indeterminate/url_mismatch");
        let mut body = good();
        body["document_url"] = format!("https://credentials.acme.example/credential/{ID}").into();
        assert_eq!(headline(&judge(&body)), "valid");
    }

    #[test]
    fn texts_that_name_no_credential_are_answered_without_asking() {
        for (input, verdict, failed, failed_code) in [
            ("", "malformed_input", CheckId::InputParse, "fail/empty"),
            ("hello", "malformed_input", CheckId::InputParse, "fail/not_a_url"),
            ("http://hyperstack.id/credential/x", "malformed_input", CheckId::InputParse, "fail/scheme_not_https"),
            ("https://hyperstack.id/credential/x", "malformed_input", CheckId::IdFormat, "fail/id_format"),
            ("https://hyperstack.id/x", "malformed_input", CheckId::InputParse, "fail/path"),
            (
                "https://hyperstack.id.evil.example/credential/x",
                "untrusted_host",
                CheckId::HostTrusted,
                "fail/untrusted_host",
            ),
        ] {
            let result = ask(input, vec![], &policy());
            assert_eq!(headline(&result), verdict, "{input}");
            assert_eq!(code(&result, failed), failed_code, "{input}");
            assert_eq!(code(&result, CheckId::Lookup), "skipped/not_reached");
            assert!(result["subject"]["id"].is_null());
        }
    }

    #[test]
    fn a_bare_id_has_no_host_to_judge() {
        let result = ask(ID, vec![Ok(json(200, &good().to_string()))], &policy());
        assert_eq!(headline(&result), "valid");
        assert_eq!(code(&result, CheckId::HostTrusted), "skipped/bare_id");
        assert_eq!(result["subject"], object!({"input_kind": "id", "id": ID, "canonical_url": url()}));
    }

    #[test]
    fn the_recipients_name_counts_where_it_was_asked_for() {
        for (given, privacy, verdict, check) in [
            ("ZOË LARSSON", "public", "valid", "pass/match"),
            ("Zoë Larsso", "public", "recipient_mismatch", "fail/recipient_mismatch"),
            ("Zoë Larssom", "public", "recipient_mismatch", "fail/recipient_mismatch"),
            ("zoë larsson", "private", "valid", "pass/match"),
        ] {
            let policy = Policy { recipient_name: Some(given), ..policy() };
            let mut body = good();
            body["privacy"] = privacy.into();
            let result = ask(&url(), vec![Ok(json(200, &body.to_string()))], &policy);
            assert_eq!(headline(&result), verdict, "{given}");
            assert_eq!(code(&result, CheckId::RecipientMatch), check, "{given}");
            assert_eq!(result["credential"]["recipient"].is_null(), privacy == "private");
        }
        let policy = Policy { recipient_name: Some("Someone Else"), ..policy() };
        let mut body = good();
        body["status"] = "revoked".into();
        assert_eq!(headline(&ask(&url(), vec![Ok(json(200, &body.to_string()))], &policy)), "revoked");
    }

    #[test]
    fn the_address_is_withheld_wherever_the_issuer_put_it() {
        let mut body = good();
        body["recipient"]["name"] = EMAIL.to_uppercase().into();
        body["group"]["title"] = format!("Course of {EMAIL}").into();
        body["group"]["code"] = EMAIL.into();
        body["metadata"] = object!({EMAIL: 1, "custom_location": format!("<{EMAIL}>")});
        let result = judge(&body);
        assert_eq!(result["verdict"], "valid");
        assert_eq!(result["credential"]["metadata"], object!({}));
        assert_eq!(
            result["withheld"],
            object!(["recipient.email", "recipient.name", "group.title", "group.code", "metadata"])
        );
    }

    #[test]
    fn an_address_in_another_spelling_is_withheld_too() {
        for spelling in
            ["zoe.larsson%40example.com", "ZOE.LARSSON\u{FF20}EXAMPLE.COM", "zoe.larsson&#64;example.com", "z@x"]
        {
            let mut body = good();
            body["group"]["title"] = spelling.into();
            body["metadata"] = object!({"custom_location": spelling});
            let result = judge(&body);
            assert_eq!(result["withheld"], object!(["recipient.email", "group.title", "metadata"]), "{spelling}");
        }
        let mut body = good();
        body["group"]["title"] = "Design @ Scale".into();
        assert_eq!(judge(&body)["credential"]["group"]["title"], "Design @ Scale");
    }

    #[test]
    fn only_plain_values_of_listed_metadata_are_shown() {
        let mut policy = policy();
        policy.allow_metadata = vec!["a", "b", "c", "d", "e"];
        let mut body = good();
        body["metadata"] = object!({"a": "x\"\n", "b": 1.5, "c": false, "d": {"deep": 1}, "e": null, "f": 1});
        let result = ask(&url(), vec![Ok(json(200, &body.to_string()))], &policy);
        assert_eq!(result["credential"]["metadata"], object!({"a": "x\"\n", "b": 1.5, "c": false}));
    }

    #[test]
    fn skew_may_be_zero() {
        let mut policy = policy();
        policy.skew_s = 0;
        let mut body = good();
        for (until, verdict) in [("2026-06-15T12:00:00Z", "valid"), ("2026-06-15T11:59:59.999Z", "expired")] {
            body["valid_until"] = until.into();
            assert_eq!(headline(&ask(&url(), vec![Ok(json(200, &body.to_string()))], &policy)), verdict, "{until}");
        }
    }

    #[test]
    fn an_answer_out_of_a_cache_is_marked() {
        let cached = Incoming { age_s: Some("40"), ..json(200, &good().to_string()) };
        let result = ask(&url(), vec![Ok(cached)], &policy());
        assert_eq!(code(&result, CheckId::Freshness), "warn/cached");
        assert_eq!(result["checks"][CheckId::Freshness as usize]["params"]["age_s"], 40);
    }

    #[test]
    fn the_documentations_own_example_is_valid() {
        let fixtures: Json = serde_json::from_str(include_str!("../tests/vectors/fixtures.json")).unwrap();
        let mut seen = 0;
        for fixture in fixtures.as_array().unwrap() {
            if fixture["endpoint"] == "view_credential" {
                seen += 1;
                let status = u16::try_from(fixture["status"].as_i64().unwrap()).unwrap();
                let result = ask(&url(), vec![Ok(json(status, &fixture["response_body"].to_string()))], &policy());
                let expected = match status {
                    200 => "valid",
                    404 => "not_found_in_account",
                    _ => "indeterminate/unauthorized",
                };
                assert_eq!(headline(&result), expected);
            }
        }
        assert_eq!(seen, 3);
    }
}
