//! Owns the verdict: from a pasted text and the issuer's answer to a result that fails closed.
//!
//! `verified` is the last thing left when every required check has said an explicit yes; everything that is
//! missing, odd or contradictory ends as `not_verified` or `indeterminate`. docs/decisions/0004-verdict.md

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Answer;
use crate::credential_url::{Defect, InputKind, Subject, head_of, links_to};
use crate::decimal;
use crate::error::{Class, Error, Failure};
use crate::json::{RawStr, Value};
use crate::json_writer::JsonWriter;
use crate::text::{self, Text};
use crate::timestamp::Timestamp;

pub(crate) const SCHEMA: &str = "hyperstack-verify/1";

/// One credential is below 2 KB; more than this is not an answer to `view`.
pub(crate) const MAX_ANSWER_BYTES: i64 = 64 * 1024;

/// Declares an enum whose variants are public names: one table, read by writer, reader and tests.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($variant,)+ }
        impl $name {
            /// Every name, in the order of the table.
            pub(crate) const ALL: &'static [&'static str] = &[$($text,)+];
            #[allow(dead_code, reason = "the checks are walked through, the others are not")]
            pub(crate) const EACH: &'static [Self] = &[$(Self::$variant,)+];
            pub(crate) fn name(self) -> &'static str {
                Self::ALL.get(self as usize).copied().unwrap_or_default()
            }
        }
    };
}

