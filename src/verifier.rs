//! Owns the browser's side of a verification: asking a verifying service, and believing its answer only where it is
//! about the credential asked for and agrees with itself. What the answer says was decided where the token is.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;

use crate::client::{Fault, Host, Outgoing};
use crate::credential_url::{self, InputKind, Subject, links_to};
use crate::error::{Class, Error, Failure};
use crate::json::{self, Value};
use crate::json_writer::JsonWriter;
use crate::response::{Incoming, is_json};
use crate::retry::retry_after_ms;
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
pub(crate) fn accept(text: &str, subject: &Subject, recipient_asked: bool, now: Timestamp) -> Result<Outcome, Issue> {
    let issues = shape::check(text, &Kind::Object(&VERIFICATION)).map_err(|_| Issue::new("", Rule::Object))?;
    if let Some(first) = issues.into_iter().next() {
        return Err(first);
    }
    let body = Value::checked(text);
    let insist = |holds: bool, path: &str| if holds { Ok(()) } else { Err(Issue::new(path, Rule::Inconsistent)) };

    let outcome = if body.has("verdict", Verdict::Valid.name()) {
        Outcome::Verified
    } else if body.has("verdict", Verdict::Indeterminate.name()) {
        Outcome::Indeterminate
    } else {
        Outcome::NotVerified
    };
    insist(body.has("outcome", outcome.name()), "outcome")?;
    let without_reason = body.get("reason").is_some_and(Value::is_null);
    insist(without_reason == (outcome != Outcome::Indeterminate), "reason")?;

    let about = body.get("subject");
    let about = |name: &str, text: &str| about.is_some_and(|about| about.has(name, text));
    insist(about("id", &subject.id), "subject.id")?;
    insist(about("input_kind", subject.kind.code()), "subject.input_kind")?;

    // A link that is shown as this credential's must lead to it.
    let canonical = body.get("subject").and_then(|about| about.get("canonical_url")).and_then(Value::string);
    let bound = match subject.kind {
        InputKind::Url => canonical.as_deref() == Some(&subject.canonical_url()),
        // Which host stands for a bare id is the service's to know.
        InputKind::Id => canonical.is_some_and(|url| links_to(&url, &subject.id)),
    };
    insist(bound, "subject.canonical_url")?;

    let checks = body.get("checks").map(Value::items).unwrap_or_default();
    let in_order =
        checks.len() == CheckId::ALL.len() && checks.iter().zip(CheckId::ALL).all(|(check, id)| check.has("id", id));
    insist(in_order, "checks")?;
    let passed = |id: CheckId| checks.get(id as usize).is_some_and(|check| check.has("state", State::Pass.name()));
    let any = |state: State| checks.iter().any(|check| check.has("state", state.name()));

    let credential = body.get("credential").filter(|credential| !credential.is_null());
    let shows = |name: &str, text: &str| credential.is_some_and(|credential| credential.has(name, text));
    insist(credential.is_none() || shows("document_id", &subject.id), "credential.document_id")?;
    let url = credential.and_then(|credential| credential.get("document_url")).and_then(Value::string);
    insist(credential.is_none() || url.is_some_and(|url| links_to(&url, &subject.id)), "credential.document_url")?;
    match outcome {
        Outcome::Verified => {
            insist(REQUIRED.into_iter().all(passed), "checks")?;
            insist(subject.kind == InputKind::Id || passed(CheckId::HostTrusted), "checks")?;
            insist(!recipient_asked || passed(CheckId::RecipientMatch), "checks")?;
            insist(!any(State::Fail) && !any(State::Error), "checks")?;
            insist(shows("status", "active"), "credential.status")?;
            let status = checks.get(CheckId::Status as usize);
            insist(status.is_some_and(|check| check.has("code", "active")), "checks")?;
            in_force(body, credential, now)?;
        }
        Outcome::NotVerified => insist(any(State::Fail), "checks")?,
        Outcome::Indeterminate => insist(any(State::Error) && credential.is_none(), "checks")?,
    }
    Ok(outcome)
}

