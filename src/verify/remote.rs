//! The browser side of a verification: one request to a verify service, whose report is accepted only if it is about the credential
//! in question and consistent. The verdict was computed by the service, where the token is.
//!
//! `received` reads a report, `consistency` has the rules that it must keep.

mod consistency;
mod received;

use serde::Serialize;

use self::consistency::check_consistency;
use self::received::{MAX_AGE_S, ReceivedReport};
use super::check::{FailureParams, Reason};
use super::checks::age_s;
use super::decision::Outcome;
use super::link::{InputKind, Subject, parse};
use super::lookup::Failure;
use super::policy::{Policy, read_hosts};
use super::report::Verification;
use super::{OPERATION, fail, reject};
use crate::api::Method;
use crate::error::Error;
use crate::json::{self, Value};
use crate::model::{Host, NameToCompare, ServiceEndpoint, Timestamp};
use crate::transport::{HttpRequest, HttpResponse, Transport, TransportError, within};
use crate::validate::{FromValue, Issue, Issues, Members, Path, Rule};

/// A report is about 3 KB.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;

const DEFAULT_TIMEOUT_MS: u64 = 30_000;

/// The verify service, and the options of the request.
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
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let endpoint = members.read("endpoint");
        let hosts = read_hosts(&mut members);
        let timeout_ms = members.read::<Option<u64>>("timeoutMs");
        members.refuse_unknown();
        Some(Self { endpoint: endpoint?, hosts: hosts?, timeout_ms: timeout_ms?.unwrap_or(DEFAULT_TIMEOUT_MS) })
    }
}

/// The result of a remote verification.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is moved once")]
pub enum RemoteVerification {
    /// The report of the service as JSON text, with every member that it has. It was accepted.
    Service(String),
    /// The report for input that was not sent, or for a response that was not accepted.
    Local(Verification),
}

/// Parses JSON text; `None` where it is not JSON. The caller of [`verify_remote`] passes the parser that it reads the accepted
/// text with, so that what was judged is what it sees, also where a report has the same key twice.
pub type ParseJson = fn(&str) -> Option<Value>;

/// Verifies a credential link or id through a verify service: sends one request and retries nothing.
///
/// # Errors
/// A `Validation` error for a blank name.
pub async fn verify_remote<T: Transport>(
    transport: &T,
    config: &RemoteConfig,
    input: &str,
    recipient_name: Option<&str>,
    parse_json: ParseJson,
) -> Result<RemoteVerification, Error> {
    let recipient_name = recipient_name.map(NameToCompare::parse).transpose();
    let recipient_name = recipient_name.map_err(|rule| Error::invalid(OPERATION, "recipientName", rule))?;
    let policy = Policy { hosts: config.hosts.clone(), recipient_name, ..Policy::default() };
    let subject = match parse(input, &policy.hosts) {
        Ok(subject) => subject,
        Err(code) => return Ok(RemoteVerification::Local(reject(code, &policy, transport.now()))),
    };
    let request = request(config, &subject, &policy);
    let result = within(transport, config.timeout_ms, transport.send(&request)).await;
    let now = transport.now();
    Ok(match accept(result, parse_json, &subject, &policy, now) {
        Ok(text) => RemoteVerification::Service(text),
        Err(failure) => RemoteVerification::Local(fail(&subject, failure, &policy, now)),
    })
}

/// What the service receives.
#[derive(Serialize)]
struct RequestBody<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_name: Option<&'a NameToCompare>,
}

/// The request to the service. It carries the canonical link or the bare id, never the pasted string with whatever is after `?` and
/// `#`.
fn request(config: &RemoteConfig, subject: &Subject, policy: &Policy) -> HttpRequest {
    let input = match subject.kind {
        InputKind::Url => subject.canonical_url.as_str(),
        InputKind::Id => subject.id.as_str(),
    };
    let body = RequestBody { input, recipient_name: policy.recipient_name.as_ref() };
    let json_type = || "application/json".to_owned();
    HttpRequest {
        method: Method::Post,
        url: config.endpoint.as_str().to_owned(),
        headers: vec![("accept".to_owned(), json_type()), ("content-type".to_owned(), json_type())],
        body: Some(json::to_string(&body)),
        max_response_bytes: MAX_RESPONSE_BYTES,
        request_id_header: "x-request-id".to_owned(),
    }
}

/// Returns the JSON text of the service's report if it can be accepted.
fn accept(
    result: Option<Result<HttpResponse, TransportError>>,
    parse_json: ParseJson,
    subject: &Subject,
    policy: &Policy,
    now: Timestamp,
) -> Result<String, Failure> {
    let mut response = match result {
        None => return Err(Failure::because(Reason::Timeout)),
        Some(Err(error)) => return Err(failure_of(&error)),
        Some(Ok(response)) => response,
    };
    accept_response(&mut response, parse_json, subject, policy, now)
        .map_err(|rejection| failure_of_response(&response, rejection, now))
}

/// Returns the JSON text of the report in a response. With status 200 it is the body; the problem document of a fault has it as the
/// member `verification`.
fn accept_response(
    response: &mut HttpResponse,
    parse_json: ParseJson,
    subject: &Subject,
    policy: &Policy,
    now: Timestamp,
) -> Result<String, Rejection> {
    if !response.is_json() {
        return Err(Rejection::ContentType);
    }
    let text = response.take_text().ok_or(Rejection::Json)?;
    let body = parse_json(&text).ok_or(Rejection::Json)?;
    let has_verdict = response.status == 200;
    let report = if has_verdict { Some(&body) } else { body.get("verification") };
    let report = report.ok_or(Rejection::NoReport)?;
    let outcome = check_report(report, subject, policy, now).map_err(Rejection::Report)?;
    // A verdict comes with status 200, and only a verdict does.
    if has_verdict == (outcome == Outcome::Indeterminate) {
        return Err(Rejection::Report(Issue::new("outcome", Rule::Inconsistent)));
    }
    let age_s = response.age.as_deref().map_or(Some(0), age_s);
    if outcome == Outcome::Verified && age_s.is_none_or(|age_s| age_s > MAX_AGE_S) {
        return Err(Rejection::Report(Issue::new("headers.age", Rule::Inconsistent)));
    }
    Ok(if has_verdict { text } else { json::to_string(report) })
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

fn failure_of(error: &TransportError) -> Failure {
    match error {
        TransportError::Connection(cause) => Failure::network(cause),
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
fn check_report(report: &Value, subject: &Subject, policy: &Policy, now: Timestamp) -> Result<Outcome, Issue> {
    let report = ReceivedReport::read(report)?;
    check_consistency(&report, subject, policy, now)?;
    Ok(report.outcome)
}

/// The same for the JSON text of a report.
#[cfg(test)]
pub(super) fn check_text(text: &str, subject: &Subject, policy: &Policy, now: Timestamp) -> Result<Outcome, Issue> {
    check_report(&json::from_str(text).expect("JSON"), subject, policy, now)
}

#[cfg(test)]
mod tests;
