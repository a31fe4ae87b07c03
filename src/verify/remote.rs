//! The browser side of a verification: one request to a verify service, whose report is accepted only if it is about the credential
//! in question and consistent. The verdict was computed by the service, where the token is.

use super::check::{CheckId, Code, FailureParams, Reason, State};
use super::decision::{Outcome, Requirements, Verdict};
use super::link::{InputKind, Subject, links_to, parse};
use super::lookup::Failure;
use super::policy::{Policy, read_hosts};
use super::report::{NowSource, PrivatePolicy, Schema, Verification};
use super::{OPERATION, fail, reject};
use crate::api::Method;
use crate::error::Error;
use crate::json::{self, Value};
use crate::model::{Host, IsoTimestamp, PersonName, ServiceEndpoint, Text, Timestamp};
use crate::transport::{HttpRequest, HttpResponse, Transport, TransportError, within};
use crate::validate::{FromValue, Issue, Issues, Members, Path, Rule};

/// A report is about 3 KB.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;

const DEFAULT_TIMEOUT_MS: u64 = 30_000;

/// The largest difference between `checked_at` of a `valid` and the own clock. An older one is a stored one, and the credential may
/// have been revoked since. A day, because the clocks of people's devices are wrong more often than a response is an old one.
const MAX_CLOCK_DIFFERENCE_MS: u64 = 24 * 60 * 60 * 1000;

/// Which verify service is asked, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteConfig {
    /// The address of the verify service.
    pub endpoint: ServiceEndpoint,
    /// The hosts whose links are trusted.
    pub hosts: Vec<Host>,
    /// The time for the response, in milliseconds. Default 30 000.
    pub timeout_ms: u64,
}

impl FromValue for RemoteConfig {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let endpoint = members.read("endpoint");
        let hosts = read_hosts(&mut members);
        let timeout_ms = members.read::<Option<u64>>("timeoutMs");
        members.refuse_unknown();
        Some(Self { endpoint: endpoint?, hosts: hosts?, timeout_ms: timeout_ms?.unwrap_or(DEFAULT_TIMEOUT_MS) })
    }
}

/// What a remote verification comes to.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is moved once")]
pub enum RemoteVerification {
    /// The report of the service as JSON text, with every member that it has. It was accepted.
    Service(String),
    /// The report for input that was not sent, or for a response that was not accepted.
    Local(Verification),
}

/// Verifies a credential link or id through a verify service: sends one request and retries nothing.
///
/// # Errors
/// A `Validation` error for a blank name.
pub async fn verify_remote<T: Transport>(
    transport: &T,
    config: &RemoteConfig,
    input: &str,
    recipient_name: Option<&str>,
) -> Result<RemoteVerification, Error> {
    let recipient_name = recipient_name.map(PersonName::parse).transpose();
    let recipient_name = recipient_name.map_err(|rule| Error::invalid(OPERATION, "recipientName", rule))?;
    let policy = Policy { hosts: config.hosts.clone(), recipient_name, ..Policy::default() };
    let subject = match parse(input, &policy.hosts) {
        Ok(subject) => subject,
        Err(code) => return Ok(RemoteVerification::Local(reject(code, &policy, transport.now()))),
    };
    let request = request(config, &subject, &policy);
    let result = within(transport, config.timeout_ms, transport.send(&request)).await;
    let now = transport.now();
    Ok(match accept(result, &subject, policy.recipient_name.is_some(), now) {
        Ok(text) => RemoteVerification::Service(text),
        Err(failure) => RemoteVerification::Local(fail(&subject, failure, &policy, now)),
    })
}

/// The request to the service. It carries the canonical link or the bare id, never the pasted string with whatever is after `?` and
/// `#`.
fn request(config: &RemoteConfig, subject: &Subject, policy: &Policy) -> HttpRequest {
    let input = match subject.kind {
        InputKind::Url => subject.canonical_url.as_str(),
        InputKind::Id => subject.id.as_str(),
    };
    let text = |text: &str| Value::String(text.to_owned());
    let mut body = vec![("input".to_owned(), text(input))];
    if let Some(name) = &policy.recipient_name {
        body.push(("recipient_name".to_owned(), text(name.as_str())));
    }
    let json_type = || "application/json".to_owned();
    HttpRequest {
        method: Method::Post,
        url: config.endpoint.as_str().to_owned(),
        headers: vec![("accept".to_owned(), json_type()), ("content-type".to_owned(), json_type())],
        body: Some(json::to_string(&Value::Object(body))),
        max_response_bytes: MAX_RESPONSE_BYTES,
        request_id_header: "x-request-id".to_owned(),
    }
}

