//! Owns the browser's side of a verification: asking a verifying service, and believing its answer only where it is
//! about the credential asked for and agrees with itself. What the answer says was decided where the token is.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::client::{Fault, Host, Outgoing};
use crate::credential_url::{self, InputKind, Subject, links_to};
use crate::error::{Class, Error, Failure};
use crate::json::{self, Value};
use crate::json_writer::JsonWriter;
use crate::response::is_json;
use crate::settings::{Settings, is_base_url};
use crate::shape::{self, Issue, Kind, Object, Rule, answer, nullable, required};
use crate::timestamp::Timestamp;
use crate::verification::{CheckId, Outcome, Policy, REQUIRED, Reason, SCHEMA, State, Verdict, reject, unreachable};

const OPERATION: &str = "verify";

static CHECK: Object = answer(&[
    required("id", Kind::OneOf(CheckId::ALL)),
    required("state", Kind::OneOf(State::ALL)),
    required("code", Kind::Filled),
    required("params", Kind::Map { keys: None, values: &Kind::Any }),
]);

static CREDENTIAL: Object = answer(&[
    required("document_id", Kind::Filled),
    required("document_url", Kind::Text),
    nullable("recipient", Kind::Object(&answer(&[required("name", Kind::Text)]))),
    required("group", Kind::Object(&answer(&[nullable("title", Kind::Text), nullable("code", Kind::Text)]))),
    required("issued_on", Kind::Time),
    nullable("valid_until", Kind::Time),
    required("status", Kind::Filled),
    nullable("privacy", Kind::Text),
    required("metadata", Kind::Map { keys: None, values: &Kind::Any }),
]);

static VERIFICATION: Object = answer(&[
    required("schema", Kind::OneOf(&[SCHEMA])),
    required("outcome", Kind::OneOf(Outcome::ALL)),
    required("verdict", Kind::OneOf(Verdict::ALL)),
    nullable("reason", Kind::OneOf(Reason::ALL)),
    required("retryable", Kind::Bool),
    nullable("retry_after_s", Kind::Count),
    required("checks", Kind::List(&Kind::Object(&CHECK))),
    required(
        "subject",
        Kind::Object(&answer(&[
            required("input_kind", Kind::OneOf(&["url", "id"])),
            nullable("id", Kind::Text),
            nullable("canonical_url", Kind::Text),
        ])),
    ),
    nullable("credential", Kind::Object(&CREDENTIAL)),
    required("withheld", Kind::List(&Kind::Text)),
    required("checked_at", Kind::Time),
    required("now_source", Kind::OneOf(&["system", "option"])),
    nullable("issuer_label", Kind::Text),
    required("verifier", Kind::Object(&answer(&[required("name", Kind::Text), required("version", Kind::Text)]))),
    required(
        "policy",
        Kind::Object(&answer(&[
            required("hosts", Kind::List(&Kind::Text)),
            required("skew_s", Kind::Count),
            required("private", Kind::OneOf(&["withhold"])),
        ])),
    ),
]);

/// Checks that `text` is a verification of `subject` that agrees with itself. `Err` names what it breaks.
pub(crate) fn accept(text: &str, subject: &Subject, recipient_asked: bool) -> Result<(), Issue> {
    let issues = shape::check(text, &Kind::Object(&VERIFICATION)).map_err(|_| Issue::new("", Rule::Object))?;
    if let Some(first) = issues.into_iter().next() {
        return Err(first);
    }
    let body = Value::checked(text);
    let string = |name: &str| body.get(name).and_then(Value::string);
    let insist = |holds: bool, path: &str| if holds { Ok(()) } else { Err(Issue::new(path, Rule::Inconsistent)) };

    let verdict = string("verdict");
    let outcome = match verdict.as_deref() {
        Some("valid") => Outcome::Verified,
        Some("indeterminate") => Outcome::Indeterminate,
        _ => Outcome::NotVerified,
    };
    insist(string("outcome").as_deref() == Some(outcome.name()), "outcome")?;
    insist(string("reason").is_some() == (outcome == Outcome::Indeterminate), "reason")?;

    let about = body.get("subject").and_then(|about| about.get("id")).and_then(Value::string);
    insist(about.as_deref() == Some(subject.id.as_str()), "subject.id")?;
    let kind = body.get("subject").and_then(|about| about.get("input_kind")).and_then(Value::string);
    insist(kind.as_deref() == Some(subject.kind.code()), "subject.input_kind")?;

    // A link that is shown as this credential's must lead to it.
    let canonical = body.get("subject").and_then(|about| about.get("canonical_url")).and_then(Value::string);
    let bound = match subject.kind {
        InputKind::Url => canonical.as_deref() == Some(&subject.canonical_url()),
        // Which host stands for a bare id is the service's to know.
        InputKind::Id => canonical.is_some_and(|url| links_to(&url, &subject.id)),
    };
    insist(bound, "subject.canonical_url")?;

    let checks = body.get("checks").map(Value::items).unwrap_or_default();
    let ids: Vec<_> = checks.iter().filter_map(|check| check.get("id")?.string()).collect();
    insist(ids == CheckId::ALL, "checks")?;
    let state = |id: CheckId| checks.get(id as usize).and_then(|check| check.get("state")?.string());
    let passed = |id: CheckId| state(id).as_deref() == Some(State::Pass.name());
    let any = |wanted: State| {
        checks.iter().any(|check| check.get("state").and_then(Value::string).as_deref() == Some(wanted.name()))
    };

    let credential = body.get("credential").filter(|credential| !credential.is_null());
    if let Some(credential) = credential {
        let id = credential.get("document_id").and_then(Value::string);
        insist(id.as_deref() == Some(subject.id.as_str()), "credential.document_id")?;
        let url = credential.get("document_url").and_then(Value::string);
        insist(url.is_some_and(|url| links_to(&url, &subject.id)), "credential.document_url")?;
    }
    match outcome {
        Outcome::Verified => {
            insist(REQUIRED.into_iter().all(passed), "checks")?;
            insist(subject.kind == InputKind::Id || passed(CheckId::HostTrusted), "checks")?;
            insist(!recipient_asked || passed(CheckId::RecipientMatch), "checks")?;
            insist(!any(State::Fail) && !any(State::Error), "checks")?;
            let status = credential.and_then(|credential| credential.get("status")).and_then(Value::string);
            insist(status.as_deref() == Some("active"), "credential.status")
        }
        Outcome::NotVerified => insist(any(State::Fail), "checks"),
        Outcome::Indeterminate => insist(any(State::Error) && credential.is_none(), "checks"),
    }
}