names!(CheckId {
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

names!(State {
    Pass = "pass",
    Fail = "fail",
    Warn = "warn",
    Error = "error",
    Skipped = "skipped",
});

names!(
    /// The headline. Of several that apply the first stands, but `Valid` only where none other does.
    Verdict {
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
    Reason {
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

names!(Outcome {
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
                "bad_content_type" => Self::BadContentType,
                "body_too_large" => Self::BodyTooLarge,
                "bad_json" | "truncated" => Self::BadJson,
                "id_mismatch" => Self::IdMismatch,
                _ => Self::BadShape,
            },
            _ => Self::BadShape,
        }
    }
}

/// The checks that must pass before anything is verified. `status_clock_agreement`, `privacy` and `freshness`
/// only warn; `host_trusted` has nothing to judge for a bare id; `recipient_match` counts where it was asked for.
pub(crate) const REQUIRED: [CheckId; 8] = [
    CheckId::InputParse,
    CheckId::IdFormat,
    CheckId::Lookup,
    CheckId::ResponseShape,
    CheckId::ResponseBinding,
    CheckId::Status,
    CheckId::ValidityPeriod,
    CheckId::NotBefore,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Check {
    state: State,
    code: &'static str,
}

/// All thirteen, each `skipped` until something is known.
#[derive(Clone, Debug)]
struct Checks {
    all: [Check; CheckId::ALL.len()],
    /// Parameters of those that have any: members of a JSON object, as text.
    params: Vec<(CheckId, Text)>,
}

impl Checks {
    const fn new() -> Self {
        Self { all: [Check { state: State::Skipped, code: "not_reached" }; CheckId::ALL.len()], params: Vec::new() }
    }

    #[inline(never)]
    fn set(&mut self, id: CheckId, state: State, code: &'static str) {
        // One slot for each id, so there always is one; a check that found none would stay `skipped`: no pass.
        if let Some(check) = self.all.get_mut(id as usize) {
            *check = Check { state, code };
        }
    }

    #[inline(never)]
    fn pass(&mut self, id: CheckId, code: &'static str) {
        self.set(id, State::Pass, code);
    }

    /// Says more of a check.
    fn explain(&mut self, id: CheckId, members: impl FnOnce(&mut JsonWriter)) {
        let mut params = JsonWriter::default();
        members(&mut params);
        self.params.push((id, params.into_text()));
    }

    fn params(&self, id: CheckId) -> &str {
        self.params.iter().rfind(|(about, _)| *about == id).map_or("", |(_, params)| params)
    }

    #[inline(never)]
    fn is(&self, id: CheckId, state: State) -> bool {
        self.all.get(id as usize).is_some_and(|check| check.state == state)
    }
}

/// How a verification is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
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
pub(crate) struct Verification {
    pub(crate) verdict: Verdict,
    reason: Option<Reason>,
    retry_after_s: Option<i64>,
    checks: Checks,
    input_kind: InputKind,
    subject: Option<Subject>,
    /// What may be shown of it, as JSON text.
    credential: Option<Text>,
    withheld: Vec<&'static str>,
    checked_at: Timestamp,
}

/// The result for a text that names no credential on a trusted host; nobody was asked.
pub(crate) fn reject(defect: Defect, now: Timestamp) -> Box<Verification> {
    let mut result = Verification::unfounded(InputKind::Url, None, now);
    let failed = match defect {
        Defect::UntrustedHost => CheckId::HostTrusted,
        Defect::IdFormat => CheckId::IdFormat,
        _ => CheckId::InputParse,
    };
    if failed != CheckId::InputParse {
        result.checks.pass(CheckId::InputParse, InputKind::Url.code());
    }
    if failed == CheckId::IdFormat {
        result.checks.pass(CheckId::HostTrusted, "listed");
    }
    result.checks.set(failed, State::Fail, defect.code());
    let untrusted = failed == CheckId::HostTrusted;
    result.concluded(if untrusted { Verdict::UntrustedHost } else { Verdict::MalformedInput })
}

/// The decision table: what the issuer's account answered, as a verdict. Pure: the same arguments give the same result.
/// `fold` makes names comparable (case, forms). `Err`: the question could not be asked as it was put.
pub(crate) fn conclude(
    subject: &Subject,
    answer: Result<Box<Answer<'_>>, Failure>,
    policy: &Policy,
    now: Timestamp,
    fold: fn(&str) -> Text,
) -> Result<Box<Verification>, Failure> {
    let mut result = Verification::about(subject, now);
    let answer = match answer {
        Ok(answer) => answer,
        Err(Failure::Error(error)) => match error.class {
            // A token that cannot be sent is the caller's mistake, not a state of the credential.
            Class::Validation => return Err(Failure::Error(error)),
            // Only a 404 in the API's own words: a `success: false` on 200 says nothing that is documented for `view`.
            Class::NotFound if error.status == Some(404) => {
                let not_found = Verdict::NotFoundInAccount;
                result.checks.set(CheckId::Lookup, State::Fail, not_found.name());
                return Ok(result.concluded(not_found));
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
pub(crate) fn unreachable(subject: &Subject, reason: Reason, error: &Error, now: Timestamp) -> Box<Verification> {
    Verification::about(subject, now).undecided(reason, Some(error))
}

/// The answer's fields that a verdict rests on.
struct Credential<'a> {
    document_id: RawStr<'a>,
    document_url: RawStr<'a>,
    status: RawStr<'a>,
    issued_on: Timestamp,
    issued_on_text: RawStr<'a>,
    valid_until: Option<Timestamp>,
    valid_until_text: Option<RawStr<'a>>,
    name: RawStr<'a>,
    email: RawStr<'a>,
    title: RawStr<'a>,
    group_code: RawStr<'a>,
    privacy: Option<RawStr<'a>>,
    metadata: Value<'a>,
}

impl<'a> Credential<'a> {
    /// `None` where anything is missing or of another type, `success` other than `true` included.
    fn read(body: Value<'a>) -> Option<Self> {
        const STRINGS: [&str; 8] = [
            "document_id",
            "document_url",
            "status",
            "issued_on",
            "recipient.name",
            "recipient.email",
            "group.title",
            "group.code",
        ];
        let mut strings = [RawStr::EMPTY; STRINGS.len()];
        for (string, path) in strings.iter_mut().zip(STRINGS) {
            *string = body.get(path).raw_string()?;
        }
        let [document_id, document_url, status, issued_on_text, name, email, title, group_code] = strings;
        let (until, privacy, metadata) = (body.get("valid_until"), body.get("privacy"), body.get("metadata"));
        let valid_until_text = until.raw_string();
        let valid_until = valid_until_text.and_then(time);
        let fine = body.get("success").boolean() == Some(true)
            && (until.is_null() || valid_until.is_some())
            && (privacy.is_missing() || privacy.raw_string().is_some())
            && !metadata.is_missing();
        let issued_on = time(issued_on_text).filter(|_| fine)?;
        Some(Self {
            document_id,
            document_url,
            status,
            issued_on,
            issued_on_text,
            valid_until,
            valid_until_text,
            name,
            email,
            title,
            group_code,
            privacy: privacy.raw_string(),
            metadata,
        })
    }

    /// Whether `text` gives the e-mail address away, or any address: it could be this one in another spelling. Issuers
    /// do put it into names, titles and attributes, also as `zoe (at) example.com`.
    fn discloses_email(&self, text: &str) -> bool {
        let email = squeezed(self.email.decode());
        let spelt = text::split(&email, b'@').map(|(local, domain)| text::join(&[local, "at", domain]));
        let text_squeezed = squeezed(text);
        let holds = |address: &str| !address.is_empty() && text::contains(&text_squeezed, address);
        text::looks_like_address(text) || holds(&email) || spelt.is_some_and(holds)
    }
}

fn time(text: RawStr<'_>) -> Option<Timestamp> {
    Timestamp::parse(text.decode())
}

/// In lower case, without what is put around an at sign to hide it: white space and brackets.
fn squeezed(text: &str) -> String {
    let kept = |letter: &char| !matches!(letter, '\0'..=' ' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>');
    text.chars().filter(kept).map(|letter| letter.to_ascii_lowercase()).collect()
}

impl Verdict {
    /// The documented lifecycle statuses; `active` alone does not make a verdict. Any other status makes none.
    const OF_STATUS: [(&'static str, Option<Self>); 5] = [
        ("active", None),
        ("revoked", Some(Self::Revoked)),
        ("suspended", Some(Self::Suspended)),
        ("unpublished", Some(Self::Unpublished)),
        ("expired", Some(Self::Expired)),
    ];
}

impl Verification {
    /// Nothing known yet. Without a conclusion this stays indeterminate.
    fn unfounded(input_kind: InputKind, subject: Option<&Subject>, now: Timestamp) -> Box<Self> {
        Box::new(Self {
            verdict: Verdict::Indeterminate,
            reason: Some(Reason::BadShape),
            retry_after_s: None,
            checks: Checks::new(),
            input_kind,
            subject: subject.copied(),
            credential: None,
            withheld: Vec::new(),
            checked_at: now,
        })
    }

    /// About a text that was understood: its three checks are done.
    fn about(subject: &Subject, now: Timestamp) -> Box<Self> {
        let mut result = Self::unfounded(subject.kind, Some(subject), now);
        result.checks.pass(CheckId::InputParse, subject.kind.code());
        match subject.kind {
            InputKind::Url => result.checks.pass(CheckId::HostTrusted, "listed"),
            InputKind::Id => result.checks.set(CheckId::HostTrusted, State::Skipped, "bare_id"),
        }
        result.checks.pass(CheckId::IdFormat, subject.form.code());
        result
    }

    fn concluded(mut self: Box<Self>, verdict: Verdict) -> Box<Self> {
        self.verdict = verdict;
        self.reason = None;
        self
    }

    fn undecided(mut self: Box<Self>, reason: Reason, error: Option<&Error>) -> Box<Self> {
        let failed = reason.check();
        for (id, code) in
            [(CheckId::Lookup, "answered"), (CheckId::ResponseShape, "complete"), (CheckId::ResponseBinding, "bound")]
        {
            if (id as usize) < failed as usize {
                self.checks.pass(id, code);
            }
        }
        if let Some(error) = error {
            self.checks.explain(failed, |params| {
                if let Some(issue) = error.issues.first() {
                    params.text("path", issue.path);
                    params.text("rule", issue.rule.describe().0);
                }
                params.number_if("http_status", error.status);
            });
            self.retry_after_s = error.retry_after_ms.map(|ms| (ms + 999) / 1000);
        }
        self.checks.set(failed, State::Error, reason.name());
        self.verdict = Verdict::Indeterminate;
        self.reason = Some(reason);
        self.credential = None;
        self.withheld.clear();
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
        let credential = Credential::read(Value::checked(answer.text())).ok_or(Reason::BadShape)?;
        // The client has compared the ids already; a verdict does not rest on another module's promise.
        if !credential.document_id.is(id) {
            return Err(Reason::IdMismatch);
        }
        if !links_to(credential.document_url.decode(), id) {
            return Err(Reason::UrlMismatch);
        }
        let (status, by_status) = Verdict::OF_STATUS
            .into_iter()
            .find(|(status, _)| credential.status.is(status))
            .ok_or(Reason::UnknownStatus)?;
        self.checks.pass(CheckId::Lookup, "answered");
        self.checks.pass(CheckId::ResponseShape, "complete");
        self.checks.pass(CheckId::ResponseBinding, "bound");
        self.checks.set(CheckId::Status, if by_status.is_none() { State::Pass } else { State::Fail }, status);
        if by_status == Some(Verdict::Unpublished) {
            // Nothing of a credential that was never published may be shown, not even its dates.
            self.withheld.push("credential");
        } else {
            self.judge_dates(&credential, status, policy.skew_s);
            self.judge_recipient(&credential, policy, fold);
            let disclose = self.judge_privacy(credential.privacy);
            self.show(&credential, disclose, &policy.allow_metadata);
        }
        self.headline(by_status, policy.recipient_name.is_some()).ok_or(Reason::BadShape)
    }

    fn judge_freshness(&mut self, age_s: Option<&str>) {
        // RFC 9111: of several ages the first counts, what is no number does not, and one beyond all numbers is 2^31.
        let first = age_s.and_then(|age| text::parts(age, b',').next()).unwrap_or_default().trim_ascii();
        let number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
        let age = if number { decimal::read(first).unwrap_or(i64::MAX).min(1 << 31) } else { 0 };
        self.checks.explain(CheckId::Freshness, |params| params.number("age_s", age));
        let (state, code) = if age == 0 { (State::Pass, "live") } else { (State::Warn, "cached") };
        self.checks.set(CheckId::Freshness, state, code);
    }

    fn judge_dates(&mut self, credential: &Credential<'_>, status: &str, skew_s: i64) {
        let now = self.checked_at.0;
        let skew = skew_s.saturating_mul(1000);
        let over = credential.valid_until.is_some_and(|until| until.0.saturating_add(skew) < now);
        let until = credential.valid_until_text;
        let (state, code) = match (over, until) {
            (true, _) => (State::Fail, "expired"),
            (false, Some(_)) => (State::Pass, "within"),
            (false, None) => (State::Pass, "no_expiry"),
        };
        self.checks.set(CheckId::ValidityPeriod, state, code);

        let early = credential.issued_on.0 > now.saturating_add(skew);
        let (state, code) = if early { (State::Fail, "not_yet_valid") } else { (State::Pass, "started") };
        self.checks.set(CheckId::NotBefore, state, code);
        self.checks.explain(CheckId::NotBefore, |params| params.as_is("issued_on", Some(credential.issued_on_text)));

        // Status and clock should tell the same story; where they do not, the stricter one is believed, with a warning.
        let (state, code) = match status {
            "active" | "expired" if (status == "expired") == over => (State::Pass, "agree"),
            "active" | "expired" => (State::Warn, "status_clock_conflict"),
            _ => (State::Skipped, "not_applicable"),
        };
        self.checks.set(CheckId::StatusClockAgreement, state, code);
        if until.is_some() {
            for id in [CheckId::ValidityPeriod, CheckId::StatusClockAgreement] {
                self.checks.explain(id, |params| params.as_is("valid_until", until));
            }
        }
    }

    /// Whether name and metadata may be shown: only where the answer says `public` in so many words.
    fn judge_privacy(&mut self, privacy: Option<RawStr<'_>>) -> bool {
        let privacy = privacy.map(RawStr::decode);
        let (state, code) = match privacy {
            Some("public") => (State::Pass, "public"),
            Some("private") => (State::Pass, "private"),
            Some(_) => (State::Warn, "privacy_unknown"),
            None => (State::Warn, "privacy_not_stated"),
        };
        self.checks.set(CheckId::Privacy, state, code);
        privacy == Some("public")
    }

    /// Says yes or no in the same shape, and never in what the names differ.
    fn judge_recipient(&mut self, credential: &Credential<'_>, policy: &Policy, fold: fn(&str) -> Text) {
        let (state, code) = match policy.recipient_name {
            None => (State::Skipped, "not_requested"),
            Some(given) if same_name(fold(given), fold(credential.name.decode())) => (State::Pass, "match"),
            Some(_) => (State::Fail, "recipient_mismatch"),
        };
        self.checks.set(CheckId::RecipientMatch, state, code);
    }

    /// Takes over what may be shown and names what may not.
    fn show(&mut self, credential: &Credential<'_>, disclose: bool, allow_metadata: &[Text]) {
        let withheld = &mut self.withheld;
        withheld.push("recipient.email");
        let mut keep = |name: &'static str, text: RawStr<'_>, allowed: bool| {
            let shown = allowed && !credential.discloses_email(text.decode());
            if !shown {
                withheld.push(name);
            }
            shown
        };
        let name = keep("recipient.name", credential.name, disclose);
        let title = keep("group.title", credential.title, true);
        let group_code = keep("group.code", credential.group_code, true);
        let mut left_out = false;
        let mut writer = JsonWriter::default();
        writer.object(|json| {
            json.as_is("document_id", Some(credential.document_id));
            json.text("document_url", head_of(credential.document_url.decode()));
            if name {
                json.key("recipient").object(|json| json.as_is("name", Some(credential.name)));
            } else {
                json.raw("recipient", "null");
            }
            json.key("group").object(|json| {
                json.as_is("title", Some(credential.title).filter(|_| title));
                json.as_is("code", Some(credential.group_code).filter(|_| group_code));
            });
            json.as_is("issued_on", Some(credential.issued_on_text));
            json.as_is("valid_until", credential.valid_until_text);
            json.as_is("status", Some(credential.status));
            let known = credential.privacy.filter(|privacy| privacy.is("public") || privacy.is("private"));
            json.as_is("privacy", known);
            json.key("metadata").object(|json| {
                for (key, value) in credential.metadata.members() {
                    let key = key.decode();
                    let text = value.string().unwrap_or(value.text());
                    let listed = disclose && value.is_scalar() && allow_metadata.contains(&key);
                    if listed && !credential.discloses_email(text) && !credential.discloses_email(key) {
                        json.raw(key, value.text());
                    } else {
                        left_out = true;
                    }
                }
            });
        });
        if left_out {
            withheld.push("metadata");
        }
        self.credential = Some(writer.into_text());
    }

    /// The verdict that the checks amount to, by the status or where that makes none; `None` where one is missing that
    /// `valid` needs.
    fn headline(&self, by_status: Option<Verdict>, recipient_asked: bool) -> Option<Verdict> {
        if by_status.is_some() {
            return by_status;
        }
        for (id, verdict) in [
            (CheckId::ValidityPeriod, Verdict::Expired),
            (CheckId::NotBefore, Verdict::NotYetValid),
            (CheckId::RecipientMatch, Verdict::RecipientMismatch),
        ] {
            if self.checks.is(id, State::Fail) {
                return Some(verdict);
            }
        }
        let passed = |id: CheckId| self.checks.is(id, State::Pass);
        let host = self.input_kind == InputKind::Id || passed(CheckId::HostTrusted);
        let recipient = !recipient_asked || passed(CheckId::RecipientMatch);
        let all = REQUIRED.into_iter().all(passed) && host && recipient && self.credential.is_some();
        all.then_some(Verdict::Valid)
    }

    pub(crate) fn to_json(&self, policy: &Policy) -> Text {
        let mut writer = JsonWriter::default();
        writer.object(|json| {
            json.text("schema", SCHEMA);
            json.text("outcome", self.verdict.outcome().name());
            json.text("verdict", self.verdict.name());
            json.text_or_null("reason", self.reason.map(Reason::name));
            json.boolean("retryable", self.reason.is_some_and(Reason::retryable));
            match self.retry_after_s {
                Some(wait) => json.number("retry_after_s", wait),
                None => json.raw("retry_after_s", "null"),
            }
            json.key("checks").array(CheckId::EACH.iter().zip(&self.checks.all), |json, (id, check)| {
                json.object(|json| {
                    json.text("id", id.name());
                    json.text("state", check.state.name());
                    json.text("code", check.code);
                    json.key("params").object(|json| json.push(self.checks.params(*id)));
                });
            });
            json.key("subject").object(|json| {
                json.text("input_kind", self.input_kind.code());
                json.text_or_null("id", self.subject.map(|subject| subject.id));
                json.text_or_null("canonical_url", self.subject.as_ref().map(Subject::canonical_url));
            });
            json.raw("credential", self.credential.unwrap_or("null"));
            json.strings("withheld", &self.withheld);
            json.text("checked_at", &self.checked_at.to_iso());
            json.text("now_source", if policy.now_ms.is_some() { "option" } else { "system" });
            json.text_or_null("issuer_label", policy.issuer_label);
            json.key("verifier").object(|json| {
                json.text("name", env!("CARGO_PKG_NAME"));
                json.text("version", env!("CARGO_PKG_VERSION"));
            });
            json.key("policy").object(|json| {
                json.strings("hosts", &policy.hosts);
                json.number("skew_s", policy.skew_s);
                json.text("private", "withhold");
            });
        });
        writer.into_text()
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
    use crate::operations::CREDENTIALS_VIEW;
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
        let result = match credential_url::parse(input, &policy.hosts) {
            Ok(subject) => {
                let answer = call(&host, &settings, &CREDENTIALS_VIEW, Some(subject.id), None);
                conclude(&subject, answer, policy, now, fold).expect("a verdict")
            }
            Err(defect) => reject(defect, now),
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
        assert_eq!(ids, CheckId::ALL);
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