/// Whether a yes is one at the instant it names, and that instant is today's.
fn in_force(body: Value<'_>, credential: Option<Value<'_>>, now: Timestamp) -> Result<(), Issue> {
    let time = |value: Option<Value<'_>>| value.and_then(Value::string).and_then(|text| Timestamp::parse(&text));
    let field = |name: &str| credential.and_then(|credential| credential.get(name));
    let insist = |holds: bool, path: &str| if holds { Ok(()) } else { Err(Issue::new(path, Rule::Inconsistent)) };
    let skew_s = body.get("policy").and_then(|policy| policy.get("skew_s")).and_then(Value::integer).unwrap_or(0);
    let skew = skew_s.saturating_mul(1000);
    let checked_at = time(body.get("checked_at")).map_or(0, |at| at.0);
    // A day, because the clocks of people's devices are wrong more often than an answer is an old one.
    insist(checked_at.abs_diff(now.0) <= MAX_AGE_MS, "checked_at")?;
    let over = time(field("valid_until")).is_some_and(|until| until.0.saturating_add(skew) < checked_at);
    insist(!over, "credential.valid_until")?;
    let early = time(field("issued_on")).is_none_or(|issued| issued.0 > checked_at.saturating_add(skew));
    insist(!early, "credential.issued_on")?;
    let recipient = field("recipient").filter(|recipient| !recipient.is_null());
    let public = credential.is_some_and(|credential| credential.has("privacy", "public"));
    let bare = recipient.is_none_or(|recipient| recipient.get("email").is_none());
    insist(bare && (public || recipient.is_none()), "credential.recipient")
}

/// Older than this, a yes is somebody's stored one: it may have been revoked since.
const MAX_AGE_MS: u64 = 24 * 60 * 60 * 1000;

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
    let subject = match credential_url::parse(input, &policy.hosts) {
        Ok(subject) => subject,
        Err(defect) => return Ok(reject(defect, policy.now(host.now_ms())).to_json(policy)),
    };
    let body = question(&subject, policy.recipient_name.as_deref());
    let request = Outgoing {
        attempt: 1,
        method: "POST",
        url: endpoint,
        token: None,
        headers: &[],
        body: Some(&body),
        request_id_header: &settings.request_id_header,
        timeout_ms: settings.timeout_ms.min(settings.total_timeout_ms),
        max_response_bytes: settings.max_response_bytes.min(MAX_VERIFICATION_BYTES),
    };
    let result = host.send(&request).await;
    believe(subject, result, policy, host.now_ms())
}

/// The service's verification where it can be believed, else one that says why not.
fn believe(subject: Subject, result: Result<Incoming, Fault>, policy: &Policy, now_ms: i64) -> Result<String, Failure> {
    let mut error = Error::new(Class::Response, "", OPERATION, "");
    let reason = match result {
        Err(Fault::Aborted) => return Err(Failure::Aborted),
        Err(Fault::Timeout) => Reason::Timeout,
        Err(Fault::Lost(_)) => Reason::Network,
        Err(Fault::TooLarge) => Reason::BodyTooLarge,
        Err(Fault::Redirect { status }) => {
            error.status = Some(status);
            Reason::UpstreamRedirect
        }
        Ok(incoming) => {
            let declared = incoming.content_type.as_deref().is_some_and(is_json);
            let text = json::text_of(&incoming.body).ok().filter(|_| declared);
            let body = text.and_then(|text| Value::parse(text).ok());
            // A fault's problem document carries the whole verification as a member, so that nothing is lost.
            let conclusive = incoming.status == 200;
            let verification = body.and_then(|body| if conclusive { Some(body) } else { body.get("verification") });
            let judged = verification.map(|verification| {
                let asked = policy.recipient_name.is_some();
                let outcome = accept(verification.text(), &subject, asked, policy.now(now_ms))?;
                // A yes or no comes with 200; on anything else it contradicts its own envelope.
                let fits = conclusive != (outcome == Outcome::Indeterminate);
                if fits { Ok(()) } else { Err(Issue::new("outcome", Rule::Inconsistent)) }
            });
            if let (Some(verification), Some(Ok(()))) = (verification, &judged) {
                return Ok(verification.text().to_owned());
            }
            error.status = Some(incoming.status);
            error.issues = judged.and_then(Result::err).into_iter().collect();
            let header = incoming.retry_after.as_deref();
            error.retry_after_ms = header.and_then(|header| retry_after_ms(header, now_ms));
            match incoming.status {
                401 => Reason::Unauthorized,
                403 => Reason::Forbidden,
                429 => Reason::RateLimited,
                500.. => Reason::Upstream5xx,
                _ if !declared => Reason::BadContentType,
                _ if body.is_none() => Reason::BadJson,
                _ => Reason::BadShape,
            }
        }
    };
    Ok(unreachable(subject, reason, &error, policy.now(now_ms)).to_json(policy))
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