/// Returns the JSON text of the service's report if it can be accepted.
fn accept(
    result: Option<Result<HttpResponse, TransportError>>,
    subject: &Subject,
    is_name_given: bool,
    now: Timestamp,
) -> Result<String, Failure> {
    let response = match result {
        None => return Err(Failure::because(Reason::Timeout)),
        Some(Err(error)) => return Err(failure_of(&error)),
        Some(Ok(response)) => response,
    };
    let rejection = match read_report(&response) {
        Ok((report, text)) => match check_report(report, subject, is_name_given, now) {
            // A verdict comes with status 200, and only a verdict does.
            Ok(outcome) if (response.status == 200) == (outcome != Outcome::Indeterminate) => return Ok(text),
            Ok(_) => Rejection::Report(Issue::new("outcome", Rule::Inconsistent)),
            Err(issue) => Rejection::Report(issue),
        },
        Err(rejection) => rejection,
    };
    Err(failure_of_response(&response, rejection, now))
}

/// Why a response does not contain a report that can be accepted.
enum Rejection {
    /// It is not declared as JSON.
    ContentType,
    /// It is not JSON.
    Json,
    /// It does not contain a report.
    NoReport,
    /// The report breaks a rule.
    Report(Issue),
}

/// The report in a response and its JSON text. With status 200 it is the body; the problem document of a fault has it as the member
/// `verification`.
fn read_report(response: &HttpResponse) -> Result<(Value, String), Rejection> {
    if !response.is_json() {
        return Err(Rejection::ContentType);
    }
    let text = response.text().ok_or(Rejection::Json)?;
    let body: Value = json::from_str(text).map_err(|_| Rejection::Json)?;
    if response.status == 200 {
        return Ok((body, text.to_owned()));
    }
    let report = body.get("verification").cloned().ok_or(Rejection::NoReport)?;
    let text = json::to_string(&report);
    Ok((report, text))
}

fn failure_of(error: &TransportError) -> Failure {
    match error {
        TransportError::Connection(_) => Failure::because(Reason::Network),
        TransportError::TooLarge => Failure::because(Reason::BodyTooLarge),
        TransportError::Redirect { status } => {
            let params = FailureParams { http_status: *status, ..FailureParams::default() };
            Failure { reason: Reason::UpstreamRedirect, params, retry_after_s: None }
        }
    }
}

fn failure_of_response(response: &HttpResponse, rejection: Rejection, now: Timestamp) -> Failure {
    let reason = match (response.status, &rejection) {
        (401, _) => Reason::Unauthorized,
        (403, _) => Reason::Forbidden,
        (429, _) => Reason::RateLimited,
        (500.., _) => Reason::Upstream5xx,
        (_, Rejection::ContentType) => Reason::BadContentType,
        (_, Rejection::Json) => Reason::BadJson,
        (_, Rejection::NoReport | Rejection::Report(_)) => Reason::BadShape,
    };
    let issue = match rejection {
        Rejection::Report(issue) => Some(issue),
        Rejection::ContentType | Rejection::Json | Rejection::NoReport => None,
    };
    let params = FailureParams {
        rule: issue.as_ref().map(|issue| issue.rule),
        path: issue.map(|issue| issue.path),
        http_status: Some(response.status),
        cause: None,
    };
    Failure { reason, params, retry_after_s: response.retry_after_ms(now).map(|ms| ms.div_ceil(1000)) }
}

/// Checks that a report is about `subject` and consistent, and returns its outcome.
///
/// # Errors
/// The first rule that it breaks.
fn check_report(report: Value, subject: &Subject, is_name_given: bool, now: Timestamp) -> Result<Outcome, Issue> {
    let mut issues = Issues::default();
    let report = Report::from_value(Some(report), &Path::Root, &mut issues);
    match (report, issues.into_vec().into_iter().next()) {
        (Some(report), None) => report.check_consistency(subject, is_name_given, now).map(|()| report.outcome),
        (_, issue) => Err(issue.unwrap_or_else(|| Issue::new("", Rule::Object))),
    }
}

/// The same for the JSON text of a report.
#[cfg(test)]
pub(super) fn check_text(text: &str, subject: &Subject, is_name_given: bool, now: Timestamp) -> Result<Outcome, Issue> {
    check_report(json::from_str(text).expect("JSON"), subject, is_name_given, now)
}