/// Asks `endpoint` about the pasted text. Gives the verification as JSON text: the service's own where it can be
/// believed, else one made here that says why nothing can be said.
pub(crate) async fn ask<H: Host>(
    host: &H,
    settings: &Settings,
    endpoint: &str,
    input: &str,
    policy: &Policy,
) -> Result<String, Failure> {
    if !is_endpoint(endpoint) {
        return Err(Error::invalid(OPERATION, vec![Issue::new("endpoint", Rule::Endpoint)]).into());
    }
    let now = || Timestamp(policy.now_ms.unwrap_or_else(|| host.now_ms()));
    let subject = match credential_url::parse(input, &policy.hosts) {
        Ok(subject) => subject,
        Err(defect) => return Ok(reject(defect, now()).to_json(policy)),
    };
    let body = question(&subject, policy.recipient_name.as_deref());
    let request = Outgoing {
        method: "POST",
        url: endpoint,
        token: None,
        body: Some(&body),
        request_id_header: &settings.request_id_header,
        timeout_ms: settings.timeout_ms.min(settings.total_timeout_ms),
        max_response_bytes: settings.max_response_bytes.min(MAX_VERIFICATION_BYTES),
    };
    let (reason, error) = match host.send(&request).await {
        Err(Fault::Aborted) => return Err(Failure::Aborted),
        Err(Fault::Timeout) => (Reason::Timeout, Error::new(Class::Timeout, "timeout", OPERATION, "")),
        Err(Fault::Lost(_)) => (Reason::Network, Error::new(Class::Connection, "connection_failed", OPERATION, "")),
        Err(Fault::TooLarge) => (Reason::BodyTooLarge, Error::new(Class::Response, "body_too_large", OPERATION, "")),
        Err(Fault::Redirect { status }) => {
            let error = Error::new(Class::Response, "unexpected_redirect", OPERATION, "");
            (Reason::UpstreamRedirect, Error { status: Some(status), ..error })
        }
        Ok(incoming) => {
            let declared = incoming.content_type.as_deref().is_some_and(is_json);
            let text = json::text_of(&incoming.body).ok().filter(|_| declared);
            // A fault's problem document carries the whole verification as a member, so that nothing is lost: one
            // without a verdict, since every verdict is answered with 200.
            let undecided = |verification: &Value<'_>| {
                let outcome = verification.get("outcome").and_then(Value::string);
                outcome.as_deref() == Some(Outcome::Indeterminate.name())
            };
            let verification = match text {
                Some(text) if incoming.status == 200 => Some(text),
                Some(text) => {
                    Value::parse(text).ok().and_then(|body| body.get("verification")).filter(undecided).map(Value::text)
                }
                None => None,
            };
            let judged = verification.map(|text| accept(text, &subject, policy.recipient_name.is_some()));
            if let (Some(text), Some(Ok(()))) = (verification, &judged) {
                return Ok(text.to_owned());
            }
            let reason = match incoming.status {
                401 => Reason::Unauthorized,
                403 => Reason::Forbidden,
                429 => Reason::RateLimited,
                500.. => Reason::Upstream5xx,
                _ if !declared => Reason::BadContentType,
                _ if text.is_none_or(|text| Value::parse(text).is_err()) => Reason::BadJson,
                _ => Reason::BadShape,
            };
            let mut error = Error::new(Class::Response, reason.name(), OPERATION, "");
            error.status = Some(incoming.status);
            error.issues = judged.and_then(Result::err).into_iter().collect();
            let header = incoming.retry_after.as_deref();
            error.retry_after_ms = header.and_then(|header| crate::retry::retry_after_ms(header, host.now_ms()));
            (reason, error)
        }
    };
    Ok(unreachable(subject, reason, &error, now()).to_json(policy))
}

/// A verification of one credential is some 3 KB; more than this is none.
const MAX_VERIFICATION_BYTES: u64 = 64 * 1024;

/// What is sent: the cleaned link or the bare id, never the pasted text with whatever stands behind `?` and `#`.
fn question(subject: &Subject, recipient_name: Option<&str>) -> String {
    let mut writer = JsonWriter::default();
    writer.object(|json| {
        match subject.kind {
            InputKind::Url => json.key("input").string(&subject.canonical_url()),
            InputKind::Id => json.key("input").string(&subject.id),
        }
        if let Some(name) = recipient_name {
            json.key("recipient_name").string(name);
        }
    });
    writer.into_text()
}

fn is_endpoint(endpoint: &str) -> bool {
    let path = endpoint.strip_prefix('/').is_some_and(|rest| {
        !rest.starts_with('/') && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
    });
    path || is_base_url(endpoint)
}