/// A report as a service sent it: the members that its consistency depends on. Others may be there, and survive.
struct Report {
    outcome: Outcome,
    verdict: Verdict,
    reason: Option<Reason>,
    checks: Vec<ReportedCheck>,
    subject: ReportedSubject,
    credential: Option<ReportedCredential>,
    checked_at: IsoTimestamp,
    skew_s: u64,
}

struct ReportedCheck {
    /// `None`: this version does not know the check.
    id: Option<CheckId>,
    state: State,
    is_active: bool,
}

struct ReportedSubject {
    input_kind: InputKind,
    id: Option<String>,
    canonical_url: Option<String>,
}

struct ReportedCredential {
    document_id: Text,
    document_url: String,
    recipient: Option<ReportedRecipient>,
    issued_on: IsoTimestamp,
    valid_until: Option<IsoTimestamp>,
    status: Text,
    privacy: Option<String>,
}

struct ReportedRecipient {
    has_email: bool,
}

impl Report {
    /// Checks that the report is about `subject` and that its members agree with each other.
    fn check_consistency(&self, subject: &Subject, is_name_given: bool, now: Timestamp) -> Result<(), Issue> {
        require(self.outcome == self.verdict.outcome(), "outcome")?;
        require(self.reason.is_some() == (self.outcome == Outcome::Indeterminate), "reason")?;
        self.check_subject(subject)?;
        // Every known check, once and in order.
        require(self.checks.iter().filter_map(|check| check.id).eq(CheckId::ALL.iter().copied()), "checks")?;
        if let Some(credential) = &self.credential {
            require(credential.document_id.as_str() == subject.id.as_str(), "credential.document_id")?;
            require(links_to(&credential.document_url, &subject.id), "credential.document_url")?;
        }
        require(self.checks_support_outcome(subject, is_name_given), "checks")?;
        match self.outcome {
            Outcome::Verified => self.check_in_force(now),
            Outcome::NotVerified => {
                require(self.credential.is_some() == self.verdict.describes_credential(), "credential")
            }
            Outcome::Indeterminate => Ok(()),
        }
    }

    fn check_subject(&self, subject: &Subject) -> Result<(), Issue> {
        require(self.subject.id.as_deref() == Some(subject.id.as_str()), "subject.id")?;
        require(self.subject.input_kind == subject.kind, "subject.input_kind")?;
        let url = self.subject.canonical_url.as_deref();
        let is_same_link = match subject.kind {
            InputKind::Url => url == Some(subject.canonical_url.as_str()),
            // Which host a bare id gets is for the service to decide.
            InputKind::Id => url.is_some_and(|url| links_to(url, &subject.id)),
        };
        require(is_same_link, "subject.canonical_url")
    }

    fn checks_support_outcome(&self, subject: &Subject, is_name_given: bool) -> bool {
        let any = |state: State| self.checks.iter().any(|check| check.state == state);
        let (failed, errors) = (any(State::Fail), any(State::Error));
        // A service may have checks that this version does not know, but not ones that decide.
        let is_objection = |check: &ReportedCheck| matches!(check.state, State::Fail | State::Error);
        if self.checks.iter().any(|check| check.id.is_none() && is_objection(check)) {
            return false;
        }
        let requirements = Requirements { input: subject.kind, recipient_match: is_name_given };
        let passed = |id: CheckId| self.checks.iter().any(|check| check.id == Some(id) && check.state == State::Pass);
        let is_active = self.checks.iter().any(|check| check.id == Some(CheckId::Status) && check.is_active);
        match self.outcome {
            Outcome::Verified => {
                let required_passed = CheckId::ALL.iter().all(|id| passed(*id) || !requirements.include(*id));
                required_passed && is_active && !failed && !errors
            }
            Outcome::NotVerified => failed,
            Outcome::Indeterminate => errors && self.credential.is_none(),
        }
    }

    /// Checks that a `valid` was one at the instant that it names, and that this instant is about now.
    fn check_in_force(&self, now: Timestamp) -> Result<(), Issue> {
        let credential = self.credential.as_ref().ok_or_else(|| inconsistent("credential.status"))?;
        require(credential.status.as_str() == Code::Active.as_str(), "credential.status")?;
        let checked_at = self.checked_at.instant();
        require(checked_at.as_ms().abs_diff(now.as_ms()) <= MAX_CLOCK_DIFFERENCE_MS, "checked_at")?;
        let skew_s = i64::try_from(self.skew_s).unwrap_or(i64::MAX);
        let until = credential.valid_until.as_ref();
        let is_over = until.is_some_and(|until| until.instant().plus_seconds(skew_s) < checked_at);
        require(!is_over, "credential.valid_until")?;
        require(credential.issued_on.instant() <= checked_at.plus_seconds(skew_s), "credential.issued_on")?;
        let is_public = credential.privacy.as_deref() == Some(Code::Public.as_str());
        let may_be_shown = |recipient: &ReportedRecipient| is_public && !recipient.has_email;
        require(credential.recipient.as_ref().is_none_or(may_be_shown), "credential.recipient")
    }
}

fn require(holds: bool, path: &str) -> Result<(), Issue> {
    if holds { Ok(()) } else { Err(inconsistent(path)) }
}

fn inconsistent(path: &str) -> Issue {
    Issue::new(path, Rule::Inconsistent)
}

impl FromValue for Report {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        members.read::<Schema>("schema");
        let outcome = members.read("outcome");
        let verdict = members.read("verdict");
        let reason = members.read::<Nullable<Reason>>("reason");
        members.read::<bool>("retryable");
        members.read::<Nullable<u64>>("retry_after_s");
        let checks = members.read("checks");
        let subject = members.read("subject");
        let credential = members.read::<Nullable<ReportedCredential>>("credential");
        members.read::<Vec<String>>("withheld");
        let checked_at = members.read("checked_at");
        members.read::<NowSource>("now_source");
        members.read::<Nullable<String>>("issuer_label");
        members.read::<ReportedVerifier>("verifier");
        let policy = members.read::<ReportedPolicy>("policy");
        Some(Self {
            outcome: outcome?,
            verdict: verdict?,
            reason: reason?.0,
            checks: checks?,
            subject: subject?,
            credential: credential?.0,
            checked_at: checked_at?,
            skew_s: policy?.skew_s,
        })
    }
}

impl FromValue for ReportedCheck {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let id = members.read::<Text>("id");
        let state = members.read("state");
        let code = members.read::<Text>("code");
        members.read::<Object>("params");
        let id = id?;
        Some(Self {
            id: CheckId::ALL.iter().copied().find(|known| known.as_str() == id.as_str()),
            state: state?,
            is_active: code?.as_str() == Code::Active.as_str(),
        })
    }
}

impl FromValue for ReportedSubject {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let input_kind = members.read("input_kind");
        let id = members.read::<Nullable<String>>("id");
        let canonical_url = members.read::<Nullable<String>>("canonical_url");
        Some(Self { input_kind: input_kind?, id: id?.0, canonical_url: canonical_url?.0 })
    }
}

impl FromValue for ReportedCredential {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let document_id = members.read("document_id");
        let document_url = members.read("document_url");
        let recipient = members.read::<Nullable<ReportedRecipient>>("recipient");
        members.read::<ReportedGroup>("group");
        let issued_on = members.read("issued_on");
        let valid_until = members.read::<Nullable<IsoTimestamp>>("valid_until");
        let status = members.read("status");
        let privacy = members.read::<Nullable<String>>("privacy");
        members.read::<Object>("metadata");
        Some(Self {
            document_id: document_id?,
            document_url: document_url?,
            recipient: recipient?.0,
            issued_on: issued_on?,
            valid_until: valid_until?.0,
            status: status?,
            privacy: privacy?.0,
        })
    }
}

impl FromValue for ReportedRecipient {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        members.read::<String>("name");
        Some(Self { has_email: members.has("email") })
    }
}

struct ReportedGroup;

impl FromValue for ReportedGroup {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        members.read::<Nullable<String>>("title");
        members.read::<Nullable<String>>("code");
        Some(Self)
    }
}

struct ReportedVerifier;

impl FromValue for ReportedVerifier {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        members.read::<String>("name");
        members.read::<String>("version");
        Some(Self)
    }
}

struct ReportedPolicy {
    skew_s: u64,
}

impl FromValue for ReportedPolicy {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        members.read::<Vec<String>>("hosts");
        let skew_s = members.read("skew_s");
        members.read::<PrivatePolicy>("private");
        Some(Self { skew_s: skew_s? })
    }
}

/// An object of which no member is read.
struct Object;

impl FromValue for Object {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        Members::of(value, path, issues).map(|_| Self)
    }
}

/// A member that must be there and may be `null`.
struct Nullable<T>(Option<T>);

impl<T: FromValue> FromValue for Nullable<T> {
    fn from_value(value: Option<Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        match value {
            Some(Value::Null) => Some(Self(None)),
            value => T::from_value(value, path, issues).map(|value| Self(Some(value))),
        }
    }
}

#[cfg(test)]
mod tests;
